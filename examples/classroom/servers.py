"""What the clients play on: one server, or a cluster. Each has `urls`, and a `plan` of what to kill."""
import json, pathlib, subprocess, sys, tempfile, time, urllib.request

quorate = ["node", str(pathlib.Path(__file__).resolve().parents[2] / "bin/quorate.js")]


def run(*command, **more):
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **more)


def ask(url, method="GET", **headers):
    with urllib.request.urlopen(urllib.request.Request(url, None, headers, method=method), timeout=30) as reply:
        return json.load(reply)


class OneServer:
    """A server with its log on disk. Killed, it comes back after a second with the same folder."""

    plan = ["the server"] * 3

    def __init__(self):
        self.folder, self.port = tempfile.TemporaryDirectory(), "0"
        self.start()

    def start(self):
        log = ["--log", "file:" + self.folder.name, "--i-accept-loss"]  # A temporary folder may be in memory.
        self.process = run(*quorate, "server", "--port", self.port, "--json", *log, stderr=subprocess.DEVNULL)
        ready = json.loads(self.process.stdout.readline() or sys.exit("the server has not started"))
        self.urls, self.port = [ready["url"].rstrip("/")], str(ready["port"])

    def kill(self, name):
        self.process.kill()
        self.process.wait()
        time.sleep(1)
        self.start()

    def repair(self):
        pass  # It is back already.

    def end(self):
        self.process.terminate()
        self.process.wait()
        self.folder.cleanup()


class Cluster:
    """Three servers over three members of etcd: `quorate demo --cluster --open`. Its page has buttons that kill; we press them."""

    plan = ["server-1", "the leader of etcd", "server-2"]

    def __init__(self):
        self.process = run(*quorate, "demo", "--cluster", "--open", "--json", stderr=subprocess.PIPE)
        ready = json.loads(self.process.stdout.readline() or sys.exit(self.process.stderr.read()))
        print("watch it:   " + ready["page"])
        self.urls = ready["urls"]
        self.page, self.secret = ready["page"].split("/cluster#demo=")

    def press(self, button, name):
        ask(f"{self.page}/demo/{name}/{button}", "POST", **{"Quorate-Demo": self.secret})

    def kill(self, name):
        self.dead = self.leader() if name == "the leader of etcd" else name
        self.press("kill", self.dead)

    def leader(self):
        """Asks until a member says that it leads: right after a kill none may."""
        while True:
            for one in ask(self.page + "/v1/cluster")["members"]:
                if one["isUp"] and one["role"] == "leader" and one["name"].startswith("etcd-"):
                    return one["name"]
            time.sleep(0.2)

    def repair(self):
        self.press("start", self.dead)
        for url in self.urls:
            while not is_ready(url):
                time.sleep(0.1)

    def end(self):
        self.process.terminate()
        self.process.wait()


def is_ready(url):
    try:
        return bool(ask(url + "/readyz"))
    except OSError:  # Also of an answer that says no.
        return False
