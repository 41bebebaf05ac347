//! Everything that a value in the template can refer to.

use super::budget::Budget;
use super::deployment::Deployment;
use super::error::{Fault, Located};
use super::node::{Entry, Kind, Node};
use super::{globals, parameters};

const SECTIONS: [&str; 11] = [
    "AWSTemplateFormatVersion",
    "Transform",
    "Description",
    "Metadata",
    "Parameters",
    "Rules", // they refuse deployments, which one machine is none of
    "Mappings",
    "Conditions",
    "Globals",
    "Resources",
    "Outputs",
];

const RESOURCE_ATTRIBUTES: [&str; 9] = [
    "Type",
    "Properties",
    "Metadata",
    "Condition",
    "DependsOn", // the order of creation
    "CreationPolicy",
    "UpdatePolicy",
    "DeletionPolicy",
    "UpdateReplacePolicy",
];

/// A resource as the template writes it; what `Globals` adds is in its properties.
pub(crate) struct Resource {
    pub(crate) id: String,
    pub(crate) line: usize,
    /// `AWS::SQS::Queue` and the like.
    pub(crate) kind: String,
    pub(crate) properties: Node,
    pub(crate) metadata: Option<Node>,
    condition: Option<Node>,
}

/// The template and its deployment, to be asked for values. Nothing is evaluated before it is asked for.
pub(crate) struct Scope<'a> {
    pub(crate) deployment: &'a Deployment,
    pub(crate) parameters: Node,
    pub(crate) mappings: Node,
    pub(crate) outputs: Node,
    conditions: Node,
    resources: Vec<Resource>,
    pub(crate) budget: Budget,
}

impl<'a> Scope<'a> {
    pub(crate) fn new(template: &Node, deployment: &'a Deployment) -> Result<Self, Located> {
        for section in template.entries()? {
            if !SECTIONS.contains(&section.key.as_str()) {
                return Err(Located::new(section.line, Fault::UnknownProperty).at(&section.key));
            }
        }
        let section =
            |name| template.get(name).cloned().unwrap_or_else(|| Node::new(1, Kind::Map(Vec::new())));
        let globals = globals::of_functions(&section("Globals"))?;
        let resources = section("Resources");
        let resources = resources.entries()?.iter().map(|entry| resource(entry, &globals));
        let scope = Self {
            deployment,
            parameters: section("Parameters"),
            mappings: section("Mappings"),
            outputs: section("Outputs"),
            conditions: section("Conditions"),
            resources: resources.collect::<Result<_, _>>()?,
            budget: Budget::default(),
        };
        parameters::check(&scope.parameters, deployment)?;
        Ok(scope)
    }

    /// Every resource, also those that their condition leaves out, in the order of the file.
    pub(crate) fn resources(&self) -> &[Resource] {
        &self.resources
    }

    /// The resource with this logical id, if there is one.
    pub(crate) fn resource(&self, id: &str) -> Option<&Resource> {
        self.resources.iter().find(|resource| resource.id == id)
    }

    /// Whether the resource's condition lets it exist.
    pub(crate) fn exists(&self, resource: &Resource) -> Result<bool, Located> {
        let Some(condition) = &resource.condition else { return Ok(true) };
        let place = format!("{}.Condition", resource.id);
        let name = condition.as_text().map_err(|error| error.at(&place))?;
        self.condition(name, condition.line).map_err(|error| error.at(&place))
    }

    /// The value of a condition, by name.
    pub(crate) fn condition(&self, name: &str, line: usize) -> Result<bool, Located> {
        let unknown = || Located::new(line, Fault::UnknownName(name.to_owned(), "condition"));
        let condition = self.conditions.get(name).ok_or_else(unknown)?;
        self.truth(condition)
    }
}

fn resource(entry: &Entry, globals: &Node) -> Result<Resource, Located> {
    let Entry { key: id, line, value } = entry;
    for attribute in value.entries().map_err(|error| error.at(id))? {
        if !RESOURCE_ATTRIBUTES.contains(&attribute.key.as_str()) {
            let place = format!("{id}.{}", attribute.key);
            return Err(Located::new(attribute.line, Fault::UnknownProperty).at(&place));
        }
    }
    let missing = || Located::new(*line, Fault::Missing("Type"));
    let kind = value.get("Type").ok_or_else(missing).and_then(Node::as_text).map_err(|error| error.at(id))?;
    let own = value.get("Properties").cloned().unwrap_or_else(|| Node::new(*line, Kind::Map(Vec::new())));
    let properties = if kind == "AWS::Serverless::Function" { globals::merge(globals, &own) } else { own };
    Ok(Resource {
        id: id.clone(),
        line: *line,
        kind: kind.to_owned(),
        properties,
        metadata: value.get("Metadata").cloned(),
        condition: value.get("Condition").cloned(),
    })
}
