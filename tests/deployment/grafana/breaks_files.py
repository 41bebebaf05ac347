"""One damage of each kind to provisioning and image, and what the check that it is there for must say of it."""

import re

import check_image
import check_provisioning
from damage import datasource, in_image, rule


def another_datasource_in_a_rule(bundle):
    query = rule(bundle)["data"][0]
    query["datasourceUid"] = query["model"]["datasource"]["uid"] = "cloudwatch"


def without_a_digest(bundle):
    bundle.dockerfile = re.sub(r"@sha256:\w+", "", bundle.dockerfile)


# name: (check, damage, what it says)
BREAKS = {
    "a $ that is not escaped": (
        check_provisioning,
        lambda b: rule(b)["labels"].update(cost="US$12"),
        "a literal $ is $$",
    ),
    "a variable that start.sh doesn't ask for": (
        check_provisioning,
        lambda b: datasource(b)["jsonData"].update(defaultRegion="$REGION"),
        "start.sh knows no variable 'REGION'",
    ),
    "a $ in an annotation": (
        check_provisioning,
        lambda b: rule(b)["annotations"].update(summary="{{ $values.value }}"),
        "better avoided here",
    ),
    "a rule's data source that there isn't": (
        check_provisioning,
        another_datasource_in_a_rule,
        "no data source has the uid cloudwatch",
    ),
    "a rule that is evaluated too often": (
        check_provisioning,
        lambda b: b.alerting["mailroom.yaml"]["groups"][0].update(interval="1m"),
        "evaluated every 1m",
    ),
    "a rule about a panel that there isn't": (
        check_provisioning,
        lambda b: rule(b).update(panelId=999),
        "no panel 999",
    ),
    "a rule's uid that is there twice": (
        check_provisioning,
        lambda b: rule(b).update(uid="mailroom-tokens"),
        "mailroom-tokens is there 2 times",
    ),
    "a condition that there isn't": (
        check_provisioning,
        lambda b: rule(b).update(condition="above"),
        "condition above",
    ),
    "an expression about what there isn't": (
        check_provisioning,
        lambda b: rule(b)["data"][1]["model"].update(expression="metrics"),
        "is about metrics",
    ),
    "a rule that takes silence for a fault": (
        check_provisioning,
        lambda b: rule(b).update(noDataState="Alerting"),
        "noDataState is OK",
    ),
    "credentials in a file": (
        check_provisioning,
        lambda b: datasource(b)["jsonData"].update(authType="keys"),
        "credentials come from the task's role",
    ),
    "a namespace that isn't ours": (
        check_provisioning,
        lambda b: datasource(b)["jsonData"].update(customMetricsNamespaces="Mail"),
        "the namespace Mailroom",
    ),
    "an image that isn't pinned": (check_image, without_a_digest, "by its full version and digest"),
    "anybody may look": (
        check_image,
        in_image("dockerfile", "GF_AUTH_ANONYMOUS_ENABLED=false", "GF_AUTH_ANONYMOUS_ENABLED=true"),
        "GF_AUTH_ANONYMOUS_ENABLED is true",
    ),
    "a plugin that is downloaded": (
        check_image,
        in_image("dockerfile", "USER 472", "ENV GF_INSTALL_PLUGINS=some-panel\nUSER 472"),
        "GF_INSTALL_PLUGINS has no place",
    ),
    "a start without a password": (
        check_image,
        in_image("start", ': "${GF_SECURITY_ADMIN_PASSWORD:?', ': "${GF_SECURITY_ADMIN_PASSWORD:-'),
        "start.sh starts with {'GF_SECURITY_ADMIN_PASSWORD': ''}",
    ),
    "a start that leaves the dashboards out": (
        check_image,
        in_image("start", "provisioning/*/* dashboards/*", "provisioning/*/*"),
        "start.sh leaves out dashboards/",
    ),
    "a start without the queues' suffix": (
        check_image,
        in_image("start", ': "${MAILROOM_SUFFIX:?', ': "${MAILROOM_SUFFIX:-'),
        "start.sh starts with {'MAILROOM_SUFFIX': ''}",
    ),
    "a start that puts in no suffix": (
        check_image,
        in_image("start", "s/@suffix@/", "s/@digits@/"),
        "start.sh makes something else of",
    ),
    "a start that puts in no name": (
        check_image,
        in_image("start", "s/@stack@/", "s/@name@/"),
        "start.sh makes something else of",
    ),
}
