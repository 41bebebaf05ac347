//! The search: the cheapest place first, and no place that can't change the answer.

use super::bucket::{self, Extent, Times};
use super::content;
use super::in_batch;
use super::letter::{self, Letter, Letters};
use super::line::{self, Event, Line};
use super::object::Object;
use super::queue::Queue;
use super::report::Email;
use super::verdict::{Evidence, State, Verdict};
use super::{Id, Options};
use crate::system::System;
use anyhow::Result;
use email::{Receipt, Sender};
use indicatif::ProgressBar;
use std::time::SystemTime;
use terminal::Interrupt;
use uuid::Uuid;

/// A signal came, so nothing can be said.
#[derive(Debug, thiserror::Error)]
#[error("interrupted")]
pub(crate) struct Interrupted;

pub(crate) struct Finder<'a> {
    pub(crate) system: &'a System,
    pub(crate) interrupt: &'a Interrupt,
    pub(crate) bar: ProgressBar,
    pub(crate) options: &'a Options,
}

/// The parts of the evidence.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) lines: Vec<Line>,
    pub(crate) object: Option<Object>,
    pub(crate) letters: Letters,
    /// Asked only if the email is nowhere else.
    pub(crate) queue: Option<Queue>,
    pub(crate) extent: Option<Extent>,
}

/// A sender's emails, the newest first.
pub(crate) struct OfSender {
    pub(crate) emails: Vec<Email>,
    /// Others that are not among them.
    pub(crate) more: u64,
    pub(crate) queue: Queue,
    pub(crate) unseen_letters: u64,
}

impl Finder<'_> {
    pub(crate) async fn id(&self, id: &Id) -> Result<Email> {
        let of_message = match id.message {
            Some(message) => self.message(message).await?,
            None => None,
        };
        match of_message {
            Some(email) => Ok(email),
            None => self.follow(id.receipt, Found::default()).await,
        }
    }

    /// The email of a message: of a dead letter, or of one that the log knows.
    async fn message(&self, id: Uuid) -> Result<Option<Email>> {
        let letters = letter::with_message_id(self.system, self.interrupt, id).await;
        if let Some(letter) = self.looked(letters)?.found.pop() {
            return self.letter(letter).await.map(Some);
        }
        self.bar.set_message("pages of the log");
        match self.run(line::receipt_of(self.system, id, &self.bar)).await? {
            Some(receipt) => self.follow(receipt, Found::default()).await.map(Some),
            None => Ok(None),
        }
    }

    /// The emails of an object, which may be deleted: at most so many, and how many there are. Only a batch has several.
    pub(crate) async fn key(&self, key: &str, most: usize) -> Result<(Vec<Email>, u64)> {
        let mut objects = self.run(in_batch::all(self.system, key)).await?;
        if objects.is_empty() {
            objects.extend(self.run(Object::with_key(self.system, key)).await?);
        }
        let all = objects.len() as u64;
        objects.truncate(most);
        Ok((self.objects(objects).await?, all))
    }

    /// Only the log of a single email is read.
    async fn objects(&self, objects: Vec<Object>) -> Result<Vec<Email>> {
        if let [object] = &objects[..] {
            return Ok(vec![self.object(object.clone()).await?]);
        }
        let mut emails = Vec::new();
        for object in objects {
            emails.push(self.email(None, Found { object: Some(object), ..Found::default() }).await?);
        }
        Ok(emails)
    }

    pub(crate) async fn sender(&self, sender: &Sender, since: SystemTime, most: usize) -> Result<OfSender> {
        // First, so that an email that is stored meanwhile is either counted or listed.
        let queue = self.run(Queue::of(self.system)).await?;
        self.bar.set_message("objects of the sender");
        let (mut objects, mut all) =
            self.run(bucket::of_sender(self.system, sender, since, most, &self.bar)).await?;
        let (in_batches, more) =
            self.run(in_batch::of_sender(self.system, sender, since, most, &self.bar)).await?;
        objects.extend(in_batches);
        all += more;
        let Letters { mut found, unseen } =
            self.looked(letter::of_sender(self.system, self.interrupt, sender).await)?;
        found.retain(|letter| letter.sent_since(since));
        let all = all + found.len() as u64;
        let mut emails = Vec::new();
        match (&objects[..], &found[..]) {
            ([object], []) => emails.push(self.object(object.clone()).await?),
            ([], [letter]) => emails.push(self.letter(letter.clone()).await?),
            _ => {
                emails.extend(self.objects(objects).await?);
                for letter in found {
                    let letters = Letters { found: vec![letter], unseen: 0 };
                    emails.push(self.email(None, Found { letters, ..Found::default() }).await?);
                }
            }
        }
        emails.sort_by(|a, b| b.when().cmp(&a.when()));
        emails.truncate(most);
        Ok(OfSender { more: all.saturating_sub(emails.len() as u64), emails, queue, unseen_letters: unseen })
    }

    async fn object(&self, object: Object) -> Result<Email> {
        let receipt = object.origin.receipt;
        let found = Found { object: Some(object), ..Found::default() };
        match receipt {
            Some(receipt) => self.follow(receipt, found).await,
            None => self.email(None, found).await,
        }
    }

    async fn letter(&self, letter: Letter) -> Result<Email> {
        let receipt = letter.letter.receipt.as_ref().and_then(|receipt| receipt.as_str().parse().ok());
        let found = Found { letters: Letters { found: vec![letter], unseen: 0 }, ..Found::default() };
        match receipt {
            Some(receipt) => self.follow(receipt, found).await,
            None => self.email(None, found).await,
        }
    }

    /// Reads the log, and looks for an email whose place is not known yet.
    async fn follow(&self, receipt: Receipt, mut found: Found) -> Result<Email> {
        self.bar.set_message("pages of the log");
        found.lines = self.run(line::lines(self.system, receipt, &self.bar)).await?;
        let is_stored = found.lines.iter().any(|line| matches!(line.event, Event::Stored | Event::Duplicate));
        if is_stored {
            self.search_bucket(receipt, &mut found).await?;
        }
        if found.verdict(Some(receipt)).state == State::Duplicate {
            return self.email(Some(receipt), found).await;
        }
        if found.place_is_open() {
            found.letters = self.looked(letter::with_receipt(self.system, self.interrupt, receipt).await)?;
        }
        if found.place_is_open() {
            found.queue = Some(self.run(Queue::of(self.system)).await?);
            if !found.verdict(Some(receipt)).state.is_on_its_way() {
                self.search_bucket(receipt, &mut found).await?;
            }
        }
        self.email(Some(receipt), found).await
    }

    /// Looks at the objects in the order in which they are likely to be the one. Does so once.
    async fn search_bucket(&self, receipt: Receipt, found: &mut Found) -> Result<()> {
        if found.object.is_some() || found.extent.is_some() {
            return Ok(());
        }
        if let Some(key) = found.lines.iter().rev().find_map(|line| line.object.as_deref()) {
            found.object = self.run(in_batch::with_receipt(self.system, key, receipt)).await?;
            if found.object.is_some() {
                return Ok(());
            }
        }
        self.bar.set_message("objects");
        let stored = found.lines.iter().find(|line| line.event == Event::Stored).map(|line| line.time);
        let duplicate = found.lines.iter().rfind(|line| line.event == Event::Duplicate).map(|line| line.time);
        let earliest = receipt.accepted_at().unwrap_or(SystemTime::UNIX_EPOCH);
        let times = Times { earliest, expected: stored.unwrap_or(earliest), latest: stored.max(duplicate) };
        let (object, extent) = self.run(bucket::with_receipt(self.system, receipt, times, &self.bar)).await?;
        (found.object, found.extent) = (object, Some(extent));
        Ok(())
    }

    async fn email(&self, receipt: Option<Receipt>, found: Found) -> Result<Email> {
        let content = match (self.options.show, &found.object, found.letters.found.first()) {
            (true, Some(object), _) => Some(self.run(object.content(self.system)).await?),
            (true, None, Some(letter)) => Some(content::parse(letter.body.as_bytes())),
            _ => None,
        };
        Ok(Email::new(&self.system.outputs.bucket, receipt, found, content))
    }

    async fn run<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        self.interrupt.run(work).await.unwrap_or_else(|| Err(Interrupted.into()))
    }

    /// A pass through the dead-letter queue gives back what it has even after a signal.
    fn looked(&self, letters: Result<Letters>) -> Result<Letters> {
        if self.interrupt.came() { Err(Interrupted.into()) } else { letters }
    }
}

impl Found {
    fn place_is_open(&self) -> bool {
        self.object.is_none() && self.letters.found.is_empty()
    }

    pub(crate) fn verdict(&self, receipt: Option<Receipt>) -> Verdict {
        let evidence = Evidence {
            receipt,
            lines: &self.lines,
            object: self.object.as_ref(),
            letter: self.letters.found.first(),
            unseen_letters: self.letters.unseen,
            queue: self.queue,
            extent: self.extent,
            now: SystemTime::now(),
        };
        evidence.verdict()
    }
}
