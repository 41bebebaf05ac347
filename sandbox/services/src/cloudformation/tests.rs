//! Stacks, as a client sees them. What the SDK makes of the answers is in `tests/stack_outputs.rs`.

use super::api::{check, describe_stacks};
use super::*;
use crate::query::Form;
use std::time::Duration;

const ID: &str = "arn:aws:cloudformation:eu-central-1:000000000000:stack/mail/8f6d3a10";

fn deployed(name: &str, id: &str) -> Deployed {
    let output = |key: &str, value: &str, description: Option<&str>| Output {
        key: key.to_owned(),
        value: value.to_owned(),
        description: description.map(str::to_owned),
    };
    let outputs =
        vec![output("Url", "http://a/?b=1&c=<d>", Some("Where & how.")), output("Other", "x", None)];
    let created_at = SystemTime::UNIX_EPOCH + Duration::from_millis(1_693_561_101_250);
    Deployed { name: name.to_owned(), id: id.to_owned(), created_at, outputs }
}

fn cloudformation() -> CloudFormation {
    let cloudformation = CloudFormation::default();
    cloudformation.add(deployed("mail", ID));
    cloudformation.add(deployed("other", "arn:other"));
    cloudformation
}

fn describe(form: &str) -> Result<String, CloudFormationError> {
    describe_stacks(&cloudformation(), &Form::parse(form.as_bytes()))
}

#[test]
fn a_stack_is_described_by_name_or_by_id_and_without_either_they_all_are() {
    let by_name = describe("StackName=mail").unwrap();
    assert_eq!(
        by_name,
        format!(
            "<Stacks><member><StackName>mail</StackName><StackId>{ID}</StackId>\
             <CreationTime>2023-09-01T09:38:21.250Z</CreationTime><StackStatus>CREATE_COMPLETE</StackStatus>\
             <DisableRollback>false</DisableRollback><Outputs>\
             <member><OutputKey>Url</OutputKey><OutputValue>http://a/?b=1&amp;c=&lt;d&gt;</OutputValue>\
             <Description>Where &amp; how.</Description></member>\
             <member><OutputKey>Other</OutputKey><OutputValue>x</OutputValue></member>\
             </Outputs></member></Stacks>"
        )
    );
    assert_eq!(describe(&format!("StackName={ID}")).unwrap(), by_name);
    assert_eq!(describe("").unwrap().matches("<StackId>").count(), 2);
}

#[test]
fn a_stack_that_is_not_there_is_a_validation_error() {
    let error = describe("StackName=mai").unwrap_err();
    assert_eq!(error.to_string(), "Stack with id mai does not exist");
    assert_eq!(crate::json::WireError::from(error).kind, "ValidationError");
    assert!(matches!(describe("StackName="), Err(CloudFormationError::Invalid(_))));
    assert!(matches!(describe("NextToken=x"), Err(CloudFormationError::Invalid(_))));
}

#[test]
fn a_stack_that_is_added_again_is_one() {
    let cloudformation = cloudformation();
    cloudformation.add(deployed("mail", "arn:new"));
    assert_eq!(cloudformation.find(None).unwrap().len(), 2);
    assert_eq!(cloudformation.find(Some("mail")).unwrap()[0].id, "arn:new");
}

#[test]
fn another_action_and_another_services_version_are_unknown() {
    for (form, known) in [
        ("Action=DescribeStacks&Version=2010-05-15", true),
        ("Action=DeleteStack&Version=2010-05-15", false),
        ("Action=GetCallerIdentity&Version=2011-06-15", false),
        ("", false),
    ] {
        assert_eq!(check(&Form::parse(form.as_bytes())).is_ok(), known, "{form}");
    }
}
