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

#[tokio::test]
async fn a_plan_has_the_bill_the_needs_and_the_outage_without_a_system() {
    let said = plan(&["--outage", "1h"]).await;
    assert_eq!((said.code, said.stderr.as_str()), (Some(0), ""), "{said:#?}");
    for text in [
        "Dollars a month, at list prices of us-east-1",
        "bucket: writes",
        "ObjectKeyLayout=batch",
        "--quota-code L-B99A9384",
        "requests a second, ten for each execution",
        "480,000 dead letters; mailroom dlq redrive takes 16m",
    ] {
        assert!(said.stdout.contains(text), "{text}: {said:#?}");
    }

    let found = plan(&["--region", "eu-central-1", "--json"]).await.json();
    let lines = found["bill"]["lines"].as_array().unwrap();
    let sum: f64 = lines.iter().map(|line| line["dollars"].as_f64().unwrap()).sum();
    assert!((sum - found["bill"]["dollars"].as_f64().unwrap()).abs() < 0.01, "{found}");
    assert_eq!(found["first_limit"], found["limits"][0]);
    assert_eq!(found["outage"], json!(null));
    assert!(found["facts"]["prices"].as_array().unwrap().iter().all(|row| row["region"] == "eu-central-1"));
}

#[tokio::test]
async fn a_plan_refuses_what_can_not_be_posted_or_has_no_price() {
    let too_large = ["plan", "--rate", "1/s", "--size", "3000", "--batch", "500"];
    let said: Said = mailroom(&too_large).await.output().await.unwrap().into();
    assert!(said.code == Some(1) && said.stderr.contains("use --batch 349 at most"), "{said:#?}");
    let said = plan(&["--region", "mars-north-1"]).await;
    assert!(said.code == Some(2) && said.stderr.contains("us-east-1, eu-central-1"), "{said:#?}");
}
