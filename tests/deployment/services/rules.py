"""The rows of table/*.yaml as functions.

A row is `TYPE: {PATH: {KIND: ARGUMENT, ..., source: URL}}`. The default source is that of the type. Kinds:

    characters: CLASS     every character is in this class of a regular expression
    pattern: REGEX        the whole value matches
    never: REGEX          no part of the value matches
    values: [...]         the value is one of these
    range: [LOW, HIGH]    the value is a whole number within; HIGH is null where no limit is documented
    type: boolean|number
    length: [LOW, HIGH]   in characters
    bytes: HIGH
    entries: [LOW, HIGH]  of a list or map
    check: NAME           a function in checks_*.py accepts the value; the path "(all)" is the whole resource
    whole: NAME           as check, and all of the value counts as covered; for documents
    covers: [PATH, ...]   further paths that the check looks at
"""

from functools import cache
from pathlib import Path

import regex
import yaml

import checks_alarms
import checks_data
import checks_ecs
import checks_edge
import checks_functions
import checks_load_balancing
import checks_network
import checks_policies
import checks_queries
from evaluate import Unknown, text

MODULES = [
    checks_alarms,
    checks_data,
    checks_ecs,
    checks_edge,
    checks_functions,
    checks_load_balancing,
    checks_network,
    checks_policies,
    checks_queries,
]
ALL = "(all)"


def characters(allowed, value):
    foreign = regex.sub(f"[{allowed}]", "", text(value))
    if foreign:
        yield f"contains {''.join(sorted(set(foreign)))!r}, which is outside [{allowed}]"


def pattern(expression, value):
    if not regex.fullmatch(expression, text(value)):
        yield f"does not match {expression}"


def never(expression, value):
    if regex.search(expression, text(value)):
        yield f"is reserved: it matches {expression}"


def values(allowed, value):
    if text(value) not in map(text, allowed):
        yield f"is not one of {', '.join(map(text, allowed))}"


def numbers(bounds, value):
    low, high = bounds
    try:
        number = int(text(value))
    except ValueError:
        yield "is not a whole number"
        return
    if number < low or high is not None and number > high:
        yield f"is not between {low} and {high}" if high is not None else f"is less than {low}"


def length(bounds, value):
    low, high = bounds
    if not low <= len(text(value)) <= high:
        yield f"has {len(text(value))} characters instead of {low} to {high}"


def size(high, value):
    if len(text(value).encode()) > high:
        yield f"has {len(text(value).encode())} bytes, more than {high}"


def entries(bounds, value):
    low, high = bounds
    if not low <= len(value) <= high:
        yield f"has {len(value)} entries instead of {low} to {high}"


def kind(name, value):
    if name == "boolean" and text(value) not in ("true", "false"):
        yield "is neither true nor false"
    if name == "number" and not regex.fullmatch(r"-?\d+(\.\d+)?([eE]-?\d+)?", text(value)):
        yield "is not a number"


def check(name, value):
    return next(getattr(module, name) for module in MODULES if hasattr(module, name))(value)


KINDS = {
    "characters": characters,
    "pattern": pattern,
    "never": never,
    "values": values,
    "range": numbers,
    "length": length,
    "bytes": size,
    "entries": entries,
    "type": kind,
    "check": check,
    "whole": check,
}


@cache
def table():
    """{type: {path: row}}, each row with its source."""
    rows = {}
    for file in sorted((Path(__file__).parent / "table").glob("*.yaml")):
        for types, given in yaml.safe_load(file.read_text()).items():
            source = given.pop("source")
            for name in types.split(", "):
                rows.setdefault(name, {}).update({path: {"source": source, **row} for path, row in given.items()})
    for name, paths in rows.items():
        for path, row in paths.items():
            unknown = set(row) - set(KINDS) - {"source", "covers"}
            names = [row[kind] for kind in ("check", "whole") if kind in row]
            if unknown or any(not any(hasattr(module, name) for module in MODULES) for name in names):
                raise ValueError(f"the row {name} {path} has what rules.py doesn't know: {unknown or names}")
    return rows


def rows(resource_type, path):
    """The rows about a property: of its type, and those of every type that end in its path."""
    if path in table().get(resource_type, {}):
        yield table()[resource_type][path]
    for suffix, row in table()["*"].items():
        if path == suffix or path.endswith(f".{suffix}"):
            yield row


def unused(used):
    """Rows that looked at nothing, such as those with a mistyped path. `used` has ids of rows."""
    return [f"{kind} {path}" for kind, paths in table().items() for path, row in paths.items() if id(row) not in used]


def whole(resource_type):
    return {path for path, row in table().get(resource_type, {}).items() if "whole" in row}


def covered(resource_type):
    """Paths that a row about another path looks at."""
    return {path for row in table().get(resource_type, {}).values() for path in row.get("covers", [])}


def faults(row, value):
    """The faults of a value. A check gets unknown values too; the other kinds skip them."""
    for name, argument in row.items():
        if name in KINDS and (name in ("check", "whole") or not isinstance(value, Unknown)):
            yield from KINDS[name](argument, value)
