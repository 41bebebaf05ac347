//! A sender's emails among others in one object of the layout `batch`.
//!
//! The other emails are written to a batch of their own before the version with all of them is deleted. Its key follows from
//! its emails, as for every batch. So a command that stopped in between leaves the other emails twice, which readers
//! recognise, and the version with the sender's, which the next run finds.

use super::owner::Owner;
use super::places::Place;
use crate::find::Entry;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::primitives::ByteStream;
use email::{BatchKey, BatchLine, BatchObject, Sender};
use terminal::text::Printable;

/// A sender's part of an object.
pub(crate) enum Share {
    Nothing,
    Everything,
    /// And these are the others'.
    Part(Vec<BatchLine>),
    /// It names no sender, or not for every email.
    Unclear,
}

impl Share {
    /// The object has one email.
    pub(crate) fn of_one(body: &[u8], sender: &Sender) -> Self {
        match Owner::of(body, sender) {
            Owner::Sender => Self::Everything,
            Owner::Another => Self::Nothing,
            Owner::Unclear => Self::Unclear,
        }
    }

    /// The object is a batch.
    pub(crate) fn of(body: &[u8], sender: &Sender) -> Self {
        let lines = body.strip_suffix(b"\n").unwrap_or(body).split(|byte| *byte == b'\n');
        let lines: Result<Vec<_>, _> = lines.map(BatchLine::parse).collect();
        let Ok(lines) = lines else { return Self::Unclear };
        let all = lines.len();
        let others: Vec<_> = lines.into_iter().filter(|line| line.email.sender != *sender).collect();
        match others.len() {
            0 => Self::Everything,
            left if left == all => Self::Nothing,
            _ => Self::Part(others),
        }
    }
}

/// Writes the others' emails of a version to a batch of their own. If the version was deleted or overwritten, that is deleted
/// too.
///
/// An error is S3's code. A signal between the two requests of an old version would bring its emails back, so this must come
/// to its end.
pub(crate) async fn write_others(
    place: &Place,
    version: &Entry,
    others: Vec<BatchLine>,
) -> Result<(), Printable> {
    let Place { s3, bucket, .. } = place;
    // The time counts only if no email has one. That of the version leads to the same key in each run.
    let Some(BatchObject { key, body, emails }) = BatchObject::new(others, version.written) else {
        return Err("no name for the others' emails".into());
    };
    let name = key.to_string();
    let put =
        s3.put_object().bucket(bucket).key(&name).if_none_match("*").content_type(BatchObject::CONTENT_TYPE);
    let put = put.metadata(BatchKey::DIGEST, key.digest()).metadata(BatchObject::EMAILS, emails.to_string());
    match put.body(ByteStream::from(body.into_bytes())).send().await {
        Ok(_) if version.is_latest => Ok(()),
        Ok(_) => {
            let deleted = s3.delete_object().bucket(bucket).key(&name).send().await;
            deleted.map(drop).map_err(|error| code(&error))
        }
        // Another batch had the same emails of others, or an earlier run has written this one.
        Err(error) if status(&error) == Some(412) => {
            let head =
                s3.head_object().bucket(bucket).key(&name).send().await.map_err(|error| code(&error))?;
            let there = head.metadata().and_then(|metadata| metadata.get(BatchKey::DIGEST));
            let is_same = there.is_some_and(|digest| digest == key.digest());
            is_same.then_some(()).ok_or_else(|| "another object has the key".into())
        }
        Err(error) => Err(code(&error)),
    }
}

fn status<E>(error: &SdkError<E>) -> Option<u16> {
    error.raw_response().map(|response| response.status().as_u16())
}

fn code<E: ProvideErrorMetadata>(error: &SdkError<E>) -> Printable {
    error.code().unwrap_or("no answer").into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use email::wire_format;

    fn line(sender: &str) -> String {
        let email = format!(
            r#"{{"email_subject":"","email_sender":"{sender}","email_timestream":"1","email_content":"a"}}"#
        );
        BatchLine::new(wire_format::decode(&email).unwrap(), None, None, None).encode()
    }

    #[test]
    fn a_batch_is_divided_by_its_exact_senders_and_only_if_each_line_is_an_email() {
        let (own, other, similar) = (&*line("a"), &*line("b"), &*line("A"));
        for (lines, expected) in [
            (&[own, own, ""][..], "everything"),
            (&[own], "everything"),
            (&[other, similar, ""], "nothing"),
            (&[other, own, similar, ""], "2 others"),
            (&[own, "", other], "unclear"),
            (&[own, "x", ""], "unclear"),
            (&[own, r#"{"email_sender":"b"}"#, ""], "unclear"),
            (&["", ""], "unclear"),
            (&[""], "unclear"),
        ] {
            let sender = Sender::new("a".to_owned()).unwrap();
            let found = match Share::of(lines.join("\n").as_bytes(), &sender) {
                Share::Nothing => "nothing".to_owned(),
                Share::Everything => "everything".to_owned(),
                Share::Part(others) => format!("{} others", others.len()),
                Share::Unclear => "unclear".to_owned(),
            };
            assert_eq!(found, expected, "{lines:?}");
        }
    }
}
