//! One version of a parameter.

use base64::{Engine, engine::general_purpose::STANDARD};
use std::{fmt, str::FromStr, time::SystemTime};
use uuid::Uuid;

/// The key of a `SecureString` that was put without one (PutParameter, AWS Systems Manager API reference).
const DEFAULT_KEY_ID: &str = "alias/aws/ssm";

/// What kind of value a parameter has.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ParameterType {
    /// Text.
    String,
    /// Texts, separated by commas.
    StringList,
    /// Text that only a reader who asks for decryption gets to see.
    SecureString,
}

/// One version of a parameter.
#[derive(Clone)]
pub struct Parameter {
    name: String,
    kind: ParameterType,
    value: String,
    key_id: Option<String>,
    ciphertext: String,
    version: u64,
    modified_at: SystemTime,
}

impl Parameter {
    pub(crate) fn new(name: &str, kind: ParameterType, value: &str, version: u64) -> Self {
        // As long and as meaningless as KMS's, and made without the value.
        let noise = [Uuid::new_v4(), Uuid::new_v4(), Uuid::new_v4()].map(Uuid::into_bytes).concat();
        Self {
            name: name.to_owned(),
            kind,
            value: value.to_owned(),
            key_id: None,
            ciphertext: format!("AQICAHh{}", STANDARD.encode(noise)),
            version,
            modified_at: SystemTime::now(),
        }
    }

    /// Encrypted with this key of KMS's instead of the account's own for SSM.
    pub(crate) fn with_key_id(self, key_id: Option<String>) -> Self {
        Self { key_id, ..self }
    }

    /// The key of KMS's that a `SecureString` is encrypted with: what is plain has none. Nothing is encrypted here.
    pub(crate) fn key_id(&self) -> Option<&str> {
        let secure = self.kind == ParameterType::SecureString;
        secure.then(|| self.key_id.as_deref().unwrap_or(DEFAULT_KEY_ID))
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its type.
    #[must_use]
    pub fn kind(&self) -> ParameterType {
        self.kind
    }

    /// Its value, in the clear.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }

    /// Which version it is, counted from 1.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version
    }

    /// When this version was stored.
    #[must_use]
    pub fn modified_at(&self) -> SystemTime {
        self.modified_at
    }

    /// What a reader gets: of a `SecureString` only ciphertext, unless it asked for decryption.
    pub(crate) fn read(&self, decrypt: bool) -> &str {
        if self.kind == ParameterType::SecureString && !decrypt { &self.ciphertext } else { &self.value }
    }
}

impl fmt::Debug for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, kind, version, .. } = self;
        f.debug_struct("Parameter")
            .field("name", name)
            .field("kind", kind)
            .field("version", version)
            .finish_non_exhaustive()
    }
}

impl ParameterType {
    /// AWS's name of it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::String => "String",
            Self::StringList => "StringList",
            Self::SecureString => "SecureString",
        }
    }
}

impl FromStr for ParameterType {
    type Err = super::SsmError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        [Self::String, Self::StringList, Self::SecureString]
            .into_iter()
            .find(|kind| kind.as_str() == name)
            .ok_or_else(|| super::SsmError::Validation(format!("{name} is no type of a parameter.")))
    }
}
