//! A stack's outputs and parameters, by which operators and other stacks find it.

use crate::harness::{Ours, email, request};
use aws_sdk_ssm::error::ProvideErrorMetadata;

#[tokio::test]
async fn the_outputs_name_url_queues_bucket_and_token() {
    let system = Ours::start().await;
    let outputs = system.stack.outputs();
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
