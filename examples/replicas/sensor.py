# python3 sensor.py NAME: a thermometer that gives a reading in each round that asks for one. kill -USR1: it lies, or stops lying.
import os, random, signal, sys, time

from boiler import send

me, instance = sys.argv[1], os.urandom(8).hex()
error = 0


def lie(*_):
    global error
    error = 14 - error


signal.signal(signal.SIGUSR1, lie)
seen = 0
while True:
    # To join again says that it is alive: five seconds after the last time, nobody waits for it any more.
    seat = send("PUT", f"/agents/{me}", {"ttl": "5s", "instance": instance})
    if "token" not in seat:
        print(f"{me}: {seat['detail']}", flush=True)
        time.sleep(1)
        continue
    round = send("GET", f"/rounds/open?after={seen}&wait=1s")
    seen = round["revision"]
    # An empty round names everybody. Once somebody has proposed, it names the spare only if the spare is needed.
    if me in round["missing"] and (me != "spare" or round["present"] > 0):
        reading = float(f"{random.uniform(20.8, 21.2) + error:.1f}")
        send("PUT", f"/rounds/{round['round']}/proposals/{me}", {"value": reading}, seat["token"])
