//! Killed with -9 at random moments, again and again, until there is nothing left to do. A kill waits for a receive,
//! and then for a moment that the number of the run decides; AWS is slow and loses answers, so that there is something
//! to be in the middle of. `MAILROOM_KILLS=N` kills through N queues instead of one.

use super::discarding::file;
use super::{MOMENT, bury_emails, spawn, visible_dead};
use crate::harness::{DEAD_LETTER_QUEUE, Ours, QUEUE, Setup, email, rounds_of_kills};
use fastrand::Rng;
use sandbox::services::faults::{Fault, Times};
use serde_json::Value;
use std::collections::BTreeSet;
use std::time::Duration;

const LETTERS: usize = 40;
/// Kills of a command that is at work.
const KILLS: u32 = 10;
/// How slow SQS is at most, in milliseconds.
const SLOW: u64 = 60;

/// A system whose hidden letters come back after 0.6 s, and whose SQS is slow and loses answers.
async fn troubled(seed: u64) -> Ours {
    let system = Ours::start_with(Setup::usual().time_scale(100.0)).await;
    bury_emails(&system, LETTERS).await;
    let mut rng = Rng::with_seed(seed);
    for operation in ["SendMessage", "DeleteMessage"] {
        for _ in 0..1_000 {
            let fault = match rng.u8(..20) {
                0 => Fault::LostAnswer,
                1 => Fault::Drop,
                _ => Fault::Delay(Duration::from_millis(rng.u64(..SLOW))),
            };
            system.fault(operation, fault, Times::Once);
        }
    }
    system
}

/// Starts the command when there is something to receive, and kills it some time after it received. True if it was at
/// work then; `None` if no letter is left. A batch takes as many slow calls as `calls` says, and some go wrong.
async fn kill(system: &Ours, command: &[&str], calls: u64, rng: &mut Rng) -> Option<bool> {
    let queue = system.queue(DEAD_LETTER_QUEUE);
    let something = async || (visible_dead(system).await > 0 || queue.peek().is_empty()).then_some(());
    system.until("a letter to be received", something).await;
    if queue.peek().is_empty() {
        return None;
    }
    let received = system.calls("ReceiveMessage") + 1;
    let mut process = spawn(&mut system.tool(command).await);
    while system.calls("ReceiveMessage") < received && process.try_wait().unwrap().is_none() {
        tokio::time::sleep(MOMENT).await;
    }
    tokio::time::sleep(Duration::from_millis(rng.u64(..calls * SLOW))).await;
    process.start_kill().unwrap();
    Some(process.wait().await.unwrap().code().is_none())
}

/// Runs the command, undisturbed, until no letter is left: what a killed one held comes back meanwhile.
async fn to_the_end(system: &Ours, command: &[&str]) {
    let empty = async || {
        let said = system.run(command).await;
        assert_eq!(said.code, Some(0), "{said:#?}");
        system.queue(DEAD_LETTER_QUEUE).peek().is_empty().then_some(())
    };
    system.until("an empty dead-letter queue", empty).await;
}

#[tokio::test]
async fn letters_that_go_back_one_by_one_are_all_filed_once_however_often_that_is_killed() {
    let commands =
        [["dlq", "redrive", "--only", "not_filed"].as_slice(), &["dlq", "redrive", "--one-by-one"]];
    for (seed, command) in (0..rounds_of_kills()).zip(commands.into_iter().cycle()) {
        let (system, mut rng) = (troubled(seed).await, Rng::with_seed(seed));
        let mut killed = 0;
        while killed < KILLS {
            let Some(at_work) = kill(&system, command, 2, &mut rng).await else { break };
            killed += u32::from(at_work);
        }
        let (dead, calls) = (system.queue(DEAD_LETTER_QUEUE).peek().len(), system.calls("SendMessage"));
        to_the_end(&system, command).await;
        system.stored_keys(LETTERS).await;
        system.queue_drained().await;
        println!("seed {seed}: {killed} kills, {dead} letters still dead and {calls} sent by then");
        assert!(killed >= KILLS / 2, "only {killed} were at work when they were killed");

        assert_eq!(system.keys().await.len(), LETTERS, "each once");
        for n in 0..LETTERS {
            let sender = format!("sender {n}");
            assert_eq!(system.stored(&format!("{sender}_1693561101.json")).await, email(&sender), "whole");
        }
        assert_eq!((system.queue(QUEUE).peek().len(), system.queue(DEAD_LETTER_QUEUE).peek().len()), (0, 0));
    }
}

#[tokio::test]
async fn a_letter_that_is_discarded_is_in_the_file_or_in_the_queue_however_often_that_is_killed() {
    for seed in 0..rounds_of_kills() {
        let (system, mut rng) = (troubled(seed).await, Rng::with_seed(seed));
        let (_directory, file) = file();
        let command = ["dlq", "discard", "--only", "not_filed", "--save", &file, "--yes"];
        let ids = || system.queue(DEAD_LETTER_QUEUE).peek().into_iter().map(|message| message.message_id);
        let all: BTreeSet<_> = ids().collect();
        let mut killed = 0;
        while killed < KILLS {
            let Some(at_work) = kill(&system, &command, 1, &mut rng).await else { break };
            killed += u32::from(at_work);
            let dead: BTreeSet<_> = ids().collect();
            assert_eq!(&dead | &saved(&file), all, "in the file, in the queue or in both");
        }
        println!("seed {seed}: {killed} kills, {} letters still dead by then", ids().count());
        assert!(killed >= KILLS / 3, "only {killed} were at work when they were killed");
        to_the_end(&system, &command).await;
        assert_eq!(saved(&file), all);
    }
}

/// The message ids of the file's lines. A line that is not whole was cut off by the kill: then its dead letter is where
/// it was.
fn saved(file: &str) -> BTreeSet<String> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let whole = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    whole.map(|line| line["message_id"].as_str().unwrap().to_owned()).collect()
}
