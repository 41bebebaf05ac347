"""An AWS account as preflight.sh sees it: the things in it, and the answers to read-only questions about them.

Each method below is an operation: `service_Operation(params)`. Forms and error codes are those of botocore's models,
which cli.py compares each answer with; where a model lists no errors, a comment says where the code was recorded.
"""

import names

REGION = "eu-central-1"
ID = "123456789012"
CLOUDFRONT_LIST = "com.amazonaws.global.cloudfront.origin-facing"


class Refused(Exception):
    """An error that the service answers with."""

    def __init__(self, code, message="no"):
        super().__init__(code, message)
        self.code, self.message = code, message


class Account:
    """Empty but for what a first deployment needs, so that every check passes."""

    def __init__(self, stack="mailroom-dev"):
        self.stacks = {}
        self.roles = {
            "AWSServiceRoleForElasticLoadBalancing",
            "AWSServiceRoleForECS",
            "AWSServiceRoleForAutoScaling",
        }
        self.policies = {f"arn:aws:iam::{ID}:policy/boundary"}
        self.log_groups, self.functions, self.topics, self.dashboards, self.alarms = [], [], [], [], []
        self.load_balancers, self.target_groups = {}, []  # names; of the load balancers also their types
        self.domain_names = []  # of API Gateway
        self.aliases, self.secrets, self.web_acls, self.groups, self.repositories = [], [], [], [], []
        self.deleted = []  # secrets that are scheduled for it
        self.clusters = {}  # status by name
        self.parameters = {f"/{stack}/auth_token": ("SecureString", "open-sesame")}
        self.vpcs, self.gateways, self.distributions = ["vpc-default"], ["igw-default"], ["E1"]
        self.page = 1000  # how many things a page of an answer holds
        self.quotas = {"L-1216C47A": 5.0}  # the account's own
        self.default_quotas = {"L-F678F1CE": 5.0, "L-A4707A72": 5.0, "L-53DA6B97": 50.0, "L-0EA8095F": 60.0,
                               "L-0263D0A3": 5.0}
        self.unreserved = 1000
        self.codedeploy = True
        self.zones = [f"{REGION}{letter}" for letter in "abc"]
        self.default_subnets = [f"{REGION}{letter}" for letter in "cab"]  # zones that have one, in no order
        self.subnets = {}  # zone by id
        self.types = {"t3.micro": (True, 2, ["x86_64"]), "t2.micro": (False, 1, ["i386", "x86_64"])}
        self.offerings = {"t3.micro": self.zones, "t2.micro": self.zones}
        self.addresses = {}  # Name by address
        self.without_endpoint = {}  # zones by service
        self.plan = None  # an account from before July 2025 has none
        self.certificates = {CERTIFICATE: ("ISSUED", ["mail.example.org", "*.example.org"])}
        self.hosted_zones = {"Z0123456789": ("example.org.", False)}
        self.buckets = {"mailroom-dev-replica-0a1b2c3d": ("eu-west-1", "Enabled")}  # region, versions
        self.records = []  # (name, type, alias target)
        self.prefix_lists = {CLOUDFRONT_LIST: "pl-a3a144ca", f"com.amazonaws.{REGION}.s3": "pl-6ea54007"}

    def with_mail_stack(self, stack="mailroom-dev"):
        """As after its deployment, for Grafana's."""
        self.stacks[stack] = "CREATE_COMPLETE"
        for name in names.given():
            if name.startswith(f"/{stack}/"):
                self.parameters[name] = ("String", name.rsplit("/", 1)[1])  # the subnets are called so below
        self.subnets = {"subnet-a": f"{REGION}a", "subnet-b": f"{REGION}b"}
        return self

    def sts_GetCallerIdentity(self, _):
        return {"Account": ID, "Arn": f"arn:aws:iam::{ID}:user/deployer", "UserId": "AIDA"}

    def s3_GetBucketLocation(self, params):
        if params["Bucket"] not in self.buckets:
            raise Refused("NoSuchBucket", "The specified bucket does not exist")
        region, _ = self.buckets[params["Bucket"]]
        return {} if region == "us-east-1" else {"LocationConstraint": region}

    def s3_GetBucketVersioning(self, params):
        region, versions = self.buckets[params["Bucket"]]
        assert self.region == region
        return {"Status": versions} if versions else {}

    # localstack/localstack, tests/aws/services/cloudformation/api/test_stacks.snapshot.json
    def cloudformation_DescribeStacks(self, params):
        name = params["StackName"]
        if name not in self.stacks:
            raise Refused("ValidationError", f"Stack with id {name} does not exist")
        return {"Stacks": [{"StackName": name, "StackStatus": self.stacks[name], "CreationTime": 0}]}

    def iam_GetRole(self, params):
        name = params["RoleName"]
        if name not in self.roles:
            raise Refused("NoSuchEntity", f"The role with name {name} cannot be found.")
        return {"Role": {"RoleName": name, "Path": "/", "RoleId": "R", "Arn": "arn", "CreateDate": 0}}

    def iam_GetPolicy(self, params):
        if params["PolicyArn"] not in self.policies:
            raise Refused("NoSuchEntity")
        return {"Policy": {"Arn": params["PolicyArn"]}}

    def logs_DescribeLogGroups(self, params):
        prefix = params["logGroupNamePrefix"]
        return {"logGroups": [{"logGroupName": name} for name in self.log_groups if name.startswith(prefix)]}

    def lambda_GetFunctionConfiguration(self, params):
        if params["FunctionName"] not in self.functions:
            raise Refused("ResourceNotFoundException", "Function not found")
        return {"FunctionName": params["FunctionName"]}

    def lambda_GetAccountSettings(self, _):
        return {"AccountLimit": {"ConcurrentExecutions": 1000, "UnreservedConcurrentExecutions": self.unreserved}}

    def codedeploy_ListApplications(self, _):
        if not self.codedeploy:
            raise Refused("SubscriptionRequiredException", "The AWS Access Key Id needs a subscription for the service")
        return {"applications": []}

    def elbv2_DescribeLoadBalancers(self, params):
        names = params.get("Names", list(self.load_balancers))
        if set(names) - set(self.load_balancers):
            raise Refused("LoadBalancerNotFound", "One or more load balancers not found")
        start = int(params.get("Marker", 0))
        answer = {"LoadBalancers": [
            {"LoadBalancerName": name, "LoadBalancerArn": f"arn:{name}", "Type": self.load_balancers[name]}
            for name in names[start : start + self.page]
        ]}
        return answer | ({"NextMarker": str(start + self.page)} if len(names) > start + self.page else {})

    def elbv2_DescribeTargetGroups(self, params):
        if set(params["Names"]) - set(self.target_groups):
            raise Refused("TargetGroupNotFound", "One or more target groups not found")
        return {"TargetGroups": [{"TargetGroupArn": f"arn:{name}"} for name in params["Names"]]}

    def sns_GetTopicAttributes(self, params):
        if params["TopicArn"] not in [f"arn:aws:sns:{REGION}:{ID}:{topic}" for topic in self.topics]:
            raise Refused("NotFound", "Topic does not exist")
        return {"Attributes": {"TopicArn": params["TopicArn"]}}

    def cloudwatch_ListDashboards(self, params):
        prefix = params["DashboardNamePrefix"]
        return {"DashboardEntries": [{"DashboardName": name} for name in self.dashboards if name.startswith(prefix)]}

    def cloudwatch_DescribeAlarms(self, params):
        return {"MetricAlarms": [{"AlarmName": name} for name in self.alarms if name in params["AlarmNames"]]}

    def kms_ListAliases(self, _):
        return {"Aliases": [{"AliasName": name} for name in ["alias/aws/ssm", *self.aliases]]}

    def secretsmanager_DescribeSecret(self, params):
        if params["SecretId"] not in self.secrets:
            raise Refused("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
        return {"Name": params["SecretId"]} | ({"DeletedDate": 0} if params["SecretId"] in self.deleted else {})

    def apigatewayv2_GetDomainName(self, params):
        if params["DomainName"] not in self.domain_names:
            raise Refused("NotFoundException", "Invalid domain name identifier specified")
        return {"DomainName": params["DomainName"]}

    def wafv2_ListWebACLs(self, params):
        assert params["Scope"] == "REGIONAL"
        return {"WebACLs": [{"Name": name} for name in self.web_acls]}

    def ecs_DescribeClusters(self, params):
        found = [name for name in params["clusters"] if name in self.clusters]
        return {"clusters": [{"clusterName": name, "status": self.clusters[name]} for name in found]}

    def autoscaling_DescribeAutoScalingGroups(self, params):
        found = [name for name in self.groups if name in params["AutoScalingGroupNames"]]
        return {"AutoScalingGroups": [{"AutoScalingGroupName": name} for name in found]}

    def ecr_DescribeRepositories(self, params):
        if set(params["repositoryNames"]) - set(self.repositories):
            raise Refused("RepositoryNotFoundException")
        return {"repositories": [{"repositoryName": name} for name in params["repositoryNames"]]}

    def ssm_DescribeParameters(self, params):
        [path] = params["ParameterFilters"]
        assert path["Key"] == "Path" and path["Option"] == "Recursive", path
        found = [name for name in self.parameters if name.startswith(f"{path['Values'][0]}/")]
        start = int(params.get("NextToken", 0))
        answer = {"Parameters": [{"Name": n, "Type": self.parameters[n][0]} for n in found[start : start + self.page]]}
        return answer | ({"NextToken": str(start + self.page)} if len(found) > start + self.page else {})

    def ssm_GetParameter(self, params):
        kind, value = self.parameters[params["Name"]]
        assert params["WithDecryption"]
        return {"Parameter": {"Name": params["Name"], "Type": kind, "Value": value}}

    def ssm_GetParameters(self, params):
        found = [name for name in params["Names"] if name in self.parameters]
        return {"Parameters": [{"Name": name, "Value": self.parameters[name][1]} for name in found]}

    def service_quotas_GetServiceQuota(self, params):
        if params["QuotaCode"] not in self.quotas:
            raise Refused("NoSuchResourceException")
        return {"Quota": {"QuotaCode": params["QuotaCode"], "Value": self.quotas[params["QuotaCode"]]}}

    def service_quotas_GetAWSDefaultServiceQuota(self, params):
        return {"Quota": {"QuotaCode": params["QuotaCode"], "Value": self.default_quotas[params["QuotaCode"]]}}

    def ec2_DescribeVpcs(self, params):
        start = int(params.get("NextToken", 0))
        answer = {"Vpcs": [{"VpcId": vpc} for vpc in self.vpcs[start : start + self.page]]}
        return answer | ({"NextToken": str(start + self.page)} if len(self.vpcs) > start + self.page else {})

    def ec2_DescribeInternetGateways(self, _):
        return {"InternetGateways": [{"InternetGatewayId": gateway} for gateway in self.gateways]}

    def ec2_DescribeSubnets(self, params):
        if "SubnetIds" in params:
            zones = [self.subnets[subnet] for subnet in params["SubnetIds"]]
        else:
            assert params["Filters"] == [{"Name": "default-for-az", "Values": ["true"]}]
            zones = self.default_subnets
        return {"Subnets": [{"AvailabilityZone": zone} for zone in zones]}

    def ec2_DescribeAvailabilityZones(self, _):
        return {"AvailabilityZones": [{"ZoneName": zone} for zone in self.zones]}

    def ec2_DescribeAddresses(self, _):
        return {"Addresses": [
            {"PublicIp": address, "Tags": [{"Key": "Name", "Value": name}]} for address, name in self.addresses.items()
        ]}

    def ec2_DescribeVpcEndpointServices(self, params):
        names, kinds = (each["Values"] for each in params["Filters"])
        assert kinds == ["Interface"]
        return {"ServiceNames": names, "ServiceDetails": [
            {"ServiceName": name, "AvailabilityZones": [
                zone for zone in self.zones if zone not in self.without_endpoint.get(name, [])
            ]} for name in names
        ]}

    # The code is recorded in hashicorp/terraform-provider-aws, internal/service/ec2/errors.go.
    def ec2_DescribeInstanceTypes(self, params):
        [name] = params["InstanceTypes"]
        if name not in self.types:
            raise Refused("InvalidInstanceType", f"The following supplied instance types do not exist: [{name}]")
        eligible, cpus, architectures = self.types[name]
        return {"InstanceTypes": [{
            "InstanceType": name,
            "FreeTierEligible": eligible,
            "VCpuInfo": {"DefaultVCpus": cpus},
            "ProcessorInfo": {"SupportedArchitectures": architectures},
        }]}

    def ec2_DescribeInstanceTypeOfferings(self, params):
        assert params["LocationType"] == "availability-zone"
        [name] = params["Filters"][0]["Values"]
        return {"InstanceTypeOfferings": [{"InstanceType": name, "Location": zone} for zone in self.offerings[name]]}

    def ec2_DescribeManagedPrefixLists(self, params):
        [name] = params["Filters"][0]["Values"]
        found = [self.prefix_lists[name]] if name in self.prefix_lists else []
        return {"PrefixLists": [{"PrefixListId": id, "PrefixListName": name, "OwnerId": "AWS"} for id in found]}

    def freetier_GetAccountPlanState(self, _):
        assert self.region == "us-east-1"
        if self.plan is None:
            raise Refused("ResourceNotFoundException")
        kind, status = self.plan
        return {"accountId": ID, "accountPlanType": kind, "accountPlanStatus": status}

    def acm_DescribeCertificate(self, params):
        if params["CertificateArn"] not in self.certificates:
            raise Refused("ResourceNotFoundException")
        status, names = self.certificates[params["CertificateArn"]]
        return {"Certificate": {"Status": status, "DomainName": names[0], "SubjectAlternativeNames": names}}

    def route53_GetHostedZone(self, params):
        if params["Id"] not in self.hosted_zones:
            raise Refused("NoSuchHostedZone")
        name, private = self.hosted_zones[params["Id"]]
        zone = {"Id": params["Id"], "Name": name, "CallerReference": "c", "Config": {"PrivateZone": private}}
        return {"HostedZone": zone}

    def route53_ListResourceRecordSets(self, params):
        found = [record for record in self.records if record[0] == params["StartRecordName"]]
        others = [("zzz.example.org.", "A", None)]  # the listing goes on with later names
        return {
            "ResourceRecordSets": [
                {"Name": name, "Type": kind} | ({"AliasTarget": {"DNSName": target}} if target else {})
                for name, kind, target in found + others
            ],
            "IsTruncated": False,
            "MaxItems": "300",
        }

    def cloudfront_ListDistributions(self, _):
        items = {"Items": [{"Id": id} for id in self.distributions]} if self.distributions else {}
        return {"DistributionList": {"Marker": "", "MaxItems": 100, "IsTruncated": False, "Quantity": 0} | items}


CERTIFICATE = f"arn:aws:acm:{REGION}:{ID}:certificate/0d2c6c5e"
