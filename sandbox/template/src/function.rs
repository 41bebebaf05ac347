//! Functions: `AWS::Serverless::Function`, which `sam build` builds from a Rust package.

use crate::build;
use crate::error::{ErrorKind, Result};
use crate::properties::{Known, Limits, Properties};
use crate::scope::{Resource, Scope};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A Lambda function that is a Cargo binary.
///
/// [AWS::Serverless::Function](https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html),
/// [Lambda quotas](https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html)
#[derive(Clone, Debug, PartialEq)]
pub struct FunctionSpec {
    /// Mappings and rules refer to it.
    pub logical_id: String,
    pub name: String,
    /// `AutoPublishAlias`: the alias of the published version.
    pub alias: Option<String>,
    /// The cargo binary: `Metadata.BuildProperties.Binary`. `None`: the only one in `code_uri`.
    pub binary: Option<String>,
    /// The directory of its package or workspace: `CodeUri`, from the template's directory on; by default that directory.
    pub code_uri: PathBuf,
    /// An invocation is killed after 1 to 900 seconds, by default 3.
    pub timeout: Duration,
    /// 128 to 10,240 MB, by default 128. Lambda also gives CPU time in proportion: 1,769 MB are one processor.
    pub memory_mb: u32,
    /// The most instances at the same time; 0 throttles every invocation.
    pub reserved_concurrency: Option<u32>,
    /// Without the variables that Lambda adds.
    pub environment: BTreeMap<String, String>,
    /// `LoggingConfig.LogGroup`, by default `/aws/lambda/{name}`.
    pub log_group: String,
    /// `LoggingConfig.LogFormat`; a function learns it from `AWS_LAMBDA_LOG_FORMAT`.
    pub log_format: LogFormat,
    /// `LoggingConfig.ApplicationLogLevel`, with `LogFormat` JSON alone; a function learns it from
    /// `AWS_LAMBDA_LOG_LEVEL`.
    pub log_level: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum LogFormat {
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

#[rustfmt::skip]
pub(crate) const PROPERTIES: Known = Known {
    used: &[
        "AutoPublishAlias", "CodeUri", "Environment", "Events", "FunctionName", "LoggingConfig", "MemorySize",
        "PackageType", "ReservedConcurrentExecutions", "Runtime", "Timeout",
    ],
    only_on_aws: &[
        "Architectures", "AssumeRolePolicyDocument", "AutoPublishAliasAllProperties", "AutoPublishCodeSha256",
        "CodeSigningConfigArn", "Description", "EphemeralStorage", "Handler", "KmsKeyArn", "PermissionsBoundary",
        "Policies", "PropagateTags", "ProvisionedConcurrencyConfig", "PublishToLatestPublished", "RecursiveLoop", "Role",
        "RolePath", "RuntimeManagementConfig", "SourceKMSKeyArn", "Tags", "Tracing", "VersionDeletionPolicy",
        "VersionDescription", "VpcConfig",
        "DeploymentPreference", // how traffic moves to a new version: here there is one
    ],
};
const ENVIRONMENT: Known = Known { used: &["Variables"], only_on_aws: &[] };
const LOGGING: Known =
    Known { used: &["ApplicationLogLevel", "LogFormat", "LogGroup"], only_on_aws: &["SystemLogLevel"] };

const EXECUTIONS: Limits = Limits { min: 0, max: 100_000, unit: "concurrent executions" };
const MEMORY: Limits = Limits { min: 128, max: 10_240, unit: "MB" };
const LEVELS: [&str; 6] = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];

impl FunctionSpec {
    /// `base` is the template's directory.
    pub(crate) fn read(scope: &Scope<'_>, resource: &Resource, base: &Path) -> Result<Self> {
        let properties = Properties::of(scope, resource, PROPERTIES)?;
        check_runtime(&properties)?;
        properties.report(
            "FunctionUrlConfig",
            "functions have no URL in the sandbox; write an event of type HttpApi",
        );
        let name = scope.name(resource)?;
        let (code_uri, binary) = build::code(scope, resource, &properties)?;
        let (log_group, log_format, log_level) = logging(&properties)?;
        Ok(Self {
            logical_id: resource.id.clone(),
            log_group: log_group.unwrap_or_else(|| format!("/aws/lambda/{name}")),
            name,
            alias: properties.text("AutoPublishAlias")?,
            binary,
            code_uri: base.join(code_uri),
            timeout: properties.seconds("Timeout", 1, 900)?.unwrap_or(Duration::from_secs(3)),
            memory_mb: properties.number("MemorySize", MEMORY)?.unwrap_or(MEMORY.min),
            reserved_concurrency: properties.number("ReservedConcurrentExecutions", EXECUTIONS)?,
            environment: environment(&properties)?,
            log_format,
            log_level,
        })
    }

    /// The directory of a package or workspace, and the name of a binary in it.
    pub fn code(&self) -> (&Path, Option<&str>) {
        (&self.code_uri, self.binary.as_deref())
    }

    /// The function that the property `name` means by a name or an ARN, with or without a version or an alias.
    pub(crate) fn named_in<'a>(
        functions: &'a [Self],
        properties: &Properties<'_>,
        name: &'static str,
    ) -> Result<&'a Self> {
        let given = properties.required_text(name)?;
        let called = match given.split(':').collect::<Vec<_>>()[..] {
            ["arn", _, "lambda", _, _, "function", name, ..] | [name, ..] => name,
            [] => "",
        };
        let found = functions.iter().find(|function| function.name == called);
        found.ok_or_else(|| properties.error(name, ErrorKind::UnknownName(given.clone(), "function")))
    }
}

fn check_runtime(properties: &Properties<'_>) -> Result<()> {
    properties.one_of("PackageType", "Zip: images of containers don't run here", &[("Zip", ())])?;
    let runtime = properties.required_text("Runtime")?;
    if runtime.starts_with("provided.") {
        return Ok(());
    }
    let why = format!("{runtime} doesn't run here: functions are Rust binaries on provided.al2023");
    Err(properties.unsupported("Runtime", why))
}

fn environment(properties: &Properties<'_>) -> Result<BTreeMap<String, String>> {
    let environment = properties.section("Environment", ENVIRONMENT)?;
    let variables = environment.map_or(Ok(None), |environment| environment.section_of_any("Variables"))?;
    let Some(variables) = variables else { return Ok(BTreeMap::new()) };
    let named = |name: &str| {
        let value = properties.scope().or_reported(variables.text(name))?.flatten();
        Ok(value.map(|value| (name.to_owned(), value)))
    };
    variables.names().filter_map(|name| named(name).transpose()).collect()
}

/// Log group, format and level in `LoggingConfig`.
fn logging(properties: &Properties<'_>) -> Result<(Option<String>, LogFormat, Option<String>)> {
    let Some(logging) = properties.section("LoggingConfig", LOGGING)? else {
        return Ok((None, LogFormat::Text, None));
    };
    let formats = [("JSON", LogFormat::Json), ("Text", LogFormat::Text)];
    let format = logging.one_of("LogFormat", "JSON or Text", &formats)?.unwrap_or_default();
    let levels = LEVELS.map(|level| (level, level));
    let level = logging.one_of("ApplicationLogLevel", "TRACE, DEBUG, INFO, WARN, ERROR or FATAL", &levels)?;
    if level.is_some() && format == LogFormat::Text {
        let why = "Lambda filters levels in JSON logs alone; set LogFormat to JSON or drop the level";
        return Err(logging.invalid("ApplicationLogLevel", why));
    }
    Ok((logging.text("LogGroup")?, format, level.map(str::to_owned)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{assert_refused, function, parse, refusal, resource};

    fn spec(text: &str) -> FunctionSpec {
        parse(text).unwrap().functions.remove(0)
    }

    #[test]
    fn a_function_that_says_nothing_has_the_defaults_of_lambda() {
        let spec = spec(&function(""));
        assert_eq!((spec.name.as_str(), spec.binary.as_deref()), ("candidate-2-Worker", Some("worker")));
        assert_eq!((spec.timeout, spec.memory_mb), (Duration::from_secs(3), 128));
        assert_eq!((spec.environment.len(), spec.log_format, spec.log_level), (0, LogFormat::Text, None));
        assert_eq!(spec.log_group, "/aws/lambda/candidate-2-Worker");
    }

    #[test]
    fn a_function_logs_into_the_group_that_it_names() {
        let log = resource("Log", "AWS::Logs::LogGroup", "LogGroupName: !Sub /logs/${AWS::StackName}");
        let text = function("LoggingConfig: {LogGroup: !Ref Log}") + &log;
        assert_eq!(spec(&text).log_group, "/logs/candidate-2");
    }

    #[test]
    fn globals_are_the_functions_own_properties() {
        let globals = "Globals: {Function: {Timeout: 9, Environment: {Variables: {A: 1, B: 1}}}}\n";
        let spec = spec(&format!("{globals}{}", function("Environment: {Variables: {B: 2}}")));
        assert_eq!(spec.timeout, Duration::from_secs(9));
        assert_eq!(spec.environment, BTreeMap::from([("A".into(), "1".into()), ("B".into(), "2".into())]));
    }

    #[test]
    fn a_variable_that_is_no_value_is_not_there() {
        let spec = spec(&function("Environment: {Variables: {A: !Ref AWS::NoValue, B: \"\"}}"));
        assert_eq!(spec.environment, BTreeMap::from([("B".to_owned(), String::new())]));
    }

    #[test]
    fn a_variable_that_can_not_be_known_here_is_named() {
        let role = "  Role: {Type: AWS::IAM::Role}\n";
        let text = format!("{}{role}", function("Environment:\n  Variables:\n    ROLE: !Ref Role"));
        assert!(
            refusal(&text).starts_with(
                "template.yaml:10: Worker.Environment.Variables.ROLE: refers to Role, of type AWS::IAM::Role"
            ),
            "{}",
            refusal(&text)
        );
    }

    #[test]
    fn properties_without_an_effect_on_one_machine_are_accepted() {
        let properties = "Policies: [SQSPollerPolicy: {QueueName: !GetAtt Elsewhere.Name}]\nTracing: Active\n\
                          Architectures: [arm64]\nEphemeralStorage: {Size: 1024}\nTags: {a: b}\nHandler: bootstrap\n\
                          ReservedConcurrentExecutions: 3\nVpcConfig: {SubnetIds: [!Ref Elsewhere]}";
        assert_eq!(spec(&function(properties)).reserved_concurrency, Some(3));
    }

    #[test]
    fn what_can_not_run_here_is_refused() {
        for (properties, message) in [
            ("Timeout: 901", "1 to 900 seconds"),
            ("MemorySize: 64", "128 to 10240 MB"),
            (
                "FunctionUrlConfig: {AuthType: NONE}",
                "functions have no URL in the sandbox; write an event of type HttpApi",
            ),
            ("Layers: [x]", "Worker.Layers: not supported"),
            ("PackageType: Image", "Worker.PackageType: expected Zip: images of containers don't run here"),
            ("LoggingConfig: {ApplicationLogLevel: INFO}", "set LogFormat to JSON"),
            ("LoggingConfig: {LogFormat: XML}", "expected JSON or Text, found \"XML\""),
        ] {
            assert_refused(&function(properties), message);
        }
        let python = function("").replace("provided.al2023", "python3.13");
        assert_refused(&python, "Worker.Runtime: python3.13 doesn't run here");
        let make = function("").replace("rust-cargolambda", "makefile");
        assert_refused(&make, "Worker.Metadata.BuildMethod: expected rust-cargolambda");
    }
}
