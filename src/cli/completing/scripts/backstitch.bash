# Asks `backstitch complete` what may follow. Readline splits words at = and : as well, and replaces only what stands behind the last of
# them: $before is what it keeps. It takes what it is offered as it is, so that has to be quoted, as the word is or else by backslashes.
# Without mapfile and the like, for the bash 3.2 of macOS.
_backstitch() {
  local rest=$COMP_LINE piece quote='' word='' before='' glued='' kind='' candidate about i
  local -a words
  words=()
  for ((i = 0; i <= COMP_CWORD; i++)); do
    piece=${COMP_WORDS[i]}
    rest=${rest#*"$piece"}
    quote=''
    case $piece in
      [\"\']*) quote=${piece:0:1} piece=${piece:1} piece=${piece%"$quote"} ;;
      *) IFS= read piece <<< "$piece" ;;
    esac
    if [[ -n $glued ]]; then
      before=$word
      word+=$piece
      words[${#words[@]} - 1]=$word
    else
      before=''
      word=$piece
      words+=("$word")
    fi
    if [[ -n $piece && -z ${piece//[=:]/} ]]; then before=$word; fi
    if [[ -z $rest || $rest == [[:space:]]* ]]; then glued=''; else glued=1; fi
  done
  COMPREPLY=()
  while IFS=$'\t' read -r candidate about; do
    if [[ -z $kind ]]; then
      kind=$candidate
    elif [[ $candidate == "$word"* ]]; then
      candidate=${candidate#"$before"}
      case $quote in
        '') printf -v candidate %q "$candidate" ;;
        \') candidate=${candidate//\'/\'\\\'\'} ;;
        *) candidate=$(sed 's/[\\"$`]/\\&/g' <<< "$candidate") ;;
      esac
      COMPREPLY+=("$candidate")
    fi
  done < <(backstitch complete -- "${words[@]:1}" 2>/dev/null)
  case $kind in
    words) compopt -o nosort 2>/dev/null ;;
    files) _backstitch_paths -f "${word#"$before"}" ;;
    folders) _backstitch_paths -d "${word#"$before"}" ;;
  esac
}
# Readline itself quotes what it is told are file names.
_backstitch_paths() {
  local path
  compopt -o filenames 2>/dev/null
  while IFS= read -r path; do COMPREPLY+=("$path"); done < <(compgen "$1" -- "$2")
}
complete -F _backstitch backstitch
