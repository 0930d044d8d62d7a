#!/bin/sh
# Looks whether the dump and the snapshot are whole, puts them into the backup volume under this run's time, and removes the oldest.
#   WORK      the folder with mysql.sql and etcd.db, as far as they were asked for in PARTS
#   TARGET    the volume
#   PARTS     "mysql etcd", or one of them
#   KEEP      how many backups stay
set -eu
fail() { printf 'FAIL: %s\n' "$*" >&2; exit 1; }
umask 077
stamp=$(date -u +%Y-%m-%dT%H-%M-%SZ)
# Until it is whole, a backup has a name that is never taken for one; what an ended run left is removed.
rm -rf "$TARGET"/.partial-*
partial=$TARGET/.partial-$stamp
mkdir "$partial"

for part in $PARTS; do
  case $part in
    mysql)
      # mysqldump writes this line last; without it the dump was cut off.
      tail -n 1 "$WORK/mysql.sql" | grep -q '^-- Dump completed' || fail 'the MySQL dump is not complete'
      gzip -c "$WORK/mysql.sql" >"$partial/mysql.sql.gz"
      ;;
    etcd)
      # The last 32 bytes of a snapshot are the SHA-256 of all before them.
      size=$(wc -c <"$WORK/etcd.db")
      [ "$size" -gt 32 ] || fail 'the etcd snapshot is empty'
      want=$(tail -c 32 "$WORK/etcd.db" | od -An -v -tx1 | tr -d ' \n')
      got=$(head -c "$((size - 32))" "$WORK/etcd.db" | sha256sum)
      [ "${got%% *}" = "$want" ] || fail 'the etcd snapshot is damaged: its checksum does not fit'
      gzip -c "$WORK/etcd.db" >"$partial/etcd.db.gz"
      ;;
  esac
done
(cd "$partial" && sha256sum ./*.gz >SHA256SUMS)
mv "$partial" "$TARGET/$stamp"
printf 'ok: backup %s\n' "$stamp"

# Names sort by time; everything before the last KEEP goes.
ls -1 "$TARGET" | grep -E '^[0-9]{4}-[0-9]{2}-[0-9]{2}T' | sort | awk -v keep="$KEEP" '{ name[NR] = $0 } END { for (i = 1; i <= NR - keep; i++) print name[i] }' |
  while read -r old; do
    rm -rf "${TARGET:?}/$old"
    printf 'removed %s\n' "$old"
  done
