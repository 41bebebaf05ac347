"""SQS with boto3, which compares SQS's MD5s with its own and fails if they differ."""

import time

from harness import equal, refused, unused, until


def counts(sqs, url):
    """How many messages are visible, in flight and delayed."""
    kinds = ["ApproximateNumberOfMessages" + kind for kind in ("", "NotVisible", "Delayed")]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=kinds)["Attributes"]
    return [int(attributes[kind]) for kind in kinds]


def receive(sqs, url, **options):
    return sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, **options).get("Messages", [])


def check_a_message_arrives_with_its_attributes_and_its_trace(endpoint):
    sqs, (url, _) = endpoint.client("sqs"), endpoint.queue()
    attributes = {
        "order": {"DataType": "String", "StringValue": "o-1"},
        "size": {"DataType": "Number", "StringValue": "12"},
        "bytes": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
    }
    trace = {"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1-5759e988-bd862e3fe1be46a994272793"}}
    sent = sqs.send_message(
        QueueUrl=url, MessageBody="Grüße 🙂", MessageAttributes=attributes, MessageSystemAttributes=trace
    )
    (message,) = receive(sqs, url, MessageAttributeNames=["All"], MessageSystemAttributeNames=["All"])
    equal(message["MessageId"], sent["MessageId"])
    equal(message["Body"], "Grüße 🙂")
    equal(message["MessageAttributes"], attributes)
    equal(message["MD5OfMessageAttributes"], sent["MD5OfMessageAttributes"])
    equal(message["Attributes"]["AWSTraceHeader"], trace["AWSTraceHeader"]["StringValue"])
    equal(message["Attributes"]["ApproximateReceiveCount"], "1")


def check_the_tracing_header_of_a_request_is_the_trace_of_its_messages(endpoint):
    sqs, (url, _) = endpoint.client("sqs"), endpoint.queue()
    header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"

    def add_header(request, **_):
        request.headers["X-Amzn-Trace-Id"] = header

    sqs.meta.events.register("before-sign.sqs.*", add_header)
    sqs.send_message(QueueUrl=url, MessageBody="a")
    own = {"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1-own"}}
    entries = [{"Id": "b", "MessageBody": "b"}, {"Id": "c", "MessageBody": "c", "MessageSystemAttributes": own}]
    sqs.send_message_batch(QueueUrl=url, Entries=entries)
    messages = receive(sqs, url, MessageSystemAttributeNames=["AWSTraceHeader"])
    found = {message["Body"]: message["Attributes"]["AWSTraceHeader"] for message in messages}
    equal(found, {"a": header, "b": header, "c": "Root=1-own"})


def check_a_message_group_is_received_as_it_was_sent(endpoint):
    sqs, (url, _) = endpoint.client("sqs"), endpoint.queue()
    sqs.send_message(QueueUrl=url, MessageBody="x", MessageGroupId="tenant-1")
    (message,) = receive(sqs, url, MessageSystemAttributeNames=["All"])
    equal(message["Attributes"]["MessageGroupId"], "tenant-1")
    for group in ("", "two words", "g" * 129):
        refused("InvalidParameterValue", sqs.send_message, QueueUrl=url, MessageBody="x", MessageGroupId=group)
    refused("InvalidParameterValue", sqs.send_message, QueueUrl=url, MessageBody="x", MessageDeduplicationId="1")


def check_message_attributes_are_asked_for_by_names_and_patterns(endpoint):
    sqs, (url, _) = endpoint.client("sqs"), endpoint.queue()
    names = ["General", "Hello", "Help.Me"]
    attributes = {name: {"DataType": "String", "StringValue": "x"} for name in names}
    sqs.send_message(QueueUrl=url, MessageBody="x", MessageAttributes=attributes)
    for asked, found in (
        (["All"], names),
        (["*"], names),
        ([".*"], names),
        (["Hel.*"], ["Hello", "Help.Me"]),
        (["Foo", "Hello"], ["Hello"]),
        (["Foo", "Help"], None),
        (["AWS."], None),
        ([], None),
    ):
        (message,) = receive(sqs, url, MessageAttributeNames=asked, VisibilityTimeout=0)
        equal(sorted(message["MessageAttributes"]) if found else message.get("MessageAttributes"), found)
        equal("MD5OfMessageAttributes" in message, bool(found))


def check_an_answer_leaves_out_what_is_empty(endpoint):
    sqs, ((url, _), (dead, dead_arn)) = endpoint.client("sqs"), endpoint.queue_with_dead_letters()

    def members(call, **request):
        answer = call(**request)
        del answer["ResponseMetadata"]
        return answer

    equal(members(sqs.list_queues, QueueNamePrefix=unused("none")), {})
    equal(members(sqs.list_queue_tags, QueueUrl=url), {})
    equal(members(sqs.list_dead_letter_source_queues, QueueUrl=url), {})
    equal(members(sqs.list_message_move_tasks, SourceArn=dead_arn), {})
    equal(members(sqs.receive_message, QueueUrl=dead), {})
    equal(members(sqs.get_queue_attributes, QueueUrl=url), {})
    equal(members(sqs.get_queue_attributes, QueueUrl=url, AttributeNames=["Policy", "KmsMasterKeyId"]), {})
    sent = members(sqs.send_message_batch, QueueUrl=url, Entries=[{"Id": "a", "MessageBody": "x"}])
    equal(list(sent), ["Successful"])
    entries = [{"Id": "a", "ReceiptHandle": "x"}]
    equal(list(members(sqs.delete_message_batch, QueueUrl=url, Entries=entries)), ["Failed"])


def check_a_queue_is_found_by_its_bare_name_and_listed_in_pages(endpoint):
    sqs, prefix = endpoint.client("sqs"), unused("pages")
    urls = [sqs.create_queue(QueueName=f"{prefix}-{n}")["QueueUrl"] for n in range(3)]
    sqs.send_message(QueueUrl=f"{prefix}-0", MessageBody="x")
    equal(counts(sqs, urls[0]), [1, 0, 0])
    pages = sqs.get_paginator("list_queues").paginate(QueueNamePrefix=prefix, PaginationConfig={"PageSize": 2})
    equal([page["QueueUrls"] for page in pages], [urls[:2], urls[2:]])
    refused("InvalidParameterValue", sqs.list_queues, MaxResults=1_001)


def check_attributes_that_the_sandbox_does_not_support_are_named(endpoint):
    sqs, (url, _) = endpoint.client("sqs"), endpoint.queue()
    unsupported = "AWS.SimpleQueueService.UnsupportedOperation"
    for name in ("Policy", "KmsMasterKeyId", "RedriveAllowPolicy"):
        answer = refused(unsupported, sqs.set_queue_attributes, status=400, QueueUrl=url, Attributes={name: "{}"})
        equal(answer["Error"]["Message"], f"The sandbox doesn't support the queue attribute {name}.")
    fifo = {"QueueName": unused("queue") + ".fifo", "Attributes": {"FifoQueue": "true"}}
    refused(unsupported, sqs.create_queue, **fifo)
    answer = refused("InvalidAttributeName", sqs.set_queue_attributes, QueueUrl=url, Attributes={"Colour": "blue"})
    equal(answer["Error"]["Message"], "Unknown Attribute Colour.")


def check_a_long_poll_wakes_when_a_delayed_message_becomes_visible(endpoint):
    sqs, (url, _) = endpoint.client("sqs"), endpoint.queue()
    sqs.send_message(QueueUrl=url, MessageBody="later", DelaySeconds=1)
    equal(counts(sqs, url), [0, 0, 1])
    start = time.monotonic()
    equal(len(receive(sqs, url, WaitTimeSeconds=10)), 1)
    if not 0.5 < time.monotonic() - start < 3:
        raise AssertionError(f"after {time.monotonic() - start} s")


def check_a_batch_sends_what_it_can_and_deletes_what_it_can(endpoint):
    sqs, (url, _) = endpoint.client("sqs"), endpoint.queue()
    entries = [{"Id": "good", "MessageBody": "x"}, {"Id": "bad", "MessageBody": "\x01"}]
    sent = sqs.send_message_batch(QueueUrl=url, Entries=entries)
    equal([entry["Id"] for entry in sent["Successful"]], ["good"])
    equal([(entry["Id"], entry["Code"]) for entry in sent["Failed"]], [("bad", "InvalidMessageContents")])
    (message,) = receive(sqs, url)
    entries = [{"Id": "bad", "ReceiptHandle": "x"}, {"Id": "good", "ReceiptHandle": message["ReceiptHandle"]}]
    deleted = sqs.delete_message_batch(QueueUrl=url, Entries=entries)
    equal([entry["Id"] for entry in deleted["Successful"]], ["good"])
    equal([entry["Code"] for entry in deleted["Failed"]], ["ReceiptHandleIsInvalid"])
    equal(counts(sqs, url), [0, 0, 0])


def check_visibility_changes_one_by_one_and_in_a_batch(endpoint):
    sqs, (url, _) = endpoint.client("sqs"), endpoint.queue()
    for body in "ab":
        sqs.send_message(QueueUrl=url, MessageBody=body)
    first, second = receive(sqs, url)
    equal(counts(sqs, url), [0, 2, 0])
    give_back = {"QueueUrl": url, "ReceiptHandle": first["ReceiptHandle"], "VisibilityTimeout": 0}
    sqs.change_message_visibility(**give_back)
    sqs.change_message_visibility(**{**give_back, "VisibilityTimeout": 30})
    equal(counts(sqs, url), [1, 1, 0])
    entries = [
        {"Id": "good", "ReceiptHandle": second["ReceiptHandle"], "VisibilityTimeout": 0},
        {"Id": "bad", "ReceiptHandle": "x", "VisibilityTimeout": 0},
    ]
    changed = sqs.change_message_visibility_batch(QueueUrl=url, Entries=entries)
    equal([entry["Id"] for entry in changed["Successful"]], ["good"])
    equal([entry["Code"] for entry in changed["Failed"]], ["ReceiptHandleIsInvalid"])
    equal(counts(sqs, url), [2, 0, 0])


def check_a_message_is_hidden_for_twelve_hours_in_all_at_most(endpoint):
    sqs, (url, _) = endpoint.client("sqs"), endpoint.queue()
    sqs.send_message(QueueUrl=url, MessageBody="x")
    (message,) = receive(sqs, url)
    request = {"QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"], "VisibilityTimeout": 43_200}
    answer = refused("InvalidParameterValue", sqs.change_message_visibility, **request)
    if "beyond the limit" not in answer["Error"]["Message"]:
        raise AssertionError(answer)
    sqs.change_message_visibility(**{**request, "VisibilityTimeout": 43_000})


def check_a_message_received_too_often_dies(endpoint):
    sqs, ((url, arn), (dead, _)) = endpoint.client("sqs"), endpoint.queue_with_dead_letters(receives=2)
    sent = sqs.send_message(QueueUrl=url, MessageBody="poison")
    for _ in range(2):
        equal(len(receive(sqs, url)), 1)
    equal(receive(sqs, url), [])
    (dead_letter,) = receive(sqs, dead, MessageSystemAttributeNames=["All"])
    equal(dead_letter["MessageId"], sent["MessageId"])
    equal(dead_letter["Attributes"]["DeadLetterQueueSourceArn"], arn)
    equal(sqs.list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"], [url])


def check_a_purge_empties_the_queue_and_is_refused_for_a_minute(endpoint):
    sqs, (url, _) = endpoint.client("sqs"), endpoint.queue()
    for body in "ab":
        sqs.send_message(QueueUrl=url, MessageBody=body)
    sqs.receive_message(QueueUrl=url)
    sqs.purge_queue(QueueUrl=url)
    equal(counts(sqs, url), [0, 0, 0])
    refused("AWS.SimpleQueueService.PurgeQueueInProgress", sqs.purge_queue, status=403, QueueUrl=url)


def check_a_queue_is_created_changed_tagged_listed_and_deleted(endpoint):
    sqs, name = endpoint.client("sqs"), unused("made")
    create = {"QueueName": name, "Attributes": {"VisibilityTimeout": "60"}, "tags": {"team": "red"}}
    url = sqs.create_queue(**create)["QueueUrl"]
    equal(sqs.create_queue(QueueName=name)["QueueUrl"], url)
    create["Attributes"]["VisibilityTimeout"] = "61"
    answer = refused("QueueAlreadyExists", sqs.create_queue, **create)
    equal(answer["Error"]["QueryErrorCode"], "QueueNameExists")
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "1", "MessageRetentionPeriod": "60"})
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    equal([attributes[name] for name in ("VisibilityTimeout", "DelaySeconds", "MessageRetentionPeriod")], ["60", "1", "60"])
    sqs.tag_queue(QueueUrl=url, Tags={"stage": "test"})
    sqs.untag_queue(QueueUrl=url, TagKeys=["team"])
    equal(sqs.list_queue_tags(QueueUrl=url)["Tags"], {"stage": "test"})
    equal(sqs.list_queues(QueueNamePrefix=name)["QueueUrls"], [url])
    equal(sqs.get_queue_url(QueueName=name)["QueueUrl"], url)
    sqs.delete_queue(QueueUrl=url)
    refused("AWS.SimpleQueueService.NonExistentQueue", sqs.get_queue_url, QueueName=name)
    refused("AWS.SimpleQueueService.QueueDeletedRecently", sqs.create_queue, QueueName=name)


def check_a_whole_mebibyte_fits_and_one_byte_more_does_not(endpoint):
    sqs, (url, _) = endpoint.client("sqs"), endpoint.queue()
    sqs.send_message(QueueUrl=url, MessageBody="x" * 1_048_576)
    refused("InvalidParameterValue", sqs.send_message, QueueUrl=url, MessageBody="x" * 1_048_577)
    half = [{"Id": str(n), "MessageBody": "x" * 524_289} for n in range(2)]
    refused("AWS.SimpleQueueService.BatchRequestTooLong", sqs.send_message_batch, QueueUrl=url, Entries=half)
    equal(len(until(lambda: receive(sqs, url))[0]["Body"]), 1_048_576)


def check_a_receipt_handle_that_is_none_is_refused_with_400(endpoint):
    sqs, (url, _) = endpoint.client("sqs"), endpoint.queue()
    refused("ReceiptHandleIsInvalid", sqs.delete_message, status=400, QueueUrl=url, ReceiptHandle="x")
    change = {"QueueUrl": url, "ReceiptHandle": "x", "VisibilityTimeout": 0}
    refused("ReceiptHandleIsInvalid", sqs.change_message_visibility, status=400, **change)


def check_a_request_with_the_wrong_secret_or_a_strange_key_is_refused(endpoint):
    url, _ = endpoint.queue()
    send = {"QueueUrl": url, "MessageBody": "x"}
    refused("SignatureDoesNotMatch", endpoint.stranger("sqs").send_message, status=403, **send)
    strange = endpoint.client("sqs", aws_access_key_id="strange")
    refused("InvalidClientTokenId", strange.send_message, status=403, **send)
    equal(counts(endpoint.client("sqs"), url), [0, 0, 0])
