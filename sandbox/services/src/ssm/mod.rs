//! SSM's Parameter Store: what a function reads its secrets from.

use crate::error::{Result, ServiceError};
use crate::secrets::{self, Secrets};
use crate::store::{Store, StoreError, Table};
use parameter::{Details, Parameter};
use parking_lot::Mutex;
use std::{collections::BTreeMap, time::Instant};
use throughput::Throughput;

pub(crate) mod api;
mod parameter;
#[cfg(test)]
mod tests;
mod throughput;

pub use parameter::ParameterType;

/// The longest value of a standard parameter, in bytes:
/// <https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html>.
const VALUE_BYTES: usize = 4_096;

/// The longest description (PutParameter, AWS Systems Manager API reference).
const DESCRIPTION_CHARACTERS: usize = 1_024;

/// The names by which Secrets Manager's secrets are read
/// (<https://docs.aws.amazon.com/systems-manager/latest/userguide/integration-ps-secretsmanager.html>).
const SECRETS: &str = "/aws/reference/secretsmanager/";

/// Every version of a parameter, by its name.
const PARAMETERS: Table<Vec<Parameter>> = Table::new("ssm-parameters");

/// The parameters of one account in one region. Values never appear in its `Debug` form.
#[derive(Debug)]
pub struct Ssm {
    /// Every version of each, the latest last.
    parameters: Mutex<BTreeMap<String, Vec<Parameter>>>,
    store: Store,
    reads: Mutex<Throughput>,
    /// The part of an ARN before a parameter's name.
    arn_prefix: String,
    secrets: Secrets,
}

impl Ssm {
    /// With the parameters of the store. Blocks.
    pub(crate) fn open(region: &str, account_id: &str, store: Store) -> Result<Self, StoreError> {
        let arn_prefix = format!("arn:aws:ssm:{region}:{account_id}:parameter");
        let parameters = Mutex::new(store.read(&PARAMETERS)?.into_iter().collect());
        let reads = Mutex::new(Throughput::new(Instant::now()));
        let secrets = Secrets::open(region, account_id, store.clone())?;
        Ok(Self { parameters, store, reads, arn_prefix, secrets })
    }

    /// How many reads a second are taken over HTTP from now on, in real time whatever the time scale: more, as an
    /// account may be given, or fewer, as when others in the account use them up. 40 by default.
    pub fn limit_reads(&self, per_second: u32) {
        *self.reads.lock() = Throughput::of(per_second, Instant::now());
    }

    /// How many reads were refused since the limit was set, for coming too fast.
    pub fn throttled_reads(&self) -> u64 {
        self.reads.lock().refused()
    }

    /// Stores a `SecureString`, as a new version if the parameter exists, and returns the version.
    pub fn put_secure_string(&self, name: &str, value: &str) -> Result<u64> {
        self.put(name, ParameterType::SecureString, value)
    }

    /// Stores a parameter, as a new version if it exists, and returns the version.
    pub fn put(&self, name: &str, kind: ParameterType, value: &str) -> Result<u64> {
        self.store(name, Some(kind), value, Details::default(), true)
    }

    /// Stores a parameter, unless its latest version has this type and value already. A name below
    /// `/aws/reference/secretsmanager/` stands for a secret, which is stored in Secrets Manager.
    pub fn ensure(&self, name: &str, kind: ParameterType, value: &str) -> Result<()> {
        if let Some(secret) = name.strip_prefix(SECRETS) {
            let is_stored = self.value(name).is_some_and(|stored| stored == value);
            return if is_stored { Ok(()) } else { self.secrets.ensure(secret, value) };
        }
        let is_stored = |latest: &Parameter| latest.kind == kind && latest.read(true) == value;
        let latest = self.parameters.lock().get(name).and_then(|versions| versions.last().cloned());
        if latest.as_ref().is_some_and(is_stored) { Ok(()) } else { self.put(name, kind, value).map(drop) }
    }

    /// The value of a parameter's latest version, or of a secret's current one, decrypted.
    pub fn value(&self, name: &str) -> Option<String> {
        if let Some(secret) = name.strip_prefix(SECRETS) {
            let read = self.secrets.get(secret, secrets::Selected::default()).ok()?;
            return Some(read.version.value);
        }
        Some(self.parameters.lock().get(name)?.last()?.read(true).to_owned())
    }

    pub(crate) fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// The secret to which this name refers, and the version behind it: an id or a stage. Nothing for the name of a
    /// parameter.
    fn secret(&self, name: &str) -> Option<Result<(secrets::Read, Option<String>)>> {
        let id = name.strip_prefix(SECRETS)?;
        let (secret, selector) =
            id.split_once(':').map_or((id, None), |(secret, selector)| (secret, Some(selector)));
        let current = secrets::Selected::default();
        let read = match selector {
            None => self.secrets.get(secret, current),
            Some(one) => {
                let by_id = self.secrets.get(secret, secrets::Selected { id: Some(one), ..current });
                by_id.or_else(|_| self.secrets.get(secret, secrets::Selected { stage: Some(one), ..current }))
            }
        };
        let missing = |_| {
            let message = format!(
                "An error occurred (ParameterNotFound) when referencing Secrets Manager: Secret {name} not found."
            );
            ServiceError::new("ParameterNotFound", message)
        };
        Some(read.map(|read| (read, selector.map(|selector| format!(":{selector}")))).map_err(missing))
    }

    /// Deletes a parameter with all its versions.
    fn delete(&self, name: &str) -> Result<()> {
        let mut parameters = self.parameters.lock();
        parameters.remove(name).ok_or_else(not_found)?;
        self.store.append(|| [PARAMETERS.delete(name)]);
        Ok(())
    }

    /// Counts a read that came over HTTP, and refuses it if it is one too many.
    fn count_read(&self) -> Result<()> {
        let taken = self.reads.lock().take(Instant::now());
        if taken { Ok(()) } else { Err(ServiceError::new("ThrottlingException", "Rate exceeded")) }
    }

    /// Every version of a parameter, the oldest first.
    fn history(&self, name: &str) -> Result<Vec<Parameter>> {
        self.parameters.lock().get(name).cloned().ok_or_else(not_found)
    }

    /// Stores a version; without `overwrite` only the first one, and without a type or a description one with those it
    /// had.
    fn store(
        &self,
        name: &str,
        kind: Option<ParameterType>,
        value: &str,
        mut details: Details,
        overwrite: bool,
    ) -> Result<u64> {
        check_name(name)?;
        if details.description.as_ref().is_some_and(|text| text.chars().count() > DESCRIPTION_CHARACTERS) {
            return Err(invalid(format!("A description has up to {DESCRIPTION_CHARACTERS} characters.")));
        }
        if value.is_empty() || value.len() > VALUE_BYTES {
            return Err(invalid(format!("A parameter's value has 1 to {VALUE_BYTES} bytes.")));
        }
        let mut parameters = self.parameters.lock();
        let latest = parameters.get(name).and_then(|versions| versions.last());
        if latest.is_some() && !overwrite {
            let message = "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.";
            return Err(ServiceError::new("ParameterAlreadyExists", message));
        }
        let Some(kind) = kind.or(latest.map(|latest| latest.kind)) else {
            let message = "A parameter type is required when you create a parameter.";
            return Err(invalid(message));
        };
        let version = latest.map_or(1, |latest| latest.version + 1);
        details.description = details.description.or_else(|| latest?.description.clone());
        let parameter = Parameter::new(name, kind, value, details, version);
        let versions = parameters.entry(name.to_owned()).or_default();
        versions.push(parameter);
        self.store.append(|| [PARAMETERS.put(name, versions)]);
        Ok(version)
    }

    /// The parameter that `selector` means: a name or an ARN, with or without `:version` behind it.
    fn select(&self, selector: &str) -> Result<(Parameter, Option<u64>)> {
        let path = selector.strip_prefix(self.arn_prefix.as_str()).unwrap_or(selector);
        let (name, version) = match path.split_once(':') {
            None => (path, None),
            Some((name, version)) => (name, Some(version.parse().map_err(|_| not_found())?)),
        };
        let parameters = self.parameters.lock();
        // The ARN of `token` is `...:parameter/token`, and so is that of `/token`: the name as it stands comes first.
        let bare = name.strip_prefix('/').filter(|_| path.len() < selector.len());
        let versions = parameters.get(name).or_else(|| parameters.get(bare?));
        let versions = versions.ok_or_else(not_found)?;
        let found =
            versions.iter().rfind(|parameter| version.is_none_or(|wanted| parameter.version == wanted));
        match (found, version) {
            (Some(parameter), _) => Ok((parameter.clone(), version)),
            (None, Some(version)) => {
                let message = format!(
                    "Systems Manager could not find version {version} of {name}. Verify the version and try again."
                );
                Err(ServiceError::new("ParameterVersionNotFound", message))
            }
            (None, None) => Err(not_found()),
        }
    }

    fn arn(&self, name: &str) -> String {
        let slash = if name.starts_with('/') { "" } else { "/" };
        format!("{}{slash}{name}", self.arn_prefix)
    }
}

/// AWS's codes: <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html#API_GetParameter_Errors>.
fn invalid(message: impl Into<String>) -> ServiceError {
    ServiceError::new("ValidationException", message)
}

fn not_found() -> ServiceError {
    ServiceError::new("ParameterNotFound", "The parameter couldn't be found. Verify the name and try again.")
}

/// Letters, digits and `.-_`, with `/` between the levels of a hierarchy, of which the first is not AWS's own:
/// <https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html>.
fn check_name(name: &str) -> Result<()> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '/');
    if name.is_empty() || name.len() > 1_011 || !name.chars().all(plain) || name.ends_with('/') {
        let message =
            "Parameter name: can't be empty, and can only include a-z, A-Z, 0-9, and the symbols . - _ /";
        return Err(invalid(message));
    }
    let first = name.trim_start_matches('/').to_ascii_lowercase();
    if first.starts_with("aws") || first.starts_with("ssm") {
        let message = r#"Parameter name: can't be prefixed with "aws" or "ssm" (case-insensitive)."#;
        return Err(invalid(message));
    }
    Ok(())
}
