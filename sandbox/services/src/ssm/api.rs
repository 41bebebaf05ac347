//! SSM's operations, as they come in over HTTP.

use super::{Details, Parameter, Ssm, invalid};
use crate::error::{Result, ServiceError};
use crate::{json, secrets};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::UNIX_EPOCH;

const NAMES: usize = 10;

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
    key_id: Option<String>,
    description: Option<String>,
    #[serde(default)]
    overwrite: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetParameters {
    names: Vec<String>,
    #[serde(default)]
    with_decryption: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DeleteParameter {
    name: String,
}

pub(crate) fn call(ssm: &Ssm, operation: &str, request: Value) -> Result<Value> {
    match operation {
        "GetParameter" => get_parameter(ssm, &json::input(request)?),
        "GetParameters" => get_parameters(ssm, &json::input(request)?),
        "GetParameterHistory" => get_parameter_history(ssm, &json::input(request)?),
        "DeleteParameter" => delete_parameter(ssm, &json::input(request)?),
        "PutParameter" => put_parameter(ssm, json::input(request)?),
        _ => Err(ServiceError::unknown_operation(operation)),
    }
}

fn get_parameter(ssm: &Ssm, request: &GetParameter) -> Result<Value> {
    ssm.count_read()?;
    Ok(json!({"Parameter": get(ssm, &request.name, request.with_decryption)?}))
}

/// Up to ten parameters, and the names of those that don't exist. AWS writes both lists, empty or not.
fn get_parameters(ssm: &Ssm, request: &GetParameters) -> Result<Value> {
    if !(1..=NAMES).contains(&request.names.len()) {
        return Err(invalid(format!("A request names 1 to {NAMES} parameters.")));
    }
    ssm.count_read()?;
    let (mut found, mut invalid) = (Vec::new(), Vec::new());
    for name in &request.names {
        match get(ssm, name, request.with_decryption) {
            Ok(parameter) => found.push(parameter),
            Err(error) if error.code() == "ValidationException" => return Err(error),
            Err(_) => invalid.push(name),
        }
    }
    Ok(json!({"Parameters": found, "InvalidParameters": invalid}))
}

fn get(ssm: &Ssm, name: &str, decrypt: bool) -> Result<Value> {
    match ssm.secret(name) {
        None => ssm.select(name).map(|(parameter, version)| write(ssm, &parameter, version, decrypt)),
        Some(_) if !decrypt => {
            Err(invalid("WithDecryption flag must be True for retrieving a Secret Manager secret."))
        }
        Some(secret) => secret.map(|(read, selector)| write_secret(name, &read, selector)),
    }
}

/// A secret as a parameter. `SourceResult` is Secrets Manager's whole answer, and the version is that of no parameter.
fn write_secret(name: &str, read: &secrets::Read, selector: Option<String>) -> Value {
    let name = name.strip_suffix(selector.as_deref().unwrap_or_default()).unwrap_or(name);
    let whole = secrets::api::whole(read);
    let mut answer = json!({
        "Name": name,
        "Type": "SecureString",
        "Value": read.version.value,
        "Version": 0,
        "LastModifiedDate": whole["CreatedDate"],
        "ARN": read.arn,
        "DataType": "text",
        "SourceResult": whole.to_string(),
    });
    if let Some(selector) = selector {
        answer["Selector"] = json!(selector);
    }
    answer
}

/// Every version on one page, the oldest first.
fn get_parameter_history(ssm: &Ssm, request: &GetParameter) -> Result<Value> {
    let versions = ssm.history(&request.name)?;
    let write = |parameter: &Parameter| {
        let mut entry = write(ssm, parameter, None, request.with_decryption);
        // AWS leaves it out of a history.
        entry.as_object_mut().map(|entry| entry.remove("ARN"));
        // Unlike SQS, SSM writes lists that are empty.
        entry["Labels"] = json!([]);
        entry["Policies"] = json!([]);
        entry["Tier"] = json!("Standard");
        if let Some(key_id) = parameter.key_id() {
            entry["KeyId"] = json!(key_id);
        }
        if let Some(description) = &parameter.description {
            entry["Description"] = json!(description);
        }
        entry
    };
    Ok(json!({"Parameters": versions.iter().map(write).collect::<Vec<_>>()}))
}

fn delete_parameter(ssm: &Ssm, request: &DeleteParameter) -> Result<Value> {
    ssm.delete(&request.name)?;
    Ok(json!({}))
}

/// A parameter, with the version that the request asked for, if it did.
fn write(ssm: &Ssm, parameter: &Parameter, version: Option<u64>, decrypt: bool) -> Value {
    let modified = parameter.modified_at.duration_since(UNIX_EPOCH).unwrap_or_default();
    let mut answer = json!({
        "Name": parameter.name,
        "Type": parameter.kind.as_str(),
        "Value": parameter.read(decrypt),
        "Version": parameter.version,
        "LastModifiedDate": modified.as_secs_f64(),
        "ARN": ssm.arn(&parameter.name),
        "DataType": "text",
    });
    if let Some(version) = version {
        answer["Selector"] = json!(format!(":{version}"));
    }
    answer
}

fn put_parameter(ssm: &Ssm, request: PutParameter) -> Result<Value> {
    let kind = request.r#type.as_deref().map(str::parse).transpose()?;
    let details = Details { key_id: request.key_id, description: request.description };
    let version = ssm.store(&request.name, kind, &request.value, details, request.overwrite)?;
    Ok(json!({"Version": version, "Tier": "Standard"}))
}
