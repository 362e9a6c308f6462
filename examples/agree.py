# python3 examples/agree.py URL AGENT: takes part in the group "lunch" until it agrees, and prints the decision.
import json, random, sys, time, urllib.error, urllib.request

group, number = sys.argv[1] + "/v1/groups/lunch", 0
while (round := json.load(urllib.request.urlopen(group + "/rounds/latest")))["state"] != "SUCCESS":
    if round["round"] != number:
        number, body = round["round"], json.dumps({"value": random.randint(1, 3)}).encode()
    url = f"{group}/rounds/{number}/proposals/{sys.argv[2]}?wait=30s"
    put = urllib.request.Request(url, body, {"content-type": "application/json"}, method="PUT")
    try:
        urllib.request.urlopen(put)
    except urllib.error.HTTPError:
        time.sleep(1)
print(json.dumps(round["value"]))
