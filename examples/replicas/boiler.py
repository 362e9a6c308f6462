"""The group "boiler" over HTTP."""
import http.client, json, os, time, urllib.error, urllib.request

group = os.environ.get("QUORATE_URL", "http://127.0.0.1:5000") + "/v1/groups/boiler"


def send(method, path, body=None, token=None):
    """Returns the answer, also that of a refusal. While there is none it asks again: each of our requests may be repeated."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json", **({"Authorization": "Bearer " + token} if token else {})}
    while True:
        try:
            request = urllib.request.Request(group + path, data, headers, method=method)
            return json.load(urllib.request.urlopen(request, timeout=60))
        except urllib.error.HTTPError as refusal:
            if refusal.code not in (429, 503):
                return json.load(refusal)
        except (OSError, http.client.HTTPException):
            pass
        time.sleep(0.5)
