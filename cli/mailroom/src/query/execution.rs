//! One execution of a query.

use super::place::Place;
use super::statement::Statement;
use crate::report::spinner;
use crate::system::{Explain, System};
use anyhow::{Context, Result, anyhow};
use aws_sdk_athena::types::{QueryExecution, QueryExecutionContext, QueryExecutionState, StatementType};
use indicatif::{DecimalBytes, ProgressBar};
use std::time::Duration;
use terminal::Interrupt;
use terminal::text::printable;
use tokio::time::sleep;
use uuid::Uuid;

/// Between two looks: at first, and at most.
const PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

pub(crate) struct Execution<'a> {
    pub(crate) system: &'a System,
    pub(crate) id: String,
}

pub(crate) enum Wait {
    Ended(Ended),
    /// By a signal: what Athena had read.
    Stopped(String),
}

/// An execution that has ended, in whatever way.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) state: QueryExecutionState,
    /// Athena's reason for a failure, or empty.
    pub(crate) reason: String,
    /// SELECT and the like. Athena bills only these.
    pub(crate) is_query: bool,
    pub(crate) scanned_bytes: u64,
    pub(crate) time: Duration,
}

impl<'a> Execution<'a> {
    /// Nothing if a second signal came while Athena was asked. The first one doesn't cut that off: a query might run
    /// whose id nobody knows.
    pub(crate) async fn start(
        system: &'a System,
        place: &Place,
        statement: &Statement,
        interrupt: &Interrupt,
    ) -> Result<Option<Self>> {
        let context = QueryExecutionContext::builder().database(&place.database).build();
        let parameters = (!statement.parameters.is_empty()).then(|| statement.parameters.clone());
        let start = system.athena.start_query_execution().query_string(&statement.sql);
        let start = start.work_group(&place.workgroup).query_execution_context(context);
        // With the token, a retry starts no second query.
        let start = start.client_request_token(Uuid::new_v4().to_string());
        let answer = interrupt.finish(start.set_execution_parameters(parameters).send()).await;
        let Some(answer) = answer else { return Ok(None) };
        let answer = answer
            .explain(format!("Athena does not start the query in the workgroup {}", place.workgroup))?;
        let id = answer.query_execution_id.context("Athena answered without the query's id")?;
        // Messages contain it.
        Ok(Some(Self { system, id: printable(&id) }))
    }

    pub(crate) async fn wait(&self, interrupt: &Interrupt) -> Result<Wait> {
        let (bar, mut pause) = (spinner("bytes read"), PAUSE);
        loop {
            let Some(look) = interrupt.run(self.look(&bar)).await.transpose()? else {
                return self.stop(interrupt).await;
            };
            if let Some(ended) = look {
                bar.finish_and_clear();
                return Ok(Wait::Ended(ended));
            }
            interrupt.run(sleep(pause)).await;
            pause = LONGEST_PAUSE.min(pause * 2);
        }
    }

    async fn look(&self, bar: &ProgressBar) -> Result<Option<Ended>> {
        let answer = self.system.athena.get_query_execution().query_execution_id(&self.id).send().await;
        let answer = answer.explain(format!("can't see how the query {} goes, which may go on", self.id))?;
        let execution = answer.query_execution.context("Athena answered without the query")?;
        let ended = Ended::of(&execution);
        bar.set_position(ended.scanned_bytes);
        bar.set_message(printable(ended.state.as_str()).to_lowercase());
        let goes_on = matches!(ended.state, QueryExecutionState::Queued | QueryExecutionState::Running);
        Ok((!goes_on).then_some(ended))
    }

    async fn stop(&self, interrupt: &Interrupt) -> Result<Wait> {
        let goes_on = || {
            format!(
                "the query {id} was not stopped, and Athena bills what it reads: stop it with `aws athena \
                 stop-query-execution --query-execution-id {id}`",
                id = self.id
            )
        };
        let stop = self.system.athena.stop_query_execution().query_execution_id(&self.id).send();
        interrupt.finish(stop).await.ok_or_else(|| anyhow!(goes_on()))?.explain(goes_on())?;
        let read = interrupt.finish(self.look(&ProgressBar::hidden())).await;
        let ended = read.transpose().ok().flatten().flatten();
        Ok(Wait::Stopped(ended.map_or_else(
            || "Athena bills what it had read".to_owned(),
            |ended| format!("Athena bills the {} that it had read", DecimalBytes(ended.scanned_bytes)),
        )))
    }

    /// Nothing while Athena doesn't tell: the number is only for the costs, and comes later than the results.
    pub(crate) async fn rows_read(&self) -> Option<u64> {
        let ask = self.system.athena.get_query_runtime_statistics().query_execution_id(&self.id);
        let statistics = ask.send().await.ok()?.query_runtime_statistics?;
        statistics.rows?.input_rows?.try_into().ok()
    }
}

impl Ended {
    fn of(execution: &QueryExecution) -> Self {
        let (status, statistics) = (execution.status(), execution.statistics());
        let unsigned = |number: Option<i64>| number.and_then(|number| number.try_into().ok()).unwrap_or(0);
        let time = statistics.and_then(|statistics| statistics.total_execution_time_in_millis());
        let state = status.and_then(|status| status.state()).cloned();
        Self {
            state: state.unwrap_or(QueryExecutionState::Queued),
            reason: status.and_then(|status| status.state_change_reason()).unwrap_or_default().to_owned(),
            is_query: execution.statement_type() == Some(&StatementType::Dml),
            scanned_bytes: unsigned(statistics.and_then(|statistics| statistics.data_scanned_in_bytes())),
            time: Duration::from_millis(unsigned(time)),
        }
    }
}
