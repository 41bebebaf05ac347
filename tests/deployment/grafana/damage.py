"""What breaks_*.py damage copies of the files with."""


def panel(bundle, title):
    """A panel by its title."""
    return next(panel for _, panel in bundle.panels() if panel["title"] == title)


def query(bundle, title, index=0):
    return panel(bundle, title)["targets"][index]


def variable(bundle, name):
    return next(variable for where, variable in bundle.variables() if variable["name"] == name)


def rule(bundle, uid="mailroom-dead-letters"):
    return next(rule for _, rule in bundle.rules() if rule["uid"] == uid)


def expression(old, new, title="Refused requests"):
    def damage(bundle):
        target = query(bundle, title)
        assert old in target["expression"]
        target["expression"] = target["expression"].replace(old, new)

    return damage


def in_image(part, old, new):
    def damage(bundle):
        assert old in getattr(bundle, part)
        setattr(bundle, part, getattr(bundle, part).replace(old, new))

    return damage


def datasource(bundle):
    return bundle.datasources["cloudwatch.yaml"]["datasources"][0]
