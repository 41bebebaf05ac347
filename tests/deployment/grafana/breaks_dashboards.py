"""One damage of each kind to the dashboards, and what the check that it is there for must say of it."""

import check_dashboards
import check_sdk
from damage import expression, panel, query, rule


def add_a_panel_twice(bundle):
    panels = bundle.dashboards["service-health.json"]["panels"]
    panels[-1]["id"] = panels[-2]["id"]


# name: (check, damage, what it says)
BREAKS = {
    "a key that the SDK doesn't know": (
        check_sdk,
        lambda b: query(b, "Sending to SQS").update(statistik="Sum"),
        "targets[0].statistik",
    ),
    "an option that the panel's type doesn't have": (
        check_sdk,
        lambda b: panel(b, "Emails filed")["options"].update(colour="red"),
        "options.colour",
    ),
    "a type of panel that there isn't": (
        check_sdk,
        lambda b: panel(b, "Emails filed").update(type="stats"),
        "no panel of type stats",
    ),
    "a key of a rule that the SDK doesn't know": (
        check_sdk,
        lambda b: rule(b).update(pending="5m"),
        "doesn't know pending",
    ),
    "a type of expression that there isn't": (
        check_sdk,
        lambda b: rule(b)["data"][1]["model"].update(type="average"),
        "can't read it: KeyError('average')",
    ),
    "an id that is there twice": (check_dashboards, add_a_panel_twice, "is there 2 times"),
    "a title that is there twice": (
        check_dashboards,
        lambda b: panel(b, "Emails filed").update(title="Emails accepted"),
        "panel title Emails accepted is there 2 times",
    ),
    "a dashboard's uid that is there twice": (
        check_dashboards,
        lambda b: b.dashboards["logs-and-cost.json"].update(uid="mailroom-health"),
        "dashboard uid mailroom-health",
    ),
    "panels that overlap": (check_dashboards, lambda b: panel(b, "Emails filed")["gridPos"].update(x=3), "place"),
    "no unit": (
        check_dashboards,
        lambda b: panel(b, "Sending to SQS")["fieldConfig"]["defaults"].pop("unit"),
        "Sending to SQS: no unit",
    ),
    "a unit that Grafana doesn't know": (
        check_dashboards,
        lambda b: panel(b, "Sending to SQS")["fieldConfig"]["defaults"].update(unit="millis"),
        "no unit millis",
    ),
    "no description": (
        check_dashboards,
        lambda b: panel(b, "Sending to SQS").update(description=" "),
        "no description",
    ),
    "a data source that there isn't": (
        check_dashboards,
        lambda b: query(b, "Sending to SQS")["datasource"].update(uid="cloudwatch"),
        "no data source has the uid cloudwatch",
    ),
    "a query without a data source": (
        check_dashboards,
        lambda b: query(b, "Sending to SQS").pop("datasource"),
        "names no data source",
    ),
    "a variable that there isn't": (check_dashboards, expression("status, reason", "status, $why"), "no variable $why"),
}
