"""A round of three agents, as a program plays it that knows nothing but the client generated from /openapi.json."""

import json
import sys
import threading

import quorate_generated
from quorate_generated import models
from quorate_generated.api.agents_api import AgentsApi
from quorate_generated.api.groups_api import GroupsApi
from quorate_generated.api.rounds_api import RoundsApi
from quorate_generated.exceptions import ApiException


def client(token=None):
    configuration = quorate_generated.Configuration(host=sys.argv[1])
    configuration.access_token = token
    return quorate_generated.ApiClient(configuration)


api = client()
groups, rounds = GroupsApi(api), RoundsApi(api)

two = models.AnyPartElectorate(
    any=[
        models.Panel(role="owners", agents=["ann", "bob"], threshold="unanimous"),
        models.Panel(role="all", agents=["ann", "bob", "cy"], threshold=models.Fraction(num=2, den=3, strict=False)),
    ]
)
rule = models.RuleSettings(electorate=two, next="manual")
group = groups.put_group("lunch-py", group_settings=models.GroupSettings(rule=rule))
token = AgentsApi(api).join("lunch-py", "ann", join=models.Join(ttl="1m")).token

outcomes = {}


def propose(agent, value, its):
    proposal = models.Proposal(value=value)
    outcomes[agent] = its.propose("lunch-py", group.round, agent, proposal, wait="30s")


threads = [
    threading.Thread(target=propose, args=("ann", "pizza", RoundsApi(client(token)))),
    threading.Thread(target=propose, args=("bob", "soup", RoundsApi(client()))),
    threading.Thread(target=propose, args=("cy", "pizza", RoundsApi(client()))),
]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()

read = rounds.get_round("lunch-py", "latest")
explanation = rounds.explain_round("lunch-py", 1)


def refusal(call, *args):
    try:
        return call(*args)
    except ApiException as error:
        problem = json.loads(error.body)
        return {"status": error.status, "code": problem["code"], "fix": problem["fix"]}


print(
    json.dumps(
        {
            "outcomes": {agent: [one.state, one.reason, one.value, one.present] for agent, one in outcomes.items()},
            "read": [read.state, read.reason, read.value, read.present],
            "dissent": [[one.value, one.agents] for one in explanation.dissent],
            "late": refusal(rounds.propose, "lunch-py", group.round, "bob", models.Proposal(value="salad")),
            "missing": refusal(groups.get_group, "dinner"),
        }
    )
)
