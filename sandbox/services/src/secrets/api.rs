//! Secrets Manager's operations, as they come in over HTTP.

use super::{Read, Secrets, Selected};
use crate::error::{Result, ServiceError};
use crate::json;
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::UNIX_EPOCH;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct CreateSecret {
    name: String,
    secret_string: String,
    client_request_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct PutSecretValue {
    secret_id: String,
    secret_string: String,
    client_request_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct GetSecretValue {
    secret_id: String,
    version_id: Option<String>,
    version_stage: Option<String>,
}

pub(crate) fn call(secrets: &Secrets, operation: &str, request: Value) -> Result<Value> {
    match operation {
        "CreateSecret" => {
            let CreateSecret { name, secret_string, client_request_token } = json::input(request)?;
            let read = secrets.create(&name, &secret_string, client_request_token)?;
            Ok(json!({"ARN": read.arn, "Name": read.name, "VersionId": read.version.id}))
        }
        "PutSecretValue" => {
            let PutSecretValue { secret_id, secret_string, client_request_token } = json::input(request)?;
            let read = secrets.put(&secret_id, &secret_string, client_request_token)?;
            let (id, stages) = (read.version.id, read.stages);
            Ok(json!({"ARN": read.arn, "Name": read.name, "VersionId": id, "VersionStages": stages}))
        }
        "GetSecretValue" => {
            let GetSecretValue { secret_id, version_id, version_stage } = json::input(request)?;
            let selected = Selected { id: version_id.as_deref(), stage: version_stage.as_deref() };
            Ok(whole(&secrets.get(&secret_id, selected)?))
        }
        _ => Err(ServiceError::unknown_operation(operation)),
    }
}

/// The answer of `GetSecretValue`.
pub(crate) fn whole(read: &Read) -> Value {
    let Read { name, arn, version, stages } = read;
    let created = version.created.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
    json!({
        "ARN": arn, "Name": name, "VersionId": version.id, "SecretString": version.value, "VersionStages": stages,
        "CreatedDate": created,
    })
}
