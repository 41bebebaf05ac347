//! Whose functions are measured.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

/// One of the two functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Function {
    /// Behind the load balancer.
    Api,
    /// Behind the queue.
    Worker,
}

impl Function {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Api, Self::Worker];

    /// The name of its binary.
    #[must_use]
    pub fn name(self) -> &'static str {
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

/// How to start a function, and what it is packed of.
#[derive(Clone, Debug)]
pub struct Program {
    /// What is started: no shell, whose time would be counted too.
    pub executable: PathBuf,
    /// With which arguments.
    pub arguments: Vec<OsString>,
    /// What it needs beside what every function is given.
    pub environment: BTreeMap<String, String>,
    /// The files in its zip.
    pub package: Vec<PathBuf>,
}

/// Two functions to be measured.
#[derive(Clone, Debug)]
pub struct Contestant {
    /// What tables call it.
    pub name: String,
    /// How its functions are started.
    pub programs: BTreeMap<Function, Program>,
    /// Whether it does nothing but answer: as fast as anything can be here.
    pub is_floor: bool,
    /// The directory with its executables `api` and `worker`, if it has one: the whole system can run them.
    pub directory: Option<PathBuf>,
}

/// A directory that should have both functions lacks one.
#[derive(Debug, thiserror::Error)]
#[error("there is no {0}: name a directory that holds the executables `api` and `worker`")]
pub struct NoExecutable(PathBuf);

impl Program {
    /// An executable that is all there is to it.
    #[must_use]
    pub fn executable(path: &Path) -> Self {
        Self {
            executable: path.to_owned(),
            arguments: Vec::new(),
            environment: BTreeMap::new(),
            package: vec![path.to_owned()],
        }
    }
}

impl Contestant {
    /// The executables `api` and `worker` of `directory`.
    ///
    /// # Errors
    /// One of them isn't there.
    pub fn in_directory(name: &str, directory: &Path) -> Result<Self, NoExecutable> {
        let mut programs = BTreeMap::new();
        for function in Function::ALL {
            let path = directory.join(function.name());
            let path = path.canonicalize().map_err(|_| NoExecutable(path))?;
            programs.insert(function, Program::executable(&path));
        }
        Ok(Self { name: name.to_owned(), programs, is_floor: false, directory: Some(directory.to_owned()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_has_to_hold_both_functions() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("api"), "").unwrap();
        let error = Contestant::in_directory("x", directory.path()).unwrap_err().to_string();
        assert!(error.contains("worker"), "{error}");
        std::fs::write(directory.path().join("worker"), "").unwrap();
        let contestant = Contestant::in_directory("x", directory.path()).unwrap();
        assert_eq!(contestant.programs.keys().copied().collect::<Vec<_>>(), Function::ALL);
    }
}
