#!/bin/sh
# Puts keys into etcd through its JSON gateway, without overwriting what somebody else wrote.
#   ETCD_ENDPOINTS   http://host:port, several with commas; the first that answers is used
#   USERNAME_FILE, PASSWORD_FILE   optional: who logs in
#   KEYS             a folder: each file is one key to create when there is none; line 1 the key, the rest the value
#   CALLERS          optional folder: file name = caller, content = its token
#   CALLERS_PREFIX   the key below which callers stand; a token that changed is written again
#   CONNECT_SECONDS  how long etcd may take to become reachable
set -eu
fail() { printf 'FAIL: %s\n' "$*" >&2; exit 1; }
umask 077
base64_of() { base64 | tr -d '\n'; }
# A file's content as the inside of a JSON string: quotes and backslashes escaped, no line ends.
json_of() { sed 's/\\/\\\\/g; s/"/\\"/g' "$1" | tr -d '\n'; }

# Each endpoint gets its share of the time to become reachable.
endpoints=$(printf %s "$ETCD_ENDPOINTS" | tr ',' ' ')
set -- $endpoints
share=$((CONNECT_SECONDS / $# + 1))
endpoint=
for candidate in $endpoints; do
  if curl -sS --fail --connect-timeout 5 --max-time 10 --retry 1000 --retry-connrefused --retry-delay 2 --retry-max-time "$share" \
    -o /tmp/version "$candidate/version"; then
    endpoint=$candidate
    break
  fi
done
[ -n "$endpoint" ] || fail "none of $ETCD_ENDPOINTS answers"

: >/tmp/login.curl
if [ -n "${USERNAME_FILE:-}" ]; then
  printf '{"name":"%s","password":"%s"}' "$(json_of "$USERNAME_FILE")" "$(json_of "$PASSWORD_FILE")" >/tmp/login.json
  curl -sS --fail --max-time 10 --data-binary @/tmp/login.json -o /tmp/login "$endpoint/v3/auth/authenticate" || fail 'etcd refuses the login'
  token=$(sed -n 's/.*"token":"\([^"]*\)".*/\1/p' /tmp/login)
  [ -n "$token" ] || fail 'etcd gave no token for the login'
  printf 'header = "authorization: %s"\n' "$token" >/tmp/login.curl
fi

post() {
  curl -sS --fail --max-time 10 -K /tmp/login.curl --data-binary @/tmp/request -o /tmp/answer "$endpoint/v3/kv/$1" || fail "etcd refuses $2"
}

# create KEY VALUE-FILE: one transaction that writes only where the key does not exist (create_revision 0)
create() {
  key=$(printf %s "$1" | base64_of)
  printf '{"compare":[{"target":"CREATE","key":"%s","create_revision":"0"}],"success":[{"requestPut":{"key":"%s","value":"%s"}}]}' \
    "$key" "$key" "$(base64_of <"$2")" >/tmp/request
  post txn "$1"
  if grep -q '"succeeded":true' /tmp/answer; then printf 'created %s\n' "$1"; else printf 'kept %s\n' "$1"; fi
}

# put KEY VALUE-FILE: writes the value unless it stands there already
put() {
  key=$(printf %s "$1" | base64_of)
  value=$(base64_of <"$2")
  printf '{"compare":[{"target":"VALUE","key":"%s","value":"%s"}],"failure":[{"requestPut":{"key":"%s","value":"%s"}}]}' "$key" "$value" "$key" "$value" >/tmp/request
  post txn "$1"
  if grep -q '"succeeded":true' /tmp/answer; then printf 'kept %s\n' "$1"; else printf 'wrote %s\n' "$1"; fi
}

for file in "$KEYS"/*; do
  [ -f "$file" ] || continue
  tail -n +2 "$file" >/tmp/value
  create "$(head -n 1 "$file")" /tmp/value
done

if [ -n "${CALLERS:-}" ]; then
  for file in "$CALLERS"/*; do
    [ -f "$file" ] || continue
    printf '{"token":"%s"}' "$(json_of "$file")" >/tmp/value
    put "$CALLERS_PREFIX/${file##*/}" /tmp/value
  done
fi
