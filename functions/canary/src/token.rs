//! The token in SSM.

use aws_sdk_ssm::types::ParameterType;
use runtime::aws::AwsError;
use secrecy::SecretString;

/// The token that the canary sends.
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
    let token = own(parameter.value().unwrap_or_default()).map(SecretString::from);
    token.ok_or_else(|| "the parameter holds no token".to_owned())
}

/// The newest unnamed token, as `mailroom` sends: the first of them. A person may write a caller's token before it, and
/// the canary's emails are not that caller's.
fn own(value: &str) -> Option<&str> {
    let unnamed = tokens::parse(value).find(|token| tokens::caller(token).is_none());
    unnamed.or_else(|| tokens::parse(value).next())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_callers_token_is_sent_only_if_no_other_is_there() {
        let named = format!("mailroom_billing_{}", "0".repeat(64));
        for (value, sent) in [
            ("new\nold".to_owned(), Some("new")),
            (format!("{named}\nnew\nold"), Some("new")),
            (format!("\n{named}\n"), Some(named.as_str())),
            (String::new(), None),
        ] {
            assert_eq!(own(&value), sent, "{value:?}");
        }
    }
}
