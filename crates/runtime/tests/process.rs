//! The output of a whole process: the log, the panic hook and the metrics belong to it.

#![expect(clippy::unwrap_used, reason = "a test that can't go on panics in place")]

use runtime::metrics::{ACCEPTED, FILED, Meter};
use serde_json::Value;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Command;

/// Set in the process whose output is tested.
const CHILD: &str = "RUNTIME_TEST_CHILD";

fn is_child() -> bool {
    std::env::var_os(CHILD).is_some()
}

/// Runs the test of this name in a process of its own; its JSON lines and all of its output.
fn run(name: &str) -> (Vec<Value>, String) {
    let mut test = Command::new(std::env::current_exe().unwrap());
    let test = test.args([name, "--exact", "--nocapture"]).env(CHILD, "1");
    let output = test.env("AWS_LAMBDA_FUNCTION_NAME", "stack-api").output().unwrap();
    assert!(output.status.success());
    let printed = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    let json = |line: &str| serde_json::from_str(line.get(line.find('{')?..)?).ok();
    (printed.lines().filter_map(json).collect(), printed)
}

#[test]
fn a_panic_is_one_json_line_with_the_place_and_without_the_message() {
    if is_child() {
        runtime::telemetry::start().unwrap();
        catch_unwind(|| panic!("a secret")).unwrap_err();
        return;
    }
    let (lines, printed) = run("a_panic_is_one_json_line_with_the_place_and_without_the_message");
    let [line] = &lines[..] else { panic!("{printed}") };
    assert_eq!((&line["level"], &line["message"]), (&"ERROR".into(), &"panicked: this is a bug".into()));
    assert!(
        line["timestamp"].is_string() && line["place"].as_str().unwrap().contains("process.rs:"),
        "{line}"
    );
    assert!(!printed.contains("a secret"), "{printed}");
}

#[test]
fn a_panic_swallows_no_metrics_and_an_invocation_without_any_prints_nothing() {
    if is_child() {
        let meter = Meter::from_environment().unwrap();
        drop(meter.init());
        let metrics = meter.invocation("r-1");
        let work = move || {
            metrics.count(ACCEPTED);
            panic!("on purpose");
        };
        catch_unwind(AssertUnwindSafe(work)).unwrap_err();
        meter.invocation("r-2").count(FILED);
        drop(meter.invocation("r-3"));
        return;
    }
    let (lines, printed) = run("a_panic_swallows_no_metrics_and_an_invocation_without_any_prints_nothing");
    let [first, second] = &lines[..] else { panic!("{printed}") };
    assert_eq!((&first["request_id"], &first["Accepted"]), (&"r-1".into(), &1.0.into()));
    assert_eq!((&first["ColdStarts"], second.get("ColdStarts")), (&1.0.into(), None));
    assert_eq!((&second["request_id"], &second["Filed"]), (&"r-2".into(), &1.0.into()));
    assert_eq!(first["FunctionName"], "stack-api");
}
