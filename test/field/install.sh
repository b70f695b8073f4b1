#!/bin/sh
# Installs what the field tests drive, as install.sh of the integration tests does it for theirs.
exec sh "$(dirname "$0")/../integration/install.sh" cron jq python3 python3-psycopg2 postgresql-client chromium cmark-gfm prometheus php-cli php-sqlite3 slapd python3-ldap patroni python3-pysyncobj iproute2 postgresql shellcheck fish zsh mandoc man-db bash-completion lintian systemd
