# python3 client.py ID [URL ...]: a client of the classroom: draws a number, posts it, asks how it went, draws again until
# SUCCESS; with PLAY_ON set it goes on for ever. When no answer comes it sends the same again, to the next URL.
import http.client, json, os, random, sys, time, urllib.error, urllib.request

me = sys.argv[1]
urls = sys.argv[2:] or [os.environ.get("QUORATE_URL", "http://127.0.0.1:5000")]


def send(method, path, body=None, **headers):
    """Returns the number of the round and the body of the answer."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json", "X-Agent-Id": me, **headers}
    while True:
        request = urllib.request.Request(urls[0] + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=10) as reply:
                return reply.headers["Quorate-Round"], reply.read()
        except urllib.error.HTTPError as refusal:
            if refusal.code not in (429, 503):
                sys.exit(f"{me}: {json.load(refusal)['detail']}")
        except (OSError, http.client.HTTPException):
            pass  # The server is gone. The number may be counted or not: sent again, it is counted once.
        urls.append(urls.pop(0))
        time.sleep(0.1)


session, drawn, state = os.urandom(8).hex(), 0, "FAILED"
while state != "SUCCESS" or "PLAY_ON" in os.environ:
    number, drawn = random.randint(1, 10), drawn + 1
    key, began = {"Idempotency-Key": f"{session}-{drawn}"}, time.monotonic()
    round, _ = send("POST", "/number", {"number": number}, **key)
    state = "WAITING"
    while state == "WAITING":
        time.sleep(0.05)
        state = json.loads(send("GET", f"/state/{me}")[1])["state"]
    # One write, since others write to the same terminal.
    sys.stdout.write(f"{me}: round {round}, drew {number}, {state} after {time.monotonic() - began:.1f} s\n")
    sys.stdout.flush()
