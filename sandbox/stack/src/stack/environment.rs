//! The environment of a function.

use sandbox_services::{ACCESS_KEY_ID, SECRET_ACCESS_KEY};
use sandbox_template::{FunctionSpec, LogFormat};
use std::collections::BTreeMap;

/// The template's variables, Lambda's ("Defined runtime environment variables"), and the endpoint of AWS's services.
pub fn environment(function: &FunctionSpec, region: &str, endpoint_url: &str) -> BTreeMap<String, String> {
    let mut environment = function.environment.clone();
    let format = match function.log_format {
        LogFormat::Json => "JSON",
        LogFormat::Text => "Text",
    };
    for (name, value) in [
        ("AWS_LAMBDA_FUNCTION_NAME", function.name.as_str()),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", &function.memory_mb.to_string()),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", &function.log_group),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "local"),
        ("AWS_LAMBDA_LOG_FORMAT", format),
        ("AWS_REGION", region),
        ("AWS_DEFAULT_REGION", region),
        ("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID),
        ("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY),
        ("AWS_ENDPOINT_URL", endpoint_url),
        ("LAMBDA_TASK_ROOT", "/var/task"),
        ("_HANDLER", "bootstrap"),
        ("TZ", ":UTC"),
    ] {
        environment.insert(name.to_owned(), value.to_owned());
    }
    if let Some(level) = &function.log_level {
        environment.insert("AWS_LAMBDA_LOG_LEVEL".to_owned(), level.clone());
    }
    environment
}
