"""Every policy of the templates, statement by statement."""

from dataclasses import dataclass, field

TRUST, IDENTITY, RESOURCE = "trust", "identity", "resource"


@dataclass
class Statement:
    where: str  # template, resource and Sid
    owner: str  # logical id of the resource that the policy is written in
    kind: str
    effect: str
    actions: list
    resources: list
    conditions: dict = field(default_factory=dict)  # operator -> key -> values
    principal: object = None

    def keys(self):
        return {key for keys in self.conditions.values() for key in keys}


@dataclass
class Policy:
    owner: str
    kind: str
    document: dict
    statements: list


def policies(file, template, values):
    """Each policy document of a template."""
    for name, resource in template["Resources"].items():
        for path, document in documents(resource.get("Properties", {})):
            kind = TRUST if "AssumeRolePolicyDocument" in path else IDENTITY
            if not resource["Type"].startswith("AWS::IAM::"):
                kind = RESOURCE
            document = values.of(document)
            found = [statement(f"{file}: {name}", name, kind, each) for each in document["Statement"]]
            yield Policy(name, kind, document, found)


def documents(node, path=()):
    if isinstance(node, dict):
        if {"Version", "Statement"} <= set(node):  # WAF rules have statements, too
            yield path, node
            return
        node = node.items()
    elif isinstance(node, list):
        node = enumerate(node)
    else:
        return
    for key, item in node:
        yield from documents(item, (*path, key))


def statement(where, name, kind, said):
    conditions = {
        operator: {key: as_list(value) for key, value in keys.items()}
        for operator, keys in said.get("Condition", {}).items()
    }
    return Statement(
        where=f"{where}, {said.get('Sid', kind)}",
        owner=name,
        kind=kind,
        effect=said["Effect"],
        actions=as_list(said["Action"]),
        resources=as_list(said.get("Resource", [])),
        conditions=conditions,
        principal=said.get("Principal"),
    )


def as_list(value):
    return value if isinstance(value, list) else [value]
