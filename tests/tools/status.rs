//! `mailroom status`

use super::cloudwatch::CloudWatch;
use super::found;
use crate::harness::{Moto, Ours, Said, Setup, email, mailroom};
use sandbox::services::faults::{Fault, Times};
use serde_json::{Value, json};

/// `status` of a system on this machine, as `--local` finds it.
async fn status(system: &Ours, arguments: &[&str]) -> Said {
    let (_, port) = system.stack.aws().endpoint_url().rsplit_once(':').unwrap();
    let arguments = [&["status", "--local", "--aws-port", port], arguments].concat();
    mailroom(&arguments).await.output().await.unwrap().into()
}

fn part<'a>(health: &'a Value, name: &str) -> &'a Value {
    health["parts"].as_array().unwrap().iter().find(|part| part["name"] == name).unwrap()
}

fn state<'a>(health: &'a Value, name: &str) -> &'a str {
    part(health, name)["state"].as_str().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn all_is_well_until_it_is_not() {
    let system = Ours::start().await;
    let said = status(&system, &[]).await;
    assert_eq!(said.code, Some(0), "{said:#?}");
    assert!(said.stdout.contains("No problems found."), "{said:#?}");

    let (queues, url) = (&system.sqs, system.dead_letter_queue_url());
    queues.send_message().queue_url(&url).message_body("poison").send().await.unwrap();
    let health = found(&status(&system, &["--json"]).await, 3);
    assert_eq!((state(&health, "dead-letter queue"), state(&health, "queue")), ("not_well", "well"));
    assert_eq!(health["well"], false);
    let said = status(&system, &[]).await;
    assert!(said.stdout.contains("mailroom dlq list"), "{said:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_is_gone_is_told_and_what_the_functions_say_of_it() {
    let system = Ours::start().await;
    system.s3.delete_bucket().bucket(system.bucket()).send().await.unwrap();
    system.post(&email("John doe")).await.receipt();
    let complained =
        async || Some(system.log.with_message("not filed: given back")).filter(|lines| !lines.is_empty());
    system.until("a complaint", complained).await;
    let health = found(&status(&system, &["--json"]).await, 3);
    assert_eq!((state(&health, "bucket"), state(&health, "functions")), ("not_well", "not_well"));
    let said = status(&system, &[]).await;
    assert!(said.stdout.contains("doesn't exist") && said.stdout.contains("NoSuchBucket"), "{said:#?}");
    assert!(!said.stdout.contains("John doe"), "{said:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn emails_that_fail_and_are_retried_are_a_problem_until_they_are_stored() {
    // A message that is given back is received again after 9 s.
    let system = Ours::start_with(Setup::usual().time_scale(20.0)).await;
    system.fail("PutObject", 403, "AccessDenied", Times::Always);
    for n in 0..3 {
        system.post(&email(&format!("sender {n}"))).await.receipt();
    }
    system.logged("not filed: given back", 3).await;
    let refused = status(&system, &[]).await;
    let health = found(&status(&system, &["--json"]).await, 3);
    assert_eq!((state(&health, "functions"), state(&health, "bucket")), ("not_well", "well"));
    assert_eq!((&part(&health, "functions")["retrying"], &health["well"]), (&json!(3), &json!(false)));
    assert!(part(&health, "queue")["oldest_seconds"].is_u64(), "by the sandbox's metrics: {health}");
    let words = ["3 emails retrying, receive", "AccessDenied", " s ago", "Problems found"];
    assert!(words.iter().all(|word| refused.stdout.contains(word)), "{refused:#?}");

    system.stack.aws().faults().clear();
    system.stored_keys(3).await;
    system.logged("filed", 3).await;
    system.queue_drained().await;
    let health = found(&status(&system, &["--json"]).await, 0);
    let functions = part(&health, "functions");
    assert_eq!((state(&health, "functions"), &functions["standing"]), ("well", &json!(0)), "{functions}");
    assert!(functions["complaints"].as_u64().unwrap() >= 3, "{functions}");
    let said = status(&system, &[]).await;
    assert!(said.stdout.contains("all resolved") && said.stdout.contains("No problems found."), "{said:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_complaint_behind_many_other_lines_is_found() {
    let system = Ours::start().await;
    let worker = format!("/aws/lambda/{}-worker", system.stack_name());
    let stream = system.stack.aws().logs().group(&worker).new_stream("worker");
    // The sandbox looks at 10,000 lines a page, so these are empty pages that lead on.
    (0..60_001).for_each(|_| stream.put(r#"{"level":"INFO","message":"batch done"}"#));
    stream.put(r#"{"level":"ERROR","message":"the function stopped","error":"a setting"}"#);
    let health = found(&status(&system, &["--json"]).await, 3);
    assert_eq!(state(&health, "functions"), "not_well");
    assert_eq!(part(&health, "functions")["complaints"], 1);
    assert!(system.calls("FilterLogEvents") > 5, "more pages than the first ones");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_can_not_be_read_is_not_taken_for_silence() {
    let system = Ours::start().await;
    system.fail("FilterLogEvents", 400, "AccessDeniedException", Times::Always);
    let health = found(&status(&system, &["--json"]).await, 3);
    assert_eq!((state(&health, "functions"), &health["well"]), ("unknown", &json!(false)));
    let said = status(&system, &[]).await;
    assert!(said.stdout.contains("Not known: functions."), "{said:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_that_can_not_be_asked_hides_none_of_the_others() {
    let system = Ours::start().await;
    system.post(&email("John doe")).await.receipt();
    let refused = Fault::Error { status: 403, code: "AccessDenied".to_owned() };
    system.fault("GetParameter", refused, Times::Always);
    let health = found(&status(&system, &["--json"]).await, 3);
    assert_eq!(
        (state(&health, "token"), state(&health, "front door"), state(&health, "bucket")),
        ("unknown", "well", "well")
    );
    let said = status(&system, &[]).await;
    assert!(said.stdout.contains("AccessDenied") && said.stdout.contains("Not known: token."), "{said:#?}");

    system.stack.aws().faults().clear();
    system.put_tokens("plain", aws_sdk_ssm::types::ParameterType::String).await;
    let health = found(&status(&system, &["--json"]).await, 3);
    assert_eq!(state(&health, "token"), "not_well", "a String is no SecureString");
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_wrong_with_the_command_line_is_said_with_the_fix() {
    let system = Ours::start().await;
    for (arguments, code, words) in [
        (vec!["status"], 2, ["--stack", "--local"]),
        (vec!["status", "--stack", "nowhere"], 1, ["nowhere", "list-stacks"]),
        (vec!["audit", "--local", "--since", "yesterday"], 2, ["--since", "24h"]),
        (
            vec!["send", "nowhere.ndjson", "--local", "--aws-port", system.aws_port()],
            1,
            ["nowhere.ndjson", "can't read"],
        ),
    ] {
        let mut tool = system.tool_by_environment(&arguments).await;
        let said: Said = tool.env_remove("MAILROOM_STACK").output().await.unwrap().into();
        assert_eq!(said.code, Some(code), "{arguments:?}: {said:#?}");
        assert!(words.iter().all(|word| said.stderr.contains(word)), "{arguments:?}: {said:#?}");
    }
    let mut alone = mailroom(&["status", "--stack", "prod"]).await;
    for name in ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "HOME"] {
        alone.env_remove(name);
    }
    alone.env("AWS_EC2_METADATA_DISABLED", "true").env("AWS_CONFIG_FILE", "/dev/null");
    let said: Said = alone.output().await.unwrap().into();
    assert!(said.code == Some(1) && said.stderr.contains("no AWS credentials"), "{said:#?}");
    alone.env("AWS_ACCESS_KEY_ID", "key").env("AWS_SECRET_ACCESS_KEY", "secret");
    let said: Said = alone.output().await.unwrap().into();
    assert!(said.code == Some(1) && said.stderr.contains("--region"), "{said:#?}");
}

#[tokio::test]
async fn the_alarms_of_a_deployed_stack_are_shown() {
    let Some(system) = Moto::start_with(Setup::usual()).await else { return };
    let logs = aws_sdk_cloudwatchlogs::Client::new(&system.sdk_config().await);
    for function in ["api", "worker"] {
        let group = format!("/aws/lambda/{}-{function}", system.stack_name());
        logs.create_log_group().log_group_name(group).send().await.unwrap();
    }
    for (alarms, code, word) in [
        (&[("errors", "OK"), ("age", "INSUFFICIENT_DATA")][..], 0, "none of 2"),
        (&[("errors", "OK"), ("dead-letters", "ALARM")], 3, "dead-letters"),
        (&[], 3, "no alarm notifies"),
    ] {
        let cloudwatch = CloudWatch::new(alarms, &[]).await;
        let mut tool = system.tool(&["status"]).await;
        let said: Said =
            tool.env("AWS_ENDPOINT_URL_CLOUDWATCH", cloudwatch.url()).output().await.unwrap().into();
        let (head, _) = said.stdout.split_once("\n\n").unwrap();
        assert!(head.starts_with("AWS account 123456789012, eu-central-1, stack m"), "{said:#?}");
        assert!(head.ends_with(&format!(", CloudWatch at {}", cloudwatch.url())), "{said:#?}");
        assert!(said.code == Some(code) && said.stdout.contains(word), "{word}: {said:#?}");
        assert!(
            cloudwatch.was_asked_for("arn:aws:sns:eu-central-1:123456789012:alarms"),
            "for this stack's alone"
        );
    }
}

#[tokio::test]
async fn a_queue_whose_oldest_message_waits_for_too_long_is_a_problem() {
    let Some(system) = Moto::start_with(Setup::usual().unpolled()).await else { return };
    let logs = aws_sdk_cloudwatchlogs::Client::new(&system.sdk_config().await);
    for function in ["api", "worker"] {
        let group = format!("/aws/lambda/{}-{function}", system.stack_name());
        logs.create_log_group().log_group_name(group).send().await.unwrap();
    }
    system.enqueue("a message", None).await;
    for (ages, expected, code, words) in [
        (&[(60.0, 299.0), (0.0, 900.0)][..], "well", 0, "the oldest has waited 4 minutes"),
        (&[(0.0, 1.0), (60.0, 300.0)], "not_well", 3, "the oldest has waited 5 minutes"),
        (&[], "watch", 0, "not known yet"),
    ] {
        let cloudwatch = CloudWatch::new(&[("errors", "OK")], ages).await;
        let mut tool = system.tool(&["status", "--json"]).await;
        let said: Said =
            tool.env("AWS_ENDPOINT_URL_CLOUDWATCH", cloudwatch.url()).output().await.unwrap().into();
        let health = found(&said, code);
        let queue = part(&health, "queue");
        assert_eq!(queue["state"], expected, "{queue}");
        assert!(queue["detail"].as_str().unwrap().contains(words), "{queue}");
        assert!(cloudwatch.was_asked_for("ApproximateAgeOfOldestMessage"), "{queue}");
    }
}
