//! `mailroom up`: everything, until Ctrl-C.

use crate::email_page::EmailPage;
use crate::greeting::greeting;
use crate::journal::Journal;
use crate::screen::Screen;
use crate::show::Show;
use crate::tally::{Queued, Tally};
use crate::template;
use anyhow::{Context, Result};
use sandbox::TimeScale;
use sandbox::events::Event;
use sandbox::lambda::BuildOutput;
use sandbox::services::faults::{Chaos, Faults};
use sandbox::services::guard::Guard;
use sandbox::services::ssm::{ParameterType, Ssm};
use sandbox::stack::Endpoint;
use sandbox::{Stack, StackBuilder, StackError};
use std::path::Path;
use std::time::Duration;
use terminal::options::{Parameter, Up};
use terminal::{Interrupt, Outcome};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::time::timeout;

pub(crate) const STACK_NAME: &str = "mailroom";
/// The functions' setting that names the token's parameter.
const TOKEN_SETTING: &str = "SSM_TOKEN_PARAMETER";
/// The time that queued emails have after Ctrl-C. A batch in progress has its function's timeout.
const DRAIN: Duration = Duration::from_secs(5);
/// The time that idle functions have to end.
const STOP_TIMEOUT: Duration = Duration::from_millis(1_500);

pub(crate) async fn run(options: Up, time_scale: TimeScale, guard: Guard) -> Result<Outcome> {
    let interrupt = Interrupt::listen()?;
    let mut screen = Screen::open()?;
    let done = up(&options, time_scale, guard, &interrupt, &mut screen).await;
    screen.close().await;
    done.map(|()| Outcome::Success)
}

async fn up(
    options: &Up,
    time_scale: TimeScale,
    guard: Guard,
    interrupt: &Interrupt,
    screen: &mut Screen,
) -> Result<()> {
    let Some(stack) = interrupt.run(start(options, time_scale, guard, screen)).await else {
        screen.line("\nStopped before it had started.");
        return Ok(());
    };
    let mut stack = stack?;
    let _page = EmailPage::start(&stack);
    let mut events = stack.events();
    let token = match (options.token.clone(), kept_token(&stack)) {
        (None, Some(kept)) => kept,
        (given, _) => {
            let token = given.unwrap_or_else(|| uuid::Uuid::new_v4().simple().to_string());
            set_token(&stack, &token)?;
            token
        }
    };
    screen.line(greeting(&stack, &token, options, time_scale));
    let faults = stack.aws().faults().clone();
    if let Some(seed) = options.chaos {
        faults.set_chaos(Chaos::new(seed));
    }

    let mut show = Show::new(Tally::default(), Journal::of(&stack));
    if options.aws_only {
        show = show.with_queued();
    }
    interrupt.run(follow(&mut events, &mut show, screen)).await;
    screen.line(summary(&faults) + &format!("\nStopping. {}", waiting()));
    let drained = interrupt.finish(async {
        tokio::select! {
            () = stack.drain(DRAIN) => {}
            () = follow(&mut events, &mut show, screen) => {}
        }
    });
    let drained = drained.await.is_some();
    follow_to_now(&mut events, &mut show, screen);
    let data = match &options.data {
        Some(data) => Some((data.as_path(), stack.aws().durable().await)),
        None => None,
    };
    screen.line(show.tally().report(&Queued::now(&stack), data));
    let stopped = if drained { interrupt.finish(timeout(STOP_TIMEOUT, stack.stop())).await } else { None };
    screen.line(match stopped {
        Some(Ok(())) => "Stopped.",
        Some(Err(_)) => "Stopped. Functions that did not end in time were killed.",
        None => "Stopped at once. Functions at work were killed.",
    });
    Ok(())
}

fn waiting() -> String {
    format!(
        "Queued emails have {} s, batches in progress the timeout of their function. Ctrl-C again stops at once.",
        DRAIN.as_secs()
    )
}

async fn start(options: &Up, time_scale: TimeScale, guard: Guard, screen: &mut Screen) -> Result<Stack> {
    let template = template::find(options.template.clone())?;
    let mut stack = with_parameters(Stack::from_template(template), &options.parameters)
        .stack_name(STACK_NAME)
        .port(options.port)
        .aws_port(options.aws_port)
        .time_scale(time_scale)
        .functions(!options.aws_only)
        .guard(guard)
        .build_output(BuildOutput::Shown);
    if let Some(data) = &options.data {
        std::fs::create_dir_all(data)
            .with_context(|| format!("--data: can't create the directory {}", data.display()))?;
        keep_objects(data)?;
        stack = stack.data(data);
    }
    if !options.aws_only {
        screen.line("Building the functions (minutes the first time, then seconds).");
    }
    stack.start().await.map_err(with_option)
}

/// The sandbox refuses names that the template doesn't have, and values that it doesn't allow.
pub(crate) fn with_parameters(stack: StackBuilder, parameters: &[Parameter]) -> StackBuilder {
    parameters.iter().fold(stack, |stack, (name, value)| stack.parameter(name, value))
}

/// The sandbox's own directory in `--data` was called `.mailroom` once. Under that name it would not find the objects.
fn keep_objects(data: &Path) -> Result<()> {
    let (old, new) = (data.join(".mailroom"), data.join(".sandbox"));
    if old.is_dir() && !new.exists() {
        std::fs::rename(&old, &new)
            .with_context(|| format!("--data: can't rename {} to {}", old.display(), new.display()))?;
    }
    Ok(())
}

/// Names the option that sets the port that is taken.
fn with_option(error: StackError) -> anyhow::Error {
    let option = match &error {
        StackError::Port { endpoint: Endpoint::LoadBalancer, .. } => "--port",
        StackError::Port { endpoint: Endpoint::Services, .. } => "--aws-port",
        _ => return error.into(),
    };
    anyhow::Error::from(error).context(format!("use {option} for another port"))
}

/// The faults that `--chaos` injected; empty if there were none.
fn summary(faults: &Faults) -> String {
    let met = faults.met();
    if met.is_empty() {
        return String::new();
    }
    let lines = met.iter().map(|((operation, fault), count)| format!("  {count:>6}  {operation}: {fault}\n"));
    format!("\nInjected faults:\n{}", lines.collect::<String>())
}

/// The newest token in the data directory: clients keep using it.
fn kept_token(stack: &Stack) -> Option<String> {
    token_parameters(stack).find_map(|parameter| newest_token(stack.aws().ssm(), parameter))
}

/// The first line of the parameter, if it has a token.
pub(crate) fn newest_token(ssm: &Ssm, parameter: &str) -> Option<String> {
    ssm.value(parameter)?.lines().find(|line| !line.trim().is_empty()).map(str::to_owned)
}

pub(crate) fn token_parameters(stack: &Stack) -> impl Iterator<Item = &String> {
    stack.template().functions.iter().filter_map(|function| function.environment.get(TOKEN_SETTING))
}

/// Puts the token into the parameter that the functions read, which is done by hand on AWS.
pub(crate) fn set_token(stack: &Stack, token: &str) -> Result<()> {
    for parameter in token_parameters(stack) {
        let kind = ParameterType::SecureString;
        stack.aws().ssm().ensure(parameter, kind, token).context("--token: SSM refuses the value")?;
    }
    Ok(())
}

async fn follow(events: &mut Receiver<Event>, show: &mut Show, screen: &mut Screen) {
    loop {
        match events.recv().await {
            Ok(event) => print(&event, show, screen),
            Err(RecvError::Lagged(missed)) => miss(missed, show, screen),
            Err(RecvError::Closed) => return,
        }
    }
}

/// Shows the events up to now.
fn follow_to_now(events: &mut Receiver<Event>, show: &mut Show, screen: &mut Screen) {
    loop {
        match events.try_recv() {
            Ok(event) => print(&event, show, screen),
            Err(TryRecvError::Lagged(missed)) => miss(missed, show, screen),
            Err(TryRecvError::Empty | TryRecvError::Closed) => return,
        }
    }
}

fn print(event: &Event, show: &mut Show, screen: &mut Screen) {
    if let Some(line) = show.line(event) {
        screen.line(line);
    }
}

fn miss(events: u64, show: &mut Show, screen: &mut Screen) {
    show.tally().miss(events);
    screen.line(format!("          ... and {events} more"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_data_directory_of_an_older_version_keeps_its_objects() {
        let data = tempfile::tempdir().unwrap();
        std::fs::create_dir(data.path().join(".mailroom")).unwrap();
        std::fs::write(data.path().join(".mailroom/a"), "").unwrap();
        keep_objects(data.path()).unwrap();
        keep_objects(data.path()).unwrap();
        assert!(data.path().join(".sandbox/a").is_file());
    }
}
