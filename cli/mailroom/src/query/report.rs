//! The report of a query: its rows and its price.

use super::cost;
use super::execution::{Ended, Execution};
use super::results::{Column, Rows};
use crate::report::{Report, count};
use comfy_table::{Cell, CellAlignment, ContentArrangement, Table, presets::UTF8_FULL_CONDENSED};
use indicatif::DecimalBytes;
use serde::Serialize;
use terminal::Outcome;
use terminal::style::{DIM, WARNING};
use terminal::text::printable;

/// Characters of a value that the table shows. An email's content may have a million.
const LONGEST_VALUE: usize = 200;
/// Types whose values line up at the right.
const NUMBERS: [&str; 8] = ["tinyint", "smallint", "integer", "bigint", "real", "float", "double", "decimal"];

#[derive(Serialize)]
pub(crate) struct QueryReport {
    stack: String,
    query_id: String,
    columns: Vec<Column>,
    rows: Vec<Vec<Option<String>>>,
    /// True if the answer has more rows than these.
    more: bool,
    milliseconds: u64,
    scanned_bytes: u64,
    /// Rows that Athena has read. Nothing if it didn't tell.
    rows_read: Option<u64>,
    /// Athena's price.
    athena_dollars: f64,
    /// S3's price at most: each row that was read is an object, or less.
    requests_dollars: Option<f64>,
}

impl QueryReport {
    pub(crate) fn new(execution: &Execution<'_>, ended: &Ended, rows: Rows, rows_read: Option<u64>) -> Self {
        let Rows { columns, rows, more } = rows;
        Self {
            stack: execution.system.name.clone(),
            query_id: execution.id.clone(),
            columns,
            rows,
            more,
            milliseconds: u64::try_from(ended.time.as_millis()).unwrap_or(u64::MAX),
            scanned_bytes: ended.scanned_bytes,
            rows_read,
            athena_dollars: if ended.is_query { cost::of_bytes(ended.scanned_bytes) } else { 0.0 },
            requests_dollars: rows_read.map(cost::of_objects),
        }
    }

    /// A table, and the number of values that it cuts.
    fn table(&self) -> (Table, usize) {
        let (mut table, mut cut) = (Table::new(), 0);
        table.load_style(UTF8_FULL_CONDENSED);
        if let Some((terminal_size::Width(width), _)) = terminal_size::terminal_size_of(std::io::stdout()) {
            table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
        }
        let is_number = |column: &Column| NUMBERS.contains(&column.r#type.as_str());
        table.set_header(self.columns.iter().map(|column| column.name.as_str()));
        for row in &self.rows {
            table.add_row(row.iter().enumerate().map(|(index, value)| {
                let (text, is_cut) = shown(value.as_deref());
                cut += usize::from(is_cut);
                let right = self.columns.get(index).is_some_and(is_number);
                Cell::new(text).set_alignment(if right { CellAlignment::Right } else { CellAlignment::Left })
            }));
        }
        (table, cut)
    }

    fn costs(&self) -> String {
        let (read, seconds) = (DecimalBytes(self.scanned_bytes), self.milliseconds as f64 / 1_000.0);
        let mut text = format!("{DIM}Read {read} in {seconds:.1} s: ");
        if self.athena_dollars == 0.0 {
            return text + &format!("Athena bills nothing for such a statement.{DIM:#}\n");
        }
        text += &format!("{} dollars", cost::shown(self.athena_dollars));
        if let (Some(rows), Some(dollars)) = (self.rows_read, self.requests_dollars) {
            let rows = count(rows, "row");
            text += &format!(
                ", and S3's price for the objects of {rows}, at most {} dollars",
                cost::shown(dollars)
            );
        } else {
            text += ", and S3's price for each object, 0.40 dollars a million";
        }
        text + &format!(". Prices of us-east-1.{DIM:#}\n")
    }
}

/// A value for a person: lines stay lines, but no character controls the terminal. True if it is cut.
fn shown(value: Option<&str>) -> (String, bool) {
    let Some(value) = value else { return ("null".to_owned(), false) };
    let end = value.char_indices().nth(LONGEST_VALUE).map(|(end, _)| end);
    let lines = value[..end.unwrap_or(value.len())].lines().map(printable);
    let text = lines.collect::<Vec<_>>().join("\n");
    if end.is_some() { (text + "...", true) } else { (text, false) }
}

impl Report for QueryReport {
    fn text(&self) -> String {
        let (table, cut) = self.table();
        let mut text = if self.rows.is_empty() { String::new() } else { format!("{table}\n") };
        let rows = count(self.rows.len() as u64, "row");
        text += &match self.more {
            true => format!("{WARNING}The first {rows}; there are more.{WARNING:#} --max N shows more.\n"),
            false => format!("{rows}\n"),
        };
        if cut > 0 {
            let values = count(cut as u64, "value");
            text += &format!("{values} cut after {LONGEST_VALUE} characters; --json has them whole.\n");
        }
        text + &self.costs()
    }

    fn outcome(&self) -> Outcome {
        Outcome::Success
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(rows: &[&[Option<&str>]], more: bool) -> QueryReport {
        let column = |name: &str, r#type: &str| Column { name: name.into(), r#type: r#type.into() };
        QueryReport {
            stack: "prod".to_owned(),
            query_id: "1".to_owned(),
            columns: vec![column("sender", "varchar"), column("emails", "bigint")],
            rows: rows.iter().map(|row| row.iter().map(|value| value.map(str::to_owned)).collect()).collect(),
            more,
            milliseconds: 1_240,
            scanned_bytes: 2_000_000_000,
            rows_read: Some(1_000_000),
            athena_dollars: 0.01,
            requests_dollars: Some(0.4),
        }
    }

    #[test]
    fn an_answer_is_a_table_with_its_costs() {
        let text = report(&[&[Some("John doe"), Some("12")], &[None, Some("3")]], false).text();
        let expected = "\
┌──────────┬────────┐
│ sender   ┆ emails │
╞══════════╪════════╡
│ John doe ┆     12 │
│ null     ┆      3 │
└──────────┴────────┘
2 rows
Read 2.00 GB in 1.2 s: 0.01 dollars, and S3's price for the objects of 1,000,000 rows, at most 0.40 dollars. Prices of \
us-east-1.
";
        assert_eq!(anstream::adapter::strip_str(&text).to_string(), expected);
    }

    #[test]
    fn no_value_can_control_the_terminal_or_fill_it() {
        let long = "x".repeat(1_000_000);
        let text = report(&[&[Some("\u{1b}[2J\u{202e}a\r\nb"), Some(&long)]], false).text();
        assert!(text.contains("\u{fffd}[2J\u{fffd}a ") && text.contains("│ b "), "{text}");
        assert!(text.contains("1 value cut after 200 characters"), "{text}");
        assert!(text.len() < 5_000, "{} bytes", text.len());
    }

    #[test]
    fn an_answer_that_is_cut_says_so_and_an_empty_one_has_no_table() {
        assert!(report(&[&[Some("a"), None]], true).text().contains("The first 1 row; there are more."));
        assert!(report(&[], false).text().starts_with("0 rows\n"));
    }
}
