//! The template's parameters: their defaults, what a deployment gives them, and what they may be.

use super::deployment::Deployment;
use super::error::{Fault, Located};
use super::node::{Entry, Kind, Node};

/// Refuses values that CloudFormation would refuse, and values for parameters that don't exist.
///
/// `AllowedPattern` is left to CloudFormation: its regular expressions are Java's.
pub(super) fn check(parameters: &Node, deployment: &Deployment) -> Result<(), Located> {
    for name in deployment.parameters.keys() {
        if parameters.get(name).is_none() {
            return Err(Located::new(parameters.line, Fault::UnknownName(name.clone(), "parameter")));
        }
    }
    for entry in parameters.entries()? {
        let place = format!("Parameters.{}", entry.key);
        match text(entry, deployment) {
            Ok(value) => allowed(entry, &value).map_err(|error| error.at(&place))?,
            // Nothing that runs may need it; whatever does will say so.
            Err(Located { fault: Fault::NoParameterValue, .. }) => {}
            Err(error) => return Err(error.at(&place)),
        }
    }
    Ok(())
}

/// What `Ref` makes of a parameter: a string, or a list where its type is one.
pub(super) fn value(entry: &Entry, deployment: &Deployment) -> Result<Node, Located> {
    let kind = entry.value.get("Type").map_or(Ok("String"), Node::as_text)?;
    let text = text(entry, deployment)?;
    match kind {
        "String" | "Number" => Ok(Node::text(entry.line, text)),
        _ if kind == "CommaDelimitedList" || kind.starts_with("List<") => {
            let items = text.split(',').map(|item| Node::text(entry.line, item.trim()));
            Ok(Node::new(entry.line, Kind::List(items.collect())))
        }
        _ => Err(Located::new(
            entry.line,
            Fault::NotHere(format!(
                "only AWS knows the value of a parameter of type {kind}: what runs here can't use it"
            )),
        )),
    }
}

fn text(entry: &Entry, deployment: &Deployment) -> Result<String, Located> {
    match (deployment.parameters.get(&entry.key), entry.value.get("Default")) {
        (Some(given), _) => Ok(given.clone()),
        (None, Some(default)) => default.as_text().map(str::to_owned),
        (None, None) => Err(Located::new(entry.line, Fault::NoParameterValue)),
    }
}

fn allowed(entry: &Entry, value: &str) -> Result<(), Located> {
    let refuse = |allowed: String| {
        Err(Located::new(entry.line, Fault::NotAllowed { value: value.to_owned(), allowed }))
    };
    if let Some(Node { kind: Kind::List(values), .. }) = entry.value.get("AllowedValues") {
        let values = values.iter().map(Node::as_text).collect::<Result<Vec<_>, _>>()?;
        if !values.contains(&value) {
            return refuse(values.join(", "));
        }
    }
    if entry.value.get("Type").is_some_and(|kind| kind.kind == Kind::Text("Number".to_owned())) {
        let Ok(number) = value.parse::<f64>() else { return refuse("a number".to_owned()) };
        let bound = |name| entry.value.get(name).map_or(Ok(None), |bound| bound.as_text().map(Some));
        if let Some(least) = bound("MinValue")?
            && least.parse().is_ok_and(|least: f64| number < least)
        {
            return refuse(format!("{least} or more"));
        }
        if let Some(most) = bound("MaxValue")?
            && most.parse().is_ok_and(|most: f64| number > most)
        {
            return refuse(format!("{most} or less"));
        }
    }
    Ok(())
}
