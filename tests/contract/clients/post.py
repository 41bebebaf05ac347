"""Posts with the client that openapi-python-client made, and reads every answer as a model.

    post.py URL TOKEN
"""

import sys

from mailroom_client import Client
from mailroom_client.api.emails import post_email, post_email_at_root, post_emails
from mailroom_client.api.health import get_health
from mailroom_client.models import (
    Acceptance,
    BadRequestProblem,
    BatchSubmission,
    CompressedProblem,
    Email,
    ForbiddenProblem,
    Health,
    Outcomes,
    Submission,
)

URL, TOKEN = sys.argv[1:]


def submission(sender="a client in Python", timestream="1693561101", token=TOKEN):
    email = Email(
        email_subject="Hello",
        email_sender=sender,
        email_timestream=timestream,
        email_content="How are you?",
    )
    return Submission(data=email, token=token)


def expect(kind, answer):
    assert isinstance(answer, kind), f"{answer!r} is not of {kind}"
    return answer


client = Client(base_url=URL, raise_on_unexpected_status=True)
compressing = Client(base_url=URL, headers={"Content-Encoding": "gzip"})
expect(Health, get_health.sync(client=client))
for post in (post_email.sync, post_email_at_root.sync):
    accepted = expect(Acceptance, post(client=client, body=submission()))
    assert accepted.message_id and accepted.receipt.version == 7, accepted

    refused = expect(BadRequestProblem, post(client=client, body=submission(" ", "+1")))
    assert (refused.status, refused.title) == (400, "Bad Request"), refused
    pointers = [fault.pointer for fault in refused.errors]
    assert pointers == ["/data/email_sender", "/data/email_timestream"], refused

    stranger = expect(ForbiddenProblem, post(client=client, body=submission(token="wrong")))
    assert (stranger.status, stranger.title) == (403, "Forbidden") and stranger.detail, stranger

    compressed = expect(CompressedProblem, post(client=compressing, body=submission()))
    assert compressed.status == 415 and "Content-Encoding" in compressed.detail, compressed

emails = [submission("one of a batch").data, submission(" ", "+1").data, submission("another").data]
batch = expect(Outcomes, post_emails.sync(client=client, body=BatchSubmission(data=emails, token=TOKEN)))
assert (batch.accepted, batch.refused) == (2, 1), batch
assert [outcome.status for outcome in batch.emails] == [200, 400, 200], batch
assert batch.emails[0].receipt.version == 7 and batch.emails[0].receipt != batch.emails[2].receipt, batch
pointers = [fault.pointer for fault in batch.emails[1].errors]
assert pointers == ["/data/1/email_sender", "/data/1/email_timestream"], batch
print("read 200, 400 with its faults, 403, 415 and outcomes")
