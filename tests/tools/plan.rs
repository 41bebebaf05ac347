//! `mailroom plan`

use super::argument;
use crate::harness::{Said, mailroom};
use serde_json::json;

async fn plan(arguments: &[&str]) -> Said {
    let load = ["plan", "--rate", "50000/s", "--size", "2000", "--layout", "batch"];
    mailroom(&[&load, arguments].concat()).await.output().await.unwrap().into()
}

#[tokio::test]
async fn a_simulated_day_is_counted_and_plotted_without_a_system() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("day.svg");
    let said = plan(&["--simulate", argument(&path), "--burst", "2:10m", "--outage", "1h"]).await;
    assert_eq!((said.code, said.stderr.as_str()), (Some(0), ""), "{said:#?}");
    for text in
        ["sent       4,350,000,000 emails", "by Lambda's limits", "dead       480,000", "the oldest 1h"]
    {
        assert!(said.stdout.contains(text), "{text}: {said:#?}");
    }
    let plot = std::fs::read_to_string(&path).unwrap();
    assert!(
        plot.contains("50000 emails/s of 2000 bytes, batch") && plot.contains("Emails in the queue"),
        "{plot}"
    );

    let said = plan(&["--simulate", argument(&path), "--json"]).await;
    let found = said.json();
    assert_eq!(
        (&found["day"]["sent"], &found["day"]["dead"]),
        (&json!(4_320_000_000_u64), &json!(0)),
        "{found}"
    );
    assert_eq!(found["scenario"]["queue"]["visibility_seconds"], 181);
}

#[tokio::test]
async fn a_plot_that_can_not_be_written_is_an_error_that_names_it() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("missing").join("day.svg");
    let said = plan(&["--simulate", argument(&path)]).await;
    assert!(said.code == Some(1) && said.stderr.contains(argument(&path)), "{said:#?}");
    assert_eq!(said.stdout, "");
    for wrong in [["--burst", "5m"], ["--outage", "soon"], ["--worker-concurrency", "1"]] {
        let said = plan(&[&["--simulate", argument(&path)], &wrong[..]].concat()).await;
        assert_eq!(said.code, Some(2), "{said:#?}");
    }
}
