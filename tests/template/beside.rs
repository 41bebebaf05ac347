//! The smaller stacks beside the mail stack: the budget, and the replica in a second region.

use super::file::{File, list, text};

#[test]
fn a_budget_tells_before_the_money_is_spent_and_when_it_will_be() {
    let file = File::at("budget/template.yaml");
    let said: Vec<_> = list(file.property("Budget", "/NotificationsWithSubscribers"))
        .into_iter()
        .map(|each| {
            let of = |name: &str| text(&each["Notification"][name]);
            assert_eq!(of("ComparisonOperator"), "GREATER_THAN");
            assert_eq!(of("ThresholdType"), "PERCENTAGE");
            (of("NotificationType"), of("Threshold"))
        })
        .collect();
    assert_eq!(said, [("ACTUAL".into(), "80".into()), ("FORECASTED".into(), "100".into())]);
    let limit = file.property("Budget", "/Budget/BudgetLimit");
    assert_eq!((text(&limit["Amount"]), text(&limit["Unit"])), ("${MonthlyBudget}".into(), "USD".into()));
    assert_eq!(file.text("Budget", "/Budget/TimeUnit"), "MONTHLY");
    assert!(
        file.property("Budget", "/Budget").get("CostFilters").is_none(),
        "a tag shows nothing until somebody activates it"
    );
}

/// CloudFormation doesn't know the type in every region, and then refuses the template that has it.
#[test]
fn the_mail_stack_has_no_budget() {
    let mail = File::read();
    assert!(mail.section("Resources").values().all(|resource| resource["Type"] != "AWS::Budgets::Budget"));
}

#[test]
fn only_budgets_of_this_account_publish_to_their_topic() {
    let file = File::at("budget/template.yaml");
    let statements = list(file.property("BudgetTopicPolicy", "/PolicyDocument/Statement"));
    let allowed: Vec<_> = statements.iter().filter(|statement| statement["Effect"] == "Allow").collect();
    assert_eq!(allowed.len(), 1);
    assert_eq!(allowed[0]["Principal"]["Service"], "budgets.amazonaws.com");
    assert_eq!(text(&allowed[0]["Condition"]["StringEquals"]["aws:SourceAccount"]), "${AccountId}");
    let budgets = "arn:${Partition}:budgets::${AccountId}:*";
    assert_eq!(text(&allowed[0]["Condition"]["ArnLike"]["aws:SourceArn"]), budgets);
}

/// The copies are kept like the emails. The stacks differ in who writes, in keys, and in that the replica's stack doesn't
/// know the layout.
#[test]
fn a_replica_keeps_emails_as_the_mail_stack_does() {
    let (mail, replica) = (File::read(), File::at("replica/template.yaml"));
    let (theirs, ours) = (mail.resource("Bucket"), replica.resource("ReplicaBucket"));
    for attribute in ["DeletionPolicy", "UpdateReplacePolicy"] {
        assert_eq!(ours[attribute], theirs[attribute], "{attribute}");
    }
    for property in ["OwnershipControls", "PublicAccessBlockConfiguration", "VersioningConfiguration"] {
        assert_eq!(ours["Properties"][property], theirs["Properties"][property], "{property}");
    }
    let rules = |bucket: &serde_json::Value| {
        let rules = list(&bucket["Properties"]["LifecycleConfiguration"]["Rules"]);
        let mut rules: Vec<_> = rules.into_iter().cloned().collect();
        for rule in &mut rules {
            if rule["Fn::If"][1]["Id"] == "canary" {
                *rule = rule["Fn::If"][1].clone();
            }
            if rule["Id"] == "canary" {
                rule["Prefix"] = text(&rule["Prefix"]).into();
            }
        }
        rules.sort_by_key(ToString::to_string);
        rules
    };
    assert_eq!(rules(ours), rules(theirs));
    let tls = &list(replica.property("ReplicaBucketPolicy", "/PolicyDocument/Statement"))[0];
    assert_eq!((&tls["Effect"], &tls["Action"]), (&"Deny".into(), &"s3:*".into()));
    assert_eq!(tls["Condition"]["Bool"]["aws:SecureTransport"], "false");
}

#[test]
fn what_is_copied_is_every_email_within_a_quarter_of_an_hour_and_no_deletion() {
    let file = File::read();
    let replication = list(&file.property("Bucket", "/ReplicationConfiguration")["Fn::If"]);
    assert_eq!((replication[0], text(replication[2])), (&"HasReplica".into(), "${NoValue}".into()));
    assert_eq!(text(&replication[1]["Role"]), "${ReplicationRole.Arn}");
    let [rule] = list(&replication[1]["Rules"])[..] else { panic!("one rule") };
    assert_eq!(rule["Filter"], serde_json::json!({ "Prefix": "" }));
    assert_eq!(rule["DeleteMarkerReplication"]["Status"], "Disabled");
    let to = &rule["Destination"];
    assert_eq!(text(&to["Bucket"]), "${ReplicaBucketArn}");
    for (metric, minutes) in [("ReplicationTime", "/Time/Minutes"), ("Metrics", "/EventThreshold/Minutes")] {
        assert_eq!(to[metric]["Status"], "Enabled");
        assert_eq!(to[metric].pointer(minutes), Some(&"15".into()));
    }
    // The alarms find the metrics by the rule's id.
    for (file, alarm) in
        [(&file, "ReplicationFailedAlarm"), (&File::at("replica/template.yaml"), "ReplicationLagAlarm")]
    {
        let dimensions = list(file.property(alarm, "/Dimensions"));
        assert!(dimensions.iter().any(|of| of["Name"] == "RuleId" && of["Value"] == rule["Id"]), "{alarm}");
    }
}
