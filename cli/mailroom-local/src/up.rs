//! `mailroom up`: everything, until Ctrl-C.

use crate::email_page::EmailPage;
use crate::greeting::greeting;
use crate::screen::Screen;
use crate::show::Show;
use crate::template;
use anyhow::{Context, Result};
use sandbox::TimeScale;
use sandbox::events::Event;
use sandbox::lambda::BuildOutput;
use sandbox::services::faults::{Chaos, Faults};
use sandbox::services::guard::Guard;
use sandbox::stack::Endpoint;
use sandbox::{Stack, StackError};
use std::path::Path;
use std::time::Duration;
use terminal::{Interrupt, Outcome, options::Up};
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio::time::timeout;

pub(crate) const STACK_NAME: &str = "mailroom";
/// The functions' setting that names the token's parameter.
const TOKEN_SETTING: &str = "SSM_TOKEN_PARAMETER";
/// How long the stack may take to stop in order before it is killed: a person waits after Ctrl-C.
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
    let stack = stack?;
    let _page = EmailPage::start(&stack);
    let events = stack.events();
    let token = options.token.clone().unwrap_or_else(|| uuid::Uuid::new_v4().simple().to_string());
    set_token(&stack, &token)?;
    screen.line(greeting(&stack, &token, options, time_scale));
    let faults = stack.aws().faults().clone();
    if let Some(seed) = options.chaos {
        faults.set_chaos(Chaos::new(seed));
    }

    let show = if options.aws_only { Show::new().with_queued() } else { Show::new() };
    interrupt.run(follow(events, show, screen)).await;
    screen.line(format!("{}\nStopping ...", summary(&faults)));
    match interrupt.finish(timeout(STOP_TIMEOUT, stack.stop())).await {
        Some(Ok(())) => screen.line("Stopped."),
        Some(Err(_)) => screen.line("Stopped. A function that was still at work was killed."),
        None => screen.line("Stopped at once. A function that was still at work was killed."),
    }
    Ok(())
}

async fn start(options: &Up, time_scale: TimeScale, guard: Guard, screen: &mut Screen) -> Result<Stack> {
    let mut stack = Stack::from_template(template::find(options.template.clone())?)
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

/// Puts the token into the parameter that the functions read, which is done by hand on AWS.
pub(crate) fn set_token(stack: &Stack, token: &str) -> Result<()> {
    let settings =
        stack.template().functions.iter().filter_map(|function| function.environment.get(TOKEN_SETTING));
    for parameter in settings {
        stack.aws().ssm().put_secure_string(parameter, token).context("--token: SSM refuses the value")?;
    }
    Ok(())
}

async fn follow(mut events: Receiver<Event>, mut show: Show, screen: &mut Screen) {
    loop {
        match events.recv().await {
            Ok(event) => {
                if let Some(line) = show.line(&event) {
                    screen.line(line);
                }
            }
            Err(RecvError::Lagged(missed)) => screen.line(format!("          ... and {missed} more")),
            Err(RecvError::Closed) => return,
        }
    }
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
