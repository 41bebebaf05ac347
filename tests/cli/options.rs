//! The options of `up`, and the errors for wrong values.

use super::{PATIENCE, Up, mailroom, run_curl, stored};
use crate::harness::email;
use serde_json::json;
use tokio::time::timeout;

#[tokio::test]
async fn objects_in_a_data_directory_outlive_the_stack_and_are_not_overwritten_by_the_next() {
    let data = tempfile::tempdir().unwrap();
    let arguments = ["--data", data.path().to_str().unwrap(), "--time-scale", "20", "--token", "t"];
    for content in ["first", "second"] {
        let mut up = Up::start(&arguments).await;
        let curl = up.line_with("curl ").await;
        assert_eq!(run_curl(&curl.replace("Just want to say happy new year", content)).await, 200);
        up.line_with("  stored").await;
        up.signal("-INT").await;
        up.line_with("Stopped").await;
    }
    let stored = stored(data.path(), "John doe_1693561101.json");
    assert!(stored.contains("first"), "{stored}");
}

#[tokio::test]
async fn a_token_of_ones_own_is_the_one_that_counts() {
    let mut up = Up::start(&["--token", "it's mine"]).await;
    let curl = up.line_with("curl ").await;
    assert!(curl.contains(r"it'\''s mine"), "{curl}");
    let (url, _) = curl.trim().strip_prefix("curl ").unwrap().split_once(' ').unwrap();
    for (token, status) in [("it's mine", 200), ("another", 403)] {
        let body = json!({"data": email("John doe"), "token": token}).to_string();
        let response = reqwest::Client::new().post(url).body(body).send().await.unwrap();
        assert_eq!(response.status(), status, "{token}");
    }
}

#[tokio::test]
async fn a_parameter_changes_the_template_and_its_value_may_hold_an_equals_sign() {
    let data = tempfile::tempdir().unwrap();
    let arguments = ["--data", data.path().to_str().unwrap(), "--time-scale", "20"];
    let parameters = ["--parameter", "ObjectKeyLayout=dated", "--parameter", "AlarmEmail=a=b@example.org"];
    let mut up = Up::start(&[&arguments[..], &parameters].concat()).await;
    let curl = up.line_with("curl ").await;
    assert_eq!(run_curl(&curl).await, 200);
    let line = up.line_with("  stored").await;
    assert!(line.contains("2023/09/01/"), "{line}");
}

#[tokio::test]
async fn aws_only_prints_what_functions_elsewhere_need() {
    let mut up = Up::start(&["--aws-only", "--token", "mine"]).await;
    assert!(up.line_with("  token ").await.ends_with(" mine"));
    for setting in [
        "AWS_DEFAULT_REGION",
        "AWS_ENDPOINT_URL",
        "OBJECT_KEY_LAYOUT",
        "S3_BUCKET_NAME",
        "SQS_QUEUE_URL",
        "SSM_TOKEN_PARAMETER",
    ] {
        let line = up.line_with(&format!("export {setting}=")).await;
        assert!(!line.ends_with("''"), "{line}");
    }
}

#[tokio::test]
async fn hosts_and_origins_that_are_named_get_in() {
    let (host, origin) = ("host.docker.internal", "http://localhost:5173");
    for (arguments, status) in [
        (&["--aws-only"][..], 403),
        (&["--aws-only", "--allow-host", "other", "--allow-host", host, "--allow-origin", origin], 200),
    ] {
        let mut up = Up::start(arguments).await;
        let line = up.line_with("export AWS_ENDPOINT_URL='").await;
        let page = format!("{}/_sandbox/", line.split('\'').nth(1).unwrap());
        for (name, value) in [("host", host), ("origin", origin)] {
            let answer = reqwest::Client::new().get(&page).header(name, value).send().await.unwrap();
            assert_eq!(answer.status(), status, "{name}: {value}");
            let shared = answer.headers().get("access-control-allow-origin").is_some();
            assert_eq!(shared, status == 200 && name == "origin");
        }
    }
}

#[tokio::test]
async fn errors_name_the_setting_and_the_fix() {
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let elsewhere = tempfile::tempdir().unwrap();
    let broken = elsewhere.path().join("broken.yaml");
    std::fs::write(&broken, "Resources:\n  A:\n    Type: AWS::Nothing::Known\n").unwrap();
    for (arguments, words) in [
        (["up", "--aws-port", &port], ["--aws-port", &port]),
        (["up", "--template", "nowhere.yaml"], ["nowhere.yaml", "can't be read"]),
        (["up", "--template", broken.to_str().unwrap()], ["broken.yaml:2", "AWS::Nothing::Known"]),
        (["up", "--time-scale", "0"], ["--time-scale", "from 1 to 100000"]),
        (["up", "--allow-host", "host:4566"], ["--allow-host <HOST>", "without scheme, port and path"]),
        (["up", "--allow-origin", "null"], ["--allow-origin <ORIGIN>", "http://localhost:5173"]),
        (
            ["up", "--parameter", "Endpiont=both"],
            ["template.yaml", "Endpiont is not the name of a parameter"],
        ),
        (["up", "--parameter", "ObjectKeyLayout=round"], ["ObjectKeyLayout", "\"round\" is not allowed"]),
        (["up", "--parameter", "=both"], ["--parameter <NAME=VALUE>", "equals sign"]),
    ] {
        // The usual ports may be somebody's, and a port is looked at before the template.
        let free = ["--aws-port", "0", "--port", "0"];
        let free = if arguments.contains(&"--aws-port") { &free[2..] } else { &free[..] };
        let mut mailroom = mailroom(&[&arguments[..], free].concat()).await;
        let output = timeout(PATIENCE, mailroom.output()).await.unwrap().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success(), "{arguments:?}");
        assert!(words.iter().all(|word| said.contains(word)), "{arguments:?}: {said}");
    }
    let data = elsewhere.path().join("data");
    let options = ["--template", broken.to_str().unwrap(), "--data", data.to_str().unwrap()];
    let refused =
        mailroom(&[&["up", "--aws-port", "0", "--port", "0"], &options[..]].concat()).await.output().await;
    assert!(!refused.unwrap().status.success());
    assert_eq!(
        std::fs::read_dir(&data).unwrap().count(),
        0,
        "a template that is refused leaves nothing behind"
    );
    let lost = mailroom(&["demo"]).await.current_dir(elsewhere.path()).output().await.unwrap();
    assert!(String::from_utf8(lost.stderr).unwrap().contains("--template"));
}

#[tokio::test]
async fn the_program_beside_mailroom_gets_its_arguments_and_where_it_is_missing_that_is_said() {
    let mut original = mailroom(&[]).await;
    let program = std::path::PathBuf::from(original.as_std().get_program());
    // A link, since a file that was just written can't be executed while another test starts a process.
    let directory = tempfile::tempdir_in(program.parent().unwrap()).unwrap();
    let linked = directory.path().join("mailroom");
    std::fs::hard_link(&program, &linked).unwrap();
    let up = || {
        let mut up = tokio::process::Command::new(&linked);
        up.args(["up", "--help", "--", "a b"]).current_dir(&directory).env("PATH", "/nowhere");
        up
    };
    let missing = up().output().await.unwrap();
    let said = String::from_utf8(missing.stderr).unwrap();
    assert_eq!(missing.status.code(), Some(1), "{said}");
    assert!(said.contains("cargo up") && said.contains("cargo install --path cli/mailroom-local"), "{said}");

    // A shell runs the file that its first argument names.
    std::os::unix::fs::symlink("/bin/sh", directory.path().join("mailroom-local")).unwrap();
    std::fs::write(directory.path().join("up"), "printf '%s|' \"$@\"; exit 7").unwrap();
    let there = up().output().await.unwrap();
    assert_eq!(String::from_utf8(there.stdout).unwrap(), "--help|--|a b|");
    assert_eq!(there.status.code(), Some(7));

    let alone = original.output().await.unwrap();
    assert!(String::from_utf8(alone.stderr).unwrap().contains("mailroom demo"));
}
