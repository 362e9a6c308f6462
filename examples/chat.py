# python3 examples/chat.py URL NAME: says each line of its input in the group "chat", and prints who comes, goes and says what.
import http.client, json, os, sys, threading, time, urllib.error, urllib.parse, urllib.request, uuid

group, name, headers = sys.argv[1] + "/v1/groups/chat", sys.argv[2], {"content-type": "application/json"}
me = "/agents/" + urllib.parse.quote(name, safe="")


def ask(method, path, body=None, **more):
    data = None if body is None else json.dumps(body).encode()
    while True:
        try:
            call = urllib.request.Request(group + path, data, {**headers, **more}, method=method)
            return json.load(urllib.request.urlopen(call, timeout=60))
        except urllib.error.HTTPError as refusal:
            if refusal.code == 404 and path.endswith("/cursor"):
                return None  # No member any more: the stream says so in a moment.
            if refusal.code not in (429, 503):
                print(json.load(refusal)["detail"], file=sys.stderr)
                os._exit(1)
        except (OSError, http.client.HTTPException):
            pass  # No answer: each of these requests may be sent again.
        time.sleep(1)


def listen(after):
    due = 0
    while True:
        for item in ask("GET", f"/stream?after={after}&wait=30s")["items"]:
            after = item["offset"]
            if item.get("type") == "message":
                print(f"{item['from']}: {item['body']}", flush=True)
            elif item.get("type") == "view":
                print(f"[{item['agent']}: {item['change']}]", flush=True)
                if item["agent"] == name and item["change"] in ("left", "expired"):
                    return
        if time.monotonic() >= due:  # At most once a second; it also renews the lease.
            due = time.monotonic() + 1
            ask("PUT", me + "/cursor", {"offset": after})


joined = ask("PUT", me, {"ttl": "2m", "instance": uuid.uuid4().hex})
headers["authorization"] = "Bearer " + joined["token"]
listener = threading.Thread(target=listen, args=[joined["incarnation"]], daemon=True)
listener.start()
try:
    for line in sys.stdin:
        ask("POST", "/messages", {"body": line.rstrip("\n")}, **{"idempotency-key": uuid.uuid4().hex})
except KeyboardInterrupt:
    pass  # Ctrl-C: it leaves, as at the end of its input.
ask("DELETE", me)
listener.join()
