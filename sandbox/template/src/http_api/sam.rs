//! `AWS::Serverless::HttpApi`, whose routes are events of functions.

use super::{DEFAULT_STAGE, HttpApiSpec, METHODS, RouteSpec, check_payload_format, path_fault, timeout};
use crate::error::{ErrorKind, Result};
use crate::function::FunctionSpec;
use crate::generated::HTTP_API;
use crate::properties::{Known, Properties};
use crate::scope::{Resource, Scope};

/// [AWS::Serverless::HttpApi](https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-httpapi.html)
#[rustfmt::skip]
pub(crate) const PROPERTIES: Known = Known {
    used: &["DefaultRouteSettings", "StageName"],
    only_on_aws: &[
        "AccessLogSettings", "Description", "DisableExecuteApiEndpoint", "Domain", "FailOnWarnings", "Name",
        "PropagateTags", "RouteSettings", "Tags",
    ],
};
/// [HttpApi](https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-httpapi.html)
pub(crate) const EVENT: Known = Known {
    used: &["ApiId", "Method", "Path", "PayloadFormatVersion", "TimeoutInMillis"],
    only_on_aws: &["RouteSettings"],
};

/// The API without routes.
pub(super) fn read(scope: &Scope<'_>, resource: &Resource) -> Result<HttpApiSpec> {
    let properties = Properties::of(scope, resource, PROPERTIES)?;
    let stage = properties.text("StageName")?.unwrap_or_else(|| DEFAULT_STAGE.to_owned());
    HttpApiSpec::new(resource, stage, &properties)
}

/// Adds the route of an event to the API that it names.
pub(crate) fn add_route(
    apis: &mut [HttpApiSpec],
    properties: Option<&Properties<'_>>,
    function: &FunctionSpec,
) -> Result<()> {
    let text = |name| properties.map_or(Ok(None), |properties| properties.text(name));
    let id = text("ApiId")?.unwrap_or_else(|| HTTP_API.to_lowercase());
    let Some(api) = apis.iter_mut().find(|api| api.id == id) else {
        let unknown = |properties: &Properties<'_>| {
            properties.error(
                "ApiId",
                ErrorKind::UnknownName(id.clone(), "resource of type AWS::Serverless::HttpApi"),
            )
        };
        return properties.map_or(Ok(()), |properties| Err(unknown(properties)));
    };
    let (path, method) = (text("Path")?, text("Method")?);
    let route = match (properties, path, method) {
        (Some(properties), path, method) if path.is_some() || method.is_some() => {
            route(properties, path.as_deref().unwrap_or("/"), method.as_deref().unwrap_or("ANY"), function)?
        }
        (properties, _, _) => RouteSpec {
            method: "ANY".to_owned(),
            path: None,
            function: function.logical_id.clone(),
            timeout: timeout(properties)?,
        },
    };
    api.add(route, properties, "Path")
}

fn route(
    properties: &Properties<'_>,
    path: &str,
    method: &str,
    function: &FunctionSpec,
) -> Result<RouteSpec> {
    let method = method.to_uppercase();
    if !METHODS.contains(&method.as_str()) {
        let expected = "the name of an HTTP method, or ANY";
        return Err(
            properties.error("Method", ErrorKind::Expected { expected, found: format!("{method:?}") })
        );
    }
    if path == "$default" {
        return Err(properties.invalid("Path", "leave Path and Method out for the route $default"));
    }
    if let Some(fault) = path_fault(path) {
        return Err(properties.invalid("Path", fault));
    }
    check_payload_format(properties)?;
    let timeout = timeout(Some(properties))?;
    Ok(RouteSpec { method, path: Some(path.to_owned()), function: function.logical_id.clone(), timeout })
}

#[cfg(test)]
mod tests {
    use crate::tests::{assert_refused, deployment, function, parse, resource};
    use crate::{Deployment, Template};

    fn with_event(properties: &str) -> String {
        function(&format!("Events: {{Get: {{Type: HttpApi, Properties: {properties}}}}}"))
    }

    fn routes(text: &str) -> Vec<(String, Option<String>)> {
        let apis = parse(text).unwrap().http_apis;
        apis.into_iter().flat_map(|api| api.routes).map(|route| (route.method, route.path)).collect()
    }

    #[test]
    fn an_event_adds_a_route_to_the_api_that_sam_generates_or_to_the_one_it_names() {
        let implicit = parse(&with_event("{Path: \"/jobs/{id}\", Method: get}")).unwrap();
        let [api] = &implicit.http_apis[..] else { panic!("{:?}", implicit.http_apis) };
        assert_eq!((api.logical_id.as_str(), api.stage.as_str()), ("ServerlessHttpApi", "$default"));
        assert_eq!(api.routes[0].method, "GET");
        assert_eq!(api.routes[0].path.as_deref(), Some("/jobs/{id}"));
        assert_eq!((api.routes[0].function.as_str(), api.routes[0].timeout.as_secs()), ("Worker", 30));
        let own = resource("Web", "AWS::Serverless::HttpApi", "StageName: live");
        let named =
            format!("{}{own}", with_event("{ApiId: !Ref Web, Path: /, Method: POST, TimeoutInMillis: 50}"));
        let [api] = &parse(&named).unwrap().http_apis[..] else { panic!("one API") };
        assert_eq!((api.logical_id.as_str(), api.stage.as_str(), api.routes.len()), ("Web", "live", 1));
    }

    #[test]
    fn an_event_without_path_and_method_is_the_default_route() {
        assert_eq!(routes(&function("Events: {All: {Type: HttpApi}}")), [("ANY".to_owned(), None)]);
        assert_eq!(routes(&with_event("{Path: /a}")), [("ANY".to_owned(), Some("/a".to_owned()))]);
    }

    #[test]
    fn globals_are_the_properties_of_every_api() {
        let globals = "Globals: {HttpApi: {StageName: live}, Api: {Cors: x}}\n";
        let text = format!("{globals}{}", with_event("{Path: /a, Method: GET}"));
        assert_eq!(parse(&text).unwrap().http_apis[0].stage, "live");
    }

    #[test]
    fn the_default_endpoint_is_the_local_address() {
        let outputs = "Outputs:\n  A: {Value: !Sub \"https://${ServerlessHttpApi}.execute-api.${AWS::Region}.amazonaws.com/x\"}\n  \
                       B: {Value: !GetAtt ServerlessHttpApi.ApiEndpoint}\n";
        let text = format!("{}{outputs}", with_event("{Path: /a, Method: GET}"));
        assert_eq!(parse(&text).unwrap().outputs, [], "without an address it exists on AWS alone");
        let listening = Deployment { fronts: vec!["127.0.0.1:8080".parse().unwrap()], ..deployment() };
        let template = Template::parse(&text, &listening).unwrap();
        let values: Vec<_> = template.outputs.iter().map(|output| output.value.as_str()).collect();
        assert_eq!(values, ["http://127.0.0.1:8080/x", "http://127.0.0.1:8080"]);
        let fixed = "{Type: fixed-response, FixedResponseConfig: {StatusCode: 404}}";
        let properties = format!("Port: 80\nProtocol: HTTP\nDefaultActions: [{fixed}]");
        let listener = resource("Http", "AWS::ElasticLoadBalancingV2::Listener", &properties);
        let both = text.replace("Outputs:", &format!("{listener}Outputs:"));
        assert_eq!(Template::parse(&both, &listening).unwrap().outputs, [], "the address is the listener's");
    }

    #[test]
    fn routes_that_api_gateway_refuses_or_that_can_not_be_kept_are_refused() {
        for (properties, message) in [
            ("{Path: jobs, Method: GET}", "\"jobs\" is not a path"),
            ("{Path: \"/{all+}/x\", Method: GET}", "has a {name+} at its end alone"),
            ("{Path: /, Method: FETCH}", "expected the name of an HTTP method, or ANY"),
            ("{Path: /, Method: GET, TimeoutInMillis: 30001}", "50 to 30000 milliseconds"),
            (
                "{Path: /, Method: GET, Auth: {Authorizer: A}}",
                "Worker.Events.Get.Properties.Auth: not supported",
            ),
            ("{Path: /, PayloadFormatVersion: \"1.0\"}", "events have format 2.0 in the sandbox"),
            (
                "{ApiId: elsewhere, Path: /}",
                "elsewhere is not the name of a resource of type AWS::Serverless::HttpApi",
            ),
        ] {
            assert_refused(&with_event(properties), message);
        }
        let twice =
            "Events: {A: {Type: HttpApi, Properties: {Path: /}}, B: {Type: HttpApi, Properties: {Path: /}}}";
        assert_refused(&function(twice), "Worker has this route already");
    }
}
