# A member of a panel: asks a model behind an OpenAI-compatible API. docs/panels.md says how to use it.

import json, os, sys, urllib.request

task = json.load(sys.stdin)
prompt = task["title"]
if task["options"]:
    prompt += "\nEnd with a line that is one of: " + ", ".join(str(one["value"]) for one in task["options"])
if task["last"]:
    prompt += "\nNobody won the last round. You said: " + json.dumps(task["own"])
    prompt += "\nThe others said: " + json.dumps(task["messages"] or task["last"].get("tally"))
body = {"model": sys.argv[1], "messages": [{"role": "user", "content": prompt}]}
headers = {"content-type": "application/json", "authorization": "Bearer " + os.environ.get("MODEL_KEY", "")}
url = os.environ["MODEL_URL"] + "/chat/completions"
with urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), headers)) as reply:
    print(json.load(reply)["choices"][0]["message"]["content"])
