//! `mailroom up`: everything, until Ctrl-C.

use crate::args::Up;
use crate::interrupt::Interrupt;
use crate::show::Show;
use crate::style::{BOLD, DIM};
use crate::template;
use anstream::println;
use anyhow::{Context, Result};
use local::Stack;
use local::aws::{ACCESS_KEY_ID, SECRET_ACCESS_KEY};
use local::events::Event;
use local::lambda::BuildOutput;
use local::time_scale::TimeScale;
use std::collections::BTreeMap;
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
    let token = options.token.unwrap_or_else(|| uuid::Uuid::new_v4().simple().to_string());
    set_token(&stack, &token)?;
    println!("{}", greeting(&stack, &token, options.time_scale, options.aws_only));

    let show = if options.aws_only { Show::new().with_queued() } else { Show::new() };
    tokio::select! {
        () = follow(events, show) => {}
        () = interrupt.received() => {}
    }
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
    Ok(stack.start().await?)
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

fn greeting(stack: &Stack, token: &str, time_scale: TimeScale, aws_only: bool) -> String {
    let (url, aws_url) = (stack.url(), stack.aws().endpoint_url());
    let mut text = format!("\n{BOLD}Mailroom runs on this machine.{BOLD:#} Ctrl-C stops it.\n\n");
    if !aws_only {
        text += &format!("  {DIM}post emails to{DIM:#}   {url}/api/email\n");
    }
    text += &format!("  {DIM}SQS, S3 and SSM{DIM:#}  {aws_url}\n");
    for bucket in &stack.template().buckets {
        let directory = stack.aws().s3().directory(&bucket.name);
        text += &format!("  {DIM}objects{DIM:#}          {}\n", directory.display());
    }
    if time_scale != TimeScale::REAL_TIME {
        text += &format!(
            "  {DIM}time{DIM:#}             queue and mapping run {time_scale} times faster than on AWS\n"
        );
    }
    if aws_only {
        text += &format!("  {DIM}token{DIM:#}            {token}\n");
        text += "\nRun the functions elsewhere with this environment:\n\n";
        for (name, value) in function_environment(stack) {
            text += &format!("  export {name}='{value}'\n");
        }
    } else {
        text += &format!("\nPost one:\n\n  {}\n", curl(url, token));
    }
    text += &format!(
        "\nLook around with the AWS CLI:\n\n  export AWS_ENDPOINT_URL={aws_url} AWS_REGION=eu-central-1 \
         AWS_ACCESS_KEY_ID={ACCESS_KEY_ID} AWS_SECRET_ACCESS_KEY={SECRET_ACCESS_KEY}\n  aws s3 ls --recursive s3://{}\n",
        stack.template().buckets.first().map_or("", |bucket| &bucket.name)
    );
    text + &format!(
        "\n{DIM}From here on, a line for each email{}:{DIM:#}\n",
        if aws_only { "" } else { " when it is where it stays" }
    )
}

/// What all functions need together: their settings have different names.
fn function_environment(stack: &Stack) -> BTreeMap<String, String> {
    let mut environment: BTreeMap<_, _> = [
        ("AWS_ENDPOINT_URL", stack.aws().endpoint_url()),
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID),
        ("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    environment.extend(stack.template().functions.iter().flat_map(|function| function.environment.clone()));
    environment
}

/// A command to paste. It is quoted for a shell, since a token of one's own may hold anything.
fn curl(url: &str, token: &str) -> String {
    let body = serde_json::json!({
        "data": {
            "email_subject": "Happy new year",
            "email_sender": "John doe",
            "email_timestream": "1693561101",
            "email_content": "Just want to say happy new year"
        },
        "token": token,
    });
    format!("curl {url}/api/email --data '{}'", body.to_string().replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_with_a_quote_stays_one_word_of_the_shell() {
        assert!(curl("http://x", "it's").contains(r"it'\''s"));
    }
}
