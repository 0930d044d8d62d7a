#!/bin/sh
# What is uploaded must come back byte for byte, each way within MAX_SECONDS.
set -eu
object="$GATEWAY_URL/%s/inference-logs/helm-test/roundtrip"
made="roundtrip $(date +%s) $$"
printf '%s' "$made" > /tmp/sent
ask() { curl --silent --show-error --fail --max-time "${MAX_SECONDS:-5}" "$@"; }
ask --request POST --data-binary @/tmp/sent "$(printf "$object" upload)" > /tmp/answer
grep -q '"status" *: *"success"' /tmp/answer || { echo "FAIL upload: the body does not say success"; cat /tmp/answer; exit 1; }
ask --output /tmp/received "$(printf "$object" download)"
cmp /tmp/sent /tmp/received || { echo "FAIL download: other bytes than were uploaded"; exit 1; }
echo "ok   uploaded and downloaded $(wc -c < /tmp/sent) bytes"
