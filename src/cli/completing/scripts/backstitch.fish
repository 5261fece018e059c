# Asks `backstitch complete` what may follow.
function __backstitch_complete
    set -l words (commandline -opc)
    set -e words[1]
    set -l word (commandline -ct)
    set -l lines (backstitch complete -- $words "$word" 2>/dev/null)
    set -l before (string match -r -- '^--[^=]+=' "$word")
    set -l rest (string replace -- "$before" '' "$word")
    switch "$lines[1]"
        case words
            string join \n -- $lines[2..-1]
        case files
            for path in (__fish_complete_path "$rest")
                printf '%s\n' "$before$path"
            end
        case folders
            for path in (__fish_complete_directories "$rest" '')
                printf '%s\n' "$before$path"
            end
    end
end
complete -c backstitch -e
complete -c backstitch -f -k -a '(__backstitch_complete)'
