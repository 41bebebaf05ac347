//! `mailroom query`: on moto's Athena, and on one that is played (`athena`), where moto has no failures, limits or pages.

mod athena;

use super::found;
use super::send::inputs::signal;
use crate::harness::{Moto, Said, Setup, System, mailroom};
use athena::{Athena, DATABASE, Fate, ID, WORKGROUP};
use aws_sdk_ssm::types::ParameterType;
use serde_json::{Value, json};
use std::process::Stdio;
use tokio::process::Command;

/// A stack with a stack for queries beside it; nothing if moto is neither installed nor required.
async fn system() -> Option<Moto> {
    let system = Moto::start_with(Setup::usual()).await?;
    publish(&system, "workgroup", WORKGROUP).await;
    publish(&system, "database", DATABASE).await;
    Some(system)
}

async fn publish(system: &System, name: &str, value: &str) {
    let name = format!("/{}/queries/{name}", system.stack_name());
    let put = system.ssm.put_parameter().name(name).value(value).r#type(ParameterType::String);
    put.overwrite(true).send().await.unwrap();
}

async fn on(system: &System, athena: &Athena, arguments: &[&str]) -> Command {
    let mut tool = system.tool(&[&["query"], arguments].concat()).await;
    tool.env("AWS_ENDPOINT_URL_ATHENA", &athena.url);
    tool
}

async fn said(mut tool: Command) -> Said {
    tool.stdin(Stdio::null()).output().await.unwrap().into()
}

fn texts(values: &[Option<&str>]) -> Vec<Option<String>> {
    values.iter().map(|value| value.map(str::to_owned)).collect()
}

#[tokio::test]
async fn motos_athena_runs_a_saved_query_by_its_name_with_its_parameter() {
    let Some(system) = system().await else { return };
    let athena = aws_sdk_athena::Client::new(&system.sdk_config().await);
    athena.create_work_group().name(WORKGROUP).send().await.unwrap();
    for (name, sql) in [("search", "-- Emails with a text.\nSELECT ?\n"), ("all", "SELECT 1")] {
        let create = athena.create_named_query().name(name).query_string(sql);
        create.database(DATABASE).work_group(WORKGROUP).send().await.unwrap();
    }
    let list = found(&system.run(&["query", "--list", "--json"]).await, 0);
    assert_eq!(list["saved"][0], json!({"name": "all", "description": "", "sql": "SELECT 1"}));
    assert_eq!(list["saved"][1]["description"], "Emails with a text.");
    let text = system.run(&["query", "--list"]).await;
    assert!(text.stdout.contains("search\n  Emails with a text.\n"), "{text:#?}");

    let columns = json!([{"Name": "day", "Type": "date"}, {"Name": "emails", "Type": "bigint"}]);
    let rows = json!([
        {"Data": [{"VarCharValue": "day"}, {"VarCharValue": "emails"}]},
        {"Data": [{"VarCharValue": "2023-09-01"}, {"VarCharValue": "12"}]},
    ]);
    let queued = json!({"region": "eu-central-1", "results": [{"rows": rows, "column_info": columns}]});
    let url = format!("{}/moto-api/static/athena/query-results", system.endpoint_url);
    system.http.post(url).body(queued.to_string()).send().await.unwrap().error_for_status().unwrap();
    let arguments = ["query", "--saved", "search", "--parameter", "o'clock", "--json"];
    let report = found(&system.run(&arguments).await, 0);
    assert_eq!(report["rows"], json!([["2023-09-01", "12"]]));
    assert_eq!(report["columns"][1], json!({"name": "emails", "type": "bigint"}));
    let id = report["query_id"].as_str().unwrap();
    let execution = athena.get_query_execution().query_execution_id(id).send().await.unwrap();
    let execution = execution.query_execution.unwrap();
    assert_eq!(execution.query(), Some("-- Emails with a text.\nSELECT ?"));
    assert_eq!(execution.execution_parameters(), ["'o''clock'"]);
    assert_eq!(execution.work_group(), Some(WORKGROUP));
    assert_eq!(execution.query_execution_context().unwrap().database(), Some(DATABASE));

    let unknown = system.run(&["query", "--saved", "per-year"]).await;
    let words = format!("the workgroup {WORKGROUP} has no saved query per-year: it has all, search");
    assert!(unknown.code == Some(1) && unknown.stderr.contains(&words), "{unknown:#?}");
}

#[tokio::test]
async fn an_answer_is_a_table_with_what_it_cost_or_json_with_every_value() {
    let Some(system) = system().await else { return };
    let columns = [("sender", "varchar"), ("emails", "bigint")];
    let rows = vec![texts(&[Some("John\u{1b}[2J"), Some("12")]), texts(&[None, Some("3")])];
    let athena = Athena::start(Fate::succeeds(&columns, rows)).await;
    let text = said(on(&system, &athena, &["SELECT 1;"]).await).await;
    assert_eq!((text.code, text.stderr.as_str()), (Some(0), ""), "{text:#?}");
    let head = text.stdout.lines().next().unwrap();
    assert!(head.ends_with(&format!("Athena at {}", athena.url)), "{text:#?}");
    for words in [
        "│ sender   ┆ emails │",
        "│ John\u{fffd}[2J ┆     12 │",
        "│ null     ┆      3 │",
        "\n2 rows\n",
        "Read 2.00 GB in 1.2 s: 0.01 dollars, and S3's price for the objects of 1,000,000 rows, at most 0.40 dollars.",
    ] {
        assert!(text.stdout.contains(words), "{words}: {text:#?}");
    }
    let start = &athena.asked("StartQueryExecution")[0];
    assert_eq!((&start["QueryString"], start.get("ExecutionParameters")), (&json!("SELECT 1"), None));

    let report = found(&said(on(&system, &athena, &["SELECT 1", "--json"]).await).await, 0);
    assert_eq!(report["rows"], json!([["John\u{1b}[2J", "12"], [null, "3"]]));
    let members =
        ["more", "milliseconds", "scanned_bytes", "rows_read", "athena_dollars", "requests_dollars"];
    let found = members.map(|name| report[name].clone());
    assert_eq!(
        found,
        [json!(false), json!(1240), json!(2_000_000_000), json!(1_000_000), json!(0.01), json!(0.4)]
    );
}

#[tokio::test]
async fn an_answer_of_several_pages_is_cut_at_the_rows_that_were_asked_for() {
    let Some(system) = system().await else { return };
    let rows: Vec<_> = (0..2_500).map(|n| vec![Some(n.to_string())]).collect();
    let athena = Athena::start(Fate::succeeds(&[("n", "integer")], rows)).await;
    let last = |report: &Value| report["rows"].as_array().unwrap().last().unwrap()[0].clone();
    for (max, count, more) in
        [("1", 1, true), ("1000", 1_000, true), ("2499", 2_499, true), ("2500", 2_500, false)]
    {
        let report = found(&said(on(&system, &athena, &["SELECT 1", "--max", max, "--json"]).await).await, 0);
        assert_eq!((last(&report), &report["more"]), (json!((count - 1).to_string()), &json!(more)), "{max}");
    }
    let text = said(on(&system, &athena, &["SELECT 1", "--max", "2"]).await).await;
    assert!(text.stdout.contains("The first 2 rows; there are more. --max N shows more."), "{text:#?}");
}

#[tokio::test]
async fn a_statement_about_tables_has_no_header_and_no_price() {
    let Some(system) = system().await else { return };
    let rows = vec![texts(&[Some("tab_name")]), texts(&[Some("emails")])];
    let fate = Fate { kind: "UTILITY", rows_read: None, ..Fate::succeeds(&[("tab_name", "string")], rows) };
    let athena = Athena::start(fate).await;
    let report = found(&said(on(&system, &athena, &["SHOW TABLES", "--json"]).await).await, 0);
    assert_eq!(report["rows"], json!([["tab_name"], ["emails"]]));
    assert_eq!((&report["athena_dollars"], &report["rows_read"]), (&json!(0.0), &Value::Null));
}

#[tokio::test]
async fn a_query_that_fails_says_why_and_what_to_do() {
    let Some(system) = system().await else { return };
    let raise = format!("`queries/deploy.sh {} QueryScanLimit=BYTES`", system.stack_name());
    for (state, reason, words) in [
        ("CANCELLED", "Bytes scanned limit was exceeded", raise.as_str()),
        ("FAILED", "TABLE_NOT_FOUND: line 1:15: Table 'prod.email' does not exist", "the tables are emails"),
        (
            "FAILED",
            "SYNTAX_ERROR: line 1:8: \u{1b}[2J",
            "(SYNTAX_ERROR: line 1:8: \u{fffd}[2J): correct the statement",
        ),
        ("CANCELLED", "", "somebody stopped it"),
    ] {
        let athena = Athena::start(Fate::ends(state, reason)).await;
        let failed = said(on(&system, &athena, &["SELECT 1"]).await).await;
        assert!(failed.code == Some(1) && failed.stderr.contains(words), "{words}: {failed:#?}");
        assert!(athena.asked("GetQueryResults").is_empty(), "{reason}");
    }
    let athena = Athena::start(Fate::ends("SUCCEEDED", "")).await;
    publish(&system, "workgroup", "gone").await;
    let gone = said(on(&system, &athena, &["SELECT 1"]).await).await;
    let words = "Athena does not start the query in the workgroup gone: InvalidRequestException: WorkGroup is not found";
    assert!(gone.code == Some(1) && gone.stderr.contains(words), "{gone:#?}");
}

#[tokio::test]
async fn ctrl_c_stops_the_query_and_says_what_is_billed() {
    let Some(system) = system().await else { return };
    let athena = Athena::start(Fate::never_ends()).await;
    let mut tool = on(&system, &athena, &["SELECT 1"]).await;
    let process = tool.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let looked = async || (athena.asked("GetQueryExecution").len() > 1).then_some(());
    system.until("looks at the query", looked).await;
    signal(&process, "INT").await;
    let stopped: Said = process.wait_with_output().await.unwrap().into();
    assert_eq!(stopped.code, Some(130), "{stopped:#?}");
    let words = format!("stopped the query {ID}; Athena bills the 2.00 GB that it had read");
    assert!(stopped.stderr.contains(&words), "{stopped:#?}");
    assert_eq!(athena.asked("StopQueryExecution"), [json!({"QueryExecutionId": ID})]);
    assert_eq!(athena.asked("StartQueryExecution").len(), 1);
}

#[tokio::test]
async fn without_a_stack_for_queries_the_error_names_the_command_that_deploys_it() {
    let Some(system) = Moto::start_with(Setup::usual()).await else { return };
    let missing = system.run(&["query", "--list"]).await;
    let words = format!("deploy it with `queries/deploy.sh {}`", system.stack_name());
    assert!(missing.code == Some(1) && missing.stderr.contains(&words), "{missing:#?}");
    publish(&system, "workgroup", "queries\u{1b}[2J").await;
    publish(&system, "database", DATABASE).await;
    let strange = system.run(&["query", "SELECT 1"]).await;
    assert!(strange.code == Some(1) && strange.stderr.contains("has control characters"), "{strange:#?}");
}

#[tokio::test]
async fn a_statement_that_may_write_reaches_no_athena() {
    let Some(system) = system().await else { return };
    let athena = Athena::start(Fate::ends("SUCCEEDED", "")).await;
    let mut tool = on(&system, &athena, &["-"]).await;
    let process = tool.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = process.spawn().unwrap();
    let mut stdin = process.stdin.take().unwrap();
    tokio::io::AsyncWriteExt::write_all(&mut stdin, b"-- SELECT\nINSERT INTO emails VALUES ('a')")
        .await
        .unwrap();
    drop(stdin);
    let refused: Said = process.wait_with_output().await.unwrap().into();
    let words = "`mailroom query` only reads, so it does not run INSERT";
    assert!(refused.code == Some(1) && refused.stderr.contains(words), "{refused:#?}");
    assert!(athena.asked("StartQueryExecution").is_empty());
}

#[tokio::test]
async fn for_this_machine_the_command_names_duckdb_and_asks_nobody() {
    let refused = said(mailroom(&["query", "--local", "--aws-port", "1", "--saved", "per-day"]).await).await;
    assert_eq!((refused.code, refused.stdout.as_str()), (Some(1), ""), "{refused:#?}");
    for words in
        ["Athena runs on AWS alone", "tests/queries/setup.sh", "queries/local.py DIR/mailroom-data-* per-day"]
    {
        assert!(refused.stderr.contains(words), "{words}: {refused:#?}");
    }
    for arguments in [&["query", "--stack", "a"][..], &["query", "SELECT 1", "--saved", "a", "--stack", "a"]]
    {
        assert_eq!(said(mailroom(arguments).await).await.code, Some(2), "{arguments:?}");
    }
}
