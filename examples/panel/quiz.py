# python3 quiz.py NAME=COMMAND NAME=COMMAND NAME=COMMAND: puts the questions of questions.csv to three models. Two are asked, the
# third only if they differ. Then it counts calls and right answers, and compares them with other ways to ask.
import collections, concurrent.futures, csv, json, os, pathlib, subprocess, sys, urllib.request, uuid

server = os.environ.get("QUORATE_URL", "http://127.0.0.1:5000")
models = dict(word.split("=", 1) for word in sys.argv[1:])
here = pathlib.Path(__file__).resolve().parent
run = uuid.uuid4().hex[:8]


def ask(name, question):
    """Returns the last line that the model writes; None when it fails."""
    task = json.dumps({"title": question, "options": None, "last": None, "messages": []}, separators=(",", ":")) + "\n"
    done = subprocess.run(models[name], shell=True, cwd=here, input=task, stdout=subprocess.PIPE, text=True)
    lines = done.stdout.split("\n") if done.returncode == 0 else []
    return next((line.strip() for line in reversed(lines) if line.strip()), None)


def put(path, body):
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(server + path, json.dumps(body).encode(), headers, method="PUT")
    with urllib.request.urlopen(request) as reply:
        return json.load(reply)


def decide(number, question):
    """Returns the decision of the panel, None when there is none, and the answers of those who were asked."""
    group, answers = f"/v1/groups/quiz-{run}-{number}", {}
    rule = {"electorate": {"agents": list(models)}, "threshold": "majority", "close": "early", "next": "manual"}
    put(group, {"title": question, "rule": rule, "retention": {"idle": "1h"}})
    for name in models:
        answers[name] = ask(name, question)
        said = {"abstain": True} if answers[name] is None else {"value": answers[name]}
        round = put(f"{group}/rounds/1/proposals/{name}", said)
        if round["state"] != "WAITING":  # Two of three agree: it is certain, whatever the third would say.
            return round["value"], answers


def pose(number, question):
    decision, asked = decide(number, question)
    # Who was not asked is asked now, to compare, and not counted.
    return decision, len(asked), {name: asked[name] if name in asked else ask(name, question) for name in models}


def majority(answers):
    [(answer, votes)] = collections.Counter(answers.values()).most_common(1)
    return answer if votes * 2 > len(models) else None


def show(what, decisions, calls):
    right = sum(decision == key for decision, key in zip(decisions, keys))
    none = decisions.count(None)
    print(f"{what:30}{right:8}{len(keys) - right - none:8}{none:12}{calls:8}")


questions, keys = zip(*list(csv.reader(open(here / "questions.csv")))[1:])
with concurrent.futures.ThreadPoolExecutor(8) as eight:
    posed = list(eight.map(pose, range(len(questions)), questions))
print(f"{len(questions):3} questions                    right   wrong   no answer   calls")
show("panel, a third if two differ", [decision for decision, _, _ in posed], sum(asked for _, asked, _ in posed))
show("panel, always all", [majority(answers) for _, _, answers in posed], len(keys) * len(models))
for name in models:
    show(f"{name} alone", [answers[name] for _, _, answers in posed], len(keys))
