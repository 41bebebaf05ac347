//! AWS's own clients and moto against the endpoint: `sandbox/tests/clients`.

use crate::project;
use std::path::Path;
use tokio::process::Command;

#[tokio::test(flavor = "multi_thread")]
async fn boto3_and_the_aws_cli_find_what_they_know() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    if !root.join("target/venv/requirements.txt").exists() {
        let is_required = ["CI", "REQUIRE_PYTHON"].iter().any(|name| std::env::var_os(name).is_some());
        assert!(!is_required, "boto3, the AWS CLI and moto are not installed: run tests/python/setup.sh");
        eprintln!("sdks: skipped: boto3 is not installed (tests/python/setup.sh installs it)");
        return;
    }
    let stack = project().functions(false).start().await.unwrap_or_else(|error| panic!("{error}"));
    let mut check = Command::new(root.join("target/venv/bin/python"));
    check.arg(root.join("sandbox/tests/clients/check.py")).args(["--endpoint", stack.aws().endpoint_url()]);
    let output = check.kill_on_drop(true).output().await.unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    println!("{said}");
    let checks = said.trim().lines().last().unwrap_or_default();
    assert!(checks.ends_with(" 0 failed") && !checks.starts_with("0 "), "{checks}");
}
