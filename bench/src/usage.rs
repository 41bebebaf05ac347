//! What a process has used so far. The numbers come from Linux alone; elsewhere there is an error instead.

use std::time::{Duration, Instant};

/// A moment in a process's life.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// When it was.
    pub at: Instant,
    /// The processor time of all its threads by then, user's and system's.
    pub cpu: Duration,
}

/// Why nothing is known of a process.
#[derive(Debug, thiserror::Error)]
pub enum UsageError {
    /// It is gone, or not ours to look at.
    #[error("the process {0} can't be looked at: has it ended?")]
    Gone(u32),
    /// Not on Linux.
    #[error("processes are measured on Linux alone: run the benchmark there, or with --only end-to-end")]
    OtherSystem,
}

/// The CPU clock of another process.
#[derive(Clone, Copy, Debug)]
pub struct CpuClock {
    process: u32,
    #[cfg(target_os = "linux")]
    clock: nix::time::ClockId,
}

impl CpuClock {
    /// Now, as the process has it.
    ///
    /// # Errors
    /// The process is gone.
    pub fn moment(&self) -> Result<Moment, UsageError> {
        let cpu = self.cpu()?;
        Ok(Moment { at: Instant::now(), cpu })
    }
}

#[cfg(target_os = "linux")]
impl CpuClock {
    /// The clock of the process with this id. It counts nanoseconds, where `/proc` counts ticks of 10 ms.
    ///
    /// # Errors
    /// There is no such process.
    pub fn of(process: u32) -> Result<Self, UsageError> {
        let id = nix::unistd::Pid::from_raw(process.cast_signed());
        let clock = nix::time::ClockId::pid_cpu_clock_id(id).map_err(|_| UsageError::Gone(process))?;
        Ok(Self { process, clock })
    }

    fn cpu(&self) -> Result<Duration, UsageError> {
        self.clock.now().map(Duration::from).map_err(|_| UsageError::Gone(self.process))
    }

    /// The most memory that the process has held so far, in bytes.
    ///
    /// # Errors
    /// The process is gone.
    pub fn peak_memory(&self) -> Result<u64, UsageError> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process));
        let status = status.map_err(|_| UsageError::Gone(self.process))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
        kib.map(|kib| kib * 1_024).ok_or(UsageError::Gone(self.process))
    }
}

#[cfg(not(target_os = "linux"))]
impl CpuClock {
    /// There is none.
    ///
    /// # Errors
    /// Always.
    pub fn of(_: u32) -> Result<Self, UsageError> {
        Err(UsageError::OtherSystem)
    }

    fn cpu(&self) -> Result<Duration, UsageError> {
        Err(UsageError::OtherSystem)
    }

    /// Nothing is known.
    ///
    /// # Errors
    /// Always.
    pub fn peak_memory(&self) -> Result<u64, UsageError> {
        let _ = self.process;
        Err(UsageError::OtherSystem)
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")] // processes are measured there alone
mod tests {
    use super::*;

    #[test]
    fn the_clock_counts_what_this_process_computes() {
        let clock = CpuClock::of(std::process::id()).unwrap();
        let before = clock.moment().unwrap().cpu;
        // Ends by what it has used itself, not by the time of day.
        while clock.moment().unwrap().cpu < before + Duration::from_millis(2) {
            std::hint::black_box((0..10_000).sum::<u64>());
        }
        assert!(clock.moment().unwrap().cpu >= before + Duration::from_millis(2));
    }

    #[test]
    fn memory_is_counted_in_bytes() {
        let touched = vec![1_u8; 32 << 20];
        let peak = CpuClock::of(std::process::id()).unwrap().peak_memory().unwrap();
        assert!(peak > std::hint::black_box(&touched).len() as u64, "{peak}");
    }

    #[test]
    fn a_process_that_is_gone_is_an_error() {
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let id = child.id();
        child.wait().unwrap();
        assert!(CpuClock::of(id).is_err());
    }
}
