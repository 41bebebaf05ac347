"""Runs replica/merge.sh between two buckets of moto, in two regions.

target/venv/bin/python tests/deployment/merge.py
"""

import hashlib
import logging
import os
import pathlib
import subprocess
import sys

os.environ.update(AWS_ACCESS_KEY_ID="moto", AWS_SECRET_ACCESS_KEY="moto", AWS_DEFAULT_REGION="eu-central-1")

import boto3  # noqa: E402 (it reads the environment)
from moto.s3.exceptions import PreconditionFailed  # noqa: E402
from moto.s3.responses import S3Response  # noqa: E402
from moto.server import ThreadedMotoServer  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
HOME, AWAY = "home-data-8f6d3a10", "away-data-0a1b2c3d"
SAME, OTHER, NEW, ODD = "John doe_1693561101.json", "Jane_1.json", "Zoë + co_2.json", "a%2Fb c?d_3.json"
DASH = "--help_4.json"
BATCH, TAKEN = (f"batches/2026/01/31/12/{digit * 64}.ndjson" for digit in "ab")


def as_s3_copies(copy):
    """moto knows no If-None-Match of a copy:
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html#API_CopyObject_RequestSyntax
    """

    def copy_object(self):
        there = self.backend.get_object(self.bucket_name, self.parse_key_name()) is not None
        if there and self.headers.get("If-None-Match") == "*":
            raise PreconditionFailed("If-None-Match")
        return copy(self)

    return copy_object


def main():
    S3Response.copy_object = as_s3_copies(S3Response.copy_object)
    logging.disable(logging.WARNING)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    os.environ["AWS_ENDPOINT_URL"] = "http://{}:{}".format(*server.get_host_and_port())
    home, away = bucket(HOME, "eu-central-1"), bucket(AWAY, "eu-west-1")
    expect("nothing", merge(), 0, [])
    put(home, HOME, SAME, "same")
    put(home, HOME, OTHER, "stored at home")
    before = versions(home)
    for key, text in ((SAME, "same"), (OTHER, "stored away"), (NEW, "new"), (ODD, "odd"), (DASH, "dash")):
        put(away, AWAY, key, text)
    put_batch(away, AWAY, BATCH, "many")
    beside = f"{OTHER.removesuffix('.json')}-{digest('stored away')[:16]}.json"
    copied = (beside, NEW, ODD, DASH, BATCH)
    expect("a merge", merge(), 0, [f"there {SAME}", *(f"copied {key}" for key in copied)])
    found = versions(home)
    if {key: found.get(key) for key in before} != before:
        sys.exit(f"merge.sh changed what was there: {before} became {found}")
    for key, text in ((beside, "stored away"), (NEW, "new"), (ODD, "odd"), (DASH, "dash"), (OTHER, "stored at home")):
        given = home.get_object(Bucket=HOME, Key=key)
        if given["Body"].read().decode() != text or given["Metadata"] != metadata(text):
            sys.exit(f"merge.sh made something else of {key}: {given}")
    given = home.get_object(Bucket=HOME, Key=BATCH)
    if given["Body"].read() != b"many" or given["Metadata"] != {"digest": digest("many")}:
        sys.exit(f"merge.sh made something else of a batch: {given}")
    there = [f"there {key}" for key in (SAME, *copied)]
    expect("a second merge", merge(), 0, there)
    if versions(home) != found:
        sys.exit("a second merge.sh changed something")
    away.put_object(Bucket=AWAY, Key="notes.txt", Body=b"x")
    put_batch(home, HOME, TAKEN, "others")
    put_batch(away, AWAY, TAKEN, "many")
    said = merge()
    expect("what is not an email, and a batch whose name is taken", said, 1, [*there, "FAILED notes.txt", f"FAILED {TAKEN}"])
    if f"{HOME} has something else under each of its names" not in said.stderr:
        sys.exit(f"merge.sh says of a batch whose name is taken: {said.stderr}")
    expect("a bucket that isn't there", merge("nowhere"), 1, [])
    server.stop()
    print("replica/merge.sh: every email arrives once, and none is overwritten")


def bucket(name, region):
    client = boto3.client("s3", region_name=region)
    client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": region})
    client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return client


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def metadata(text):
    return {"content-sha256": digest(text), "receipt": "0198c0de-0000-7000-8000-000000000001"}


def put(client, bucket, key, text):
    client.put_object(Bucket=bucket, Key=key, Body=text.encode(), Metadata=metadata(text))


def put_batch(client, bucket, key, text):
    client.put_object(Bucket=bucket, Key=key, Body=text.encode(), Metadata={"digest": digest(text)})


def versions(client):
    listed = client.list_object_versions(Bucket=HOME).get("Versions", [])
    return {each["Key"]: each["VersionId"] for each in listed}


def merge(source=AWAY):
    environment = os.environ | {"PATH": f"{ROOT}/target/venv/bin:{os.environ['PATH']}"}
    return subprocess.run([ROOT / "replica/merge.sh", source, HOME], env=environment, capture_output=True, text=True)


def expect(what, said, status, lines):
    if said.returncode != status or sorted(said.stdout.splitlines()) != sorted(lines):
        sys.exit(f"{what}: merge.sh ends with {said.returncode}: {said.stdout}{said.stderr}, not with {lines}")


if __name__ == "__main__":
    main()
