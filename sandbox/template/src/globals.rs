//! SAM's `Globals` section: properties that every function or API has.

use crate::error::{ErrorKind, Located, Result};
use crate::node::{Kind, Node};

/// The sections, and the types of resources that they are for.
///
/// [Globals section](https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html)
const SECTIONS: [(&str, &str); 8] = [
    ("Function", "AWS::Serverless::Function"),
    ("HttpApi", "AWS::Serverless::HttpApi"),
    ("Api", "AWS::Serverless::Api"),
    ("CapacityProvider", "AWS::Serverless::CapacityProvider"),
    ("LayerVersion", "AWS::Serverless::LayerVersion"),
    ("SimpleTable", "AWS::Serverless::SimpleTable"),
    ("StateMachine", "AWS::Serverless::StateMachine"),
    ("WebSocketApi", "AWS::Serverless::WebSocketApi"),
];

/// Refuses sections that SAM doesn't have.
pub(crate) fn check(globals: &Node) -> Result<()> {
    for entry in globals.entries().map_err(|error| error.at("Globals"))? {
        if !SECTIONS.iter().any(|(section, _)| *section == entry.key) {
            let place = format!("Globals.{}", entry.key);
            return Err(Located::new(entry.line, ErrorKind::UnknownProperty).at(&place));
        }
    }
    Ok(())
}

/// The properties of a resource of this type, with what `globals` adds to its own.
pub(crate) fn merge_into(globals: &Node, resource_type: &str, own: Node) -> Node {
    let section = SECTIONS.iter().find(|(_, kind)| *kind == resource_type);
    match section.and_then(|(section, _)| globals.get(section)) {
        Some(global) => merge(global, &own),
        None => own,
    }
}

/// Puts a resource's own properties over the global ones as SAM does: maps are merged, the global items of a list
/// come first, anything else is replaced.
///
/// [Overridable Globals section](https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html)
fn merge(global: &Node, own: &Node) -> Node {
    let kind = match (&global.kind, &own.kind) {
        (Kind::Map(global), Kind::Map(own)) => {
            let mut merged = global.clone();
            for entry in own {
                match merged.iter_mut().find(|other| other.key == entry.key) {
                    Some(other) => {
                        other.value = merge(&other.value, &entry.value);
                        other.line = entry.line;
                    }
                    None => merged.push(entry.clone()),
                }
            }
            Kind::Map(merged)
        }
        (Kind::List(global), Kind::List(own)) => Kind::List(global.iter().chain(own).cloned().collect()),
        _ => own.kind.clone(),
    };
    Node::new(own.line, kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_are_merged_lists_are_joined_and_the_rest_is_replaced() {
        let global =
            Node::parse("Timeout: 3\nEnv: {Variables: {A: 1, B: 1}}\nLayers: [x]\nRole: !Ref A").unwrap();
        let own = Node::parse("Timeout: 9\nEnv: {Variables: {B: 2, C: 2}}\nLayers: [y]\nRole: z").unwrap();
        let merged = merge(&global, &own);
        let texts = |node: &Node| match &node.kind {
            Kind::List(items) => items.iter().map(|item| item.as_text().unwrap().to_owned()).collect(),
            Kind::Map(entries) => {
                entries.iter().map(|e| format!("{}{}", e.key, e.value.as_text().unwrap())).collect()
            }
            _ => vec![node.as_text().unwrap().to_owned()],
        };
        assert_eq!(texts(merged.get("Timeout").unwrap()), ["9"]);
        assert_eq!(texts(merged.get("Env").unwrap().get("Variables").unwrap()), ["A1", "B2", "C2"]);
        assert_eq!(texts(merged.get("Layers").unwrap()), ["x", "y"]);
        assert_eq!(texts(merged.get("Role").unwrap()), ["z"]);
    }

    #[test]
    fn a_section_that_sam_does_not_have_is_refused_by_name() {
        let error = check(&Node::parse("{Api: {Cors: x}, Apis: x}").unwrap()).unwrap_err();
        assert_eq!((error.place.as_str(), error.kind), ("Globals.Apis", ErrorKind::UnknownProperty));
    }
}
