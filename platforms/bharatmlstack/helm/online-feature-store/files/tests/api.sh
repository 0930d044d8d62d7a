#!/bin/sh
# Asserts that the feature store answers as its contract says: the health page with its exact body, and a guarded API.
#   STORE_URL    where the store listens, http://name:port
#   HEALTH_PATH, HEALTH_BODY   what a healthy store answers
#   HTTP_API     "true" when the REST routes are served
#   MAX_SECONDS  longest time one answer may take
#   TOKEN_FILE   optional: a file with the token of caller CALLER_ID; then a request with it must be let in
set -eu
body=/tmp/body
fail() { printf 'FAIL: %s\n' "$*" >&2; exit 1; }

# expect STATUS WHAT curl-arguments...: one request; its status must be STATUS
expect() {
  want=$1 what=$2
  shift 2
  got=$(curl -sS --max-time "$MAX_SECONDS" -o "$body" -w '%{http_code}' "$@") || fail "$what: no answer within ${MAX_SECONDS}s"
  [ "$got" = "$want" ] || fail "$what: status $got instead of $want: $(head -c 300 "$body")"
  printf 'ok: %s (%s)\n' "$what" "$got"
}

expect 200 'health' "$STORE_URL$HEALTH_PATH"
[ "$(tr -d ' \n' <"$body")" = "$HEALTH_BODY" ] || fail "health: answered $(head -c 300 "$body") instead of $HEALTH_BODY"

if [ "$HTTP_API" = true ]; then
  for route in retrieve retrieve/decoded persist; do
    url=$STORE_URL/api/v1/features/$route
    expect 400 "$route without a caller" -X POST -H 'content-type: application/json' -d '{}' "$url"
    expect 401 "$route with a wrong token" -X POST -H 'content-type: application/json' -d '{}' \
      -H 'online-feature-store-caller-id: nobody' -H 'online-feature-store-auth-token: wrong' "$url"
  done
  if [ -n "${TOKEN_FILE:-}" ]; then
    # A caller that is known gets past the guard; what is wrong about an empty question is said afterwards, never with 401.
    printf 'header = "online-feature-store-auth-token: %s"\n' "$(cat "$TOKEN_FILE")" >/tmp/token.curl
    got=$(curl -sS --max-time "$MAX_SECONDS" -o "$body" -w '%{http_code}' -K /tmp/token.curl -X POST -H 'content-type: application/json' \
      -H "online-feature-store-caller-id: $CALLER_ID" -d '{}' "$STORE_URL/api/v1/features/retrieve") || fail "retrieve as $CALLER_ID: no answer within ${MAX_SECONDS}s"
    [ "$got" != 401 ] || fail "retrieve as $CALLER_ID: its token is refused"
    printf 'ok: retrieve as %s is let in (%s)\n' "$CALLER_ID" "$got"
  fi
fi
