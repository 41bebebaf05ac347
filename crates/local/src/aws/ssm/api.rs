//! SSM's operations, as they come in over HTTP.

use super::{Ssm, SsmError};
use crate::aws::json::{self, WireError};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::UNIX_EPOCH;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetParameter {
    name: String,
    #[serde(default)]
    with_decryption: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PutParameter {
    name: String,
    value: String,
    r#type: Option<String>,
    #[serde(default)]
    overwrite: bool,
}

/// Does one operation.
pub(in crate::aws) fn call(ssm: &Ssm, operation: &str, request: Value) -> Result<Value, WireError> {
    match operation {
        "GetParameter" => get_parameter(ssm, &json::input(request)?),
        "PutParameter" => put_parameter(ssm, &json::input(request)?),
        _ => return Err(WireError::unknown_operation(operation)),
    }
    .map_err(WireError::from)
}

fn get_parameter(ssm: &Ssm, request: &GetParameter) -> Result<Value, SsmError> {
    let (parameter, version) = ssm.select(&request.name)?;
    let modified = parameter.modified_at().duration_since(UNIX_EPOCH).unwrap_or_default();
    let mut answer = json!({
        "Name": parameter.name(),
        "Type": parameter.kind().as_str(),
        "Value": parameter.read(request.with_decryption),
        "Version": parameter.version(),
        "LastModifiedDate": modified.as_secs_f64(),
        "ARN": ssm.arn(parameter.name()),
        "DataType": "text",
    });
    if let Some(version) = version {
        answer["Selector"] = json!(format!(":{version}"));
    }
    Ok(json!({"Parameter": answer}))
}

fn put_parameter(ssm: &Ssm, request: &PutParameter) -> Result<Value, SsmError> {
    let kind = request.r#type.as_deref().map(str::parse).transpose()?;
    let version = ssm.store(&request.name, kind, &request.value, request.overwrite)?;
    Ok(json!({"Version": version, "Tier": "Standard"}))
}
