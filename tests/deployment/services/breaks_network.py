"""Breaks of the network, the load balancer, HTTP API, CloudFront and WAF; damage.py says how they work."""

from damage import also, either, everything, new, put, sub, where, without

GROUP = "AWS::EC2::SecurityGroup"
RULE = "AWS::ElasticLoadBalancingV2::ListenerRule"
TARGETS = "AWS::ElasticLoadBalancingV2::TargetGroup"
ENDPOINT = "AWS::EC2::VPCEndpoint"
CALLERS = {"Description": "Callers", "IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIp": "0.0.0.0/0"}

BREAKS = {
    "an apostrophe in a rule's description": (
        GROUP,
        put("SecurityGroupEgress.0.Description", "Grafana's dynamic host ports"),
        'SecurityGroupEgress[*].Description: "Grafana\'s dynamic host ports" contains "\'"',
    ),
    "an apostrophe in one branch of Fn::If": (
        GROUP,
        put("SecurityGroupIngress", [CALLERS | {"Description": either("Callers", "AWS's callers")}]),
        'contains "\'"',
    ),
    "a letter beyond ASCII in a group's description": (GROUP, put("GroupDescription", "Grüße"), "contains 'ßü'"),
    "a description that is too long": (
        GROUP,
        put("GroupDescription", "x" * 256),
        "has 256 characters instead of 1 to 255",
    ),
    "a duplicate rule in a group": (
        GROUP,
        put("SecurityGroupIngress", [CALLERS, CALLERS | {"Description": "The same"}]),
        "2 times",
    ),
    "too many rules in a group": (
        GROUP,
        put("SecurityGroupIngress", [CALLERS | {"CidrIp": f"10.0.{n}.0/24"} for n in range(61)]),
        "counts as 61 rules",
    ),
    "a rule without ports": (
        GROUP,
        put("SecurityGroupIngress", [{"IpProtocol": "tcp", "CidrIp": "10.0.0.0/8"}]),
        "lacks FromPort",
    ),
    "a rule with two sources": (
        GROUP,
        put("SecurityGroupIngress", [CALLERS | {"SourcePrefixListId": "pl-0123abcd"}]),
        "has 2 sources or destinations",
    ),
    "an invalid IP range": (
        GROUP,
        put("SecurityGroupIngress", [CALLERS | {"CidrIp": "999.1.1.1/00"}]),
        "is not a valid IP range",
    ),
    "a subnet that is too small": ("AWS::EC2::Subnet", put("CidrBlock", "10.0.0.0/29"), "is not between /16 and /28"),
    "a subnet in no VPC": ("AWS::EC2::Subnet", put("VpcId", "subnet-0123456789abcdef0"), "does not match vpc-"),
    "an address outside a VPC": ("AWS::EC2::EIP", put("Domain", "standard"), "is not one of vpc"),
    "a public NAT gateway without an address": (
        "AWS::EC2::NatGateway",
        without("AllocationId"),
        "is public and has no address",
    ),
    "a gateway endpoint of another service than S3": (
        ENDPOINT,
        where("VpcEndpointType", "Gateway", put("ServiceName", "com.amazonaws.eu-central-1.logs")),
        "only S3 and DynamoDB have those",
    ),
    "a gateway endpoint in a subnet": (
        ENDPOINT,
        where("VpcEndpointType", "Gateway", new("SubnetIds", ["subnet-0123456789abcdef0"])),
        "has SubnetIds, which its type does not take",
    ),
    "an interface endpoint without a security group": (
        ENDPOINT,
        where("VpcEndpointType", "Interface", without("SecurityGroupIds")),
        "lacks SecurityGroupIds",
    ),
    "an endpoint of a malformed service": (
        ENDPOINT,
        put("ServiceName", "ecr.api.eu-central-1.amazonaws.com"),
        "ServiceName: 'ecr.api.eu-central-1.amazonaws.com' does not match",
    ),
    "an endpoint policy without a resource": (
        ENDPOINT,
        new("PolicyDocument", {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*"}]}),
        "lacks Resource in statement 0",
    ),
    "a flow log to S3 without a bucket": ("AWS::EC2::FlowLog", without("LogDestination"), "lacks LogDestination"),
    "a name that is too long for a stack of 20 characters": (
        TARGETS,
        put("Name", sub("${AWS::StackName}-email-intake")),
        "Name: 'mailroom-production1-email-intake' does not match",
    ),
    "a reserved load balancer name": (
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        put("Name", "internal-alb"),
        "is reserved",
    ),
    "a name that ends in a hyphen, in the other branch of Fn::If": (
        TARGETS,
        put("Name", either("api", "api-")),
        "Name: 'api-' does not match",
    ),
    "a target group attribute that Lambda targets refuse": (
        TARGETS,
        where("TargetType", "lambda", new("TargetGroupAttributes", [{"Key": "stickiness.enabled", "Value": "true"}])),
        "do not take stickiness.enabled",
    ),
    "a port for Lambda targets": (
        TARGETS,
        where("TargetType", "lambda", new("Port", 80)),
        "has Lambda targets and a port",
    ),
    "a target group attribute out of range": (
        TARGETS,
        where("TargetType", "instance", put("TargetGroupAttributes.0.Value", "3601")),
        "sets deregistration_delay.timeout_seconds to '3601'",
    ),
    "a health check timeout as long as the interval": (
        TARGETS,
        where(
            "TargetType",
            "instance",
            everything(new("HealthCheckIntervalSeconds", 10), new("HealthCheckTimeoutSeconds", 10)),
        ),
        "not below the interval of 10 s",
    ),
    "a health check code out of range": (TARGETS, new("Matcher.HttpCode", "200-599"), "which is not within 200 to 499"),
    "an unknown load balancer attribute": (
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        also("LoadBalancerAttributes", {"Key": "idle_timeout.seconds", "Value": "60"}),
        "has the unknown key idle_timeout.seconds",
    ),
    "HTTPS without a certificate": (
        "AWS::ElasticLoadBalancingV2::Listener",
        where("Protocol", "HTTPS", without("Certificates")),
        "is HTTPS without a certificate",
    ),
    "an unknown TLS policy": (
        "AWS::ElasticLoadBalancingV2::Listener",
        where("Protocol", "HTTPS", put("SslPolicy", "ELBSecurityPolicy-TLS13-1-4-2021-06")),
        "SslPolicy: 'ELBSecurityPolicy-TLS13-1-4-2021-06' is not one of",
    ),
    "an unsupported content type of a fixed response": (
        "AWS::ElasticLoadBalancingV2::Listener",
        put(
            "DefaultActions",
            [
                {
                    "Type": "fixed-response",
                    "FixedResponseConfig": {"StatusCode": "403", "ContentType": "application/problem+json"},
                }
            ],
        ),
        "is not one of text/plain",
    ),
    "a rule priority out of botocore's range": (
        RULE,
        put("Priority", 50001),
        "is more than 50000 (botocore elbv2 RulePriority)",
    ),
    "too many condition values in a rule": (
        RULE,
        put(
            "Conditions",
            [
                {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/a", "/b", "/c"]}},
                {"Field": "source-ip", "SourceIpConfig": {"Values": ["10.0.0.0/8"] * 3}},
            ],
        ),
        "has 6 values",
    ),
    "too many wildcards in a rule": (
        RULE,
        put("Conditions", [{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/*/*/*/*/*/*"]}}]),
        "has 6 wildcards",
    ),
    "a source IP that ELB refuses": (
        RULE,
        put("Conditions", [{"Field": "source-ip", "SourceIpConfig": {"Values": ["255.255.255.255/32"]}}]),
        "is refused in a source-ip condition",
    ),
    "a condition with the configuration of another field": (
        RULE,
        put("Conditions", [{"Field": "http-header", "PathPatternConfig": {"Values": ["/a"]}}]),
        "has the field http-header and PathPatternConfig",
    ),
    "a forward action without a target group": (
        RULE,
        put("Actions", [{"Type": "forward"}]),
        "is a forward action with no configuration",
    ),
    "a distribution comment that is too long": (
        "AWS::CloudFront::Distribution",
        put("DistributionConfig.Comment", sub("${AWS::StackName}" + "x" * 109)),
        "has 129 characters instead of 0 to 128",
    ),
    "a reserved origin header": (
        "AWS::CloudFront::Distribution",
        put("DistributionConfig.Origins.0.OriginCustomHeaders.0.HeaderName", "X-Amz-Origin"),
        "is a header that CloudFront does not add",
    ),
    "an unsupported set of methods": (
        "AWS::CloudFront::Distribution",
        put("DistributionConfig.DefaultCacheBehavior.AllowedMethods", ["GET", "HEAD", "POST"]),
        "is not one of the three sets",
    ),
    "an invalid dynamic reference": (
        "AWS::CloudFront::Distribution",
        put("DistributionConfig.Origins.0.OriginCustomHeaders.0.HeaderValue", "{{resolve:secretmanager:origin}}"),
        "is not a valid dynamic reference",
    ),
    "a WAF metric name with a space": (
        "AWS::WAFv2::WebACL",
        put("VisibilityConfig.MetricName", "web acl"),
        "MetricName: 'web acl' does not match",
    ),
    "a duplicate WAF priority": (
        "AWS::WAFv2::WebACL",
        put("Rules.1.Priority", 0),
        "has two rules with the same priority",
    ),
    "an action on a WAF rule group": (
        "AWS::WAFv2::WebACL",
        put("Rules.1.Action", {"Block": {}}),
        "must have OverrideAction",
    ),
    "a status code that WAF does not support": (
        "AWS::WAFv2::WebACL",
        put("Rules.0.Action.Block.CustomResponse.ResponseCode", 418),
        "is not one of 200",
    ),
    "a rate limit out of botocore's range": (
        "AWS::WAFv2::WebACL",
        put("Rules.0.Statement.RateBasedStatement.Limit", 9),
        "is less than 10",
    ),
    "a domain label of 64 characters": (
        "AWS::Route53::RecordSet",
        put("Name", "a" * 64 + ".example.org"),
        "of 64 characters",
    ),
    "a route of an HTTP API without a method": (
        "AWS::ApiGatewayV2::Route",
        put("RouteKey", "/api/email"),
        "RouteKey: '/api/email' does not match",
    ),
    "a burst that API Gateway refuses": (
        "AWS::ApiGatewayV2::Stage",
        put("DefaultRouteSettings.ThrottlingBurstLimit", 5001),
        "is not between 0 and 5000",
    ),
    "an access log of a REST API's variables": (
        "AWS::ApiGatewayV2::Stage",
        put("AccessLogSettings.Format", '{"id": "$context.requestId", "path": "$context.resourcePath"}'),
        "has the variable resourcePath, which an HTTP API doesn't have",
    ),
    "an access log that is JSON only with values": (
        "AWS::ApiGatewayV2::Stage",
        put("AccessLogSettings.Format", '{"id": "$context.requestId", "status": $context.status}'),
        "is not JSON where variables have no value",
    ),
    "an access log without request ids": (
        "AWS::ApiGatewayV2::Stage",
        put("AccessLogSettings.Format", '{"path":\n"$context.path"}'),
        "lacks $context.requestId",
    ),
    "a name for an HTTP API that allows TLS 1.0": (
        "AWS::ApiGatewayV2::DomainName",
        put("DomainNameConfigurations.0.SecurityPolicy", "TLS_1_0"),
        "SecurityPolicy: 'TLS_1_0' is not one of TLS_1_2",
    ),
}
