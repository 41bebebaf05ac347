//! The token in SSM.

use aws_sdk_ssm::types::ParameterType;
use runtime::aws::AwsError;
use secrecy::SecretString;

/// The first token of the parameter: `mailroom token rotate` puts the newest one there.
pub(crate) async fn first(ssm: &aws_sdk_ssm::Client, parameter: &str) -> Result<SecretString, String> {
    let response = match ssm.get_parameter().name(parameter).with_decryption(true).send().await {
        Ok(response) => response,
        Err(error) if error.as_service_error().is_some_and(|error| error.is_parameter_not_found()) => {
            return Err("the parameter doesn't exist".to_owned());
        }
        Err(error) => return Err(format!("SSM GetParameter: {}", AwsError::from(error))),
    };
    let parameter = response.parameter.unwrap_or_else(|| aws_sdk_ssm::types::Parameter::builder().build());
    if parameter.r#type != Some(ParameterType::SecureString) {
        return Err("the parameter is not a SecureString".to_owned());
    }
    let token = tokens::parse(parameter.value().unwrap_or_default()).next().map(SecretString::from);
    token.ok_or_else(|| "the parameter holds no token".to_owned())
}
