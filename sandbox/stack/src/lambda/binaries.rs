//! The functions' executables.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::process::Command;
use tokio::sync::Mutex;

/// Executables by the names of their binary targets.
#[derive(Clone, Debug)]
pub struct Binaries(BTreeMap<String, PathBuf>);

/// The builds of this process, by directory and names.
static BUILT: Mutex<BTreeMap<(PathBuf, Vec<String>), Binaries>> = Mutex::const_new(BTreeMap::new());

/// Where cargo's progress goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BuildOutput {
    /// To this process's stderr, for a person who waits.
    Shown,
    /// Into the error of a build that fails.
    Kept,
}

#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    #[error(
        "{program} can't be started: install Rust (https://rustup.rs), or set CARGO to the path of cargo"
    )]
    NoCargo { program: String, source: std::io::Error },
    /// `output` is empty if it was shown already.
    #[error("the functions don't compile (cargo build in {directory}):\n{output}")]
    Failed { directory: PathBuf, output: String },
    #[error("{path} doesn't exist: build it, or name the directory that contains it")]
    NotThere { path: PathBuf, source: std::io::Error },
    #[error("the workspace has no binary `{0}`: correct BuildProperties.Binary in the template")]
    NoSuchBinary(String),
}

/// A message of `cargo build --message-format=json`.
#[derive(Deserialize)]
struct Artifact {
    target: Option<Target>,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}

impl Binaries {
    /// Builds `names` in the workspace at `directory`, in the profile of this program. Cargo names the executables, so
    /// they are never stale, wherever the target directory is.
    ///
    /// One process builds the same binaries once: a hundred stacks in one test run wait for one cargo.
    ///
    /// # Errors
    /// [`BuildError`], with what cargo said.
    pub async fn build(directory: &Path, names: &[&str], output: BuildOutput) -> Result<Self, BuildError> {
        let key = (directory.to_owned(), names.iter().map(|name| (*name).to_owned()).collect());
        let mut built = BUILT.lock().await;
        if let Some(binaries) = built.get(&key) {
            return Ok(binaries.clone());
        }
        let binaries = Self::run_cargo(directory, names, output).await?;
        built.insert(key, binaries.clone());
        Ok(binaries)
    }

    /// The executables `names` in `directory`. Nothing is built.
    ///
    /// # Errors
    /// [`BuildError::NotThere`] names the first one that is missing.
    pub fn in_directory(directory: &Path, names: &[&str]) -> Result<Self, BuildError> {
        let find = |name: &&str| {
            let path = directory.join(name);
            // Absolute: it is started from another directory.
            let found = path.canonicalize().map_err(|source| BuildError::NotThere { path, source })?;
            Ok(((*name).to_owned(), found))
        };
        names.iter().map(find).collect::<Result<_, _>>().map(Self)
    }

    async fn run_cargo(directory: &Path, names: &[&str], output: BuildOutput) -> Result<Self, BuildError> {
        let mut cargo = cargo_build(directory, names);
        cargo.stderr(if output == BuildOutput::Shown { Stdio::inherit() } else { Stdio::piped() });
        let program = cargo.as_std().get_program().to_string_lossy().into_owned();
        // Not `output`: tokio's captures stderr whatever was set before.
        let built = async { cargo.stdout(Stdio::piped()).spawn()?.wait_with_output().await }.await;
        let built = built.map_err(|source| BuildError::NoCargo { program, source })?;
        if !built.status.success() {
            let output = String::from_utf8_lossy(&built.stderr).into_owned();
            return Err(BuildError::Failed { directory: directory.to_owned(), output });
        }
        let lines = built.stdout.split(|byte| *byte == b'\n');
        // Other kinds of messages have neither field, or fields of other types.
        let artifacts = lines.filter_map(|line| serde_json::from_slice::<Artifact>(line).ok());
        let found: BTreeMap<_, _> = artifacts
            .filter_map(|artifact| Some((artifact.target?.name, artifact.executable?)))
            .filter(|(name, _)| names.contains(&name.as_str()))
            .collect();
        Ok(Self(found))
    }

    /// # Errors
    /// [`BuildError::NoSuchBinary`] if it wasn't built.
    pub fn path(&self, name: &str) -> Result<&Path, BuildError> {
        self.0.get(name).map(PathBuf::as_path).ok_or_else(|| BuildError::NoSuchBinary(name.to_owned()))
    }
}

/// Cargo as a person would start it, without the variables that cargo set for this program: build scripts that watch
/// them would run again.
#[must_use]
pub fn cargo() -> std::process::Command {
    let mut cargo = std::process::Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_", "CARGO_PRIMARY_"]
            .iter()
            .any(|prefix| name.starts_with(prefix))
        {
            cargo.env_remove(&*name);
        }
    }
    cargo
}

fn cargo_build(directory: &Path, names: &[&str]) -> Command {
    let mut cargo = Command::from(cargo());
    cargo.current_dir(directory).args(["build", "--message-format=json-render-diagnostics"]);
    cargo.args(names.iter().flat_map(|name| ["--bin", name]));
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    cargo.stdin(Stdio::null()).kill_on_drop(true);
    cargo
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_cargo_says_is_kept_for_a_test_and_not_for_a_person_who_has_seen_it() {
        let no_workspace = tempfile::tempdir().unwrap();
        for (output, kept) in [(BuildOutput::Shown, false), (BuildOutput::Kept, true)] {
            let error = Binaries::run_cargo(no_workspace.path(), &["api"], output).await.unwrap_err();
            let BuildError::Failed { output: said, .. } = error else { panic!("{error}") };
            assert_eq!(said.contains("Cargo.toml"), kept, "{output:?}: {said}");
        }
    }

    #[test]
    fn executables_are_taken_as_they_are_and_one_that_is_missing_is_named() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("api"), "").unwrap();
        let binaries = Binaries::in_directory(directory.path(), &["api"]).unwrap();
        assert_eq!(binaries.path("api").unwrap(), directory.path().join("api").canonicalize().unwrap());
        let error = Binaries::in_directory(directory.path(), &["api", "worker"]).unwrap_err().to_string();
        assert!(error.contains("worker"), "{error}");
    }
}
