#!/bin/sh
# Makes this pod's controller a voter, as soon as the quorum answers; does nothing where it is one already.
set -u
node=${HOSTNAME##*-}
home=${KAFKA_HOME:-/opt/kafka}
config=/tmp/server.properties
export KAFKA_HEAP_OPTS=-Xmx96m
export KAFKA_LOG4J_OPTS=-Dlog4j.configuration=file:/etc/kafka-settings/tools-log4j.properties
quorum() { timeout 30 "$home/bin/kafka-metadata-quorum.sh" --bootstrap-server localhost:9092 --command-config "$config" "$@"; }

while sleep 5; do
  quorum describe --status > /tmp/join-status 2> /dev/null || continue
  # CurrentVoters is [{"id": 0, "directoryId": …}, …] with a dynamic quorum.
  if sed -n 's/^CurrentVoters: *//p' /tmp/join-status | grep -Eq "\"id\": *$node[,}]"; then exit 0; fi
  if quorum add-controller > /tmp/join-output 2>&1; then echo "controller $node joined the quorum"; else cat /tmp/join-output >&2; fi
done
