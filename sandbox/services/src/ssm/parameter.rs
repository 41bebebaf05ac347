//! One version of a parameter.

use crate::error::ServiceError;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr, time::SystemTime};
use uuid::Uuid;

/// The key of a `SecureString` that was put without one (PutParameter, AWS Systems Manager API reference).
const DEFAULT_KEY_ID: &str = "alias/aws/ssm";

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum ParameterType {
    String,
    /// Strings, separated by commas.
    StringList,
    /// Readable only with decryption.
    SecureString,
}

/// The optional members of a version.
#[derive(Default)]
pub(crate) struct Details {
    pub(crate) key_id: Option<String>,
    pub(crate) description: Option<String>,
}

#[derive(Clone, Deserialize, Serialize)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) kind: ParameterType,
    value: String,
    ciphertext: String,
    key_id: Option<String>,
    pub(crate) description: Option<String>,
    /// Counted from 1.
    pub(crate) version: u64,
    pub(crate) modified_at: SystemTime,
}

impl Parameter {
    pub(crate) fn new(name: &str, kind: ParameterType, value: &str, details: Details, version: u64) -> Self {
        // As long and as meaningless as KMS's, and made without the value.
        let noise = [Uuid::new_v4(), Uuid::new_v4(), Uuid::new_v4()].map(Uuid::into_bytes).concat();
        let ciphertext = format!("AQICAHh{}", STANDARD.encode(noise));
        let (name, value, modified_at) = (name.to_owned(), value.to_owned(), SystemTime::now());
        let Details { key_id, description } = details;
        Self { name, kind, value, ciphertext, key_id, description, version, modified_at }
    }

    /// The KMS key of a `SecureString`. Nothing is encrypted here.
    pub(crate) fn key_id(&self) -> Option<&str> {
        let secure = self.kind == ParameterType::SecureString;
        secure.then(|| self.key_id.as_deref().unwrap_or(DEFAULT_KEY_ID))
    }

    /// The value; of a `SecureString` without decryption only ciphertext.
    pub(crate) fn read(&self, decrypt: bool) -> &str {
        if self.kind == ParameterType::SecureString && !decrypt { &self.ciphertext } else { &self.value }
    }
}

/// Without the value.
impl fmt::Debug for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Parameter").field(&self.name).field(&self.kind).field(&self.version).finish()
    }
}

impl ParameterType {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::String => "String",
            Self::StringList => "StringList",
            Self::SecureString => "SecureString",
        }
    }
}

impl FromStr for ParameterType {
    type Err = ServiceError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let types = [Self::String, Self::StringList, Self::SecureString];
        let found = types.into_iter().find(|kind| kind.as_str() == name);
        found.ok_or_else(|| {
            ServiceError::new("ValidationException", format!("{name} is not a type of a parameter."))
        })
    }
}
