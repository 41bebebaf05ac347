//! One object of the bucket: its versions, its metadata and its content.

use super::content::{self, Content};
use super::listing::{self, Entry};
use crate::batch;
use crate::system::{Explain, System};
use anyhow::{Context, Result, anyhow, bail};
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use email::{Caller, Receipt};
use std::time::SystemTime;
use terminal::text::Printable;

/// The largest content that is printed. An email's JSON has at most six times the size of a message.
const LARGEST: u64 = 6 * 1_048_576;

/// A version of an object, with one email.
#[derive(Clone, Debug)]
pub(crate) struct Object {
    pub(crate) key: String,
    pub(crate) version_id: Option<String>,
    pub(crate) written: SystemTime,
    pub(crate) size: u64,
    /// The line of a batch that holds the email, counted from 1.
    pub(crate) line: Option<u64>,
    pub(crate) origin: Origin,
    pub(crate) fate: Fate,
}

/// Where an object's email came from, by the metadata or the line of a batch. A duplicate leaves no trace in them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Origin {
    pub(crate) receipt: Option<Receipt>,
    pub(crate) caller: Option<Caller>,
}

/// The fate of a version. The bucket keeps one that was deleted or overwritten for 30 days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is the object that its key names.
    Current,
    Deleted(SystemTime),
    Overwritten(SystemTime),
}

impl Object {
    /// The newest version under a key that is not a delete marker.
    pub(crate) async fn with_key(system: &System, key: &str) -> Result<Option<Self>> {
        let entries = listing::history(system, key).await?;
        let Some(newest) = entries.iter().find(|entry| !entry.is_marker) else { return Ok(None) };
        let Some(origin) = head(system, newest).await? else { return Ok(None) };
        Ok(Some(Self::new(newest, origin, fate(newest, &entries))))
    }

    /// A listed version with this origin.
    pub(crate) async fn of(system: &System, entry: &Entry, origin: Origin) -> Result<Self> {
        let fate = match entry.is_latest {
            true => Fate::Current,
            false => fate(entry, &listing::history(system, &entry.key).await?),
        };
        Ok(Self::new(entry, origin, fate))
    }

    pub(crate) fn new(entry: &Entry, origin: Origin, fate: Fate) -> Self {
        let Entry { key, version_id, written, size, .. } = entry.clone();
        Self { key, version_id, written, size, line: None, origin, fate }
    }

    pub(crate) async fn content(&self, system: &System) -> Result<Content> {
        if let Some(number) = self.line {
            let body = batch::read(system, &self.key, self.version_to_ask_for()).await?;
            let line = body.and_then(|body| batch::lines(&body).find(|(at, _)| *at == number));
            let (_, line) =
                line.ok_or_else(|| anyhow!("the object {} is gone: run the command again", self.key))?;
            return Ok(Content::Email(line.email));
        }
        if self.size > LARGEST {
            bail!("the object has {} bytes and is not printed: no email has that many", self.size);
        }
        let get = system.s3.get_object().bucket(&system.outputs.bucket).key(&self.key);
        let object = get.set_version_id(self.version_to_ask_for()).send().await;
        let object = object.explain(format!("can't read {}", Printable::from(self.key.as_str())))?;
        let body = object.body.collect().await.context("the object was cut off: run the command again")?;
        Ok(content::parse(&body.into_bytes()))
    }

    /// A right that few have is needed only for versions that are not current.
    fn version_to_ask_for(&self) -> Option<String> {
        self.version_id.clone().filter(|_| self.fate != Fate::Current)
    }
}

/// The version or marker that came next under the key.
pub(crate) fn fate(entry: &Entry, history: &[Entry]) -> Fate {
    let newer = history.iter().take_while(|other| other.version_id != entry.version_id).last();
    match newer {
        None => Fate::Current,
        Some(newer) if newer.is_marker => Fate::Deleted(newer.written),
        Some(newer) => Fate::Overwritten(newer.written),
    }
}

/// The origin in a version's metadata; nothing if the version was deleted meanwhile.
pub(crate) async fn head(system: &System, entry: &Entry) -> Result<Option<Origin>> {
    let head = system.s3.head_object().bucket(&system.outputs.bucket).key(&entry.key);
    let version_id = entry.version_id.clone().filter(|_| !entry.is_latest);
    let answer = head.set_version_id(version_id).send().await;
    if let Err(SdkError::ServiceError(refused)) = &answer
        && (refused.err().is_not_found() || refused.err().code() == Some("NoSuchVersion"))
    {
        return Ok(None);
    }
    // The error must not hold the key, which has a sender in it.
    let head = answer.explain("can't read an object's metadata")?;
    let text = |name: &str| head.metadata().and_then(|metadata| metadata.get(name));
    Ok(Some(Origin {
        receipt: text(Receipt::NAME).and_then(|receipt| receipt.parse().ok()),
        caller: text(Caller::NAME).and_then(|caller| caller.parse().ok()),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::find::line::tests::at;

    #[test]
    fn the_next_version_or_marker_decides_on_the_fate_of_a_version() {
        let entry = |seconds: u64, is_marker| Entry {
            key: "k".to_owned(),
            version_id: Some(seconds.to_string()),
            written: at(seconds),
            size: 1,
            is_latest: false,
            is_marker,
        };
        // The newest first, as S3 lists them.
        let history = [entry(5, true), entry(4, false), entry(3, true), entry(2, true), entry(1, false)];
        assert_eq!(fate(&history[4], &history), Fate::Deleted(at(2)));
        assert_eq!(fate(&history[1], &history), Fate::Deleted(at(5)));
        assert_eq!(fate(&history[3], &history[1..]), Fate::Deleted(at(3)));
        assert_eq!(fate(&history[4], &[entry(2, false), entry(1, false)]), Fate::Overwritten(at(2)));
        assert_eq!(fate(&history[1], &history[1..]), Fate::Current);
    }
}
