//! Kills function processes that would outlive this program.
//!
//! A function ends by itself when its Runtime API goes away, unless it is stuck. A shell kills stuck ones, even after
//! `kill -9` of this program: it reads process ids from a pipe, which the system closes when the program ends. This
//! needs no `unsafe` and works on any Unix.

use parking_lot::Mutex;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::process::{ChildStdin, Command, Stdio};
use std::sync::OnceLock;

/// Keeps a list of processes (`+` adds one, `-` removes one) and kills the rest when the pipe is closed.
const SCRIPT: &str = r#"
trap '' HUP INT TERM
while read -r change process; do
    case $change in
        +) all="$all $process" ;;
        -) left=; for one in $all; do [ "$one" = "$process" ] || left="$left $one"; done; all=$left ;;
    esac
done
[ -z "$all" ] || kill -9 $all
"#;

/// The pipe to the shell; `None` without a shell.
static PIPE: OnceLock<Option<Mutex<ChildStdin>>> = OnceLock::new();

/// Has `process` killed if this program ends before [`forget`].
pub(crate) fn watch(process: u32) {
    tell('+', process);
}

/// Removes a process that has ended: its id may belong to another one soon.
pub(crate) fn forget(process: u32) {
    tell('-', process);
}

fn tell(change: char, process: u32) {
    let Some(pipe) = PIPE.get_or_init(start) else { return };
    let mut pipe = pipe.lock();
    if let Err(error) = writeln!(pipe, "{change} {process}") {
        tracing::warn!(%error, process, "a stuck function may outlive this program");
    }
}

fn start() -> Option<Mutex<ChildStdin>> {
    let mut shell = Command::new("/bin/sh");
    // In a group of its own, so that Ctrl-C doesn't reach it before this program has stopped in order.
    shell
        .args(["-c", SCRIPT])
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    match shell.spawn() {
        Ok(mut shell) => shell.stdin.take().map(Mutex::new),
        Err(error) => {
            tracing::warn!(%error, "without /bin/sh a stuck function may outlive this program");
            None
        }
    }
}
