//! The programs that are measured side by side.

use anyhow::Context;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Function {
    Api,
    Worker,
}

impl Function {
    pub(crate) const ALL: [Self; 2] = [Self::Api, Self::Worker];

    /// The name of its binary.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Worker => "worker",
        }
    }
}

impl fmt::Display for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How to start a function. It is started without a shell, whose time would be counted too.
#[derive(Clone, Debug, Default)]
pub(crate) struct Program {
    pub(crate) executable: PathBuf,
    pub(crate) arguments: Vec<OsString>,
    /// In addition to the environment that every function gets.
    pub(crate) environment: BTreeMap<String, String>,
    /// The files in its zip.
    pub(crate) package: Vec<PathBuf>,
}

/// Two functions to measure, under one name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Candidate {
    pub(crate) name: String,
    pub(crate) programs: BTreeMap<Function, Program>,
    /// It responds without doing anything: nothing can be faster.
    pub(crate) is_lower_bound: bool,
    /// The directory of the executables `api` and `worker`, if the whole system can run them.
    pub(crate) directory: Option<PathBuf>,
    /// `api` gets the events of an HTTP API, not those of a load balancer.
    pub(crate) http_api: bool,
    /// `worker` stores a batch in one object.
    pub(crate) layout_batch: bool,
}

impl Program {
    pub(crate) fn executable(path: &Path) -> Self {
        Self { executable: path.to_owned(), package: vec![path.to_owned()], ..Self::default() }
    }
}

impl Candidate {
    /// The executables `api` and `worker` in `directory`.
    pub(crate) fn in_directory(name: &str, directory: &Path) -> anyhow::Result<Self> {
        let mut programs = BTreeMap::new();
        for function in Function::ALL {
            let path = directory.join(function.name());
            let path = path.canonicalize().with_context(|| {
                format!("no {}; name a directory that holds the executables api and worker", path.display())
            })?;
            programs.insert(function, Program::executable(&path));
        }
        let directory = Some(directory.to_owned());
        Ok(Self { name: name.to_owned(), programs, directory, ..Self::default() })
    }

    /// The same behind an HTTP API. The whole system is measured behind the load balancer alone.
    pub(crate) fn behind_http_api(&self) -> Self {
        Self { name: "http-api".to_owned(), http_api: true, directory: None, ..self.clone() }
    }

    /// The same with the layout `batch`.
    pub(crate) fn with_layout_batch(&self) -> Self {
        let name = format!("{}, layout batch", self.name);
        let mut candidate = Self { name, layout_batch: true, directory: None, ..self.clone() };
        for program in candidate.programs.values_mut() {
            program.environment.insert("OBJECT_KEY_LAYOUT".to_owned(), "batch".to_owned());
        }
        candidate
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_must_hold_both_functions() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("api"), "").unwrap();
        let error = Candidate::in_directory("x", directory.path()).unwrap_err().to_string();
        assert!(error.contains("worker"), "{error}");
        std::fs::write(directory.path().join("worker"), "").unwrap();
        let candidate = Candidate::in_directory("x", directory.path()).unwrap();
        assert_eq!(candidate.programs.keys().copied().collect::<Vec<_>>(), Function::ALL);
    }
}
