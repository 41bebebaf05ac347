//! The rows of a query's answer.

use super::execution::{Ended, Execution};
use crate::system::Explain;
use anyhow::Result;
use aws_sdk_athena::types::Row;
use serde::Serialize;
use terminal::text::Printable;

#[derive(Debug, Default)]
pub(crate) struct Rows {
    pub(crate) columns: Vec<Column>,
    /// Values as Athena writes them; `None` for SQL's NULL.
    pub(crate) rows: Vec<Vec<Option<String>>>,
    /// True if the answer has more rows than these.
    pub(crate) more: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Column {
    pub(crate) name: Printable,
    /// Athena's name of it, such as `bigint`.
    pub(crate) r#type: Printable,
}

impl Rows {
    pub(crate) async fn read(execution: &Execution<'_>, ended: &Ended, max: u64) -> Result<Self> {
        let max = usize::try_from(max).unwrap_or(usize::MAX);
        let ask = execution.system.athena.get_query_results().query_execution_id(&execution.id);
        let mut pages = ask.into_paginator().send();
        let mut all = Self::default();
        let mut first = true;
        while let Some(page) = pages.next().await {
            let page = page.explain(format!("can't read the answer of the query {}", execution.id))?;
            let Some(set) = page.result_set() else { continue };
            let mut rows = set.rows();
            if std::mem::take(&mut first) {
                let columns = set.result_set_metadata().map(|metadata| metadata.column_info());
                let columns = columns.unwrap_or_default().iter();
                all.columns = columns
                    .map(|column| Column { name: column.name().into(), r#type: column.r#type().into() })
                    .collect();
                rows = without_header(rows, &all.columns, ended);
            }
            all.rows.extend(rows.iter().map(values));
            if all.rows.len() > max {
                break;
            }
        }
        all.more = all.rows.len() > max;
        all.rows.truncate(max);
        Ok(all)
    }
}

/// The first row of a query's answer holds the columns' names. Statements such as SHOW have no such row.
fn without_header<'a>(rows: &'a [Row], columns: &[Column], ended: &Ended) -> &'a [Row] {
    let is_header = |row: &Row| {
        let names = columns.iter().map(|column| column.name.clone());
        names.eq(row.data().iter().map(|datum| Printable::from(datum.var_char_value().unwrap_or_default())))
    };
    match rows.split_first() {
        Some((first, rest)) if ended.is_query && is_header(first) => rest,
        _ => rows,
    }
}

fn values(row: &Row) -> Vec<Option<String>> {
    row.data().iter().map(|datum| datum.var_char_value().map(str::to_owned)).collect()
}
