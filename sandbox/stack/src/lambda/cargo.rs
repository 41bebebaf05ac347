//! Cargo: finds the workspace of a directory, and builds executables there.

use display_error_chain::DisplayErrorChain;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::process::Command;

/// The destination of cargo's progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BuildOutput {
    /// To this process's stderr, for a person who waits.
    Shown,
    /// Into the error of a build that fails.
    Kept,
}

#[derive(thiserror::Error)]
pub enum BuildError {
    #[error(
        "{program} can't be started: install Rust (https://rustup.rs), or set CARGO to the path of cargo"
    )]
    NoCargo { program: String, source: std::io::Error },
    #[error("{directory} is not a Cargo project: correct CodeUri in the template\n{output}")]
    NoProject { directory: PathBuf, output: String },
    /// `output` is empty if it was shown already.
    #[error("the functions don't compile (cargo build in {directory}):\n{output}")]
    Failed { directory: PathBuf, output: String },
    #[error("{path} doesn't exist: build it, or name the directory that contains it")]
    NotThere { path: PathBuf, source: std::io::Error },
    #[error(
        "no package in {directory} has a binary `{name}`: correct CodeUri or BuildProperties.Binary in the template"
    )]
    NoSuchBinary { name: String, directory: PathBuf },
    #[error("{directory} has {found}: name the function's in Metadata, BuildProperties.Binary")]
    Unnamed { directory: PathBuf, found: String },
    #[error(
        "two packages build a binary `{name}` into the target directory of {directory}: give each its own name, \
         since the second one overwrites the first"
    )]
    SameName { name: String, directory: PathBuf },
}

/// The messages of the error and its sources, since a `main` that returns an error prints this.
impl fmt::Debug for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", DisplayErrorChain::new(self))
    }
}

/// An answer of `cargo metadata`.
#[derive(Deserialize)]
pub(crate) struct Workspace {
    workspace_root: PathBuf,
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    manifest_path: PathBuf,
    targets: Vec<Target>,
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
    kind: Vec<String>,
}

impl Package {
    fn binaries(&self) -> impl Iterator<Item = &str> {
        let binaries = self.targets.iter().filter(|target| target.kind.iter().any(|kind| kind == "bin"));
        binaries.map(|target| target.name.as_str())
    }
}

impl Workspace {
    /// The workspace of the package or workspace whose `Cargo.toml` is in `directory`.
    pub(crate) async fn of(directory: &Path) -> Result<Self, BuildError> {
        let mut metadata = Command::from(cargo());
        metadata.current_dir(directory).args(["metadata", "--no-deps", "--format-version=1"]);
        // Without it, cargo would also look for a manifest above the directory. SAM doesn't.
        metadata.arg("--manifest-path").arg(directory.join("Cargo.toml"));
        let json = output_of(metadata.stderr(Stdio::piped()))
            .await?
            .map_err(|output| BuildError::NoProject { directory: directory.to_owned(), output })?;
        serde_json::from_slice(&json).map_err(|error| BuildError::NoProject {
            directory: directory.to_owned(),
            output: format!("cargo metadata: {error}"),
        })
    }

    /// Whether `directory` is the workspace's own or that of a member.
    pub(crate) fn contains(&self, directory: &Path) -> bool {
        let members = self.packages.iter().filter_map(|package| package.manifest_path.parent());
        members.chain([self.workspace_root.as_path()]).any(|member| member == directory)
    }

    /// The name of the wanted binary; without one, of the only binary in `directory`. Refuses a binary that no package
    /// in `directory` has, and one that two packages of the workspace would write to the same file.
    pub(crate) fn binary(&self, directory: &Path, wanted: Option<&str>) -> Result<String, BuildError> {
        let below = || self.packages.iter().filter(|package| package.manifest_path.starts_with(directory));
        let own = below().filter(|package| package.manifest_path.parent() == Some(directory));
        let own: Vec<_> = own.flat_map(Package::binaries).collect();
        // A package that is a workspace too means its own binary.
        let names = if wanted.is_none() && !own.is_empty() {
            own
        } else {
            below().flat_map(Package::binaries).collect()
        };
        let name = match (wanted, &names[..]) {
            (Some(name), names) if names.contains(&name) => name,
            (Some(name), _) => {
                let (name, directory) = (name.to_owned(), directory.to_owned());
                return Err(BuildError::NoSuchBinary { name, directory });
            }
            (None, [only]) => only,
            (None, several) => {
                let found = match several {
                    [] => "no binary".to_owned(),
                    names => format!("the binaries {}", names.join(", ")),
                };
                return Err(BuildError::Unnamed { directory: directory.to_owned(), found });
            }
        };
        if self.packages.iter().flat_map(Package::binaries).filter(|other| *other == name).count() > 1 {
            return Err(self.same_name(name));
        }
        Ok(name.to_owned())
    }

    pub(crate) fn same_name(&self, name: &str) -> BuildError {
        BuildError::SameName { name: name.to_owned(), directory: self.workspace_root.clone() }
    }

    /// Builds binaries with the features of the whole workspace, in the profile of this program.
    pub(crate) async fn build(
        &self,
        names: &BTreeSet<&str>,
        output: BuildOutput,
    ) -> Result<BTreeMap<String, PathBuf>, BuildError> {
        let directory = &self.workspace_root;
        let mut build = Command::from(cargo());
        build.current_dir(directory).args([
            "build",
            "--workspace",
            "--message-format=json-render-diagnostics",
        ]);
        build.args(names.iter().flat_map(|name| ["--bin", name]));
        if !cfg!(debug_assertions) {
            build.arg("--release");
        }
        build.stderr(if output == BuildOutput::Shown { Stdio::inherit() } else { Stdio::piped() });
        let messages = output_of(&mut build)
            .await?
            .map_err(|output| BuildError::Failed { directory: directory.clone(), output })?;
        let lines = messages.split(|byte| *byte == b'\n');
        // Other kinds of messages have neither field, or fields of other types.
        let artifacts = lines.filter_map(|line| serde_json::from_slice::<Artifact>(line).ok());
        let executables =
            artifacts.filter_map(|artifact| Some((artifact.target?.name, artifact.executable?)));
        Ok(executables.filter(|(name, _)| names.contains(name.as_str())).collect())
    }
}

/// Cargo's stdout, or its stderr if it failed.
async fn output_of(cargo: &mut Command) -> Result<Result<Vec<u8>, String>, BuildError> {
    let program = cargo.as_std().get_program().to_string_lossy().into_owned();
    cargo.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
    // Not `output`: tokio's captures stderr whatever was set before.
    let done = async { cargo.spawn()?.wait_with_output().await }.await;
    let done = done.map_err(|source| BuildError::NoCargo { program, source })?;
    Ok(if done.status.success() {
        Ok(done.stdout)
    } else {
        Err(String::from_utf8_lossy(&done.stderr).into_owned())
    })
}

/// Cargo as a person would start it, without the variables that cargo set for this program: build scripts that watch
/// them would run again.
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
