"""The checks' lines for an account in which a single thing is wrong.

A scenario is a name, the arguments, a change of the account, the exit status, and the lines that differ from those of
the account without the change: status, check, a part of the text, and a part of the fix.
"""

import names
from account import CERTIFICATE, ID, REGION

STACK = ["mailroom-dev"]
GRAFANA = ["mailroom-dev", "--grafana"]
NAT = [*GRAFANA, "GrafanaSubnets=private"]
ENDPOINTS = [*NAT, "GrafanaEgress=endpoints"]
TLS = ["mailroom-dev", f"CertificateArn={CERTIFICATE}", "DomainName=mail.example.org", "HostedZoneId=Z0123456789"]
CANARY = ["mailroom-dev", "CanaryRate=rate(5 minutes)"]
HTTP_API = ["mailroom-dev", "Endpoint=http-api"]
HTTP_API_TLS = [*HTTP_API, *TLS[1:]]
CLOUDFRONT = ["mailroom-dev", "CloudFrontPrefixListId=pl-a3a144ca"]
REPLICA = ["mailroom-dev", "ReplicaBucketArn=arn:aws:s3:::mailroom-dev-replica-0a1b2c3d"]
BOUNDARY = ["mailroom-dev", f"PermissionsBoundaryArn=arn:aws:iam::{ID}:policy/boundary"]
EVERYTHING = [
    *TLS, *CLOUDFRONT[1:], *BOUNDARY[1:], *REPLICA[1:], "--grafana", "--read-token", "Endpoint=both", *CANARY[1:],
    "EnableCustomerKey=yes", "EnableWaf=yes", "ShiftTraffic=true", "GrafanaAllowedCidr=203.0.113.7/32",
]  # fmt: skip


def put(attribute, value):
    """A change: adds to a list or a set of the account, updates a dictionary, or replaces what is neither."""

    def change(account):
        present = getattr(account, attribute)
        if isinstance(present, list):
            present.append(value)
        elif isinstance(present, set):
            present.add(value)
        elif isinstance(present, dict):
            present.update(value)
        else:
            setattr(account, attribute, value)

    return change


def take(attribute, member):
    return lambda account: getattr(account, attribute).remove(member)


def put_exactly(attribute, value):
    return lambda account: setattr(account, attribute, value)


def deployed(change=lambda account: None):
    """A change of an account that has the mail stack."""
    return lambda account: change(account.with_mail_stack())


def state(state):
    return put("stacks", {"mailroom-dev": state})


def certificate(status, *names):
    return put("certificates", {CERTIFICATE: (status, list(names) or ["mail.example.org"])})


def replica(region, versions):
    return put("buckets", {"mailroom-dev-replica-0a1b2c3d": (region, versions)})


def record(kind, target=None):
    return put("records", ("mail.example.org.", kind, target))


def free_plan(status="ACTIVE"):
    return put_exactly("plan", ("FREE", status))


def a_name(attribute, name, delete, arguments=STACK, what=""):
    """A name of the new stack that something else has."""
    line = ("FAIL", "Grafana's names" if arguments == GRAFANA else "names in use", what or name, delete)
    return (f"{attribute}: {name}", arguments, put(attribute, name), 1, [line])


# Lines of a stack that does not exist yet. The last is about the zones that its subnets would get.
FIRST_DEPLOYMENT = [
    ("ok", check, "", "")
    for check in (
        "stack", "names in use", "zones", "role of ELB", "VPCs", "internet gateways", "load balancers",
        "instance's zones",
    )
]  # fmt: skip
UPDATE = ("ok", "stack", "updates it", "")
def a_parameter(name):
    line = ("FAIL", "names in use", f"{name} exists in SSM", f"delete-parameters --names {name}")
    return (f"the parameter {name}", STACK, put("parameters", {name: ("String", "x")}), 1, [line])


TOKEN = "/mailroom-dev/auth_token"
SECRET = ["mailroom-dev", "TokenSecret=mail/tokens"]
REFERENCE = "/aws/reference/secretsmanager/mail/tokens"
OURS = f"dualstack.mailroom-dev-alb-1.{REGION}.elb.amazonaws.com."

SCENARIOS = [
    # The stack
    ("in progress", STACK, state("UPDATE_IN_PROGRESS"), 1, [("FAIL", "stack", "wait until", "")]),
    ("cleaning up", STACK, state("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"), 1, [("FAIL", "stack", "wait until", "")]),
    ("first failure", STACK, state("ROLLBACK_COMPLETE"), 1, [("FAIL", "stack", "only be deleted", "delete-stack")]),
    ("stuck creation", STACK, lambda a: (state("ROLLBACK_FAILED")(a), put("functions", "mailroom-dev-api")(a)), 1,
     [("FAIL", "stack", "only be deleted", "delete-stack")]),
    ("kept creation", STACK, state("CREATE_FAILED"), 1, [("FAIL", "stack", "only be deleted", "delete-stack")]),
    ("stuck deletion", STACK, state("DELETE_FAILED"), 1, [("FAIL", "stack", "fix the cause", "describe-stack-events")]),
    ("stuck rollback", STACK, state("UPDATE_ROLLBACK_FAILED"), 1,
     [("FAIL", "stack", "rollback", "continue-update-rollback --stack-name mailroom-dev")]),
    ("kept update", STACK, state("UPDATE_FAILED"), 1, [("FAIL", "stack", "UPDATE_FAILED", "rollback-stack")]),
    ("stuck import", STACK, state("IMPORT_ROLLBACK_FAILED"), 1, [("FAIL", "stack", "can't be updated", "")]),
    ("refused change set", STACK, state("REVIEW_IN_PROGRESS"), 0,
     [("warn", "stack", "never carried out", "describe-events --change-set-name")]),
    ("an update", STACK, state("UPDATE_ROLLBACK_COMPLETE"), 0, [UPDATE]),
    ("an update", STACK, state("UPDATE_COMPLETE"), 0, [UPDATE]),

    # Names
    a_name("log_groups", "/aws/lambda/mailroom-dev-api", "delete-log-group --log-group-name /aws/lambda/mailroom-dev-"),
    a_name("log_groups", "/aws/lambda/mailroom-dev-worker", "delete-log-group"),
    a_name("functions", "mailroom-dev-api", "delete-function --function-name mailroom-dev-api"),
    a_name("functions", "mailroom-dev-worker", "delete-function"),
    a_name("log_groups", "/aws/lambda/mailroom-dev-canary", "delete-log-group", CANARY),
    a_name("functions", "mailroom-dev-canary", "delete-function", CANARY),
    ("load balancer", STACK, put("load_balancers", {"mailroom-dev-alb": "network"}), 1,
     [("FAIL", "names in use", "mailroom-dev-alb", "--load-balancer-arn arn:mailroom-dev-alb")]),
    a_name("target_groups", "mailroom-dev-api", "--target-group-arn arn:mailroom-dev-api"),
    ("no load balancer", HTTP_API, lambda a: (put("load_balancers", {"mailroom-dev-alb": "network"})(a),
                                              put_exactly("default_subnets", [f"{REGION}a"])(a)), 0, []),
    a_name("log_groups", "/aws/vendedlogs/mailroom-dev-http-api", "delete-log-group", HTTP_API),
    a_name("domain_names", "mail.example.org", "delete-domain-name --domain-name mail.example.org", HTTP_API_TLS),
    ("Grafana without a load balancer", [*HTTP_API, "--grafana"], None, 1,
     [("FAIL", "Grafana's stack", "Endpoint=http-api has none", "Endpoint=both")]),
    a_name("topics", "mailroom-dev-alarms", f"delete-topic --topic-arn arn:aws:sns:{REGION}:{ID}:mailroom-dev-alarms"),
    a_name("dashboards", "mailroom-dev", "delete-dashboards --dashboard-names mailroom-dev"),
    a_name("alarms", "mailroom-dev-poison", "delete-alarms --alarm-names mailroom-dev-poison", what="alarm"),
    *[a_parameter(name) for name in names.given() if name.startswith("/mailroom-dev/")],
    a_name("aliases", "alias/mailroom-dev", "delete-alias", [*STACK, "EnableCustomerKey=yes"]),
    a_name("secrets", "mailroom-dev-cloudfront", "--force-delete-without-recovery", CLOUDFRONT),
    a_name("web_acls", "mailroom-dev-web-acl", "wafv2", [*STACK, "EnableWaf=yes"]),
    # Names of neighbours, such as those of mailroom-dev seen from mailroom, are no obstacle.
    ("log group of another", STACK, put("log_groups", "/aws/lambda/mailroom-dev-api-2"), 0, []),
    ("dashboard of another", STACK, put("dashboards", "mailroom-dev-2"), 0, []),
    ("alarm of another", STACK, put("alarms", "mailroom-dev-2-poison"), 0, []),
    ("key of another", [*STACK, "EnableCustomerKey=yes"], put("aliases", "alias/mailroom-dev-2"), 0, []),
    ("an alias without a key of our own", STACK, put("aliases", "alias/mailroom-dev"), 0, []),
    ("names of the stack that is updated", STACK, deployed(put("functions", "mailroom-dev-api")), 0,
     [UPDATE]),

    # The account
    ("two subnets by default", STACK, take("default_subnets", f"{REGION}b"), 0,
     [("ok", "zones", f"{REGION}a and {REGION}c", "")]),
    ("one subnet by default", STACK, put_exactly("default_subnets", [f"{REGION}b"]), 1,
     [("FAIL", "zones", f"{REGION}b alone", "create-default-subnet")]),
    ("no subnet by default", STACK, put_exactly("default_subnets", []), 0,
     [("ok", "zones", f"{REGION}a and {REGION}b", "")]),
    ("one zone", STACK, lambda a: (put_exactly("default_subnets", [])(a), put_exactly("zones", [f"{REGION}a"])(a)), 1,
     [("FAIL", "zones", "1 availability zones", "another region")]),
    ("no role of ELB", STACK, take("roles", "AWSServiceRoleForElasticLoadBalancing"), 0,
     [("warn", "role of ELB", "missing", "--aws-service-name elasticloadbalancing.amazonaws.com")]),
    ("five VPCs", STACK, put_exactly("vpcs", list("abcde")), 1,
     [("FAIL", "VPCs", "5 of 5 in use", "--service-code vpc --quota-code L-F678F1CE --desired-value 10")]),
    ("five VPCs of six", STACK,
     lambda a: (put_exactly("vpcs", list("abcde"))(a), put("quotas", {"L-F678F1CE": 6.0})(a)), 0,
     [("ok", "VPCs", "5 of 6 in use", "")]),
    ("five VPCs on three pages", STACK, lambda a: (put_exactly("vpcs", list("abcde"))(a), put_exactly("page", 2)(a)), 1,
     [("FAIL", "VPCs", "5 of 5 in use", "")]),
    ("five internet gateways", STACK, put_exactly("gateways", list("abcde")), 1,
     [("FAIL", "internet gateways", "5 of 5", "L-A4707A72")]),
    ("one load balancer of one", STACK,
     lambda a: (put("load_balancers", {"x": "application"})(a), put("quotas", {"L-53DA6B97": 1.0})(a)), 1,
     [("FAIL", "load balancers", "1 of 1", "--service-code elasticloadbalancing --quota-code L-53DA6B97")]),
    ("a network load balancer", STACK,
     lambda a: (put("load_balancers", {"x": "network"})(a), put("quotas", {"L-53DA6B97": 1.0})(a)), 0,
     [("ok", "load balancers", "0 of 1", "")]),
    ("a new account", STACK, put_exactly("unreserved", 10), 0,
     [("ok", "Lambda concurrency", "10 executions for 5", "")]),
    ("too little concurrency", STACK, put_exactly("unreserved", 9), 1,
     [("FAIL", "Lambda concurrency", "WorkerConcurrency=5 of the account's 9", "L-B99A9384")]),
    ("prod in a new account", ["--config-env", "prod"], put_exactly("unreserved", 10), 1,
     [("FAIL", "Lambda concurrency", "WorkerConcurrency=20", "a smaller WorkerConcurrency")]),
    ("the command line after samconfig.toml", ["WorkerConcurrency=5", "--config-env", "prod"],
     put_exactly("unreserved", 10), 0,
     [("ok", "Lambda concurrency", "10 executions for 5", "")]),
    ("CodeDeploy not activated", ["--config-env", "prod"], put_exactly("codedeploy", False), 1,
     [("FAIL", "CodeDeploy", "not activated", "ShiftTraffic=false")]),
    ("no CodeDeploy in dev", ["--config-env", "dev"], put_exactly("codedeploy", False), 0, []),
    ("no boundary", BOUNDARY, put_exactly("policies", set()), 1,
     [("FAIL", "boundary", "does not exist", "Permissions")]),
    ("no replica", REPLICA, put_exactly("buckets", {}), 1,
     [("FAIL", "replica", "does not exist", "replica/deploy.sh mailroom-dev REGION")]),
    ("a replica without versions", REPLICA, replica("eu-west-1", None), 1, [("FAIL", "replica", "no versions", "")]),
    ("a replica whose versions are suspended", REPLICA, replica("eu-west-1", "Suspended"), 1,
     [("FAIL", "replica", "no versions", "")]),
    ("a replica next door", REPLICA, replica(REGION, "Enabled"), 0, [("warn", "replica", f"in {REGION} too", "")]),
    ("a replica in S3's first region", REPLICA, replica("us-east-1", "Enabled"), 0,
     [("ok", "replica", "in us-east-1", "")]),

    # The token
    ("no token", STACK, put_exactly("parameters", {}), 0, [("warn", "token", "does not exist", "umask 077")]),
    ("no token, deployed", STACK, deployed(lambda a: a.parameters.pop(TOKEN)), 1,
     [UPDATE, ("FAIL", "token", "answers 503", "--value file://token")]),
    ("a token that can be read", STACK, put("parameters", {TOKEN: ("String", "x")}), 1,
     [("FAIL", "token", "is a String", "delete-parameter")]),
    ("the token of another", STACK, put_exactly("parameters", {"/mailroom-dev/auth_token_2": ("SecureString", "x")}), 0,
     [("warn", "token", "does not exist", "put-parameter")]),
    ("the token is on the last page", STACK,
     lambda a: (deployed()(a), put("parameters", {TOKEN: a.parameters.pop(TOKEN)})(a), put_exactly("page", 3)(a)), 0,
     [UPDATE]),
    ("a blank token", [*STACK, "--read-token"], put("parameters", {TOKEN: ("SecureString", " \n\t\r\n")}), 1,
     [("FAIL", "token", "is blank", "--overwrite")]),
    ("no secret", SECRET, None, 0,
     [("warn", "token", "mail/tokens does not exist", "aws secretsmanager create-secret --name mail/tokens")]),
    ("no secret, deployed", SECRET, deployed(), 1,
     [UPDATE, ("FAIL", "token", "answers 503", "--secret-string file://token")]),
    ("a secret", SECRET, put("secrets", "mail/tokens"), 0, [("ok", "token", "mail/tokens exists", "")]),
    ("a secret that is to be deleted", SECRET,
     lambda a: (put("secrets", "mail/tokens")(a), put("deleted", "mail/tokens")(a)), 1,
     [("FAIL", "token", "scheduled for deletion", "restore-secret --secret-id mail/tokens")]),
    ("a blank secret", [*SECRET, "--read-token"],
     lambda a: (put("secrets", "mail/tokens")(a), put("parameters", {REFERENCE: ("SecureString", " \n")})(a)), 1,
     [("FAIL", "token", "is blank", "put-secret-value --secret-id mail/tokens")]),
    ("a blank token that is not read", STACK, put("parameters", {TOKEN: ("SecureString", " ")}), 0, []),

    # HTTPS and a name
    ("no certificate", TLS, put_exactly("certificates", {}), 1,
     [("FAIL", "certificate", "does not exist", "request-certificate")]),
    ("another region", [*TLS, "CertificateArn=arn:aws:acm:us-east-1:123456789012:certificate/1"], None, 1,
     [("FAIL", "certificate", f"not of account {ID} in {REGION}", "request-certificate")]),
    ("another account", [*TLS, f"CertificateArn=arn:aws:acm:{REGION}:999999999999:certificate/1"], None, 1,
     [("FAIL", "certificate", "not of account", "request-certificate")]),
    ("not validated", TLS, certificate("PENDING_VALIDATION"), 1,
     [("FAIL", "certificate", "waits", "DomainValidationOptions")]),
    ("expired", TLS, certificate("EXPIRED"), 1, [("FAIL", "certificate", "EXPIRED", "request-certificate")]),
    ("of another name", TLS, certificate("ISSUED", "example.org", "www.example.org"), 1,
     [("FAIL", "certificate", "does not cover DomainName=mail.example.org", "--domain-name mail.example.org")]),
    ("a wildcard", TLS, certificate("ISSUED", "example.org", "*.example.org"), 0,
     [("ok", "certificate", "*.example.org covers", "")]),
    ("a wildcard too high", TLS, certificate("ISSUED", "*.org"), 1, [("FAIL", "certificate", "does not cover", "")]),
    ("a wildcard too low", TLS, certificate("ISSUED", "*.mail.example.org"), 1,
     [("FAIL", "certificate", "does not cover", "")]),
    ("no zone", TLS, put_exactly("hosted_zones", {}), 1,
     [("FAIL", "hosted zone", "does not exist", "list-hosted-zones")]),
    ("a private zone", TLS, put("hosted_zones", {"Z0123456789": ("example.org.", True)}), 1,
     [("FAIL", "hosted zone", "is private", "PrivateZone")]),
    ("another zone", TLS, put("hosted_zones", {"Z0123456789": ("le.org.", False)}), 1,
     [("FAIL", "hosted zone", "the zone of le.org", "list-hosted-zones")]),
    ("the name is the zone's own", TLS, put("hosted_zones", {"Z0123456789": ("mail.example.org.", False)}), 0,
     [("ok", "hosted zone", "mail.example.org", "")]),
    ("an address", TLS, record("A"), 1, [("FAIL", "hosted zone", "type A already", "list-resource-record-sets")]),
    ("a CNAME", TLS, record("CNAME"), 1, [("FAIL", "hosted zone", "type CNAME", "mail.example.org.")]),
    ("a mail server", TLS, record("MX"), 0, []),
    ("our own record", TLS, deployed(record("A", OURS)), 0, [UPDATE]),
    ("our own record of an earlier stack", TLS, record("A", OURS), 1, [("FAIL", "hosted zone", "type A", "")]),
    ("the name leads elsewhere", TLS, deployed(record("A", "other.elb.amazonaws.com.")), 1,
     [UPDATE, ("FAIL", "hosted zone", "type A", "")]),

    # CloudFront
    ("another prefix list", ["mailroom-dev", "CloudFrontPrefixListId=pl-6ea54007"], None, 1,
     [("FAIL", "prefix list", "not CloudFront's", "CloudFrontPrefixListId=pl-a3a144ca")]),
    ("a region without the list", CLOUDFRONT, put_exactly("prefix_lists", {}), 1,
     [("FAIL", "prefix list", "not CloudFront's", "")]),
    ("few rules", CLOUDFRONT, put("quotas", {"L-0EA8095F": 54.0}), 1,
     [("FAIL", "rules per group", "55 needed and 54 allowed", "L-0EA8095F")]),
    ("just enough rules", CLOUDFRONT, put("quotas", {"L-0EA8095F": 55.0}), 0,
     [("ok", "rules per group", "55 of 55", "")]),
    ("Grafana's rule beside them", [*CLOUDFRONT, "--grafana"], put("quotas", {"L-0EA8095F": 55.0}), 1,
     [("FAIL", "rules per group", "56 needed and 55", "")]),
    ("an account without a distribution", CLOUDFRONT, put_exactly("distributions", []), 0,
     [("warn", "CloudFront", "not verified", "support case")]),

    # Grafana
    ("no mail stack", GRAFANA, lambda a: a.__init__(), 1,
     [("FAIL", "mail stack", "not in SSM, such as /mailroom-dev/", "sam deploy"), *FIRST_DEPLOYMENT]),
    ("no mail stack and one zone", GRAFANA,
     lambda a: (a.__init__(), put_exactly("default_subnets", [f"{REGION}a"])(a)), 1,
     [("FAIL", "mail stack", "", ""), *FIRST_DEPLOYMENT[:2], ("FAIL", "zones", "", ""), *FIRST_DEPLOYMENT[3:-1],
      ("FAIL", "instance's zones", "no two zones", "")]),
    ("one parameter is missing", GRAFANA, lambda a: a.parameters.pop("/mailroom-dev/load-balancer/tls"), 1,
     [("FAIL", "mail stack", "not in SSM, such as /mailroom-dev/load-balancer/tls", "sam deploy")]),
    ("Grafana's first failure", GRAFANA, put("stacks", {"mailroom-dev-grafana": "ROLLBACK_COMPLETE"}), 1,
     [("FAIL", "Grafana's stack", "only be deleted", "delete-stack --stack-name mailroom-dev-grafana")]),
    a_name("log_groups", "/ecs/mailroom-dev", "delete-log-group", GRAFANA),
    a_name("target_groups", "mailroom-dev-grafana", "delete-target-group", GRAFANA),
    a_name("secrets", "mailroom-dev-grafana-admin", "delete-secret", GRAFANA),
    a_name("groups", "mailroom-dev-grafana", "delete-auto-scaling-group", GRAFANA),
    a_name("repositories", "mailroom-dev-grafana", "delete-repository", GRAFANA),
    a_name("alarms", "mailroom-dev-grafana-cpu", "delete-alarms", GRAFANA, what="alarm"),
    ("a cluster", GRAFANA, put("clusters", {"mailroom-dev-cluster": "ACTIVE"}), 1,
     [("FAIL", "Grafana's names", "mailroom-dev-cluster", "delete-cluster")]),
    ("a cluster that was deleted", GRAFANA, put("clusters", {"mailroom-dev-cluster": "INACTIVE"}), 0, []),
    ("no role of ECS", GRAFANA, take("roles", "AWSServiceRoleForECS"), 1,
     [("FAIL", "role of ECS", "missing", "create-service-linked-role --aws-service-name ecs.amazonaws.com")]),
    ("no role of Auto Scaling", GRAFANA, take("roles", "AWSServiceRoleForAutoScaling"), 0,
     [("warn", "role of Auto Scaling", "missing", "--aws-service-name autoscaling.amazonaws.com")]),
    ("no such type", [*GRAFANA, "GrafanaInstanceType=t9.micro"], None, 1,
     [("FAIL", "instance type", "no t9.micro", "GrafanaInstanceType=")]),
    ("a type for other programs", [*GRAFANA, "GrafanaInstanceType=t4g.micro"],
     put("types", {"t4g.micro": (True, 2, ["arm64"])}), 1,
     [("FAIL", "instance type", "arm64", "GrafanaInstanceType=")]),
    ("a type in one of both zones", GRAFANA, put("offerings", {"t3.micro": [f"{REGION}a", f"{REGION}c"]}), 1,
     [("FAIL", "instance's zones", f"not offered in {REGION}b", f"Values={REGION}b")]),
    ("a type in both zones of the stack", GRAFANA,
     lambda a: (put("offerings", {"t3.micro": [f"{REGION}b", f"{REGION}c"]})(a),
                put("subnets", {"subnet-a": f"{REGION}b", "subnet-b": f"{REGION}c"})(a)), 0,
     [("ok", "instance's zones", f"{REGION}b {REGION}c", "")]),
    ("the free plan", GRAFANA, free_plan(), 0, [("ok", "free plan", "t3.micro is eligible", "")]),
    ("the free plan and t2.micro", [*GRAFANA, "GrafanaInstanceType=t2.micro"], free_plan(), 1,
     [("FAIL", "free plan", "may not launch a t2.micro", "free-tier-eligible")]),
    ("a paid plan and t2.micro", [*GRAFANA, "GrafanaInstanceType=t2.micro"],
     put_exactly("plan", ("PAID", "ACTIVE")), 0, []),
    ("the end of the free plan", GRAFANA, free_plan("EXPIRED"), 1,
     [("FAIL", "free plan", "has ended", "upgrade-account-plan")]),
    ("one virtual processor", GRAFANA, put("quotas", {"L-1216C47A": 1.0}), 1,
     [("FAIL", "instance quota", "t3.micro has 2", "--service-code ec2 --quota-code L-1216C47A")]),
    ("an address for a NAT gateway", NAT, None, 0, [("ok", "NAT's address", "0 of 5 in use", "")]),
    ("no address for a NAT gateway", NAT, put_exactly("addresses", {str(n): "other" for n in range(5)}), 1,
     [("FAIL", "NAT's address", "5 of 5 in use", "--service-code ec2 --quota-code L-0263D0A3 --desired-value 10")]),
    ("a NAT gateway that has its address", NAT,
     put_exactly("addresses", {"203.0.113.9": "mailroom-dev-nat"} | {str(n): "other" for n in range(4)}), 0,
     [("ok", "NAT's address", "203.0.113.9", "")]),
    ("endpoints", ENDPOINTS, None, 0, [("ok", "endpoints", f"8 services have one in {REGION}a", "")]),
    ("no endpoint in the first zone", ENDPOINTS,
     put_exactly("without_endpoint", {f"com.amazonaws.{REGION}.ecs-agent": [f"{REGION}a"]}), 1,
     [("FAIL", "endpoints", f"no endpoint of com.amazonaws.{REGION}.ecs-agent", "GrafanaEgress=nat")]),
    ("no endpoint in a zone without one of ours", ENDPOINTS,
     put_exactly("without_endpoint", {f"com.amazonaws.{REGION}.ecs-agent": [f"{REGION}b"]}), 0, []),
    ("no addresses", [*GRAFANA, "GrafanaAllowedCidr=999.1.1.1/00"], None, 1,
     [("FAIL", "parameters", "GrafanaAllowedCidr=999.1.1.1/00", "checkip")]),
    ("a number over 255", [*GRAFANA, "GrafanaAllowedCidr=203.0.113.256/32"], None, 1,
     [("FAIL", "parameters", "256/32", "")]),
    ("all addresses", [*GRAFANA, "GrafanaAllowedCidr=0.0.0.0/0"], None, 1,
     [("FAIL", "parameters", "GrafanaAllowedCidr", "")]),
    ("a canary that gives up too early", ["--config-env", "prod", "WorkerBatchWindow=60"], None, 1,
     [("FAIL", "parameters", "longer than the canary waits", "WorkerBatchWindow=30")]),
    ("a canary that waits", ["--config-env", "prod", "WorkerBatchWindow=30"], None, 0,
     [("ok", "parameters", "well formed", "")]),
    ("a long label", [*STACK, f"DomainName={'a' * 64}.example.org"], None, 1,
     [("FAIL", "parameters", "64 characters", "")]),
    ("a long name", [*STACK, f"DomainName={'.'.join(['a' * 62] * 5)}"], None, 1,
     [("FAIL", "parameters", "314 characters", "")]),
]

# The name is checked before anything is asked.
GOOD_NAMES = ["m", "a-b", "a2345678901234567890", "internal", "sthree"]
BAD_NAMES = {
    "Mailroom": "1 to 20", "mail_room": "1 to 20", "1mail": "1 to 20", "mail-": "1 to 20", "a" * 21: "1 to 20",
    "aws-mail": "SSM", "awsmail": "SSM", "ssm-mail": "SSM", "ecs-mail": "ECS", "fargate1": "ECS",
    "internal-mail": "ELB", "sthree-mail": "S3", "amzn-s3-demo-mail": "S3", "xn--mail": "S3",
}  # fmt: skip
