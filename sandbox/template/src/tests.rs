//! Templates for the tests of all modules.

use super::*;
use std::collections::BTreeMap;

pub(crate) fn deployment() -> Deployment {
    Deployment {
        stack_name: "candidate-2".to_owned(),
        region: "eu-central-1".to_owned(),
        account_id: "000000000000".to_owned(),
        stack_id: "arn:aws:cloudformation:eu-central-1:000000000000:stack/candidate-2/8f6d3a10-4c2e-11f0-9a1b-0a58a9feac02"
            .to_owned(),
        aws_endpoint_url: "http://127.0.0.1:4566".to_owned(),
        fronts: Vec::new(),
        parameters: BTreeMap::new(),
    }
}

pub(crate) fn parse(text: &str) -> Result<Template, TemplateError> {
    Template::parse(text, &deployment())
}

pub(crate) fn parse_skipping(text: &str) -> Result<Template, TemplateError> {
    Template::resolve(text, "template.yaml", Path::new(""), &deployment(), true)
}

/// The message of a template that is refused.
pub(crate) fn refusal(text: &str) -> String {
    parse(text).unwrap_err().to_string()
}

#[track_caller]
pub(crate) fn assert_refused(text: &str, message: &str) {
    let refusal = refusal(text);
    assert!(refusal.contains(message), "{refusal}");
}

/// A function with these properties, one a line.
pub(crate) fn function(properties: &str) -> String {
    let metadata = "{BuildMethod: rust-cargolambda, BuildProperties: {Binary: worker}}";
    let head =
        format!("Resources:\n  Worker:\n    Type: AWS::Serverless::Function\n    Metadata: {metadata}\n");
    let common = "CodeUri: .\nRuntime: provided.al2023\n";
    format!("{head}    Properties:\n{}", indented(&format!("{common}{properties}")))
}

/// Another resource, to be put after a function.
pub(crate) fn resource(id: &str, kind: &str, properties: &str) -> String {
    format!("  {id}:\n    Type: {kind}\n    Properties:\n{}", indented(properties))
}

fn indented(properties: &str) -> String {
    properties.lines().map(|line| format!("      {line}\n")).collect()
}

#[test]
fn a_template_that_is_longer_than_cloudformation_takes_is_refused() {
    assert_refused(&format!("Resources: {{}}\n#{}", "x".repeat(1_048_576)), "CloudFormation takes 1048576");
}

const MIXED: &str = "\
Resources:
  Table: {Type: AWS::DynamoDB::Table}
  Jobs: {Type: AWS::SQS::Queue, Properties: {Fancy: 1}}
  Worker:
    Type: AWS::Serverless::Function
    Metadata: {BuildMethod: rust-cargolambda}
    Properties:
      Runtime: provided.al2023
      Layers: [x]
      Environment: {Variables: {TABLE: !Ref Table, ROLE: !GetAtt WorkerRole.Arn, QUEUE: !Ref Jobs}}
      Events:
        Stored: {Type: S3, Properties: {Bucket: !Ref Nobody}}
        Rows: {Type: DynamoDB, Properties: {Stream: !GetAtt Table.StreamArn}}
  Link:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {EventSourceArn: !GetAtt Table.StreamArn, FunctionName: !Ref Worker}
Outputs:
  Table: {Value: !Ref Table}
";

#[test]
fn everything_that_is_not_supported_is_refused_in_one_list() {
    let refusal = refusal(MIXED);
    let lines: Vec<_> = refusal.lines().collect();
    assert_eq!(lines.len(), 8, "{refusal}");
    assert_eq!(lines[0], "6 parts of the template are not supported by the sandbox:");
    for (line, place) in lines[1..7].iter().zip([
        "2: Table: resources of type AWS::DynamoDB::Table",
        "3: Jobs.Fancy: not supported",
        "9: Worker.Layers: not supported",
        "10: Worker.Environment.Variables.ROLE: refers to WorkerRole",
        "12: Worker.Events.Stored: events of type S3",
        "13: Worker.Events.Rows: events of type DynamoDB",
    ]) {
        assert!(line.starts_with(&format!("  template.yaml:{place}")), "{line}");
    }
    assert!(lines[7].contains("StackBuilder::skip_unsupported"), "{refusal}");
}

#[test]
fn the_parts_that_are_not_supported_can_be_skipped_with_what_refers_to_them() {
    let template = parse_skipping(MIXED).unwrap();
    let places: Vec<_> = template.skipped.iter().map(|part| part.place.as_str()).collect();
    let variable = |name| format!("Worker.Environment.Variables.{name}");
    let (table, role) = (variable("TABLE"), variable("ROLE"));
    let expected = ["Table", "Jobs.Fancy", "Worker.Layers", &table, &role];
    assert_eq!(places[..5], expected);
    assert_eq!(places[5..], ["Worker.Events.Stored", "Worker.Events.Rows", "Link.EventSourceArn"]);
    let [function] = &template.functions[..] else { panic!("one function") };
    assert_eq!(function.environment.keys().collect::<Vec<_>>(), ["QUEUE"]);
    assert_eq!((template.mappings.len(), template.outputs.len()), (0, 0));
}

#[test]
fn an_error_prints_its_sentences_with_their_sources() {
    let missing = Template::read(Path::new("/nowhere/template.yaml"), &deployment()).unwrap_err();
    let printed = format!("{missing:?}");
    assert!(printed.starts_with("the template /nowhere/template.yaml can't be read"), "{printed}");
    assert!(printed.contains("No such file"), "{printed}");
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let error = Template::read(Path::new("/nowhere/template.yaml"), &deployment()).unwrap_err();
    assert_eq!(error.to_string(), "the template /nowhere/template.yaml can't be read");
}
