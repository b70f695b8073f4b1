#compdef rollcall
# Completion of rollcall for zsh: source <(rollcall completion zsh)
# It starts no process.

_rollcall() {
  local at= known= helping= ended= word
  local -a commands options
  # The command among the words in front of the cursor.
  for word in "${(@Q)words[2,CURRENT-1]}"; do
    if [[ -n $known ]]; then
      known=
    elif [[ $word == -- ]]; then
      ended=1
      break
    elif [[ $word =~ '@awaiting@' ]]; then
      known=1
    elif [[ $word != -?* ]]; then
      case ${at:+$at }$word in
        (help|@groups@) helping=1 ;;
        (@paths@) at=${at:+$at }$word ;;
        (*) break ;;
      esac
    fi
  done

  case $at in
@cases@
  esac
  if [[ -n $ended ]]; then commands=(); fi
  if [[ -n $helping ]]; then
    _describe -t commands command commands
    return
  fi
  _arguments -s -S : $options \
@everywhere@
}

# As a file in $fpath it is run to complete; otherwise it is sourced.
if [[ ${funcstack[1]} == _rollcall ]]; then
  _rollcall "$@"
else
  compdef _rollcall rollcall
fi
