//! Everything that a value in the template can refer to.

use crate::deployment::Deployment;
use crate::error::{ErrorKind, Located, Result, UnsupportedPart};
use crate::node::{Entry, Node};
use crate::resources::is_unsupported;
use crate::{generated, globals, parameters};
use std::cell::{Cell, RefCell};

#[rustfmt::skip]
const SECTIONS: [&str; 11] = [
    "AWSTemplateFormatVersion", "Transform", "Description", "Metadata", "Parameters", "Mappings", "Conditions",
    "Globals", "Resources", "Outputs",
    "Rules", // only refuse deployments
];
#[rustfmt::skip]
const RESOURCE_ATTRIBUTES: [&str; 9] = [
    "Type", "Properties", "Metadata", "Condition", "CreationPolicy", "UpdatePolicy", "DeletionPolicy",
    "UpdateReplacePolicy",
    "DependsOn", // the order of creation
];

/// Values evaluated inside each other, by nesting and by reference, before the latter are taken for a circle.
const DEEPEST: usize = 64;
/// Nodes and bytes that all values of a template may take together. A large template takes 20,000.
const MOST: usize = 5_000_000;

/// A resource as the template writes it; what `Globals` adds is in its properties.
pub(crate) struct Resource {
    pub(crate) id: String,
    pub(crate) line: usize,
    /// `AWS::SQS::Queue` and the like.
    pub(crate) kind: String,
    pub(crate) properties: Node,
    pub(crate) metadata: Option<Node>,
    pub(crate) condition: Option<Node>,
    /// SAM adds it to the template.
    pub(crate) generated: bool,
}

/// The template and its deployment, to be asked for values. Nothing is evaluated before it is asked for.
pub(crate) struct Scope<'a> {
    pub(crate) deployment: &'a Deployment,
    pub(crate) parameters: Node,
    pub(crate) mappings: Node,
    pub(crate) outputs: Node,
    conditions: Node,
    /// Those that their condition leaves out too, in the order of the file.
    pub(crate) resources: Vec<Resource>,
    /// Unsupported parts are left out, not refused.
    skips: bool,
    unsupported: RefCell<Vec<UnsupportedPart>>,
    depth: Cell<usize>,
    spent: Cell<usize>,
}

impl<'a> Scope<'a> {
    /// With `skips`, unsupported parts are left out; without, the caller has to refuse them in the end.
    pub(crate) fn new(template: &Node, deployment: &'a Deployment, skips: bool) -> Result<Self> {
        for section in template.entries()? {
            if !SECTIONS.contains(&section.key.as_str()) {
                return Err(Located::new(section.line, ErrorKind::UnknownProperty).at(&section.key));
            }
        }
        let section = |name| template.get(name).cloned().unwrap_or_else(|| Node::empty_map(1));
        let globals = section("Globals");
        globals::check(&globals)?;
        let resources = section("Resources");
        let resources = resources.entries()?.iter().map(|entry| resource(entry, &globals));
        let mut resources = resources.collect::<Result<Vec<_>>>()?;
        generated::add(&mut resources, &globals);
        let scope = Self {
            deployment,
            parameters: section("Parameters"),
            mappings: section("Mappings"),
            outputs: section("Outputs"),
            conditions: section("Conditions"),
            resources,
            skips,
            unsupported: RefCell::default(),
            depth: Cell::default(),
            spent: Cell::default(),
        };
        parameters::check(&scope.parameters, deployment)?;
        Ok(scope)
    }

    /// Notes an unsupported part. A second report of the same place says more.
    pub(crate) fn report(&self, part: Located) {
        let (part, mut unsupported) = (part.into_part(), self.unsupported.borrow_mut());
        unsupported.retain(|other| (other.line, &other.place) != (part.line, &part.place));
        unsupported.push(part);
    }

    /// The reported parts, in the order of the file.
    pub(crate) fn unsupported(self) -> Vec<UnsupportedPart> {
        let mut unsupported = self.unsupported.into_inner();
        unsupported.sort_by_key(|part| part.line);
        unsupported
    }

    /// `None` for a value that exists on AWS alone, which is reported, unless the resource that it needs is refused itself.
    pub(crate) fn or_reported<T>(&self, value: Result<T>) -> Result<Option<T>> {
        match value {
            Err(Located { line, place, kind: ErrorKind::OnlyOnAws { name, resource_type } }) => {
                if self.skips || !self.resource(&name).is_some_and(is_unsupported) {
                    self.report(Located { line, place, kind: ErrorKind::OnlyOnAws { name, resource_type } });
                }
                Ok(None)
            }
            value => value.map(Some),
        }
    }

    /// The resource with this logical id.
    pub(crate) fn resource(&self, id: &str) -> Option<&Resource> {
        self.resources.iter().find(|resource| resource.id == id)
    }

    /// Evaluates the resource's condition.
    pub(crate) fn exists(&self, resource: &Resource) -> Result<bool> {
        let Some(condition) = &resource.condition else { return Ok(true) };
        let holds = condition.as_text().and_then(|name| self.condition(name, condition.line));
        holds.map_err(|error| error.at(&format!("{}.Condition", resource.id)))
    }

    /// The value of a condition, by name.
    pub(crate) fn condition(&self, name: &str, line: usize) -> Result<bool> {
        let unknown = || Located::new(line, ErrorKind::UnknownName(name.to_owned(), "condition"));
        let condition = self.conditions.get(name).ok_or_else(unknown)?;
        self.truth(condition)
    }

    /// Follows what may lead on to other values, which may lead back to it.
    pub(crate) fn deeper<T>(&self, line: usize, follow: impl FnOnce() -> Result<T>) -> Result<T> {
        if self.depth.get() >= DEEPEST {
            return Err(Located::new(line, ErrorKind::Circle));
        }
        self.depth.set(self.depth.get() + 1);
        let result = follow();
        self.depth.set(self.depth.get() - 1);
        result
    }

    /// Counts what a value takes. References multiply without a circle too.
    pub(crate) fn spend(&self, line: usize, amount: usize) -> Result<()> {
        self.spent.set(self.spent.get().saturating_add(amount));
        if self.spent.get() > MOST { Err(Located::new(line, ErrorKind::TooMuch)) } else { Ok(()) }
    }
}

fn resource(entry: &Entry, globals: &Node) -> Result<Resource> {
    let Entry { key: id, line, value } = entry;
    for attribute in value.entries().map_err(|error| error.at(id))? {
        if !RESOURCE_ATTRIBUTES.contains(&attribute.key.as_str()) {
            let place = format!("{id}.{}", attribute.key);
            return Err(Located::new(attribute.line, ErrorKind::UnknownProperty).at(&place));
        }
    }
    let missing = || Located::new(*line, ErrorKind::Missing("Type"));
    let kind = value.get("Type").ok_or_else(missing).and_then(Node::as_text).map_err(|error| error.at(id))?;
    let own = value.get("Properties").cloned().unwrap_or_else(|| Node::empty_map(*line));
    Ok(Resource {
        id: id.clone(),
        line: *line,
        kind: kind.to_owned(),
        properties: globals::merge_into(globals, kind, own),
        metadata: value.get("Metadata").cloned(),
        condition: value.get("Condition").cloned(),
        generated: false,
    })
}

#[cfg(test)]
mod tests {
    use crate::tests::{assert_refused, function};

    #[test]
    fn references_that_multiply_are_refused_in_time() {
        let conditions: String =
            (1..30).map(|n| format!("  C{n}: !And [!Condition C{0}, !Condition C{0}]\n", n - 1)).collect();
        let doubled = format!(
            "Conditions:\n  C0: !Equals [a, a]\n{conditions}Resources: {{Q: {{Type: AWS::SQS::Queue, Condition: C29}}}}"
        );
        let names: String = (1..30)
            .map(|n| format!("  Q{n}: {{Type: AWS::SQS::Queue, Properties: {{QueueName: !Sub \"${{Q{0}}}${{Q{0}}}\"}}}}\n", n - 1))
            .collect();
        let grown = format!("Resources:\n  Q0: {{Type: AWS::SQS::Queue}}\n{names}");
        let (items, separator) = ("x, ".repeat(10_000), "y".repeat(10_000));
        let joined = function(&format!("Environment: {{Variables: {{A: !Join [{separator}, [{items}]]}}}}"));
        for text in [doubled, grown, joined] {
            assert_refused(&text, "its references multiply");
        }
    }
}
