# Completion of rollcall for bash: source <(rollcall completion bash)
# It starts no process, but to ask for the numbers of runs.

# What can follow the command $1, such as "sync test".
_rollcall_of() {
  case $1 in
@words@
  esac
}

# The values of an option, or of an argument: $1 is "sync test|--format" or "history|1".
_rollcall_values() {
  case $1 in
@values@
  esac
}

# Whether an option takes all words up to the next option.
_rollcall_takes_many() {
  case $1 in
    @many@) return 0 ;;
  esac
  return 1
}

# Puts into $file the file that the word $1 means. Nothing in it is run: where that would be necessary, this fails. It also
# fails inside an open quote.
_rollcall_unquote() {
  local word=$1 quote= char i
  file=
  case $word in
    \~/*) word=$HOME/${word#\~/} ;;
    \~*) return 1 ;;
  esac
  for ((i = 0; i < ${#word}; i++)); do
    char=${word:i:1}
    case $quote$char in
      [\$\`\<\>\(\)\{\*\?\[] | \"[\$\`]) return 1 ;;
      \\ | \"\\) i=$((i + 1)) file+=${word:i:1} ;;
      \' | \") quote=$char ;;
      \'\' | \"\") quote= ;;
      *) file+=$char ;;
    esac
  done
  [[ -z $quote ]]
}

# Offers the files whose names begin with the word $2. It stands behind $1, such as "--save=". Readline does not quote all that
# a name may contain where it cuts words or has cut them, so each name is quoted here.
_rollcall_offer_files() {
  local before=$1 name names word file
  _rollcall_unquote "$2" || return
  local begun=$file
  # What stays of the line is no part of an offer.
  if [[ $kept == "$before"* ]]; then
    _rollcall_unquote "${kept#"$before"}" || return
    before=
  else
    file= before=${before#"$kept"}
  fi
  names=$(
    shopt -s nullglob dotglob
    shopt -u failglob nocaseglob
    set +f
    printf '%s\n' "$begun"*
  )
  while IFS= read -r name; do
    # A line break in a name makes lines that are no names.
    if [[ -z $name || ! (-e $name || -L $name) ]]; then continue; fi
    word=${name#"$file"}
    if [[ $word ]]; then printf -v word %q "$word"; fi
    if [[ -d $name ]]; then
      word+=/
      compopt -o nospace 2>/dev/null
    fi
    COMPREPLY+=("$before$word")
  done <<<"$names"
}

# Puts into $words what is in front of the cursor. COMP_WORDS is also cut at the = and : of COMP_WORDBREAKS. Readline
# replaces only what follows the last cut; $kept is what stays of the last word.
_rollcall_split() {
  local rest=${COMP_LINE:0:COMP_POINT} blank piece i last
  words=() kept=
  for ((i = 0; i <= COMP_CWORD; i++)); do
    blank=${rest%%[![:blank:]]*}
    rest=${rest#"$blank"}
    piece=${COMP_WORDS[i]}
    if ((i == COMP_CWORD)); then piece=$rest; fi
    rest=${rest#"$piece"}
    last=$((${#words[@]} - 1))
    if ((i == 0)) || [[ $blank ]]; then
      words+=("$piece")
      kept=
    elif [[ $piece == [\<\>]* ]]; then
      # The 2 of 2>errors is no word.
      if [[ ${words[last]} != *[!0-9]* ]]; then unset 'words[last]'; fi
      words+=("$piece")
      kept=
    else
      kept=${words[last]}
      if [[ $piece != *[!=:@]* ]]; then kept+=$piece; fi
      words[last]+=$piece
    fi
  done
}

_rollcall() {
  local IFS=$' \t\n' awaiting='@awaiting@' kept
  local -a words
  _rollcall_split
  COMPREPLY=()

  # What the words say: the command $at, how many arguments it has, and the option that needs or takes the next word.
  local at= count=0 option= many= config= ended= help= is_target= word i _commands _options
  _rollcall_of ''
  for ((i = 1; i < ${#words[@]} - 1; i++)); do
    word=${words[i]}
    if [[ $is_target ]]; then
      is_target=
    elif [[ $word == [\<\>]* ]]; then
      if [[ $word != *[!\<\>\&\|]* ]]; then is_target=1; fi
    elif [[ $option ]]; then
      if [[ $option == -c || $option == --config ]]; then config=$word; fi
      if _rollcall_takes_many "$at|$option"; then many=$option; fi
      option=
    elif [[ -z $ended && $word == -?* ]]; then
      many=
      if [[ $word == -- ]]; then
        ended=1
      elif [[ $word == --config=* ]]; then
        config=${word#*=}
      elif [[ $word =~ $awaiting ]]; then
        option=$word
        if [[ $word != --* ]]; then option=-${word: -1}; fi
      elif [[ $word == -*c?* && ${word%%c*}c =~ $awaiting ]]; then
        config=${word#*c}
      fi
    elif [[ $many ]]; then
      continue
    elif ((count == 0)) && [[ -z $ended && " $_commands " == *" $word "* ]]; then
      if [[ $word == help ]]; then
        help=1
      else
        at+=${at:+ }$word
        _rollcall_of "$at"
      fi
    else
      count=$((count + 1))
    fi
  done

  # What can stand here.
  local current=${words[i]} before= offered= values= file
  if [[ $is_target || $current == [\<\>]* ]]; then
    values=files kept=
  elif [[ $help ]]; then
    offered=$_commands
  elif [[ $option ]]; then
    _rollcall_values "$at|$option"
  elif [[ $ended || $current != -* ]]; then
    if [[ $many ]]; then
      _rollcall_values "$at|$many"
    else
      if ((count == 0)) && [[ -z $ended ]]; then offered=$_commands; fi
      _rollcall_values "$at|$((count + 1))"
    fi
  elif [[ $current == --*=* ]]; then
    before=${current%%=*}=
    current=${current#*=}
    if [[ ${before%=} =~ $awaiting ]]; then _rollcall_values "$at|${before%=}"; fi
  else
    offered=$_options
  fi

  if [[ $values == files && $kept == "$before" ]]; then
    # Readline itself knows best how to quote a name.
    compopt -o bashdefault -o default 2>/dev/null
    return
  elif [[ $values == files ]]; then
    _rollcall_offer_files "$before" "$current"
    return
  elif [[ $values == runs ]]; then
    values=
    if [[ $current != *[!0-9]* ]] && _rollcall_unquote "$config"; then
      values=$(command rollcall ${file:+"--config=$file"} completion runs "$current" </dev/null 2>/dev/null)
    fi
    # Whatever it was that answered, only numbers go on.
    if [[ $values == *[!0-9[:space:]]* ]]; then values=; fi
    compopt -o nosort 2>/dev/null
  fi
  for word in $(compgen -W "$offered $values" -- "$current"); do
    word=$before$word
    COMPREPLY+=("${word#"$kept"}")
  done
}

complete -F _rollcall rollcall
