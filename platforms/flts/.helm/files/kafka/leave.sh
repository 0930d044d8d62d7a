#!/bin/sh
# Before the pod stops: its controller leaves the quorum unless it is the last voter. It joins again when it comes back.
set -u
node=${HOSTNAME##*-}
home=${KAFKA_HOME:-/opt/kafka}
config=/tmp/server.properties
export KAFKA_HEAP_OPTS=-Xmx96m
export KAFKA_LOG4J_OPTS=-Dlog4j.configuration=file:/etc/kafka-settings/tools-log4j.properties
quorum() { timeout 30 "$home/bin/kafka-metadata-quorum.sh" --bootstrap-server localhost:9092 --command-config "$config" "$@"; }

directory=$(sed -n 's/^directory.id=//p' "$LOG_DIRS/meta.properties")
for attempt in 1 2 3; do
  quorum describe --status > /tmp/leave-status 2> /dev/null || continue
  voters=$(sed -n 's/^CurrentVoters: *//p' /tmp/leave-status)
  echo "$voters" | grep -Eq "\"id\": *$node[,}]" || exit 0
  [ "$(echo "$voters" | grep -o '"id":' | wc -l)" -gt 1 ] || exit 0
  if quorum remove-controller --controller-id "$node" --controller-directory-id "$directory" > /tmp/leave-output 2>&1; then exit 0; fi
  sleep 2
done
exit 0
