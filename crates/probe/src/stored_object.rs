//! An object of the bucket.

use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::operation::get_object::GetObjectError;
use aws_sdk_s3::primitives::ByteStreamError;
use email::{ContentDigest, Email, Receipt, wire_format};
use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredObject {
    pub key: String,
    pub version: Option<String>,
    pub etag: Option<String>,
    pub content_type: String,
    pub metadata: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error("the object is missing")]
    Missing,
    /// S3 answers 403 for a missing object if the caller may not list the bucket ("GetObject", Amazon S3 API reference), so
    /// this is as good a reason to look again as a missing one.
    #[error("S3 did not answer with the object")]
    Refused(#[source] Box<SdkError<GetObjectError>>),
    #[error("the object was cut off")]
    CutOff(#[source] ByteStreamError),
}

impl StoredObject {
    /// Reads it once.
    pub async fn read(s3: &aws_sdk_s3::Client, bucket: &str, key: &str) -> Result<Self, ReadError> {
        let object = match s3.get_object().bucket(bucket).key(key).send().await {
            Ok(object) => object,
            Err(SdkError::ServiceError(refused)) if refused.err().is_no_such_key() => {
                return Err(ReadError::Missing);
            }
            Err(error) => return Err(ReadError::Refused(Box::new(error))),
        };
        let (version, etag) = (object.version_id().map(Into::into), object.e_tag().map(Into::into));
        let content_type = object.content_type().unwrap_or_default().to_owned();
        let metadata = object.metadata().cloned().unwrap_or_default().into_iter().collect();
        let body = object.body.collect().await.map_err(ReadError::CutOff)?.to_vec();
        Ok(Self { key: key.to_owned(), version, etag, content_type, metadata, body })
    }

    /// True if its metadata name this receipt or this email's digest. Another email with the same sender and time has
    /// neither.
    pub fn is_of(&self, email: &Email, receipt: Receipt) -> bool {
        self.metadata.get(Receipt::NAME) == Some(&receipt.to_string())
            || self.metadata.get(ContentDigest::NAME) == Some(&ContentDigest::of(email).to_string())
    }

    /// How its metadata differ from those that this email, accepted with this receipt, has to get.
    pub fn problems_of_metadata(&self, email: &Email, receipt: Receipt) -> Vec<String> {
        let mut problems = Vec::new();
        for (name, wanted) in [
            (Receipt::NAME, receipt.to_string()),
            (ContentDigest::NAME, ContentDigest::of(email).to_string()),
        ] {
            match self.metadata.get(name) {
                Some(found) if *found == wanted => {}
                Some(found) => problems.push(format!("the {name} is {found} instead of {wanted}")),
                None => problems.push(format!("the {name} {wanted} is missing")),
            }
        }
        if self.content_type != "application/json" {
            problems.push(format!("the content type is {:?} instead of application/json", self.content_type));
        }
        problems
    }

    /// True if its bytes are those of this email.
    pub fn holds(&self, email: &Email) -> bool {
        self.body == wire_format::encode(email).as_bytes()
    }

    /// All differences from the email.
    pub fn problems(&self, email: &Email, receipt: Receipt) -> Vec<String> {
        let mut problems = self.problems_of_metadata(email, receipt);
        if !self.holds(email) {
            problems.push("the body is not exactly the email that was sent".to_owned());
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ProbeEmail;

    fn email(content: &str) -> Email {
        ProbeEmail::new("probe", "a", "1", content).unwrap().email().clone()
    }

    /// As `worker` stores it.
    fn object(email: &Email, receipt: Receipt) -> StoredObject {
        let digest = ContentDigest::of(email).to_string();
        StoredObject {
            key: "a_1.json".to_owned(),
            version: None,
            etag: None,
            content_type: "application/json".to_owned(),
            metadata: [(Receipt::NAME, receipt.to_string()), (ContentDigest::NAME, digest)]
                .map(|(name, value)| (name.to_owned(), value))
                .into(),
            body: wire_format::encode(email).into_bytes(),
        }
    }

    #[test]
    fn an_object_as_worker_stores_it_has_no_problems() {
        let (email, receipt) = (email("c"), Receipt::new());
        let mut stored = object(&email, receipt);
        assert_eq!(stored.problems(&email, receipt), [""; 0]);
        stored.metadata.insert("caller".to_owned(), "canary".to_owned());
        assert_eq!(stored.problems(&email, receipt), [""; 0], "further metadata is allowed");
    }

    #[test]
    fn each_difference_is_named() {
        let (email, receipt) = (email("c"), Receipt::new());
        let change = |change: fn(&mut StoredObject)| {
            let mut stored = object(&email, receipt);
            change(&mut stored);
            stored.problems(&email, receipt).join("; ")
        };
        for (problems, says) in [
            (change(|it| it.body.push(b' ')), "the body is not exactly the email that was sent"),
            (change(|it| it.content_type.clear()), r#"the content type is "" instead of application/json"#),
            (change(|it| drop(it.metadata.remove(Receipt::NAME))), " is missing"),
            (change(|it| drop(it.metadata.remove(ContentDigest::NAME))), " is missing"),
            (change(|it| drop(it.metadata.insert(Receipt::NAME.into(), "x".into()))), "the receipt is x"),
            (change(|it| drop(it.metadata.insert(ContentDigest::NAME.into(), "x".into()))), "is x instead"),
        ] {
            assert!(problems.contains(says), "{says}: {problems}");
        }
    }

    #[test]
    fn an_object_is_of_an_email_by_its_receipt_or_by_its_digest() {
        let (one, other, receipt) = (email("c"), email("d"), Receipt::new());
        let stored = object(&one, receipt);
        assert!(stored.is_of(&one, receipt) && stored.is_of(&one, Receipt::new()));
        assert!(stored.is_of(&other, receipt) && !stored.is_of(&other, Receipt::new()));
    }
}
