//! What `Ref` and `Fn::GetAtt` return for what exists here. Each resource's page in the CloudFormation template
//! reference has a section "Return values".

use super::error::{Fault, Located};
use super::node::Node;
use super::parameters;
use super::resources::{self, Running};
use super::scope::{Resource, Scope};

/// ELB ends the ARNs of load balancers and target groups in 16 hex digits of its own; fixed here.
const SUFFIX: &str = "6d0ecf831eec9f09";

impl Scope<'_> {
    /// What `Ref` returns; nothing for `AWS::NoValue`.
    pub(crate) fn reference(&self, name: &str, line: usize) -> Result<Option<Node>, Located> {
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
        let value = match resources::kind(resource)? {
            Some(Running::Queue) => self.deployment.queue_url(&self.name(resource)?),
            Some(Running::Function | Running::Bucket | Running::LogGroup | Running::SsmParameter) => {
                self.name(resource)?
            }
            Some(Running::TargetGroup) => self.target_group_arn(resource)?,
            Some(Running::LoadBalancer) => self.load_balancer_arn(resource)?,
            Some(Running::Listener) => self.listener_arn(resource),
            Some(Running::ListenerRule | Running::Mapping) => {
                return Err(Located::new(line, Fault::UnsupportedFunction(format!("Ref {name}"))));
            }
            None => return Err(only_on_aws(resource, line)),
        };
        Ok(Some(Node::text(line, value)))
    }

    /// What `Fn::GetAtt` returns.
    pub(crate) fn attribute(&self, name: &str, attribute: &str, line: usize) -> Result<Node, Located> {
        let resource = self.existing(name, line)?;
        let Some(kind) = resources::kind(resource)? else { return Err(only_on_aws(resource, line)) };
        let value = match (kind, attribute) {
            (Running::Queue, "Arn") => self.deployment.arn("sqs", &self.name(resource)?),
            (Running::Queue, "QueueUrl") => self.deployment.queue_url(&self.name(resource)?),
            (Running::Queue, "QueueName") | (Running::TargetGroup, "TargetGroupName") => {
                self.name(resource)?
            }
            (Running::Function, "Arn") => self.function_arn(resource)?,
            (Running::Bucket, "Arn") => format!("arn:aws:s3:::{}", self.name(resource)?),
            // The end stands for all of its streams.
            (Running::LogGroup, "Arn") => {
                self.deployment.arn("logs", &format!("log-group:{}:*", self.name(resource)?))
            }
            (Running::TargetGroup, "TargetGroupArn") => self.target_group_arn(resource)?,
            (Running::LoadBalancer, "LoadBalancerArn") => self.load_balancer_arn(resource)?,
            (Running::LoadBalancer, "DNSName") => self.dns_name(resource, line)?,
            (Running::LoadBalancer, _) => return Err(only_on_aws(resource, line)),
            (Running::Listener, "ListenerArn") => self.listener_arn(resource),
            _ => {
                let call = Fault::UnsupportedFunction(format!("Fn::GetAtt {name}.{attribute}"));
                return Err(Located::new(line, call));
            }
        };
        Ok(Node::text(line, value))
    }

    /// The physical name: the one the template gives, or else one like CloudFormation's, without its random end.
    pub(crate) fn name(&self, resource: &Resource) -> Result<String, Located> {
        let kind = resources::kind(resource)?;
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

    /// The resource with this logical id, if the template has it and its condition doesn't leave it out.
    fn existing(&self, name: &str, line: usize) -> Result<&Resource, Located> {
        let unknown = || {
            Located::new(line, Fault::UnknownName(name.to_owned(), "parameter, pseudo parameter or resource"))
        };
        let resource = self.resource(name).ok_or_else(unknown)?;
        if self.exists(resource)? {
            Ok(resource)
        } else {
            Err(Located::new(line, Fault::LeftOut(name.to_owned())))
        }
    }

    fn function_arn(&self, resource: &Resource) -> Result<String, Located> {
        Ok(self.deployment.arn("lambda", &format!("function:{}", self.name(resource)?)))
    }

    fn function_alias(&self, id: &str, line: usize) -> Result<Node, Located> {
        let resource = self.existing(id, line)?;
        let Some(alias) = resource.properties.get("AutoPublishAlias") else {
            let missing = format!("{id} has no AutoPublishAlias, so it has no alias or version; add one");
            return Err(Located::new(line, Fault::Conflict(missing)));
        };
        let alias = self.text(alias)?;
        Ok(Node::text(line, format!("{}:{alias}", self.function_arn(resource)?)))
    }

    pub(crate) fn target_group_arn(&self, resource: &Resource) -> Result<String, Located> {
        let path = format!("targetgroup/{}/{SUFFIX}", self.name(resource)?);
        Ok(self.deployment.arn("elasticloadbalancing", &path))
    }

    pub(crate) fn load_balancer_arn(&self, resource: &Resource) -> Result<String, Located> {
        let path = format!("loadbalancer/app/{}/{SUFFIX}", self.name(resource)?);
        Ok(self.deployment.arn("elasticloadbalancing", &path))
    }

    /// The address of the first listener, if it is this load balancer's.
    fn dns_name(&self, resource: &Resource, line: usize) -> Result<String, Located> {
        let running = resources::running(self)?;
        let first = running.iter().find(|(kind, _)| *kind == Running::Listener);
        let arn = first.and_then(|(_, listener)| listener.properties.get("LoadBalancerArn"));
        let owner = arn.map(|arn| self.text(arn)).transpose()?;
        match self.deployment.load_balancer {
            Some(address) if owner == Some(self.load_balancer_arn(resource)?) => Ok(address.to_string()),
            _ => Err(only_on_aws(resource, line)),
        }
    }

    /// Ends in the logical id, where AWS's ends in hex digits: that is how a rule finds its listener here.
    pub(crate) fn listener_arn(&self, resource: &Resource) -> String {
        let path = format!("listener/app/{}/{}", self.deployment.stack_name, resource.id);
        self.deployment.arn("elasticloadbalancing", &path)
    }
}

fn only_on_aws(resource: &Resource, line: usize) -> Located {
    Located::new(line, Fault::OnlyOnAws { name: resource.id.clone(), kind: resource.kind.clone() })
}
