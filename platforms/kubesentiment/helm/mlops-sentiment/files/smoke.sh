# Asks for a prediction of each line of TEXTS (label, tab, text). Fails on another status than 200, another label, a score
# that is none, an answer that takes longer than MILLISECONDS, and, where AUTH is true, on an answer without the API key.
# Waits up to PATIENCE seconds until the service answers at all.
set -eu
texts=$1
key=
for file in ${KEY_FILES:-/run/mlops/api-key /vault/secrets/api-key}; do
  if [ -f "$file" ]; then key=$(cat "$file"); fi
done

# ask FILE [METHOD PATH…]: leaves status and milliseconds in $status and $took. The key travels by standard input.
ask() {
  out=$1
  shift
  said=$(printf 'header = "X-API-Key: %s"\n' "$key" |
    curl --silent --show-error --max-time 30 --config - --output "$out" --write-out '%{http_code} %{time_total}' "$@") || said="000 0"
  status=${said%% *}
  took=$(echo "${said#* }" | awk '{ printf "%d", $1 * 1000 }')
}
die() { echo "$*" >&2; exit 1; }

work=$(mktemp -d)
end=$(($(date +%s) + PATIENCE))
while :; do
  ask "$work/ready" "$URL/api/v1/ready"
  [ "$status" = 200 ] && break
  [ "$(date +%s)" -lt "$end" ] || die "$URL/api/v1/ready answers $status after $PATIENCE seconds, not 200"
  sleep 2
done

tab=$(printf '\t')
while IFS="$tab" read -r label text; do
  [ -n "$text" ] || continue
  body=$(printf '%s' "$text" | awk '{ gsub(/\\/, "\\\\"); gsub(/"/, "\\\""); printf "{\"text\": \"%s\"}", $0 }')
  ask "$work/answer" "$URL/api/v1/predict" --header 'Content-Type: application/json' --data-raw "$body"
  [ "$status" = 200 ] || die "\"$text\": status $status, not 200: $(head -c 300 "$work/answer")"
  got=$(sed -n 's/.*"label" *: *"\([A-Z]*\)".*/\1/p' "$work/answer")
  [ "$got" = "$label" ] || die "\"$text\": label ${got:-missing}, not $label: $(head -c 300 "$work/answer")"
  sed -n 's/.*"score" *: *\([0-9.eE+-]*\).*/\1/p' "$work/answer" | awk '{ ok = $1 > 0 && $1 <= 1 } END { exit !ok }' ||
    die "\"$text\": no score between 0 and 1: $(head -c 300 "$work/answer")"
  [ "$took" -le "$MILLISECONDS" ] || die "\"$text\": $took ms, more than $MILLISECONDS"
  echo "\"$text\": $label in $took ms"
done < "$texts"

ask "$work/wrong" "$URL/api/v1/predict" --header 'Content-Type: application/json' --data-raw '{}'
[ "$status" = 422 ] || die "a request without text: status $status, not 422"
if [ "$AUTH" = true ]; then
  key=
  ask "$work/open" "$URL/api/v1/predict" --header 'Content-Type: application/json' --data-raw '{"text": "x"}'
  [ "$status" = 401 ] || die "a request without the API key: status $status, not 401"
fi
