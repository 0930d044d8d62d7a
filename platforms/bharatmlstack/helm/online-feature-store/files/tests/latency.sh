#!/bin/sh
# Asserts that a share of many requests, one after the other, is answered in time; every answer must be a success.
#   STORE_URL, HEALTH_PATH   what is asked
#   REQUESTS                 how many requests
#   PERCENTILE, MAX_MILLISECONDS   so many per cent of them must take no longer
set -eu
fail() { printf 'FAIL: %s\n' "$*" >&2; exit 1; }
times=/tmp/times
: >"$times"
n=0
while [ "$n" -lt "$REQUESTS" ]; do
  n=$((n + 1))
  answer=$(curl -sS --max-time 10 -o /dev/null -w '%{http_code} %{time_total}' "$STORE_URL$HEALTH_PATH") || fail "request $n got no answer"
  [ "${answer%% *}" = 200 ] || fail "request $n: status ${answer%% *} instead of 200"
  printf '%s\n' "${answer#* }" >>"$times"
done
sort -n "$times" | awk -v p="$PERCENTILE" -v max="$MAX_MILLISECONDS" '
  { t[NR] = $1 * 1000 }
  END {
    i = int((NR * p + 99) / 100); if (i < 1) i = 1
    printf "%s of %d requests: p%s %.1f ms, slowest %.1f ms, allowed %s ms\n", (t[i] <= max ? "ok" : "FAIL"), NR, p, t[i], t[NR], max
    exit (t[i] <= max ? 0 : 1)
  }'
