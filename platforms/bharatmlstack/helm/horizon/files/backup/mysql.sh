#!/bin/sh
# Dumps Horizon's database into $WORK/mysql.sql, in one transaction, so that Horizon goes on working meanwhile.
#   MYSQL_HOST, MYSQL_PORT, MYSQL_DATABASE   what is dumped
#   USERNAME_FILE, PASSWORD_FILE             who logs in
#   WORK                                     the folder the other steps share
set -eu
umask 077
# The client reads the login from a file in memory, never from its arguments or environment.
quoted() { sed 's/\\/\\\\/g; s/"/\\"/g' "$1" | tr -d '\n'; }
printf '[client]\nhost=%s\nport=%s\nuser="%s"\npassword="%s"\n' "$MYSQL_HOST" "$MYSQL_PORT" "$(quoted "$USERNAME_FILE")" "$(quoted "$PASSWORD_FILE")" >/tmp/my.cnf
mysqldump --defaults-file=/tmp/my.cnf --single-transaction --quick --routines --triggers --no-tablespaces --set-gtid-purged=OFF \
  --result-file="$WORK/mysql.sql" "$MYSQL_DATABASE"
printf 'ok: dumped %s, %s bytes\n' "$MYSQL_DATABASE" "$(wc -c <"$WORK/mysql.sql")"
