//! Searching the bucket: by the receipt, which only an object's metadata has or the line of a batch, or by the sender, with
//! whom its key begins. `in_batch` searches batches by the sender.

use super::in_batch;
use super::listing::{self, Entry};
use super::object::{Object, head};
use crate::batch;
use crate::system::{CLOCK_SKEW, System};
use anyhow::Result;
use email::{Receipt, Sender, SenderKeys};
use futures::{StreamExt, TryStreamExt, stream};
use indicatif::ProgressBar;
use serde::Serialize;
use std::collections::BinaryHeap;
use std::time::{Duration, SystemTime};

/// Objects whose metadata is read at a time.
const AT_ONCE: usize = 32;
/// The most objects whose metadata is read for one receipt: half a minute, and less than a cent.
const LIMIT: usize = 10_000;
/// The most bytes of batches that are read for one receipt: 9 cents outside of AWS.
const MOST_BYTES: u64 = 1_000_000_000;

/// When an email's object may have been written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    pub(crate) earliest: SystemTime,
    /// The objects written about then are looked at first.
    pub(crate) expected: SystemTime,
    pub(crate) latest: Option<SystemTime>,
}

/// How much of the bucket a search saw.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Extent {
    /// Objects and their older versions that were written in the time in question.
    pub(crate) written_then: u64,
    /// Those whose metadata was read.
    pub(crate) looked_at: u64,
}

impl Extent {
    pub(crate) fn is_whole(self) -> bool {
        self.looked_at >= self.written_then
    }
}

impl Times {
    fn hold(self, entry: &Entry) -> bool {
        let earliest = self.earliest.checked_sub(CLOCK_SKEW).unwrap_or(SystemTime::UNIX_EPOCH);
        let latest = self.latest.and_then(|latest| latest.checked_add(CLOCK_SKEW));
        // `mailroom forget` may have written a batch anew at any time.
        let latest = latest.filter(|_| !batch::is_batch(&entry.key));
        entry.written >= earliest && latest.is_none_or(|latest| entry.written <= latest)
    }

    fn distance(self, entry: &Entry) -> Duration {
        let after = entry.written.duration_since(self.expected);
        after.unwrap_or_else(|before| before.duration())
    }
}

/// The object with this receipt.
pub(crate) async fn with_receipt(
    system: &System,
    receipt: Receipt,
    times: Times,
    bar: &ProgressBar,
) -> Result<(Option<Object>, Extent)> {
    let mut nearest = Nearest::new(LIMIT);
    listing::versions(system, "", |page| {
        bar.inc(page.len() as u64);
        for entry in page.into_iter().filter(|entry| !entry.is_marker && times.hold(entry)) {
            nearest.add(times.distance(&entry), entry);
        }
        true
    })
    .await?;
    let (written_then, entries) = (nearest.all, affordable(nearest.into_entries()));
    let mut looked_at = 0;
    let looks = stream::iter(&entries).map(|entry| look(system, entry, receipt));
    let mut looks = std::pin::pin!(looks.buffered(AT_ONCE));
    while let Some(found) = looks.try_next().await? {
        looked_at += 1;
        if found.is_some() {
            return Ok((found, Extent { written_then, looked_at }));
        }
    }
    Ok((None, Extent { written_then, looked_at }))
}

/// The email with this receipt, if the version has it.
async fn look(system: &System, entry: &Entry, receipt: Receipt) -> Result<Option<Object>> {
    if batch::is_batch(&entry.key) {
        return in_batch::version_with_receipt(system, entry, receipt).await;
    }
    match head(system, entry).await?.filter(|origin| origin.receipt == Some(receipt)) {
        Some(origin) => Object::of(system, entry, origin).await.map(Some),
        None => Ok(None),
    }
}

/// The first entries, until their batches, which are read whole, have too many bytes.
fn affordable(entries: Vec<Entry>) -> Vec<Entry> {
    let mut bytes = 0;
    let mut affordable = entries;
    let most = affordable.iter().position(|entry| {
        bytes += if batch::is_batch(&entry.key) { entry.size } else { 0 };
        bytes > MOST_BYTES
    });
    affordable.truncate(most.unwrap_or(usize::MAX));
    affordable
}

/// The objects of a sender's emails that were written since then, the newest first; at most `most`, and how many there are.
///
/// In the dated layout the days are those of the emails' own times, which may be any, so all days are listed.
pub(crate) async fn of_sender(
    system: &System,
    sender: &Sender,
    since: SystemTime,
    most: usize,
    bar: &ProgressBar,
) -> Result<(Vec<Object>, u64)> {
    let (keys, mut newest) = (SenderKeys::of(sender), Nearest::new(most));
    for prefix in [keys.flat_prefix().as_str(), SenderKeys::DATED_PREFIX] {
        listing::versions(system, prefix, |page| {
            bar.inc(page.len() as u64);
            let own = page.into_iter().filter(|entry| !entry.is_marker && keys.contains(&entry.key));
            for entry in own.filter(|entry| entry.written >= since) {
                let age =
                    Duration::MAX.saturating_sub(entry.written.duration_since(since).unwrap_or_default());
                newest.add(age, entry);
            }
            true
        })
        .await?;
    }
    let (all, entries) = (newest.all, newest.into_entries());
    let objects = stream::iter(&entries).map(async |entry| match head(system, entry).await? {
        Some(origin) => Object::of(system, entry, origin).await.map(Some),
        None => Ok(None),
    });
    let objects: Vec<_> = objects.buffered(AT_ONCE).try_collect().await?;
    Ok((objects.into_iter().flatten().collect(), all))
}

/// The entries with the least distances, so that a large bucket needs little memory.
struct Nearest {
    limit: usize,
    all: u64,
    heap: BinaryHeap<Ranked>,
}

/// Ordered by the distance, then by the key.
struct Ranked(Duration, Entry);

impl Nearest {
    fn new(limit: usize) -> Self {
        Self { limit, all: 0, heap: BinaryHeap::new() }
    }

    fn add(&mut self, distance: Duration, entry: Entry) {
        self.all += 1;
        self.heap.push(Ranked(distance, entry));
        if self.heap.len() > self.limit {
            self.heap.pop();
        }
    }

    fn into_entries(self) -> Vec<Entry> {
        self.heap.into_sorted_vec().into_iter().map(|Ranked(_, entry)| entry).collect()
    }
}

impl Ranked {
    fn rank(&self) -> (Duration, &str, Option<&str>) {
        (self.0, &self.1.key, self.1.version_id.as_deref())
    }
}

impl Ord for Ranked {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.rank().cmp(&other.rank())
    }
}

impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Ranked {
    fn eq(&self, other: &Self) -> bool {
        self.rank() == other.rank()
    }
}

impl Eq for Ranked {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::find::line::tests::at;

    fn entry(seconds: u64) -> Entry {
        Entry {
            key: format!("key {seconds}"),
            version_id: None,
            written: at(seconds),
            size: 1,
            is_latest: true,
            is_marker: false,
        }
    }

    #[test]
    fn the_objects_nearest_to_the_expected_time_are_kept_and_all_are_counted() {
        let times = Times { earliest: at(0), expected: at(1_000), latest: None };
        let mut nearest = Nearest::new(3);
        for seconds in [5_000, 1_000, 1_003, 998, 200, 1_010] {
            nearest.add(times.distance(&entry(seconds)), entry(seconds));
        }
        assert_eq!(nearest.all, 6);
        let keys: Vec<_> = nearest.into_entries().into_iter().map(|entry| entry.key).collect();
        assert_eq!(keys, ["key 1000", "key 998", "key 1003"]);
    }

    #[test]
    fn clocks_may_differ_a_little() {
        let times = Times { earliest: at(1_000), expected: at(1_000), latest: Some(at(2_000)) };
        let skew = CLOCK_SKEW.as_secs();
        for (seconds, held) in
            [(999 - skew, false), (1_000 - skew, true), (2_000 + skew, true), (2_001 + skew, false)]
        {
            assert_eq!(times.hold(&entry(seconds)), held, "{seconds}");
        }
        assert!(Times { latest: None, ..times }.hold(&entry(9_000_000)));
        let batch = Entry { key: "batches/2023/11/14/22/00.ndjson".to_owned(), ..entry(9_000_000) };
        assert!(times.hold(&batch), "forget may have written it anew");
    }

    #[test]
    fn batches_are_read_up_to_a_number_of_bytes_and_other_objects_are_not_read() {
        let of = |key: &str, size| Entry { key: key.to_owned(), size, ..entry(0) };
        let batch = |size| of("batches/2023/11/14/22/00.ndjson", size);
        let all = |entries: &[Entry]| affordable(entries.to_vec()).len();
        assert_eq!(all(&[batch(MOST_BYTES - 1), of("a_1.json", MOST_BYTES), batch(1)]), 3);
        assert_eq!(all(&[batch(MOST_BYTES), of("a_1.json", 1), batch(1), of("a_2.json", 1)]), 2);
    }
}
