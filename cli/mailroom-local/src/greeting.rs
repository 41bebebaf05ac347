//! The first lines of `mailroom up`: where everything is, and what to paste.

use crate::email_page::PATH as EMAIL_PAGE;
use sandbox::Stack;
use sandbox::TimeScale;
use sandbox::services::{ACCESS_KEY_ID, SECRET_ACCESS_KEY};
use sandbox::stack::REGION;
use std::collections::{BTreeMap, BTreeSet};
use terminal::options::Up;
use terminal::style::{BOLD, DIM};

pub(crate) fn greeting(stack: &Stack, token: &str, options: &Up, time_scale: TimeScale) -> String {
    let aws_only = options.aws_only;
    let (url, aws_url) = (stack.url(), stack.aws().endpoint_url());
    let is_mailroom = is_mailroom(stack);
    let name = if is_mailroom { "Mailroom" } else { "The template" };
    let mut text = format!("\n{BOLD}{name} runs on this machine.{BOLD:#} Ctrl-C stops it.\n\n");
    if !url.is_empty() {
        text += &match is_mailroom {
            true => format!("  {DIM}post emails to{DIM:#}   {url}/api/email\n"),
            false => format!("  {DIM}listens at{DIM:#}       {url}\n"),
        };
    }
    for other in other_http_apis(stack) {
        let path = if is_mailroom { "/api/email" } else { "" };
        text += &format!("  {DIM}HTTP API{DIM:#}         {other}{path}\n");
    }
    text += &format!("  {DIM}SQS, S3 and SSM{DIM:#}  {aws_url}\n");
    text += &format!("  {DIM}watch it{DIM:#}         {aws_url}{EMAIL_PAGE}\n");
    for bucket in buckets(stack) {
        let directory = stack.aws().s3().directory(bucket);
        text += &format!("  {DIM}objects{DIM:#}          {}\n", directory.display());
    }
    if time_scale != TimeScale::REAL_TIME {
        text += &format!(
            "  {DIM}time{DIM:#}             the timers of queue and mapping run {time_scale} times faster than on AWS\n"
        );
    }
    if let Some(seed) = options.chaos {
        text += &format!(
            "  {DIM}chaos{DIM:#}            seed {seed}: a tenth of the functions' AWS calls fail, queues deliver twice \
             and\n                   out of order, and functions are killed at work\n"
        );
    }
    if aws_only {
        if is_mailroom {
            text += &format!("  {DIM}token{DIM:#}            {token}\n");
        }
        text += "\nRun the functions elsewhere with this environment:\n\n";
        for (name, value) in function_environment(stack) {
            text += &format!("  export {name}='{value}'\n");
        }
    } else if is_mailroom {
        text += &format!("\nPost an email:\n\n  {}\n", curl(url, token));
    }
    text += &look_around(stack);
    text + &match (is_mailroom, aws_only) {
        (false, _) => format!("\n{DIM}A line for each event follows:{DIM:#}\n"),
        (true, true) => format!("\n{DIM}A line for each email follows when it is queued or stored:{DIM:#}\n"),
        (true, false) => {
            format!("\n{DIM}A line for each email follows when it is stored, refused or dead:{DIM:#}\n")
        }
    }
}

/// The HTTP APIs beside the endpoint that comes first.
fn other_http_apis(stack: &Stack) -> impl Iterator<Item = &str> {
    let apis = stack.template().http_apis.iter();
    apis.filter_map(|api| stack.http_api_url(&api.logical_id)).filter(|url| *url != stack.url())
}

/// Mailroom's template has these outputs. Another project's template accepts no emails.
fn is_mailroom(stack: &Stack) -> bool {
    let outputs = stack.outputs();
    ["QueueUrl", "DeadLetterQueueUrl", "BucketName", "TokenParameter"]
        .iter()
        .all(|name| outputs.contains_key(name))
}

/// The buckets that a function knows, without those for AWS's own logs.
fn buckets(stack: &Stack) -> impl Iterator<Item = &str> {
    let template = stack.template();
    let settings = template.functions.iter().flat_map(|function| function.environment.values());
    let known: BTreeSet<_> = settings.map(String::as_str).collect();
    template.buckets.iter().map(|bucket| bucket.name.as_str()).filter(move |name| known.contains(name))
}

/// boto3, and the AWS CLI before version 2, know the region by its older name only.
fn look_around(stack: &Stack) -> String {
    let list = match buckets(stack).next() {
        Some(bucket) => format!("aws s3 ls --recursive s3://{bucket}"),
        None => "aws s3 ls".to_owned(),
    };
    let aws_url = stack.aws().endpoint_url();
    format!(
        "\nLook around with the AWS CLI:\n\n  export AWS_ENDPOINT_URL={aws_url} AWS_REGION={REGION} \
         AWS_DEFAULT_REGION={REGION} AWS_ACCESS_KEY_ID={ACCESS_KEY_ID} AWS_SECRET_ACCESS_KEY={SECRET_ACCESS_KEY}\n  \
         {list}\n"
    )
}

/// The settings of all functions together: their names differ.
fn function_environment(stack: &Stack) -> BTreeMap<String, String> {
    let mut environment: BTreeMap<_, _> = [
        ("AWS_ENDPOINT_URL", stack.aws().endpoint_url()),
        ("AWS_REGION", REGION),
        ("AWS_DEFAULT_REGION", REGION),
        ("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID),
        ("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    environment.extend(stack.template().functions.iter().flat_map(|function| function.environment.clone()));
    environment
}

/// A command to paste, quoted for a shell: the token of `--token` may hold any character.
pub(crate) fn curl(url: &str, token: &str) -> String {
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
