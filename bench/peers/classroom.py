"""The classroom's exercise as its original does it, written from its description, faults included:
everything is in memory, FAILED is reset when three ids have read it, three numbers that come before are thrown away,
and SUCCESS stays.

python3 classroom.py PORT runs it on Flask's development server.
"""

import sys
from threading import Lock

from flask import Flask, jsonify, request

app = Flask(__name__)
lock = Lock()
agents, equal = 3, 2
numbers, readers = [], set()
state = "WAITING"


@app.post("/number")
def post_number():
    global state
    with lock:
        numbers.append(request.get_json()["number"])
        if len(numbers) == agents:
            if state == "WAITING":
                most = max(numbers.count(number) for number in numbers)
                state = "SUCCESS" if most >= equal else "FAILED"
                readers.clear()
            numbers.clear()
    return "", 200


@app.get("/state/<id_client>")
def get_state(id_client):
    global state
    with lock:
        answer = state
        if answer == "FAILED":
            readers.add(id_client)
            if len(readers) == agents:
                state = "WAITING"
    return jsonify(state=answer)


if __name__ == "__main__":
    app.run(host="127.0.0.1", port=int(sys.argv[1]))
