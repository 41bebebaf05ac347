"""Checks of the table for Glue's tables, as Athena reads them."""

import base64
import json
import re

from evaluate import Unknown, text

# https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html
UNITS = {"YEARS", "MONTHS", "WEEKS", "DAYS", "HOURS", "MINUTES", "SECONDS"}
NOW = r"\s*NOW\s*([+-]\s*\d+\s*(YEARS?|MONTHS?|WEEKS?|DAYS?|HOURS?|MINUTES?|SECONDS?))?\s*"


def table(given):
    if given.get("TableType") == "VIRTUAL_VIEW":
        yield from view(given)
        return
    yield from projection(given)
    yield from expression(given.get("StorageDescriptor", {}))
    names = [each["Name"] for each in given["StorageDescriptor"]["Columns"] + given.get("PartitionKeys", [])]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"has two columns {name}"


# The types of a view's statement, and the table's.
VIEW_TYPES = {"varchar": "string", "integer": "int", "bigint": "bigint", "double": "double"}


def view(given):
    """What Athena's CREATE VIEW leaves in Glue. The API reference says only that the text is in Base64
    (https://docs.aws.amazon.com/glue/latest/webapi/API_TableInput.html), so these rules are a belief.
    """
    if text(given.get("Parameters", {}).get("presto_view", "")) != "true":
        yield "is a view without presto_view, which Athena takes for a table"
    found = re.fullmatch(r"/\* Presto View: (\S+) \*/", given.get("ViewOriginalText", ""))
    try:
        definition = json.loads(base64.b64decode(found[1], validate=True))
        columns = [{"Name": each["name"], "Type": VIEW_TYPES[each["type"]]} for each in definition["columns"]]
        statement, names = definition["originalSql"], (definition["catalog"], definition["schema"])
    except (TypeError, ValueError, KeyError) as error:
        yield f"has a text that is not a view's: {error!r}"
        return
    if not statement.startswith("SELECT ") or names[0] != "awsdatacatalog":
        yield f"is a view of {names[0]} that begins {statement[:10]!r}"
    if columns != [{key: each[key] for key in ("Name", "Type")} for each in given["StorageDescriptor"]["Columns"]]:
        yield "has other columns than its definition"


def projection(given):
    """Athena refuses queries on a table whose projected columns aren't described completely."""
    properties = given.get("Parameters", {})
    keys = [key["Name"] for key in given.get("PartitionKeys", [])]
    if text(properties.get("projection.enabled", "false")) != "true":
        if keys:
            yield f"has the partition keys {', '.join(keys)} without projection, and nothing adds partitions"
        return
    template = properties.get("storage.location.template", "")
    for key in keys:
        if properties.get(f"projection.{key}.type") != "date":
            yield f"projects {key} by {properties.get(f'projection.{key}.type')}, which no rule here describes"
        if "format" not in "".join(name for name in properties if name.startswith(f"projection.{key}.")):
            yield f"projects {key} without a format"
        if text(properties.get(f"projection.{key}.interval.unit")) not in UNITS:
            yield f"projects {key} by an unknown unit of time"
        yield from bounds(key, text(properties.get(f"projection.{key}.range", "")), len("yyyy/MM/dd"))
        if not isinstance(template, Unknown) and f"${{{key}}}" not in template:
            yield f"has the location template {template}, which does not contain ${{{key}}}"


def bounds(key, given, length):
    ends = given.split(",")
    for end in ends:
        if not re.fullmatch(NOW, end) and not re.fullmatch(r"\d{4}/\d{2}/\d{2}", end[:length]):
            yield f"has the range {given!r} for {key}, of which {end!r} is neither a day nor relative to NOW"
    if len(ends) != 2:
        yield f"has the range {given!r} for {key}, which has not two ends"


def expression(storage):
    """RegexSerDe fills a column by each group; a column without a group stays empty."""
    given = storage.get("SerdeInfo", {})
    if given.get("SerializationLibrary", "").endswith(".RegexSerDe"):
        try:
            groups = re.compile(given["Parameters"]["input.regex"]).groups
        except re.error as error:
            yield f"has an invalid input.regex: {error}"
            return
        if groups < len(storage["Columns"]):
            yield f"has {groups} groups in input.regex for {len(storage['Columns'])} columns"
