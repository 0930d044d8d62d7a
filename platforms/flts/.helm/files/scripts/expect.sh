#!/bin/sh
# Asks and compares. Each argument is one expectation: METHOD URL STATUS PATTERN [BODY]; the pattern is an extended
# regular expression that the answer's body must contain, or - for any. Fails on another status, another body, or an answer that takes
# longer than MAX_SECONDS.
set -u
failed=0
for expectation in "$@"; do
  # shellcheck disable=SC2086
  set -f; set -- $expectation; set +f
  method=$1 url=$2 status=$3 pattern=$4
  shift 4
  body=$*
  answered=$(curl --silent --show-error --max-time "${MAX_SECONDS:-5}" --request "$method" \
    ${body:+--header "Content-Type: application/json" --data-raw "$body"} \
    --output /tmp/answer --write-out '%{http_code}' "$url" 2> /tmp/trouble)
  code=$?
  if [ $code -ne 0 ]; then
    echo "FAIL $method $url: $(cat /tmp/trouble)"; failed=1
  elif [ "$answered" != "$status" ]; then
    echo "FAIL $method $url: status $answered, expected $status"; failed=1
  elif [ "$pattern" != "-" ] && ! grep -Eq -- "$pattern" /tmp/answer; then
    echo "FAIL $method $url: the body does not contain $pattern"; head -c 400 /tmp/answer; echo; failed=1
  else
    echo "ok   $method $url: $answered"
  fi
done
exit $failed
