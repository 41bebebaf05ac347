"""Functions for breaks_*.py, which damage copies of the templates.

A break is (resource type, damage to its properties, text of the expected fault). It uses the first resource of the type
that the damage fits. A damage that does not fit raises LookupError or TypeError.
"""


def put(path, value):
    """Sets a property. A number in the path is an index."""

    def damage(properties):
        *way, last = path.split(".")
        node = properties
        for step in way:
            node = node[int(step)] if step.isdigit() else node[step]
        node[int(last) if last.isdigit() else last] = value

    return damage


def new(path, value):
    """Sets a property that may lie in parts that aren't there yet."""

    def damage(properties):
        *way, last = path.split(".")
        node = properties
        for step in way:
            node = node.setdefault(step, {})
        node[last] = value

    return damage


def also(path, value):
    """Adds an entry to a list."""

    def damage(properties):
        node = properties
        for step in path.split("."):
            node = node[int(step)] if step.isdigit() else node[step]
        node.append(value)

    return damage


def without(path):
    def damage(properties):
        *way, last = path.split(".")
        node = properties
        for step in way:
            node = node[int(step)] if step.isdigit() else node[step]
        del node[int(last) if last.isdigit() else last]

    return damage


def everything(*damages):
    def damage(properties):
        for each in damages:
            each(properties)

    return damage


def where(key, value, damage):
    """Only of a resource with this property."""

    def chosen(properties):
        if properties.get(key) != value:
            raise LookupError(key)
        damage(properties)

    return chosen


def sub(text):
    return {"Fn::Sub": text}


def either(one, other, condition="HasCertificate"):
    return {"Fn::If": [condition, one, other]}
