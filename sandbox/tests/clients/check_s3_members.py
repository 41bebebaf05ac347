"""Every member of AWS's own model of S3's operations: honoured by the endpoint, or refused with its name.

The model is botocore's. A member that a newer one adds fails the first check until it is listed here.
"""

from harness import REGION, equal, refused, unused

# Members whose values the other checks send, or that make no difference to a bucket like the endpoint's.
READ = """Bucket ChecksumMode ExpectedBucketOwner IfMatch IfModifiedSince IfNoneMatch IfUnmodifiedSince Key PartNumber Range
    RequestPayer ResponseCacheControl ResponseContentDisposition ResponseContentEncoding ResponseContentLanguage
    ResponseContentType ResponseExpires VersionId"""
SUMS = "ChecksumAlgorithm ChecksumCRC32 ChecksumCRC32C ChecksumCRC64NVME ChecksumSHA1 ChecksumSHA256"
KEPT = """Bucket CacheControl ContentDisposition ContentEncoding ContentLanguage ContentType ExpectedBucketOwner Expires Key
    Metadata RequestPayer StorageClass WebsiteRedirectLocation"""
UPLOAD = "Bucket ExpectedBucketOwner Key RequestPayer UploadId"
LIST = "Bucket Delimiter EncodingType ExpectedBucketOwner MaxKeys OptionalObjectAttributes Prefix RequestPayer"
HONOURED = {
    "PutObject": f"{KEPT} {SUMS} Body ContentLength ContentMD5 IfMatch IfNoneMatch",
    "GetObject": READ,
    "HeadObject": READ,
    "CopyObject": f"""{KEPT} ChecksumAlgorithm CopySource CopySourceIfMatch CopySourceIfModifiedSince
        CopySourceIfNoneMatch CopySourceIfUnmodifiedSince ExpectedSourceBucketOwner IfMatch IfNoneMatch MetadataDirective
        TaggingDirective""",
    "CreateMultipartUpload": f"{KEPT} ChecksumAlgorithm ChecksumType",
    "UploadPart": f"{SUMS} {UPLOAD} Body ContentLength ContentMD5 PartNumber",
    "UploadPartCopy": f"""{UPLOAD} CopySource CopySourceIfMatch CopySourceIfModifiedSince CopySourceIfNoneMatch
        CopySourceIfUnmodifiedSince CopySourceRange ExpectedSourceBucketOwner PartNumber""",
    "CompleteMultipartUpload": f"""{UPLOAD} ChecksumCRC32 ChecksumCRC32C ChecksumCRC64NVME ChecksumSHA1 ChecksumSHA256
        ChecksumType IfMatch IfNoneMatch MpuObjectSize MultipartUpload""",
    "AbortMultipartUpload": UPLOAD,
    "ListParts": f"{UPLOAD} MaxParts PartNumberMarker",
    "ListMultipartUploads": """Bucket Delimiter EncodingType ExpectedBucketOwner KeyMarker MaxUploads Prefix RequestPayer
        UploadIdMarker""",
    "DeleteObject": "Bucket ExpectedBucketOwner IfMatch Key RequestPayer VersionId",
    "DeleteObjects": "Bucket ChecksumAlgorithm Delete ExpectedBucketOwner RequestPayer",
    "ListObjects": f"{LIST} Marker",
    "ListObjectsV2": f"{LIST} ContinuationToken FetchOwner StartAfter",
    "ListObjectVersions": f"{LIST} KeyMarker VersionIdMarker",
    "CreateBucket": "Bucket CreateBucketConfiguration",
    "DeleteBucket": "Bucket ExpectedBucketOwner",
    "HeadBucket": "Bucket ExpectedBucketOwner",
    "GetBucketLocation": "Bucket ExpectedBucketOwner",
    "GetBucketReplication": "Bucket ExpectedBucketOwner",
    "GetBucketVersioning": "Bucket ExpectedBucketOwner",
    "GetObjectLockConfiguration": "Bucket ExpectedBucketOwner",
    "PutBucketVersioning": "Bucket ChecksumAlgorithm ContentMD5 ExpectedBucketOwner VersioningConfiguration",
    "ListBuckets": "BucketRegion ContinuationToken MaxBuckets Prefix",
}

SUM = "A" * 22 + "=="
UNSUPPORTED = {
    **{f"Checksum{name}": SUM for name in ("MD5", "SHA512", "XXHASH128", "XXHASH3", "XXHASH64")},
    "AnnotationDirective": "COPY",
    "BucketKeyEnabled": True,
    "BucketNamespace": "account-regional",
    "GrantWrite": "id=1",
    "CopySourceSSECustomerAlgorithm": "AES256",
    "CopySourceSSECustomerKey": "k" * 32,
    "CopySourceSSECustomerKeyMD5": SUM,
    "IfMatchInitiatedTime": 0,
    "IfMatchLastModifiedTime": 0,
    "IfMatchSize": 1,
    "MFA": "serial 123456",
    "ObjectLockEventHold": "ON",
    "ObjectLockEventHoldDurationDays": 1,
    "ObjectLockEventHoldDurationYears": 1,
    "SSECustomerAlgorithm": "AES256",
    "SSECustomerKey": "k" * 32,
    "SSECustomerKeyMD5": SUM,
    "SSEKMSEncryptionContext": "e30=",
    "SSEKMSKeyId": "key",
    "ServerSideEncryption": "aws:kms",
    "Tagging": "a=b",
    "WriteOffsetBytes": 1,
    "ObjectLockEnabledForBucket": True,
    "ObjectOwnership": "ObjectWriter",
}
# Members that S3 itself refuses in a bucket without access control lists and object lock.
BY_S3 = {
    "ACL": ("AccessControlListNotSupported", "public-read"),
    "BypassGovernanceRetention": ("InvalidArgument", True),
    **{f"Grant{right}": ("AccessControlListNotSupported", "id=1") for right in ("FullControl", "Read", "ReadACP", "WriteACP")},
    "ObjectLockLegalHoldStatus": ("InvalidRequest", "ON"),
    "ObjectLockMode": ("InvalidRequest", "GOVERNANCE"),
    "ObjectLockRetainUntilDate": ("InvalidRequest", 2_000_000_000),
}
GRANTS_OF_BUCKETS = ("GrantFullControl", "GrantRead", "GrantReadACP", "GrantWriteACP")


def request_of(operation, bucket):
    """The members that an operation can't do without."""
    one = {"Bucket": bucket, "Key": "key"}
    upload = {**one, "UploadId": "upload"}
    return {
        "CopyObject": {**one, "CopySource": f"{bucket}/other"},
        "CreateMultipartUpload": one,
        "UploadPart": {**upload, "PartNumber": 1},
        "UploadPartCopy": {**upload, "PartNumber": 1, "CopySource": f"{bucket}/other"},
        "CompleteMultipartUpload": {**upload, "MultipartUpload": {"Parts": [{"PartNumber": 1, "ETag": "x"}]}},
        "AbortMultipartUpload": upload,
        "ListParts": upload,
        "DeleteObjects": {"Bucket": bucket, "Delete": {"Objects": [{"Key": "key"}]}},
        "CreateBucket": {"Bucket": unused("bucket"), "CreateBucketConfiguration": {"LocationConstraint": REGION}},
        "PutBucketVersioning": {"Bucket": bucket, "VersioningConfiguration": {"Status": "Enabled"}},
        "ListBuckets": {},
    }.get(operation, one if operation.endswith("Object") else {"Bucket": bucket})


def refusal_of(operation, member):
    if operation == "CreateBucket" and member == "ACL":
        return "InvalidBucketAclWithObjectOwnership", "public-read"
    if member in BY_S3 and not (operation == "CreateBucket" and member in GRANTS_OF_BUCKETS):
        return BY_S3[member]
    return "NotImplemented", UNSUPPORTED.get(member, "id=1" if member in GRANTS_OF_BUCKETS else None)


def check_no_member_of_a_request_is_dropped(endpoint):
    s3, bucket = endpoint.client("s3"), endpoint.bucket()
    model = s3.meta.service_model
    names = {operation: name for name, operation in s3.meta.method_to_api_mapping.items()}
    for operation, honoured in HONOURED.items():
        members = model.operation_model(operation).input_shape.members
        equal(set(honoured.split()) - set(members), set())
        for member in set(members) - set(honoured.split()):
            code, value = refusal_of(operation, member)
            if value is None:
                raise AssertionError(f"{operation}: {member} is new")
            request = {**request_of(operation, bucket), member: value}
            # An answer to HEAD has no body, and so no code.
            head = operation.startswith("Head")
            error = refused("501" if head else code, getattr(s3, names[operation]), **request)["Error"]
            if code == "NotImplemented" and not head:
                header = members[member].serialization.get("name", member)
                equal((operation, header.lower() in error["Message"].lower()), (operation, True))
    refused("NoSuchKey", s3.get_object, Bucket=bucket, Key="key")


def check_headers_that_are_kept_come_back(endpoint):
    s3, bucket = endpoint.client("s3"), endpoint.bucket()
    kept = {
        "CacheControl": "no-cache",
        "ContentDisposition": 'attachment; filename="a.txt"',
        "ContentEncoding": "gzip",
        "ContentLanguage": "de",
        "ContentType": "text/plain",
        "ExpectedBucketOwner": "000000000000",
        "StorageClass": "STANDARD_IA",
        "WebsiteRedirectLocation": "/other",
    }
    one = {"Bucket": bucket, "Key": "key"}
    s3.put_object(**one, **kept, Expires=2_000_000_000, Body=b"x", ACL="bucket-owner-full-control", ServerSideEncryption="AES256")
    del kept["ExpectedBucketOwner"]
    for call in (s3.get_object, s3.head_object):
        found = call(**one)
        equal({name: found[name] for name in kept}, kept)
        equal((found["Expires"].timestamp(), found["ServerSideEncryption"]), (2_000_000_000, "AES256"))
        other = call(**one, ResponseContentType="text/html", ResponseCacheControl="no-store")
        equal((other["ContentType"], other["CacheControl"]), ("text/html", "no-store"))
    for listing in (s3.list_objects_v2(Bucket=bucket)["Contents"], s3.list_object_versions(Bucket=bucket)["Versions"]):
        equal(listing[0]["StorageClass"], "STANDARD_IA")
    for storage_class, code in (("GLACIER", "NotImplemented"), ("OUTPOSTS", "InvalidStorageClass")):
        refused(code, s3.put_object, **one, StorageClass=storage_class)
    refused("AccessDenied", s3.get_object, status=403, **one, ExpectedBucketOwner="111111111111")


def check_a_bucket_is_made_in_the_region_of_its_endpoint(endpoint):
    s3, name = endpoint.client("s3"), unused("bucket")
    error = refused("IllegalLocationConstraintException", s3.create_bucket, Bucket=name)["Error"]
    equal("unspecified location constraint" in error["Message"], True)
    elsewhere = {"LocationConstraint": "eu-west-1"}
    refused("IllegalLocationConstraintException", s3.create_bucket, Bucket=name, CreateBucketConfiguration=elsewhere)
    owned = {"LocationConstraint": REGION, "Tags": [{"Key": "a", "Value": "b"}]}
    refused("NotImplemented", s3.create_bucket, Bucket=name, CreateBucketConfiguration=owned)


def check_buckets_are_listed_in_pages(endpoint):
    s3 = endpoint.client("s3")
    prefix = unused("page")
    for n in range(3):
        s3.create_bucket(Bucket=f"{prefix}-{n}", CreateBucketConfiguration={"LocationConstraint": REGION})
    first = s3.list_buckets(Prefix=prefix, MaxBuckets=2)
    rest = s3.list_buckets(Prefix=prefix, MaxBuckets=2, ContinuationToken=first["ContinuationToken"])
    equal([b["Name"][-1] for b in first["Buckets"] + rest["Buckets"]], ["0", "1", "2"])
    equal(("ContinuationToken" in rest, rest["Buckets"][0]["BucketRegion"]), (False, REGION))
    equal(s3.list_buckets(BucketRegion="eu-west-1")["Buckets"], [])
