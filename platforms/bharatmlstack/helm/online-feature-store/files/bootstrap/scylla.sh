#!/bin/sh
# Gives a CQL file to Scylla; every statement in it says IF NOT EXISTS, so running it again changes nothing.
#   SCYLLA_HOSTS, SCYLLA_PORT   contact points with commas; the first that answers is used
#   SCHEMA                      the file
#   USERNAME_FILE, PASSWORD_FILE   optional: who logs in
set -eu
umask 077
export HOME=/tmp
# cqlsh reads the login from a file in memory that nobody else may read, never from its arguments.
: >/tmp/cqlshrc
if [ -n "${USERNAME_FILE:-}" ]; then
  printf '[authentication]\nusername = %s\npassword = %s\n' "$(cat "$USERNAME_FILE")" "$(cat "$PASSWORD_FILE")" >/tmp/cqlshrc
fi
old_ifs=$IFS
IFS=,
for host in $SCYLLA_HOSTS; do
  if cqlsh --cqlshrc /tmp/cqlshrc --connect-timeout 20 --request-timeout 60 -f "$SCHEMA" "$host" "$SCYLLA_PORT"; then
    printf 'ok: %s holds what %s asks for\n' "$host" "${SCHEMA##*/}"
    exit 0
  fi
done
IFS=$old_ifs
printf 'FAIL: none of %s took the schema\n' "$SCYLLA_HOSTS" >&2
exit 1
