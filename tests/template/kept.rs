//! What holds emails or secrets: encrypted, closed, and not lost with the stack.

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
        assert_eq!(file.resource(id)["DeletionPolicy"], "RetainExceptOnCreate", "{id}");
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
    assert!(
        !file.property("Bucket", "/LifecycleConfiguration").to_string().contains("ExpirationInDays"),
        "emails stay"
    );
}

#[test]
fn nothing_is_read_or_written_without_tls() {
    let file = File::read();
    for (policy, resource, action) in [
        ("BucketPolicy", "Bucket", "s3:*"),
        ("LogBucketPolicy", "LogBucket", "s3:*"),
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
    assert_eq!(file.of_type("AWS::S3::Bucket").len() + file.of_type("AWS::SQS::Queue").len(), 4);
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

#[test]
fn images_are_scanned_never_replaced_and_go_with_the_stack() {
    let file = File::read();
    let repository = |pointer| file.text("GrafanaRepository", pointer);
    assert_eq!(repository("/ImageScanningConfiguration/ScanOnPush"), "true");
    assert_eq!(
        (repository("/ImageTagMutability"), repository("/EmptyOnDelete")),
        ("IMMUTABLE".into(), "true".into())
    );
    assert!(serde_json::from_str::<Value>(&repository("/LifecyclePolicy/LifecyclePolicyText")).is_ok());
}

#[test]
fn grafanas_password_comes_from_a_secret_that_nobody_typed() {
    let file = File::read();
    assert!(file.property("GrafanaSecret", "/GenerateSecretString").is_object());
    let secrets = list(file.property("GrafanaTask", "/ContainerDefinitions/0/Secrets"));
    assert_eq!(text(&secrets[0]["Name"]), "GF_SECURITY_ADMIN_PASSWORD");
    assert_eq!(text(&secrets[0]["ValueFrom"]), "${GrafanaSecret}:password::");
    for variable in list(file.property("GrafanaTask", "/ContainerDefinitions/0/Environment")) {
        assert!(!text(&variable["Name"]).contains("PASSWORD"), "{variable}");
    }
}
