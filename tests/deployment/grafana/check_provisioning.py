"""Data sources, dashboard providers and alert rules: what Grafana reads when it starts."""

import re
from collections import Counter

from bundle import strings

EVALUATED_AT_MOST_EVERY = 300  # seconds: each evaluation pays for GetMetricData
UNIT = {"s": 1, "m": 60, "h": 3600}


def check(bundle, known):
    yield from datasources(bundle, known)
    yield from dollars(bundle)
    uids = Counter(rule["uid"] for _, rule in bundle.rules())
    titles = Counter(rule["title"] for _, rule in bundle.rules())
    yield from (f"{name} is there {times} times" for name, times in (uids + titles).items() if times > 1)
    for name, file in bundle.alerting.items():
        for group in file["groups"]:
            if seconds(group["interval"]) < EVALUATED_AT_MOST_EVERY:
                yield f"{name}: {group['name']} is evaluated every {group['interval']}, which costs"
    for where, rule in bundle.rules():
        yield from (f"{where}: {fault}" for fault in one_rule(rule, bundle))


def datasources(bundle, known):
    sources = [source for file in bundle.datasources.values() for source in file["datasources"]]
    for uid, times in Counter(source["uid"] for source in sources).items():
        if times > 1:
            yield f"the data source {uid} is there {times} times"
    for source in sources:
        settings = source["jsonData"]
        if settings["authType"] != "default" or source.get("secureJsonData"):
            yield f"{source['uid']}: credentials come from the task's role, not from a file"
        if settings["customMetricsNamespaces"] != known.namespace:
            yield f"{source['uid']}: our metrics are in the namespace {known.namespace}"


def dollars(bundle):
    """Grafana takes every $NAME in these files for an environment variable, and an unset one for nothing."""
    environment = set(re.findall(r"\$\{(\w+):\?", bundle.start))  # start.sh insists on these
    for kind in (bundle.datasources, bundle.providers, bundle.alerting):
        for name, file in kind.items():
            for path, text in strings(file):
                where = f"{name}: {'.'.join(map(str, path))}"
                if "$" in text and ("model" in path or "annotations" in path):
                    # Models are never looked into, annotations by some versions: no text means the same in all.
                    yield f"{where}: {text!r} has a $, which is better avoided here"
                    continue
                for variable in re.findall(r"\$\{?(\w*)", text.replace("$$", "")):
                    if variable not in environment:
                        yield f"{where}: {text!r}: start.sh knows no variable {variable!r}; a literal $ is $$"


def one_rule(rule, bundle):
    if len(rule["uid"]) > 40:
        yield "a uid has at most 40 characters"
    if rule["noDataState"] != "OK":
        yield "a counter without a value is no fault: noDataState is OK"
    if not rule.get("annotations", {}).get("summary"):
        yield "no summary"
    seconds(rule["for"])
    panels = {
        (dashboard["uid"], panel["id"]) for dashboard in bundle.dashboards.values() for panel in dashboard["panels"]
    }
    if (rule["dashboardUid"], rule["panelId"]) not in panels:
        yield f"there is no panel {rule['panelId']} in {rule['dashboardUid']}"
    yield from models(rule, bundle)


def models(rule, bundle):
    known = bundle.datasource_uids() | {"__expr__"}
    refs = []
    for query in rule["data"]:
        model = query["model"]
        for uid in (query["datasourceUid"], model["datasource"]["uid"]):
            if uid not in known:
                yield f"no data source has the uid {uid}"
        if query["datasourceUid"] != model["datasource"]["uid"] or query["refId"] != model["refId"]:
            yield f"{query['refId']} and its model say different things"
        if query["datasourceUid"] == "__expr__":
            if model["expression"] not in refs:
                yield f"{query['refId']} is about {model['expression']}, which doesn't stand before it"
        elif query["relativeTimeRange"]["from"] <= query["relativeTimeRange"]["to"]:
            yield f"{query['refId']} asks for an empty stretch of time"
        refs.append(query["refId"])
    if len(set(refs)) < len(refs) or rule["condition"] not in refs:
        yield f"the condition {rule['condition']} is not one of {refs}, or one of them is there twice"


def seconds(duration):
    number, unit = re.fullmatch(r"(\d+)([smh])", duration).groups()
    return int(number) * UNIT[unit]
