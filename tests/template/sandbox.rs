//! The template as the sandbox reads it: names, references and conditions resolved.

use crate::harness::root;
use sandbox::template::{
    ActionSpec, Deployment, FunctionSpec, LogFormat, MappingSpec, RedriveSpec, TargetSpec, Template,
};
use std::path::Path;
use std::time::Duration;

fn deployment() -> Deployment {
    Deployment {
        stack_name: "candidate-2".to_owned(),
        region: "eu-central-1".to_owned(),
        account_id: "000000000000".to_owned(),
        stack_id: "arn:aws:cloudformation:eu-central-1:000000000000:stack/candidate-2/8f6d3a10-4c2e-11f0-9a1b-0a58a9feac02"
            .to_owned(),
        aws_endpoint_url: "http://127.0.0.1:4566".to_owned(),
        fronts: Vec::new(),
        parameters: [].into(),
    }
}

fn of_the_repository(deployment: &Deployment) -> Template {
    Template::read(&root().join("template.yaml"), deployment).unwrap()
}

fn variables(function: &FunctionSpec) -> Vec<(&str, &str)> {
    function.environment.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

#[test]
fn the_functions_of_the_repository_are_the_ones_designed() {
    let template = of_the_repository(&deployment());
    let [api, worker] = &template.functions[..] else { panic!("two functions") };
    assert_eq!((api.logical_id.as_str(), api.name.as_str()), ("ApiFunction", "candidate-2-api"));
    assert_eq!((api.binary.as_deref(), api.memory_mb, api.timeout.as_secs()), (Some("api"), 256, 10));
    assert_eq!((worker.logical_id.as_str(), worker.name.as_str()), ("WorkerFunction", "candidate-2-worker"));
    assert_eq!(
        (worker.binary.as_deref(), worker.memory_mb, worker.timeout.as_secs()),
        (Some("worker"), 512, 30)
    );
    for function in [api, worker] {
        let binary = function.binary.as_deref().unwrap();
        assert!(function.code_uri.ends_with(Path::new("functions").join(binary)), "{function:?}");
        assert!(function.code_uri.join("Cargo.toml").is_file(), "{function:?}");
        assert_eq!((function.log_format, function.log_level.as_deref()), (LogFormat::Json, Some("INFO")));
    }
}

#[test]
fn the_environment_of_both_functions_is_resolved() {
    let template = of_the_repository(&deployment());
    let tunables = ("GLIBC_TUNABLES", "glibc.malloc.tcache_count=1000");
    assert_eq!(
        variables(&template.functions[0]),
        [
            tunables,
            ("SQS_QUEUE_URL", "http://127.0.0.1:4566/000000000000/candidate-2-queue-8f6d3a10"),
            ("SSM_TOKEN_PARAMETER", "/candidate-2/auth_token"),
        ]
    );
    assert_eq!(
        variables(&template.functions[1]),
        [tunables, ("OBJECT_KEY_LAYOUT", "flat"), ("S3_BUCKET_NAME", "candidate-2-data-8f6d3a10")]
    );
}

#[test]
fn parameters_of_the_deployment_replace_the_defaults() {
    let mut dated = deployment();
    for (name, value) in [
        ("ObjectKeyLayout", "dated"),
        ("MessageRetention", "1209600"),
        ("WorkerConcurrency", "20"),
        ("WorkerBatchSize", "2000"),
        ("WorkerBatchWindow", "20"),
    ] {
        dated.parameters.insert(name.to_owned(), value.to_owned());
    }
    let template = of_the_repository(&dated);
    assert_eq!(template.functions[1].environment["OBJECT_KEY_LAYOUT"], "dated");
    assert_eq!(template.queues[0].retention, Duration::from_secs(1_209_600));
    let mapping = &template.mappings[0];
    assert_eq!(mapping.maximum_concurrency, Some(20));
    assert_eq!((mapping.batch_size, mapping.window), (2_000, Duration::from_secs(20)));
    assert_eq!(template.queues[0].visibility_timeout, Duration::from_secs(200));
}

#[test]
fn the_queues_of_the_repository_are_the_ones_designed() {
    let template = of_the_repository(&deployment());
    let [queue, dead_letters] = &template.queues[..] else { panic!("two queues") };
    assert_eq!(queue.name, "candidate-2-queue-8f6d3a10");
    assert_eq!(queue.retention, Duration::from_secs(86_400));
    let window = template.mappings[0].window;
    assert_eq!((template.mappings[0].batch_size, window), (100, Duration::from_secs(1)));
    assert_eq!(queue.visibility_timeout, 6 * template.functions[1].timeout + window);
    assert_eq!(queue.maximum_message_size, 1 << 20);
    let redrive = RedriveSpec { dead_letter_queue: dead_letters.name.clone(), max_receive_count: 5 };
    assert_eq!(queue.redrive, Some(redrive));
    assert_eq!(dead_letters.name, "candidate-2-dead-letter-queue-8f6d3a10");
    assert_eq!(dead_letters.retention, Duration::from_secs(14 * 86_400));
    assert_eq!(dead_letters.redrive, None);
}

#[test]
fn the_emails_bucket_of_the_repository_sends_events_with_emit_events() {
    let sending = |parameters: &[(&str, &str)]| {
        let parameters = parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let template = of_the_repository(&Deployment { parameters: parameters.collect(), ..deployment() });
        let buckets = template.buckets.into_iter().filter(|bucket| bucket.event_bridge);
        buckets.map(|bucket| bucket.name).collect::<Vec<_>>()
    };
    assert_eq!(sending(&[]), [""; 0]);
    assert_eq!(sending(&[("EmitEvents", "yes")]), ["candidate-2-data-8f6d3a10"]);
}

#[test]
fn the_mapping_of_the_repository_is_the_one_designed() {
    let mapping = MappingSpec {
        queue: "candidate-2-queue-8f6d3a10".to_owned(),
        function: "WorkerFunction".to_owned(),
        batch_size: 100,
        window: Duration::from_secs(1),
        maximum_concurrency: Some(5),
        report_batch_item_failures: true,
    };
    assert_eq!(of_the_repository(&deployment()).mappings, [mapping]);
}

#[test]
fn the_listener_of_the_repository_sends_everything_to_api() {
    let template = of_the_repository(&deployment());
    let [listener] = &template.listeners[..] else { panic!("one listener") };
    assert_eq!(listener.port, 80);
    assert!(listener.load_balancer.drop_invalid_headers, "as its load balancer's attributes say");
    let [default] = &listener.rules[..] else { panic!("one rule") };
    assert_eq!((default.priority, default.path_patterns.len(), default.methods.len()), (None, 0, 0));
    let arn =
        "arn:aws:elasticloadbalancing:eu-central-1:000000000000:targetgroup/candidate-2-api/6d0ecf831eec9f09";
    let api = TargetSpec {
        function: "ApiFunction".to_owned(),
        target_group_arn: arn.to_owned(),
        multi_value_headers: false,
        health_check: None,
    };
    assert_eq!(default.action, ActionSpec::Forward(api));
}

#[test]
fn the_outputs_of_the_repository_are_those_that_can_be_had_here() {
    let listening = Deployment { fronts: vec!["127.0.0.1:8080".parse().unwrap()], ..deployment() };
    let template = of_the_repository(&listening);
    let outputs: Vec<_> =
        template.outputs.iter().map(|output| (output.key.as_str(), output.value.as_str())).collect();
    assert_eq!(
        outputs,
        [
            ("Url", "http://127.0.0.1:8080"),
            ("LoadBalancerName", "127.0.0.1:8080"),
            ("TokenParameter", "/candidate-2/auth_token"),
            ("QueueUrl", "http://127.0.0.1:4566/000000000000/candidate-2-queue-8f6d3a10"),
            (
                "DeadLetterQueueUrl",
                "http://127.0.0.1:4566/000000000000/candidate-2-dead-letter-queue-8f6d3a10"
            ),
            ("BucketName", "candidate-2-data-8f6d3a10"),
            ("EmailRetentionDays", "0"),
            ("ApiLogGroup", "/aws/lambda/candidate-2-api"),
            ("WorkerLogGroup", "/aws/lambda/candidate-2-worker"),
            ("LogBucketName", "candidate-2-logs-8f6d3a10"),
        ]
    );
    assert!(template.outputs.iter().all(|output| output.description.is_some()));
    assert_eq!(template.functions[0].log_group, "/aws/lambda/candidate-2-api");
}
