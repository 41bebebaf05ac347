"""Walks through the values of a resource.

Paths look like `Tags[*].Key`. A map with free keys has the paths `Variables{key}` and `Variables{*}`.
"""

import json

from evaluate import Unknown


def walk(value, free, whole, path=""):
    """Yields (path, value) for a value and all in it. `free` has the paths of maps whose keys the template chooses;
    what is at a path in `whole` is one document and not gone into."""
    if path:
        yield path, value
    if path in whole:
        return
    if isinstance(value, list):
        for item in value:
            yield from walk(item, free, whole, f"{path}[*]")
    elif isinstance(value, dict):
        for key, item in value.items():
            if path in free:
                yield f"{path}{{key}}", key
                yield from walk(item, free, whole, f"{path}{{*}}")
            else:
                yield from walk(item, free, whole, f"{path}.{key}" if path else key)


def is_leaf(value):
    return not isinstance(value, (dict, list)) or not value


def identity(value):
    """The same text for the same value, whatever is in it."""
    return json.dumps(
        value, default=lambda unknown: f"${unknown.text}" if isinstance(unknown, Unknown) else repr(unknown)
    )
