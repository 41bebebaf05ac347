//! The arithmetic of an outage against the simulation.

use super::*;
use crate::plan::outage::{Outage, stored_per_second};

const BEGINS: u64 = 600;

/// The plan's outage, and the day that has it.
fn both(emails_per_second: f64, seconds: u64, change: impl Fn(&mut Scenario)) -> (Outage, Day) {
    let mut scenario = unlimited(emails_per_second);
    change(&mut scenario);
    scenario.outage = Some(Span { from_second: BEGINS, for_seconds: seconds });
    (Outage::new(&scenario).unwrap(), run(&scenario, BEGINS + seconds + 2 * HOUR))
}

fn apart(a: u64, b: u64) -> f64 {
    (a as f64 - b as f64).abs() / (b as f64).max(1.0)
}

#[test]
fn an_outage_leaves_as_many_dead_letters_as_a_simulated_one() {
    for emails_per_second in [20.0, 130.0, 200.0, 1_000.0, 10_000.0] {
        for seconds in [600, 1_000, 1_800, HOUR, 2 * HOUR + 1_234] {
            let (outage, day) = both(emails_per_second, seconds, |_| ());
            let place = format!("{emails_per_second}/s for {seconds} s: {outage:?} {}", said(&day));
            assert!(apart(outage.dead_letters, day.dead) < 0.02, "{place}");
            assert_eq!(outage.dead_letters == 0, day.dead == 0, "{place}");
        }
    }
}

#[test]
fn a_backlog_is_stored_as_fast_as_a_simulated_one() {
    for (emails_per_second, concurrency) in [(1_000.0, 5), (2_000.0, 3), (3_000.0, 6)] {
        let (outage, day) = both(emails_per_second, HOUR, |scenario| {
            scenario.worker.concurrency = concurrency;
            scenario.worker.first_pollers = concurrency;
        });
        assert!(apart(outage.backlog, day.largest_backlog) < 0.05, "{outage:?} {}", said(&day));
        let recovered = day.last_late_second.unwrap() - BEGINS - HOUR;
        let place = format!("{emails_per_second}: {outage:?}, {recovered} {}", said(&day));
        assert!(apart(outage.recovery_seconds.unwrap(), recovered) < 0.02, "{place}");
    }
}

#[test]
fn more_than_is_stored_never_recovers() {
    let mut scenario = usual(4_000.0);
    scenario.outage = Some(Span { from_second: BEGINS, for_seconds: HOUR });
    assert!(stored_per_second(&scenario) < 4_000.0);
    assert_eq!(Outage::new(&scenario).unwrap().recovery_seconds, None);
}

#[test]
fn an_outage_longer_than_the_retention_loses_emails() {
    let lost = |seconds| {
        let mut scenario = usual(10.0);
        scenario.outage = Some(Span { from_second: 0, for_seconds: seconds });
        Outage::new(&scenario).unwrap().lost_at_most
    };
    assert_eq!([lost(86_400), lost(86_400 + HOUR)], [0, 36_000]);
}
