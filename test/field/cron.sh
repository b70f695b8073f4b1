# Runs Debian's cron until it has run each job of a crontab once: $1/crontab of the user $2. In namespaces of its own
# the crontabs of the machine are hidden, a cron that runs there is not in the way, and nothing stays behind, even if
# whoever started this is gone. Mail goes to $1/sendmail; /usr/local/bin is $1/bin, in which node is $3.
set -eu
for place in /run /etc/cron.d /var/spool/cron; do mount -t tmpfs none "$place"; done
mount --bind /dev/null /etc/crontab
mount --bind "$1/sendmail" /usr/sbin/sendmail
mount --bind "$3" "$1/bin/node"
mount --rbind "$1/bin" /usr/local/bin
mkdir -m 1730 /var/spool/cron/crontabs
chgrp crontab /var/spool/cron/crontabs
crontab -u "$2" "$1/crontab"
cron -f &
cron=$!
# Jobs that end at once leave only their mail.
while [ -z "$(cat "/proc/$cron/task/$cron/children")$(ls "$1/mail")" ]; do sleep 0.1; done
sleep 1
# Its jobs go on, and are not started again in the next minute.
kill "$cron"
while set -- /proc/[0-9]*; [ $# -gt 1 ]; do sleep 0.1; done
