#!/bin/sh
# Asserts that the console is served: its page, deep links into it, its settings for the browser, and no page for files that are missing.
#   UI_URL         where it listens, http://name:port
#   HEALTH_PATH    what the probes ask
#   HORIZON_BASE   the address of Horizon that the browser must be given
#   GUARDED        "true" when a password is asked for; then nothing but the health page may be given without one
#   MAX_SECONDS    longest time one answer may take
set -eu
body=/tmp/body
fail() { printf 'FAIL: %s\n' "$*" >&2; exit 1; }

expect() {
  want=$1 path=$2
  got=$(curl -sS --max-time "$MAX_SECONDS" -o "$body" -w '%{http_code}' "$UI_URL$path") || fail "$path: no answer within ${MAX_SECONDS}s"
  [ "$got" = "$want" ] || fail "$path: status $got instead of $want"
  printf 'ok: %s (%s)\n' "$path" "$got"
}
holds() { grep -qF -- "$1" "$body" || fail "$2: $1 is not in the answer"; }

expect 200 "$HEALTH_PATH"
if [ "$GUARDED" = true ]; then
  expect 401 /
  expect 401 /env.js
  exit 0
fi
expect 200 /
holds 'id="root"' 'the page'
holds 'env.js' 'the page'
expect 200 /feature-discovery/anything
holds 'id="root"' 'a deep link'
expect 200 /env.js
holds "\"REACT_APP_HORIZON_BASE_URL\":\"$HORIZON_BASE\"" 'the settings'
expect 404 /static/js/no-such-file.js
