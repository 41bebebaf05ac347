"""Grafana's own types: what they don't know of a dashboard or an alert rule is lost on the way through them.

No Grafana runs here. Its Foundation SDK is generated from the same schemas as Grafana is, so it is the nearest thing.
"""

import json

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.cog.runtime import Runtime
from grafana_foundation_sdk.models.alerting import Rule
from grafana_foundation_sdk.models.dashboard import Dashboard

register_default_plugins()

# A rule file has these two beside what the API, and so the SDK, has.
# https://grafana.com/docs/grafana/latest/alerting/set-up/provision-alerting-resources/file-provisioning/
ONLY_IN_FILES = {"dashboardUid", "panelId"}


def check(bundle, _known):
    for name, dashboard in bundle.dashboards.items():
        yield from faults(name, dashboard, Dashboard)
    for where, panel in bundle.panels():
        # The SDK passes anything that it has no type for through unchecked.
        if panel["type"] not in Runtime().panelcfg_variants:
            yield f"{where}: the SDK knows no panel of type {panel['type']}"
    for where, rule in bundle.rules():
        yield from faults(where, {key: value for key, value in rule.items() if key not in ONLY_IN_FILES}, Rule)


def faults(where, written, model):
    try:
        read = json.loads(json.dumps(model.from_json(written), cls=JSONEncoder))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        yield f"{where}: the SDK can't read it: {error!r}"
        return
    for path in lost(written, read):
        yield f"{where}: the SDK doesn't know {path}"


def lost(before, after, path=""):
    """Paths of what is not the same afterwards. What is added doesn't matter: those are defaults."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key, value in before.items():
            if value is not None:
                yield from lost(value, after.get(key), f"{path}.{key}")
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (one, other) in enumerate(zip(before, after)):
            yield from lost(one, other, f"{path}[{index}]")
    elif before != after:
        yield path.lstrip(".")
