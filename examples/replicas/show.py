# python3 show.py N: shows the next N rounds of the group "boiler": the value, the spread, and who was asked.
import sys

from boiler import send

first = send("GET", "/rounds/open")["round"]
for number in range(first, first + int(sys.argv[1])):
    round = send("GET", f"/rounds/{number}?wait=30s")
    live = {one["agent"] for one in send("GET", "/agents")["agents"] if one["live"]}
    readings = {name: one["value"] for one in round["tally"] or [] for name in one["agents"]}
    row = [f"round {number:3}", "none " if round["value"] is None else f"{round['value']:.2f}"]
    row.append(f"spread {round['stats']['spread']:4.1f}" if round["stats"] else "spread none")
    for name in ("north", "south", "spare"):
        silent = "not asked" if name in live else "silent"
        row.append(f"{name} " + (f"{readings[name]:.1f}" if name in readings else silent))
    print("   ".join(row), flush=True)
