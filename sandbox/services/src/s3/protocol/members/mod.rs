//! The members of each operation's input: none is dropped silently.
//!
//! Each input is taken apart without `..`, so that a member that a newer `s3s` reads doesn't compile until it is listed.
//! `honoured` members are read by the operation, or make no difference to a bucket like the sandbox's: it has no
//! requester who pays, no restored objects and one kind of encryption. The others are refused.

use super::Protocol;
use super::details::Detailed;
use super::gate::unsupported;
use s3s::dto::*;
use s3s::{S3Error, S3ErrorCode, S3Result, s3_error};

mod tables;

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

/// Refuses a key of the client's own, by the first of its three headers that is `given`.
fn check_customer_key(given: [bool; 3]) -> S3Result<()> {
    let parts = ["algorithm", "key", "key-MD5"];
    match given.iter().position(|given| *given) {
        Some(place) => Err(unsupported(&format!("x-amz-server-side-encryption-customer-{}", parts[place]))),
        None => Ok(()),
    }
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
