//! The statement to run.

use super::place::Place;
use super::{Options, saved};
use crate::system::System;
use anyhow::{Context, Result, ensure};
use std::io::Read;
use terminal::text::printable;

/// The longest statement that Athena takes, in bytes (`StartQueryExecution`, Athena API reference).
const LONGEST: usize = 262_144;
/// The first words of statements that read. All others may write: `INSERT` and `UNLOAD` could write into the emails' bucket.
const READING: [&str; 8] = ["select", "with", "values", "table", "show", "describe", "desc", "explain"];

pub(crate) struct Statement {
    pub(crate) sql: String,
    /// SQL's literals for its question marks.
    pub(crate) parameters: Vec<String>,
}

impl Statement {
    pub(crate) async fn read(options: &Options, system: &System, place: &Place) -> Result<Self> {
        let sql = match (&options.saved, options.statement.as_deref()) {
            (Some(name), _) => saved::find(system, place, name).await?,
            (None, Some("-")) => {
                // A thread of its own, so that Ctrl-C ends the wait.
                let read = || std::io::read_to_string(std::io::stdin().take(LONGEST as u64 + 1));
                tokio::task::spawn_blocking(read).await?.context("can't read the statement from stdin")?
            }
            (None, statement) => statement.unwrap_or_default().to_owned(),
        };
        let sql = sql.trim().trim_end_matches(';').trim_end().to_owned();
        ensure!(
            sql.len() <= LONGEST,
            "the statement is longer than {LONGEST} bytes, the most that Athena takes"
        );
        ensure_reads(&sql)?;
        let parameters = options.parameters.iter().map(|text| literal(text)).collect();
        Ok(Self { sql, parameters })
    }
}

fn ensure_reads(sql: &str) -> Result<()> {
    let mut words = words(sql);
    let (first, second) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    ensure!(!first.is_empty(), "the statement is empty: give SQL, such as \"SELECT count(*) FROM emails\"");
    // EXPLAIN ANALYZE runs the statement behind it.
    ensure!(
        READING.contains(&first.as_str()) && !(first == "explain" && second == "analyze"),
        "`mailroom query` only reads, so it does not run {}: begin with SELECT or WITH, or use Athena's console",
        printable(&if first == "explain" { "EXPLAIN ANALYZE".to_owned() } else { first.to_uppercase() })
    );
    Ok(())
}

/// The words of a statement in lower case, without comments and brackets.
fn words(sql: &str) -> impl Iterator<Item = String> {
    let mut rest = sql;
    std::iter::from_fn(move || {
        loop {
            rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '(' || c == ';');
            rest = if let Some(comment) = rest.strip_prefix("--") {
                comment.split_once('\n').map_or("", |(_, after)| after)
            } else if let Some(comment) = rest.strip_prefix("/*") {
                comment.split_once("*/").map_or("", |(_, after)| after)
            } else {
                break;
            };
        }
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
        let end = if end == 0 { rest.chars().next()?.len_utf8() } else { end };
        let word;
        (word, rest) = rest.split_at(end);
        Some(word.to_lowercase())
    })
}

/// A text as SQL writes it. Athena puts it in place of the question mark.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_that_may_write_is_refused_by_its_first_word() {
        for sql in [
            "SELECT 1",
            "\n\t(select 1) UNION (select 2)",
            "-- per day; INSERT\n/* DROP */ WITH a AS (SELECT 1) SELECT * FROM a",
            "VALUES 1",
            "TABLE emails",
            "SHOW TABLES",
            "DESCRIBE emails",
            "EXPLAIN SELECT 1",
        ] {
            ensure_reads(sql).unwrap();
        }
        for (sql, named) in [
            ("INSERT INTO emails VALUES ('a')", "INSERT"),
            ("unload (SELECT 1) TO 's3://a/'", "UNLOAD"),
            ("-- SELECT\nDROP TABLE emails", "DROP"),
            ("/* SELECT */CREATE TABLE a AS SELECT 1", "CREATE"),
            ("EXPLAIN /* */ (ANALYZE INSERT INTO a SELECT 1)", "EXPLAIN ANALYZE"),
            ("selects", "SELECTS"),
            ("\u{1b}[2J", "\u{fffd}"),
            ("'SELECT'", "'"),
        ] {
            let error = ensure_reads(sql).unwrap_err().to_string();
            assert!(error.contains(&format!("does not run {named}: ")), "{sql}: {error}");
        }
        for sql in ["", " \n", "-- a", "/* a", "("] {
            assert!(ensure_reads(sql).unwrap_err().to_string().contains("is empty"), "{sql}");
        }
    }

    #[test]
    fn a_parameter_is_a_text_whatever_is_in_it() {
        for (text, expected) in
            [("a", "'a'"), ("", "''"), ("o'clock", "'o''clock'"), ("' OR '1'='1", "''' OR ''1''=''1'")]
        {
            assert_eq!(literal(text), expected);
        }
    }
}
