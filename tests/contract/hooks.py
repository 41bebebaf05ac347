"""What schemathesis can't read out of docs/openapi.yaml: which token is right, and what each body deserves.

CONTRACT_TOKEN is what callers send, CONTRACT_RIGHT_TOKEN what the service takes. They differ in the run of a stranger.
"""

import json
import os
from collections import Counter

import jsonschema_rs
import schemathesis

TOKEN = os.environ["CONTRACT_TOKEN"]
RIGHT_TOKEN = os.environ["CONTRACT_RIGHT_TOKEN"]
DOORS = ("/", "/api/email")

submission = None
answers = Counter()


@schemathesis.deserializer("text/html")
def page(context, response):
    """The load balancer's pages, which the contract describes as text."""
    return response.text


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """Makes the token a constant, so that what is generated as right is right."""
    global submission
    submission = jsonschema_rs.validator_for(
        {"$ref": "#/components/schemas/Submission", "components": raw_schema["components"]}
    )
    components = raw_schema["components"]
    components["schemas"]["Submission"]["properties"]["token"] = {"type": "string", "const": TOKEN}
    content = components["requestBodies"]["Submission"]["content"]["application/json"]
    for example in content["examples"].values():
        example["value"]["token"] = TOKEN


def deserved(body):
    """The status that the contract gives to a body, whatever it was generated for."""
    try:
        sent = json.loads(body)
    except ValueError:
        return 400
    if not isinstance(sent, dict):
        return 400
    if sent.get("token") != RIGHT_TOKEN:
        return 403
    return 200 if submission.is_valid(sent) else 400


@schemathesis.check
class EachBodyGetsWhatItDeserves:
    """Every answer follows from the bytes that were sent, and every kind of answer was seen."""

    def after_response(self, ctx, response, case):
        request = response.request
        path = request.path_url.split("?")[0]
        if request.method != "POST" or path not in DOORS:
            return
        body = request.body or b""
        expected = deserved(body)
        answers[expected] += 1
        assert response.status_code == expected, f"{response.status_code} instead of {expected}"

    def after_run(self, ctx):
        print(f"\nanswers at the doors: {dict(sorted(answers.items()))}")
        wanted = {200, 400, 403} if TOKEN == RIGHT_TOKEN else {400, 403}
        assert set(answers) == wanted, f"not every kind of answer was seen: {dict(answers)}"
