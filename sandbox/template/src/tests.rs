//! Templates for the tests of all modules.

use super::*;
use std::collections::BTreeMap;

pub(crate) fn deployment() -> Deployment {
    Deployment {
        stack_name: "candidate-2".to_owned(),
        region: "eu-central-1".to_owned(),
        account_id: "000000000000".to_owned(),
        aws_endpoint_url: "http://127.0.0.1:4566".to_owned(),
        load_balancer: None,
        parameters: BTreeMap::new(),
    }
}

pub(crate) fn parse(text: &str) -> Result<Template, TemplateError> {
    Template::parse(text, &deployment())
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

#[test]
fn a_file_that_is_not_there_is_named() {
    let error = Template::read(Path::new("/nowhere/template.yaml"), &deployment()).unwrap_err();
    assert_eq!(error.to_string(), "the template /nowhere/template.yaml can't be read");
}
