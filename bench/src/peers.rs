//! What one would write otherwise: built from `bench/peers`, whose README says what each is.

use crate::contestants::{Contestant, Function, Program};
use crate::harness::progress;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

/// A way to write the two functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Peer {
    /// In Rust as the documentation's examples have it, with a hello-world beside it
    Rust,
    /// In JavaScript, for Node
    Node,
    /// In Python
    Python,
}

/// Why there is no peer.
#[derive(Debug, thiserror::Error)]
pub enum PeerError {
    /// A tool is missing.
    #[error(
        "{program} can't be started, and a peer needs it: install it, or name the other peers alone, as in --peers=rust"
    )]
    NoTool {
        /// What was started.
        program: String,
        /// Why it wasn't.
        source: std::io::Error,
    },
    /// A tool failed.
    #[error("a peer could not be built: `{command}` ended with {status}")]
    Failed {
        /// What was run.
        command: String,
        /// How it ended.
        status: ExitStatus,
    },
    /// No place to build in.
    #[error("{path}: {source}")]
    File {
        /// What could not be read or written.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// Builds a peer in a directory of its own in `target`.
///
/// # Errors
/// [`PeerError`]
pub fn build(peer: Peer, target: &Path) -> Result<Vec<Contestant>, PeerError> {
    let name = format!("{peer:?}").to_lowercase();
    progress(&format!("building the peer {name}"));
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers").join(&name);
    let target = target.join(&name);
    std::fs::create_dir_all(&target).map_err(|source| PeerError::File { path: target.clone(), source })?;
    match peer {
        Peer::Rust => rust(&source, &target),
        Peer::Node => node(&source, &target),
        Peer::Python => python(&source, &target),
    }
}

fn rust(source: &Path, target: &Path) -> Result<Vec<Contestant>, PeerError> {
    let mut build = sandbox::lambda::cargo();
    build.args(["build", "--release", "--locked", "--workspace", "--target-dir"]).arg(target);
    run(build.current_dir(source))?;
    let release = target.join("release");
    let program = |name: &str| Program::executable(&release.join(name));
    let programs = Function::ALL.map(|function| (function, program(function.name())));
    let floor = Function::ALL.map(|function| (function, program("hello")));
    Ok(vec![
        Contestant { directory: Some(release.clone()), ..contestant("rust", programs) },
        Contestant { is_floor: true, ..contestant("hello", floor) },
    ])
}

fn node(source: &Path, target: &Path) -> Result<Vec<Contestant>, PeerError> {
    let files = ["package.json", "package-lock.json", "runtime.mjs", "api.mjs", "worker.mjs"];
    for file in files {
        copy(&source.join(file), &target.join(file))?;
    }
    once(&source.join("package-lock.json"), &target.join("installed"), || {
        run(Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(target))
    })?;
    let mut programs = Vec::new();
    for function in Function::ALL {
        let (input, bundle) =
            (format!("{function}.mjs"), target.join("dist").join(format!("{function}.mjs")));
        // What is still CommonJS in the bundle asks for node's own modules with `require`.
        let require = "--banner:js=import{createRequire}from'node:module';\
            const require=createRequire(import.meta.url);";
        let mut bundler = Command::new(target.join("node_modules/.bin/esbuild"));
        bundler.args([&input, "--bundle", "--minify", "--platform=node", "--target=node20", "--format=esm"]);
        bundler.args([require, "--log-level=warning", &format!("--outfile={}", bundle.display())]);
        run(bundler.current_dir(target))?;
        let program = Program {
            executable: installed("node")?,
            arguments: vec![bundle.clone().into()],
            environment: BTreeMap::new(),
            package: vec![bundle],
        };
        programs.push((function, program));
    }
    Ok(vec![contestant("node", programs)])
}

fn python(source: &Path, target: &Path) -> Result<Vec<Contestant>, PeerError> {
    let (requirements, venv) = (source.join("requirements.txt"), target.join("venv"));
    once(&requirements, &target.join("installed"), || {
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv))?;
        run(Command::new(venv.join("bin/pip")).args(["install", "--quiet", "-r"]).arg(&requirements))
    })?;
    let program = |function: Function| Program {
        executable: venv.join("bin/python"),
        arguments: ["-m", "awslambdaric", &format!("{function}.handler")].map(Into::into).into(),
        environment: [("PYTHONPATH", source.to_string_lossy().as_ref()), ("PYTHONDONTWRITEBYTECODE", "1")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        package: vec![source.join(format!("{function}.py"))],
    };
    Ok(vec![contestant("python", Function::ALL.map(|function| (function, program(function))))])
}

fn contestant(name: &str, programs: impl IntoIterator<Item = (Function, Program)>) -> Contestant {
    let programs = programs.into_iter().collect();
    Contestant { name: name.to_owned(), programs, is_floor: false, directory: None }
}

/// Does `work`, unless it was done already for what `input` says now.
fn once(input: &Path, done: &Path, work: impl FnOnce() -> Result<(), PeerError>) -> Result<(), PeerError> {
    let wanted = read(input)?;
    if std::fs::read(done).is_ok_and(|done| done == wanted) {
        return Ok(());
    }
    work()?;
    copy(input, done)
}

/// The path of a program that the shell would find: measured processes have no `PATH`.
fn installed(program: &str) -> Result<PathBuf, PeerError> {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let found =
        std::env::split_paths(&paths).map(|directory| directory.join(program)).find(|path| path.is_file());
    found.ok_or_else(|| PeerError::NoTool {
        program: program.to_owned(),
        source: std::io::ErrorKind::NotFound.into(),
    })
}

fn run(command: &mut Command) -> Result<(), PeerError> {
    let program = command.get_program().to_string_lossy().into_owned();
    // What they say is progress: the tables alone go to stdout.
    let status = command.stdout(std::io::stderr()).status();
    let status = status.map_err(|source| PeerError::NoTool { program, source })?;
    if status.success() {
        return Ok(());
    }
    Err(PeerError::Failed { command: format!("{command:?}"), status })
}

fn read(path: &Path) -> Result<Vec<u8>, PeerError> {
    std::fs::read(path).map_err(|source| PeerError::File { path: path.to_owned(), source })
}

fn copy(from: &Path, to: &Path) -> Result<(), PeerError> {
    std::fs::copy(from, to).map(drop).map_err(|source| PeerError::File { path: from.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_done_is_done_again_only_when_its_input_changed_or_it_failed() {
        let directory = tempfile::tempdir().unwrap();
        let (input, done) = (directory.path().join("lock"), directory.path().join("done"));
        let mut times = 0;
        for (text, fails) in [("1", true), ("1", false), ("1", false), ("2", false)] {
            std::fs::write(&input, text).unwrap();
            let work = || {
                times += 1;
                if fails { installed("no-such-program").map(drop) } else { Ok(()) }
            };
            assert_eq!(once(&input, &done, work).is_err(), fails);
        }
        assert_eq!(times, 3);
    }

    #[test]
    fn a_tool_that_fails_or_is_not_there_is_named() {
        let failed = run(&mut Command::new("false")).unwrap_err().to_string();
        assert!(failed.contains("\"false\""), "{failed}");
        let missing = run(&mut Command::new("no-such-program")).unwrap_err().to_string();
        assert!(missing.contains("no-such-program"), "{missing}");
    }
}
