# sh examples/agree.sh URL AGENT: takes part in the group "lunch" until it agrees, and prints the round that decided.
until echo "$round" | grep '"state":"SUCCESS"'; do
  echo "$round" | grep -q '"state":"WAITING"' || value=$(shuf -i 1-3 -n 1)
  round=$(curl -sSf "$1/v1/groups/lunch/proposals?wait=30s" -H 'content-type: application/json' \
    -d "{\"agent\": \"$2\", \"value\": $value}") || exit
done
