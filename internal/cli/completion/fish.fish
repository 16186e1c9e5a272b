# fish completion for manifest-tool. Load it with: manifest-tool completion fish | source

function __manifest_tool_complete
    set -l words (commandline -opc)
    set -l word (commandline -ct)
    set -q word[1]; or set word ''
    set -l program (string replace -r '^~' $HOME -- $words[1])
    for line in ($program __complete $words[2..-1] $word 2>/dev/null)
        set -l parts (string split -m 1 \t -- $line)
        set -l rest (string sub -s (math (string length -- "$parts[2]") + 1) -- $word)
        switch $parts[1]
            case :nospace # fish decides by the last character
            case :files
                for path in (__fish_complete_path $rest)
                    echo -- $parts[2]$path
                end
            case :dirs
                for path in (__fish_complete_directories $rest)
                    echo -- $parts[2]$path
                end
            case '*'
                echo -- $line
        end
    end
end

complete -c manifest-tool -e
complete -c manifest-tool -k -f -a '(__manifest_tool_complete)'
