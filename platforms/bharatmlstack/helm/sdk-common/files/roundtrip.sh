#!/bin/sh
# Writes one feature row through the store's API and reads it back: what was written a moment ago must come back, in time.
#   STORE_URL         where the store listens, http://name:port
#   CALLER_ID, TOKEN_FILE   who asks, and the file with its token
#   REQUESTS          a folder with persist.json and retrieve.json; @STAMP@ in them stands for the value of this run
#   VALUE_TYPE        string_values, int64_values …: the kind of the feature
#   CONNECT_SECONDS   how long the store may take to become reachable
#   MAX_SECONDS       longest time one answer may take
#   MAX_MILLISECONDS  longest time the reading answer may take
set -eu
fail() { printf 'FAIL: %s\n' "$*" >&2; exit 1; }
[ -r "$TOKEN_FILE" ] || fail "there is no token in $TOKEN_FILE: name a Secret with the key of caller $CALLER_ID"
umask 077
printf 'header = "online-feature-store-caller-id: %s"\nheader = "online-feature-store-auth-token: %s"\n' "$CALLER_ID" "$(cat "$TOKEN_FILE")" >/tmp/headers.curl

# A value that no earlier run has written: seconds and process id where the kind allows text, seconds elsewhere.
stamp=$(date +%s)
[ "$VALUE_TYPE" != string_values ] || stamp="$stamp-$(cat /proc/sys/kernel/random/uuid)"
for request in persist retrieve; do sed "s/@STAMP@/$stamp/g" "$REQUESTS/$request.json" >"/tmp/$request.json"; done

# ask ROUTE: posts /tmp/REQUEST.json; leaves the answer in /tmp/answer, prints status and seconds
ask() {
  route=$1 request=$2
  shift 2
  curl -sS --connect-timeout 5 --max-time "$MAX_SECONDS" -K /tmp/headers.curl -o /tmp/answer -w '%{http_code} %{time_total}' "$@" \
    -X POST -H 'content-type: application/json' --data-binary "@/tmp/$request.json" "$STORE_URL/api/v1/features/$route"
}

answer=$(ask persist persist --retry 1000 --retry-connrefused --retry-delay 2 --retry-max-time "$CONNECT_SECONDS") || fail 'persist: the store gives no answer'
[ "${answer%% *}" = 200 ] || fail "persist: status ${answer%% *}: $(head -c 300 /tmp/answer)"
printf 'ok: wrote %s\n' "$stamp"

answer=$(ask retrieve/decoded retrieve) || fail "retrieve: no answer within ${MAX_SECONDS}s"
[ "${answer%% *}" = 200 ] || fail "retrieve: status ${answer%% *}: $(head -c 300 /tmp/answer)"
# The store's JSON may or may not have spaces between its tokens; the value itself has none.
tr -d ' \n' </tmp/answer | grep -qF "\"columns\":[\"$stamp\"]" || fail "retrieve: $stamp is not what came back: $(head -c 300 /tmp/answer)"
awk -v t="${answer#* }" -v max="$MAX_MILLISECONDS" 'BEGIN {
  printf "%s: read it back in %.0f ms, allowed %s ms\n", (t * 1000 <= max ? "ok" : "FAIL"), t * 1000, max
  exit (t * 1000 <= max ? 0 : 1)
}'
