# python3 examples/agree.py URL AGENT: takes part in the group "lunch" until it agrees, and prints the decision.
import json, random, sys, urllib.request

round = {"state": "FAILED"}
while round["state"] != "SUCCESS":
    if round["state"] == "FAILED":
        body = json.dumps({"agent": sys.argv[2], "value": random.randint(1, 3)}).encode()
    url = sys.argv[1] + "/v1/groups/lunch/proposals?wait=30s"
    request = urllib.request.Request(url, body, {"content-type": "application/json"})
    round = json.load(urllib.request.urlopen(request))
print(round["value"])
