//! CloudFormation's operations, as they come in over HTTP.

use super::Output;
use super::{CloudFormation, CloudFormationError, Deployed};
use crate::clock;
use crate::query::{Form, element};

/// The version of the API, which every request has to name.
const VERSION: &str = "2010-05-15";
/// The XML namespace of every answer.
pub(crate) const NAMESPACE: &str = "http://cloudformation.amazonaws.com/doc/2010-05-15/";

/// Refuses an action that is not known here.
pub(crate) fn check(form: &Form) -> Result<(), CloudFormationError> {
    if (form.action(), form.version()) == ("DescribeStacks", VERSION) {
        return Ok(());
    }
    let (action, version) = (form.action().to_owned(), form.version().to_owned());
    Err(CloudFormationError::UnknownAction { action, version })
}

/// Does the one operation there is: the XML of its result.
pub(crate) fn describe_stacks(
    cloudformation: &CloudFormation,
    form: &Form,
) -> Result<String, CloudFormationError> {
    let wanted = form.get("StackName");
    if wanted.is_some_and(str::is_empty) {
        return Err(CloudFormationError::Invalid(
            "1 validation error detected: Value '' at 'stackName' failed to satisfy constraint: Member must have length greater than or equal to 1".to_owned(),
        ));
    }
    // All stacks are on one page, so nobody was given a token.
    if form.get("NextToken").is_some() {
        return Err(CloudFormationError::Invalid(
            "The token in NextToken is none of this service.".to_owned(),
        ));
    }
    let stacks: String = cloudformation.find(wanted)?.iter().map(|stack| describe(stack)).collect();
    Ok(format!("<Stacks>{stacks}</Stacks>"))
}

fn describe(stack: &Deployed) -> String {
    let outputs: String = stack.outputs.iter().map(describe_output).collect();
    [
        "<member>",
        &element("StackName", &stack.name),
        &element("StackId", &stack.id),
        &element("CreationTime", &clock::iso_8601(stack.created_at)),
        &element("StackStatus", "CREATE_COMPLETE"),
        &element("DisableRollback", "false"),
        "<Outputs>",
        &outputs,
        "</Outputs>",
        "</member>",
    ]
    .concat()
}

fn describe_output(output: &Output) -> String {
    let description = output.description.as_ref().map(|text| element("Description", text));
    let (key, value) = (element("OutputKey", &output.key), element("OutputValue", &output.value));
    format!("<member>{key}{value}{}</member>", description.unwrap_or_default())
}
