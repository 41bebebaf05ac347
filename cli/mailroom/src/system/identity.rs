//! Which system a command works on, as every screen and report names it.

use super::endpoints::Endpoints;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use terminal::text::Printable;

/// The sandbox's account. No account of AWS has this number.
const SANDBOX_ACCOUNT: &str = "000000000000";

/// A system, by its stack's ARN and the endpoint that answered for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Identity {
    kind: Kind,
    /// The URL of AWS's services, unless it is AWS's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    endpoint: Option<Printable>,
    /// The services that are not there, with their URLs; null for AWS's own.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    elsewhere: BTreeMap<&'static str, Option<Printable>>,
    account: String,
    region: String,
    pub(crate) stack: String,
    /// The stack's ARN, which no other stack has, not even a later one of the same name.
    pub(crate) stack_id: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Sandbox,
    Aws,
}

impl Identity {
    pub(crate) fn new(arn: StackArn, endpoints: &Endpoints) -> Self {
        let StackArn { arn: stack_id, region, account, name: stack } = arn;
        let kind = if account == SANDBOX_ACCOUNT { Kind::Sandbox } else { Kind::Aws };
        let endpoint = endpoints.cloudformation.clone().map(Printable::from);
        let elsewhere = endpoints.elsewhere().into_iter();
        let elsewhere = elsewhere.map(|(service, url)| (service, url.map(Printable::from))).collect();
        Self { kind, endpoint, elsewhere, account, region, stack, stack_id }
    }

    pub(crate) fn is_sandbox(&self) -> bool {
        self.kind == Kind::Sandbox
    }

    /// The URL of the sandbox that this is.
    pub(crate) fn sandbox_url(&self) -> Option<&str> {
        self.endpoint.as_ref().map(Printable::as_str).filter(|_| self.kind == Kind::Sandbox)
    }
}

/// For a person, in one line.
impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, endpoint, elsewhere, account, region, stack, .. } = self;
        match (kind, endpoint) {
            (Kind::Sandbox, Some(endpoint)) => write!(f, "sandbox at {endpoint}, stack {stack}"),
            (Kind::Sandbox, None) => write!(f, "sandbox, stack {stack}"),
            (Kind::Aws, None) => write!(f, "AWS account {account}, {region}, stack {stack}"),
            (Kind::Aws, Some(endpoint)) => {
                write!(f, "AWS account {account}, {region}, stack {stack}, through {endpoint}")
            }
        }?;
        for (service, url) in elsewhere {
            write!(f, ", {service} at {}", url.as_ref().map_or("AWS", Printable::as_str))?;
        }
        Ok(())
    }
}

/// The ARN of a stack: `arn:PARTITION:cloudformation:REGION:ACCOUNT:stack/NAME/ID`
/// (<https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudformation.html>).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StackArn {
    arn: String,
    region: String,
    account: String,
    name: String,
}

#[derive(Debug, thiserror::Error)]
#[error("the stack's id is not the ARN of a stack, so the answer is not CloudFormation's")]
pub(crate) struct InvalidStackArn;

impl FromStr for StackArn {
    type Err = InvalidStackArn;

    /// Its parts have letters, digits and hyphens only, so a terminal can show them.
    fn from_str(arn: &str) -> Result<Self, Self::Err> {
        let plain = |part: &&str| {
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        let parts: Vec<_> = arn.split([':', '/']).collect();
        let ["arn", partition, "cloudformation", region, account, "stack", name, id] = parts[..] else {
            return Err(InvalidStackArn);
        };
        let same = format!("arn:{partition}:cloudformation:{region}:{account}:stack/{name}/{id}") == arn;
        let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
        if !(same && is_account && parts.iter().all(plain)) {
            return Err(InvalidStackArn);
        }
        let [arn, region, account, name] = [arn, region, account, name].map(str::to_owned);
        Ok(Self { arn, region, account, name })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const PROD: &str = "arn:aws:cloudformation:eu-central-1:123456789012:stack/prod/8f6d3a10-4c2e-11f0";
    const LOCAL: &str = "arn:aws:cloudformation:eu-central-1:000000000000:stack/mailroom/8f6d3a10-4c2e";

    fn identity(arn: &str, endpoint: Option<&str>) -> Identity {
        identity_with(arn, endpoint, [])
    }

    fn identity_with<const N: usize>(
        arn: &str,
        endpoint: Option<&str>,
        others: [(&'static str, Option<&str>); N],
    ) -> Identity {
        let others = others.map(|(service, url)| (service, url.map(str::to_owned)));
        Identity::new(arn.parse().unwrap(), &Endpoints::new(endpoint.map(str::to_owned), others))
    }

    #[test]
    fn a_line_tells_the_sandbox_from_an_account_of_aws() {
        let sandbox = identity(LOCAL, Some("http://127.0.0.1:4566")).to_string();
        assert_eq!(sandbox, "sandbox at http://127.0.0.1:4566, stack mailroom");
        assert_eq!(identity(PROD, None).to_string(), "AWS account 123456789012, eu-central-1, stack prod");
        let through = identity(PROD, Some("https://a.example\u{1b}[2J")).to_string();
        assert!(through.ends_with(", stack prod, through https://a.example\u{fffd}[2J"), "{through}");
    }

    #[test]
    fn a_service_that_is_elsewhere_is_named() {
        let here = "http://127.0.0.1:4566";
        let mixed = identity_with(PROD, None, [("SQS", Some(here)), ("S3", None)]);
        let line = "AWS account 123456789012, eu-central-1, stack prod, SQS at http://127.0.0.1:4566";
        assert_eq!(mixed.to_string(), line);
        assert_eq!(serde_json::to_value(mixed).unwrap()["elsewhere"], json!({"SQS": here}));
        let mixed = identity_with(PROD, Some(here), [("SQS", Some(here)), ("S3", None)]).to_string();
        assert!(mixed.ends_with(", through http://127.0.0.1:4566, S3 at AWS"), "{mixed}");
    }

    #[test]
    fn a_report_has_each_part() {
        let found = serde_json::to_value(identity(PROD, None)).unwrap();
        let parts = json!({
            "kind": "aws", "account": "123456789012", "region": "eu-central-1", "stack": "prod", "stack_id": PROD,
        });
        assert_eq!(found, parts);
    }

    #[test]
    fn an_id_that_is_not_a_stacks_arn_is_refused() {
        for id in [
            "",
            "prod",
            "arn",
            "arn:aws:cloudformation",
            "arn:aws:cloudformation:eu-central-1:123456789012:stack/prod",
            "arn:aws:cloudformation:eu-central-1:123456789012:stack/prod/1/2",
            "arn:aws:cloudformation:eu-central-1:123456789012:stack:prod:1",
            "arn:aws:cloudformation:eu-central-1:12345678901:stack/prod/1",
            "arn:aws:cloudformation:eu-central-1:12345678901x:stack/prod/1",
            "arn:aws:cloudformation::123456789012:stack/prod/1",
            "arn:aws:cloudformation:eu-central-1:123456789012:stack/pr\u{1b}od/1",
            "arn:aws:cloudformation:eu-central-1:１２３４５６７８９０１２:stack/prod/1",
            "arn:aws:sqs:eu-central-1:123456789012:stack/prod/1",
        ] {
            assert!(id.parse::<StackArn>().is_err(), "{id}");
        }
    }
}
