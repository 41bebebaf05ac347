"""S3's conditions, ranges, listings and errors, as they were recorded on AWS."""

import datetime
import re
import urllib.request

from harness import equal, refused

DAY = datetime.timedelta(days=1)


def raw(s3, method="list_objects_v2", **request):
    """The body of an answer as it was sent, by a presigned URL."""
    url = s3.generate_presigned_url(method, Params=request, ExpiresIn=60)
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read().decode()


def error_of(call, **request):
    """The members of an error."""
    try:
        answer = call(**request)
    except call.__self__.exceptions.ClientError as error:
        return error.response["Error"]
    raise AssertionError(f"an error was expected, not {answer!r}")


def check_reads_have_conditions(endpoint):
    s3, bucket = endpoint.client("s3"), endpoint.bucket()
    etag = s3.put_object(Bucket=bucket, Key="key", Body=b"x")["ETag"]
    modified = s3.head_object(Bucket=bucket, Key="key")["LastModified"]
    one = {"Bucket": bucket, "Key": "key"}
    for call in (s3.get_object, s3.head_object):
        for holds in (
            {"IfMatch": etag},
            {"IfMatch": etag.strip('"'), "IfUnmodifiedSince": modified - DAY},
            {"IfNoneMatch": '"other"'},
            {"IfModifiedSince": modified - DAY},
            {"IfModifiedSince": modified + 2 * DAY},
            {"IfUnmodifiedSince": modified},
        ):
            equal(call(**one, **holds)["ETag"], etag)
        failed = "PreconditionFailed" if call == s3.get_object else "412"
        for fails in ({"IfMatch": '"other"'}, {"IfUnmodifiedSince": modified - DAY}):
            refused(failed, call, status=412, **one, **fails)
        for unchanged in ({"IfNoneMatch": etag}, {"IfNoneMatch": "*"}, {"IfModifiedSince": modified}):
            headers = refused("304", call, status=304, **one, **unchanged)["ResponseMetadata"]["HTTPHeaders"]
            equal((headers["etag"], "last-modified" in headers), (etag, True))
    equal(error_of(s3.get_object, **one, IfMatch='"x"')["Condition"], "If-Match")
    equal(error_of(s3.get_object, **one, IfUnmodifiedSince=modified - DAY)["Condition"], "If-Unmodified-Since")


def check_a_date_that_is_none_is_no_condition(endpoint):
    s3, bucket = endpoint.client("s3"), endpoint.bucket()
    s3.put_object(Bucket=bucket, Key="key", Body=b"x")
    s3.meta.events.register(
        "before-sign.s3.GetObject", lambda request, **_: request.headers.add_header("If-Modified-Since", "yesterday")
    )
    equal(s3.get_object(Bucket=bucket, Key="key")["Body"].read(), b"x")


def check_a_range_that_s3_ignores_returns_the_whole_object(endpoint):
    s3, bucket = endpoint.client("s3"), endpoint.bucket()
    one = {"Bucket": bucket, "Key": "key"}
    s3.put_object(**one, Body=b"0123456789")
    for range_, body, content_range in (
        ("bytes=0-8", b"012345678", "bytes 0-8/10"),
        ("bytes=-15", b"0123456789", "bytes 0-9/10"),
        ("bytes=1-", b"123456789", "bytes 1-9/10"),
        ("bytes=1-0", b"0123456789", None),
        ("bytes=-1-", b"0123456789", None),
        ("bytes=0--1", b"0123456789", None),
        ("bytes=0-1,3-4,7-9", b"0123456789", None),
        ("0-8", b"0123456789", None),
        ("bytes=-", b"0123456789", None),
    ):
        found = s3.get_object(**one, Range=range_)
        status = found["ResponseMetadata"]["HTTPStatusCode"]
        equal((found["Body"].read(), found.get("ContentRange"), status), (body, content_range, 206 if content_range else 200))
        equal(s3.head_object(**one, Range=range_).get("ContentRange"), content_range)
        # boto3 asks for the checksum, which is the whole object's.
        equal("ChecksumCRC32" in found, len(body) == 10)
    for range_ in ("bytes=-0", "bytes=100-200"):
        error = error_of(s3.get_object, **one, Range=range_)
        equal((error["Code"], error["ActualObjectSize"], error["RangeRequested"]), ("InvalidRange", "10", range_))
    s3.put_object(Bucket=bucket, Key="empty", Body=b"")
    refused("InvalidRange", s3.get_object, status=416, Bucket=bucket, Key="empty", Range="bytes=-1")
    url = s3.generate_presigned_url("get_object", Params=one, ExpiresIn=60)
    with urllib.request.urlopen(urllib.request.Request(url, headers={"Range": "items=0-1"}), timeout=10) as answer:
        equal(answer.read(), b"0123456789")
    stranger = endpoint.stranger("s3")
    refused("SignatureDoesNotMatch", stranger.get_object, status=403, **one, Range="bytes=1-0")


def check_listings_have_whole_seconds(endpoint):
    s3, bucket = endpoint.client("s3"), endpoint.bucket()
    s3.put_object(Bucket=bucket, Key="key", Body=b"x")
    s3.delete_object(Bucket=bucket, Key="key")
    s3.put_object(Bucket=bucket, Key="key", Body=b"x")
    for method, count in (("list_objects", 1), ("list_objects_v2", 1), ("list_object_versions", 3)):
        times = re.findall(r"<LastModified>(.*?)</LastModified>", raw(s3, method, Bucket=bucket))
        equal((len(times), all(re.fullmatch(r"[-0-9]{10}T[:0-9]{8}\.000Z", time) for time in times)), (count, True))


def check_an_error_names_what_it_is_about(endpoint):
    s3, bucket = endpoint.client("s3"), endpoint.bucket()
    missing = bucket + "-gone"
    one = {"Bucket": bucket, "Key": "a&b"}
    version, marker = (s3.put_object(**one, Body=b"x"), s3.delete_object(**one))
    for error, expected in (
        (error_of(s3.list_objects_v2, Bucket=missing), {"Code": "NoSuchBucket", "BucketName": missing}),
        (error_of(s3.head_bucket, Bucket=missing), {"Code": "404"}),
        (error_of(s3.get_object, **one), {"Code": "NoSuchKey", "Key": "a&b"}),
        (
            error_of(s3.get_object, **one, VersionId=marker["VersionId"]),
            {"Code": "MethodNotAllowed", "Method": "GET", "ResourceType": "DeleteMarker"},
        ),
        (error_of(s3.delete_bucket, Bucket=bucket), {"Code": "BucketNotEmpty", "BucketName": bucket}),
        (
            error_of(s3.put_object, **one, IfNoneMatch='"etag"'),
            {
                "Code": "NotImplemented",
                "Header": "If-None-Match",
                "additionalMessage": "We don't accept the provided value of If-None-Match header for this API",
            },
        ),
        (
            error_of(s3.put_object, **one, IfNoneMatch="*", IfMatch='"etag"'),
            {"Code": "NotImplemented", "Header": "If-Match,If-None-Match"},
        ),
        (
            error_of(s3.list_object_versions, Bucket=bucket, VersionIdMarker=version["VersionId"]),
            {"Code": "InvalidArgument", "ArgumentName": "version-id-marker", "ArgumentValue": version["VersionId"]},
        ),
        (
            error_of(s3.list_objects_v2, Bucket=bucket, ContinuationToken=""),
            {"Code": "InvalidArgument", "ArgumentName": "continuation-token"},
        ),
        (
            error_of(s3.delete_objects, Bucket=bucket, Delete={"Objects": []}),
            {"Code": "MalformedXML"},
        ),
        (
            error_of(s3.put_object, **one, Metadata={"a": "x" * 2_048}),
            {"Code": "MetadataTooLarge", "Size": "2049", "MaxSizeAllowed": "2048"},
        ),
    ):
        equal({name: error.get(name) for name in expected}, expected)
        equal(bool(error["Message"]), True)
    s3.put_object(**one, Body=b"x")
    equal(error_of(s3.put_object, **one, IfNoneMatch="*")["Condition"], "If-None-Match")
    equal(error_of(s3.put_object, **one, IfMatch='"x"')["Condition"], "If-Match")


def check_an_unknown_access_key_is_said_to_be_unknown(endpoint):
    stranger = endpoint.client("s3", aws_access_key_id="somebody")
    error = refused("InvalidAccessKeyId", stranger.list_buckets, status=403)["Error"]
    equal(error["AWSAccessKeyId"], "somebody")
    equal(error["Message"], "The AWS Access Key Id you provided does not exist in our records.")


def check_objects_are_listed_by_the_first_version_of_the_operation_too(endpoint):
    s3, bucket = endpoint.client("s3"), endpoint.bucket()
    for key in ("folder/aSubfolder/1", "folder/aSubfolder/2", "folder/file1", "folder/file2"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    listed = s3.list_objects(Bucket=bucket, MaxKeys=1)
    equal((listed["IsTruncated"], listed.get("NextMarker"), listed["Marker"]), (True, None, ""))
    equal(len(listed["Contents"][0]["Owner"]["ID"]), 64)
    level = {"Bucket": bucket, "Prefix": "folder/", "Delimiter": "/", "MaxKeys": 1}
    first = s3.list_objects(**level)
    equal(first["CommonPrefixes"], [{"Prefix": first["NextMarker"]}])
    for marker in (first["NextMarker"], "folder/aSubfolder/1"):
        second = s3.list_objects(**level, Marker=marker)
        equal(([o["Key"] for o in second["Contents"]], second["NextMarker"]), (["folder/file1"], "folder/file1"))
        equal("CommonPrefixes" in second, False)
    last = s3.list_objects(**level, Marker="folder/file1")
    equal((last["IsTruncated"], last["Contents"][0]["ChecksumAlgorithm"]), (False, ["CRC32"]))
    versions = s3.list_object_versions(**level, KeyMarker="folder/aSubfolder/1")
    equal(([v["Key"] for v in versions["Versions"]], "CommonPrefixes" in versions), (["folder/file1"], False))


def check_versions_are_listed_on_from_one_that_was_deleted(endpoint):
    s3, bucket = endpoint.client("s3"), endpoint.bucket()
    ids = [s3.put_object(Bucket=bucket, Key="key", Body=b"x")["VersionId"] for _ in range(5)][::-1]
    page = s3.list_object_versions(Bucket=bucket, Prefix="k", MaxKeys=3)
    equal(page["NextVersionIdMarker"], ids[2])
    for version in ids[:3]:
        s3.delete_object(Bucket=bucket, Key="key", VersionId=version)
    rest = s3.list_object_versions(Bucket=bucket, KeyMarker="key", VersionIdMarker=ids[2])
    equal([v["VersionId"] for v in rest["Versions"]], ids[3:])


def check_deletions_have_conditions(endpoint):
    s3, bucket = endpoint.client("s3"), endpoint.bucket()
    one = {"Bucket": bucket, "Key": "key"}
    etag = s3.put_object(**one, Body=b"x")["ETag"]
    failed = refused("PreconditionFailed", s3.delete_object, status=412, **one, IfMatch='"other"')
    equal(failed["Error"]["Condition"], "If-Match")
    objects = [{"Key": "key", "ETag": '"other"'}, {"Key": "key", "Size": 1}, {"Key": "key", "LastModifiedTime": 0}]
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": objects})
    equal([error["Code"] for error in answer["Errors"]], ["PreconditionFailed", "NotImplemented", "NotImplemented"])
    for form in ({"IfMatchSize": 1}, {"IfMatchLastModifiedTime": 0}):
        refused("NotImplemented", s3.delete_object, status=501, **one, **form)
    equal(s3.head_object(**one)["ETag"], etag)
    s3.delete_object(**one, IfMatch=etag)
    refused("404", s3.head_object, **one)
    s3.put_object(**one, Body=b"x")
    s3.delete_object(**one, IfMatch="*")
    s3.put_object(**one, Body=b"x")
    deleted = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "key", "ETag": etag}]})
    equal([entry["Key"] for entry in deleted["Deleted"]], ["key"])
