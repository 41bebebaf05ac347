"""The image and Grafana's stack fit each other: version, environment, password, port; and no deployed image expires."""

import json
import re

from cloudformation import texts

# The real address is the template's; the image has one for runs by hand.
DIFFERENT = {"GF_SERVER_ROOT_URL"}
PASSWORD = "GF_SECURITY_ADMIN_PASSWORD"


def check(bundle, _known):
    resources = bundle.template["Resources"]
    (container,) = resources["GrafanaTask"]["Properties"]["ContainerDefinitions"]
    for part in (images, environment, password, ports):
        yield from (f"template.yaml: {fault}" for fault in part(bundle, resources, container))
    yield from (f"template.yaml: {fault}" for fault in expiry(resources["GrafanaRepository"]["Properties"]))


def images(bundle, _resources, container):
    ours = re.search(r"^FROM .*?(\S+)$", bundle.dockerfile, re.MULTILINE).group(1)
    name, digest = re.fullmatch(r"([^:@]+)(?::[^@]+)?(@.*)?", ours).groups()
    condition, own, public = container["Image"]["If"]
    if public != f"docker.io/{name}{digest}":  # ECS takes a tag or a digest, not both
        yield f"the first deployment runs {public}, and the image is built from {ours}"
    if condition != "HasImage" or not own.endswith("@${GrafanaImageDigest}"):
        yield f"our image is {own} and not named by its digest"


def environment(bundle, _resources, container):
    given = {each["Name"]: each["Value"] for each in container["Environment"]}
    demanded = set(re.findall(r"\$\{(\w+):\?", bundle.start))
    for name in sorted(demanded - {PASSWORD} - given.keys()):
        yield f"start.sh needs {name}, and the task doesn't set it"
    built = dict(re.findall(r"\b(GF_\w+)=(\S+)", bundle.dockerfile))
    for name in sorted(built.keys() & given.keys() - DIFFERENT):
        if given[name] != built[name]:
            yield f"{name} is {given[name]}, and {built[name]} in the image"


def password(_bundle, resources, container):
    generated = resources["GrafanaSecret"]["Properties"]["GenerateSecretString"]
    secrets = {each["Name"]: each["ValueFrom"] for each in container["Secrets"]}
    if secrets != {PASSWORD: "${GrafanaSecret}:%s::" % generated["GenerateStringKey"]}:
        yield f"the task's secrets are {secrets}"
    if PASSWORD in {each["Name"] for each in container["Environment"]}:
        yield "the password stands in the environment, where everybody who may see the task can read it"


def ports(bundle, resources, container):
    target = resources["GrafanaTargetGroup"]["Properties"]
    (mapping,) = container["PortMappings"]
    (balancer,) = resources["GrafanaService"]["Properties"]["LoadBalancers"]
    found = {target["Port"], mapping["ContainerPort"], balancer["ContainerPort"]}
    address = f"http://127.0.0.1:{target['Port']}{target['HealthCheckPath']}"
    if len(found) != 1 or address not in bundle.dockerfile:
        yield f"the ports are {sorted(found)}, and the image's health check isn't {address}"


def expiry(repository):
    """An image with a tag was deployed, and going back to it needs it. A digest without its image can't be pulled."""
    if repository["ImageTagMutability"] != "IMMUTABLE":
        yield "a tag that can be moved leaves a deployed image without one"
    (policy,) = texts(repository["LifecyclePolicy"]["LifecyclePolicyText"])
    for rule in json.loads(policy)["rules"]:
        status = rule["selection"]["tagStatus"]
        if status != "untagged":
            yield f"lifecycle rule {rule['rulePriority']} expires images whose tag status is {status}"
