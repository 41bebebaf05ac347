//! Every row of FIDELITY has the class of its source, and every test that FIDELITY, SECURITY and RELIABILITY name exists.

use super::{cells, quoted, read};
use crate::harness::root;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The classes of sources, each with the addresses that it may cite. A belief cites nothing and says what it is.
const CLASSES: [(&str, &[&str]); 5] = [
    ("recorded", &["https://github.com/localstack/localstack/"]),
    ("documented", &["https://docs.aws.amazon.com/"]),
    (
        "code",
        &["https://github.com/aws/", "https://github.com/awslabs/", "https://pypi.org/project/aws-sam-cli/"],
    ),
    ("reported", &["https://github.com/"]),
    ("belief", &[]),
];

struct Row {
    line: usize,
    cells: Vec<String>,
}

#[test]
fn every_row_has_a_source_and_names_a_test_that_is_there() {
    let text = read("sandbox/FIDELITY.md");
    let rows = rows(&text);
    assert!(rows.len() > 50, "only {} rows: is this still a table?", rows.len());
    let pages = references(&text);
    let tests = tests();
    let faults: Vec<_> = rows
        .iter()
        .flat_map(|row| faults(row, &pages, &tests).into_iter().map(|fault| format!("{}: {fault}", row.line)))
        .collect();
    assert!(faults.is_empty(), "sandbox/FIDELITY.md\n{}", faults.join("\n"));
}

/// A test's name has several words, unlike other quoted names such as files and parameters.
#[test]
fn every_test_that_the_threat_model_or_a_promise_names_is_there() {
    let tests = tests();
    for page in ["SECURITY.md", "docs/RELIABILITY.md"] {
        let text = read(page);
        let named: Vec<_> = quoted(&text).filter(|name| name.matches('_').count() > 2).collect();
        assert!(named.len() > 15, "{page}: only {named:?}: is this still a table?");
        let gone: Vec<_> = named.into_iter().filter(|name| !tests.contains(*name)).collect();
        assert!(gone.is_empty(), "{page} names tests that are not there: {gone:?}");
    }
}

#[test]
fn a_row_without_a_source_or_a_test_is_a_fault() {
    let text = "\
| behaviour | source | tests | moto |
|---|---|---|---|
| `a\\|b` | documented: [Page] | `there` and more in `file.rs` | same |
| a | documented: [Other](https://docs.aws.amazon.com/x); belief: the code | `module::there` | differs |
| a | documented: [Elsewhere] | `there` | same |
| a | [Page] | `there` | same |
| a | recorded: [Page] | `there` | same |
| a | documented: [Page]; guessed: more | `there` | same |
| a | documented: [Page] | `gone` | same |
| a | documented: [Page] | there | same |
| a | documented: [Page] | `there` | |
| a | documented: [Page] | `there` |

| another | table |
|---|---|
| a | b |

[Page]: https://docs.aws.amazon.com/x
[Elsewhere]: https://example.com/
";
    let (pages, tests) = (references(text), BTreeSet::from(["there".to_owned()]));
    let found: Vec<_> = rows(text).iter().map(|row| (row.line, faults(row, &pages, &tests).len())).collect();
    assert_eq!(found, [(3, 0), (4, 0), (5, 1), (6, 1), (7, 1), (8, 1), (9, 1), (10, 1), (11, 1), (12, 1)]);
}

/// The names of all tests.
fn tests() -> BTreeSet<String> {
    let mut tests = BTreeSet::new();
    ["crates", "tests", "functions", "cli", "sandbox"]
        .iter()
        .for_each(|dir| collect(&root().join(dir), &mut tests));
    tests
}

/// The rows of every table with the four columns.
fn rows(text: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut inside = false;
    for (number, line) in text.lines().enumerate() {
        let cells = cells(line);
        let heading = cells.get(1).is_some_and(|cell| cell == "source");
        inside = line.starts_with('|') && (inside || heading);
        let rule = cells.iter().all(|cell| !cell.is_empty() && cell.chars().all(|c| c == '-' || c == ':'));
        if inside && !heading && !rule {
            rows.push(Row { line: number + 1, cells });
        }
    }
    rows
}

/// `[name]: https://...`, by name.
fn references(text: &str) -> BTreeMap<&str, &str> {
    text.lines().filter_map(|line| line.strip_prefix('[')?.split_once("]: ")).collect()
}

fn faults(row: &Row, pages: &BTreeMap<&str, &str>, tests: &BTreeSet<String>) -> Vec<String> {
    let [_, source, named, _] = &row.cells[..] else {
        return vec![format!("{} cells instead of four", row.cells.len())];
    };
    let mut faults = Vec::new();
    if row.cells.iter().any(String::is_empty) {
        faults.push("an empty cell".to_owned());
    }
    let unknown = source.split("; ").filter(|part| !is_source(part, pages));
    faults.extend(unknown.map(|part| format!("{part:?} is not a class of source with its link")));
    let names: Vec<_> = test_names(named).collect();
    if names.is_empty() {
        faults.push("no test".to_owned());
    }
    faults
        .extend(names.iter().filter(|name| !tests.contains(**name)).map(|name| format!("no test `{name}`")));
    faults
}

/// True if `part` is `class: text` with a known link, or a belief.
fn is_source(part: &str, pages: &BTreeMap<&str, &str>) -> bool {
    let Some((class, text)) = part.split_once(": ") else { return false };
    let Some((_, addresses)) = CLASSES.iter().find(|(name, _)| *name == class) else { return false };
    let known = |address: &str| addresses.iter().any(|start| address.starts_with(start));
    let mut named = text.split('[').skip(1).filter_map(|part| part.split(']').next());
    let cited =
        text.split("](").skip(1).any(known) || named.any(|name| pages.get(name).is_some_and(|to| known(to)));
    cited || (addresses.is_empty() && !text.is_empty())
}

/// The quoted names that aren't files; the last part of a path.
fn test_names(cell: &str) -> impl Iterator<Item = &str> {
    let quoted = quoted(cell).filter(|text| !text.contains(['.', '/']));
    quoted.map(|text| text.rsplit("::").next().unwrap_or(text))
}

/// The names of all functions in Rust and Python sources, and of the checks in Python as they are shown.
fn collect(path: &Path, names: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(path).unwrap() {
        let path = entry.unwrap().path();
        let keyword = match path.extension().and_then(|extension| extension.to_str()) {
            _ if path.is_dir() => {
                collect(&path, names);
                continue;
            }
            Some("rs") => "fn ",
            Some("py") => "def ",
            _ => continue,
        };
        let source = std::fs::read_to_string(&path).unwrap();
        let after = source.lines().filter_map(|line| line.split_once(keyword)).map(|(_, rest)| rest);
        for name in after.filter_map(|rest| rest.split_once('(')).map(|(name, _)| name) {
            names.extend(name.strip_prefix("check_").map(|label| label.replace('_', " ")));
            names.insert(name.to_owned());
        }
    }
}
