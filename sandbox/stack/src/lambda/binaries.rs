//! The functions' executables.

use super::cargo::{BuildError, BuildOutput, Workspace};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tokio::sync::Mutex;

/// A directory (SAM's `CodeUri`) and the name of a binary in it (`BuildProperties.Binary`); `None` is the only one.
type Key = (PathBuf, Option<String>);

/// Executables by directory and name.
#[derive(Clone, Debug)]
pub struct Binaries(BTreeMap<Key, PathBuf>);

/// The builds of this process.
static BUILT: Mutex<BTreeMap<Vec<Key>, Binaries>> = Mutex::const_new(BTreeMap::new());

impl Binaries {
    /// Builds binaries in the profile of this program. Cargo names the executables, so they are never stale, wherever
    /// the target directory is.
    ///
    /// Cargo builds the binaries of one workspace together and with the workspace's features, so they share what
    /// `cargo test --workspace` compiled. A deployed function has the features of its own package only.
    ///
    /// One process builds the same binaries once: a hundred stacks in one test run wait for one cargo.
    pub async fn build(wanted: &[(&Path, Option<&str>)], output: BuildOutput) -> Result<Self, BuildError> {
        let key = wanted.iter().map(|(directory, name)| key(directory, *name)).collect();
        let mut built = BUILT.lock().await;
        if let Some(binaries) = built.get(&key) {
            return Ok(binaries.clone());
        }
        let binaries = Self::build_by_workspace(wanted, output).await?;
        built.insert(key, binaries.clone());
        Ok(binaries)
    }

    /// The executables in one directory, by name. Nothing is built.
    pub fn in_directory(executables: &Path, wanted: &[(&Path, Option<&str>)]) -> Result<Self, BuildError> {
        let find = |(directory, name): &(&Path, Option<&str>)| {
            let found = "a function whose binary the template doesn't name".to_owned();
            let unnamed = BuildError::Unnamed { directory: directory.to_path_buf(), found };
            let path = executables.join(name.ok_or(unnamed)?);
            // Absolute: it is started from another directory.
            let found = path.canonicalize().map_err(|source| BuildError::NotThere { path, source })?;
            Ok((key(directory, *name), found))
        };
        wanted.iter().map(find).collect::<Result<_, _>>().map(Self)
    }

    async fn build_by_workspace(
        wanted: &[(&Path, Option<&str>)],
        output: BuildOutput,
    ) -> Result<Self, BuildError> {
        let mut binaries = BTreeMap::new();
        let mut remaining = Vec::new();
        for (directory, name) in wanted {
            remaining.push((absolute(directory)?, key(directory, *name)));
        }
        while let Some((first, _)) = remaining.first() {
            let workspace = Workspace::of(first).await?;
            let (here, elsewhere): (Vec<_>, Vec<_>) =
                remaining.iter().cloned().partition(|(path, _)| path == first || workspace.contains(path));
            let named = |(path, key): (PathBuf, Key)| Ok((workspace.binary(&path, key.1.as_deref())?, key));
            let here = here.into_iter().map(named).collect::<Result<Vec<_>, BuildError>>()?;
            let names = here.iter().map(|(name, _)| name.as_str()).collect();
            let executables = workspace.build(&names, output).await?;
            // Two workspaces with one target directory, which CARGO_TARGET_DIR can name.
            if let Some((name, _)) =
                executables.iter().find(|(_, path)| binaries.values().any(|built| built == *path))
            {
                return Err(workspace.same_name(name));
            }
            let built =
                here.iter().filter_map(|(name, key)| Some((key.clone(), executables.get(name)?.clone())));
            binaries.extend(built);
            remaining = elsewhere;
        }
        Ok(Self(binaries))
    }

    pub fn path(&self, directory: &Path, name: Option<&str>) -> Result<&Path, BuildError> {
        let key = key(directory, name);
        let path = self.0.get(&key).map(PathBuf::as_path);
        path.ok_or(BuildError::NoSuchBinary { directory: key.0, name: key.1.unwrap_or_default() })
    }
}

fn key(directory: &Path, name: Option<&str>) -> Key {
    (directory.to_owned(), name.map(str::to_owned))
}

/// As cargo reports directories: absolute, and without links.
fn absolute(directory: &Path) -> Result<PathBuf, BuildError> {
    let no_project = |error: std::io::Error| BuildError::NoProject {
        directory: directory.to_owned(),
        output: error.to_string(),
    };
    directory.canonicalize().map_err(no_project)
}

#[cfg(test)]
mod tests {
    use super::BuildOutput::{Kept, Shown};
    use super::*;

    /// A directory with files of these names and texts.
    fn project(files: &[(&str, &str)]) -> tempfile::TempDir {
        let directory = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = directory.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        directory
    }

    fn manifest(package: &str, rest: &str) -> String {
        format!("[package]\nname = \"{package}\"\nedition = \"2024\"\n{rest}")
    }

    const WORKSPACE: &str = "[workspace]\nresolver = \"3\"\nmembers = [\"first\", \"second\", \"common\"]\n";
    const SAYS: &str = "fn main() { print!(\"{}\", common::LOUD); }";

    /// Two functions that use one package, of which only the second wants a feature.
    fn workspace() -> tempfile::TempDir {
        let first = manifest("first", "[dependencies]\ncommon = { path = \"../common\" }");
        let second =
            manifest("second", "[dependencies]\ncommon = { path = \"../common\", features = [\"loud\"] }");
        project(&[
            ("Cargo.toml", WORKSPACE),
            ("common/Cargo.toml", &manifest("common", "[features]\nloud = []")),
            ("common/src/lib.rs", "pub const LOUD: bool = cfg!(feature = \"loud\");"),
            ("first/Cargo.toml", &first),
            ("first/src/main.rs", SAYS),
            ("second/Cargo.toml", &second),
            ("second/src/main.rs", SAYS),
        ])
    }

    fn printed(executable: &Path) -> String {
        String::from_utf8(std::process::Command::new(executable).output().unwrap().stdout).unwrap()
    }

    #[tokio::test]
    async fn functions_of_one_workspace_are_built_together_with_its_features() {
        let directory = workspace();
        let [first, second] = ["first", "second"].map(|name| directory.path().join(name));
        let wanted = [(first.as_path(), Some("first")), (second.as_path(), Some("second"))];

        let binaries = Binaries::build(&wanted, Kept).await.unwrap();
        let [one, other] = wanted.map(|(directory, name)| binaries.path(directory, name).unwrap());
        assert_eq!((printed(one), printed(other)), ("true".to_owned(), "true".to_owned()));
        assert_eq!(one.parent(), other.parent());
    }

    #[tokio::test]
    async fn functions_need_no_workspace_but_names_or_target_directories_of_their_own() {
        let package = |name| format!("{}\n[workspace]", manifest(name, ""));
        let main = "fn main() { print!(\"{}\", env!(\"CARGO_PKG_NAME\")); }";
        let same = "[[bin]]\nname = \"same\"\npath = \"../a/src/main.rs\"";
        let directory = project(&[
            ("a/Cargo.toml", &package("separate-a")),
            ("a/src/main.rs", main),
            ("b/Cargo.toml", &package("separate-b")),
            ("b/src/main.rs", main),
            ("c/Cargo.toml", &format!("{}\n{same}", package("separate-c"))),
            ("d/Cargo.toml", &format!("{}\n{same}", package("separate-d"))),
            (".cargo/config.toml", "[build]\ntarget-dir = \"target\""),
        ]);
        let [a, b, c, d] = ["a", "b", "c", "d"].map(|name| directory.path().join(name));
        let wanted = [(a.as_path(), Some("separate-a")), (b.as_path(), None)];
        let binaries = Binaries::build(&wanted, Kept).await.unwrap();
        assert_eq!(
            wanted.map(|(directory, name)| printed(binaries.path(directory, name).unwrap())),
            ["separate-a", "separate-b"]
        );

        let error = Binaries::build(&[(&c, Some("same")), (&d, Some("same"))], Kept).await.unwrap_err();
        assert!(matches!(error, BuildError::SameName { .. }), "{error}");
    }

    #[tokio::test]
    async fn a_binary_is_that_of_its_own_directory() {
        let directory = workspace();
        let [first, missing] = ["first", "missing"].map(|name| directory.path().join(name));
        let error = Binaries::build(&[(&first, Some("second"))], Kept).await.unwrap_err();
        assert!(matches!(&error, BuildError::NoSuchBinary { name, .. } if name == "second"), "{error}");
        let error = Binaries::build(&[(directory.path(), None)], Kept).await.unwrap_err().to_string();
        assert!(error.contains("has the binaries first, second: name the function's"), "{error}");
        let error = Binaries::build(&[(&directory.path().join("common"), None)], Kept).await.unwrap_err();
        assert!(error.to_string().contains("has no binary"), "{error}");
        for no_package in [&missing, &first.join("src")] {
            let error = Binaries::build(&[(no_package, Some("first"))], Kept).await.unwrap_err();
            assert!(matches!(error, BuildError::NoProject { .. }), "{error}");
        }
        let twice = manifest("second", "[[bin]]\nname = \"first\"\npath = \"src/main.rs\"");
        std::fs::write(directory.path().join("second/Cargo.toml"), twice).unwrap();
        let error = Binaries::build(&[(&first, Some("first"))], Kept).await.unwrap_err();
        assert!(matches!(error, BuildError::SameName { .. }), "{error}");
    }

    #[tokio::test]
    async fn without_a_name_a_package_with_members_means_its_own_binary() {
        let root = format!("{}[workspace]\nmembers = [\"member\"]", manifest("root", ""));
        let main = "fn main() { print!(\"{}\", env!(\"CARGO_PKG_NAME\")); }";
        let directory = project(&[
            ("Cargo.toml", &root),
            ("src/main.rs", main),
            ("member/Cargo.toml", &manifest("member", "")),
            ("member/src/main.rs", main),
        ]);
        let binaries = Binaries::build(&[(directory.path(), None)], Kept).await.unwrap();
        assert_eq!(printed(binaries.path(directory.path(), None).unwrap()), "root");
    }

    #[tokio::test]
    async fn what_cargo_says_is_kept_for_a_test_and_not_for_a_person_who_has_seen_it() {
        let broken =
            project(&[("Cargo.toml", &manifest("broken", "")), ("src/main.rs", "fn main() { nothing() }")]);
        for (output, kept) in [(Shown, false), (Kept, true)] {
            let error = Binaries::build(&[(broken.path(), Some("broken"))], output).await.unwrap_err();
            let BuildError::Failed { output: said, .. } = error else { panic!("{error}") };
            assert_eq!(said.contains("nothing"), kept, "{output:?}: {said}");
        }
    }

    #[test]
    fn executables_are_taken_as_they_are_and_one_that_is_missing_is_named() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("api"), "").unwrap();
        let [api, worker] = [(Path::new("a"), Some("api")), (Path::new("b"), Some("worker"))];
        let binaries = Binaries::in_directory(directory.path(), &[api]).unwrap();
        let found = binaries.path(api.0, api.1).unwrap();
        assert_eq!(found, directory.path().join("api").canonicalize().unwrap());
        let error = Binaries::in_directory(directory.path(), &[api, worker]).unwrap_err().to_string();
        assert!(error.contains("worker"), "{error}");
    }
}
