"""Breaks of functions, instances and containers; damage.py says how they work."""

from damage import either, new, put, sub

FUNCTION = "AWS::Lambda::Function"
TASK = "AWS::ECS::TaskDefinition"
LAUNCH = "AWS::EC2::LaunchTemplate"
WITHOUT_UNIT = (
    '{"rules": [{"rulePriority": 1, "description": "left over from a push", "selection": {"tagStatus": "untagged", '
    '"countType": "sinceImagePushed", "countNumber": 7}, "action": {"type": "expire"}}]}'
)

BREAKS = {
    "a function description beyond botocore's length": (
        FUNCTION,
        put("Description", "x" * 257),
        "has 257 characters, more than 256 (botocore lambda Description)",
    ),
    "a function timeout out of range": (FUNCTION, put("Timeout", 901), "is not between 1 and 900"),
    "a function memory size out of range": (FUNCTION, put("MemorySize", 64), "is not between 128 and 10240"),
    "an architecture outside botocore's enumeration": (
        FUNCTION,
        put("Architectures", ["x86"]),
        "is not one of x86_64, arm64",
    ),
    "a reserved environment variable": (
        FUNCTION,
        new("Environment.Variables.AWS_REGION", "eu-central-1"),
        "sets AWS_REGION",
    ),
    "an environment variable against botocore's pattern": (
        FUNCTION,
        new("Environment.Variables.MAIL-ROOM", "x"),
        "'MAIL-ROOM' does not match",
    ),
    "log levels without JSON": (FUNCTION, put("LoggingConfig.LogFormat", "Text"), "which need the log format JSON"),
    "a large batch without a batching window": (
        "AWS::Lambda::EventSourceMapping",
        put("MaximumBatchingWindowInSeconds", 0),
        "has a batch size of 100 and needs",
    ),
    "a maximum concurrency out of botocore's range": (
        "AWS::Lambda::EventSourceMapping",
        put("ScalingConfig.MaximumConcurrency", 1),
        "is less than 2 (botocore lambda MaximumConcurrency)",
    ),
    "too many alarms of a deployment group": (
        "AWS::CodeDeploy::DeploymentGroup",
        put("AlarmConfiguration.Alarms", [{"Name": f"alarm-{n}"} for n in range(11)]),
        "has 11 entries instead of 0 to 10",
    ),
    "an unknown deployment configuration": (
        "AWS::CodeDeploy::DeploymentGroup",
        put("DeploymentConfigName", "CodeDeployDefault.LambdaCanary10Percent7Minutes"),
        "does not match",
    ),
    "a rate in the singular": (
        "AWS::Scheduler::Schedule",
        put("ScheduleExpression", "rate(5 minute)"),
        "'rate(5 minute)' does not match",
    ),
    "a schedule that retries too often": (
        "AWS::Scheduler::Schedule",
        put("Target.RetryPolicy.MaximumRetryAttempts", 186),
        "is more than 185 (botocore scheduler MaximumRetryAttempts)",
    ),
    "an unsupported log retention": (
        "AWS::Logs::LogGroup",
        put("RetentionInDays", 8),
        "RetentionInDays: 8 is not one of 1, 3",
    ),
    "a reserved log group name": (
        "AWS::Logs::LogGroup",
        put("LogGroupName", sub("aws/${AWS::StackName}")),
        "is reserved",
    ),
    "user data that is too long": (
        LAUNCH,
        put("LaunchTemplateData.UserData", {"Fn::Base64": sub("#${AWS::StackName}\n" * 800)}),
        "bytes, more than 16384",
    ),
    "CPU credits on an instance without them": (
        LAUNCH,
        put("LaunchTemplateData.InstanceType", "m5.large"),
        "sets CPU credits for m5.large",
    ),
    "an instance type outside botocore's enumeration": (
        LAUNCH,
        put("LaunchTemplateData.InstanceType", "t3.mikro"),
        "'t3.mikro' is not one of",
    ),
    "a metadata hop limit out of range": (
        LAUNCH,
        put("LaunchTemplateData.MetadataOptions.HttpPutResponseHopLimit", 65),
        "is not between 1 and 64",
    ),
    "a volume that is too small": (
        LAUNCH,
        put("LaunchTemplateData.BlockDeviceMappings.0.Ebs", {"VolumeType": "st1", "VolumeSize": 30}),
        "outside 125 to 16384",
    ),
    "a desired capacity above the maximum": (
        "AWS::AutoScaling::AutoScalingGroup",
        put("DesiredCapacity", "3"),
        "has a desired capacity of 3, outside 1 to 2",
    ),
    "a rolling update without room": (
        "AWS::AutoScaling::AutoScalingGroup",
        put("UpdatePolicy.AutoScalingRollingUpdate.MinInstancesInService", 2),
        "has MinInstancesInService 2, not below MaxSize 2",
    ),
    "a reserved capacity provider name": ("AWS::ECS::CapacityProvider", new("Name", "ecs-mailroom"), "is reserved"),
    "containers larger than their task": (
        TASK,
        put("ContainerDefinitions.0.Memory", 1024),
        "reserves 1024 Memory for its containers",
    ),
    "a container memory out of range": (TASK, put("ContainerDefinitions.0.Memory", 4), "Memory: 4 is less than 6"),
    "a malformed image digest": (
        TASK,
        put("ContainerDefinitions.0.Image", either("grafana:1", "grafana@sha256:0123", "HasImage")),
        "does not match",
    ),
    "a host port in the ephemeral range": (
        TASK,
        put("ContainerDefinitions.0.PortMappings.0.HostPort", 40000),
        "is an ephemeral or reserved port",
    ),
    "an unknown log option": (
        TASK,
        put("ContainerDefinitions.0.LogConfiguration.Options.awslogs-prefix", "grafana"),
        "'awslogs-prefix' is not one of",
    ),
    "deployment percentages that allow no deployment": (
        "AWS::ECS::Service",
        put("DeploymentConfiguration.MinimumHealthyPercent", 100),
        "allows neither stopping nor starting a task",
    ),
    "a maximum percentage out of range": (
        "AWS::ECS::Service",
        put("DeploymentConfiguration.MaximumPercent", 50),
        "is less than 100",
    ),
    "zone rebalancing without room": (
        "AWS::ECS::Service",
        new("AvailabilityZoneRebalancing", "ENABLED"),
        "enables zone rebalancing with a MaximumPercent of 100",
    ),
    "an image lifecycle policy without a unit": (
        "AWS::ECR::Repository",
        put("LifecyclePolicy.LifecyclePolicyText", WITHOUT_UNIT),
        "needs the countUnit days",
    ),
    "an image lifecycle policy that is not JSON": (
        "AWS::ECR::Repository",
        put("LifecyclePolicy.LifecyclePolicyText", "{" * 100),
        "is not valid JSON with rules",
    ),
}
