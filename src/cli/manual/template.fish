# Completion of rollcall for fish: rollcall completion fish | source
# It starts no process.

# Whether the words in front of the cursor are the command $argv[1], such as "sync test". The names of commands ask with a
# second argument: they can stand behind "help", but not behind an argument.
function __rollcall_at
    set -l at
    set -l is_value false
    set -l is_help false
    set -l has_argument false
    set -l words (commandline -opc)
    set -e words[1]
    for word in $words
        if test $is_value = true
            set is_value false
        else if test "$word" = --
            return 1
        else if string match -qr -- '@awaiting@' $word
            set is_value true
        else if not string match -q -- '-?*' $word
            switch (string trim "$at $word")
                case help @groups@
                    set is_help true
                case @paths@
                    set at (string trim "$at $word")
                case '*'
                    set has_argument true
                    break
            end
        end
    end
    test "$at" = "$argv[1]"; or return 1
    if set -q argv[2]
        test $has_argument = false
    else
        test $is_help = false
    end
end

complete -c rollcall -f
@lines@
