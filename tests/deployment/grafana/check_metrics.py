"""Every metric that is asked for is one that somebody publishes, with exactly these dimensions and values."""

import re
from collections import Counter

SEARCH, BUILDER, CODE = 0, 0, 1
STATISTIC = re.compile(r"Sum|Average|Minimum|Maximum|SampleCount|p\d{1,2}(\.\d+)?")
IDENTIFIER = re.compile(r"[a-z]\w*")
# Dimension -> the resources that have such names in a template.
NAMED_IN_TEMPLATE = {
    "BucketName": ("AWS::S3::Bucket", "BucketName"),
    "FunctionName": ("AWS::Serverless::Function", "FunctionName"),
    "QueueName": ("AWS::SQS::Queue", "QueueName"),
    "LogGroupName": ("AWS::Logs::LogGroup", "LogGroupName"),
    "ClusterName": ("AWS::ECS::Cluster", "ClusterName"),
}
# Dimension -> the same, and the value that CloudWatch knows it by. Part of it is AWS's choice, so a variable finds it.
FOUND_BY_VARIABLE = {
    "LoadBalancer": ("AWS::ElasticLoadBalancingV2::LoadBalancer", "Name", r"/^app\/{}\/.+$/"),
    "TargetGroup": ("AWS::ElasticLoadBalancingV2::TargetGroup", "Name", r"/^targetgroup\/{}\/.+$/"),
    "QueueName": ("AWS::SQS::Queue", "QueueName", "/^{}$/"),
}
# A queue's name is known but for the suffix, which is the value that its variable has.
SUFFIX = "([0-9a-f]{8})"


def check(bundle, known):
    for where, queries in bundle.cloudwatch_queries():
        metrics = [query for query in queries if query.get("queryMode") == "Metrics"]
        ids = Counter(query["id"] for query in metrics if query["id"])
        for query in metrics:
            yield from (f"{where}: {fault}" for fault in one_query(query, ids, known))
            yield from mixed(where, query)
        for name, times in ids.items():
            if times > 1 or not IDENTIFIER.fullmatch(name):
                yield f"{where}: the query id {name} is there {times} times, or is none"
    for where, variable in bundle.variables():
        yield from (f"{where}: {fault}" for fault in one_variable(variable, known))
    for namespace, metric in sorted(known.metrics() - drawn(bundle)):
        yield f"no panel draws {namespace} {metric}"


def one_query(query, ids, known):
    if query["metricQueryType"] != SEARCH or not query.get("matchExact"):
        yield "only queries that match dimensions exactly can be checked"
    if not STATISTIC.fullmatch(query["statistic"]):
        yield f"CloudWatch has no statistic {query['statistic']}"
    if query["metricEditorMode"] == CODE:
        # Functions are in upper case, so what starts in lower case is another query's id.
        for name in IDENTIFIER.findall(query["expression"]):
            if name not in ids:
                yield f"{query['expression']}: no query has the id {name}"
        return
    namespace, metric = query["namespace"], query["metricName"]
    yield from published(namespace, metric, query["dimensions"], known)
    for dimension, value in query["dimensions"].items():
        yield from one_value(namespace, metric, dimension, value, known)


def mixed(where, query):
    """Without a target group, the load balancer's metrics include Grafana's requests and answers."""
    about_api = "api" in re.findall(r"\w+", where) or where.startswith("mailroom.yaml")
    if query["namespace"] == "AWS/ApplicationELB" and about_api and "TargetGroup" not in query["dimensions"]:
        yield f"{where}: {query['metricName']} of the load balancer mixes Grafana's answers with those of api"


def published(namespace, metric, dimensions, known):
    sets = known.dimensions(namespace, metric)
    if not sets:
        yield f"nobody publishes {namespace} {metric}"
    elif frozenset(dimensions) not in sets:
        yield f"{namespace} {metric} has no dimensions {sorted(dimensions)}, but {[sorted(one) for one in sets]}"


def one_value(namespace, metric, dimension, value, known):
    if dimension in FOUND_BY_VARIABLE and dimension not in NAMED_IN_TEMPLATE:
        if not re.fullmatch(r"\$\w+", value):
            yield f"{dimension} is {value} and not a variable that finds it"
        return
    value = value.replace("@stack@", "${stack}").replace("@suffix@", "${suffix}")
    if dimension in NAMED_IN_TEMPLATE:
        names = known.names(*NAMED_IN_TEMPLATE[dimension])
        # A kind of resource that the template doesn't have at all can't be compared.
        if names and value not in names:
            yield f"no template names a {dimension} {value}, but {sorted(names)}"
    if dimension == "Reason" and value not in known.reasons | {"*"}:
        yield f"no request is refused with the reason {value}"
    if namespace == known.namespace and dimension == "FunctionName" and metric in known.own:
        if value.removeprefix("${stack}-") not in known.own[metric][0]:
            yield f"{value} doesn't emit {metric}"


def one_variable(variable, known):
    query = variable.get("query")
    if not isinstance(query, dict) or query["queryType"] != "dimensionValues":
        return
    key = query["dimensionKey"]
    yield from published(query["namespace"], query["metricName"], {key, *query["dimensionFilters"]}, known)
    kind, name, pattern = FOUND_BY_VARIABLE[key]
    expected = {pattern.format(one.replace("${suffix}", SUFFIX)) for one in known.names(kind, name)}
    if variable["regex"] not in expected:
        yield f"{variable['regex']} finds no {key} of the templates, but {sorted(expected)} would"


def drawn(bundle):
    queries = (query for _, panel in bundle.panels() for query in panel["targets"])
    return {(query["namespace"], query["metricName"]) for query in queries if query.get("metricName")}
