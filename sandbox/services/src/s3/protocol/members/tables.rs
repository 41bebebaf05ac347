//! The members of each input, one list after the other.

use super::{Checked, check_customer_key, check_encryption, no_acl, no_lock};
use crate::s3::protocol::Protocol;
use crate::s3::protocol::gate::unsupported;
use s3s::S3Result;
use s3s::dto::*;

/// Splits an input into members that are honoured, members that are refused, and groups of members that S3 itself
/// refuses in a bucket like the sandbox's.
macro_rules! members {
    (
        $Input:ident { $($honoured:ident),* }
        $(owner: $owner:ident;)?
        $(customer_key: $algorithm:ident, $key:ident, $key_md5:ident;)?
        $(refused: { $($refused:ident = $header:literal),* $(,)? })?
        $(grants: { $($grant:ident),* })?
        $(locks: { $($lock:ident),* })?
        $(encryption: $encryption:ident, $bucket_key:ident;)?
    ) => {
        impl Checked for $Input {
            #[allow(unused_variables, reason = "not every input has an owner")]
            fn check(&self, protocol: &Protocol) -> S3Result<()> {
                let Self {
                    $($honoured: _,)* $($owner,)? $($algorithm, $key, $key_md5,)? $($($refused,)*)? $($($grant,)*)? $($($lock,)*)?
                    $($encryption, $bucket_key,)?
                } = self;
                $(protocol.check_owner($owner.as_deref())?;)?
                $(check_customer_key([$algorithm.is_some(), $key.is_some(), $key_md5.is_some()])?;)?
                $($(if $refused.is_some() { return Err(unsupported($header)); })*)?
                $($(if $grant.is_some() { return Err(no_acl()); })*)?
                $($(if $lock.is_some() { return Err(no_lock()); })*)?
                $(check_encryption($encryption.as_ref(), *$bucket_key)?;)?
                Ok(())
            }
        }
    };
}

members! {
    PutObjectInput {
        acl, body, bucket, cache_control, checksum_algorithm, checksum_crc32, checksum_crc32c, checksum_crc64nvme,
        checksum_sha1, checksum_sha256, content_disposition, content_encoding, content_language, content_length,
        content_md5, content_type, expires, if_match, if_none_match, key, metadata, request_payer, storage_class,
        website_redirect_location
    }
    owner: expected_bucket_owner;
    customer_key: sse_customer_algorithm, sse_customer_key, sse_customer_key_md5;
    refused: {
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
    customer_key: sse_customer_algorithm, sse_customer_key, sse_customer_key_md5;
}

members! {
    HeadObjectInput {
        bucket, checksum_mode, if_match, if_modified_since, if_none_match, if_unmodified_since, key, part_number, range,
        request_payer, response_cache_control, response_content_disposition, response_content_encoding,
        response_content_language, response_content_type, response_expires, version_id
    }
    owner: expected_bucket_owner;
    customer_key: sse_customer_algorithm, sse_customer_key, sse_customer_key_md5;
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
members! { GetBucketReplicationInput { bucket } owner: expected_bucket_owner; }
members! { GetObjectLockConfigurationInput { bucket } owner: expected_bucket_owner; }
members! { ListBucketsInput { bucket_region, continuation_token, max_buckets, prefix } }

members! {
    PutBucketVersioningInput { bucket, checksum_algorithm, content_md5, versioning_configuration }
    owner: expected_bucket_owner;
    refused: { mfa = "x-amz-mfa" }
}

members! {
    CopyObjectInput {
        acl, bucket, cache_control, checksum_algorithm, content_disposition, content_encoding, content_language,
        content_type, copy_source, copy_source_if_match, copy_source_if_modified_since, copy_source_if_none_match,
        copy_source_if_unmodified_since, expected_source_bucket_owner, expires, key, metadata, metadata_directive,
        request_payer, storage_class, tagging_directive, website_redirect_location
    }
    owner: expected_bucket_owner;
    customer_key: sse_customer_algorithm, sse_customer_key, sse_customer_key_md5;
    refused: {
        copy_source_sse_customer_algorithm = "x-amz-copy-source-server-side-encryption-customer-algorithm",
        copy_source_sse_customer_key = "x-amz-copy-source-server-side-encryption-customer-key",
        copy_source_sse_customer_key_md5 = "x-amz-copy-source-server-side-encryption-customer-key-MD5",
        ssekms_encryption_context = "x-amz-server-side-encryption-context",
        ssekms_key_id = "x-amz-server-side-encryption-aws-kms-key-id",
        tagging = "x-amz-tagging",
    }
    grants: { grant_full_control, grant_read, grant_read_acp, grant_write_acp }
    locks: { object_lock_legal_hold_status, object_lock_mode, object_lock_retain_until_date }
    encryption: server_side_encryption, bucket_key_enabled;
}

members! {
    CreateMultipartUploadInput {
        acl, bucket, cache_control, checksum_algorithm, checksum_type, content_disposition, content_encoding,
        content_language, content_type, expires, key, metadata, request_payer, storage_class, website_redirect_location
    }
    owner: expected_bucket_owner;
    customer_key: sse_customer_algorithm, sse_customer_key, sse_customer_key_md5;
    refused: {
        ssekms_encryption_context = "x-amz-server-side-encryption-context",
        ssekms_key_id = "x-amz-server-side-encryption-aws-kms-key-id",
        tagging = "x-amz-tagging",
    }
    grants: { grant_full_control, grant_read, grant_read_acp, grant_write_acp }
    locks: { object_lock_legal_hold_status, object_lock_mode, object_lock_retain_until_date }
    encryption: server_side_encryption, bucket_key_enabled;
}

members! {
    UploadPartInput {
        body, bucket, checksum_algorithm, checksum_crc32, checksum_crc32c, checksum_crc64nvme, checksum_sha1,
        checksum_sha256, content_length, content_md5, key, part_number, request_payer, upload_id
    }
    owner: expected_bucket_owner;
    customer_key: sse_customer_algorithm, sse_customer_key, sse_customer_key_md5;
}

members! {
    UploadPartCopyInput {
        bucket, copy_source, copy_source_if_match, copy_source_if_modified_since, copy_source_if_none_match,
        copy_source_if_unmodified_since, copy_source_range, expected_source_bucket_owner, key, part_number,
        request_payer, upload_id
    }
    owner: expected_bucket_owner;
    customer_key: sse_customer_algorithm, sse_customer_key, sse_customer_key_md5;
    refused: {
        copy_source_sse_customer_algorithm = "x-amz-copy-source-server-side-encryption-customer-algorithm",
        copy_source_sse_customer_key = "x-amz-copy-source-server-side-encryption-customer-key",
        copy_source_sse_customer_key_md5 = "x-amz-copy-source-server-side-encryption-customer-key-MD5",
    }
}

members! {
    CompleteMultipartUploadInput {
        bucket, checksum_crc32, checksum_crc32c, checksum_crc64nvme, checksum_sha1, checksum_sha256, checksum_type,
        if_match, if_none_match, key, mpu_object_size, multipart_upload, request_payer, upload_id
    }
    owner: expected_bucket_owner;
    customer_key: sse_customer_algorithm, sse_customer_key, sse_customer_key_md5;
}

members! {
    AbortMultipartUploadInput { bucket, key, request_payer, upload_id }
    owner: expected_bucket_owner;
    refused: { if_match_initiated_time = "x-amz-if-match-initiated-time" }
}

members! {
    ListPartsInput { bucket, key, max_parts, part_number_marker, request_payer, upload_id }
    owner: expected_bucket_owner;
    customer_key: sse_customer_algorithm, sse_customer_key, sse_customer_key_md5;
}

members! {
    ListMultipartUploadsInput {
        bucket, delimiter, encoding_type, key_marker, max_uploads, prefix, request_payer, upload_id_marker
    }
    owner: expected_bucket_owner;
}
