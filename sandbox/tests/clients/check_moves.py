"""Bringing dead letters back, with boto3."""

import base64
import json

from check_sqs import counts, receive
from harness import equal, refused, until


def with_dead_letters(endpoint, messages):
    """A queue whose messages have all died: the client, the two URLs and the two ARNs."""
    sqs, ((url, arn), (dead, dead_arn)) = endpoint.client("sqs"), endpoint.queue_with_dead_letters()
    trace = {"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1-5759e988-bd862e3fe1be46a994272793"}}
    kind = {"kind": {"DataType": "String", "StringValue": "order"}}
    for n in range(messages):
        request = {"MessageBody": str(n), "MessageAttributes": kind, "MessageSystemAttributes": trace}
        sqs.send_message(QueueUrl=url, **request)
    until(lambda: not receive(sqs, url) and counts(sqs, dead)[0] == messages)
    return sqs, url, arn, dead, dead_arn


def latest(sqs, arn):
    return sqs.list_message_move_tasks(SourceArn=arn)["Results"][0]


def check_dead_letters_go_back_to_their_queue_as_new_messages(endpoint):
    sqs, url, _, dead, dead_arn = with_dead_letters(endpoint, 3)
    old = {message["MessageId"] for message in receive(sqs, dead, VisibilityTimeout=0)}
    equal(len(old), 3)
    sqs.start_message_move_task(SourceArn=dead_arn)
    task = until(lambda: latest(sqs, dead_arn) if latest(sqs, dead_arn)["Status"] != "RUNNING" else None)
    equal(task["Status"], "COMPLETED")
    equal((task["ApproximateNumberOfMessagesMoved"], task["ApproximateNumberOfMessagesToMove"]), (3, 3))
    equal([name for name in ("TaskHandle", "DestinationArn") if name in task], [])
    asked = {"MessageSystemAttributeNames": ["All"], "MessageAttributeNames": ["All"], "VisibilityTimeout": 30}
    back = receive(sqs, url, **asked)
    equal(sorted(message["Body"] for message in back), ["0", "1", "2"])
    for message in back:
        equal(message["MessageId"] in old, False)
        equal(message["Attributes"]["ApproximateReceiveCount"], "1")
        equal(message["Attributes"]["AWSTraceHeader"][:7], "Root=1-")
        equal("DeadLetterQueueSourceArn" in message["Attributes"], False)
        equal(message["MessageAttributes"]["kind"]["StringValue"], "order")
    equal(counts(sqs, dead), [0, 0, 0])


def check_a_cancelled_move_loses_nothing(endpoint):
    sqs, _, _, dead, dead_arn = with_dead_letters(endpoint, 5)
    other, other_arn = endpoint.queue()
    request = {"SourceArn": dead_arn, "DestinationArn": other_arn, "MaxNumberOfMessagesPerSecond": 1}
    handle = sqs.start_message_move_task(**request)["TaskHandle"]
    until(lambda: latest(sqs, dead_arn)["ApproximateNumberOfMessagesMoved"] >= 2)
    task = latest(sqs, dead_arn)
    equal((task["Status"], task["TaskHandle"], task["DestinationArn"]), ("RUNNING", handle, other_arn))
    refused("InvalidParameterValue", sqs.start_message_move_task, **request)
    moved = sqs.cancel_message_move_task(TaskHandle=handle)["ApproximateNumberOfMessagesMoved"]
    if not 2 <= moved < 5:
        raise AssertionError(moved)
    until(lambda: latest(sqs, dead_arn)["Status"] == "CANCELLED")
    left, arrived = counts(sqs, dead)[0], counts(sqs, other)[0]
    equal((left + arrived, arrived), (5, latest(sqs, dead_arn)["ApproximateNumberOfMessagesMoved"]))
    refused("InvalidParameterValue", sqs.cancel_message_move_task, TaskHandle=handle)
    sqs.start_message_move_task(SourceArn=dead_arn, DestinationArn=other_arn)
    until(lambda: counts(sqs, other)[0] == 5)
    tasks = sqs.list_message_move_tasks(SourceArn=dead_arn, MaxResults=10)["Results"]
    equal([task["Status"] for task in tasks], ["COMPLETED", "CANCELLED"])


def check_a_dead_letter_without_a_sender_stays_unless_it_is_told_where_to_go(endpoint):
    sqs, (_, (dead, dead_arn)) = endpoint.client("sqs"), endpoint.queue_with_dead_letters()
    sqs.send_message(QueueUrl=dead, MessageBody="sent here")
    sqs.start_message_move_task(SourceArn=dead_arn)
    until(lambda: latest(sqs, dead_arn)["Status"] == "FAILED")
    equal(latest(sqs, dead_arn)["FailureReason"], "CouldNotDetermineMessageSource")
    equal(counts(sqs, dead), [1, 0, 0])
    other, other_arn = endpoint.queue()
    sqs.start_message_move_task(SourceArn=dead_arn, DestinationArn=other_arn)
    until(lambda: counts(sqs, other)[0] == 1)


def check_moves_that_make_no_sense_are_refused(endpoint):
    sqs, ((_, arn), (_, dead_arn)) = endpoint.client("sqs"), endpoint.queue_with_dead_letters()
    start, gone = sqs.start_message_move_task, arn + "-gone"
    refused("InvalidParameterValue", start, SourceArn=arn)
    refused("ResourceNotFoundException", start, status=404, SourceArn=gone)
    refused("ResourceNotFoundException", start, status=404, SourceArn=dead_arn, DestinationArn=gone)
    for rate in (0, 501):
        refused("InvalidParameterValue", start, SourceArn=dead_arn, MaxNumberOfMessagesPerSecond=rate)
    refused("InvalidParameterValue", sqs.cancel_message_move_task, TaskHandle="nonsense")
    handle = base64.b64encode(json.dumps({"taskId": "x", "sourceArn": dead_arn}).encode()).decode()
    refused("ResourceNotFoundException", sqs.cancel_message_move_task, status=404, TaskHandle=handle)
