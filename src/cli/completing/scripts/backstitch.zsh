#compdef backstitch
# Asks `backstitch complete` what may follow.
_backstitch() {
  local line word before=''
  local -a typed lines items
  (( CURRENT > 2 )) && typed=("${(@Q)words[2,CURRENT-1]}")
  lines=("${(@f)$(backstitch complete -- "${typed[@]}" "${(Q)PREFIX}" 2>/dev/null)}")
  if [[ $PREFIX == --*=* ]]; then
    before=${PREFIX%%=*}=
    IPREFIX+=$before
    PREFIX=${PREFIX#$before}
  fi
  case $lines[1] in
    files) _files ;;
    folders) _files -/ ;;
    words)
      for line in "${(@)lines[2,-1]}"; do
        word=${${line%%$'\t'*}#$before}
        word=${word//\\/\\\\}
        items+=("${word//:/\\:}:${line#*$'\t'}")
      done
      _describe -V backstitch items ;;
    *) return 1 ;;
  esac
}
# Loaded at the first Tab, this file is the function that was asked for and has to do its work; sourced, it says what it is for.
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _backstitch "$@"; else compdef _backstitch backstitch; fi
