#!/bin/sh
# Starts a broker that is a controller, too. The quorum is a dynamic one (KIP-853): the first pod founds it, later pods
# join it, and a pod that stops leaves it. So a cluster of one grows to three and shrinks again without losing its
# metadata, which a fixed list of voters would not survive.
#
# Given by the chart: CLUSTER_ID, REPLICAS, HEADLESS (the domain of the pods' names), LOG_DIRS.
set -eu
node=${HOSTNAME##*-}
pods=${HOSTNAME%-*}
home=${KAFKA_HOME:-/opt/kafka}
config=/tmp/server.properties
tools_log=-Dlog4j.configuration=file:/etc/kafka-settings/tools-log4j.properties

servers=""
i=0
while [ "$i" -lt "$REPLICAS" ]; do
  servers="$servers${servers:+,}$pods-$i.$HEADLESS:9093"
  i=$((i + 1))
done

{
  cat /etc/kafka-settings/server.properties
  echo "node.id=$node"
  echo "controller.quorum.bootstrap.servers=$servers"
  echo "advertised.listeners=PLAINTEXT://$HOSTNAME.$HEADLESS:9092,CONTROLLER://$HOSTNAME.$HEADLESS:9093"
  echo "log.dirs=$LOG_DIRS"
} > "$config"

# Whether a quorum answers without this pod: the first pod asks when its volume is empty, lest it found a second one.
others_have_a_quorum() {
  i=1
  while [ "$i" -lt "$REPLICAS" ]; do
    if KAFKA_HEAP_OPTS=-Xmx96m KAFKA_LOG4J_OPTS=$tools_log timeout 20 "$home/bin/kafka-metadata-quorum.sh" \
      --bootstrap-controller "$pods-$i.$HEADLESS:9093" describe --status > /tmp/quorum 2> /dev/null &&
      grep -q '^LeaderId: *[0-9]' /tmp/quorum; then
      return 0
    fi
    i=$((i + 1))
  done
  return 1
}

if [ ! -f "$LOG_DIRS/meta.properties" ]; then
  mkdir -p "$LOG_DIRS"
  if [ "$node" = 0 ] && ! others_have_a_quorum; then how=--standalone; else how=--no-initial-controllers; fi
  KAFKA_LOG4J_OPTS=$tools_log "$home/bin/kafka-storage.sh" format --cluster-id "$CLUSTER_ID" --config "$config" "$how"
fi

/bin/sh /etc/kafka-settings/join.sh &
exec "$home/bin/kafka-server-start.sh" "$config"
