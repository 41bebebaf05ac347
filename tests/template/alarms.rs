//! The alarms.

use super::file::{File, list, text};
use super::metrics;
use serde_json::Value;

/// All alarms of both stacks, with the template that has them.
fn all(read: &mut dyn FnMut(&File, &str, &Value)) {
    for file in [File::read(), File::grafana(), File::at("replica/template.yaml")] {
        for (id, alarm) in file.of_type("AWS::CloudWatch::Alarm") {
            read(&file, id, alarm);
        }
    }
}

fn dimensions(alarm: &Value) -> Vec<(String, String)> {
    let dimensions = list(&alarm["Dimensions"]);
    dimensions.iter().map(|dimension| (text(&dimension["Name"]), text(&dimension["Value"]))).collect()
}

#[test]
fn every_alarm_watches_a_metric_that_there_is() {
    all(&mut |_, id, alarm| {
        let dimensions = dimensions(alarm);
        let names: Vec<_> = dimensions.iter().map(|(name, _)| name.as_str()).collect();
        let (namespace, metric) = (text(&alarm["Namespace"]), text(&alarm["MetricName"]));
        assert!(
            metrics::exists(&namespace, &metric, &names),
            "{id}: {namespace} has no {metric} with {names:?}"
        );
        for (name, value) in &dimensions {
            let known = match name.as_str() {
                "FunctionName" => {
                    let functions = ["${StackName}-api", "${StackName}-worker", "${StackName}-canary"];
                    functions.contains(&value.as_str())
                }
                "QueueName" => {
                    ["${Queue.QueueName}", "${DeadLetterQueue.QueueName}"].contains(&value.as_str())
                }
                "Reason" => ["unavailable", "bug"].contains(&value.as_str()),
                "LoadBalancer" => ["${LoadBalancer.LoadBalancerFullName}", "${LoadBalancerFullName}"]
                    .contains(&value.as_str()),
                "ApiId" => value == "${HttpApi}",
                "SourceBucket" => ["${Bucket}", "${SourceBucket}"].contains(&value.as_str()),
                "DestinationBucket" => value.contains("ReplicaBucket"),
                "RuleId" => value == "replica",
                "TargetGroup" => value.ends_with("TargetGroup.TargetGroupFullName}"),
                _ => value == "${GrafanaGroup}",
            };
            assert!(known, "{id}: {name} is {value}");
        }
    });
}

#[test]
fn every_alarm_says_what_it_means_names_its_section_and_tells_somebody() {
    all(&mut |file, id, alarm| {
        let missing = text(&alarm["TreatMissingData"]);
        assert!(["notBreaching", "breaching", "missing"].contains(&missing.as_str()), "{id}: {missing}");
        assert_eq!(text(&alarm["AlarmActions"][0]), "${AlarmTopic}", "{id}");
        assert_eq!(text(&alarm["OKActions"][0]), "${AlarmTopic}", "{id}");
        let name = text(&alarm["AlarmName"]);
        let (_, name) = name.split_once("}-").expect("the stack's name first");
        let description = text(&alarm["AlarmDescription"]);
        let (meaning, section) = description.split_once(" docs/OPERATIONS.md#").expect("its section");
        assert!(meaning.len() > 30, "{id} doesn't say what it means");
        assert_eq!(section, name, "{id} names another alarm's section");
        let watched = dimensions(alarm).into_iter().find_map(|(_, value)| {
            let id = value.strip_prefix("${")?.split(['.', '}']).next()?;
            let functions = file.section("Resources").values();
            let named = |resource: &&Value| text(&resource["Properties"]["FunctionName"]) == value;
            file.section("Resources").get(id).or_else(|| functions.into_iter().find(named))
        });
        let has_replica = Value::from("HasReplica");
        let replicated = Some(&has_replica).filter(|_| id == "ReplicationFailedAlarm");
        assert_eq!(
            file.resource(id).get("Condition"),
            replicated.or(watched.and_then(|resource| resource.get("Condition"))),
            "{id}: an alarm is there when what it watches is"
        );
    });
}

#[test]
fn what_operators_have_to_hear_of_has_an_alarm() {
    let (mail, grafana, replica) = (File::read(), File::grafana(), File::at("replica/template.yaml"));
    let mut alarms = mail.of_type("AWS::CloudWatch::Alarm");
    alarms.extend(grafana.of_type("AWS::CloudWatch::Alarm"));
    alarms.extend(replica.of_type("AWS::CloudWatch::Alarm"));
    let watched = |metric: &str, of: &str, operator: &str, threshold: &str| {
        alarms.iter().any(|(_, alarm)| {
            alarm["MetricName"] == metric
                && dimensions(alarm).iter().any(|(_, value)| value == of)
                && text(&alarm["ComparisonOperator"]).starts_with(operator)
                && text(&alarm["Threshold"]) == threshold
        })
    };
    for (metric, of, operator, threshold) in [
        ("Errors", "${StackName}-api", "GreaterThan", "0"),
        ("Errors", "${StackName}-worker", "GreaterThan", "0"),
        ("Throttles", "${StackName}-api", "GreaterThan", "0"),
        ("Throttles", "${StackName}-worker", "GreaterThan", "0"),
        ("Duration", "${StackName}-api", "GreaterThan", "8000"), // of 10 s
        ("Duration", "${StackName}-worker", "GreaterThan", "24000"), // of 30 s
        ("TokenRefreshFailures", "${StackName}-api", "GreaterThan", "0"),
        ("Poison", "${StackName}-worker", "GreaterThan", "0"),
        ("FailedWrites", "${StackName}-worker", "GreaterThan", "10"),
        ("ApproximateAgeOfOldestMessage", "${Queue.QueueName}", "GreaterThanOrEqual", "300"),
        ("ApproximateNumberOfMessagesVisible", "${DeadLetterQueue.QueueName}", "GreaterThan", "0"),
        ("Refused", "unavailable", "GreaterThan", "0"),
        ("Refused", "bug", "GreaterThan", "0"),
        ("CanaryPassed", "${StackName}-canary", "LessThan", "1"),
        ("LambdaUserError", "${ApiTargetGroup.TargetGroupFullName}", "GreaterThan", "4"),
        ("5xx", "${HttpApi}", "GreaterThan", "4"),
        ("OperationsFailedReplication", "${Bucket}", "GreaterThan", "0"),
        ("ReplicationLatency", "${ReplicaBucket}", "GreaterThan", "900"),
        ("HealthyHostCount", "${GrafanaTargetGroup.TargetGroupFullName}", "LessThan", "1"),
        ("CPUUtilization", "${GrafanaGroup}", "GreaterThan", "80"),
        ("mem_used_percent", "${GrafanaGroup}", "GreaterThan", "90"),
        ("disk_used_percent", "${GrafanaGroup}", "GreaterThan", "85"),
        ("StatusCheckFailed", "${GrafanaGroup}", "GreaterThan", "0"),
    ] {
        assert!(
            watched(metric, of, operator, threshold),
            "nothing watches {metric} of {of} {operator} {threshold}"
        );
    }
}

/// SQS leaves out messages that were received more than three times ("Available CloudWatch metrics for Amazon SQS"), so a
/// failing one is seen for three visibility timeouts. An email that waits for its window alone is never too old.
#[test]
fn queue_age_fires_for_a_failing_email_whatever_the_window_and_never_for_a_waiting_one() {
    let file = File::read();
    let number = |pointer| file.text("QueueAgeAlarm", pointer).parse::<u32>().unwrap();
    let (age, seen_for) = (number("/Threshold"), number("/Period") * number("/EvaluationPeriods"));
    for (window, found) in file.section("Mappings")["BatchWindows"].as_object().unwrap() {
        let visibility: u32 = text(&found["VisibilityTimeout"]).parse().unwrap();
        assert!(age + seen_for <= 3 * visibility, "{window} s");
        assert!(2 * window.parse::<u32>().unwrap() <= age, "{window} s");
    }
}

/// Two failures in a row, or silence, at any rate that the parameter allows: two rates, a minute for the schedule's
/// precision, one for a slow run, and one for the place of the periods.
#[test]
fn the_canarys_alarm_fits_every_rate() {
    let file = File::read();
    let alarm = |pointer| file.text("CanaryAlarm", pointer);
    assert_eq!((alarm("/TreatMissingData"), alarm("/Period")), ("breaching".into(), "60".into()));
    assert!(file.resource("CanaryAlarm")["Properties"].get("DatapointsToAlarm").is_none());
    let allowed = list(&file.section("Parameters")["CanaryRate"]["AllowedValues"]);
    let rates: Vec<_> = allowed.into_iter().map(text).filter(|rate| !rate.is_empty()).collect();
    for rate in &rates {
        let minutes = match rate.trim_start_matches("rate(").trim_end_matches(')').split_once(' ').unwrap() {
            (count, "minute" | "minutes") => count.parse::<u32>().unwrap(),
            (count, "hour" | "hours") => 60 * count.parse::<u32>().unwrap(),
            other => panic!("{other:?}"),
        };
        let periods = chosen(&file, file.property("CanaryAlarm", "/EvaluationPeriods"), rate);
        assert_eq!(periods, (2 * minutes + 3).to_string(), "{rate}");
        // "Evaluating an alarm", Amazon CloudWatch user guide.
        assert!((2 * minutes + 3) * 60 <= 86_400, "{rate}");
    }
    assert_eq!(rates.len(), 4);
}

/// The branch of nested `Fn::If`s on conditions that compare `CanaryRate`.
fn chosen(file: &File, value: &Value, rate: &str) -> String {
    let Value::Array(branches) = &value["Fn::If"] else { return text(value) };
    let compared = list(&file.section("Conditions")[branches[0].as_str().unwrap()]["Fn::Equals"]);
    assert_eq!(text(compared[0]), "${CanaryRate}");
    chosen(file, &branches[if text(compared[1]) == rate { 1 } else { 2 }], rate)
}

#[test]
fn alarms_reach_a_topic_that_cloudwatch_may_publish_to() {
    let file = File::read();
    // With AWS's own key for SNS, CloudWatch's messages would be dropped without a word.
    assert!(file.resource("AlarmTopic")["Properties"].get("KmsMasterKeyId").is_none());
    let statements = list(file.property("AlarmTopicPolicy", "/PolicyDocument/Statement"));
    assert_eq!(text(&statements[0]["Principal"]["Service"]), "cloudwatch.amazonaws.com");
    assert_eq!(
        (text(&statements[0]["Action"]), text(&statements[0]["Effect"])),
        ("sns:Publish".into(), "Allow".into())
    );
    let condition = &statements[0]["Condition"]["StringEquals"]["aws:SourceAccount"];
    assert_eq!(text(condition), "${AccountId}");
    assert_eq!(file.text("AlarmSubscription", "/Endpoint"), "${AlarmEmail}");
    assert_eq!(file.resource("AlarmSubscription")["Condition"], "HasAlarmEmail");
    let webhook = &file.resource("AlarmWebhookSubscription");
    assert_eq!(
        (&webhook["Condition"], &webhook["Properties"]["Protocol"]),
        (&"HasAlarmWebhook".into(), &"https".into())
    );
    assert_eq!(file.text("AlarmWebhookSubscription", "/Endpoint"), "${AlarmWebhook}");
    assert!(webhook["Properties"].get("RawMessageDelivery").is_none(), "pagers read SNS's envelope");
}
