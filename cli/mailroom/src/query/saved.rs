//! The saved queries of the workgroup.

use super::place::Place;
use crate::report::Report;
use crate::system::{Explain, System};
use anyhow::{Context, Result, bail};
use aws_sdk_athena::types::NamedQuery;
use futures::{StreamExt, TryStreamExt, stream};
use serde::Serialize;
use std::fmt::Write;
use terminal::Outcome;
use terminal::style::{BOLD, DIM};
use terminal::text::{Printable, printable};

/// Saved queries that are asked for at a time.
const AT_ONCE: usize = 4;

#[derive(Serialize)]
pub(crate) struct List {
    stack: String,
    saved: Vec<Saved>,
}

#[derive(Serialize)]
struct Saved {
    name: Printable,
    description: Printable,
    sql: String,
}

pub(crate) async fn list(system: &System, place: &Place) -> Result<List> {
    let saved = all(system, place).await?.into_iter().map(|query| Saved {
        name: query.name().into(),
        description: description(&query).into(),
        sql: query.query_string().to_owned(),
    });
    Ok(List { stack: system.name.clone(), saved: saved.collect() })
}

/// The statement of a saved query.
pub(crate) async fn find(system: &System, place: &Place, name: &str) -> Result<String> {
    let all = all(system, place).await?;
    if let Some(query) = all.iter().find(|query| query.name() == name) {
        return Ok(query.query_string().to_owned());
    }
    let names: Vec<_> = all.iter().map(|query| printable(query.name())).collect();
    bail!(
        "the workgroup {} has no saved query {}: it has {}",
        place.workgroup,
        printable(name),
        if names.is_empty() { "none".to_owned() } else { names.join(", ") }
    )
}

/// By name.
async fn all(system: &System, place: &Place) -> Result<Vec<NamedQuery>> {
    let what = format!("can't list the saved queries of the workgroup {}", place.workgroup);
    let mut pages = system.athena.list_named_queries().work_group(&place.workgroup).into_paginator().send();
    let mut ids = Vec::new();
    while let Some(page) = pages.next().await {
        ids.extend_from_slice(page.explain(&what)?.named_query_ids());
    }
    let read = |id: String| async {
        let answer = system.athena.get_named_query().named_query_id(id).send().await.explain(&what)?;
        answer.named_query.context("Athena answered without the saved query")
    };
    let mut all: Vec<_> = stream::iter(ids).map(read).buffered(AT_ONCE).try_collect().await?;
    all.sort_by(|a, b| a.name().cmp(b.name()));
    Ok(all)
}

/// The query's own, or the comment at its beginning.
fn description(query: &NamedQuery) -> String {
    if let Some(own) = query.description().filter(|own| !own.is_empty()) {
        return own.to_owned();
    }
    let lines = query.query_string().lines().map_while(|line| line.strip_prefix("--"));
    lines.map(str::trim).collect::<Vec<_>>().join(" ")
}

impl Report for List {
    fn text(&self) -> String {
        if self.saved.is_empty() {
            return "The workgroup has no saved query.\n".to_owned();
        }
        let mut text = String::new();
        for Saved { name, description, .. } in &self.saved {
            // A String takes every write.
            let _ = writeln!(text, "{BOLD}{name}{BOLD:#}\n  {DIM}{description}{DIM:#}");
        }
        text + "\nRun one with --saved NAME.\n"
    }

    fn outcome(&self) -> Outcome {
        Outcome::Success
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(description: Option<&str>, sql: &str) -> NamedQuery {
        let query = NamedQuery::builder().name("a").database("b").query_string(sql);
        query.set_description(description.map(str::to_owned)).build().unwrap()
    }

    #[test]
    fn a_saved_query_is_described_by_the_comment_at_its_beginning() {
        let sql = "-- Emails per day,\n-- in UTC.\nSELECT 1\n-- the end";
        assert_eq!(description(&query(None, sql)), "Emails per day, in UTC.");
        assert_eq!(description(&query(Some(""), sql)), "Emails per day, in UTC.");
        assert_eq!(description(&query(Some("Mine"), sql)), "Mine");
        assert_eq!(description(&query(None, "SELECT 1")), "");
    }
}
