//! The tables of docs/CAPACITY.md, which the test compares with the plan. `MAILROOM_WRITE_DOCS=1` writes them instead.

mod limits;
mod months;
mod volume;

use std::fmt::Write as _;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/CAPACITY.md");

fn tables() -> Vec<(&'static str, String)> {
    vec![
        ("limits", limits::limits()),
        ("prices", limits::prices()),
        ("million", volume::million()),
        ("canary", months::canary()),
        ("idle", months::idle()),
        ("grafana", months::grafana()),
        ("private", months::private_subnets()),
        ("question", months::question()),
        ("replica", months::replica()),
    ]
}

#[test]
fn the_tables_of_the_capacity_page_are_those_of_the_plan() {
    let page = std::fs::read_to_string(PAGE).unwrap();
    let mut written = page.clone();
    for (name, table) in tables() {
        let (begin, end) = (format!("<!-- plan: {name} -->\n"), "<!-- end -->");
        let (before, rest) = written.split_once(&begin).unwrap_or_else(|| panic!("no {begin}"));
        let (_, after) = rest.split_once(end).unwrap_or_else(|| panic!("{name} has no end"));
        written = format!("{before}{begin}{table}{end}{after}");
    }
    assert_eq!(written.matches("<!-- plan: ").count(), tables().len());
    if std::env::var_os("MAILROOM_WRITE_DOCS").is_some() {
        std::fs::write(PAGE, written).unwrap();
    } else {
        assert!(
            page == written,
            "docs/CAPACITY.md differs from the plan: run this test with MAILROOM_WRITE_DOCS=1. {}",
            first_difference(&page, &written)
        );
    }
}

fn first_difference(page: &str, written: &str) -> String {
    let different = page.lines().zip(written.lines()).find(|(page, written)| page != written);
    different.map_or_else(String::new, |(page, written)| format!("\npage: {page}\nplan: {written}"))
}

/// A table in Markdown.
fn table(heads: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut text = format!("| {} |\n|{}\n", heads.join(" | "), "---|".repeat(heads.len()));
    for row in rows {
        assert_eq!(row.len(), heads.len(), "{row:?}");
        let _ = writeln!(text, "| {} |", row.join(" | "));
    }
    text
}
