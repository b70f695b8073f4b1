#!/bin/sh
# Installs the given packages, or the servers of the integration tests, where it can: on Debian, as root. It starts
# no server, never fails, and does nothing where all are there; a test whose program is still missing says so.
set -u

command -v apt-get >/dev/null && [ "$(id -u)" = 0 ] || exit 0

policy=/usr/sbin/policy-rc.d
# The package of a Postgres server makes a cluster, unless this file says that it must not.
clusters=/etc/postgresql-common/createcluster.conf
restore() {
  if grep -qs rollcall "$policy"; then rm -f "$policy"; fi
  for file in "$policy" "$clusters"; do
    if [ -e "$file.kept-by-rollcall" ]; then mv "$file.kept-by-rollcall" "$file"; fi
  done
}
# What a run that was killed has left.
restore

[ $# -gt 0 ] || set -- dovecot-imapd postfix-pgsql pgbouncer
missing=
for package; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q ' installed$' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

forbid_cluster() {
  apt-get install -y -qq --no-install-recommends postgresql-common
  [ -e "$clusters.kept-by-rollcall" ] || cp -a "$clusters" "$clusters.kept-by-rollcall" || return
  echo 'create_main_cluster = false' >>"$clusters"
}
trap restore EXIT
trap 'exit 0' HUP INT TERM
# 101 forbids the packages to start their services. A policy that the machine has comes back afterwards.
if [ -e "$policy" ]; then mv "$policy" "$policy.kept-by-rollcall"; fi
printf '#!/bin/sh\n# By install.sh of rollcall.\nexit 101\n' >"$policy" && chmod 755 "$policy" || exit 0

{
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  # One by one: one that this distribution lacks must not keep the others away.
  for package in $missing; do
    if [ "$package" = postfix-pgsql ]; then
      echo 'postfix postfix/main_mailer_type select No configuration' | debconf-set-selections
    fi
    if [ "$package" = postgresql ]; then forbid_cluster; fi
    apt-get install -y -qq --no-install-recommends "$package"
  done
} </dev/null >/dev/null 2>&1
exit 0
