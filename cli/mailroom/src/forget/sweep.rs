//! Erasing in one bucket: versions first, then the delete markers of keys that hold nothing else. `in_batch` keeps the emails
//! of others.
//!
//! A delete marker hides the versions below it, so none is deleted while a version stays: that would bring the version back.

use super::looked::Looked;
use super::places::Place;
use super::report::Erased;
use crate::batch;
use crate::find::{Entry, Versions};
use crate::system::Explain;
use anyhow::{Context, Result};
use aws_sdk_s3::types::{Delete, ObjectIdentifier};
use email::{BatchKey, Sender, SenderKeys};
use futures::{StreamExt, stream};
use indicatif::{HumanCount, ProgressBar};
use std::collections::HashSet;
use terminal::Interrupt;

/// Objects that are read at a time.
const AT_ONCE: usize = 32;
/// The most versions of one `DeleteObjects`.
const DELETIONS: usize = 1_000;

/// The objects to erase.
#[derive(Clone, Copy)]
pub(crate) enum Wanted<'a> {
    /// Those of the sender's emails, under the sender's keys.
    Of {
        sender: &'a Sender,
        keys: &'a SenderKeys,
    },
    Everything,
}

impl Wanted<'_> {
    /// The beginnings of their keys, in all layouts.
    pub(crate) fn prefixes(self) -> Vec<String> {
        match self {
            Self::Of { keys, .. } => {
                vec![keys.flat_prefix(), SenderKeys::DATED_PREFIX.to_owned(), BatchKey::PREFIX.to_owned()]
            }
            Self::Everything => vec![String::new()],
        }
    }

    fn may_be(self, key: &str) -> bool {
        match self {
            Self::Of { keys, .. } => batch::is_batch(key) || keys.contains(key),
            Self::Everything => true,
        }
    }
}

/// Where and how.
pub(crate) struct Erasure<'a> {
    pub(crate) place: &'a Place,
    /// False: the versions are counted.
    pub(crate) delete: bool,
    pub(crate) interrupt: &'a Interrupt,
}

pub(crate) struct Sweep<'a> {
    erasure: &'a Erasure<'a>,
    wanted: Wanted<'a>,
    bar: ProgressBar,
    erased: &'a mut Erased,
}

impl<'a> Sweep<'a> {
    pub(crate) fn new(
        erasure: &'a Erasure<'a>,
        wanted: Wanted<'a>,
        bar: ProgressBar,
        erased: &'a mut Erased,
    ) -> Self {
        Self { erasure, wanted, bar, erased }
    }

    pub(crate) async fn run(&mut self, prefix: &str) -> Result<()> {
        let Erasure { place, interrupt, .. } = self.erasure;
        let mut pages = Versions::new(&place.s3, &place.bucket, prefix);
        // The entries of a key may go on in the next page.
        let mut key = Vec::new();
        while let Some(page) = interrupt.run(pages.next_page()).await.transpose()?.flatten() {
            self.bar.inc(page.len() as u64);
            let last = page.iter().map(|entry| entry.key.clone()).max();
            key.extend(page.into_iter().filter(|entry| self.wanted.may_be(&entry.key)));
            let (open, whole) = key.into_iter().partition(|entry: &Entry| Some(&entry.key) == last.as_ref());
            key = open;
            self.erase(whole).await?;
        }
        if interrupt.came() { Ok(()) } else { self.erase(key).await }
    }

    /// Erases keys with all their entries.
    async fn erase(&mut self, entries: Vec<Entry>) -> Result<()> {
        let (markers, versions): (Vec<_>, Vec<_>) = entries.into_iter().partition(|entry| entry.is_marker);
        let (own, mut stay) = self.look(versions).await?;
        if self.erasure.interrupt.came() {
            return Ok(());
        }
        let mut failed = HashSet::new();
        let versions = self.delete(&own, &mut failed).await?;
        self.erased.versions += versions;
        stay.extend(failed.iter().cloned());
        let markers: Vec<_> = markers.into_iter().filter(|marker| !stay.contains(&marker.key)).collect();
        let mut all: HashSet<_> = own.iter().chain(&markers).map(|entry| entry.key.clone()).collect();
        let markers = self.delete(&markers, &mut failed).await?;
        self.erased.delete_markers += markers;
        all.retain(|key| !failed.contains(key));
        self.erased.keys += all.len() as u64;
        self.erased.failed_keys += failed.len() as u64;
        let verb = if self.erasure.delete { "erased" } else { "to erase" };
        self.bar.set_message(format!(
            "{} {verb} in {}",
            HumanCount(self.erased.versions),
            self.erasure.place.bucket
        ));
        Ok(())
    }

    /// The versions to delete, and the keys under which others stay.
    async fn look(&mut self, versions: Vec<Entry>) -> Result<(Vec<Entry>, HashSet<String>)> {
        let Wanted::Of { sender, .. } = self.wanted else { return Ok((versions, HashSet::new())) };
        let (mut own, mut stay) = (Vec::new(), HashSet::new());
        // Current versions first: what others have in one is not deleted because an older version has it too.
        let (current, older): (Vec<_>, Vec<_>) = versions.into_iter().partition(|entry| entry.is_latest);
        for versions in [current, older] {
            let looks = stream::iter(versions).map(async |entry| {
                let looked = Looked::at(self.erasure, &entry, sender).await?;
                anyhow::Ok((entry, looked))
            });
            // An error stops none of the others halfway.
            let looked: Vec<_> = looks.buffered(AT_ONCE).collect().await;
            for looked in looked {
                let (entry, looked) = looked?;
                match looked {
                    None => {}
                    Some(looked) if self.erased.add(&looked) => own.push(entry),
                    Some(_) => _ = stay.insert(entry.key),
                }
            }
        }
        Ok((own, stay))
    }

    /// Deletes them unless the command only counts, and says how many. The keys of those that S3 refuses to delete go to
    /// `failed`. A signal doesn't end this: a marker must not go without the versions below it.
    async fn delete(&mut self, entries: &[Entry], failed: &mut HashSet<String>) -> Result<u64> {
        let Erasure { place, delete, interrupt } = self.erasure;
        if !delete {
            return Ok(entries.len() as u64);
        }
        let mut deleted = 0;
        for chunk in entries.chunks(DELETIONS) {
            let refused = interrupt.finish(delete_batch(place, chunk)).await;
            let refused =
                refused.context("stopped during a deletion: run the same command again to continue")??;
            deleted += chunk.len().saturating_sub(refused.len()) as u64;
            for error in refused {
                match error.key {
                    Some(key) => _ = failed.insert(key),
                    None => failed.extend(chunk.iter().map(|entry| entry.key.clone())),
                }
                self.erased.failures.add(error.code.unwrap_or_default().into());
            }
        }
        Ok(deleted)
    }
}

/// The versions that S3 refuses to delete.
async fn delete_batch(place: &Place, entries: &[Entry]) -> Result<Vec<aws_sdk_s3::types::Error>> {
    let objects = entries.iter().map(|entry| {
        let object = ObjectIdentifier::builder().key(&entry.key);
        object.version_id(version_id(entry)).build()
    });
    let objects = objects.collect::<Result<Vec<_>, _>>()?;
    let delete = Delete::builder().set_objects(Some(objects)).quiet(true).build()?;
    let answer = place.s3.delete_objects().bucket(&place.bucket).delete(delete).send().await;
    let answer = answer.explain(format!("can't delete in the bucket {}", place.bucket))?;
    Ok(answer.errors.unwrap_or_default())
}

/// The version of an object that was written without one.
pub(super) fn version_id(entry: &Entry) -> &str {
    entry.version_id.as_deref().unwrap_or("null")
}
