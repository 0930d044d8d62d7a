#!/bin/sh
# Creates the buckets and closes them to strangers. `dataset` comes last: the gateway is ready when it is there, and
# whoever waits for the gateway finds all the others.
set -eu
export MC_CONFIG_DIR=/tmp/mc
# The client reads the two keys from its input; as arguments they could be read by others.
connect() { printf '%s\n%s\n' "$(cat /run/secrets/minio/accessKey)" "$(cat /run/secrets/minio/secretKey)" | mc alias set store "$ENDPOINT" > /dev/null; }
until connect && mc ls store > /dev/null; do sleep 2; done
for bucket in "$@" dataset; do
  mc mb --ignore-existing "store/$bucket"
  mc anonymous set none "store/$bucket"
done
