//! The share of a processor that Lambda gives a function with so much memory.
//!
//! 1,769 MB are one processor ("Configure Lambda function memory"), and shares are in proportion. A control group with a
//! quota in each period of 20 ms does the same here, of either version of the interface:
//! <https://docs.kernel.org/scheduler/sched-bwc.html>, <https://docs.kernel.org/admin-guide/cgroup-v2.html>.

use std::path::{Path, PathBuf};
use std::time::Duration;

/// The memory that comes with one processor.
const MB_OF_ONE_PROCESSOR: u64 = 1_769;
const PERIOD_US: u64 = 20_000;
/// How often a group is asked to go: the last process may still be on its way out.
const ATTEMPTS: u32 = 100;
const PAUSE: Duration = Duration::from_millis(10);

/// A group of processes that share their part of a processor. It is removed when this is dropped.
#[derive(Debug)]
pub struct Cgroup {
    directory: PathBuf,
}

/// Why there is no such group.
#[derive(Debug, thiserror::Error)]
pub enum CgroupError {
    /// No controller.
    #[error("--memory needs Linux with the cgroup controller `cpu` (version 1 or 2), and there is none here")]
    None,
    /// No right.
    #[error("--memory needs the right to make a cgroup: run the benchmark as root. {path}: {source}")]
    Refused {
        /// What could not be written.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// The interface to the controller `cpu`, and where it is mounted.
#[derive(Debug, PartialEq, Eq)]
enum Interface {
    V1(PathBuf),
    V2(PathBuf),
}

impl Cgroup {
    /// A group with the share of so much memory.
    ///
    /// # Errors
    /// [`CgroupError`]
    pub fn with_share_of(memory_mb: u32) -> Result<Self, CgroupError> {
        let mounts = std::fs::read_to_string("/proc/self/mounts").map_err(|_| CgroupError::None)?;
        let interface = Interface::find(&mounts).ok_or(CgroupError::None)?;
        let (Interface::V1(mount) | Interface::V2(mount)) = &interface;
        let directory = mount.join(format!("mailroom-bench-{}", std::process::id()));
        std::fs::create_dir(&directory)
            .map_err(|source| CgroupError::Refused { path: directory.clone(), source })?;
        let group = Self { directory };
        let quota = quota_us(memory_mb);
        match &interface {
            Interface::V1(_) => {
                group.write("cpu.cfs_period_us", &PERIOD_US.to_string())?;
                group.write("cpu.cfs_quota_us", &quota.to_string())?;
            }
            Interface::V2(mount) => {
                if !group.directory.join("cpu.max").exists() {
                    write(&mount.join("cgroup.subtree_control"), "+cpu")?;
                }
                group.write("cpu.max", &format!("{quota} {PERIOD_US}"))?;
            }
        }
        Ok(group)
    }

    /// Puts a process with all its threads under the quota.
    ///
    /// # Errors
    /// The process is gone.
    pub fn add(&self, process: u32) -> Result<(), CgroupError> {
        self.write("cgroup.procs", &process.to_string())
    }

    fn write(&self, file: &str, text: &str) -> Result<(), CgroupError> {
        write(&self.directory.join(file), text)
    }
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        for _ in 0..ATTEMPTS {
            if std::fs::remove_dir(&self.directory).is_ok() {
                return;
            }
            std::thread::sleep(PAUSE);
        }
        eprintln!("the cgroup {} could not be removed: use rmdir", self.directory.display());
    }
}

impl Interface {
    /// The first that a process may be put under, of what is mounted.
    fn find(mounts: &str) -> Option<Self> {
        mounts.lines().find_map(|line| {
            let mut fields = line.split(' ').skip(1);
            let (mount, kind, options) = (fields.next()?, fields.next()?, fields.next()?);
            let mount = Path::new(mount);
            match kind {
                "cgroup" if options.split(',').any(|option| option == "cpu") => {
                    Some(Self::V1(mount.to_owned()))
                }
                "cgroup2" if controls_cpu(mount) => Some(Self::V2(mount.to_owned())),
                _ => None,
            }
        })
    }
}

/// Beside the first version, the second has only what the first has not.
fn controls_cpu(mount: &Path) -> bool {
    let controllers = std::fs::read_to_string(mount.join("cgroup.controllers")).unwrap_or_default();
    controllers.split_whitespace().any(|controller| controller == "cpu")
}

/// How much of each period a function with so much memory may use.
fn quota_us(memory_mb: u32) -> u64 {
    PERIOD_US * u64::from(memory_mb) / MB_OF_ONE_PROCESSOR
}

fn write(path: &Path, text: &str) -> Result<(), CgroupError> {
    std::fs::write(path, text).map_err(|source| CgroupError::Refused { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_is_in_proportion_to_the_memory() {
        assert_eq!([128, 1_769, 3_538].map(quota_us), [1_447, 20_000, 40_000]);
    }

    #[test]
    fn either_version_of_the_interface_is_found_where_it_controls_the_processor() {
        let v1 = "tmpfs /sys/fs/cgroup tmpfs rw 0 0\ncgroup /a/cpuset cgroup rw,cpuset 0 0\ncgroup /a/cpu cgroup rw,cpu 0 0";
        assert_eq!(Interface::find(v1), Some(Interface::V1("/a/cpu".into())));
        let mount = tempfile::tempdir().unwrap();
        let v2 = format!("cgroup2 {} cgroup2 rw 0 0", mount.path().display());
        assert_eq!(Interface::find(&v2), None);
        std::fs::write(mount.path().join("cgroup.controllers"), "cpuset cpu io\n").unwrap();
        assert_eq!(Interface::find(&v2), Some(Interface::V2(mount.path().to_owned())));
    }
}
