"""Every line, colour and rule that says "too much" has the threshold of an alarm or the timeout of a function.

Otherwise a threshold that is changed in a template would still be drawn at its old place.
"""

# What Grafana's rules call CloudWatch's comparisons.
EVALUATORS = {"GreaterThanThreshold": "gt", "GreaterThanOrEqualToThreshold": "gte", "LessThanThreshold": "lt"}
# A rule looks at several periods. The worst of a counter's is what the alarm looks for; a gauge's latest is its state.
REDUCERS = {"Sum": "max", "Maximum": "last"}


def check(bundle, known):
    alarms = {}
    for alarm in known.alarms():
        alarms.setdefault(alarm.metric, []).append(alarm)
    for where, panel in bundle.panels():
        yield from (f"{where}: {fault}" for fault in one_panel(panel, alarms, known))
    for where, rule in bundle.rules():
        yield from (f"{where}: {fault}" for fault in one_rule(rule, alarms))


def one_panel(panel, alarms, known):
    defaults = panel["fieldConfig"]["defaults"]
    drawn = [step["value"] for step in defaults.get("thresholds", {}).get("steps", []) if step["value"] is not None]
    queries = [query for query in panel["targets"] if query.get("metricName")]
    functions = {query["dimensions"]["FunctionName"] for query in queries if query["metricName"] == "Duration"}
    for name in functions:
        limit = known.timeout(name.removeprefix("${stack}-"))
        if drawn != [1000 * limit]:
            yield f"its line is at {drawn}, and the timeout at {[1000 * limit]} ms"
        if f"{limit} s" not in panel["description"]:
            yield f"its description doesn't say that the timeout is {limit} s"
    if not functions and drawn:
        yield from lines(drawn, queries, alarms)


def lines(drawn, queries, alarms):
    for query in queries:
        found = alarms.get(metric(query))
        if not found:
            yield f"its line is at {drawn}, and no alarm watches {query['metricName']}"
            return
        for alarm in found:
            if drawn != [first(alarm)]:
                yield f"its line is at {drawn}, and {alarm.name} fires from {first(alarm)} on"
            if query["statistic"] != alarm.statistic:
                yield f"it draws the {query['statistic']}, and {alarm.name} watches the {alarm.statistic}"
            # Any sum above 0 is too much in a minute and in five; other sums grow with the period.
            if alarm.statistic == "Sum" and alarm.threshold > 0 and int(query["period"]) != alarm.period:
                yield f"its period is {query['period']} s, and that of {alarm.name} {alarm.period} s"


def first(alarm):
    """The smallest value that makes the alarm fire. Where it has to be exceeded, the metric counts whole things."""
    match alarm.operator:
        case "GreaterThanOrEqualToThreshold":
            return alarm.threshold
        case "GreaterThanThreshold":
            return alarm.threshold + 1
    raise ValueError(f"{alarm.name}: a line for {alarm.operator} is not known here")


def one_rule(rule, alarms):
    (query,) = (each["model"] for each in rule["data"] if each["datasourceUid"] != "__expr__")
    (reducer,) = (each["model"]["reducer"] for each in rule["data"] if each["model"].get("type") == "reduce")
    (evaluator,) = (
        condition["evaluator"]
        for each in rule["data"]
        if each["model"].get("type") == "threshold"
        for condition in each["model"]["conditions"]
    )
    found = alarms.get(metric(query))
    if not found:
        yield f"no alarm watches {query['metricName']} with these dimensions"
        return
    (alarm,) = found
    wanted = {
        "statistic": (query["statistic"], alarm.statistic),
        "period": (int(query["period"]), alarm.period),
        "threshold": ([evaluator["type"], *evaluator["params"]], [EVALUATORS[alarm.operator], alarm.threshold]),
        "reducer": (reducer, REDUCERS[alarm.statistic]),
    }
    for name, (ours, theirs) in wanted.items():
        if ours != theirs:
            yield f"its {name} is {ours}, and by {alarm.name} it is {theirs}"


def metric(query):
    dimensions = {
        key: value.replace("@stack@", "${stack}").replace("@suffix@", "${suffix}")
        for key, value in query["dimensions"].items()
    }
    return query["namespace"], query["metricName"], tuple(sorted(dimensions.items()))
