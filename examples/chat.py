# python3 examples/chat.py URL NAME: says each line of its input in the group "chat", and prints who comes, goes and says what.
import os, sys, threading

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../clients/python"))
from quorate import QuorateError, connect


def listen():
    for item in me.listen(after=me.joined["incarnation"]):
        if item.get("type") == "message":
            print(f"{item['from']}: {item['body']}", flush=True)
        elif item.get("type") == "view":
            print(f"[{item['agent']}: {item['change']}]", flush=True)


try:
    me = connect(sys.argv[1]).group("chat").join(sys.argv[2], ttl="2m")
    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    try:
        for line in sys.stdin:
            me.say(line.rstrip("\n"))
    except KeyboardInterrupt:
        pass  # Ctrl-C: it leaves, as at the end of its input.
    me.leave()
    listener.join()
except QuorateError as error:
    sys.exit(error.detail)
