"""S3 with boto3, which sends CRC-32s with what it writes and checks those of what it reads."""

import base64
import concurrent.futures
import hashlib
import socket
import urllib.parse

from harness import equal, refused, unused


def get(s3, bucket, key="key", **request):
    return s3.get_object(Bucket=bucket, Key=key, **request)["Body"].read()


def check_an_object_comes_back_as_it_was_stored(endpoint):
    s3, bucket = endpoint.client("s3"), endpoint.bucket()
    key, body = "reports/José 2023.json", '{"message": "Grüße 🙂"}'.encode()
    put = s3.put_object(
        Bucket=bucket, Key=key, Body=body, ContentType="application/json", Metadata={"owner": "o-1"}
    )
    equal(put["ETag"], f'"{hashlib.md5(body).hexdigest()}"')
    found = s3.get_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED")
    equal(found["Body"].read(), body)
    equal((found["ContentType"], found["Metadata"]), ("application/json", {"owner": "o-1"}))
    equal(found["VersionId"], put["VersionId"])
    equal(found["ChecksumCRC32"], put["ChecksumCRC32"])
    head = s3.head_object(Bucket=bucket, Key=key)
    equal((head["ContentLength"], head["ETag"]), (len(body), put["ETag"]))
    equal(get(s3, bucket, key, Range="bytes=0-1"), body[:2])
    refused("InvalidRange", s3.get_object, status=416, Bucket=bucket, Key=key, Range=f"bytes={len(body)}-")
    s3.put_object(Bucket=bucket, Key="untyped", Body=b"x")
    equal(s3.head_object(Bucket=bucket, Key="untyped")["ContentType"], "binary/octet-stream")


def check_bytes_that_arrive_changed_are_refused(endpoint):
    s3, bucket = endpoint.client("s3"), endpoint.bucket()
    wrong = base64.b64encode(hashlib.sha256(b"other").digest()).decode()
    refused("BadDigest", s3.put_object, Bucket=bucket, Key="key", Body=b"x", ChecksumSHA256=wrong)
    refused("NoSuchKey", s3.get_object, Bucket=bucket, Key="key")


def check_a_key_is_written_once_if_it_has_to_be_absent(endpoint):
    s3, bucket = endpoint.client("s3"), endpoint.bucket()
    absent = {"Bucket": bucket, "Key": "key", "IfNoneMatch": "*"}
    etag = s3.put_object(Body=b"one", **absent)["ETag"]
    refused("PreconditionFailed", s3.put_object, status=412, Body=b"two", **absent)
    refused("PreconditionFailed", s3.put_object, Bucket=bucket, Key="key", Body=b"two", IfMatch='"other"')
    s3.put_object(Bucket=bucket, Key="key", Body=b"two", IfMatch=etag)
    s3.delete_object(Bucket=bucket, Key="key")
    s3.put_object(Body=b"three", **absent)
    equal(get(s3, bucket), b"three")


def check_of_many_racing_writes_exactly_one_wins(endpoint):
    s3, bucket = endpoint.client("s3"), endpoint.bucket()

    def write(n):
        try:
            s3.put_object(Bucket=bucket, Key="key", Body=str(n).encode(), IfNoneMatch="*")
        except s3.exceptions.ClientError as error:
            return error.response["Error"]["Code"]
        return n

    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(write, range(32)))
    winners = [outcome for outcome in outcomes if isinstance(outcome, int)]
    equal(len(winners), 1)
    losses = set(outcomes) - set(winners) - {"PreconditionFailed", "ConditionalRequestConflict"}
    equal(losses, set())
    equal(get(s3, bucket), str(winners[0]).encode())


def check_a_deletion_during_a_conditional_write_is_a_conflict(endpoint):
    s3, bucket = endpoint.client("s3"), endpoint.bucket()
    s3.put_object(Bucket=bucket, Key="key", Body=b"one")
    url = s3.generate_presigned_url(
        "put_object", Params={"Bucket": bucket, "Key": "key", "IfNoneMatch": "*"}, ExpiresIn=60
    )
    url = urllib.parse.urlsplit(url)
    with socket.create_connection((url.hostname, url.port), timeout=10) as connection:
        head = [
            f"PUT {url.path}?{url.query} HTTP/1.1",
            f"host: {url.netloc}",
            "if-none-match: *",
            "content-length: 3",
            "expect: 100-continue",
            "connection: close",
        ]
        connection.sendall("\r\n".join([*head, "", ""]).encode())
        # The endpoint asks for the body, so the write has begun.
        equal(connection.recv(1_000).startswith(b"HTTP/1.1 100 "), True)
        s3.delete_object(Bucket=bucket, Key="key")
        connection.sendall(b"two")
        answer = b"".join(iter(lambda: connection.recv(65_536), b"")).decode()
    equal((answer.split()[1], "<Code>ConditionalRequestConflict</Code>" in answer), ("409", True))


def check_versions_stay_and_can_be_read_listed_and_deleted(endpoint):
    s3, bucket = endpoint.client("s3"), endpoint.bucket()
    equal(s3.get_bucket_versioning(Bucket=bucket)["Status"], "Enabled")
    one, two = (s3.put_object(Bucket=bucket, Key="key", Body=body)["VersionId"] for body in (b"one", b"two"))
    equal((get(s3, bucket), get(s3, bucket, VersionId=one)), (b"two", b"one"))
    deleted = s3.delete_object(Bucket=bucket, Key="key")
    marker = deleted["VersionId"]
    equal(deleted["DeleteMarker"], True)
    missing = refused("NoSuchKey", s3.get_object, status=404, Bucket=bucket, Key="key")
    equal(missing["ResponseMetadata"]["HTTPHeaders"]["x-amz-delete-marker"], "true")
    refused("MethodNotAllowed", s3.get_object, status=405, Bucket=bucket, Key="key", VersionId=marker)
    refused("405", s3.head_object, status=405, Bucket=bucket, Key="key", VersionId=marker)
    equal(s3.list_objects_v2(Bucket=bucket)["KeyCount"], 0)

    listed = s3.list_object_versions(Bucket=bucket, Prefix="k")
    equal([(v["VersionId"], v["IsLatest"], v["Size"]) for v in listed["Versions"]], [(two, False, 3), (one, False, 3)])
    equal([(m["VersionId"], m["IsLatest"]) for m in listed["DeleteMarkers"]], [(marker, True)])
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket, PaginationConfig={"PageSize": 1})
    pages = [page.get("Versions", []) + page.get("DeleteMarkers", []) for page in pages]
    equal([page[0]["VersionId"] for page in pages], [marker, two, one])

    s3.delete_object(Bucket=bucket, Key="key", VersionId=marker)
    equal(get(s3, bucket), b"two")
    s3.delete_object(Bucket=bucket, Key="key", VersionId=two)
    equal((get(s3, bucket), s3.head_object(Bucket=bucket, Key="key")["VersionId"]), (b"one", one))
    refused("NoSuchVersion", s3.get_object, status=404, Bucket=bucket, Key="key", VersionId=two)
    s3.delete_object(Bucket=bucket, Key="key", VersionId=two)


def check_a_version_that_never_was_is_not_deleted(endpoint):
    s3, bucket = endpoint.client("s3"), endpoint.bucket()
    never = {"Key": "key", "VersionId": "HPniJFCxqTsMuIH9KX8K8wEjNUgmABCD"}
    refused("InvalidArgument", s3.delete_object, status=400, Bucket=bucket, **never)
    refused("InvalidArgument", s3.get_object, status=400, Bucket=bucket, **never)
    errors = s3.delete_objects(Bucket=bucket, Delete={"Objects": [never]})["Errors"]
    equal([error["Code"] for error in errors], ["NoSuchVersion"])


def versioning(s3, bucket, status):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": status})
    equal(s3.get_bucket_versioning(Bucket=bucket)["Status"], status)


def check_a_bucket_has_neither_replica_nor_lock(endpoint):
    s3, bucket = endpoint.client("s3"), unused("bucket")
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    for bucket, codes in (
        (bucket, ("ReplicationConfigurationNotFoundError", "ObjectLockConfigurationNotFoundError")),
        (unused("bucket"), ("NoSuchBucket", "NoSuchBucket")),
    ):
        refused(codes[0], s3.get_bucket_replication, status=404, Bucket=bucket)
        refused(codes[1], s3.get_object_lock_configuration, status=404, Bucket=bucket)


def check_a_new_bucket_has_no_versions(endpoint):
    s3, bucket = endpoint.client("s3"), unused("bucket")
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    equal("Status" in s3.get_bucket_versioning(Bucket=bucket), False)
    for body in (b"one", b"two"):
        equal("VersionId" in s3.put_object(Bucket=bucket, Key="key", Body=body), False)
    equal([v["VersionId"] for v in s3.list_object_versions(Bucket=bucket)["Versions"]], ["null"])
    for request in ({}, {"VersionId": "null"}):
        found = s3.get_object(Bucket=bucket, Key="key", **request)
        equal((found["Body"].read(), "VersionId" in found), (b"two", False))
    for key in ("key", "other"):
        deleted = s3.delete_object(Bucket=bucket, Key=key)
        equal((deleted.get("VersionId"), deleted.get("DeleteMarker")), (None, None))
    equal(s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "key"}]})["Deleted"], [{"Key": "key"}])
    s3.delete_bucket(Bucket=bucket)


def check_a_suspended_bucket_replaces_the_null_version(endpoint):
    s3, bucket = endpoint.client("s3"), endpoint.bucket()
    one = s3.put_object(Bucket=bucket, Key="key", Body=b"one")["VersionId"]
    versioning(s3, bucket, "Suspended")
    for body in (b"two", b"three"):
        equal("VersionId" in s3.put_object(Bucket=bucket, Key="key", Body=body), False)
    equal(s3.get_object(Bucket=bucket, Key="key")["VersionId"], "null")
    for _ in range(2):
        deleted = s3.delete_object(Bucket=bucket, Key="key")
        equal((deleted["VersionId"], deleted["DeleteMarker"]), ("null", True))
    listed = s3.list_object_versions(Bucket=bucket)
    equal([v["VersionId"] for v in listed["Versions"] + listed["DeleteMarkers"]], [one, "null"])
    for status in ("enabled", "Disabled"):
        wrong = {"Status": status}
        refused("MalformedXML", s3.put_bucket_versioning, Bucket=bucket, VersioningConfiguration=wrong)
    empty = "IllegalVersioningConfigurationException"
    refused(empty, s3.put_bucket_versioning, status=400, Bucket=bucket, VersioningConfiguration={})


def check_objects_are_listed_by_prefix_delimiter_and_page_and_deleted_together(endpoint):
    s3, bucket = endpoint.client("s3"), endpoint.bucket()
    keys = ["a/1", "a/2", "a/b/3", "c", "d e+f%é"]
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    level = s3.list_objects_v2(Bucket=bucket, Prefix="a/", Delimiter="/")
    equal([o["Key"] for o in level["Contents"]], ["a/1", "a/2"])
    equal([p["Prefix"] for p in level["CommonPrefixes"]], ["a/b/"])
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, PaginationConfig={"PageSize": 2})
    equal([[o["Key"] for o in page["Contents"]] for page in pages], [keys[:2], keys[2:4], keys[4:]])
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key} for key in keys]})
    equal(all(o["DeleteMarker"] and o["DeleteMarkerVersionId"] for o in answer["Deleted"]), True)
    equal(s3.list_objects_v2(Bucket=bucket)["KeyCount"], 0)


def check_buckets_are_found_and_missing_ones_are_not(endpoint):
    s3, bucket = endpoint.client("s3"), endpoint.bucket()
    equal(bucket in [b["Name"] for b in s3.list_buckets()["Buckets"]], True)
    equal(s3.get_bucket_location(Bucket=bucket)["LocationConstraint"], "eu-central-1")
    s3.head_bucket(Bucket=bucket)
    refused("404", s3.head_bucket, status=404, Bucket=bucket + "-gone")
    refused("NoSuchBucket", s3.list_objects_v2, status=404, Bucket=bucket + "-gone")
    again = {"LocationConstraint": "eu-central-1"}
    refused("BucketAlreadyOwnedByYou", s3.create_bucket, Bucket=bucket, CreateBucketConfiguration=again)


def check_a_key_that_can_not_be_deleted_does_not_save_its_neighbours(endpoint):
    s3, bucket = endpoint.client("s3"), endpoint.bucket()
    for key in ("a", "z"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    long = "x" * 1_025
    keys = [{"Key": key} for key in ("a", long, "z")]
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": keys})
    equal([deleted["Key"] for deleted in answer["Deleted"]], ["a", "z"])
    equal([(error["Key"], error["Code"]) for error in answer["Errors"]], [(long, "KeyTooLongError")])
    equal(s3.list_objects_v2(Bucket=bucket)["KeyCount"], 0)
    quiet = s3.delete_objects(Bucket=bucket, Delete={"Objects": keys, "Quiet": True})
    equal(("Deleted" in quiet, len(quiet["Errors"])), (False, 1))
    many = [{"Key": str(n)} for n in range(1_001)]
    refused("MalformedXML", s3.delete_objects, Bucket=bucket, Delete={"Objects": many})


def check_a_bucket_is_deleted_once_it_is_empty(endpoint):
    s3, bucket = endpoint.client("s3"), endpoint.bucket()
    version = s3.put_object(Bucket=bucket, Key="key", Body=b"x")["VersionId"]
    marker = s3.delete_object(Bucket=bucket, Key="key")["VersionId"]
    for left in (version, marker):
        refused("BucketNotEmpty", s3.delete_bucket, status=409, Bucket=bucket)
        s3.delete_object(Bucket=bucket, Key="key", VersionId=left)
    equal(s3.delete_bucket(Bucket=bucket)["ResponseMetadata"]["HTTPStatusCode"], 204)
    refused("NoSuchBucket", s3.delete_bucket, status=404, Bucket=bucket)


def check_a_request_with_the_wrong_secret_is_refused(endpoint):
    wrong = endpoint.stranger("s3")
    refused("SignatureDoesNotMatch", wrong.list_buckets, status=403)
    bucket = endpoint.bucket()
    refused("SignatureDoesNotMatch", wrong.put_object, status=403, Bucket=bucket, Key="key", Body=b"x")
    refused("NoSuchKey", endpoint.client("s3").get_object, Bucket=bucket, Key="key")
