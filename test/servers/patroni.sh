# One machine for a Patroni cluster: a network of its own, in which the nodes that $1 has a NODE.yml for run as the user
# $2 of the group $3. Reads "start NODE" and "kill NODE", and answers each. A node is a namespace of processes, so it dies
# at once and whole; and when the input ends, which the kernel sees to however the test ends, so do all of them.
set -eu
ip link set lo up
while read -r word node; do
  case $word in
  start)
    # The shell in it, and not setpriv, which would forget to die with its parent.
    unshare --pid --fork --kill-child --mount-proc sh -c \
      'setpriv --reuid "$2" --regid "$3" --clear-groups patroni "$1"; :' sh "$1/$node.yml" "$2" "$3" \
      >>"$1/$node.log" 2>&1 </dev/null &
    eval "$node=\$!"
    ;;
  kill)
    eval "kill -KILL \$$node"
    eval "wait \$$node" 2>/dev/null || :
    ;;
  esac
  echo "$word $node"
done
