//! `AWS::ApiGatewayV2::Api` with its stage, routes and integrations.

use super::{HttpApiSpec, METHODS, RouteSpec, check_payload_format, path_fault, sam, timeout};
use crate::error::{ErrorKind, Located, Result};
use crate::function::FunctionSpec;
use crate::properties::{Known, Properties};
use crate::references::http_api_id;
use crate::resources::Running;
use crate::scope::{Resource, Scope};

/// [AWS::ApiGatewayV2::Api](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigatewayv2-api.html)
#[rustfmt::skip]
pub(crate) const API: Known = Known {
    used: &["ProtocolType"],
    only_on_aws: &[
        "Description", "DisableExecuteApiEndpoint", "IpAddressType", "Name", "RouteSelectionExpression", "Tags",
        "Version",
    ],
};
/// [AWS::ApiGatewayV2::Stage](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigatewayv2-stage.html)
pub(crate) const STAGE: Known = Known {
    used: &["ApiId", "AutoDeploy", "DefaultRouteSettings", "StageName"],
    only_on_aws: &["AccessLogSettings", "Description", "Tags"],
};
/// [AWS::ApiGatewayV2::Route](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigatewayv2-route.html)
pub(crate) const ROUTE: Known =
    Known { used: &["ApiId", "AuthorizationType", "RouteKey", "Target"], only_on_aws: &["OperationName"] };
/// [AWS::ApiGatewayV2::Integration](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigatewayv2-integration.html)
pub(crate) const INTEGRATION: Known = Known {
    used: &["ApiId", "IntegrationType", "IntegrationUri", "PayloadFormatVersion", "TimeoutInMillis"],
    only_on_aws: &["ConnectionType", "CredentialsArn", "Description", "IntegrationMethod"],
};

/// The resources of all APIs.
pub(crate) struct Parts<'a> {
    pub(crate) apis: Vec<&'a Resource>,
    pub(crate) stages: Vec<&'a Resource>,
    pub(crate) routes: Vec<&'a Resource>,
}

impl Parts<'_> {
    /// The APIs with the routes that are resources. SAM's are without routes: those are events.
    pub(crate) fn read(&self, scope: &Scope<'_>, functions: &[FunctionSpec]) -> Result<Vec<HttpApiSpec>> {
        let mut apis = Vec::new();
        for api in &self.apis {
            apis.push(match api.kind.as_str() {
                "AWS::Serverless::HttpApi" => sam::read(scope, api)?,
                _ => self.with_stage(scope, api)?,
            });
        }
        for route in &self.routes {
            let properties = Properties::of(scope, route, ROUTE)?;
            let route = read_route(scope, &properties, functions)?;
            let id = properties.required_text("ApiId")?;
            let unknown = || properties.error("ApiId", ErrorKind::UnknownName(id.clone(), "HTTP API"));
            let api = apis.iter_mut().find(|api| api.id == id).ok_or_else(unknown)?;
            api.add(route, Some(&properties), "RouteKey")?;
        }
        Ok(apis)
    }

    fn with_stage(&self, scope: &Scope<'_>, api: &Resource) -> Result<HttpApiSpec> {
        let properties = Properties::of(scope, api, API)?;
        properties.required("ProtocolType", properties.one_of("ProtocolType", "HTTP", &[("HTTP", ())])?)?;
        let mut stages = Vec::new();
        for stage in &self.stages {
            let stage = Properties::of(scope, stage, STAGE)?;
            if stage.required_text("ApiId")? == http_api_id(api) {
                stages.push(stage);
            }
        }
        let [stage] = &stages[..] else {
            let why = format!(
                "the sandbox runs an API with one AWS::ApiGatewayV2::Stage, not with {}",
                stages.len()
            );
            return Err(Located::new(api.line, ErrorKind::Unsupported(why)).at(&api.id));
        };
        if !stage.flag("AutoDeploy")?.unwrap_or(false) {
            let why = "without AutoDeploy a stage serves what an AWS::ApiGatewayV2::Deployment has, which the sandbox \
                       doesn't support; write AutoDeploy: true";
            return Err(stage.unsupported("AutoDeploy", why));
        }
        HttpApiSpec::new(api, stage.required_text("StageName")?, stage)
    }
}

fn read_route(scope: &Scope<'_>, route: &Properties<'_>, functions: &[FunctionSpec]) -> Result<RouteSpec> {
    let open = "NONE: authorizers don't run in the sandbox";
    route.one_of("AuthorizationType", open, &[("NONE", ())])?;
    let (method, path) = read_key(route)?;
    let target = route.required_text("Target")?;
    let id = target.strip_prefix("integrations/").unwrap_or_default();
    let Some(integration) = scope.referred(Running::HttpApiIntegration, id)? else {
        let why = format!("{target:?} is not an integration: write integrations/ and the Ref of one");
        return Err(route.invalid("Target", why));
    };
    let integration = Properties::of(scope, integration, INTEGRATION)?;
    if integration.required_text("ApiId")? != route.required_text("ApiId")? {
        return Err(route.invalid("Target", "the integration belongs to another API; write one of this API"));
    }
    let kind = "AWS_PROXY: routes lead to functions in the sandbox";
    integration
        .required("IntegrationType", integration.one_of("IntegrationType", kind, &[("AWS_PROXY", ())])?)?;
    integration.required_text("PayloadFormatVersion")?;
    check_payload_format(&integration)?;
    let function = FunctionSpec::named_in(functions, &integration, "IntegrationUri")?.logical_id.clone();
    Ok(RouteSpec { method, path, function, timeout: timeout(Some(&integration))? })
}

/// Method and path of a key such as `GET /jobs/{id}` or `$default`.
fn read_key(route: &Properties<'_>) -> Result<(String, Option<String>)> {
    let key = route.required_text("RouteKey")?;
    if key == "$default" {
        return Ok(("ANY".to_owned(), None));
    }
    let (method, path) = key.split_once(' ').unwrap_or((&key, ""));
    if !METHODS.contains(&method) {
        let why = format!(
            "{key:?} is not a key: write $default, or the name of an HTTP method or ANY, a space and a path"
        );
        return Err(route.invalid("RouteKey", why));
    }
    match path_fault(path) {
        Some(fault) => Err(route.invalid("RouteKey", fault)),
        None => Ok((method.to_owned(), Some(path.to_owned()))),
    }
}

#[cfg(test)]
mod tests {
    use crate::http_api::ThrottleSpec;
    use crate::tests::{assert_refused, deployment, function, parse, resource};
    use crate::{Deployment, Template};
    use std::time::Duration;

    const API: &str = "Name: web\nProtocolType: HTTP";
    const STAGE: &str = "ApiId: !Ref Web\nStageName: $default\nAutoDeploy: true";
    const INTEGRATION: &str = "ApiId: !Ref Web\nIntegrationType: AWS_PROXY\nIntegrationUri: !Ref Worker.Alias\n\
                               PayloadFormatVersion: \"2.0\"";
    const ROUTE: &str = "ApiId: !Ref Web\nRouteKey: POST /jobs/{id}\nTarget: !Sub integrations/${Jobs}";

    fn template() -> String {
        let parts = [("Web", "Api", API), ("WebStage", "Stage", STAGE), ("Jobs", "Integration", INTEGRATION)];
        let parts = parts.into_iter().chain([("JobRoute", "Route", ROUTE)]);
        let resources =
            parts.map(|(id, kind, text)| resource(id, &format!("AWS::ApiGatewayV2::{kind}"), text));
        function("AutoPublishAlias: live") + &resources.collect::<String>()
    }

    #[test]
    fn an_api_of_single_resources_has_its_stage_and_its_routes() {
        let [api] = &parse(&template()).unwrap().http_apis[..] else { panic!("one API") };
        assert_eq!(
            (api.logical_id.as_str(), api.id.as_str(), api.stage.as_str()),
            ("Web", "web", "$default")
        );
        let [route] = &api.routes[..] else { panic!("{:?}", api.routes) };
        assert_eq!((route.method.as_str(), route.path.as_deref()), ("POST", Some("/jobs/{id}")));
        assert_eq!((route.function.as_str(), route.timeout), ("Worker", Duration::from_secs(30)));
        let changed = template()
            .replace("POST /jobs/{id}", "$default")
            .replace("\"2.0\"", "\"2.0\"\n      TimeoutInMillis: 9000");
        let route = parse(&changed).unwrap().http_apis.remove(0).routes.remove(0);
        assert_eq!((route.path, route.timeout), (None, Duration::from_secs(9)));
    }

    #[test]
    fn a_stage_throttles_as_it_says_or_as_the_account_does() {
        let throttle = |settings: &str| {
            let text = template().replace("AutoDeploy: true", &format!("AutoDeploy: true\n      {settings}"));
            parse(&text).unwrap().http_apis[0].throttle
        };
        let account = ThrottleSpec { rate: 10_000.0, burst: 5_000 };
        assert_eq!(throttle("Description: x"), account);
        assert_eq!(throttle("DefaultRouteSettings: {DetailedMetricsEnabled: false}"), account);
        let given = "DefaultRouteSettings: {ThrottlingRateLimit: 0.5, ThrottlingBurstLimit: 3}";
        assert_eq!(throttle(given), ThrottleSpec { rate: 0.5, burst: 3 });
    }

    #[test]
    fn behind_a_listener_an_api_has_the_second_address() {
        let outputs = "Outputs:\n  A: {Value: !GetAtt Web.ApiEndpoint}\n  \
                       B: {Value: !Sub \"https://${Web}.execute-api.${AWS::Region}.${AWS::URLSuffix}/x\"}\n";
        let fixed = "{Type: fixed-response, FixedResponseConfig: {StatusCode: 404}}";
        let properties = format!("Port: 80\nProtocol: HTTP\nDefaultActions: [{fixed}]");
        let listener = resource("Http", "AWS::ElasticLoadBalancingV2::Listener", &properties);
        let addresses = ["127.0.0.1:8080", "127.0.0.1:8081"].map(|address| address.parse().unwrap());
        for (text, count, expected) in [
            (template(), 2, Some("127.0.0.1:8080")),
            (template() + &listener, 2, Some("127.0.0.1:8081")),
            (template() + &listener, 1, None),
        ] {
            let deployment = Deployment { fronts: addresses[..count].to_vec(), ..deployment() };
            let template = Template::parse(&format!("{text}{outputs}"), &deployment).unwrap();
            let values: Vec<_> = template.outputs.iter().map(|output| output.value.clone()).collect();
            let expected =
                expected.map(|address| [format!("http://{address}"), format!("http://{address}/x")]);
            assert_eq!(values, expected.into_iter().flatten().collect::<Vec<_>>());
        }
    }

    #[test]
    fn what_the_sandbox_can_not_run_or_api_gateway_refuses_is_named() {
        for (from, to, message) in [
            ("ProtocolType: HTTP", "ProtocolType: WEBSOCKET", "Web.ProtocolType: expected HTTP, found"),
            ("Name: web", "CorsConfiguration: {AllowOrigins: [x]}", "Web.CorsConfiguration: not supported"),
            (
                "AutoDeploy: true",
                "AutoDeploy: false",
                "WebStage.AutoDeploy: without AutoDeploy a stage serves",
            ),
            (
                "AutoDeploy: true",
                "AutoDeploy: true\n      RouteSettings: {}",
                "WebStage.RouteSettings: not supported",
            ),
            (
                "AutoDeploy: true",
                "AutoDeploy: true\n      DefaultRouteSettings: {ThrottlingRateLimit: -1}",
                "ThrottlingRateLimit: \"-1\" is not a rate",
            ),
            ("AWS_PROXY", "HTTP_PROXY", "Jobs.IntegrationType: expected AWS_PROXY"),
            ("\"2.0\"", "\"1.0\"", "Jobs.PayloadFormatVersion: events have format 2.0"),
            (
                "      PayloadFormatVersion: \"2.0\"\n",
                "",
                "Jobs: the property PayloadFormatVersion is missing",
            ),
            ("!Ref Worker.Alias", "arn:aws:lambda:x:y:function:other", "is not the name of a function"),
            (
                "RouteKey: POST /jobs/{id}",
                "RouteKey: FETCH /jobs",
                "JobRoute.RouteKey: \"FETCH /jobs\" is not a key",
            ),
            ("RouteKey: POST /jobs/{id}", "RouteKey: POST jobs", "JobRoute.RouteKey: \"jobs\" is not a path"),
            ("RouteKey:", "AuthorizationType: JWT\n      RouteKey:", "expected NONE: authorizers don't run"),
            ("RouteKey:", "AuthorizerId: x\n      RouteKey:", "JobRoute.AuthorizerId: not supported"),
            ("integrations/${Jobs}", "${Jobs}", "JobRoute.Target: \"jobs\" is not an integration"),
        ] {
            assert_refused(&template().replace(from, to), message);
        }
        let stage = resource("Other", "AWS::ApiGatewayV2::Stage", STAGE);
        assert_refused(
            &(template() + &stage),
            "Web: the sandbox runs an API with one AWS::ApiGatewayV2::Stage, not with 2",
        );
        let twice = template() + &resource("Again", "AWS::ApiGatewayV2::Route", ROUTE);
        assert_refused(&twice, "Again.RouteKey: Worker has this route already");
    }
}
