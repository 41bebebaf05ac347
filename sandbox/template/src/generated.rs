//! Resources that SAM adds to a template, so that references to them resolve.
//!
//! [Generated CloudFormation resources](https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources.html)

use crate::globals;
use crate::node::{Kind, Node};
use crate::scope::Resource;

/// The HTTP API of the events that name none.
pub(crate) const HTTP_API: &str = "ServerlessHttpApi";

/// Adds what the template's functions need and the template doesn't have: a role for each function without one, and
/// an API for events that name none.
pub(crate) fn add(resources: &mut Vec<Resource>, globals: &Node) {
    let mut added = Vec::new();
    for function in resources.iter().filter(|resource| resource.kind == "AWS::Serverless::Function") {
        if function.properties.get("Role").is_none() {
            let id = format!("{}Role", function.id);
            added.push(Resource {
                condition: function.condition.clone(),
                ..generated(id, "AWS::IAM::Role", function.line)
            });
        }
        if has_event(function, "HttpApi", "ApiId") {
            let kind = "AWS::Serverless::HttpApi";
            let properties = globals::merge_into(globals, kind, Node::empty_map(function.line));
            added.push(Resource { properties, ..generated(HTTP_API.to_owned(), kind, function.line) });
        }
        if has_event(function, "Api", "RestApiId") {
            added.push(generated("ServerlessRestApi".to_owned(), "AWS::Serverless::Api", function.line));
        }
    }
    for resource in added {
        if !resources.iter().any(|other| other.id == resource.id) {
            resources.push(resource);
        }
    }
}

/// True if the function has an event of this type that names no API.
fn has_event(function: &Resource, event_type: &str, api: &str) -> bool {
    let Some(Node { kind: Kind::Map(events), .. }) = function.properties.get("Events") else { return false };
    events.iter().any(|event| {
        let kind = event.value.get("Type").map(|kind| &kind.kind);
        let named = event.value.get("Properties").is_some_and(|properties| properties.get(api).is_some());
        kind == Some(&Kind::Text(event_type.to_owned())) && !named
    })
}

fn generated(id: String, kind: &str, line: usize) -> Resource {
    let (properties, kind) = (Node::empty_map(line), kind.to_owned());
    Resource { id, line, kind, properties, metadata: None, condition: None, generated: true }
}

#[cfg(test)]
mod tests {
    use crate::tests::{assert_refused, function, parse};

    #[test]
    fn an_output_may_name_the_role_that_sam_adds() {
        let outputs = "Outputs:\n  A: {Value: !GetAtt WorkerRole.Arn}\n  B: {Value: b}\n";
        let template = parse(&format!("{}{outputs}", function(""))).unwrap();
        let keys: Vec<_> = template.outputs.iter().map(|output| output.key.as_str()).collect();
        assert_eq!(keys, ["B"], "the role exists on AWS alone");
        let own = format!("{}{outputs}", function("Role: arn:aws:iam::000000000000:role/own"));
        assert_refused(&own, "Outputs.A: WorkerRole is not the name of a");
    }
}
