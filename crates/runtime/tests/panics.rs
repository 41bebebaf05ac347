//! What a panic leaves behind: one line with the place, and never the message.

use std::process::Command;

/// Set in the process that panics.
const PANICS: &str = "RUNTIME_TEST_PANICS";

#[test]
fn a_panic_is_one_json_line_with_the_place_and_without_the_message() {
    if std::env::var_os(PANICS).is_some() {
        runtime::telemetry::start().unwrap();
        std::panic::catch_unwind(|| panic!("what was being worked on")).unwrap_err();
        return;
    }
    // The hook and the log belong to a whole process, so another one panics: this same test.
    let name = "a_panic_is_one_json_line_with_the_place_and_without_the_message";
    let mut test = Command::new(std::env::current_exe().unwrap());
    let output = test.args([name, "--exact", "--nocapture"]).env(PANICS, "1").output().unwrap();
    assert!(output.status.success());
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    let lines: Vec<_> = said.lines().filter(|line| line.contains("panicked")).collect();
    let [line] = lines[..] else { panic!("{said}") };
    assert!(line.contains(r#"{"timestamp":"#) && line.contains(r#""level":"ERROR""#), "{line}");
    assert!(line.contains("panics.rs:"), "{line}");
    assert!(!said.contains("what was being worked on"), "{said}");
}
