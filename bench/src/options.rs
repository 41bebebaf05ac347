//! The command line.

use crate::columns::Section;
use crate::peers::Peer;
use crate::report::Settings;
use clap::Parser;
use std::path::PathBuf;

/// Measures what Mailroom's functions cost: cold starts, warm invocations, batches, and the whole system.
///
/// Fresh and warm processes of the release builds run behind a Lambda Runtime API each, against a stub of SSM, SQS and
/// S3. Every answer is checked; a wrong one ends the benchmark. Without an option it builds the functions and measures
/// all sections in some minutes.
///
/// Machines are noisy, and other programs take their part: trust CPU time, medians and the ratios within one run more
/// than times, and compare two builds with --against rather than two runs.
#[derive(Debug, Parser)]
#[command(
    name = "mailroom",
    override_usage = "cargo bench -p bench -- [OPTIONS]",
    disable_version_flag = true,
    max_term_width = 110
)]
pub struct Options {
    /// The sections to measure; all of them if none is named
    #[arg(long, value_enum, value_delimiter = ',', value_name = "SECTIONS")]
    pub only: Vec<Section>,

    /// A first impression: fewer of everything
    #[arg(long)]
    pub quick: bool,

    /// Fresh processes of each function [default: 20, quick: 5]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub starts: Option<u32>,

    /// Warm invocations of api [default: 2000, quick: 300]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(10..=1_000_000))]
    pub invocations: Option<u32>,

    /// Sizes of the batches for worker [default: 1,10,100,1000, quick: 1,10,100]
    #[arg(long, value_delimiter = ',', value_name = "SIZES", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub records: Vec<u32>,

    /// How long S3 takes to store an object of a batch, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 20)]
    pub s3_ms: u64,

    /// Connections at a time through the load balancer [default: 1,8,32,128, quick: 1,8,32]
    #[arg(long, value_delimiter = ',', value_name = "NUMBERS", value_parser = clap::value_parser!(u32).range(1..=512))]
    pub connections: Vec<u32>,

    /// Emails at each number of connections [default: 2000, quick: 300]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub emails: Option<u32>,

    /// Measure the executables `api` and `worker` in this directory, and build nothing
    #[arg(long, value_name = "DIR")]
    pub functions: Option<PathBuf>,

    /// Another build's directory with `api` and `worker`, measured in the same run, turn by turn
    #[arg(long, value_name = "DIR")]
    pub against: Option<PathBuf>,

    /// Also what one would write otherwise: builds bench/peers (all of them, or those named), which needs their
    /// tools and registries the first time. Ratios are against the first, or against --against
    #[arg(long, value_enum, value_delimiter = ',', value_name = "PEERS", num_args = 0..=1, require_equals = true,
        default_missing_value = "rust,node,python")]
    pub peers: Vec<Peer>,

    /// The stub of AWS speaks TLS, as AWS does: for cold, warm and batch
    #[arg(long)]
    pub tls: bool,

    /// Repeat cold, warm and batch with the share of a processor that Lambda gives a function with so much memory:
    /// 1769 MB are one. Needs root, for a cgroup. The whole process has that share from its start, where Lambda lets
    /// the init have more
    #[arg(long, value_delimiter = ',', value_name = "MB", value_parser = clap::value_parser!(u32).range(128..=10_240))]
    pub memory: Vec<u32>,

    /// Write all numbers to this file
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,

    /// A file that an earlier run has written with --json: adds what was, and the ratio
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,

    /// Draw pictures of the numbers into this directory, for the documentation
    #[arg(long, value_name = "DIR")]
    pub svg: Option<PathBuf>,

    /// What cargo gives every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

/// How much of what is measured.
#[derive(Debug)]
pub struct Plan {
    /// The sections, in order.
    pub sections: Vec<Section>,
    /// The settings that stand in the report.
    pub settings: Settings,
    /// Sizes of batches.
    pub records: Vec<usize>,
    /// Connections at a time.
    pub connections: Vec<usize>,
}

impl Options {
    /// What these options ask for.
    #[must_use]
    pub fn plan(&self) -> Plan {
        let choose = |given: Option<u32>, usual: u32, quick: u32| {
            size(given.unwrap_or(if self.quick { quick } else { usual }))
        };
        let list = |given: &[u32], usual: &[u32], quick: usize| -> Vec<usize> {
            let some = if self.quick { &usual[..quick] } else { usual };
            (if given.is_empty() { some } else { given }).iter().copied().map(size).collect()
        };
        let asked = |section: &Section| self.only.is_empty() || self.only.contains(section);
        Plan {
            sections: Section::ALL.into_iter().filter(asked).collect(),
            settings: Settings {
                starts: choose(self.starts, 20, 5),
                invocations: choose(self.invocations, 2_000, 300),
                s3_ms: self.s3_ms,
                emails: choose(self.emails, 2_000, 300),
                tls: self.tls,
            },
            records: list(&self.records, &[1, 10, 100, 1_000], 3),
            connections: list(&self.connections, &[1, 8, 32, 128], 3),
        }
    }
}

fn size(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(arguments: &[&str]) -> Plan {
        let all = ["bench"].iter().chain(arguments);
        Options::try_parse_from(all).unwrap_or_else(|error| panic!("{error}")).plan()
    }

    #[test]
    fn without_options_everything_is_measured() {
        let plan = plan(&["--bench"]);
        assert_eq!(plan.sections, Section::ALL);
        assert_eq!((plan.settings.starts, plan.settings.invocations, plan.settings.s3_ms), (20, 2_000, 20));
        assert_eq!((plan.records, plan.connections), (vec![1, 10, 100, 1_000], vec![1, 8, 32, 128]));
    }

    #[test]
    fn quick_is_less_of_everything_but_what_is_asked_for_by_name() {
        let plan = plan(&["--quick", "--starts", "7", "--only", "end-to-end,cold"]);
        assert_eq!(plan.sections, [Section::Cold, Section::EndToEnd]);
        assert_eq!((plan.settings.starts, plan.settings.invocations), (7, 300));
        assert_eq!((plan.records, plan.connections), (vec![1, 10, 100], vec![1, 8, 32]));
    }

    #[test]
    fn peers_are_none_or_all_or_those_that_are_named() {
        let peers = |arguments: &[&str]| {
            let all = ["bench"].iter().chain(arguments);
            Options::try_parse_from(all).unwrap_or_else(|error| panic!("{error}")).peers
        };
        assert_eq!(peers(&[]), []);
        assert_eq!(peers(&["--peers", "--quick"]), [Peer::Rust, Peer::Node, Peer::Python]);
        assert_eq!(peers(&["--peers=node,rust"]), [Peer::Node, Peer::Rust]);
    }

    #[test]
    fn nothing_can_be_measured_no_times() {
        for arguments in [["--starts", "0"], ["--records", "0"], ["--connections", "1,0"]] {
            assert!(Options::try_parse_from(["bench"].iter().chain(&arguments)).is_err(), "{arguments:?}");
        }
    }
}
