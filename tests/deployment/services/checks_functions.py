"""Checks of the table for Lambda and CodeDeploy."""

from evaluate import Unknown, text

# https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
RESERVED = {
    "_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR",
}  # fmt: skip


def environment(variables):
    for name in sorted(RESERVED & set(variables)):
        yield f"sets {name}, which Lambda reserves"
    size = sum(len(key) + len(text(value)) for key, value in variables.items())
    if size > 4096:
        yield f"has {size} characters in total, more than 4096"


def function_logging(properties):
    given = properties.get("LoggingConfig", {})
    if {"ApplicationLogLevel", "SystemLogLevel"} & set(given) and given.get("LogFormat") != "JSON":
        yield "sets log levels, which need the log format JSON"


def event_source_mapping(properties):
    size = int(properties.get("BatchSize", 10))
    if size > 10 and int(properties.get("MaximumBatchingWindowInSeconds", 0)) < 1:
        yield f"has a batch size of {size} and needs a MaximumBatchingWindowInSeconds of at least 1"
    if "ScalingConfig" in properties and "ProvisionedPollerConfig" in properties:
        yield "has ScalingConfig and ProvisionedPollerConfig, which exclude each other"


def deployment_group(properties):
    style = properties.get("DeploymentStyle", {})
    configuration = text(properties.get("DeploymentConfigName"))
    if configuration.startswith("CodeDeployDefault.Lambda") and set(style.values()) != {
        "BLUE_GREEN",
        "WITH_TRAFFIC_CONTROL",
    }:
        yield "deploys Lambda functions and must be BLUE_GREEN with traffic control"
    rollback = properties.get("AutoRollbackConfiguration", {})
    alarms = properties.get("AlarmConfiguration", {})
    if text(rollback.get("Enabled", False)) == "true" and not rollback.get("Events"):
        yield "enables rollback without events"
    if text(alarms.get("Enabled", False)) == "true" and not alarms.get("Alarms"):
        yield "enables alarms without naming any"
    names = [alarm.get("Name") for alarm in alarms.get("Alarms", [])]
    if len(set(names)) != len(names):
        yield "contains an alarm twice"


def visible_long_enough(queue, function):
    """Lambda refuses the mapping otherwise: https://github.com/aws-cloudformation/cfn-lint/issues/3987"""
    visible, timeout = queue.get("VisibilityTimeout", 30), function.get("Timeout", 3)
    if isinstance(visible, Unknown) or isinstance(timeout, Unknown):
        return
    if int(visible) < int(timeout):
        yield f"has a visibility timeout of {visible} s, shorter than the function's timeout of {timeout} s"
