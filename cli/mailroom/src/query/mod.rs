//! `mailroom query`: SQL over the emails, by Athena.
//!
//! - `place`: the workgroup and the database of the queries' stack;
//! - `statement`: the statement to run, which only reads; `saved`: the workgroup's saved queries;
//! - `execution`: starts a query, waits for its end, and stops it on Ctrl-C;
//! - `failure`: the meaning of Athena's words for a failure;
//! - `results`: the rows; `cost`: what they cost;
//! - `report`: the printed answer.

mod cost;
mod execution;
mod failure;
mod place;
mod report;
mod results;
mod saved;
mod statement;

use crate::report::Report;
use crate::system::{Common, System};
use anyhow::{Result, ensure};
use clap::ArgGroup;
use execution::{Execution, Wait};
use place::Place;
use report::QueryReport;
use results::Rows;
use statement::Statement;
use std::io::Write;
use terminal::{Interrupt, Outcome};

const HELP: &str = "\
Examples:
  mailroom query --stack mailroom --list
  mailroom query --stack mailroom --saved per-day
  mailroom query --stack mailroom --saved search --parameter invoice
  mailroom query --stack mailroom \"SELECT email_subject FROM emails WHERE email_sender = 'John doe'\"

The tables are emails, with each email once, and emails_by_day, batches, stored_emails and requests; queries/README.md \
describes them. The queries' stack must be deployed beside the stack: queries/deploy.sh.

A query costs 5 dollars for each TB that it reads, 10 MB at least, and S3's price for each object, 0.40 dollars a million. \
Ctrl-C stops it; Athena bills what it has read.

Exit codes: 0 success, 1 error, 130 interrupted.";

const LOCAL: &str = "\
Athena runs on AWS alone, so `mailroom query` has nothing to ask here. DuckDB runs the same statements over the files of \
`mailroom up --data DIR`: tests/queries/setup.sh installs it, and `target/venv-duckdb/bin/python queries/local.py \
DIR/mailroom-data-* per-day` runs a saved query (queries/README.md)";

#[derive(clap::Args)]
#[command(after_help = HELP, group(ArgGroup::new("question").required(true)))]
pub(crate) struct Options {
    /// The statement, in Athena's SQL; - reads it from stdin
    #[arg(value_name = "SQL", group = "question")]
    statement: Option<String>,
    /// Run a saved query
    #[arg(long, value_name = "NAME", group = "question")]
    saved: Option<String>,
    /// List the saved queries
    #[arg(long, group = "question")]
    list: bool,
    /// The text for a ? in the statement; once for each, in their order
    #[arg(long = "parameter", value_name = "TEXT", allow_hyphen_values = true, conflicts_with = "list")]
    parameters: Vec<String>,
    /// Print at most this many rows
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u64).range(1..))]
    max: u64,
    #[command(flatten)]
    common: Common,
}

pub(crate) async fn run(options: Options) -> Result<Outcome> {
    ensure!(!options.common.target.local, LOCAL);
    let interrupt = Interrupt::listen()?;
    let found = async {
        let system = System::find(&options.common).await?;
        let place = Place::find(&system).await?;
        Ok::<_, anyhow::Error>((system, place))
    };
    let Some((system, place)) = interrupt.run(found).await.transpose()? else {
        return Ok(Outcome::Interrupted);
    };
    if options.list {
        let list = interrupt.run(saved::list(&system, &place)).await.transpose()?;
        return list.map_or(Ok(Outcome::Interrupted), |list| list.print(&system, &options.common.output));
    }
    let statement = interrupt.run(Statement::read(&options, &system, &place)).await.transpose()?;
    let Some(statement) = statement else { return Ok(Outcome::Interrupted) };
    query(&options, &system, &place, &statement, &interrupt).await
}

async fn query(
    options: &Options,
    system: &System,
    place: &Place,
    statement: &Statement,
    interrupt: &Interrupt,
) -> Result<Outcome> {
    let Some(execution) = Execution::start(system, place, statement, interrupt).await? else {
        return Ok(Outcome::Interrupted);
    };
    let ended = match execution.wait(interrupt).await? {
        Wait::Ended(ended) => ended,
        Wait::Stopped(read) => {
            // If stderr is closed, only the exit code tells it.
            let _ = writeln!(std::io::stderr(), "mailroom: stopped the query {}; {read}", execution.id);
            return Ok(Outcome::Interrupted);
        }
    };
    failure::check(&ended, system)?;
    let read = Rows::read(&execution, &ended, options.max);
    let Some(rows) = interrupt.run(read).await.transpose()? else { return Ok(Outcome::Interrupted) };
    let rows_read = interrupt.run(execution.rows_read()).await.flatten();
    QueryReport::new(&execution, &ended, rows, rows_read).print(system, &options.common.output)
}
