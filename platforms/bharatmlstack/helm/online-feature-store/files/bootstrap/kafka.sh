#!/bin/sh
# Creates Kafka topics that are missing; topics that exist stay as they are.
#   BOOTSTRAP_SERVERS   host:port, several with commas
#   TOPICS              a file with lines "name partitions replicas"
#   SECURITY_PROTOCOL, SASL_MECHANISM   as the brokers want it
#   USERNAME_FILE, PASSWORD_FILE        optional: who logs in
set -eu
umask 077
export LOG_DIR=/tmp/kafka-logs
bin=${KAFKA_BIN:-/opt/kafka/bin}
printf 'security.protocol=%s\n' "$SECURITY_PROTOCOL" >/tmp/client.properties
if [ -n "${USERNAME_FILE:-}" ]; then
  case $SASL_MECHANISM in
    PLAIN) module=plain.PlainLoginModule ;;
    SCRAM-SHA-256 | SCRAM-SHA-512) module=scram.ScramLoginModule ;;
    *) printf 'FAIL: no login module is known for %s\n' "$SASL_MECHANISM" >&2; exit 1 ;;
  esac
  # Inside the quotes of a JAAS line, quotes and backslashes are escaped.
  quoted() { sed 's/\\/\\\\/g; s/"/\\"/g' "$1" | tr -d '\n'; }
  printf 'sasl.mechanism=%s\nsasl.jaas.config=org.apache.kafka.common.security.%s required username="%s" password="%s";\n' \
    "$SASL_MECHANISM" "$module" "$(quoted "$USERNAME_FILE" | sed 's/\\/\\\\/g')" "$(quoted "$PASSWORD_FILE" | sed 's/\\/\\\\/g')" >>/tmp/client.properties
fi
while read -r topic partitions replicas; do
  [ -n "$topic" ] || continue
  "$bin/kafka-topics.sh" --bootstrap-server "$BOOTSTRAP_SERVERS" --command-config /tmp/client.properties --create --if-not-exists \
    --topic "$topic" --partitions "$partitions" --replication-factor "$replicas" </dev/null
  printf 'ok: topic %s is there\n' "$topic"
done <"$TOPICS"
