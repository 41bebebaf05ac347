//! Builds the functions of this checkout, and the peers in `bench/peers`, whose README describes them.

use crate::candidates::{Candidate, Function, Program};
use crate::options::Peer;
use anyhow::{Context, Result, ensure};
use sandbox::lambda::cargo;
use std::path::{Path, PathBuf};
use std::process::Command;

pub(crate) const CHECKOUT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// Builds `api` and `worker`, each in its own directory as SAM does: a build of the whole workspace would add features
/// that only the tools use.
pub(crate) fn checkout(target: &Path) -> Result<PathBuf> {
    eprintln!("... building the functions");
    for function in Function::ALL {
        let source = Path::new(CHECKOUT).join("functions").join(function.name());
        run(cargo()
            .args(["build", "--release", "--locked", "--target-dir"])
            .arg(target)
            .current_dir(source))?;
    }
    Ok(target.join("release"))
}

/// Builds a peer in its own directory below `target`.
pub(crate) fn peer(peer: Peer, target: &Path) -> Result<Vec<Candidate>> {
    let name = match peer {
        Peer::Rust => "rust",
        Peer::Node => "node",
        Peer::Python => "python",
    };
    eprintln!("... building the peer {name}");
    let (source, target) = (Path::new(CHECKOUT).join("bench/peers").join(name), target.join(name));
    std::fs::create_dir_all(&target)?;
    let built = match peer {
        Peer::Rust => rust(&source, &target),
        Peer::Node => node(&source, &target),
        Peer::Python => python(&source, &target),
    };
    built
        .with_context(|| format!("can't build the peer {name}; --peers=NAME,NAME builds only the named ones"))
}

fn rust(source: &Path, target: &Path) -> Result<Vec<Candidate>> {
    let mut build = cargo();
    build.args(["build", "--release", "--locked", "--workspace", "--target-dir"]).arg(target);
    run(build.current_dir(source))?;
    let release = target.join("release");
    let peer = Candidate {
        directory: Some(release.clone()),
        ..candidate("rust", |function| Program::executable(&release.join(function.name())))
    };
    let hello = candidate("hello", |_| Program::executable(&release.join("hello")));
    Ok(vec![peer, Candidate { is_lower_bound: true, ..hello }])
}

fn node(source: &Path, target: &Path) -> Result<Vec<Candidate>> {
    for file in ["package.json", "package-lock.json", "runtime.mjs", "api.mjs", "worker.mjs"] {
        std::fs::copy(source.join(file), target.join(file)).with_context(|| file.to_owned())?;
    }
    once(&source.join("package-lock.json"), &target.join("installed"), || {
        run(Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(target))
    })?;
    run(Command::new("npm").args(["run", "--silent", "bundle"]).current_dir(target))?;
    let node = find_in_path("node")?;
    Ok(vec![candidate("node", |function| {
        let bundle = target.join("dist").join(format!("{function}.mjs"));
        Program {
            executable: node.clone(),
            arguments: vec![bundle.clone().into()],
            package: vec![bundle],
            ..Program::default()
        }
    })])
}

fn python(source: &Path, target: &Path) -> Result<Vec<Candidate>> {
    let (requirements, venv) = (source.join("requirements.txt"), target.join("venv"));
    once(&requirements, &target.join("installed"), || {
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv))?;
        run(Command::new(venv.join("bin/pip")).args(["install", "--quiet", "-r"]).arg(&requirements))
    })?;
    Ok(vec![candidate("python", |function| Program {
        executable: venv.join("bin/python"),
        arguments: ["-m", "awslambdaric", &format!("{function}.handler")].map(Into::into).into(),
        environment: [("PYTHONPATH", source.to_string_lossy().as_ref()), ("PYTHONDONTWRITEBYTECODE", "1")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        package: vec![source.join(format!("{function}.py"))],
    })])
}

fn candidate(name: &str, program: impl Fn(Function) -> Program) -> Candidate {
    let programs = Function::ALL.map(|function| (function, program(function))).into();
    Candidate { name: name.to_owned(), programs, ..Candidate::default() }
}

/// Does `work` unless it has succeeded with the present content of `input`, of which `done` is a copy.
fn once(input: &Path, done: &Path, work: impl FnOnce() -> Result<()>) -> Result<()> {
    let wanted = std::fs::read(input).with_context(|| input.display().to_string())?;
    if std::fs::read(done).is_ok_and(|done| done == wanted) {
        return Ok(());
    }
    work()?;
    std::fs::write(done, wanted).with_context(|| done.display().to_string())
}

/// The absolute path of a program: measured processes have no `PATH`.
pub(crate) fn find_in_path(program: &str) -> Result<PathBuf> {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let mut candidates = std::env::split_paths(&paths).map(|directory| directory.join(program));
    candidates.find(|path| path.is_file()).with_context(|| format!("{program} is not in PATH; install it"))
}

fn run(command: &mut Command) -> Result<()> {
    // The output of build tools is progress; stdout is for the tables.
    let status = command.stdout(std::io::stderr()).status();
    let status = status.with_context(|| format!("can't start {command:?}; install it"))?;
    ensure!(status.success(), "{command:?} failed: {status}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::bail;

    #[test]
    fn work_is_repeated_only_after_a_change_or_a_failure() {
        let directory = tempfile::tempdir().unwrap();
        let (input, done) = (directory.path().join("lock"), directory.path().join("done"));
        let mut times = 0;
        for (text, fails) in [("1", true), ("1", false), ("1", false), ("2", false)] {
            std::fs::write(&input, text).unwrap();
            let work = || {
                times += 1;
                if fails { bail!("failed") } else { Ok(()) }
            };
            assert_eq!(once(&input, &done, work).is_err(), fails);
        }
        assert_eq!(times, 3);
    }

    #[test]
    fn errors_name_the_tool_that_failed_or_is_missing() {
        let failed = run(&mut Command::new("false")).unwrap_err().to_string();
        assert!(failed.contains("\"false\""), "{failed}");
        let missing = run(&mut Command::new("no-such-program")).unwrap_err().to_string();
        assert!(missing.contains("no-such-program"), "{missing}");
    }
}
