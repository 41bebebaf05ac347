"""Where the endpoint and moto differ: the rows of FIDELITY.md that say "differs".

Each check asks both the same question and expects the answer of each, so it fails as soon as one of them changes.
"""

from functools import cache

from botocore.exceptions import ClientError
from moto.server import ThreadedMotoServer

from check_sqs import counts, receive
from harness import Endpoint, equal

DONE = "done"
TRACE = {"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1-5759e988-bd862e3fe1be46a994272793"}}


@cache
def moto():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    return Endpoint("http://{}:{}".format(*server.get_host_and_port()))


def differ(endpoint, ask, here, there):
    equal(ask(endpoint), here)
    equal(ask(moto()), there)


def outcome(call, **request):
    """The error code of a call, or `DONE`."""
    try:
        call(**request)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return DONE


def send(endpoint, body="x", **request):
    url, _ = endpoint.queue()
    return outcome(endpoint.client("sqs").send_message, QueueUrl=url, MessageBody=body, **request)


def text(value, kind="String"):
    return {"DataType": kind, "StringValue": value}


def check_sqs_refuses_characters_that_moto_takes(endpoint):
    for body in ("\ufffe", "\uffff", "\x08", "\0"):
        differ(endpoint, lambda of: send(of, body), "InvalidMessageContents", DONE)
    differ(endpoint, lambda of: send(of, MessageAttributes={"a": text("\ufffe")}), "InvalidParameterValue", DONE)


def check_sqs_refuses_an_empty_body_that_moto_takes(endpoint):
    differ(endpoint, lambda of: send(of, ""), "MissingParameter", DONE)


def check_sqs_counts_bytes_with_attributes_where_moto_counts_characters_without(endpoint):
    full, attributes = "x" * 1_048_576, {"a": text("x")}
    differ(endpoint, lambda of: send(of, full, MessageAttributes=attributes), "InvalidParameterValue", DONE)
    differ(endpoint, lambda of: send(of, "é" * 524_289), "InvalidParameterValue", DONE)


def check_sqs_refuses_message_attributes_that_moto_takes(endpoint):
    for attributes in (
        {f"a{n}": text("x") for n in range(11)},
        {"AWS.x": text("x")},
        {"a..b": text("x")},
        {"a": text("")},
        {"a": text("x", "Number")},
    ):
        differ(endpoint, lambda of: send(of, MessageAttributes=attributes), "InvalidParameterValue", DONE)


def check_sqs_knows_one_system_attribute_where_moto_takes_any(endpoint):
    other = {"Other": TRACE["AWSTraceHeader"]}
    differ(endpoint, lambda of: send(of, MessageSystemAttributes=other), "InvalidParameterValue", DONE)


def check_sqs_answers_the_md5_of_system_attributes_and_moto_does_not(endpoint):
    def ask(of):
        sent = of.client("sqs").send_message(
            QueueUrl=of.queue()[0], MessageBody="x", MessageSystemAttributes=TRACE
        )
        return "MD5OfMessageSystemAttributes" in sent

    differ(endpoint, ask, True, False)


def check_a_batch_keeps_its_traces_and_in_moto_loses_them(endpoint):
    def ask(of):
        sqs, (url, _) = of.client("sqs"), of.queue()
        sqs.send_message_batch(
            QueueUrl=url, Entries=[{"Id": "a", "MessageBody": "x", "MessageSystemAttributes": TRACE}]
        )
        (message,) = receive(sqs, url, MessageSystemAttributeNames=["All"])
        return message["Attributes"].get("AWSTraceHeader")

    differ(endpoint, ask, TRACE["AWSTraceHeader"]["StringValue"], None)


def check_an_entry_that_sqs_refuses_does_not_fail_its_batch_and_moto_takes_it(endpoint):
    entries = [{"Id": "good", "MessageBody": "x"}, {"Id": "bad", "MessageBody": "\ufffe"}]

    def ask(of):
        sent = of.client("sqs").send_message_batch(QueueUrl=of.queue()[0], Entries=entries)
        return len(sent["Successful"]), len(sent.get("Failed", []))

    differ(endpoint, ask, (1, 1), (2, 0))


def check_an_old_receipt_handle_deletes_nothing_and_in_moto_the_message(endpoint):
    def ask(of):
        sqs, (url, _) = of.client("sqs"), of.queue()
        sqs.send_message(QueueUrl=url, MessageBody="x")
        old = receive(sqs, url, VisibilityTimeout=0)[0]["ReceiptHandle"]
        equal(len(receive(sqs, url)), 1)
        sqs.delete_message(QueueUrl=url, ReceiptHandle=old)
        return counts(sqs, url)[1]

    differ(endpoint, ask, 1, 0)


def attribute_of_a_dead_letter(of, name, arn):
    sqs, ((url, source), (dead, _)) = of.client("sqs"), of.queue_with_dead_letters(receives=5)
    sqs.send_message(QueueUrl=url, MessageBody="poison")
    while receive(sqs, url):
        pass
    (message,) = receive(sqs, dead, MessageSystemAttributeNames=["All"])
    found = message["Attributes"].get(name)
    return found == source if arn else found


def check_a_dead_letter_says_where_it_comes_from_and_in_moto_nothing(endpoint):
    differ(endpoint, lambda of: attribute_of_a_dead_letter(of, "DeadLetterQueueSourceArn", True), True, False)


def check_receives_are_counted_across_all_queues_by_both(endpoint):
    differ(endpoint, lambda of: attribute_of_a_dead_letter(of, "ApproximateReceiveCount", False), "6", "6")


def check_the_visibility_of_a_message_that_nobody_holds_stays_as_it_is_and_in_moto_changes(endpoint):
    def ask(of):
        sqs, (url, _) = of.client("sqs"), of.queue()
        sqs.send_message(QueueUrl=url, MessageBody="x")
        change = {"QueueUrl": url, "ReceiptHandle": receive(sqs, url)[0]["ReceiptHandle"]}
        sqs.change_message_visibility(**change, VisibilityTimeout=0)
        return outcome(sqs.change_message_visibility, **change, VisibilityTimeout=10), counts(sqs, url)

    differ(endpoint, ask, (DONE, [1, 0, 0]), (DONE, [0, 1, 0]))


def check_s3_refuses_what_moto_stores(endpoint):
    for code, request in (
        ("NotImplemented", {"IfNoneMatch": '"etag"'}),
        ("KeyTooLongError", {"Key": "x" * 1_025}),
        ("MetadataTooLarge", {"Metadata": {"a": "x" * 2_049}}),
        ("BadDigest", {"ContentMD5": "A" * 22 + "=="}),
        ("BadDigest", {"ChecksumSHA256": "A" * 43 + "="}),
    ):
        request = {"Key": "key", **request}
        differ(endpoint, lambda of: outcome(of.client("s3").put_object, Bucket=of.bucket(), **request), code, DONE)


def check_a_standard_parameter_has_4_kb_and_in_moto_any_size(endpoint):
    put = {"Name": "/large", "Value": "x" * 4_097, "Type": "SecureString"}
    differ(endpoint, lambda of: outcome(of.client("ssm").put_parameter, **put), "ValidationException", DONE)


def check_a_reference_to_a_secret_is_the_same_by_both_except_for_its_source(endpoint):
    def ask(of):
        of.client("secretsmanager").create_secret(Name="app/token", SecretString="one")
        ssm, name = of.client("ssm"), "/aws/reference/secretsmanager/app/token"
        found = ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]
        refusal = outcome(ssm.get_parameter, Name=name)
        missing = outcome(ssm.get_parameter, Name=f"{name}-gone", WithDecryption=True)
        same = [found[key] for key in ("Value", "Version", "Type")]
        return *same, refusal, missing, "one" in found["SourceResult"]

    same = "one", 0, "SecureString", "ValidationException", "ParameterNotFound"
    differ(endpoint, ask, (*same, True), (*same, False))


def check_put_object_in_a_versioned_bucket_answers_a_version_by_both(endpoint):
    def ask(of):
        return "VersionId" in of.client("s3").put_object(Bucket=of.bucket(), Key="key", Body=b"x")

    differ(endpoint, ask, True, True)
