use super::*;
use crate::machine::Machine;
use crate::report::Settings;

fn measurement(section: Section, contestant: &str, at: Option<usize>, values: &[(&str, f64)]) -> Measurement {
    let values = values.iter().map(|(key, value)| ((*key).to_owned(), *value)).collect();
    let (function, contestant) = (Some("api".to_owned()), contestant.to_owned());
    Measurement { section, function, contestant, memory_mb: None, at, values }
}

fn report(measurements: Vec<Measurement>) -> Report {
    let machine = Machine::here(Path::new("."));
    let settings = Settings { starts: 1, invocations: 1, s3_ms: 20, emails: 1, tls: false };
    Report { machine, settings, reference: None, measurements }
}

#[test]
fn there_is_a_picture_of_what_was_measured_and_of_nothing_else() {
    let directory = tempfile::tempdir().unwrap();
    let cold = measurement(Section::Cold, "a<b", None, &[("answer_cpu_ms", 5.0), ("answer_ms", 6.0)]);
    let share = Measurement { memory_mb: Some(128), contestant: "share".to_owned(), ..cold.clone() };
    write(&report(vec![cold, share]), directory.path()).unwrap();
    let mut files: Vec<_> =
        std::fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    files.sort();
    assert_eq!(files, ["cold-start-cpu.svg", "cold-start-time.svg"]);
    let picture = std::fs::read_to_string(directory.path().join("cold-start-cpu.svg")).unwrap();
    assert!(picture.contains("a&lt;b api") && picture.contains("5 ms"), "{picture}");
    assert!(!picture.contains("share"), "{picture}");
}

#[test]
fn each_contestant_has_a_line_through_all_its_points() {
    let point = |name, at, time| measurement(Section::Batch, name, Some(at), &[("time_ms", time)]);
    let report = report(vec![
        point("mailroom", 1, 22.0),
        point("rust", 1, 22.0),
        point("mailroom", 100, 54.0),
        point("rust", 100, 2_200.0),
    ]);
    let picture = LINES[0].draw(&report).unwrap();
    let lines: Vec<_> = picture.lines().filter(|line| line.starts_with("<polyline")).collect();
    assert_eq!(lines.len(), 2, "{picture}");
    assert!(lines.iter().all(|line| line.matches(',').count() == 2), "{picture}");
}
