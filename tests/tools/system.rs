//! Which system a command works on: it says so first, and it never takes another for it.

use super::{argument, file};
use crate::cli::Up;
use crate::harness::{Ours, Said, mailroom};
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::process::Command;

async fn said(mut command: Command) -> Said {
    command.output().await.unwrap().into()
}

/// On the sandbox's port, with these options beside.
async fn local(port: &str, arguments: &[&str]) -> Command {
    mailroom(&[arguments, &["--local", "--aws-port", port]].concat()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_names_its_system_first() {
    let system = Ours::start().await;
    let (directory, emails) = file(&[]);
    let saved = directory.path().join("saved");
    let head = format!("sandbox at {}, stack local", system.stack.aws().endpoint_url());
    for arguments in [
        &["status"][..],
        &["send", argument(&emails)],
        &["audit", "--settle", "0s"],
        &["check"],
        &["dlq", "list"],
        &["dlq", "redrive", "--cancel"],
        &["dlq", "redrive", "--one-by-one"],
        &["dlq", "discard", "--only", "poison", "--yes", "--save", argument(&saved)],
        &["token", "retire"],
    ] {
        let text = system.run(arguments).await;
        assert_eq!(text.stdout.lines().next(), Some(head.as_str()), "{arguments:?}: {text:#?}");
        let report = system.run(&[arguments, &["--json"]].concat()).await.json();
        let (named, id) = (&report["system"], report["system"]["stack_id"].as_str().unwrap());
        let parts = json!({
            "kind": "sandbox", "endpoint": system.stack.aws().endpoint_url(), "account": "000000000000",
            "region": "eu-central-1", "stack": "local", "stack_id": id,
        });
        assert_eq!(named, &parts, "{arguments:?}");
        assert!(id.starts_with("arn:aws:cloudformation:eu-central-1:000000000000:stack/local/"), "{id}");
    }
    let token = system.run(&["token", "show"]).await;
    assert_eq!(token.stdout.lines().count(), 1, "a script takes it as it is: {token:#?}");
    assert_eq!(token.stderr.lines().next(), Some(head.as_str()), "{token:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_beside_local_is_that_of_the_stack_or_the_command_is_refused() {
    let system = Ours::start().await;
    let port = system.aws_port();
    assert_eq!(said(local(port, &["status", "--stack", "local"]).await).await.code, Some(0));
    let other = said(local(port, &["status", "--stack", "prod"]).await).await;
    assert_eq!((other.code, other.stdout.as_str()), (Some(1), ""), "{other:#?}");
    assert!(other.stderr.contains("runs the stack local, not prod"), "{other:#?}");

    let mut environment = local(port, &["status"]).await;
    environment.env("MAILROOM_STACK", "prod");
    assert_eq!(said(environment).await.code, Some(0), "--local wins over the environment");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sandbox_is_not_shown_as_the_deployed_stack_that_was_asked_for() {
    let system = Ours::start().await;
    let url = system.stack.aws().endpoint_url();
    for variable in ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_CLOUDFORMATION"] {
        for arguments in [&["status", "--stack", "local"][..], &["token", "rotate"]] {
            let mut tool = system.tool_by_environment(arguments).await;
            tool.env_remove("AWS_ENDPOINT_URL").env(variable, url);
            let refused = said(tool).await;
            assert_eq!((refused.code, refused.stdout.as_str()), (Some(1), ""), "{refused:#?}");
            let words = format!("{variable} leads to the sandbox at {url}, stack local");
            assert!(refused.stderr.contains(&words) && refused.stderr.contains("--local"), "{refused:#?}");
        }
    }
    let unknown = said(system.tool_by_environment(&["status", "--stack", "prod"]).await).await;
    let words = format!("the stack prod at {url}, to which AWS_ENDPOINT_URL leads: ValidationError");
    assert!(unknown.code == Some(1) && unknown.stderr.contains(&words), "{unknown:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_for_aws_do_not_reach_a_local_stack() {
    let system = Ours::start().await;
    let profile = tempfile::NamedTempFile::new().unwrap();
    let settings = "[profile strict]\nuse_fips_endpoint = true\nuse_dualstack_endpoint = true\n\
                    endpoint_url = http://127.0.0.1:1\nregion = us-east-1\n";
    std::fs::write(profile.path(), settings).unwrap();
    for settings in [
        &[("AWS_USE_FIPS_ENDPOINT", "true"), ("AWS_USE_DUALSTACK_ENDPOINT", "true")][..],
        &[("AWS_PROFILE", "strict"), ("AWS_CONFIG_FILE", argument(profile.path()))],
        &[("AWS_PROFILE", "nobody"), ("AWS_CA_BUNDLE", "/nowhere")],
        &[("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1"), ("AWS_ENDPOINT_URL_SQS", "http://127.0.0.1:1")],
        &[
            ("HTTP_PROXY", "http://127.0.0.1:1"),
            ("http_proxy", "http://127.0.0.1:1"),
            ("ALL_PROXY", "http://127.0.0.1:1"),
        ],
        &[
            ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
            ("AWS_RETRY_MODE", "never"),
            ("AWS_USE_FIPS_ENDPOINT", "?"),
        ],
    ] {
        let mut status = local(system.aws_port(), &["status"]).await;
        status.envs(settings.iter().copied());
        let status = said(status).await;
        assert_eq!((status.code, status.stderr.as_str()), (Some(0), ""), "{settings:?}: {status:#?}");
    }
}

#[tokio::test]
async fn a_system_that_does_not_answer_is_named_after_one_attempt() {
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = nobody.local_addr().unwrap().port().to_string();
    drop(nobody);
    for arguments in [
        &["status"][..],
        &["check"],
        &["audit"],
        &["send", "Cargo.toml"],
        &["dlq", "list"],
        &["token", "show"],
    ] {
        let alone = said(local(&port, arguments).await).await;
        assert_eq!((alone.code, alone.stdout.as_str()), (Some(1), ""), "{alone:#?}");
        let words = format!("no system answers at http://127.0.0.1:{port}");
        assert!(alone.stderr.contains(&words) && alone.stderr.contains("mailroom up"), "{alone:#?}");
    }

    let busy = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = busy.local_addr().unwrap().port().to_string();
    let requests = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&requests);
    tokio::spawn(async move {
        loop {
            let (mut connection, _) = busy.accept().await.unwrap();
            counted.fetch_add(1, Ordering::Relaxed);
            let _ = connection.read(&mut [0; 65_536]).await;
            let _ = connection
                .write_all(b"HTTP/1.1 503 Busy\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
                .await;
        }
    });
    let local = said(local(&port, &["status"]).await).await;
    assert!(local.code == Some(1) && local.stderr.contains("HTTP status 503"), "{local:#?}");
    assert_eq!(requests.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn an_endpoint_of_the_environment_that_does_not_answer_is_named_with_its_variable() {
    let mut lost = mailroom(&["status", "--stack", "prod"]).await;
    lost.envs([("AWS_ENDPOINT_URL", "http://127.0.0.1:1"), ("AWS_REGION", "eu-central-1")]);
    lost.envs([("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "b"), ("AWS_CONFIG_FILE", "/dev/null")]);
    let lost = said(lost).await;
    let words = "no answer from http://127.0.0.1:1, to which AWS_ENDPOINT_URL leads";
    assert!(lost.code == Some(1) && lost.stderr.contains(words), "{lost:#?}");
}

/// Answers every connection with this, or never if it is empty.
async fn server(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    tokio::spawn(async move {
        let mut silent = Vec::new();
        while let Ok((mut connection, _)) = listener.accept().await {
            if answer.is_empty() {
                silent.push(connection);
                continue;
            }
            let _ = connection.read(&mut [0; 65_536]).await;
            let _ = connection.write_all(answer.as_bytes()).await;
        }
    });
    port
}

#[tokio::test]
async fn another_program_on_the_port_is_not_taken_for_a_system() {
    for (answer, words) in [
        ("HTTP/1.1 501 Unsupported\r\ncontent-length: 13\r\n\r\n<html></html>", "HTTP status 501"),
        ("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n", "HTTP status 404"),
        (
            "HTTP/1.1 200 OK\r\ncontent-length: 13\r\n\r\n<html></html>",
            "does not answer as CloudFormation does",
        ),
        ("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}", "does not answer as CloudFormation does"),
        ("SSH-2.0-OpenSSH_9.6\r\n", "no system answers at"),
        ("", "no system answers at"),
    ] {
        let port = server(answer).await;
        let strange = said(local(&port, &["status"]).await).await;
        assert_eq!((strange.code, strange.stdout.as_str()), (Some(1), ""), "{strange:#?}");
        let named = strange.stderr.contains(&format!("http://127.0.0.1:{port}"));
        assert!(
            named && strange.stderr.contains(words) && strange.stderr.contains("--aws-port"),
            "{strange:#?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_aws_only_a_command_that_needs_the_endpoint_says_what_is_missing() {
    let mut up = Up::start(&["--aws-only", "--token", "mine"]).await;
    let line = up.line_with("export AWS_ENDPOINT_URL='").await;
    let port = line.trim_end_matches('\'').rsplit(':').next().unwrap().to_owned();
    up.line_with("A line for each email").await;
    let (_directory, emails) = file(&[]);
    for arguments in
        [&["check"][..], &["audit"], &["send", argument(&emails)], &["token", "rotate"], &["token", "retire"]]
    {
        let missing = said(local(&port, arguments).await).await;
        assert_eq!(missing.code, Some(1), "{missing:#?}");
        assert!(missing.stderr.contains("the stack mailroom has no endpoint"), "{missing:#?}");
    }
    let status = said(local(&port, &["status"]).await).await;
    assert_eq!(status.code, Some(3), "{status:#?}");
    assert!(status.stdout.contains("has no endpoint"), "{status:#?}");
    assert_eq!(said(local(&port, &["token", "show"]).await).await.stdout, "mine\n", "it was not rotated");
    assert_eq!(said(local(&port, &["dlq", "list"]).await).await.code, Some(0));
}

/// A home in which a session of `aws sso login` has expired.
fn expired_session(home: &Path) {
    let cache = home.join(".aws/sso/cache");
    std::fs::create_dir_all(&cache).unwrap();
    let config = "[sso-session team]\nsso_region = eu-central-1\nsso_start_url = https://team.awsapps.com/start\n\
                  [profile team]\nsso_session = team\nsso_account_id = 123456789012\nsso_role_name = admin\n\
                  region = eu-central-1\n";
    std::fs::write(home.join(".aws/config"), config).unwrap();
    let token = json!({"accessToken": "secret-of-the-session", "expiresAt": "2020-01-01T00:00:00Z", "region": "eu-central-1",
                       "startUrl": "https://team.awsapps.com/start"});
    // The name is the SHA-1 of the session's.
    std::fs::write(cache.join("d25187dc137f35c88bc80ec8c3ffbdb17b5eb873.json"), token.to_string()).unwrap();
}

#[tokio::test]
async fn a_profile_that_is_named_has_the_credentials_or_the_error_names_it() {
    let config = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(config.path(), "[profile empty]\nregion = eu-central-1\n").unwrap();
    for (profile, by_option) in [("nobody", true), ("nobody", false), ("empty", true)] {
        let mut status = mailroom(&["status", "--stack", "prod", "--region", "eu-central-1"]).await;
        status.env("AWS_CONFIG_FILE", config.path()).env("AWS_EC2_METADATA_DISABLED", "true");
        if by_option {
            // Keys in the environment may be another account's.
            status.args(["--profile", profile]);
            status.env("AWS_ACCESS_KEY_ID", "other").env("AWS_SECRET_ACCESS_KEY", "other");
        } else {
            status.env("AWS_PROFILE", profile);
            status.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
        }
        let status = said(status).await;
        assert_eq!((status.code, status.stderr.lines().count()), (Some(1), 1), "{status:#?}");
        let words = format!("no AWS credentials of the profile {profile} (");
        assert!(status.stderr.contains(&words), "{words}: {status:#?}");
    }
}

#[tokio::test]
async fn a_session_that_has_expired_is_one_sentence() {
    let home = tempfile::tempdir().unwrap();
    expired_session(home.path());
    let mut status = mailroom(&["status", "--stack", "prod", "--profile", "team"]).await;
    for name in
        ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"]
    {
        status.env_remove(name);
    }
    status.env("HOME", home.path()).env("AWS_EC2_METADATA_DISABLED", "true");
    let expired = said(status).await;
    assert_eq!((expired.code, expired.stderr.lines().count()), (Some(1), 1), "{expired:#?}");
    for words in ["no AWS credentials of the profile team (the SSO token has expired", "aws sso login"] {
        assert!(expired.stderr.contains(words), "{words}: {expired:#?}");
    }
    for noise in ["WARN", "ServiceError", "FailedToLoadToken", "secret-of-the-session"] {
        assert!(!expired.stderr.contains(noise), "{noise}: {expired:#?}");
    }
}
