#!/bin/sh
# Creates the topics of the contract, once the brokers answer. Lines of /etc/kafka-topics/topics: name, partitions.
set -eu
home=${KAFKA_HOME:-/opt/kafka}
topics=/etc/kafka-settings/topics
until timeout 20 "$home/bin/kafka-topics.sh" --bootstrap-server "$BOOTSTRAP_SERVERS" --list > /tmp/there 2> /dev/null; do sleep 2; done
while read -r name partitions; do
  if grep -Fxq "$name" /tmp/there; then continue; fi
  "$home/bin/kafka-topics.sh" --bootstrap-server "$BOOTSTRAP_SERVERS" --create --if-not-exists \
    --topic "$name" --partitions "$partitions" --replication-factor "$REPLICATION_FACTOR"
done < "$topics"
