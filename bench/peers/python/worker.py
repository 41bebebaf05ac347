"""Files queued emails in S3."""

import json
import logging
import os
from concurrent.futures import ThreadPoolExecutor

import boto3

BUCKET = os.environ["S3_BUCKET_NAME"]

logger = logging.getLogger()
logger.setLevel(logging.INFO)
s3 = boto3.client("s3")
threads = ThreadPoolExecutor(max_workers=10)  # as many as the client keeps connections


def file(record):
    """The id of the record if it could not be filed."""
    try:
        email = json.loads(record["body"])
        s3.put_object(
            Bucket=BUCKET,
            Key=f"{email['email_sender']}_{email['email_timestream']}.json",
            ContentType="application/json",
            IfNoneMatch="*",
            Body=json.dumps(email).encode(),
        )
    except Exception:
        logger.exception("not filed")
        return record["messageId"]
    logger.info("filed %s", record["messageId"])
    return None


def handler(event, _context):
    failed = filter(None, threads.map(file, event["Records"]))
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}
