#!/bin/sh
# Asserts that Horizon answers as its contract says: the health page with its exact body, and routes that want a token.
#   HORIZON_URL               where it listens, http://name:port
#   HEALTH_PATH, HEALTH_BODY  what a healthy process answers
#   GUARDED_PATH              a route that must refuse callers without a token
#   MAX_SECONDS               longest time one answer may take
set -eu
body=/tmp/body
fail() { printf 'FAIL: %s\n' "$*" >&2; exit 1; }

expect() {
  want=$1 what=$2
  shift 2
  got=$(curl -sS --max-time "$MAX_SECONDS" -o "$body" -w '%{http_code}' "$@") || fail "$what: no answer within ${MAX_SECONDS}s"
  [ "$got" = "$want" ] || fail "$what: status $got instead of $want: $(head -c 300 "$body")"
  printf 'ok: %s (%s)\n' "$what" "$got"
}

expect 200 'health' "$HORIZON_URL$HEALTH_PATH"
[ "$(tr -d '\n' <"$body" | sed 's/": "/":"/g')" = "$HEALTH_BODY" ] || fail "health: answered $(head -c 300 "$body") instead of $HEALTH_BODY"
expect 401 'a guarded route without a token' "$HORIZON_URL$GUARDED_PATH"
expect 401 'a guarded route with a wrong token' -H 'authorization: Bearer wrong' "$HORIZON_URL$GUARDED_PATH"
