//! What a stack tells its users, asked for as on AWS: by the stack's name, of CloudFormation.

use crate::harness::{Ours, email, request, root, sdk_config};
use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::error::ProvideErrorMetadata;
use aws_sdk_cloudformation::types::{Stack, StackStatus};
use sandbox::services::faults::{Fault, Times};
use std::collections::BTreeMap;

async fn client(stack: &sandbox::Stack) -> Client {
    Client::new(&sdk_config(stack.aws().endpoint_url()).await)
}

/// The stack with this name or id.
async fn find(client: &Client, name: &str) -> Stack {
    client.describe_stacks().stack_name(name).send().await.unwrap().stacks.unwrap().remove(0)
}

fn outputs(stack: &Stack) -> BTreeMap<&str, &str> {
    stack
        .outputs()
        .iter()
        .map(|output| (output.output_key().unwrap(), output.output_value().unwrap()))
        .collect()
}

#[tokio::test]
async fn whoever_knows_a_stacks_name_finds_its_door_its_queues_its_bucket_and_its_token() {
    let system = Ours::start().await;
    let stack = find(&client(&system.stack).await, "local").await;
    let outputs = outputs(&stack);
    assert_eq!(outputs, system.stack.outputs());
    let token = system.ssm.get_parameter().name(outputs["TokenParameter"]).with_decryption(true).send().await;
    let mut body = request(&email("John doe"));
    body["token"] = token.unwrap().parameter.unwrap().value.unwrap().into();
    let url = format!("{}/api/email", outputs["Url"]);
    let answer = reqwest::Client::new().post(url).body(body.to_string()).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    system.stored_keys(1).await;
    let objects = system.s3.list_objects_v2().bucket(outputs["BucketName"]).send().await.unwrap();
    assert_eq!(objects.contents()[0].key(), Some("John doe_1693561101.json"));
    for queue in ["QueueUrl", "DeadLetterQueueUrl"] {
        assert_eq!(system.queued(outputs[queue]).await, 0, "{queue}");
    }
}

#[tokio::test]
async fn a_stack_beside_it_finds_the_load_balancer_by_parameters_and_what_only_aws_has_is_left_out() {
    let system = Ours::start().await;
    let read = async |name: &str| {
        let answer = system.ssm.get_parameter().name(format!("/local/{name}")).send().await;
        answer.map(|answer| answer.parameter.unwrap().value.unwrap())
    };
    assert_eq!(read("load-balancer/url").await.unwrap(), system.stack.url());
    assert_eq!(read("load-balancer/tls").await.unwrap(), "false");
    assert_eq!(read("names/suffix").await.unwrap(), "8f6d3a10");
    let error = read("load-balancer/vpc").await.unwrap_err();
    assert_eq!(error.code(), Some("ParameterNotFound"), "{error:?}");
}

#[tokio::test]
async fn a_stack_is_complete_and_found_by_name_by_id_or_among_all() {
    let system = Ours::start().await;
    let client = client(&system.stack).await;
    let stack = find(&client, "local").await;
    assert_eq!(
        (stack.stack_name(), stack.stack_status()),
        (Some("local"), Some(&StackStatus::CreateComplete))
    );
    assert!(stack.creation_time().unwrap().secs() > 1_700_000_000);
    let described =
        stack.outputs().iter().all(|output| output.description().is_some_and(|text| text.len() > 20));
    assert!(described, "{:?}", stack.outputs());
    assert_eq!(find(&client, stack.stack_id().unwrap()).await, stack);
    let all = client.describe_stacks().into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
    assert_eq!(all.unwrap(), [stack]);
}

#[tokio::test]
async fn a_stack_that_is_not_there_is_named_and_a_throttled_question_is_asked_again() {
    let system = Ours::start().await;
    let client = client(&system.stack).await;
    let error = client.describe_stacks().stack_name("other").send().await.unwrap_err();
    assert_eq!(
        (error.code(), error.message()),
        (Some("ValidationError"), Some("Stack with id other does not exist"))
    );
    system.fault("DescribeStacks", Fault::Error { status: 400, code: "Throttling".to_owned() }, Times::Once);
    let before = system.calls("DescribeStacks");
    find(&client, "local").await;
    assert_eq!(system.calls("DescribeStacks"), before + 2);
}

#[tokio::test]
async fn a_stack_without_functions_has_no_door() {
    let stack =
        sandbox::Stack::from_template(root().join("template.yaml")).functions(false).start().await.unwrap();
    let found = find(&client(&stack).await, "local").await;
    let outputs = outputs(&found);
    assert!(!outputs.contains_key("Url") && outputs.contains_key("QueueUrl"), "{outputs:?}");
}
