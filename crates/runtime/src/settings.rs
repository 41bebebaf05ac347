//! Environment variables, read once at the start of a function.

use std::{env, fmt::Display, str::FromStr};

/// An error that stops the function. It names the variable and what to do.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum SettingError {
    #[error("{name} is not set: set this environment variable to {meaning}")]
    Missing { name: &'static str, meaning: &'static str },
    /// The reason doesn't quote the value, which may be a secret in the wrong place.
    #[error("{name} is wrong: it {reason}")]
    Invalid { name: &'static str, reason: String },
}

/// The value of the variable `name`, which holds `meaning` ("the URL of the queue"). An empty one counts as missing.
pub fn required(name: &'static str, meaning: &'static str) -> Result<String, SettingError> {
    read(name)?.ok_or(SettingError::Missing { name, meaning })
}

/// The value of the variable `name`, or `T`'s default if that is not set or empty.
pub fn optional<T>(name: &'static str) -> Result<T, SettingError>
where
    T: FromStr<Err: Display> + Default,
{
    let Some(text) = read(name)? else { return Ok(T::default()) };
    text.parse().map_err(|error: T::Err| SettingError::Invalid { name, reason: error.to_string() })
}

pub(crate) fn read(name: &'static str) -> Result<Option<String>, SettingError> {
    match env::var(name) {
        Ok(value) => Ok(Some(value).filter(|value| !value.is_empty())),
        Err(env::VarError::NotPresent) => Ok(None),
        Err(env::VarError::NotUnicode(_)) => {
            Err(SettingError::Invalid { name, reason: "must be valid UTF-8".to_owned() })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Setting a variable is unsafe in edition 2024, so these tests read what cargo itself sets.

    #[test]
    fn a_variable_is_read_and_an_optional_one_has_a_default() {
        assert_eq!(required("CARGO_PKG_NAME", "a name"), Ok("runtime".to_owned()));
        assert_eq!(optional::<u32>("NO_SUCH_VARIABLE"), Ok(0));
    }

    #[test]
    fn a_missing_variable_is_named_with_what_it_should_hold() {
        let error = required("NO_SUCH_VARIABLE", "the URL of the queue").unwrap_err();
        assert_eq!(
            error.to_string(),
            "NO_SUCH_VARIABLE is not set: set this environment variable to the URL of the queue"
        );
    }

    #[test]
    fn a_wrong_value_is_named_but_not_shown() {
        let error = optional::<u32>("CARGO_PKG_NAME").unwrap_err().to_string();
        assert!(error.contains("CARGO_PKG_NAME") && !error.contains("runtime"), "{error}");
    }
}
