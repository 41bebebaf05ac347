//! The template's parameters: their defaults, what a deployment gives them, and what they may be.

use crate::deployment::Deployment;
use crate::error::{ErrorKind, Located, Result};
use crate::node::{Entry, Kind, Node};

/// Refuses values that CloudFormation would refuse, and values for parameters that don't exist.
///
/// `AllowedPattern` is left to CloudFormation: its regular expressions are Java's.
pub(crate) fn check(parameters: &Node, deployment: &Deployment) -> Result<()> {
    for name in deployment.parameters.keys() {
        if parameters.get(name).is_none() {
            return Err(Located::new(parameters.line, ErrorKind::UnknownName(name.clone(), "parameter")));
        }
    }
    for entry in parameters.entries()? {
        let place = format!("Parameters.{}", entry.key);
        match text(entry, deployment) {
            Ok(value) => allowed(entry, &value).map_err(|error| error.at(&place))?,
            // An error only once a running resource refers to it.
            Err(Located { kind: ErrorKind::NoParameterValue, .. }) => {}
            Err(error) => return Err(error.at(&place)),
        }
    }
    Ok(())
}

/// The value of `Ref` for a parameter: a string, or a list where its type is one.
pub(crate) fn value(entry: &Entry, deployment: &Deployment) -> Result<Node> {
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
            ErrorKind::Unsupported(format!(
                "only AWS knows the value of a parameter of type {kind}; use one of type String"
            )),
        )),
    }
}

fn text(entry: &Entry, deployment: &Deployment) -> Result<String> {
    match (deployment.parameters.get(&entry.key), entry.value.get("Default")) {
        (Some(given), _) => Ok(given.clone()),
        (None, Some(default)) => default.as_text().map(str::to_owned),
        (None, None) => Err(Located::new(entry.line, ErrorKind::NoParameterValue)),
    }
}

fn allowed(entry: &Entry, value: &str) -> Result<()> {
    let refuse = |allowed: String| {
        Err(Located::new(entry.line, ErrorKind::NotAllowed { value: value.to_owned(), allowed }))
    };
    if let Some(Node { kind: Kind::List(values), .. }) = entry.value.get("AllowedValues") {
        let values = values.iter().map(Node::as_text).collect::<Result<Vec<_>, _>>()?;
        if !values.contains(&value) {
            let shown: Vec<_> =
                values.iter().map(|value| if value.is_empty() { "nothing" } else { value }).collect();
            return refuse(shown.join(", "));
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

#[cfg(test)]
mod tests {
    use crate::tests::deployment;
    use crate::{Template, TemplateError};

    const PARAMETERS: &str = "
Parameters:
  Layout: {Type: String, Default: flat, AllowedValues: [flat, dated]}
  Seconds: {Type: Number, Default: 60, MinValue: 60, MaxValue: 90}
  Certificate: {Type: String}
  Rate: {Type: String, Default: '', AllowedValues: ['', rate(1 hour)]}
Resources: {}
";

    fn with(name: &str, value: &str) -> Result<Template, TemplateError> {
        let mut deployment = deployment();
        deployment.parameters.insert(name.to_owned(), value.to_owned());
        Template::parse(PARAMETERS, &deployment)
    }

    #[test]
    fn a_parameter_without_a_value_is_no_fault_before_something_needs_it() {
        assert!(Template::parse(PARAMETERS, &deployment()).is_ok());
        let needs = PARAMETERS.replace(
            "Resources: {}",
            "Resources: {Jobs: {Type: AWS::SQS::Queue, Properties: {QueueName: !Ref Certificate}}}",
        );
        let error = Template::parse(&needs, &deployment()).unwrap_err().to_string();
        assert_eq!(error, "template.yaml:5: Jobs.QueueName: the parameter has no default; give it a value");
    }

    #[test]
    fn values_that_the_template_does_not_allow_are_refused() {
        for (name, value, message) in [
            (
                "Layout",
                "round",
                "template.yaml:3: Parameters.Layout: \"round\" is not allowed; use flat, dated",
            ),
            (
                "Rate",
                "5",
                "template.yaml:6: Parameters.Rate: \"5\" is not allowed; use nothing, rate(1 hour)",
            ),
            ("Seconds", "59", "template.yaml:4: Parameters.Seconds: \"59\" is not allowed; use 60 or more"),
            ("Seconds", "91", "template.yaml:4: Parameters.Seconds: \"91\" is not allowed; use 90 or less"),
            ("Seconds", "long", "template.yaml:4: Parameters.Seconds: \"long\" is not allowed; use a number"),
        ] {
            assert_eq!(with(name, value).unwrap_err().to_string(), message);
        }
        assert!(with("Seconds", "90").is_ok());
    }

    #[test]
    fn a_value_for_a_parameter_that_does_not_exist_is_refused() {
        let error = with("Lay0ut", "flat").unwrap_err().to_string();
        assert!(
            error.ends_with("Lay0ut is not the name of a parameter in this template; correct it or add one")
        );
    }
}
