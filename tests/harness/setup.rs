//! The settings of one test's system.

use super::root;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

pub(crate) struct Setup {
    pub(crate) time_scale: f64,
    pub(crate) parameters: BTreeMap<String, String>,
    changes: Vec<(String, String)>,
    pub(crate) data: Option<PathBuf>,
    pub(crate) executables: Option<PathBuf>,
}

/// A template to start, and the directory that holds it if it is not the project's own.
pub(crate) struct TemplateFile {
    pub(crate) path: PathBuf,
    _directory: Option<TempDir>,
}

impl Setup {
    /// The template as it is. The sandbox's queue runs twenty times faster than AWS's: a window is 50 ms, and a failed
    /// message returns after 9 s.
    pub(crate) fn usual() -> Self {
        Self {
            time_scale: 20.0,
            parameters: BTreeMap::new(),
            changes: Vec::new(),
            data: None,
            executables: None,
        }
    }

    /// The usual setup with an HTTP API instead of the load balancer.
    pub(crate) fn http_api() -> Self {
        Self::usual().parameter("Endpoint", "http-api")
    }

    /// For messages that have to fail five times: they return after 0.9 s on the sandbox, and at once on moto.
    pub(crate) fn fast(self) -> Self {
        self.time_scale(200.0)
    }

    /// Divides the durations of the sandbox's queues and mappings.
    pub(crate) fn time_scale(mut self, time_scale: f64) -> Self {
        self.time_scale = time_scale;
        self
    }

    /// Sets a parameter of the template.
    pub(crate) fn parameter(mut self, name: &str, value: &str) -> Self {
        self.parameters.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Keeps the sandbox's objects in this directory.
    pub(crate) fn data(mut self, directory: &Path) -> Self {
        self.data = Some(directory.to_owned());
        self
    }

    /// Runs `api` and `worker` from this directory on the sandbox.
    pub(crate) fn executables(mut self, directory: &Path) -> Self {
        self.executables = Some(directory.to_owned());
        self
    }

    /// Without a mapping, so that messages stay in the queue.
    pub(crate) fn unpolled(self) -> Self {
        let size = "BatchSize: !Ref WorkerBatchSize\n";
        self.change(size, &format!("{size}      Enabled: false\n"))
    }

    /// Replaces some of the template's text.
    pub(crate) fn change(mut self, from: &str, to: &str) -> Self {
        self.changes.push((from.to_owned(), to.to_owned()));
        self
    }

    pub(crate) fn template(&self) -> TemplateFile {
        let path = root().join("template.yaml");
        if self.changes.is_empty() {
            return TemplateFile { path, _directory: None };
        }
        let mut template = std::fs::read_to_string(path).expect("the template");
        for (from, to) in &self.changes {
            assert!(template.contains(from.as_str()), "template.yaml no longer says {from:?}");
            template = template.replace(from, to);
        }
        template = template.replace("CodeUri: ", &format!("CodeUri: {}/", root().display()));
        let directory = tempfile::tempdir().expect("a temporary directory");
        let path = directory.path().join("template.yaml");
        std::fs::write(&path, template).expect("the changed template");
        TemplateFile { path, _directory: Some(directory) }
    }
}
