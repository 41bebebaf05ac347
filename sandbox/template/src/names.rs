//! Whether the names in a part of the template stand for anything, whichever branch is taken: CloudFormation looks at
//! all of them before it evaluates any.

use super::error::{Fault, Located};
use super::node::{Kind, Node};
use super::scope::Scope;

/// Refuses a reference to what the template doesn't declare.
pub(crate) fn check(scope: &Scope<'_>, node: &Node) -> Result<(), Located> {
    match &node.kind {
        Kind::Text(_) => Ok(()),
        Kind::List(items) => items.iter().try_for_each(|item| check(scope, item)),
        Kind::Map(entries) => entries.iter().try_for_each(|entry| check(scope, &entry.value)),
        Kind::Call(function, argument) => check_call(scope, function, argument),
    }
}

fn check_call(scope: &Scope<'_>, function: &str, argument: &Node) -> Result<(), Located> {
    let parts = match &argument.kind {
        Kind::List(parts) => parts.as_slice(),
        _ => std::slice::from_ref(argument),
    };
    match (function, parts) {
        ("Ref" | "Fn::GetAtt", [Node { kind: Kind::Text(name), line }, ..]) => declared(scope, name, *line),
        ("Fn::If", [Node { kind: Kind::Text(name), line }, values @ ..]) => {
            scope.condition(name, *line)?;
            values.iter().try_for_each(|value| check(scope, value))
        }
        ("Fn::Sub", [Node { kind: Kind::Text(pattern), line }, own @ ..]) => {
            check_pattern(scope, pattern, own, *line)?;
            own.iter().try_for_each(|own| check(scope, own))
        }
        _ => check(scope, argument),
    }
}

/// The names in a string of `Fn::Sub`, but for those that it brings along.
fn check_pattern(scope: &Scope<'_>, pattern: &str, own: &[Node], line: usize) -> Result<(), Located> {
    let weight = own.iter().map(Node::weight).sum::<usize>();
    let names = pattern.split("${").skip(1).filter_map(|rest| rest.split_once('}'));
    for (name, _) in names {
        let name = name.trim();
        scope.budget.spend(line, weight)?;
        if !name.starts_with('!') && !own.iter().any(|own| own.get(name).is_some()) {
            declared(scope, name, line)?;
        }
    }
    Ok(())
}

/// A name alone, or a resource's with an attribute behind it.
fn declared(scope: &Scope<'_>, name: &str, line: usize) -> Result<(), Located> {
    scope.budget.spend(line, scope.resources().len())?;
    let id = name.split('.').next().unwrap_or(name);
    let pseudo = name == "AWS::NoValue" || scope.deployment.pseudo_parameter(name).is_some();
    if pseudo || scope.parameters.get(name).is_some() || scope.resource(id).is_some() {
        return Ok(());
    }
    Err(Located::new(line, Fault::UnknownName(id.to_owned(), "parameter, pseudo parameter or resource")))
}
