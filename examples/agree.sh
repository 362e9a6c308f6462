# sh examples/agree.sh URL AGENT: takes part in the group "lunch" until it agrees, and prints the round that decided.
group=$1/v1/groups/lunch
while round=$(curl -sSf "$group/rounds/latest"); do
  echo "$round" | grep '"state":"SUCCESS"' && exit
  now=$(echo "$round" | sed 's/.*"round":\([0-9]*\).*/\1/')
  [ "$now" = "$number" ] || value=$(shuf -i 1-3 -n 1)
  number=$now
  curl -sf -o /dev/null -X PUT "$group/rounds/$number/proposals/$2?wait=30s" \
    -H 'content-type: application/json' -d "{\"value\": $value}" || sleep 1
done
exit 1
