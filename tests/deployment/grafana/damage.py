"""Ways to damage copies of the files, for breaks_*.py."""


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


def steps(bundle, title):
    """The steps of a panel's thresholds."""
    return panel(bundle, title)["fieldConfig"]["defaults"]["thresholds"]["steps"]


def evaluator(bundle, uid):
    """The comparison that makes an alert rule fire."""
    return rule(bundle, uid)["data"][2]["model"]["conditions"][0]["evaluator"]


def resource(bundle, name):
    """The properties of a resource of Grafana's stack."""
    return bundle.template["Resources"][name]["Properties"]


def container(bundle):
    return resource(bundle, "GrafanaTask")["ContainerDefinitions"][0]
