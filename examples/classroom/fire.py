# python3 fire.py one|cluster: three clients play while servers die under them. At the end, what the clients have
# heard is compared with what every server has.
import os, pathlib, re, sys, threading, time

from servers import Cluster, OneServer, ask, run

clients = ["1", "2", "3"]
heard = {me: {} for me in clients}  # by client and round: its number, how it ended, after how many seconds
players, limit = [], time.monotonic() + 180


def play(me, urls):
    """Starts a client, which asks another server first than the others do, and notes what it says."""
    first = int(me) % len(urls)
    program = str(pathlib.Path(__file__).with_name("client.py"))
    client = run(sys.executable, program, me, *urls[first:], *urls[:first], env={**os.environ, "PLAY_ON": "1"})
    players.append(client)

    def listen():
        for line in client.stdout:
            match = re.match(r"\d+: round (\d+), drew (\d+), (\w+) after (.*) s", line)
            round, number, state, seconds = match.groups()
            heard[me][int(round)] = int(number), state, float(seconds)

    threading.Thread(target=listen, daemon=True).start()


def played():
    """Returns how many rounds all clients have played."""
    return min(len(rounds) for rounds in heard.values())


def show(first, last):
    """Prints these rounds, each once all clients have played it."""
    for round in range(first, last + 1):
        while played() < round:
            if any(player.poll() is not None for player in players) or time.monotonic() > limit:
                sys.exit(f"round {round} did not end")
            time.sleep(0.05)
        drawn = "   ".join(f"{me}: {heard[me][round][0]:2}" for me in clients)
        print(f"round {round:3}   {drawn}   {heard['1'][round][1]}", flush=True)


def compare(urls):
    """Counts the numbers that a server does not have, and the answers that are not what a server says."""
    lost = differ = 0
    for url in urls:
        rounds = {one["round"]: one for one in ask(url + "/v1/groups/default/rounds?limit=1000")["rounds"]}
        for me in clients:
            for round, (number, state, _) in heard[me].items():
                theirs = rounds.get(round, {"state": None, "tally": []})
                lost += not any(one["value"] == number and me in one["agents"] for one in theirs["tally"])
                differ += theirs["state"] != state
    return lost, differ


world = {"one": OneServer, "cluster": Cluster}[sys.argv[1]]()
try:
    for me in clients:
        play(me, world.urls)
    shown = 5
    show(1, shown)
    for name in world.plan:
        before = played()
        print(f"kill -9     {name}", flush=True)
        world.kill(name)
        last = played() + 5
        show(shown + 1, last)
        shown, longest = last, max(heard[me][round][2] for me in clients for round in range(before + 1, last + 1))
        print(f"            the rounds go on; the longest of them took {longest:.1f} s")
        world.repair()
    for player in players:
        player.terminate()
        player.wait()
    lost, differ = compare(world.urls)
    print(f"{played()} rounds, {len(world.plan)} kills. Numbers lost: {lost}. Answers that differ: {differ}.")
    sys.exit(1 if lost or differ else 0)
finally:
    for player in players:
        player.kill()
    world.end()
