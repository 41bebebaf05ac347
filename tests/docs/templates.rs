//! `docs/DEPLOY.md` and `docs/OPERATIONS.md`, compared with the names in `template.yaml` and `grafana/template.yaml`: an
//! operator finds every alarm, and a command asks for an output that exists.

use super::{quoted, read};
use sandbox::template::{BucketSpec, Deployment, FieldPattern, Matcher, Template};
use std::collections::BTreeSet;

const TEMPLATES: [&str; 3] = ["template.yaml", "grafana/template.yaml", "replica/template.yaml"];

/// The lines of a top-level section of the template.
fn section<'a>(template: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    let (_, rest) = template.split_once(&format!("\n{name}:\n")).expect("the section");
    rest.lines().take_while(|line| line.is_empty() || line.starts_with([' ', '#']))
}

/// The keys of a section, two spaces in.
fn declared(template: &str, name: &str) -> BTreeSet<String> {
    let keys = section(template, name).filter_map(|line| line.strip_prefix("  ")?.strip_suffix(':'));
    keys.filter(|key| key.chars().all(char::is_alphanumeric)).map(str::to_owned).collect()
}

/// The alarms of both stacks, without the mail stack's name in front.
fn alarms() -> BTreeSet<String> {
    let templates = TEMPLATES.map(read).join("\n");
    let names =
        templates.lines().filter_map(|line| line.trim().strip_prefix("AlarmName: !Sub ${")?.split_once("}-"));
    names.map(|(_, name)| name.to_owned()).collect()
}

/// The quoted names in the first cells of the table with this heading.
fn first_cells(page: &str, heading: &str) -> Vec<String> {
    let (_, rest) = page.split_once(&format!("\n{heading}")).expect("the table");
    let rows = rest.lines().skip(2).take_while(|line| line.starts_with('|'));
    let cells = rows.map(|row| row.split('|').nth(1).unwrap());
    cells.flat_map(quoted).map(str::to_owned).collect()
}

/// The outputs that the commands of a page ask for.
fn asked(page: &str) -> BTreeSet<String> {
    let code = page.lines().filter(|line| line.starts_with("    "));
    let words = code.flat_map(|line| line.split("output ").skip(1).map(str::to_owned).collect::<Vec<_>>());
    let names = words.map(|rest| rest.chars().take_while(char::is_ascii_alphanumeric).collect::<String>());
    names.filter(|name| name.starts_with(|first: char| first.is_ascii_uppercase())).collect()
}

fn set(names: &[String]) -> BTreeSet<String> {
    let all: BTreeSet<_> = names.iter().cloned().collect();
    assert_eq!(all.len(), names.len(), "named twice: {names:?}");
    all
}

#[test]
fn every_alarm_has_a_row_and_a_section_and_every_row_and_section_an_alarm() {
    let page = read("docs/OPERATIONS.md");
    assert_eq!(set(&first_cells(&page, "| alarm | fires when |")), alarms());
    let headings: Vec<_> = super::section(&page, "Alarms")
        .lines()
        .filter_map(|line| line.strip_prefix("### "))
        .map(str::to_owned)
        .collect();
    assert_eq!(set(&headings), alarms());
}

#[test]
fn every_parameter_is_described_and_every_described_one_is_there() {
    let described = set(&first_cells(&read("docs/DEPLOY.md"), "| parameter | default |"));
    assert_eq!(described, declared(&read("template.yaml"), "Parameters"));
}

#[test]
fn every_parameter_of_grafanas_stack_is_one_that_its_command_knows() {
    let command = ["grafana/deploy.sh", "delivery/beside.sh"].map(read).concat();
    for name in declared(&read("grafana/template.yaml"), "Parameters") {
        assert!(command.contains(&name), "grafana/deploy.sh gives no {name}");
    }
}

#[test]
fn every_output_that_a_command_asks_for_is_there() {
    let outputs = declared(&read("template.yaml"), "Outputs");
    for page in ["docs/DEPLOY.md", "docs/OPERATIONS.md"] {
        let asked = asked(&read(page));
        assert!(asked.len() > 3, "{page} asks for {asked:?}: have they a new form?");
        let missing: Vec<_> = asked.difference(&outputs).collect();
        assert!(missing.is_empty(), "{page} asks for {missing:?}");
    }
}

/// The template of a consumer in OPERATIONS.md.
#[test]
fn the_consumer_on_the_page_is_a_template_that_reacts_to_stored_emails() {
    let page = read("docs/OPERATIONS.md");
    let (_, text) = page.split_once("\n```yaml\nTransform: ").expect("the template");
    let (text, _) = text.split_once("\n```\n").expect("its end");
    let deployment = Deployment {
        stack_name: "consumer".to_owned(),
        region: "eu-central-1".to_owned(),
        account_id: "000000000000".to_owned(),
        stack_id: "arn:aws:cloudformation:eu-central-1:000000000000:stack/consumer/8f6d3a10".to_owned(),
        aws_endpoint_url: "http://127.0.0.1:4566".to_owned(),
        fronts: Vec::new(),
        parameters: [("Bucket".to_owned(), "mailroom-data-8f6d3a10".to_owned())].into(),
    };
    let template =
        Template::parse(&format!("Transform: {text}"), &deployment).unwrap_or_else(|error| panic!("{error}"));
    let [rule] = &template.event_rules[..] else { panic!("one rule") };
    assert_eq!((rule.function.as_str(), &template.buckets), ("ConsumerFunction", &Vec::<BucketSpec>::new()));
    let detail = rule.pattern.fields.iter().find_map(|(name, field)| match field {
        FieldPattern::Nested(detail) if name == "detail" => Some(detail),
        _ => None,
    });
    let bucket = FieldPattern::OneOf(vec![Matcher::Exact("mailroom-data-8f6d3a10".to_owned())]);
    let is_bucket = |(name, field): &(String, FieldPattern)| {
        name == "bucket"
            && matches!(field, FieldPattern::Nested(nested) if nested.fields == [("name".to_owned(), bucket.clone())])
    };
    assert!(detail.is_some_and(|detail| detail.fields.iter().any(is_bucket)), "{rule:?}");
}
