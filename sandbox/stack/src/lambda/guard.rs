//! No function outlives this program, however it ends.
//!
//! A function whose Runtime API goes away ends by itself, unless it is stuck. What ends those even after `kill -9`
//! of this program is a shell that waits at a pipe: when the program is gone the pipe is closed, and the shell
//! kills what is still on its list. It needs no `unsafe`, and nothing that only Linux has.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::process::{ChildStdin, Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};

/// Keeps a list of processes, `+` adding and `-` taking off, and kills what is left when the pipe is closed.
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

/// The shell's end of the pipe; nothing where there is no shell.
static GUARD: OnceLock<Option<Mutex<ChildStdin>>> = OnceLock::new();

/// Has `process` killed should this program end before [`forget`] is called.
pub(crate) fn watch(process: u32) {
    tell('+', process);
}

/// Takes a process that has ended off the list, since its id may be given to another.
pub(crate) fn forget(process: u32) {
    tell('-', process);
}

fn tell(change: char, process: u32) {
    let Some(pipe) = GUARD.get_or_init(start) else { return };
    let mut pipe = pipe.lock().unwrap_or_else(PoisonError::into_inner);
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
