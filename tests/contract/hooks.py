"""What schemathesis can't read out of docs/openapi.yaml: which token is right, and what each body deserves.

CONTRACT_TOKEN is what callers send, CONTRACT_RIGHT_TOKEN what the service takes. They differ in the run of a stranger.
"""

import gzip
import json
import os
from collections import Counter

import jsonschema_rs
import requests
import schemathesis

TOKEN = os.environ["CONTRACT_TOKEN"]
RIGHT_TOKEN = os.environ["CONTRACT_RIGHT_TOKEN"]
BATCHES = "/api/emails"
DOORS = ("/", "/api/email", BATCHES)
COMPRESSED_TOO = 20  # one body of so many

submission = None
batch = None
email = None
compressed = None
answers = Counter()


@schemathesis.deserializer("text/html")
def page(context, response):
    """The load balancer's pages, which the contract describes as text."""
    return response.text


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """Makes the token a constant, so that what is generated as right is right."""
    global submission, batch, email, compressed
    submission = jsonschema_rs.validator_for(
        {"$ref": "#/components/schemas/Submission", "components": raw_schema["components"]}
    )
    components = raw_schema["components"]
    # A faulty email of a batch fails itself alone, so for the request as a whole any value is one.
    components["schemas"]["BatchSubmission"]["properties"]["data"]["items"] = {
        "anyOf": [{"$ref": "#/components/schemas/Email"}, {}]
    }
    batch, email = (
        jsonschema_rs.validator_for({"$ref": f"#/components/schemas/{name}", "components": components})
        for name in ("BatchSubmission", "Email")
    )
    compressed = jsonschema_rs.validator_for(raw_schema["components"]["schemas"]["CompressedProblem"])
    for name in ("Submission", "BatchSubmission"):
        components["schemas"][name]["properties"]["token"] = {"type": "string", "const": TOKEN}
        content = components["requestBodies"][name]["content"]["application/json"]
        for example in content["examples"].values():
            example["value"]["token"] = TOKEN


def deserved(body, path):
    """The status that the contract gives to a body, whatever it was generated for."""
    try:
        sent = json.loads(body)
    except ValueError:
        return 400
    if not isinstance(sent, dict):
        return 400
    if sent.get("token") != RIGHT_TOKEN:
        return 403
    return 200 if (batch if path == BATCHES else submission).is_valid(sent) else 400


def check_outcomes(body, answer):
    """Each email has the outcome that it would have alone."""
    deserved = [200 if email.is_valid(one) else 400 for one in json.loads(body)["data"]]
    found = [outcome["status"] for outcome in answer["emails"]]
    assert found == deserved, f"{found} instead of {deserved}"
    assert (answer["accepted"], answer["refused"]) == (found.count(200), found.count(400)), answer


def check_compressed(url, body):
    """No compressed body is read, not even one that deserves a 200 as it is."""
    body = body.encode() if isinstance(body, str) else body
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    response = requests.post(url, gzip.compress(body), headers=headers, timeout=20)
    assert response.status_code == 415, f"{response.status_code} instead of 415"
    assert response.headers["Content-Type"] == "application/problem+json", response.headers
    assert response.headers["Accept-Encoding"] == "identity", response.headers
    compressed.validate(response.json())


@schemathesis.check
class EachBodyGetsWhatItDeserves:
    """Every answer follows from the bytes that were sent, and every kind of answer was seen."""

    def after_response(self, ctx, response, case):
        request = response.request
        path = request.path_url.split("?")[0]
        if request.method != "POST" or path not in DOORS:
            return
        body = request.body or b""
        expected = deserved(body, path)
        answers[expected] += 1
        assert response.status_code == expected, f"{response.status_code} instead of {expected}"
        if expected == 200 and path == BATCHES:
            check_outcomes(body, response.json())
        if answers.total() % COMPRESSED_TOO == 1:
            check_compressed(request.url, body)
            answers[415] += 1

    def after_run(self, ctx):
        print(f"\nanswers at the doors: {dict(sorted(answers.items()))}")
        wanted = {200, 400, 403, 415} if TOKEN == RIGHT_TOKEN else {400, 403, 415}
        assert set(answers) == wanted, f"not every kind of answer was seen: {dict(answers)}"
