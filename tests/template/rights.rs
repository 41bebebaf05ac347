//! The rights of each role, action by action: a new right must be added here too, and be seen.

use super::file::{File, all_branches, list, text};
use serde_json::Value;

/// Actions that know no resource, or lists of everything; all others name theirs.
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>
const WITHOUT_RESOURCE: [&str; 13] = [
    "codedeploy:PutLifecycleEventHookExecutionStatus",
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
    "cloudwatch:DescribeAlarms",
    "cloudwatch:GetMetricData",
    "cloudwatch:ListMetrics",
    "cloudwatch:PutMetricData",
    "ec2:DescribeRegions",
    "ecr:GetAuthorizationToken",
    "ecs:DiscoverPollEndpoint",
    "logs:DescribeLogGroups",
    "logs:GetQueryResults",
    "logs:StopQuery",
];

/// A role, the service that assumes it, and its rights.
type Expected = (&'static str, &'static str, &'static [&'static str]);

/// Each right of a role as a line, sorted.
fn rights(role: &Value) -> Vec<String> {
    let mut rights = Vec::new();
    for policy in all_branches(&role["Policies"]) {
        for statement in all_branches(&policy["PolicyDocument"]["Statement"]) {
            assert_eq!(statement["Effect"], "Allow", "{statement}");
            for action in list(&statement["Action"]) {
                for resource in all_branches(&statement["Resource"]) {
                    let resource = text(resource).replace("arn:${Partition}:", "");
                    rights.push(format!(
                        "{} {}",
                        text(action),
                        resource.replace("${Region}:${AccountId}", "here")
                    ));
                }
            }
        }
    }
    rights.sort();
    rights
}

#[test]
fn each_role_may_do_what_it_does_and_nothing_else() {
    let file = File::read();
    let expected: [Expected; 6] = [
        (
            "ApiRole",
            "lambda.amazonaws.com",
            &[
                "kms:Decrypt kms:here:key/*",
                "kms:Decrypt kms:here:key/*",
                "kms:Decrypt kms:here:key/*",
                "kms:GenerateDataKey kms:here:key/*",
                "logs:CreateLogStream ${ApiLogGroup.Arn}",
                "logs:PutLogEvents ${ApiLogGroup.Arn}",
                "secretsmanager:GetSecretValue secretsmanager:here:secret:${TokenSecret}-??????",
                "sqs:SendMessage ${Queue.Arn}",
                "ssm:GetParameter ssm:here:parameter/${StackName}/auth_token",
                "ssm:GetParameter ssm:here:parameter/aws/reference/secretsmanager/${TokenSecret}",
                "xray:PutTelemetryRecords *",
                "xray:PutTraceSegments *",
            ],
        ),
        (
            "WorkerRole",
            "lambda.amazonaws.com",
            &[
                "kms:Decrypt kms:here:key/*",
                "kms:GenerateDataKey kms:here:key/*",
                "logs:CreateLogStream ${WorkerLogGroup.Arn}",
                "logs:PutLogEvents ${WorkerLogGroup.Arn}",
                "s3:GetObject ${Bucket.Arn}/*",
                "s3:PutObject ${Bucket.Arn}/*",
                "sqs:ChangeMessageVisibility ${Queue.Arn}",
                "sqs:DeleteMessage ${Queue.Arn}",
                "sqs:GetQueueAttributes ${Queue.Arn}",
                "sqs:ReceiveMessage ${Queue.Arn}",
                "xray:PutTelemetryRecords *",
                "xray:PutTraceSegments *",
            ],
        ),
        (
            "DeployRole",
            "codedeploy.amazonaws.com",
            &[
                "cloudwatch:DescribeAlarms *",
                "lambda:GetAlias lambda:here:function:${StackName}-api",
                "lambda:GetAlias lambda:here:function:${StackName}-api:*",
                "lambda:GetAlias lambda:here:function:${StackName}-worker",
                "lambda:GetAlias lambda:here:function:${StackName}-worker:*",
                "lambda:GetProvisionedConcurrencyConfig lambda:here:function:${StackName}-api",
                "lambda:GetProvisionedConcurrencyConfig lambda:here:function:${StackName}-api:*",
                "lambda:GetProvisionedConcurrencyConfig lambda:here:function:${StackName}-worker",
                "lambda:GetProvisionedConcurrencyConfig lambda:here:function:${StackName}-worker:*",
                "lambda:InvokeFunction lambda:here:function:${StackName}-canary",
                "lambda:UpdateAlias lambda:here:function:${StackName}-api",
                "lambda:UpdateAlias lambda:here:function:${StackName}-api:*",
                "lambda:UpdateAlias lambda:here:function:${StackName}-worker",
                "lambda:UpdateAlias lambda:here:function:${StackName}-worker:*",
            ],
        ),
        (
            "CanaryRole",
            "lambda.amazonaws.com",
            &[
                "codedeploy:PutLifecycleEventHookExecutionStatus *",
                "kms:Decrypt kms:here:key/*",
                "kms:Decrypt kms:here:key/*",
                "kms:Decrypt kms:here:key/*",
                "lambda:InvokeFunction lambda:here:function:${StackName}-api:*",
                "lambda:InvokeFunction lambda:here:function:${StackName}-worker:*",
                "logs:CreateLogStream ${CanaryLogGroup.Arn}",
                "logs:PutLogEvents ${CanaryLogGroup.Arn}",
                "s3:GetObject ${Bucket.Arn}/emails/*",
                "s3:GetObject ${Bucket.Arn}/mailroom-canary-${Suffix}_*",
                "secretsmanager:GetSecretValue secretsmanager:here:secret:${TokenSecret}-??????",
                "ssm:GetParameter ssm:here:parameter/${StackName}/auth_token",
                "ssm:GetParameter ssm:here:parameter/aws/reference/secretsmanager/${TokenSecret}",
                "xray:PutTelemetryRecords *",
                "xray:PutTraceSegments *",
            ],
        ),
        (
            "CanaryScheduleRole",
            "scheduler.amazonaws.com",
            &["lambda:InvokeFunction lambda:here:function:${StackName}-canary"],
        ),
        (
            "ReplicationRole",
            "s3.amazonaws.com",
            &[
                "s3:GetObjectVersionAcl s3:::${StackName}-data-${Suffix}/*",
                "s3:GetObjectVersionForReplication s3:::${StackName}-data-${Suffix}/*",
                "s3:GetReplicationConfiguration s3:::${StackName}-data-${Suffix}",
                "s3:ListBucket s3:::${StackName}-data-${Suffix}",
                "s3:ReplicateObject ${ReplicaBucketArn}/*",
            ],
        ),
    ];
    hold(&file, &expected);
}

#[test]
fn grafanas_roles_may_do_what_they_do_and_nothing_else() {
    let expected: [Expected; 3] = [
        (
            "GrafanaInstanceRole",
            "ec2.amazonaws.com",
            &[
                "cloudwatch:PutMetricData *",
                "ecs:DeregisterContainerInstance ${Cluster.Arn}",
                "ecs:DiscoverPollEndpoint *",
                "ecs:Poll ecs:here:container-instance/${MailStack}-cluster/*",
                "ecs:RegisterContainerInstance ${Cluster.Arn}",
                "ecs:StartTelemetrySession ecs:here:container-instance/${MailStack}-cluster/*",
                "ecs:SubmitAttachmentStateChanges ${Cluster.Arn}",
                "ecs:SubmitContainerStateChange ${Cluster.Arn}",
                "ecs:SubmitTaskStateChange ${Cluster.Arn}",
                "ecs:UpdateContainerInstancesState ecs:here:container-instance/${MailStack}-cluster/*",
            ],
        ),
        (
            "GrafanaExecutionRole",
            "ecs-tasks.amazonaws.com",
            &[
                "ecr:BatchCheckLayerAvailability ${GrafanaRepository.Arn}",
                "ecr:BatchGetImage ${GrafanaRepository.Arn}",
                "ecr:GetAuthorizationToken *",
                "ecr:GetDownloadUrlForLayer ${GrafanaRepository.Arn}",
                "logs:CreateLogStream ${GrafanaLogGroup.Arn}",
                "logs:PutLogEvents ${GrafanaLogGroup.Arn}",
                "secretsmanager:GetSecretValue ${GrafanaSecret}",
            ],
        ),
        (
            "GrafanaTaskRole",
            "ecs-tasks.amazonaws.com",
            &[
                "cloudwatch:GetMetricData *",
                "cloudwatch:ListMetrics *",
                "ec2:DescribeRegions *",
                "logs:DescribeLogGroups *",
                "logs:GetLogEvents logs:here:log-group:/aws/lambda/${MailStack}-api:*",
                "logs:GetLogEvents logs:here:log-group:/aws/lambda/${MailStack}-worker:*",
                "logs:GetLogGroupFields logs:here:log-group:/aws/lambda/${MailStack}-api:*",
                "logs:GetLogGroupFields logs:here:log-group:/aws/lambda/${MailStack}-worker:*",
                "logs:GetQueryResults *",
                "logs:StartQuery logs:here:log-group:/aws/lambda/${MailStack}-api:*",
                "logs:StartQuery logs:here:log-group:/aws/lambda/${MailStack}-worker:*",
                "logs:StopQuery *",
            ],
        ),
    ];
    hold(&File::grafana(), &expected);
}

fn hold(file: &File, expected: &[Expected]) {
    let roles = file.of_type("AWS::IAM::Role");
    assert_eq!(roles.len(), expected.len(), "a role nobody looked at");
    for (id, service, lines) in expected {
        let role = &file.resource(id)["Properties"];
        assert_eq!(rights(role), *lines, "{id}");
        let bounded = serde_json::json!({ "Fn::If": ["HasPermissionsBoundary", { "Ref": "PermissionsBoundaryArn" }, { "Ref": "AWS::NoValue" }] });
        assert_eq!(
            role["PermissionsBoundary"], bounded,
            "{id}: a pipeline may make no role without a boundary"
        );
        assert!(
            role.get("ManagedPolicyArns").is_none(),
            "{id}: a managed policy may do more than it needs to"
        );
        let trust = &role["AssumeRolePolicyDocument"]["Statement"];
        assert_eq!(list(trust).len(), 1, "{id}");
        assert_eq!(
            (&trust[0]["Principal"]["Service"], &trust[0]["Action"]),
            (&(*service).into(), &"sts:AssumeRole".into())
        );
    }
}

#[test]
fn only_actions_that_know_no_resource_are_for_all_of_them() {
    for file in [File::read(), File::grafana()] {
        for (id, role) in file.of_type("AWS::IAM::Role") {
            for right in rights(role) {
                let (action, resource) = right.split_once(' ').unwrap();
                assert!(!action.contains('*'), "{id}: {right}");
                assert!(resource != "*" || WITHOUT_RESOURCE.contains(&action), "{id}: {right}");
            }
        }
    }
}

/// A change of `EnableCustomerKey`, in either direction, must not take the right away from what is still encrypted.
#[test]
fn the_right_to_use_a_key_depends_on_no_option() {
    let file = File::read();
    for role in ["ApiRole", "WorkerRole", "CanaryRole"] {
        let statements = file.property(role, "/Policies/0/PolicyDocument/Statement").to_string();
        assert!(!statements.contains("HasCustomerKey"), "{role}");
    }
}

#[test]
fn keys_are_used_through_the_services_that_hold_what_they_encrypt() {
    let file = File::read();
    for (role, services) in [
        ("ApiRole", &["ssm", "sqs", "secretsmanager"][..]),
        ("WorkerRole", &["sqs", "s3"]),
        ("CanaryRole", &["ssm", "s3", "secretsmanager"]),
    ] {
        let mut through = Vec::new();
        let policies = all_branches(&file.resource(role)["Properties"]["Policies"]);
        for statement in
            policies.into_iter().flat_map(|policy| all_branches(&policy["PolicyDocument"]["Statement"]))
        {
            let uses_a_key =
                list(&statement["Action"]).into_iter().any(|action| text(action).starts_with("kms:"));
            let via = &statement["Condition"]["StringEquals"]["kms:ViaService"];
            assert_eq!(uses_a_key, !via.is_null(), "{role}: {statement}");
            through.extend(list(via).into_iter().filter(|via| !via.is_null()).map(text));
        }
        let services: Vec<_> =
            services.iter().map(|service| format!("{service}.${{Region}}.amazonaws.com")).collect();
        assert_eq!(through, services, "{role}");
    }
}

#[test]
fn the_endpoints_call_api_and_nobody_else_does() {
    let file = File::read();
    let group = "arn:${Partition}:elasticloadbalancing:${Region}:${AccountId}:targetgroup/${StackName}-api/*";
    assert_eq!(file.text("ApiTargetGroup", "/Name"), "${StackName}-api", "the one that SourceArn means");
    // SAM writes the same for a route of this name.
    let route = "arn:${Partition}:execute-api:${Region}:${AccountId}:${HttpApi}/*/$default";
    assert_eq!(file.text("HttpApiRoute", "/RouteKey"), "$default", "the one that SourceArn means");
    for (id, principal, source) in [
        ("ApiPermission", "elasticloadbalancing.amazonaws.com", group),
        ("HttpApiPermission", "apigateway.amazonaws.com", route),
    ] {
        assert_eq!(file.text(id, "/Principal"), principal);
        assert_eq!(file.text(id, "/SourceArn"), source);
        assert_eq!(file.text(id, "/FunctionName"), "${ApiFunction.Alias}", "{id}");
    }
    assert_eq!(file.text("ApiPermission", "/SourceAccount"), "${AccountId}");
    // API Gateway need not send the key that this would ask for, and the ARN holds the account.
    assert!(file.resource("HttpApiPermission")["Properties"].get("SourceAccount").is_none());
    assert_eq!(file.of_type("AWS::Lambda::Permission").len(), 2);
}
