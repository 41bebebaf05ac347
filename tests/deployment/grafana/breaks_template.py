"""One damage of each kind to Grafana's stack, and what the check that it is there for must say of it."""

import check_template
from damage import container, in_image, resource

PASSWORD = "GF_SECURITY_ADMIN_PASSWORD"


def lifecycle(selection):
    def damage(bundle):
        policy = resource(bundle, "GrafanaRepository")["LifecyclePolicy"]
        old = '"tagStatus": "untagged"'
        assert old in policy["LifecyclePolicyText"]
        policy["LifecyclePolicyText"] = policy["LifecyclePolicyText"].replace(old, selection)

    return damage


def without(variable):
    def damage(bundle):
        container(bundle)["Environment"] = [
            each for each in container(bundle)["Environment"] if each["Name"] != variable
        ]

    return damage


# name: (check, damage, what it says)
BREAKS = {
    "deployed images that expire": (
        check_template,
        lifecycle('"tagStatus": "any"'),
        "lifecycle rule 1 expires images whose tag status is any",
    ),
    "old versions that expire": (
        check_template,
        lifecycle('"tagStatus": "tagged", "tagPatternList": ["*"]'),
        "lifecycle rule 1 expires images whose tag status is tagged",
    ),
    "tags that can be moved": (
        check_template,
        lambda b: resource(b, "GrafanaRepository").update(ImageTagMutability="MUTABLE"),
        "a tag that can be moved",
    ),
    "an image that is newer than the first one": (
        check_template,
        in_image("dockerfile", "12.4.3@sha256:2e98", "12.4.4@sha256:0000"),
        "the image is built from grafana/grafana:12.4.4@sha256:0000",
    ),
    "an image by its tag": (
        check_template,
        lambda b: container(b)["Image"]["If"].__setitem__(1, "${GrafanaRepository.RepositoryUri}:latest"),
        "not named by its digest",
    ),
    "a variable that the task doesn't set": (
        check_template,
        without("MAILROOM_SUFFIX"),
        "start.sh needs MAILROOM_SUFFIX",
    ),
    "a setting that the image has otherwise": (
        check_template,
        in_image("dockerfile", "GF_USERS_ALLOW_SIGN_UP=false", "GF_USERS_ALLOW_SIGN_UP=true"),
        "GF_USERS_ALLOW_SIGN_UP is false, and true in the image",
    ),
    "a password that everybody can read": (
        check_template,
        lambda b: container(b)["Environment"].append({"Name": PASSWORD, "Value": "admin"}),
        "the password stands in the environment",
    ),
    "a password that isn't the secret's": (
        check_template,
        lambda b: resource(b, "GrafanaSecret")["GenerateSecretString"].update(GenerateStringKey="pass"),
        "the task's secrets are",
    ),
    "another port": (
        check_template,
        lambda b: resource(b, "GrafanaTargetGroup").update(Port=3001),
        "the ports are [3000, 3001]",
    ),
    "another health check": (
        check_template,
        lambda b: resource(b, "GrafanaTargetGroup").update(HealthCheckPath="/api/health"),
        "the image's health check isn't http://127.0.0.1:3000/api/health",
    ),
}
