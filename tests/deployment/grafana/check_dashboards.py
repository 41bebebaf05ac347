"""The dashboards themselves: ids, titles, units, descriptions, places, data sources, variables."""

import json
from collections import Counter

from grafana_foundation_sdk.models import units

from bundle import strings, variables_in

# Log lines have no unit.
WITHOUT_UNIT = {"logs"}
UNITS = {value for name, value in vars(units).items() if isinstance(value, str) and not name.startswith("_")}


def check(bundle, _known):
    for key in ("uid", "title"):
        yield from repeated(f"dashboard {key}", (dashboard[key] for dashboard in bundle.dashboards.values()))
    for name, dashboard in bundle.dashboards.items():
        yield from one_dashboard(name, dashboard)
    for where, panel in bundle.panels():
        yield from one_panel(where, panel)
    known = bundle.datasource_uids()
    for name, dashboard in bundle.dashboards.items():
        for path, uid in strings(dashboard):
            if path[-2:] == ("datasource", "uid") and uid not in known:
                yield f"{name}: no data source has the uid {uid}"


def one_dashboard(name, dashboard):
    panels = dashboard["panels"]
    yield from repeated(f"{name}: panel id", (panel["id"] for panel in panels))
    yield from repeated(f"{name}: panel title", (panel["title"] for panel in panels))
    yield from repeated(f"{name}: place", (cell for panel in panels for cell in cells(panel["gridPos"])))
    variables = [variable["name"] for variable in dashboard["templating"]["list"]]
    yield from repeated(f"{name}: variable", variables)
    used = {variable for _, text in strings(dashboard) for variable in variables_in(text)}
    for variable in sorted(used - set(variables)):
        yield f"{name}: there is no variable ${variable}"
    for variable in sorted(set(variables) - used):
        yield f"{name}: nothing uses the variable ${variable}"
    if "@stack@" not in json.dumps(dashboard["templating"]):
        yield f"{name}: no variable starts as @stack@"


def one_panel(where, panel):
    if not panel.get("description", "").strip():
        yield f"{where}: no description"
    defaults = panel.get("fieldConfig", {}).get("defaults", {})
    if panel["type"] not in WITHOUT_UNIT and "unit" not in defaults:
        yield f"{where}: no unit"
    if "unit" in defaults and defaults["unit"] not in UNITS:
        yield f"{where}: Grafana knows no unit {defaults['unit']}"
    yield from repeated(f"{where}: refId", (target["refId"] for target in panel["targets"]))
    for part in (panel, *panel["targets"]):
        if part.get("datasource", {}).get("uid") is None:
            yield f"{where}: a query or the panel names no data source"


def cells(place):
    if place["x"] + place["w"] > 24:
        yield "beyond the right edge"
        yield "beyond the right edge"
    for x in range(place["x"], place["x"] + place["w"]):
        for y in range(place["y"], place["y"] + place["h"]):
            yield x, y


def repeated(what, values):
    for value, times in Counter(values).items():
        if times > 1:
            yield f"{what} {value} is there {times} times"
            return  # one is enough: panels that overlap do so in many cells
