//! AWS's own clients and moto against the endpoint: `sandbox/tests/clients`.

use crate::{project, start_scaled};
use sandbox::Stack;
use std::path::{Path, PathBuf};
use tokio::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// False if the clients are not installed, where they needn't be.
fn are_clients_installed() -> bool {
    if root().join("target/venv/requirements.txt").exists() {
        return true;
    }
    let is_required = ["CI", "REQUIRE_PYTHON"].iter().any(|name| std::env::var_os(name).is_some());
    assert!(!is_required, "boto3, the AWS CLI and moto are not installed: run tests/python/setup.sh");
    eprintln!("sdks: skipped: boto3 is not installed (tests/python/setup.sh installs it)");
    false
}

/// The output of the checks.
async fn check(stack: &Stack, options: &[&str]) -> String {
    let mut check = Command::new(root().join("target/venv/bin/python"));
    check.arg(root().join("sandbox/tests/clients/check.py"));
    check.args(["--endpoint", stack.aws().endpoint_url()]).args(options);
    let output = check.kill_on_drop(true).output().await.unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    let checks = said.trim().lines().last().unwrap_or_default();
    assert!(checks.ends_with(" 0 failed") && !checks.starts_with("0 "), "{checks}");
    said.into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn boto3_and_the_aws_cli_find_what_they_know() {
    if are_clients_installed() {
        let stack = project().functions(false).start().await.unwrap_or_else(|error| panic!("{error}"));
        println!("{}", check(&stack, &[]).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn boto3_and_the_aws_cli_invoke_a_function() {
    if are_clients_installed() {
        println!("{}", check(&start_scaled(1_000.0).await, &["--only", "lambda"]).await);
    }
}
