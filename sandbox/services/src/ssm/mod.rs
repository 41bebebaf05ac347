//! SSM's Parameter Store: what a function reads its secrets from.

use super::locked::locked;
use std::{collections::BTreeMap, sync::Mutex, time::Instant};
use throughput::Throughput;

pub(crate) mod api;
mod error;
mod parameter;
mod throughput;

pub use error::SsmError;
pub use parameter::{Parameter, ParameterType};

/// The longest value of a standard parameter, in bytes:
/// <https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html>.
const VALUE_BYTES: usize = 4_096;

/// The parameters of one account in one region. Values never appear in its `Debug` form.
#[derive(Debug)]
pub struct Ssm {
    /// Every version of each, the latest last.
    parameters: Mutex<BTreeMap<String, Vec<Parameter>>>,
    reads: Mutex<Throughput>,
    /// The part of an ARN before a parameter's name.
    arn_prefix: String,
}

impl Ssm {
    pub(crate) fn new(region: &str, account_id: &str) -> Self {
        let arn_prefix = format!("arn:aws:ssm:{region}:{account_id}:parameter");
        let reads = Mutex::new(Throughput::new(Instant::now()));
        Self { parameters: Mutex::default(), reads, arn_prefix }
    }

    /// How many reads a second are taken over HTTP from now on, in real time whatever the time scale: more, as an
    /// account may be given, or fewer, as when others in the account use them up. 40 by default.
    pub fn limit_reads(&self, per_second: u32) {
        *locked(&self.reads) = Throughput::of(per_second, Instant::now());
    }

    /// How many reads were refused since the limit was set, for coming too fast.
    #[must_use]
    pub fn throttled_reads(&self) -> u64 {
        locked(&self.reads).refused()
    }

    /// Stores a `SecureString`, over an older version if there is one.
    pub fn put_secure_string(&self, name: &str, value: &str) -> Result<u64, SsmError> {
        self.put(name, ParameterType::SecureString, value)
    }

    /// Stores a parameter, over an older version if there is one. Its version is the answer.
    pub fn put(&self, name: &str, kind: ParameterType, value: &str) -> Result<u64, SsmError> {
        self.store(name, Some(kind), value, None, true)
    }

    /// The latest version of a parameter.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Parameter> {
        locked(&self.parameters).get(name)?.last().cloned()
    }

    /// Deletes a parameter with all its versions.
    pub fn delete(&self, name: &str) -> Result<(), SsmError> {
        locked(&self.parameters).remove(name).map(drop).ok_or(SsmError::ParameterNotFound)
    }

    /// Counts a read that came over HTTP, and refuses it if it is one too many.
    fn count_read(&self) -> Result<(), SsmError> {
        let taken = locked(&self.reads).take(Instant::now());
        taken.then_some(()).ok_or(SsmError::Throttled)
    }

    /// Every version of a parameter, the oldest first.
    fn history(&self, name: &str) -> Result<Vec<Parameter>, SsmError> {
        locked(&self.parameters).get(name).cloned().ok_or(SsmError::ParameterNotFound)
    }

    /// Stores a version; without `overwrite` only the first one, and without a type one of the type it had.
    fn store(
        &self,
        name: &str,
        kind: Option<ParameterType>,
        value: &str,
        key_id: Option<String>,
        overwrite: bool,
    ) -> Result<u64, SsmError> {
        check_name(name)?;
        if value.is_empty() || value.len() > VALUE_BYTES {
            return Err(SsmError::Validation(format!("A parameter's value has 1 to {VALUE_BYTES} bytes.")));
        }
        let mut parameters = locked(&self.parameters);
        let versions = parameters.get(name).map_or(&[][..], Vec::as_slice);
        if !versions.is_empty() && !overwrite {
            return Err(SsmError::ParameterAlreadyExists);
        }
        let Some(kind) = kind.or_else(|| versions.last().map(Parameter::kind)) else {
            return Err(SsmError::Validation(
                "A parameter type is required when you create a parameter.".to_owned(),
            ));
        };
        let version = versions.last().map_or(1, |latest| latest.version() + 1);
        let parameter = Parameter::new(name, kind, value, version).with_key_id(key_id);
        parameters.entry(name.to_owned()).or_default().push(parameter);
        Ok(version)
    }

    /// What `selector` means: a name or an ARN, with `:version` behind it if one likes.
    fn select(&self, selector: &str) -> Result<(Parameter, Option<u64>), SsmError> {
        let path = selector.strip_prefix(self.arn_prefix.as_str()).unwrap_or(selector);
        let (name, version) = match path.split_once(':') {
            None => (path, None),
            Some((name, version)) => (name, Some(version.parse().map_err(|_| SsmError::ParameterNotFound)?)),
        };
        let parameters = locked(&self.parameters);
        // The ARN of `token` is `...:parameter/token`, and so is that of `/token`: the name as it stands comes first.
        let bare = name.strip_prefix('/').filter(|_| path.len() < selector.len());
        let versions =
            parameters.get(name).or_else(|| parameters.get(bare?)).ok_or(SsmError::ParameterNotFound)?;
        let found = match version {
            None => versions.last(),
            Some(version) => versions.iter().find(|parameter| parameter.version() == version),
        };
        match (found, version) {
            (Some(parameter), _) => Ok((parameter.clone(), version)),
            (None, Some(version)) => {
                Err(SsmError::ParameterVersionNotFound { name: name.to_owned(), version })
            }
            (None, None) => Err(SsmError::ParameterNotFound),
        }
    }

    fn arn(&self, name: &str) -> String {
        let slash = if name.starts_with('/') { "" } else { "/" };
        format!("{}{slash}{name}", self.arn_prefix)
    }
}

/// Letters, digits and `.-_`, with `/` between the levels of a hierarchy, of which the first is not AWS's own:
/// <https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html>.
fn check_name(name: &str) -> Result<(), SsmError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '/');
    if name.is_empty() || name.len() > 1_011 || !name.chars().all(plain) || name.ends_with('/') {
        let message =
            "Parameter name: can't be empty, and can only include a-z, A-Z, 0-9, and the symbols . - _ /";
        return Err(SsmError::Validation(message.to_owned()));
    }
    let first = name.trim_start_matches('/').to_ascii_lowercase();
    if first.starts_with("aws") || first.starts_with("ssm") {
        let message = r#"Parameter name: can't be prefixed with "aws" or "ssm" (case-insensitive)."#;
        return Err(SsmError::Validation(message.to_owned()));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
