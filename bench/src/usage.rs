//! The resources that another process has used so far. Linux only.

use std::io;
use std::time::{Duration, Instant};

/// The time of day and a process's CPU time at one moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    pub(crate) at: Instant,
    /// User and system time of all threads.
    pub(crate) cpu: Duration,
}

impl Reading {
    /// An error if the process has ended.
    pub(crate) fn of(process: u32) -> io::Result<Self> {
        let cpu = cpu_time(process)?;
        Ok(Self { at: Instant::now(), cpu })
    }
}

/// The clock counts nanoseconds and includes threads that have ended. `/proc/PID/stat` counts steps of 10 ms;
/// `schedstat` covers one thread, and not the time since its last tick.
#[cfg(target_os = "linux")]
fn cpu_time(process: u32) -> io::Result<Duration> {
    use nix::{time::ClockId, unistd::Pid};
    let clock = ClockId::pid_cpu_clock_id(Pid::from_raw(process.cast_signed()))?;
    Ok(clock.now()?.into())
}

#[cfg(not(target_os = "linux"))]
fn cpu_time(_: u32) -> io::Result<Duration> {
    Err(io::Error::other("only Linux has a clock of another process: use --only end-to-end"))
}

/// The peak memory of a process in bytes.
pub(crate) fn peak_memory(process: u32) -> io::Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kib.map(|kib| kib * 1_024).ok_or_else(|| io::Error::other(format!("process {process} has ended")))
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;

    #[test]
    fn the_clock_counts_the_cpu_time_of_a_process() {
        let cpu = || Reading::of(std::process::id()).unwrap().cpu;
        let (before, began) = (cpu(), Instant::now());
        while cpu() < before + Duration::from_millis(2) {
            std::hint::black_box((0..10_000).sum::<u64>());
            assert!(began.elapsed() < Duration::from_secs(60), "the clock stands still");
        }
    }

    #[test]
    fn peak_memory_is_in_bytes() {
        let touched = vec![1_u8; 32 << 20];
        let peak = peak_memory(std::process::id()).unwrap();
        assert!(peak > std::hint::black_box(&touched).len() as u64, "{peak}");
    }

    #[test]
    fn a_process_that_has_ended_is_an_error() {
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let id = child.id();
        child.wait().unwrap();
        assert!(Reading::of(id).is_err() && peak_memory(id).is_err());
    }
}
