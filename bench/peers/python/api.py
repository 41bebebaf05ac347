"""Takes an email over HTTP and queues it."""

import json
import logging
import os
import uuid

import boto3

FIELDS = ("email_subject", "email_sender", "email_timestream", "email_content")
QUEUE_URL = os.environ["SQS_QUEUE_URL"]

logger = logging.getLogger()
logger.setLevel(logging.INFO)
sqs = boto3.client("sqs")
ssm = boto3.client("ssm")
token = ssm.get_parameter(Name=os.environ["SSM_TOKEN_PARAMETER"], WithDecryption=True)["Parameter"]["Value"]


def answer(status, body):
    return {
        "statusCode": status,
        "isBase64Encoded": False,
        "headers": {"content-type": "application/json"},
        "body": json.dumps(body),
    }


def is_email(data):
    return (
        all(isinstance(data.get(field), str) for field in FIELDS)
        and data["email_sender"].strip() != ""
        and data["email_timestream"].isdecimal()
    )


def handler(event, _context):
    try:
        submission = json.loads(event["body"])
    except ValueError:
        return answer(400, {"title": "no JSON"})
    if submission.get("token") != token:
        return answer(403, {"title": "not allowed"})
    if not is_email(submission.get("data", {})):
        return answer(400, {"title": "not an email"})
    receipt = str(uuid.uuid4())
    sent = sqs.send_message(
        QueueUrl=QUEUE_URL,
        MessageBody=json.dumps(submission["data"]),
        MessageAttributes={"receipt": {"DataType": "String", "StringValue": receipt}},
    )
    logger.info("accepted %s", receipt)
    return answer(200, {"message_id": sent["MessageId"], "receipt": receipt})
