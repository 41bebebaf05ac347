//! Resources that hold emails or secrets are encrypted, closed, and not lost with the stack.

use super::file::{File, list, text};
use serde_json::Value;

/// The statements of a resource's policy, by their `Sid`.
fn statement<'a>(file: &'a File, policy: &str, sid: &str) -> &'a Value {
    let statements = list(file.property(policy, "/PolicyDocument/Statement"));
    statements
        .into_iter()
        .find(|statement| statement["Sid"] == sid)
        .unwrap_or_else(|| panic!("{policy} has no {sid}"))
}

#[test]
fn buckets_are_versioned_encrypted_closed_and_outlive_the_stack() {
    let file = File::read();
    for (id, bucket) in file.of_type("AWS::S3::Bucket") {
        // Services write into a log bucket at once: one that has to go with a failed creation would block its rollback.
        let kept = if id == "Bucket" { "RetainExceptOnCreate" } else { "Retain" };
        assert_eq!(file.resource(id)["DeletionPolicy"], kept, "{id}");
        assert_eq!(file.resource(id)["UpdateReplacePolicy"], "Retain", "{id}");
        assert_eq!(bucket["VersioningConfiguration"]["Status"], "Enabled", "{id}");
        for block in ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"] {
            assert_eq!(bucket["PublicAccessBlockConfiguration"][block], "true", "{id}: {block}");
        }
        assert_eq!(bucket["OwnershipControls"]["Rules"][0]["ObjectOwnership"], "BucketOwnerEnforced", "{id}");
        let rules = bucket["LifecycleConfiguration"]["Rules"].to_string();
        for rule in ["NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload"] {
            assert!(rules.contains(rule), "{id}: {rule}");
        }
    }
    let encryption = |id| {
        file.property(
            id,
            "/BucketEncryption/ServerSideEncryptionConfiguration/0/ServerSideEncryptionByDefault",
        )
    };
    let with_key = &encryption("Bucket")["Fn::If"];
    assert_eq!((&with_key[0], &with_key[1]["SSEAlgorithm"]), (&"HasCustomerKey".into(), &"aws:kms".into()));
    assert_eq!(with_key[2]["SSEAlgorithm"], "AES256");
    assert_eq!(encryption("LogBucket")["SSEAlgorithm"], "AES256", "load balancers know no other");
}

#[test]
fn emails_stay_unless_a_retention_is_given_and_then_their_versions_go_soon_too() {
    let file = File::read();
    let rules = list(file.property("Bucket", "/LifecycleConfiguration/Rules"));
    assert_eq!(file.section("Parameters")["EmailRetentionDays"]["Default"], "0");
    let (expiring, others): (Vec<_>, Vec<_>) =
        rules.into_iter().partition(|rule| rule.to_string().contains("ExpirationInDays"));
    let [expiring, canarys] = expiring[..] else { panic!("{expiring:?}") };
    let expiring = list(&expiring["Fn::If"]);
    assert_eq!(
        (expiring[0], text(&expiring[1]["ExpirationInDays"])),
        (&"HasEmailRetention".into(), "${EmailRetentionDays}".into())
    );
    assert_eq!(text(expiring[2]), "${NoValue}", "without a retention the rule isn't there");
    let old = others.into_iter().find(|rule| rule["Id"] == "old-versions").unwrap();
    let days = &old["NoncurrentVersionExpiration"]["NoncurrentDays"]["Fn::If"];
    assert_eq!(days, &serde_json::json!(["HasEmailRetention", "1", "30"]));
    assert_eq!(old["ExpiredObjectDeleteMarker"], "true");

    let canarys = list(&canarys["Fn::If"]);
    assert_eq!((canarys[0], text(canarys[2])), (&"HasCanaryInFlatLayout".into(), "${NoValue}".into()));
    // The stack's own suffix is in it: no other sender begins like this by accident.
    assert_eq!(text(&canarys[1]["Prefix"]), "mailroom-canary-${Suffix}_");
    let sender = file.text("CanaryFunction", "/Environment/Variables/CANARY_SENDER");
    assert_eq!(sender, "mailroom-canary-${Suffix}");
}

#[test]
fn the_emails_bucket_sends_events_if_it_is_told_to() {
    let file = File::read();
    assert_eq!(file.section("Parameters")["EmitEvents"]["Default"], "no");
    for (id, bucket) in file.of_type("AWS::S3::Bucket") {
        let Some(notification) = bucket.get("NotificationConfiguration") else {
            assert_ne!(id, "Bucket");
            continue;
        };
        assert_eq!(id, "Bucket", "its keys are the emails'");
        let chosen = list(&notification["Fn::If"]);
        let enabled = &chosen[1]["EventBridgeConfiguration"]["EventBridgeEnabled"];
        assert_eq!(
            (chosen[0], enabled, text(chosen[2])),
            (&"HasEvents".into(), &"true".into(), "${NoValue}".into())
        );
    }
}

#[test]
fn nothing_is_read_or_written_without_tls() {
    let file = File::read();
    for (policy, resource, action) in [
        ("BucketPolicy", "Bucket", "s3:*"),
        ("LogBucketPolicy", "LogBucket", "s3:*"),
        ("FlowLogBucketPolicy", "FlowLogBucket", "s3:*"),
        ("QueuePolicy", "Queue", "sqs:*"),
        ("DeadLetterQueuePolicy", "DeadLetterQueue", "sqs:*"),
    ] {
        let tls = statement(&file, policy, "TlsOnly");
        assert_eq!(
            (&tls["Effect"], &tls["Principal"], &tls["Action"]),
            (&"Deny".into(), &"*".into(), &action.into())
        );
        assert_eq!(tls["Condition"]["Bool"]["aws:SecureTransport"], "false", "{policy}");
        let resources: Vec<_> = list(&tls["Resource"]).into_iter().map(text).collect();
        let whole = [format!("${{{resource}.Arn}}"), format!("${{{resource}.Arn}}/*")];
        assert_eq!(resources, whole[..resources.len()], "{policy}");
        assert_eq!(resources.len(), if action == "s3:*" { 2 } else { 1 }, "{policy}");
        let of = file.text(policy, if action == "s3:*" { "/Bucket" } else { "/Queues/0" });
        assert_eq!(of, format!("${{{resource}}}"), "{policy}");
    }
    assert_eq!(file.of_type("AWS::S3::Bucket").len() + file.of_type("AWS::SQS::Queue").len(), 5);
}

#[test]
fn the_worker_can_not_overwrite() {
    let file = File::read();
    let refusal = statement(&file, "BucketPolicy", "WorkerNeverOverwrites");
    assert_eq!((&refusal["Effect"], &refusal["Action"]), (&"Deny".into(), &"s3:PutObject".into()));
    assert_eq!(text(&refusal["Resource"]), "${Bucket.Arn}/*");
    assert_eq!(refusal["Condition"]["Null"]["s3:if-none-match"], "true");
    assert_eq!(text(&refusal["Condition"]["ArnEquals"]["aws:PrincipalArn"]), "${WorkerRole.Arn}");
}

#[test]
fn only_this_accounts_load_balancers_write_into_the_log_bucket() {
    let file = File::read();
    let writes = statement(&file, "LogBucketPolicy", "LoadBalancerWrites");
    assert_eq!(writes["Principal"]["Service"], "logdelivery.elasticloadbalancing.amazonaws.com");
    assert_eq!(text(&writes["Resource"]), "${LogBucket.Arn}/alb/AWSLogs/${AccountId}/*");
}

#[test]
fn queues_outlive_the_stack_and_leave_their_names_to_the_next_one() {
    let file = File::read();
    for (id, queue) in file.of_type("AWS::SQS::Queue") {
        let resource = file.resource(id);
        assert_eq!(
            (&resource["DeletionPolicy"], &resource["UpdateReplacePolicy"]),
            (&"RetainExceptOnCreate".into(), &"Retain".into()),
            "{id}"
        );
        assert!(queue["QueueName"].to_string().contains("AWS::StackId"), "{id}");
    }
    let name = file.property("Queue", "/QueueName").to_string();
    let allowed = file.property("DeadLetterQueue", "/RedriveAllowPolicy/sourceQueueArns/0").to_string();
    assert_eq!(
        name.split_once("-queue-"),
        allowed.split_once(":sqs:").and_then(|(_, arn)| {
            let (_, rest) = arn.split_once("-queue-")?;
            Some((r#"{"Fn::Sub":["${AWS::StackName}"#, rest))
        }),
        "the dead-letter queue admits the queue by its name"
    );
}

#[test]
fn flow_logs_are_written_by_this_accounts_networks_alone() {
    let file = File::read();
    assert_eq!(file.resource("FlowLogs")["Condition"], "HasFlowLogs");
    assert_eq!(file.text("FlowLogs", "/LogDestination"), "${FlowLogBucket.Arn}");
    let statements = list(file.property("FlowLogBucketPolicy", "/PolicyDocument/Statement"));
    let of_logs: Vec<_> = statements
        .iter()
        .filter(|one| one["Principal"]["Service"] == "delivery.logs.amazonaws.com")
        .collect();
    assert_eq!(of_logs.len(), 2);
    for statement in of_logs {
        let account = &statement["Condition"]["StringEquals"]["aws:SourceAccount"];
        assert_eq!(text(account), "${AccountId}", "{statement}");
        let source = &statement["Condition"]["ArnLike"]["aws:SourceArn"];
        assert_eq!(text(source), "arn:${Partition}:logs:${Region}:${AccountId}:*", "{statement}");
    }
}

#[test]
fn queues_are_encrypted_with_one_key_or_the_other() {
    let file = File::read();
    for (id, queue) in file.of_type("AWS::SQS::Queue") {
        assert_eq!(
            queue["SqsManagedSseEnabled"]["Fn::If"],
            serde_json::json!(["HasCustomerKey", "false", "true"]),
            "{id}"
        );
        let key = &queue["KmsMasterKeyId"]["Fn::If"];
        assert_eq!((&key[0], text(&key[1])), (&"HasCustomerKey".into(), "${Key.Arn}".into()), "{id}");
    }
}

#[test]
fn the_key_outlives_the_stack_as_what_it_encrypts_does() {
    let file = File::read();
    let key = file.resource("Key");
    assert_eq!(
        (&key["Condition"], &key["DeletionPolicy"]),
        (&"HasCustomerKey".into(), &"RetainExceptOnCreate".into())
    );
    assert_eq!(key["UpdateReplacePolicy"], "Retain");
    assert_eq!(file.text("Key", "/EnableKeyRotation"), "true");
}
