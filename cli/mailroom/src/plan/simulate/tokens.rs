//! Instances of `api` that read the tokens, and SSM's limit.

use super::count::{Bucket, Fractions, Jitter, share, ticks};
use super::scenario::TICKS_PER_SECOND;
use ::tokens::refresh;
use std::collections::BTreeMap;
use std::time::Duration;

/// A further failure spreads an instance no further.
const MOST_FAILURES: u8 = 6;

/// Instances that have no tokens yet, each with a request that waits.
#[derive(Clone, Copy)]
struct Waiting {
    count: u64,
    /// When the request came.
    since: u64,
    failures: u8,
    in_init: bool,
    /// The last moment at which this init, or this request, may ask again.
    until: u64,
}

/// Instances that have no tokens and no request.
struct Idle {
    count: u64,
    failures: u8,
    may_ask: u64,
}

pub(super) struct TokenReads {
    ssm: Bucket,
    jitter: Jitter,
    waiting: BTreeMap<u64, Vec<Waiting>>,
    idle: Vec<Idle>,
    /// An instance ends after so long without a request.
    idle_ticks: u64,
    /// Instances that have tokens, by the time of their next read and its failures so far.
    due: BTreeMap<u64, [u64; MOST_FAILURES as usize + 1]>,
    /// Those among them whose read is due, and which had no request since.
    overdue: u64,
    asking: Fractions,
    pub(super) instances_waiting: u64,
}

/// The result of one tick.
#[derive(Default)]
pub(super) struct Reads {
    pub(super) asked: u64,
    pub(super) throttled: u64,
    /// Instances that have tokens now; each answers its request.
    pub(super) ready: u64,
    /// Requests that got a 503, since no token was known in time.
    pub(super) refused: u64,
    /// The longest that an answered request waited, in ticks.
    pub(super) longest_wait: u64,
}

impl TokenReads {
    pub(super) fn new(reads_per_second: u64, idle_seconds: u64) -> Self {
        Self {
            ssm: Bucket::a_second(reads_per_second),
            jitter: Jitter::default(),
            waiting: BTreeMap::new(),
            idle: Vec::new(),
            idle_ticks: idle_seconds * TICKS_PER_SECOND,
            due: BTreeMap::new(),
            overdue: 0,
            asking: Fractions::default(),
            instances_waiting: 0,
        }
    }

    /// Requests that found no free instance with tokens: those that were refused before take them first, and the others
    /// start. Returns the requests that are refused at once, because their instance may not ask for longer than they
    /// may wait.
    pub(super) fn begin(&mut self, now: u64, requests: u64, cold_start: u64) -> u64 {
        if requests == 0 {
            return 0;
        }
        let (mut left, mut refused) = (requests, 0);
        self.idle.retain(|idle| now < idle.may_ask + self.idle_ticks);
        for mut idle in std::mem::take(&mut self.idle) {
            let taken = idle.count.min(left);
            left -= taken;
            let (at, until) = (idle.may_ask.max(now + 1), now + longest_wait());
            if at > until {
                refused += taken;
            } else {
                idle.count -= taken;
                self.wait(
                    at,
                    Waiting { count: taken, since: now, failures: idle.failures, in_init: false, until },
                );
            }
            if idle.count > 0 {
                self.idle.push(idle);
            }
        }
        let asks = now + cold_start;
        let until = asks + longest_wait();
        self.wait(asks, Waiting { count: left, since: now, failures: 0, in_init: true, until });
        refused
    }

    fn wait(&mut self, at: u64, waiting: Waiting) {
        if waiting.count > 0 {
            self.instances_waiting += waiting.count;
            self.waiting.entry(at).or_default().push(waiting);
        }
    }

    /// Lets those ask whose time has come. `in_use` of the `warm` instances with tokens have requests.
    pub(super) fn step(&mut self, now: u64, in_use: u64, warm: u64) -> Reads {
        self.ssm.refill();
        let waiting = self.waiting.remove(&now).unwrap_or_default();
        let new: u64 = waiting.iter().map(|waiting| waiting.count).sum();
        let again = self.asks_again(now, in_use, warm);
        let known: u64 = again.iter().sum();
        let answered = self.ssm.take(new + known);
        let mut answered_new = share(answered, new, new + known);
        let mut answered_known = answered - answered_new;
        let mut reads = Reads { asked: new + known, throttled: new + known - answered, ..Reads::default() };
        for waiting in waiting {
            let count = waiting.count.min(answered_new);
            answered_new -= count;
            self.instances_waiting -= waiting.count;
            if count > 0 {
                reads.ready += count;
                reads.longest_wait = reads.longest_wait.max(now - waiting.since);
                self.fresh(now, count);
            }
            reads.refused += self.throttled(now, Waiting { count: waiting.count - count, ..waiting });
        }
        for (failures, asked) in (0..).zip(again).filter(|(_, asked)| *asked > 0) {
            let count = asked.min(answered_known);
            answered_known -= count;
            self.fresh(now, count);
            // The last known tokens serve meanwhile. They would for an hour, in which SSM's limit lets 144,000
            // instances read.
            let failed = (failures + 1).min(MOST_FAILURES);
            let (low, high) = throttled_wait(failures);
            for (at, count) in self.spread(now, asked - count, low, high) {
                self.due.entry(at).or_default()[usize::from(failed)] += count;
            }
        }
        reads
    }

    /// The instances with tokens that ask now, by their failures. An instance asks at a request only, so idle ones wait.
    fn asks_again(&mut self, now: u64, in_use: u64, warm: u64) -> [u64; MOST_FAILURES as usize + 1] {
        let mut due = self.due.remove(&now).unwrap_or_default();
        let part = if warm == 0 { 0.0 } else { (in_use as f64 / warm as f64).min(1.0) };
        for count in &mut due {
            let asking = self.asking.next(*count as f64 * part).min(*count);
            self.overdue += *count - asking;
            *count = asking;
        }
        let woken = in_use.saturating_sub(warm.saturating_sub(self.overdue)).min(self.overdue);
        self.overdue -= woken;
        due[0] += woken;
        due
    }

    /// Instances whose tokens are new.
    fn fresh(&mut self, now: u64, count: u64) {
        let (low, high) = (in_ticks(refresh::fresh_for(1.0)), in_ticks(refresh::fresh_for(0.0)));
        for (at, count) in self.spread(now, count, low, high) {
            self.due.entry(at).or_default()[0] += count;
        }
    }

    /// Instances without tokens that SSM throttled: they ask again in their init, then in their request; then the
    /// request is refused. Returns the refused ones.
    fn throttled(&mut self, now: u64, waiting: Waiting) -> u64 {
        let (low, high) = throttled_wait(waiting.failures);
        let failures = (waiting.failures + 1).min(MOST_FAILURES);
        let mut refused = 0;
        for (at, count) in self.spread(now, waiting.count, low, high) {
            let request_until = now + longest_wait();
            if at <= waiting.until {
                self.wait(at, Waiting { count, failures, ..waiting });
            } else if waiting.in_init && at <= request_until {
                self.wait(at, Waiting { count, failures, in_init: false, until: request_until, ..waiting });
            } else {
                refused += count;
                self.idle.push(Idle { count, failures, may_ask: at });
            }
        }
        refused
    }

    /// So many instances, evenly over the ticks from `low` to `high` from now.
    fn spread(&mut self, now: u64, count: u64, low: u64, high: u64) -> Vec<(u64, u64)> {
        if count == 0 {
            return Vec::new();
        }
        let places = high - low + 1;
        let each = count / places;
        let mut spread = BTreeMap::new();
        if each > 0 {
            spread.extend((low..=high).map(|wait| (now + wait, each)));
        }
        for _ in 0..count % places {
            let wait = low + super::count::whole(self.jitter.next() * places as f64).min(places - 1);
            *spread.entry(now + wait).or_insert(0) += 1;
        }
        spread.into_iter().collect()
    }

    /// So many idle instances with tokens ended.
    pub(super) fn ended(&mut self, count: u64) {
        let mut left = count - self.overdue.min(count);
        self.overdue -= count - left;
        while left > 0
            && let Some(mut last) = self.due.last_entry()
        {
            for due in last.get_mut() {
                let ended = left.min(*due);
                (*due, left) = (*due - ended, left - ended);
            }
            if last.get().iter().all(|due| *due == 0) {
                last.remove();
            }
        }
    }
}

fn in_ticks(time: Duration) -> u64 {
    ticks(time.as_secs_f64())
}

fn longest_wait() -> u64 {
    refresh::LONGEST_THROTTLE_WAIT.as_secs() * TICKS_PER_SECOND
}

fn throttled_wait(failures: u8) -> (u64, u64) {
    let wait = |jitter| in_ticks(refresh::throttled_wait(failures.into(), jitter));
    (wait(0.0), wait(1.0))
}
