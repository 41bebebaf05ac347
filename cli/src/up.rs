//! `mailroom up`: everything, until Ctrl-C.

use crate::args::Up;
use crate::greeting::greeting;
use crate::interrupt::Interrupt;
use crate::show::Show;
use crate::template;
use anstream::{print, println};
use anyhow::{Context, Result};
use sandbox::events::Event;
use sandbox::lambda::BuildOutput;
use sandbox::services::faults::{Chaos, Faults};
use sandbox::stack::Endpoint;
use sandbox::{Stack, StackError};
use std::time::Duration;
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio::time::timeout;

/// What a stack of the command line is called.
pub(crate) const STACK_NAME: &str = "mailroom";
/// The setting that names the token's parameter.
const TOKEN_SETTING: &str = "SSM_TOKEN_PARAMETER";
/// How long the stack may take to stop in order before what is left of it is killed: nobody who pressed Ctrl-C likes
/// to wait.
const FAREWELL: Duration = Duration::from_millis(1_500);

pub(crate) async fn run(options: Up) -> Result<()> {
    let mut interrupt = Interrupt::new()?;
    let stack = tokio::select! {
        stack = start(&options) => stack?,
        () = interrupt.received() => {
            println!("\nStopped before it had started.");
            return Ok(());
        }
    };
    let events = stack.events();
    let token = options.token.clone().unwrap_or_else(|| uuid::Uuid::new_v4().simple().to_string());
    set_token(&stack, &token)?;
    println!("{}", greeting(&stack, &token, &options));
    let faults = stack.aws().faults().clone();
    if let Some(seed) = options.chaos {
        faults.set_chaos(Chaos::new(seed));
    }

    let show = if options.aws_only { Show::new().with_queued() } else { Show::new() };
    tokio::select! {
        () = follow(events, show) => {}
        () = interrupt.received() => {}
    }
    print!("{}", summary(&faults));
    println!("\nStopping ...");
    match timeout(FAREWELL, stack.stop()).await {
        Ok(()) => println!("Stopped."),
        Err(_) => println!("Stopped. A function that was still at work was killed."),
    }
    Ok(())
}

async fn start(options: &Up) -> Result<Stack> {
    let mut stack = Stack::from_template(template::find(options.template.clone())?)
        .stack_name(STACK_NAME)
        .port(options.port)
        .aws_port(options.aws_port)
        .time_scale(options.time_scale)
        .functions(!options.aws_only)
        .build_output(BuildOutput::Shown);
    if let Some(data) = &options.data {
        std::fs::create_dir_all(data).with_context(|| format!("--data: {} can't be made", data.display()))?;
        stack = stack.data(data);
    }
    if !options.aws_only {
        println!("Building the functions (minutes the first time, then seconds).");
    }
    stack.start().await.map_err(with_option)
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

/// How often what went wrong on purpose; nothing where nothing did.
fn summary(faults: &Faults) -> String {
    let met = faults.met();
    if met.is_empty() {
        return String::new();
    }
    let lines = met.iter().map(|((operation, fault), count)| format!("  {count:>6}  {operation}: {fault}\n"));
    format!("\nWent wrong on purpose:\n{}", lines.collect::<String>())
}

/// Puts the token where the functions look for it: what is done by hand on AWS.
pub(crate) fn set_token(stack: &Stack, token: &str) -> Result<()> {
    let settings =
        stack.template().functions.iter().filter_map(|function| function.environment.get(TOKEN_SETTING));
    for parameter in settings {
        stack.aws().ssm().put_secure_string(parameter, token).context("the token is no value for SSM")?;
    }
    Ok(())
}

async fn follow(mut events: Receiver<Event>, mut show: Show) {
    loop {
        match events.recv().await {
            Ok(event) => {
                if let Some(line) = show.line(&event) {
                    println!("{line}");
                }
            }
            Err(RecvError::Lagged(missed)) => println!("          ... and {missed} more"),
            Err(RecvError::Closed) => return,
        }
    }
}
