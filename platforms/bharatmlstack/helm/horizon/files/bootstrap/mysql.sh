#!/bin/sh
# Creates Horizon's database, its tables and, where asked for, its first administrator. What exists stays as it is.
#   MYSQL_HOST, MYSQL_PORT, MYSQL_DATABASE
#   USERNAME_FILE, PASSWORD_FILE   who logs in
#   SCHEMA                         the file with the tables; every statement says IF NOT EXISTS
#   ADMIN_EMAIL, ADMIN_HASH_FILE   optional: the administrator's name, and the file with the bcrypt hash of the password
set -eu
fail() { printf 'FAIL: %s\n' "$*" >&2; exit 1; }
umask 077
quoted() { sed 's/\\/\\\\/g; s/"/\\"/g' "$1" | tr -d '\n'; }
printf '[client]\nhost=%s\nport=%s\nconnect-timeout=20\nuser="%s"\npassword="%s"\n' "$MYSQL_HOST" "$MYSQL_PORT" "$(quoted "$USERNAME_FILE")" "$(quoted "$PASSWORD_FILE")" >/tmp/my.cnf
run() { mysql --defaults-file=/tmp/my.cnf --batch "$@"; }

case $MYSQL_DATABASE in *[!A-Za-z0-9_]*) fail "the database's name may have letters, digits and _ only: $MYSQL_DATABASE" ;; esac
printf 'CREATE DATABASE IF NOT EXISTS `%s` CHARACTER SET utf8mb4;\n' "$MYSQL_DATABASE" | run
run "$MYSQL_DATABASE" <"$SCHEMA"
printf 'ok: the tables of %s are there\n' "$MYSQL_DATABASE"

if [ -n "${ADMIN_EMAIL:-}" ]; then
  hash=$(tr -d '\n' <"$ADMIN_HASH_FILE")
  # Both go into a statement: nothing that could end a quoted string is let in.
  case $ADMIN_EMAIL in *[!A-Za-z0-9._%+@-]* | *@*@* | @* | *@) fail "this is no e-mail address: $ADMIN_EMAIL" ;; esac
  printf %s "$hash" | grep -Eq '^\$2[aby]\$[0-9]{2}\$[./A-Za-z0-9]{53}$' || fail 'the administrator'"'"'s password must be given as a bcrypt hash'
  printf "INSERT IGNORE INTO users (first_name, last_name, email, password_hash, role, is_active) VALUES ('Horizon', 'Administrator', '%s', '%s', 'admin', TRUE);\n" \
    "$ADMIN_EMAIL" "$hash" | run "$MYSQL_DATABASE"
  printf 'ok: %s may log in\n' "$ADMIN_EMAIL"
fi
