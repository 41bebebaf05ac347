"""Checks of the table for CloudWatch, SNS subscriptions and budgets."""

import json

from checks_policies import may_publish
from evaluate import Unknown, text

TYPES = {"metric", "text", "log", "alarm", "explorer", "custom"}
VIEWS = {"timeSeries", "singleValue", "gauge", "bar", "pie", "table"}


def period(value):
    if isinstance(value, Unknown):
        return
    if int(value) not in (10, 20, 30) and (int(value) < 60 or int(value) % 60):
        yield "is neither 10, 20, 30 nor a multiple of 60"


def alarm(properties):
    if len({"MetricName", "Metrics", "EvaluationCriteria"} & set(properties)) != 1:
        yield "must have either MetricName or Metrics"
    own = {"MetricName", "Namespace", "Dimensions", "Period", "Unit", "Statistic", "ExtendedStatistic"}
    if "Metrics" in properties:
        if own & set(properties):
            yield f"has both Metrics and {', '.join(sorted(own & set(properties)))}"
        return
    if len({"Statistic", "ExtendedStatistic"} & set(properties)) != 1:
        yield "must have either Statistic or ExtendedStatistic"
    length, periods = int(properties.get("Period", 60)), int(properties.get("EvaluationPeriods", 1))
    limit = 86400 if length < 3600 else 604800
    if length * periods > limit:
        yield f"evaluates {length * periods} s, more than {limit}"
    if int(properties.get("DatapointsToAlarm", 1)) > periods:
        yield f"needs {properties['DatapointsToAlarm']} data points in {periods} periods"


def subscription(properties):
    protocol, endpoint = properties.get("Protocol"), properties.get("Endpoint")
    if isinstance(endpoint, Unknown) or endpoint is None:
        return
    starts = {"http": "http://", "https": "https://", "sqs": "arn:", "lambda": "arn:", "firehose": "arn:"}
    if not text(endpoint).startswith(starts.get(protocol, "")):
        yield f"has the endpoint {endpoint}, which is invalid for {protocol}"
    if protocol in ("email", "email-json") and (text(endpoint).count("@") != 1 or len(text(endpoint)) > 320):
        yield f"has the endpoint {endpoint}, which is not an email address"


def cloudwatch_may_publish(_alarm, policy):
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html"""
    if not may_publish("cloudwatch.amazonaws.com", policy):
        yield "publishes to a topic whose policy does not allow CloudWatch"


def budget_may_publish(_budget, policy):
    """https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-sns-policy.html"""
    if not may_publish("budgets.amazonaws.com", policy):
        yield "publishes to a topic whose policy does not allow AWS Budgets"


def budget(properties):
    # Subscribers can't be changed in place, and a budget's name is unique in an account.
    if "BudgetName" in properties.get("Budget", {}) and "NotificationsWithSubscribers" in properties:
        yield "has a name, so CloudFormation can't replace it when its subscribers change"
    for each in properties.get("NotificationsWithSubscribers", []):
        kinds = [subscriber.get("SubscriptionType") for subscriber in each.get("Subscribers", [])]
        if kinds.count("SNS") > 1 or kinds.count("EMAIL") > 10:
            yield "tells more than one topic or ten addresses"


def dashboard(body):
    """Names that only the deployment knows stay in the text as ${...}."""
    try:
        widgets = json.loads(text(body))["widgets"]
    except (ValueError, KeyError) as error:
        yield f"is not valid JSON with widgets: {error!r}"
        return
    if len(widgets) > 500:
        yield f"has {len(widgets)} widgets, more than 500"
    for number, widget in enumerate(widgets):
        title = widget.get("properties", {}).get("title", number)
        for fault in in_widget(widget):
            yield f"{fault} in widget {title}"


def in_widget(widget):
    if widget.get("type") not in TYPES:
        yield f"has the unknown type {widget.get('type')}"
    for key, low, high in (("x", 0, 23), ("y", 0, 10**6), ("width", 1, 24), ("height", 1, 1000)):
        if not low <= widget.get(key, low) <= high:
            yield f"has {key} {widget[key]}, not {low} to {high}"
    if widget.get("x", 0) + widget.get("width", 6) > 24:
        yield "exceeds the width of 24"
    properties = widget.get("properties", {})
    if properties.get("view", "timeSeries") not in VIEWS:
        yield f"has the unknown view {properties['view']}"
    if widget.get("type") == "metric":
        yield from in_metrics(properties)
    if widget.get("type") == "alarm" and not 1 <= len(properties.get("alarms", [])) <= 100:
        yield f"has {len(properties.get('alarms', []))} alarms, not 1 to 100"
    if widget.get("type") == "log" and not properties.get("query", "").startswith("SOURCE "):
        yield "lacks a query that begins with SOURCE"


def in_metrics(properties):
    metrics = properties.get("metrics", [])
    if not 1 <= len(metrics) <= 500 and "annotations" not in properties:
        yield f"has {len(metrics)} metrics, not 1 to 500"
    if "region" not in properties:
        yield "lacks region"
    if properties.get("period", 300) not in (1, 5, 10, 30) and properties.get("period", 300) % 60:
        yield f"has the invalid period {properties['period']}"
    for number, metric in enumerate(metrics):
        names = [part for part in metric if isinstance(part, str)]
        if number == 0 and {".", "..."} & set(names):
            yield "has a first metric that refers to a previous one"
        expression = any("expression" in part for part in metric if isinstance(part, dict))
        if not expression and names != ["..."] and (len(names) < 2 or len(names) % 2):
            yield f"has the metric {metric}, which is not a namespace, a name and pairs of dimensions"
