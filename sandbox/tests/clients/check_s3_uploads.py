"""Objects made of parts and of other objects, as boto3's transfers make them."""

import base64
import datetime
import hashlib
import io
import os

from harness import equal, refused

MIB = 1024 * 1024
DAY = datetime.timedelta(days=1)


def begin(s3, bucket, key="key", **request):
    return {"Bucket": bucket, "Key": key, "UploadId": s3.create_multipart_upload(Bucket=bucket, Key=key, **request)["UploadId"]}


def part(s3, upload, number, body=b"x", **request):
    sent = s3.upload_part(**upload, PartNumber=number, Body=body, **request)
    sums = {name: value for name, value in sent.items() if name.startswith("Checksum")}
    return {"PartNumber": number, "ETag": sent["ETag"], **sums}


def complete(s3, upload, *parts, **request):
    return s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": list(parts)}, **request)


def check_a_large_file_is_uploaded_and_downloaded_in_parts(endpoint):
    s3, bucket = endpoint.client("s3"), endpoint.bucket()
    body = os.urandom(20 * MIB + 1)
    extra = {"Metadata": {"owner": "o-1"}, "ContentType": "text/plain", "StorageClass": "STANDARD_IA"}
    s3.upload_fileobj(io.BytesIO(body), bucket, "large", ExtraArgs=extra)
    head = s3.head_object(Bucket=bucket, Key="large", ChecksumMode="ENABLED")
    digests = [hashlib.md5(body[at : at + 8 * MIB]).digest() for at in range(0, len(body), 8 * MIB)]
    equal(head["ETag"], f'"{hashlib.md5(b"".join(digests)).hexdigest()}-3"')
    equal((head["ContentLength"], head["Metadata"], head["StorageClass"]), (len(body), {"owner": "o-1"}, "STANDARD_IA"))
    equal((head["ChecksumCRC32"].endswith("-3"), head["ChecksumType"]), (True, "COMPOSITE"))
    back = io.BytesIO()
    s3.download_fileobj(bucket, "large", back)
    equal(back.getvalue() == body, True)
    second = s3.get_object(Bucket=bucket, Key="large", PartNumber=2)
    equal((second["Body"].read() == body[8 * MIB : 16 * MIB], second["PartsCount"]), (True, 3))
    equal(second["ContentRange"], f"bytes {8 * MIB}-{16 * MIB - 1}/{len(body)}")
    refused("InvalidPartNumber", s3.get_object, status=416, Bucket=bucket, Key="large", PartNumber=4)
    equal("Uploads" in s3.list_multipart_uploads(Bucket=bucket), False)
    copied = s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "large"})
    equal(copied["CopyObjectResult"]["ETag"], f'"{hashlib.md5(body).hexdigest()}"')


def check_an_upload_is_completed_with_the_parts_that_are_named(endpoint):
    s3, bucket = endpoint.client("s3"), endpoint.bucket()
    upload = begin(s3, bucket)
    one, two, three = part(s3, upload, 1, b"a" * 5 * MIB), part(s3, upload, 2, b"old"), part(s3, upload, 3)
    two = part(s3, upload, 2, b"b" * 3)
    for code, parts in (
        ("InvalidPart", [one, {"PartNumber": 4, "ETag": one["ETag"]}]),
        ("InvalidPart", [one, {**two, "ETag": '"other"'}]),
        ("InvalidPartOrder", [two, one]),
        ("InvalidPartOrder", [one, one]),
        ("EntityTooSmall", [two, three]),
    ):
        named = {"MultipartUpload": {"Parts": parts}}
        error = refused(code, s3.complete_multipart_upload, status=400, **upload, **named)["Error"]
    equal((error["PartNumber"], error["ProposedSize"], error["MinSizeAllowed"]), ("2", "3", str(5 * MIB)))
    refused("MalformedXML", s3.complete_multipart_upload, **upload, MultipartUpload={"Parts": []})
    size = {"MultipartUpload": {"Parts": [one, two]}, "MpuObjectSize": 1}
    refused("InvalidRequest", s3.complete_multipart_upload, **upload, **size)
    done = complete(s3, upload, one, two)
    equal((done["Key"], done["ChecksumType"], "ChecksumCRC64NVME" in done), ("key", "FULL_OBJECT", True))
    found = s3.get_object(Bucket=bucket, Key="key")
    equal((found["Body"].read() == b"a" * 5 * MIB + b"bbb", found["VersionId"]), (True, done["VersionId"]))
    gone = refused("NoSuchUpload", s3.complete_multipart_upload, status=404, **upload, MultipartUpload={"Parts": [one]})
    equal(gone["Error"]["UploadId"], upload["UploadId"])


def check_an_upload_that_is_aborted_leaves_nothing(endpoint):
    s3, bucket = endpoint.client("s3"), endpoint.bucket()
    upload = begin(s3, bucket)
    part(s3, upload, 1)
    equal(s3.abort_multipart_upload(**upload)["ResponseMetadata"]["HTTPStatusCode"], 204)
    for call in (s3.abort_multipart_upload, s3.list_parts):
        refused("NoSuchUpload", call, status=404, **upload)
    refused("NoSuchUpload", s3.upload_part, status=404, **upload, PartNumber=1, Body=b"x")
    refused("404", s3.head_object, Bucket=bucket, Key="key")
    refused("InvalidArgument", s3.upload_part, **begin(s3, bucket), PartNumber=10_001, Body=b"x")
    s3.delete_bucket(Bucket=bucket)


def check_completing_has_conditions(endpoint):
    s3, bucket = endpoint.client("s3"), endpoint.bucket()
    one = {"Bucket": bucket, "Key": "key"}
    absent, meant = begin(s3, bucket), begin(s3, bucket)
    parts = [part(s3, upload, 1) for upload in (absent, meant)]
    etag = s3.put_object(**one, Body=b"x")["ETag"]
    fails = {"MultipartUpload": {"Parts": parts[:1]}}
    refused("PreconditionFailed", s3.complete_multipart_upload, status=412, **absent, **fails, IfNoneMatch="*")
    s3.delete_object(**one)
    conflict = refused("ConditionalRequestConflict", s3.complete_multipart_upload, status=409, **absent, **fails, IfNoneMatch="*")
    equal((conflict["Error"]["Condition"], conflict["Error"]["Key"]), ("If-None-Match", "key"))
    fails = {"MultipartUpload": {"Parts": parts[1:]}}
    refused("NoSuchKey", s3.complete_multipart_upload, status=404, **meant, **fails, IfMatch=etag)
    s3.put_object(**one, Body=b"x")
    refused("ConditionalRequestConflict", s3.complete_multipart_upload, status=409, **meant, **fails, IfMatch=etag)
    refused("PreconditionFailed", s3.complete_multipart_upload, status=412, **meant, **fails, IfMatch='"other"')
    again = begin(s3, bucket)
    complete(s3, again, part(s3, again, 1, b"test"), IfMatch=etag)
    equal(s3.head_object(**one)["ETag"], '"60cd54a928cbbcbb6e7b5595bab46a9e-1"')


def check_the_checksums_of_parts_are_checked(endpoint):
    s3, bucket = endpoint.client("s3"), endpoint.bucket()
    wrong = base64.b64encode(hashlib.sha256(b"other").digest()).decode()
    upload = begin(s3, bucket, ChecksumAlgorithm="SHA256")
    refused("BadDigest", s3.upload_part, **upload, PartNumber=1, Body=b"x", ChecksumSHA256=wrong)
    refused("InvalidRequest", s3.upload_part, **upload, PartNumber=1, Body=b"x", ChecksumAlgorithm="CRC32")
    one = part(s3, upload, 1, ChecksumAlgorithm="SHA256")
    equal(s3.list_parts(**upload)["Parts"][0]["ChecksumSHA256"], one["ChecksumSHA256"])
    bare = {"MultipartUpload": {"Parts": [{"PartNumber": 1, "ETag": one["ETag"]}]}}
    refused("InvalidRequest", s3.complete_multipart_upload, **upload, **bare)
    equal(complete(s3, upload, one)["ChecksumSHA256"].endswith("=-1"), True)
    whole = begin(s3, bucket, ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT")
    one = part(s3, whole, 1, ChecksumAlgorithm="CRC32")
    refused("BadDigest", s3.complete_multipart_upload, **whole, MultipartUpload={"Parts": [one]}, ChecksumCRC32="AAAAAA==")
    equal(complete(s3, whole, one)["ChecksumCRC32"], one["ChecksumCRC32"])
    refused("InvalidRequest", s3.create_multipart_upload, Bucket=bucket, Key="k", ChecksumAlgorithm="SHA1", ChecksumType="FULL_OBJECT")
    refused("InvalidRequest", s3.create_multipart_upload, Bucket=bucket, Key="k", ChecksumType="FULL_OBJECT")


def check_uploads_and_parts_are_listed_in_pages(endpoint):
    s3, bucket = endpoint.client("s3"), endpoint.bucket()
    empty = s3.list_multipart_uploads(Bucket=bucket)
    equal((empty["IsTruncated"], empty["KeyMarker"], empty["MaxUploads"]), (False, "", 1_000))
    uploads = [begin(s3, bucket, key) for key in ("c", "b/1", "a", "a")]
    ids = [uploads[n]["UploadId"] for n in (2, 3, 1, 0)]
    pages = s3.get_paginator("list_multipart_uploads").paginate(Bucket=bucket, PaginationConfig={"PageSize": 1})
    equal([upload["UploadId"] for page in pages for upload in page["Uploads"]], ids)
    level = s3.list_multipart_uploads(Bucket=bucket, Delimiter="/", KeyMarker="a")
    equal(([p["Prefix"] for p in level["CommonPrefixes"]], [u["Key"] for u in level["Uploads"]]), (["b/"], ["c"]))
    error = refused("InvalidArgument", s3.list_multipart_uploads, Bucket=bucket, KeyMarker="c", UploadIdMarker=ids[0])
    equal(error["Error"]["ArgumentName"], "upload-id-marker")
    for number in (1, 2, 3):
        part(s3, uploads[0], number)
    parts = s3.list_parts(**uploads[0], MaxParts=2)
    equal((parts["IsTruncated"], parts["NextPartNumberMarker"], parts["StorageClass"]), (True, 2, "STANDARD"))
    equal([p["PartNumber"] for p in s3.list_parts(**uploads[0], PartNumberMarker=2)["Parts"]], [3])


def check_an_object_is_as_large_as_the_endpoint_says(endpoint):
    s3, bucket = endpoint.client("s3"), endpoint.bucket()
    upload = begin(s3, bucket)
    for number in range(1, 5):
        part(s3, upload, number, b"x" * 16 * MIB)
    error = refused("EntityTooLarge", s3.upload_part, status=400, **upload, PartNumber=5, Body=b"x")["Error"]
    equal((error["MaxSizeAllowed"], error["ProposedSize"]), (str(64 * MIB), str(64 * MIB + 1)))
    s3.abort_multipart_upload(**upload)


def check_objects_are_copied_with_or_without_their_headers(endpoint):
    s3, bucket = endpoint.client("s3"), endpoint.bucket()
    kept = {"ContentType": "text/plain", "Metadata": {"owner": "o-1"}, "CacheControl": "no-cache"}
    put = s3.put_object(Bucket=bucket, Key="a b+é", Body=b"one", StorageClass="STANDARD_IA", **kept)
    source = {"Bucket": bucket, "Key": "a b+é"}
    copied = s3.copy_object(Bucket=bucket, Key="copy", CopySource=source)
    equal((copied["CopySourceVersionId"], copied["CopyObjectResult"]["ETag"]), (put["VersionId"], put["ETag"]))
    equal(copied["CopyObjectResult"]["ChecksumCRC32"], put["ChecksumCRC32"])
    head = s3.head_object(Bucket=bucket, Key="copy")
    equal(({name: head[name] for name in kept}, "StorageClass" in head), (kept, False))
    s3.copy_object(Bucket=bucket, Key="copy", CopySource=source, MetadataDirective="REPLACE", Metadata={"new": "1"})
    head = s3.head_object(Bucket=bucket, Key="copy")
    equal((head["Metadata"], head["ContentType"], "CacheControl" in head), ({"new": "1"}, "binary/octet-stream", False))
    s3.put_object(**source, Body=b"two")
    s3.copy_object(Bucket=bucket, Key="copy", CopySource={**source, "VersionId": put["VersionId"]}, ChecksumAlgorithm="SHA256")
    found = s3.get_object(Bucket=bucket, Key="copy", ChecksumMode="ENABLED")
    equal((found["Body"].read(), "ChecksumSHA256" in found), (b"one", True))
    refused("InvalidRequest", s3.copy_object, **source, CopySource=source)
    s3.copy_object(**source, CopySource=source, StorageClass="STANDARD_IA")
    refused("PreconditionFailed", s3.copy_object, status=412, Bucket=bucket, Key="copy", CopySource=source, IfNoneMatch="*")
    missing = refused("NoSuchKey", s3.copy_object, Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "gone"})
    equal(missing["Error"]["Key"], "gone")
    nowhere = {"Bucket": bucket + "-gone", "Key": "key"}
    equal(refused("NoSuchBucket", s3.copy_object, Bucket=bucket, Key="k", CopySource=nowhere)["Error"]["BucketName"], bucket + "-gone")


def check_copies_have_conditions_on_their_source(endpoint):
    s3, bucket = endpoint.client("s3"), endpoint.bucket()
    etag = s3.put_object(Bucket=bucket, Key="source", Body=b"x")["ETag"]
    modified = s3.head_object(Bucket=bucket, Key="source")["LastModified"]
    copy = {"Bucket": bucket, "Key": "copy", "CopySource": f"{bucket}/source"}
    fails = {
        "x-amz-copy-source-If-Match": {"CopySourceIfMatch": "etag123"},
        "x-amz-copy-source-If-Unmodified-Since": {"CopySourceIfUnmodifiedSince": modified - DAY},
        "x-amz-copy-source-If-None-Match": {"CopySourceIfNoneMatch": etag.strip('"')},
        "x-amz-copy-source-If-Modified-Since": {"CopySourceIfModifiedSince": modified},
    }
    left = dict(fails)
    while left:
        # All that are left are sent: the first of them is named.
        together = {name: value for condition in left.values() for name, value in condition.items()}
        error = refused("PreconditionFailed", s3.copy_object, status=412, **copy, **together)["Error"]
        equal(error["Condition"], next(iter(left)))
        del left[error["Condition"]]
    s3.copy_object(**copy, CopySourceIfModifiedSince=modified + 2 * DAY, CopySourceIfMatch=etag, CopySourceIfUnmodifiedSince=modified)


def check_parts_are_copied_by_range(endpoint):
    s3, bucket = endpoint.client("s3"), endpoint.bucket()
    s3.put_object(Bucket=bucket, Key="source", Body=b"0123456789")
    upload = begin(s3, bucket)
    copy = {**upload, "CopySource": f"{bucket}/source"}
    whole = s3.upload_part_copy(**copy, PartNumber=1)["CopyPartResult"]
    equal(whole["ETag"], '"781e5e245d69b566979b86e28d23f2c7"')
    ranged = s3.upload_part_copy(**copy, PartNumber=1, CopySourceRange="bytes=0-8")["CopyPartResult"]
    equal(ranged["ETag"], '"22975d8a5ed1b91445f6c55ac121505b"')
    for code, range_ in (("InvalidArgument", "0-8"), ("InvalidArgument", "bytes=0-100"), ("InvalidRequest", "bytes=100-200")):
        refused(code, s3.upload_part_copy, status=400, **copy, PartNumber=1, CopySourceRange=range_)
    complete(s3, upload, {"PartNumber": 1, "ETag": ranged["ETag"]})
    equal(s3.get_object(Bucket=bucket, Key="key")["Body"].read(), b"012345678")
