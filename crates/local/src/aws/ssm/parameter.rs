//! One version of a parameter.

use base64::{Engine, engine::general_purpose::STANDARD};
use std::{fmt, str::FromStr, time::SystemTime};
use uuid::Uuid;

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
    ciphertext: String,
    version: u64,
    modified_at: SystemTime,
}

impl Parameter {
    pub(super) fn new(name: &str, kind: ParameterType, value: &str, version: u64) -> Self {
        // As long and as meaningless as KMS's, and made without the value.
        let noise = [Uuid::new_v4(), Uuid::new_v4(), Uuid::new_v4()].map(Uuid::into_bytes).concat();
        Self {
            name: name.to_owned(),
            kind,
            value: value.to_owned(),
            ciphertext: format!("AQICAHh{}", STANDARD.encode(noise)),
            version,
            modified_at: SystemTime::now(),
        }
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
    pub(super) fn read(&self, decrypt: bool) -> &str {
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
