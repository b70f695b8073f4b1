# Boots a copy of this machine that leaves nothing behind: its disk is an overlay in memory, and its processes, mounts,
# name and cgroups are its own; only the network is that of the machine. $1 is a folder that both can see, under the same
# name. It runs until standard input ends.
set -eu
shared=$1

if [ "${2-}" = inside ]; then
  exec 2>&3
  space=$shared/space
  mkdir "$space"
  mount -t tmpfs none "$space"
  mkdir "$space/upper" "$space/work" "$space/root"
  mount -t overlay overlay -o "lowerdir=/,upperdir=$space/upper,workdir=$space/work" "$space/root"
  cd "$space/root"
  mount -t proc proc proc
  mount --bind -o ro proc/sys proc/sys
  mount -t sysfs -o ro sysfs sys
  mount -t cgroup2 none sys/fs/cgroup
  mount -t tmpfs -o mode=755 none dev
  for device in null zero full random urandom tty; do
    : >dev/$device
    mount --bind /dev/$device dev/$device
  done
  ln -s /proc/self/fd dev/fd
  mkdir dev/pts dev/shm
  mount -t devpts -o newinstance,mode=620,ptmxmode=666 none dev/pts
  ln -s pts/ptmx dev/ptmx
  mount -t tmpfs none dev/shm
  mount -t tmpfs none run
  mount -t tmpfs -o mode=1777 none tmp
  : >"$shared/console"
  : >dev/console
  mount --bind "$shared/console" dev/console
  mkdir -p ".$shared" old
  mount --bind "$shared" ".$shared"
  # It starts nothing by itself that this machine would start.
  rm -rf etc/systemd/system/*.wants lib/systemd/system/*.wants
  # As on a machine that may start services, whatever an image of a container forbids.
  rm -f usr/sbin/policy-rc.d
  # To index all pages of the manual takes longer than to install a package.
  rm -f var/lib/man-db/auto-update
  ln -s /dev/null etc/systemd/system/systemd-remount-fs.service
  mkdir -p etc/systemd/journald.conf.d
  printf '[Journal]\nAudit=\n' >etc/systemd/journald.conf.d/machine.conf
  pivot_root . old
  umount -l old
  # As the first process of a real machine does: it is how a service gets its credentials.
  mount --make-rshared /
  exec env -i container=rollcall PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    /lib/systemd/systemd --unit=basic.target --log-target=console --show-status=no
fi

units=/sys/fs/cgroup
[ -e "$units/cgroup.procs" ] || units=$units/unified
group=$units/rollcall-machine-$$
init=
finish() {
  # The system ends all of the others with it, and unshare ends after them.
  [ -z "$init" ] || kill -KILL "$init" 2>/dev/null || true
  wait || true
  echo $$ >"$units/cgroup.procs"
  find "$group" -depth -type d -exec rmdir {} +
  rm -rf "$shared"
}
mkdir "$group"
trap finish EXIT
trap 'exit 1' HUP INT TERM
echo $$ >"$group/cgroup.procs"
# unshare itself has nothing to say but that its first process was killed.
unshare --mount --pid --fork --kill-child --cgroup --uts --ipc sh "$0" "$shared" inside </dev/null 3>&2 2>/dev/null &
left=200
until init=$(cat "/proc/$!/task/$!/children" 2>/dev/null) && [ -n "$init" ]; do
  left=$((left - 1))
  if [ $left = 0 ] || ! kill -0 $! 2>/dev/null; then
    echo 'unshare has started no process' >&2
    kill -KILL $! 2>/dev/null || true
    exit 1
  fi
  sleep 0.05
done
echo "$init"
read -r _ || true
