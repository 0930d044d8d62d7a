# Credentials come as files; the process takes them from its own environment, which no manifest shows.
set -eu
for file in /run/mlops/* /vault/secrets/*; do
  [ -f "$file" ] || continue
  case ${file##*/} in
    api-key) MLOPS_API_KEY=$(cat "$file"); export MLOPS_API_KEY ;;
    redis-password) MLOPS_REDIS_PASSWORD=$(cat "$file"); export MLOPS_REDIS_PASSWORD ;;
  esac
done
exec "$@"
