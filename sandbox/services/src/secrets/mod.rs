//! Secrets Manager, as far as a parameter may refer to a secret of it and an operator changes one.

use crate::error::{Result, ServiceError};
use crate::store::{Store, StoreError, Table};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::time::SystemTime;
use uuid::Uuid;

pub(crate) mod api;
#[cfg(test)]
mod tests;

/// The longest value, in bytes (PutSecretValue, AWS Secrets Manager API reference).
const VALUE_BYTES: usize = 65_536;
const NAME_CHARACTERS: usize = 512;
/// The versions that a secret keeps ("Secrets Manager quotas", AWS Secrets Manager user guide).
const VERSIONS: usize = 100;
const CURRENT: &str = "AWSCURRENT";
const PREVIOUS: &str = "AWSPREVIOUS";

const SECRETS: Table<Secret> = Table::new("secrets");

/// The secrets of one account in one region. Values never appear in its `Debug` form.
#[derive(Debug)]
pub(crate) struct Secrets {
    secrets: Mutex<BTreeMap<String, Secret>>,
    store: Store,
    /// The part of an ARN before a secret's name.
    arn_prefix: String,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Secret {
    pub(crate) name: String,
    /// The characters that Secrets Manager adds to the name in the ARN.
    suffix: String,
    /// The current one last.
    versions: Vec<Version>,
}

#[derive(Clone, Deserialize, Serialize)]
pub(crate) struct Version {
    pub(crate) id: String,
    pub(crate) value: String,
    pub(crate) created: SystemTime,
}

/// A version of a secret, as it is read.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) name: String,
    pub(crate) arn: String,
    pub(crate) version: Version,
    pub(crate) stages: Vec<&'static str>,
}

/// The version that a request means: at most one of both.
#[derive(Clone, Copy, Default)]
pub(crate) struct Selected<'a> {
    pub(crate) id: Option<&'a str>,
    pub(crate) stage: Option<&'a str>,
}

impl Secrets {
    /// With the secrets of the store. Blocks.
    pub(crate) fn open(region: &str, account_id: &str, store: Store) -> Result<Self, StoreError> {
        let arn_prefix = format!("arn:aws:secretsmanager:{region}:{account_id}:secret:");
        let secrets = Mutex::new(store.read(&SECRETS)?.into_iter().collect());
        Ok(Self { secrets, store, arn_prefix })
    }

    /// Stores a new version, and creates the secret first if it doesn't exist.
    pub(crate) fn ensure(&self, name: &str, value: &str) -> Result<()> {
        let exists = self.secrets.lock().contains_key(name);
        let done = if exists { self.put(name, value, None) } else { self.create(name, value, None) };
        done.map(drop)
    }

    fn create(&self, name: &str, value: &str, id: Option<String>) -> Result<Read> {
        let known = |c: char| c.is_ascii_alphanumeric() || "/_+=.@-".contains(c);
        if !(1..=NAME_CHARACTERS).contains(&name.len()) || !name.chars().all(known) {
            return Err(ServiceError::new(
                "ValidationException",
                "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!",
            ));
        }
        check_value(value)?;
        let mut secrets = self.secrets.lock();
        if secrets.contains_key(name) {
            let message = format!("The operation failed because the secret {name} already exists.");
            return Err(ServiceError::new("ResourceExistsException", message));
        }
        let suffix = Uuid::new_v4().simple().to_string()[..6].to_owned();
        let secret = Secret { name: name.to_owned(), suffix, versions: vec![Version::new(value, id)] };
        self.store.append(|| [SECRETS.put(name, &secret)]);
        let read = self.read(&secret, secret.versions.len() - 1);
        secrets.insert(name.to_owned(), secret);
        Ok(read)
    }

    /// A version with an id that is there already is a repeated request if it has the same value.
    fn put(&self, name: &str, value: &str, id: Option<String>) -> Result<Read> {
        check_value(value)?;
        let mut secrets = self.secrets.lock();
        let secret = secrets.get_mut(self.name_of(name)).ok_or_else(not_found)?;
        let repeated = secret.versions.iter().position(|version| Some(&version.id) == id.as_ref());
        if let Some(index) = repeated {
            if secret.versions[index].value != value {
                let message = "You can't modify an existing version, you can only create a new version.";
                return Err(ServiceError::new("ResourceExistsException", message));
            }
            return Ok(self.read(secret, index));
        }
        secret.versions.push(Version::new(value, id));
        let surplus = secret.versions.len().saturating_sub(VERSIONS);
        secret.versions.drain(..surplus);
        self.store.append(|| [SECRETS.put(secret.name.as_str(), secret)]);
        Ok(self.read(secret, secret.versions.len() - 1))
    }

    /// A version of the secret with this name or ARN; the current one if none is selected.
    pub(crate) fn get(&self, name: &str, selected: Selected<'_>) -> Result<Read> {
        let secrets = self.secrets.lock();
        let secret = secrets.get(self.name_of(name)).ok_or_else(not_found)?;
        let stage = selected.stage.or(selected.id.is_none().then_some(CURRENT));
        let is_meant = |index: usize| {
            let read = self.read(secret, index);
            let id_fits = selected.id.is_none_or(|id| read.version.id == id);
            id_fits && stage.is_none_or(|stage| read.stages.contains(&stage))
        };
        let index = (0..secret.versions.len()).rev().find(|index| is_meant(*index));
        index.map(|index| self.read(secret, index)).ok_or_else(|| {
            let which = match (selected.id, stage) {
                (Some(id), _) => format!("VersionId: {id}"),
                (None, stage) => format!("staging label: {}", stage.unwrap_or(CURRENT)),
            };
            let message = format!("Secrets Manager can't find the specified secret value for {which}");
            ServiceError::new("ResourceNotFoundException", message)
        })
    }

    /// The name in an ARN, with or without the characters that Secrets Manager added; a name is itself.
    fn name_of<'a>(&self, id: &'a str) -> &'a str {
        let Some(name) = id.strip_prefix(self.arn_prefix.as_str()) else { return id };
        let whole = name.len().checked_sub(7).and_then(|end| name.split_at_checked(end));
        whole.filter(|(_, suffix)| suffix.starts_with('-')).map_or(name, |(name, _)| name)
    }

    fn read(&self, secret: &Secret, index: usize) -> Read {
        let stages = match secret.versions.len() - index {
            1 => vec![CURRENT],
            2 => vec![PREVIOUS],
            _ => Vec::new(),
        };
        let arn = format!("{}{}-{}", self.arn_prefix, secret.name, secret.suffix);
        Read { name: secret.name.clone(), arn, version: secret.versions[index].clone(), stages }
    }
}

impl Version {
    fn new(value: &str, id: Option<String>) -> Self {
        let id = id.unwrap_or_else(|| Uuid::new_v4().to_string());
        Self { id, value: value.to_owned(), created: SystemTime::now() }
    }
}

/// Without the value.
impl fmt::Debug for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Version").field(&self.id).finish()
    }
}

fn check_value(value: &str) -> Result<()> {
    match value.len() {
        1..=VALUE_BYTES => Ok(()),
        _ => {
            let message = format!("A secret's value has 1 to {VALUE_BYTES} bytes.");
            Err(ServiceError::new("ValidationException", message))
        }
    }
}

/// AWS's words, which its clients show.
fn not_found() -> ServiceError {
    ServiceError::new("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
}
