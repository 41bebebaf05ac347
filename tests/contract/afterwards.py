"""Fails unless every accepted email was stored and no function ended, as the pages of the stack at URL say.

    afterwards.py URL
"""

import sys
import time

import requests

PATIENCE = 60


def report():
    merged = {}
    for page in ["_sandbox/console.json", "_mailroom/emails.json"]:
        answer = requests.get(f"{sys.argv[1]}/{page}", timeout=10)
        answer.raise_for_status()
        merged |= answer.json()
    return merged


def waiting(status):
    return sum(queue["visible"] + queue["in_flight"] for queue in status["queues"])


def main():
    status = report()
    deadline = time.monotonic() + PATIENCE
    while waiting(status) and time.monotonic() < deadline:
        time.sleep(0.2)
        status = report()

    faults = []
    if not status["answers"].get("200"):
        faults.append("nothing was accepted")
    if waiting(status):
        faults.append(f"{waiting(status)} messages are in the queues after {PATIENCE} s")
    for letter in status["dead_letters"]:
        faults.append(f"a dead letter: {letter}")
    for function in status["functions"]:
        if function["ended"]:
            faults.append(f"{function['ended']} instances of {function['name']} ended")
    print(f"answers: {status['answers']}, objects: {status['stored']}")
    if faults:
        sys.exit("\n".join(faults))


main()
