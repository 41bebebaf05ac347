//! Both functions, the queue between them and what moves traffic to a new version.

use super::file::{File, all_branches, list, text};
use serde_json::Value;

fn number(file: &File, id: &str, pointer: &str) -> u64 {
    file.text(id, pointer).parse().unwrap_or_else(|_| panic!("{id} {pointer} is no number"))
}

#[test]
fn the_functions_run_as_designed() {
    let file = File::read();
    let globals = &file.section("Globals")["Function"];
    assert_eq!(globals["Runtime"], "provided.al2023");
    assert_eq!(
        (text(&globals["Architectures"][0]), text(&globals["Tracing"])),
        ("${Architecture}".into(), "${Tracing}".into())
    );
    for (id, memory, timeout) in
        [("ApiFunction", 256, 10), ("WorkerFunction", 512, 30), ("CanaryFunction", 128, 60)]
    {
        assert_eq!(
            (number(&file, id, "/MemorySize"), number(&file, id, "/Timeout")),
            (memory, timeout),
            "{id}"
        );
    }
    assert_eq!(file.of_type("AWS::Serverless::Function").len(), 3);
}

/// `sam build` compiles a function in its CodeUri. At the root it would get the features of the whole workspace.
#[test]
fn each_function_is_built_in_its_own_directory() {
    let file = File::read();
    for (id, binary) in [("ApiFunction", "api"), ("WorkerFunction", "worker"), ("CanaryFunction", "canary")] {
        assert_eq!(file.text(id, "/CodeUri"), format!("functions/{binary}"));
        let metadata = &file.resource(id)["Metadata"];
        assert_eq!(metadata["BuildMethod"], "rust-cargolambda", "{id}");
        assert_eq!(metadata["BuildProperties"]["Binary"], binary, "{id}");
    }
}

#[test]
fn the_functions_know_exactly_their_settings() {
    let file = File::read();
    let texts = |value| all_branches(value).into_iter().map(text).collect::<Vec<_>>().join(" or ");
    let settings = |id| {
        let Value::Object(variables) = file.property(id, "/Environment/Variables") else { panic!("{id}") };
        let mut lines: Vec<_> =
            variables.iter().map(|(name, value)| format!("{name}={}", texts(value))).collect();
        lines.sort();
        lines.join(" ")
    };
    assert_eq!(
        settings("ApiFunction"),
        "SQS_QUEUE_URL=${Queue} SSM_TOKEN_PARAMETER=/aws/reference/secretsmanager/${TokenSecret} or \
         /${StackName}/auth_token"
    );
    assert_eq!(settings("WorkerFunction"), "OBJECT_KEY_LAYOUT=${ObjectKeyLayout} S3_BUCKET_NAME=${Bucket}");
}

#[test]
fn the_logs_of_the_functions_are_json_and_their_own() {
    let file = File::read();
    for (id, group, name) in [
        ("ApiFunction", "ApiLogGroup", "api"),
        ("WorkerFunction", "WorkerLogGroup", "worker"),
        ("CanaryFunction", "CanaryLogGroup", "canary"),
    ] {
        assert_eq!(file.text(id, "/LoggingConfig/LogFormat"), "JSON");
        assert_eq!(file.text(id, "/LoggingConfig/LogGroup"), format!("${{{group}}}"));
        assert_eq!(file.text(group, "/LogGroupName"), format!("/aws/lambda/${{StackName}}-{name}"));
    }
    for (id, group) in file.of_type("AWS::Logs::LogGroup") {
        assert_eq!(text(&group["RetentionInDays"]), "${LogRetention}", "{id}");
    }
}

#[test]
fn callers_reach_the_version_that_the_alias_names() {
    let file = File::read();
    for id in ["ApiFunction", "WorkerFunction"] {
        assert_eq!(file.text(id, "/AutoPublishAlias"), "live");
    }
    let canary = &file.resource("CanaryFunction")["Properties"];
    assert!(canary.get("AutoPublishAlias").is_none(), "its newest code tests each deployment");
    for (id, property, function) in [
        ("ApiTargetGroup", "/Targets/0/Id", "ApiFunction"),
        ("ApiPermission", "/FunctionName", "ApiFunction"),
        ("WorkerMapping", "/FunctionName", "WorkerFunction"),
    ] {
        assert_eq!(file.text(id, property), format!("${{{function}.Alias}}"), "{id}");
    }
    assert_eq!(file.resource("ApiTargetGroup")["DependsOn"], "ApiPermission");
}

#[test]
fn a_new_version_gets_its_traffic_bit_by_bit_and_loses_it_to_an_alarm() {
    let file = File::read();
    for (id, alarms) in [
        ("ApiFunction", &["${ApiErrorsAlarm}", "${ApiUnavailableAlarm}", "${ApiBugAlarm}"][..]),
        ("WorkerFunction", &["${WorkerErrorsAlarm}", "${PoisonAlarm}", "${FailedWritesAlarm}"]),
    ] {
        assert_eq!(file.text(id, "/AutoPublishAliasAllProperties"), "true", "{id}");
        assert_eq!(file.text(id, "/DeploymentPreference/Role"), "${DeployRole.Arn}", "{id}");
        let preference = file.property(id, "/DeploymentPreference");
        let path: Vec<_> = list(&preference["Type"]["Fn::FindInMap"]).into_iter().map(text).collect();
        assert_eq!(path, ["Stages", "${Stage}", "Traffic"], "{id}");
        assert_eq!(list(&preference["Alarms"]).into_iter().map(text).collect::<Vec<_>>(), alarms, "{id}");
        assert_eq!(text(&preference["Enabled"]), "${ShiftTraffic}", "{id}: going back takes no canary");
    }
    assert_eq!(
        text(&file.section("Parameters")["ShiftTraffic"]["Default"]),
        "false",
        "CodeDeploy may not be activated"
    );
    let stages = &file.section("Mappings")["Stages"];
    let traffic = |stage: &str| text(&stages[stage]["Traffic"]);
    assert_eq!((traffic("dev"), traffic("prod")), ("AllAtOnce".into(), "Canary10Percent5Minutes".into()));
    assert_eq!(traffic("staging"), traffic("prod"), "or staging is no rehearsal");
}

/// Before any traffic, and only in a stack with a canary.
#[test]
fn the_canary_tests_both_new_versions() {
    let file = File::read();
    for id in ["ApiFunction", "WorkerFunction"] {
        let hooks = file.property(id, "/DeploymentPreference/Hooks");
        let hook = serde_json::json!({"PreTraffic": {"Fn::If": ["HasCanary", {"Ref": "CanaryFunction"}, {"Ref": "AWS::NoValue"}]}});
        assert_eq!(*hooks, hook, "{id}");
    }
    let variable = |name: &str| file.text("CanaryFunction", &format!("/Environment/Variables/{name}"));
    assert_eq!(variable("API_VERSION_ARN"), "${ApiFunction.Version}");
    assert_eq!(variable("WORKER_VERSION_ARN"), "${WorkerFunction.Version}");
}

#[test]
fn the_canary_posts_to_the_address_of_callers() {
    let file = File::read();
    let url = file.property("CanaryFunction", "/Environment/Variables/MAILROOM_URL");
    assert_eq!(*url, file.section("Outputs")["Url"]["Value"]);
}

/// A run says how things are now: one that EventBridge Scheduler repeats later would say nothing more.
#[test]
fn the_canary_runs_at_its_rate_and_not_again() {
    let file = File::read();
    let schedule = |pointer: &str| file.text("CanaryFunction", &format!("/Events/Rate/Properties{pointer}"));
    assert_eq!(schedule("/ScheduleExpression"), "${CanaryRate}");
    assert_eq!(schedule("/Name"), "${StackName}-canary");
    assert_eq!(schedule("/RoleArn"), "${CanaryScheduleRole.Arn}");
    assert_eq!(schedule("/RetryPolicy/MaximumRetryAttempts"), "0");
    for (id, resource) in file.section("Resources") {
        if id.starts_with("Canary") {
            assert_eq!(resource["Condition"], "HasCanary", "{id}: without CanaryRate there is nothing of it");
        }
    }
}

/// Whatever else runs behind the load balancer must not take a version of `api` back: its metrics count all targets.
#[test]
fn only_the_functions_own_signals_take_a_version_back() {
    let file = File::read();
    for id in ["ApiFunction", "WorkerFunction"] {
        for alarm in list(file.property(id, "/DeploymentPreference/Alarms")) {
            let alarm = text(alarm).trim_matches(['$', '{', '}']).to_owned();
            let namespace = file.text(&alarm, "/Namespace");
            assert!(["AWS/Lambda", "Mailroom"].contains(&namespace.as_str()), "{alarm} watches {namespace}");
            let of = file.text(&alarm, "/Dimensions/0/Value");
            let function = file.text(id, "/FunctionName");
            assert_eq!(
                (file.text(&alarm, "/Dimensions/0/Name"), of),
                ("FunctionName".into(), function),
                "{alarm}"
            );
        }
    }
}

#[test]
fn the_queue_gives_messages_time_and_keeps_what_nobody_could_file() {
    let file = File::read();
    let timeout = number(&file, "WorkerFunction", "/Timeout");
    let Value::Object(windows) = &file.section("Mappings")["BatchWindows"] else { panic!("a mapping") };
    let allowed = list(&file.section("Parameters")["WorkerBatchWindow"]["AllowedValues"]);
    assert_eq!(allowed.len(), windows.len());
    for window in allowed.into_iter().map(text) {
        let seconds: u64 = window.parse().unwrap();
        assert_eq!(text(&windows[window.as_str()]["VisibilityTimeout"]), (6 * timeout + seconds).to_string());
    }
    assert_eq!(file.text("Queue", "/MessageRetentionPeriod"), "${MessageRetention}");
    assert_eq!(number(&file, "Queue", "/RedrivePolicy/maxReceiveCount"), 5);
    assert_eq!(file.text("Queue", "/RedrivePolicy/deadLetterTargetArn"), "${DeadLetterQueue.Arn}");
    let most = number(&file, "DeadLetterQueue", "/MessageRetentionPeriod");
    assert_eq!(most, 14 * 86_400);
    assert_eq!(text(&file.section("Parameters")["MessageRetention"]["MaxValue"]), most.to_string());
    for queue in ["Queue", "DeadLetterQueue"] {
        assert_eq!(number(&file, queue, "/MaximumMessageSize"), 1 << 20, "{queue}");
    }
}

#[test]
fn the_mapping_gathers_batches_and_learns_which_messages_failed() {
    let file = File::read();
    let mapping = |pointer| file.text("WorkerMapping", pointer);
    assert_eq!(
        (mapping("/BatchSize"), mapping("/MaximumBatchingWindowInSeconds")),
        ("${WorkerBatchSize}".into(), "${WorkerBatchWindow}".into())
    );
    assert_eq!(mapping("/FunctionResponseTypes/0"), "ReportBatchItemFailures");
    assert_eq!(mapping("/ScalingConfig/MaximumConcurrency"), "${WorkerConcurrency}");
    assert_eq!(mapping("/EventSourceArn"), "${Queue.Arn}");
    for (id, function) in file.of_type("AWS::Serverless::Function") {
        assert!(
            function.get("ReservedConcurrentExecutions").is_none(),
            "{id}: throttled messages use up receives"
        );
    }
}
