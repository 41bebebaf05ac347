//! That metrics are written however an invocation ends, as one line of the process's real stdout.

use runtime::metrics::{ACCEPTED, FILED, Meter};
use std::process::Command;

/// Set in the process that counts.
const COUNTS: &str = "RUNTIME_TEST_COUNTS";

#[test]
fn a_panic_swallows_no_metrics_and_an_invocation_without_any_prints_nothing() {
    if std::env::var_os(COUNTS).is_some() {
        let meter = Meter::from_environment().unwrap();
        drop(meter.init());
        let metrics = meter.invocation("r-1");
        let work = move || {
            metrics.count(ACCEPTED);
            panic!("on purpose");
        };
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).unwrap_err();
        meter.invocation("r-2").count(FILED);
        drop(meter.invocation("r-3"));
        return;
    }
    let name = "a_panic_swallows_no_metrics_and_an_invocation_without_any_prints_nothing";
    let mut test = Command::new(std::env::current_exe().unwrap());
    let test = test.args([name, "--exact", "--nocapture"]).env(COUNTS, "1");
    let output = test.env("AWS_LAMBDA_FUNCTION_NAME", "stack-api").output().unwrap();
    assert!(output.status.success());
    let printed = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<serde_json::Value> =
        printed.lines().filter_map(|line| serde_json::from_str(line.get(line.find('{')?..)?).ok()).collect();
    let [first, second] = &lines[..] else { panic!("{printed}") };
    assert_eq!((&first["request_id"], &first["Accepted"]), (&"r-1".into(), &1.0.into()));
    assert_eq!((&first["ColdStarts"], second.get("ColdStarts")), (&1.0.into(), None));
    assert_eq!((&second["request_id"], &second["Filed"]), (&"r-2".into(), &1.0.into()));
    assert_eq!(first["FunctionName"], "stack-api");
}
