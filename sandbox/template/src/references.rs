//! The values of `Ref` and `Fn::GetAtt` for resources that run here. Each resource's page in the CloudFormation template
//! reference has a section "Return values".

use crate::error::{ErrorKind, Located, Result};
use crate::node::{Kind, Node};
use crate::parameters;
use crate::resources::{self, Running};
use crate::scope::{Resource, Scope};
use std::net::SocketAddr;

/// ELB ends the ARNs of load balancers and target groups in 16 hex digits of its own; fixed here.
const SUFFIX: &str = "6d0ecf831eec9f09";

impl Scope<'_> {
    /// The value of `Ref`; `None` for `AWS::NoValue`.
    pub(crate) fn reference(&self, name: &str, line: usize) -> Result<Option<Node>> {
        if name == "AWS::NoValue" {
            return Ok(None);
        }
        if let Some(value) = self.deployment.pseudo_parameter(name) {
            return Ok(Some(Node::text(line, value)));
        }
        if let Some(entry) = self.parameters.entry(name) {
            return parameters::value(entry, self.deployment).map(|value| Some(Node { line, ..value }));
        }
        // SAM: `!Ref Function.Alias` and `.Version` name what AutoPublishAlias makes.
        if let Some((id, "Alias" | "Version")) = name.split_once('.') {
            return self.function_alias(id, line).map(Some);
        }
        let resource = self.existing(name, line)?;
        let Some(kind) = resources::kind(resource) else { return Err(only_on_aws(resource, line)) };
        let unsupported = || Located::new(line, ErrorKind::UnsupportedFunction(format!("Ref {name}")));
        Ok(Some(Node::text(line, self.ref_value(kind, resource)?.ok_or_else(unsupported)?)))
    }

    fn ref_value(&self, kind: Running, resource: &Resource) -> Result<Option<String>> {
        Ok(Some(match kind {
            Running::Queue => self.deployment.queue_url(&self.name(resource)?),
            Running::Function
            | Running::Bucket
            | Running::LogGroup
            | Running::SsmParameter
            | Running::EventRule => self.name(resource)?,
            Running::TargetGroup | Running::LoadBalancer | Running::Listener => {
                self.elb_arn(kind, resource)?
            }
            Running::HttpApi | Running::HttpApiIntegration | Running::HttpApiRoute => http_api_id(resource),
            Running::HttpApiStage => match resource.properties.get("StageName") {
                Some(name) => self.text(name)?,
                None => return Ok(None),
            },
            Running::ListenerRule | Running::Mapping => return Ok(None),
        }))
    }

    /// The resource of this kind for which `Ref` returns `value`.
    pub(crate) fn referred(&self, kind: Running, value: &str) -> Result<Option<&Resource>> {
        for (other, resource) in resources::running(self)? {
            if other == kind && self.ref_value(kind, resource)?.as_deref() == Some(value) {
                return Ok(Some(resource));
            }
        }
        Ok(None)
    }

    pub(crate) fn attribute(&self, name: &str, attribute: &str, line: usize) -> Result<Node> {
        let resource = self.existing(name, line)?;
        let Some(kind) = resources::kind(resource) else { return Err(only_on_aws(resource, line)) };
        let value = match (kind, attribute) {
            (Running::Queue, "Arn") => self.deployment.arn("sqs", &self.name(resource)?),
            (Running::Queue, "QueueUrl") => self.deployment.queue_url(&self.name(resource)?),
            (Running::Queue, "QueueName") | (Running::TargetGroup, "TargetGroupName") => {
                self.name(resource)?
            }
            (Running::Function, "Arn") => self.function_arn(resource)?,
            (Running::EventRule, "Arn") => {
                self.deployment.arn("events", &format!("rule/{}", self.name(resource)?))
            }
            (Running::Bucket, "Arn") => format!("arn:aws:s3:::{}", self.name(resource)?),
            // The end stands for all of its streams.
            (Running::LogGroup, "Arn") => {
                self.deployment.arn("logs", &format!("log-group:{}:*", self.name(resource)?))
            }
            (Running::TargetGroup, "TargetGroupArn")
            | (Running::LoadBalancer, "LoadBalancerArn")
            | (Running::Listener, "ListenerArn") => self.elb_arn(kind, resource)?,
            (Running::LoadBalancer, "DNSName") => self.dns_name(resource, line)?,
            (Running::HttpApi, "ApiId")
            | (Running::HttpApiIntegration, "IntegrationId")
            | (Running::HttpApiRoute, "RouteId") => http_api_id(resource),
            (Running::HttpApi, "ApiEndpoint") => match self.http_api_address(resource)? {
                Some(address) => format!("http://{address}"),
                None => return Err(only_on_aws(resource, line)),
            },
            (Running::LoadBalancer, _) => return Err(only_on_aws(resource, line)),
            _ => {
                let call = format!("Fn::GetAtt {name}.{attribute}");
                return Err(Located::new(line, ErrorKind::UnsupportedFunction(call)));
            }
        };
        Ok(Node::text(line, value))
    }

    /// The physical name: the one the template gives, or else one like CloudFormation's, without its random end.
    pub(crate) fn name(&self, resource: &Resource) -> Result<String> {
        let kind = resources::kind(resource);
        let property = match kind {
            Some(Running::Queue) => "QueueName",
            Some(Running::Function) => "FunctionName",
            Some(Running::Bucket) => "BucketName",
            Some(Running::LogGroup) => "LogGroupName",
            _ => "Name",
        };
        if let Some(given) = resource.properties.get(property) {
            let place = format!("{}.{property}", resource.id);
            let given = self.evaluate(given).map_err(|error| error.at(&place))?;
            if let Some(name) = given {
                return name.as_text().map(str::to_owned).map_err(|error| error.at(&place));
            }
        }
        let name = format!("{}-{}", self.deployment.stack_name, resource.id);
        Ok(if kind == Some(Running::Bucket) { name.to_lowercase() } else { name })
    }

    /// Refuses the names in `node` that the template doesn't declare, in branches that aren't taken too: CloudFormation
    /// looks at all of them before it evaluates any.
    pub(crate) fn check_names(&self, node: &Node) -> Result<()> {
        let (function, argument) = match &node.kind {
            Kind::Text(_) => return Ok(()),
            Kind::List(items) => return items.iter().try_for_each(|item| self.check_names(item)),
            Kind::Map(entries) => return entries.iter().try_for_each(|entry| self.check_names(&entry.value)),
            Kind::Call(function, argument) => (function.as_str(), &**argument),
        };
        let parts = match &argument.kind {
            Kind::List(parts) => parts.as_slice(),
            _ => std::slice::from_ref(argument),
        };
        match (function, parts) {
            ("Ref" | "Fn::GetAtt", [Node { kind: Kind::Text(name), line }, ..]) => {
                self.check_name(name, *line)
            }
            ("Fn::If", [Node { kind: Kind::Text(name), line }, values @ ..]) => {
                self.condition(name, *line)?;
                values.iter().try_for_each(|value| self.check_names(value))
            }
            ("Fn::Sub", [Node { kind: Kind::Text(pattern), line }, own @ ..]) => {
                let weight = own.iter().map(Node::weight).sum::<usize>();
                let names = pattern.split("${").skip(1).filter_map(|rest| rest.split_once('}'));
                for name in names.map(|(name, _)| name.trim()) {
                    self.spend(*line, weight)?;
                    if !name.starts_with('!') && !own.iter().any(|own| own.get(name).is_some()) {
                        self.check_name(name, *line)?;
                    }
                }
                own.iter().try_for_each(|own| self.check_names(own))
            }
            _ => self.check_names(argument),
        }
    }

    /// A name alone, or a resource's with an attribute behind it.
    fn check_name(&self, name: &str, line: usize) -> Result<()> {
        self.spend(line, self.resources.len())?;
        let id = name.split('.').next().unwrap_or(name);
        let pseudo = name == "AWS::NoValue" || self.deployment.pseudo_parameter(name).is_some();
        let declared = pseudo || self.parameters.get(name).is_some() || self.resource(id).is_some();
        if declared { Ok(()) } else { Err(unknown(id, line)) }
    }

    /// The resource with this logical id, if the template has it and its condition doesn't leave it out.
    fn existing(&self, name: &str, line: usize) -> Result<&Resource> {
        let resource = self.resource(name).ok_or_else(|| unknown(name, line))?;
        if self.exists(resource)? {
            Ok(resource)
        } else {
            Err(Located::new(line, ErrorKind::LeftOut(name.to_owned())))
        }
    }

    fn function_arn(&self, resource: &Resource) -> Result<String> {
        Ok(self.deployment.arn("lambda", &format!("function:{}", self.name(resource)?)))
    }

    fn function_alias(&self, id: &str, line: usize) -> Result<Node> {
        let resource = self.existing(id, line)?;
        let Some(alias) = resource.properties.get("AutoPublishAlias") else {
            let missing = format!("{id} has no AutoPublishAlias, so it has no alias or version; add one");
            return Err(Located::new(line, ErrorKind::Invalid(missing)));
        };
        let alias = self.text(alias)?;
        Ok(Node::text(line, format!("{}:{alias}", self.function_arn(resource)?)))
    }

    fn elb_arn(&self, kind: Running, resource: &Resource) -> Result<String> {
        let path = match kind {
            Running::TargetGroup => format!("targetgroup/{}/{SUFFIX}", self.name(resource)?),
            Running::LoadBalancer => format!("loadbalancer/app/{}/{SUFFIX}", self.name(resource)?),
            // Ends in the logical id, where AWS's ends in hex digits: that tells listeners apart here.
            _ => format!("listener/app/{}/{}", self.deployment.stack_name, resource.id),
        };
        Ok(self.deployment.arn("elasticloadbalancing", &path))
    }

    /// The address of this HTTP API: the first listener has one before all APIs.
    fn http_api_address(&self, resource: &Resource) -> Result<Option<SocketAddr>> {
        let running = resources::running(self)?;
        let before = usize::from(running.iter().any(|(kind, _)| *kind == Running::Listener));
        let mut apis = running.iter().filter(|(kind, _)| *kind == Running::HttpApi);
        let position = apis.position(|(_, api)| api.id == resource.id);
        Ok(position.and_then(|position| self.deployment.fronts.get(before + position)).copied())
    }

    /// `text` with the local address for the default endpoint of an HTTP API, which templates put together of its id.
    pub(crate) fn with_local_api(&self, text: String) -> Result<String> {
        if !text.contains(".execute-api.") {
            return Ok(text);
        }
        for (kind, resource) in resources::running(self)? {
            let domain = format!(
                "https://{}.execute-api.{}.amazonaws.com",
                http_api_id(resource),
                self.deployment.region
            );
            if kind == Running::HttpApi && text.contains(&domain) {
                let address = self.http_api_address(resource)?;
                let address = address.ok_or_else(|| only_on_aws(resource, resource.line))?;
                return Ok(text.replace(&domain, &format!("http://{address}")));
            }
        }
        Ok(text)
    }

    /// The address of the first listener, if it is this load balancer's.
    fn dns_name(&self, resource: &Resource, line: usize) -> Result<String> {
        let running = resources::running(self)?;
        let first = running.iter().find(|(kind, _)| *kind == Running::Listener);
        let arn = first.and_then(|(_, listener)| listener.properties.get("LoadBalancerArn"));
        let owner = arn.map(|arn| self.text(arn)).transpose()?;
        match self.deployment.fronts.first() {
            Some(address) if owner == Some(self.elb_arn(Running::LoadBalancer, resource)?) => {
                Ok(address.to_string())
            }
            _ => Err(only_on_aws(resource, line)),
        }
    }
}

/// API Gateway's ids of APIs, integrations and routes are random letters and digits; here an id is the logical id in
/// lower case.
pub(crate) fn http_api_id(resource: &Resource) -> String {
    resource.id.to_lowercase()
}

fn unknown(name: &str, line: usize) -> Located {
    let kinds = "parameter, pseudo parameter or resource";
    Located::new(line, ErrorKind::UnknownName(name.to_owned(), kinds))
}

fn only_on_aws(resource: &Resource, line: usize) -> Located {
    let (name, resource_type) = (resource.id.clone(), resource.kind.clone());
    Located::new(line, ErrorKind::OnlyOnAws { name, resource_type })
}
