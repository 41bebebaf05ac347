//! Everything at once: emails that share names, clients that send again, invalid messages, random failures of AWS, and
//! killed functions. At the end every accepted email is stored once, whole, under its name.
//!
//! - `plan`: the emails, drawn from the seed;
//! - `clients`: their clients;
//! - `verdict`: the checks at the end; `batches`: those of the layout `batch`;
//! - `restarts`: the same for kills of the whole program.
//!
//! In CI a few hundred emails; by hand as many as one likes. The seed is printed, and can be given:
//! `MAILROOM_CHAOS_EMAILS=100000 MAILROOM_CHAOS_SEED=7 cargo test -p end-to-end chaos:: -- --nocapture`.

mod batches;
mod clients;
mod plan;
mod restarts;
mod verdict;

use crate::harness::{DEAD_LETTER_QUEUE, Ours, QUEUE, Setup, refusal};
use clients::Sent;
use futures::{StreamExt, stream};
use plan::{Plan, UNLUCKY};
use sandbox::services::faults::{Chaos, Times};
use sandbox::services::sqs::{NewMessage, Queue};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

const EMAILS: (&str, u64) = ("MAILROOM_CHAOS_EMAILS", 300);
const SEED: &str = "MAILROOM_CHAOS_SEED";
const CLIENTS: usize = 40;
/// Redrives until poison alone is left: the first may be cut short by what the chaos before it left behind.
const REDRIVES: usize = 5;

/// SQS is down once in so many emails, for so many calls: more than the SDK's three attempts of all requests under way.
const OUTAGE_EVERY: usize = 1_000;
const OUTAGE: u32 = 60;

/// The first batches that are killed, if they last long enough: a short run has few batches.
const WORKER_KILLS: u32 = 5;

fn variable(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_goes_wrong_every_accepted_email_is_stored_once_whole_under_its_name() {
    chaos("flat").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_goes_wrong_every_accepted_email_is_in_a_batch_and_its_copies_are_known() {
    chaos("batch").await;
}

#[expect(clippy::print_stdout, reason = "a long run is measured")]
async fn chaos(layout: &str) {
    let seed = variable(SEED).unwrap_or_else(|| fastrand::u64(..1_000_000_000));
    let plan = Plan::new(seed, variable(EMAILS.0).unwrap_or(EMAILS.1));
    println!("{} emails and {} poison, {SEED}={seed}", plan.emails.len(), plan.poison.len());
    let started = Instant::now();
    let setup = Setup::usual().time_scale(100.0).parameter("ObjectKeyLayout", layout);
    let system = Ours::start_with(setup).await;
    let faults = system.stack.aws().faults();
    // The key of a batch names no email, so none is stored at first.
    let unlucky = if layout == "batch" { "batches/" } else { UNLUCKY };
    faults.set_matching("PutObject", unlucky, refusal(503, "SlowDown"), Times::Always);
    let chaos = || {
        faults.set_kill("worker", Duration::from_millis(3), Times::N(WORKER_KILLS));
        faults.set_chaos(Chaos::new(seed));
    };
    chaos();

    let sent = send(&system, &plan, seed).await;
    if layout == "batch" {
        let dead_letters = system.queue(DEAD_LETTER_QUEUE);
        let some = async || (dead_letters.counts().visible > plan.poison.len()).then_some(());
        system.until("an email in the dead-letter queue", some).await;
        faults.clear();
        chaos();
    }
    drained(&system.queue(QUEUE)).await;
    let dead = system.queue(DEAD_LETTER_QUEUE).counts().visible;
    assert!(dead > plan.poison.len(), "nothing but poison is in the dead-letter queue: no email to redrive");
    faults.clear();
    redriven(&system, &plan).await;

    let objects = match layout {
        "batch" => batches::judge(&system, &plan, &sent).await,
        _ => verdict::judge(&system, &plan, &sent).await,
    };
    let (met, took) = (faults.met(), started.elapsed());
    for function in ["local-api", "local-worker"] {
        let killed = met.get(&(function.to_owned(), "kill -9".to_owned()));
        assert!(killed.is_some(), "{function} was never killed at work: {met:?}");
    }
    report(&sent, objects, dead - plan.poison.len(), took);
    println!("{} faults: {met:#?}", met.values().sum::<u64>());
}

#[expect(clippy::print_stdout, reason = "a long run is measured")]
fn report(sent: &[Sent], objects: usize, redriven: usize, took: Duration) {
    let mut answers = BTreeMap::<u16, usize>::new();
    for status in sent.iter().flat_map(|sent| &sent.answers) {
        *answers.entry(*status).or_default() += 1;
    }
    let hung_up: usize = sent.iter().map(|sent| sent.hung_up).sum();
    println!(
        "{} emails accepted in {took:.0?}, {objects} stored, {} lost; answers {answers:?}; clients hung up {hung_up} \
         times; {redriven} emails redriven",
        sent.len(),
        sent.len() - objects,
    );
}

/// Posts every email until it is accepted, and puts the poison between them.
#[expect(clippy::print_stdout, reason = "a long run says how far it is")]
async fn send(system: &Ours, plan: &Plan, seed: u64) -> Vec<Sent> {
    let every = plan.emails.len() / plan.poison.len();
    let posts = stream::iter(plan.emails.iter().enumerate()).map(|(n, email)| async move {
        if let Some(poison) = plan.poison.get(n / every).filter(|_| n % every == 0) {
            let message = NewMessage { body: poison.clone(), ..NewMessage::default() };
            system.queue(QUEUE).send(message).unwrap();
        }
        if n % OUTAGE_EVERY == OUTAGE_EVERY / 10 {
            system.fail("SendMessage", 503, "ServiceUnavailable", Times::N(OUTAGE));
        }
        clients::send(system, email, seed ^ n as u64).await
    });
    let mut sent = Vec::new();
    let mut posts = posts.buffer_unordered(CLIENTS);
    while let Some(one) = posts.next().await {
        sent.push(one);
        if sent.len() % 10_000 == 0 {
            println!("{} accepted, {} queued", sent.len(), system.queue(QUEUE).peek().len());
        }
    }
    sent
}

/// Waits until the queue is empty. It may take long, but not long without getting shorter.
pub(crate) async fn drained(queue: &Queue) {
    let length = || {
        let counts = queue.counts();
        counts.visible + counts.in_flight
    };
    let (mut shortest, mut since) = (length(), Instant::now());
    while shortest > 0 {
        assert!(since.elapsed() < Duration::from_secs(120), "{shortest} messages stay in the queue");
        tokio::time::sleep(Duration::from_millis(50)).await;
        if length() < shortest {
            (shortest, since) = (length(), Instant::now());
        }
    }
}

/// `Some` when the latest move is done. The queue may contain invalid messages again by then.
async fn moved(system: &Ours, source_arn: &str) -> Option<()> {
    let tasks = system.sqs.list_message_move_tasks().source_arn(source_arn).send().await.unwrap();
    (tasks.results()[0].status() == Some("COMPLETED")).then_some(())
}

/// Redrives the dead-letter queue until only invalid messages return to it.
async fn redriven(system: &Ours, plan: &Plan) {
    let dead_letters = system.queue(DEAD_LETTER_QUEUE);
    for _ in 0..REDRIVES {
        let start = system.sqs.start_message_move_task().source_arn(dead_letters.arn());
        start.send().await.unwrap();
        system.until("the end of the move", async || moved(system, dead_letters.arn()).await).await;
        drained(&system.queue(QUEUE)).await;
        if dead_letters.counts().visible == plan.poison.len() {
            return;
        }
    }
    panic!("{} dead letters after {REDRIVES} redrives", dead_letters.counts().visible);
}
