//! The members of each operation's input: none is dropped without a word.
//!
//! Each input is taken apart without `..`, so that a member that a newer `s3s` reads doesn't compile until it is listed.
//! `honoured` members are read by the operation, or make no difference to a bucket like the sandbox's: it has no
//! requester who pays, no restored objects and one kind of encryption. The others are refused.

use super::Protocol;
use super::details::Detailed;
use super::gate::unsupported;
use s3s::dto::*;
use s3s::{S3Error, S3ErrorCode, S3Result, s3_error};

/// Splits an input into members that are honoured, members that are refused, and groups of members that S3 itself
/// refuses in a bucket like the sandbox's.
macro_rules! members {
    (
        $Input:ident { $($honoured:ident),* }
        $(owner: $owner:ident;)?
        $(refused: { $($refused:ident = $header:literal),* $(,)? })?
        $(grants: { $($grant:ident),* })?
        $(locks: { $($lock:ident),* })?
        $(encryption: $encryption:ident, $bucket_key:ident;)?
    ) => {
        impl Checked for $Input {
            #[allow(unused_variables, reason = "not every input has an owner")]
            fn check(&self, protocol: &Protocol) -> S3Result<()> {
                let Self {
                    $($honoured: _,)* $($owner,)? $($($refused,)*)? $($($grant,)*)? $($($lock,)*)?
                    $($encryption, $bucket_key,)?
                } = self;
                $(protocol.check_owner($owner.as_deref())?;)?
                $($(if $refused.is_some() { return Err(unsupported($header)); })*)?
                $($(if $grant.is_some() { return Err(no_acl()); })*)?
                $($(if $lock.is_some() { return Err(no_lock()); })*)?
                $(check_encryption($encryption.as_ref(), *$bucket_key)?;)?
                Ok(())
            }
        }
    };
}

/// An input whose members were looked at.
pub(crate) trait Checked {
    fn check(&self, protocol: &Protocol) -> S3Result<()>;
}

impl Protocol {
    pub(crate) fn check_owner(&self, expected: Option<&str>) -> S3Result<()> {
        if expected.is_none_or(|owner| owner == self.account_id) {
            Ok(())
        } else {
            Err(s3_error!(AccessDenied, "Access Denied"))
        }
    }
}

/// A new bucket's objects belong to its owner: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html>.
fn no_acl() -> S3Error {
    s3_error!(AccessControlListNotSupported, "The bucket does not allow ACLs")
}

fn no_lock() -> S3Error {
    s3_error!(InvalidRequest, "Bucket is missing Object Lock Configuration")
}

/// Everything is said to be encrypted with S3's own keys, as it is on AWS unless the request says otherwise.
fn check_encryption(encryption: Option<&ServerSideEncryption>, bucket_key: Option<bool>) -> S3Result<()> {
    if encryption.is_some_and(|kind| kind.as_str() != ServerSideEncryption::AES256) {
        return Err(unsupported("x-amz-server-side-encryption other than AES256"));
    }
    if bucket_key == Some(true) {
        return Err(unsupported("x-amz-server-side-encryption-bucket-key-enabled"));
    }
    Ok(())
}

/// The canned ACL that gives a bucket's owner what they have already.
pub(crate) fn check_acl(acl: Option<&ObjectCannedACL>) -> S3Result<()> {
    match acl {
        Some(acl) if acl.as_str() != ObjectCannedACL::BUCKET_OWNER_FULL_CONTROL => Err(no_acl()),
        _ => Ok(()),
    }
}

/// A bucket without Object Lock has nothing to bypass.
pub(crate) fn check_bypass(bypass: Option<bool>) -> S3Result<()> {
    const HEADER: &str = "x-amz-bypass-governance-retention";
    let Some(_) = bypass else { return Ok(()) };
    let message = format!("{HEADER} is only applicable to Object Lock enabled buckets.");
    Err(S3Error::with_message(S3ErrorCode::InvalidArgument, message).detail("ArgumentName", HEADER))
}

/// The storage classes whose objects can be read at once are kept and returned.
pub(crate) fn check_storage_class(class: Option<&StorageClass>) -> S3Result<Option<String>> {
    match class.map(StorageClass::as_str) {
        None | Some(StorageClass::STANDARD) => Ok(None),
        Some(
            class @ (StorageClass::GLACIER_IR
            | StorageClass::INTELLIGENT_TIERING
            | StorageClass::ONEZONE_IA
            | StorageClass::REDUCED_REDUNDANCY
            | StorageClass::STANDARD_IA),
        ) => Ok(Some(class.to_owned())),
        Some(class @ (StorageClass::GLACIER | StorageClass::DEEP_ARCHIVE)) => {
            Err(unsupported(&format!("x-amz-storage-class {class}")))
        }
        Some(class) => {
            let error = s3_error!(InvalidStorageClass, "The storage class you specified is not valid");
            Err(error.detail("StorageClassRequested", class))
        }
    }
}

members! {
    PutObjectInput {
        acl, body, bucket, cache_control, checksum_algorithm, checksum_crc32, checksum_crc32c, checksum_crc64nvme,
        checksum_sha1, checksum_sha256, content_disposition, content_encoding, content_language, content_length,
        content_md5, content_type, expires, if_match, if_none_match, key, metadata, request_payer, storage_class,
        website_redirect_location
    }
    owner: expected_bucket_owner;
    refused: {
        sse_customer_algorithm = "x-amz-server-side-encryption-customer-algorithm",
        sse_customer_key = "x-amz-server-side-encryption-customer-key",
        sse_customer_key_md5 = "x-amz-server-side-encryption-customer-key-MD5",
        ssekms_encryption_context = "x-amz-server-side-encryption-context",
        ssekms_key_id = "x-amz-server-side-encryption-aws-kms-key-id",
        tagging = "x-amz-tagging",
        write_offset_bytes = "x-amz-write-offset-bytes",
    }
    grants: { grant_full_control, grant_read, grant_read_acp, grant_write_acp }
    locks: { object_lock_legal_hold_status, object_lock_mode, object_lock_retain_until_date }
    encryption: server_side_encryption, bucket_key_enabled;
}

members! {
    GetObjectInput {
        bucket, checksum_mode, if_match, if_modified_since, if_none_match, if_unmodified_since, key, part_number, range,
        request_payer, response_cache_control, response_content_disposition, response_content_encoding,
        response_content_language, response_content_type, response_expires, version_id
    }
    owner: expected_bucket_owner;
    refused: {
        sse_customer_algorithm = "x-amz-server-side-encryption-customer-algorithm",
        sse_customer_key = "x-amz-server-side-encryption-customer-key",
        sse_customer_key_md5 = "x-amz-server-side-encryption-customer-key-MD5",
    }
}

members! {
    HeadObjectInput {
        bucket, checksum_mode, if_match, if_modified_since, if_none_match, if_unmodified_since, key, part_number, range,
        request_payer, response_cache_control, response_content_disposition, response_content_encoding,
        response_content_language, response_content_type, response_expires, version_id
    }
    owner: expected_bucket_owner;
    refused: {
        sse_customer_algorithm = "x-amz-server-side-encryption-customer-algorithm",
        sse_customer_key = "x-amz-server-side-encryption-customer-key",
        sse_customer_key_md5 = "x-amz-server-side-encryption-customer-key-MD5",
    }
}

members! {
    DeleteObjectInput { bucket, bypass_governance_retention, if_match, key, request_payer, version_id }
    owner: expected_bucket_owner;
    refused: {
        if_match_last_modified_time = "x-amz-if-match-last-modified-time",
        if_match_size = "x-amz-if-match-size",
        mfa = "x-amz-mfa",
    }
}

members! {
    DeleteObjectsInput { bucket, bypass_governance_retention, checksum_algorithm, delete, request_payer }
    owner: expected_bucket_owner;
    refused: { mfa = "x-amz-mfa" }
}

members! {
    ListObjectsInput {
        bucket, delimiter, encoding_type, marker, max_keys, optional_object_attributes, prefix, request_payer
    }
    owner: expected_bucket_owner;
}

members! {
    ListObjectsV2Input {
        bucket, continuation_token, delimiter, encoding_type, fetch_owner, max_keys, optional_object_attributes, prefix,
        request_payer, start_after
    }
    owner: expected_bucket_owner;
}

members! {
    ListObjectVersionsInput {
        bucket, delimiter, encoding_type, key_marker, max_keys, optional_object_attributes, prefix, request_payer,
        version_id_marker
    }
    owner: expected_bucket_owner;
}

members! {
    CreateBucketInput { acl, bucket, create_bucket_configuration, object_lock_enabled_for_bucket, object_ownership }
    refused: {
        grant_full_control = "x-amz-grant-full-control",
        grant_read = "x-amz-grant-read",
        grant_read_acp = "x-amz-grant-read-acp",
        grant_write = "x-amz-grant-write",
        grant_write_acp = "x-amz-grant-write-acp",
    }
}

members! { DeleteBucketInput { bucket } owner: expected_bucket_owner; }
members! { HeadBucketInput { bucket } owner: expected_bucket_owner; }
members! { GetBucketLocationInput { bucket } owner: expected_bucket_owner; }
members! { GetBucketVersioningInput { bucket } owner: expected_bucket_owner; }
members! { ListBucketsInput { bucket_region, continuation_token, max_buckets, prefix } }

members! {
    PutBucketVersioningInput { bucket, checksum_algorithm, content_md5, versioning_configuration }
    owner: expected_bucket_owner;
    refused: { mfa = "x-amz-mfa" }
}
