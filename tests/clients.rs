//! The local AWS, used by the clients that people have: boto3 and the AWS CLI.

use crate::harness::root;
use sandbox::Stack;
use tokio::process::Command;

#[tokio::test(flavor = "multi_thread")]
async fn boto3_and_the_aws_cli_find_what_they_know() {
    let python = root().join("target/venv/bin/python");
    if !root().join("target/venv/requirements.txt").exists() {
        let required = std::env::var_os("CI").is_some() || std::env::var_os("MAILROOM_PYTHON").is_some();
        assert!(!required, "boto3 and the AWS CLI are not installed: run tests/python/setup.sh");
        eprintln!("clients: skipped, since boto3 is not installed (tests/python/setup.sh does it)");
        return;
    }
    let stack = Stack::from_template(root().join("template.yaml")).functions(false).start().await.unwrap();
    let mut check = Command::new(python);
    check.arg(root().join("tests/clients/check.py")).args(["--endpoint", stack.aws().endpoint_url()]);
    let output = check.kill_on_drop(true).output().await.unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    let checks = said.trim().lines().last().unwrap_or_default();
    assert!(checks.ends_with(" 0 failed") && !checks.starts_with("0 "), "{checks}");
}
