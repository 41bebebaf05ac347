//! The command line, and the plan made from it.

use crate::sections::Section;
use clap::Parser;
use serde::Serialize;
use std::path::PathBuf;

/// Measures Mailroom's functions: cold starts, warm invocations, batches, and the whole system.
///
/// Without options it builds the functions as SAM does and measures everything in a few minutes. Each process runs
/// behind its own Lambda Runtime API and talks to a stub of SSM, SQS and S3. A wrong response ends the benchmark.
///
/// Other programs disturb the measurement: trust CPU time, medians and ratios within one run. To compare two builds,
/// use --against.
#[derive(Debug, Parser)]
#[command(
    name = "mailroom",
    override_usage = "cargo bench -p bench -- [OPTIONS]",
    disable_version_flag = true,
    max_term_width = 110
)]
pub struct Options {
    /// Sections to measure [default: all]
    #[arg(long, value_enum, value_delimiter = ',', value_name = "SECTIONS")]
    only: Vec<Section>,

    /// Measure less of everything, for a first impression
    #[arg(long)]
    quick: bool,

    /// Cold starts of each function [default: 20, quick: 5]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    starts: Option<u32>,

    /// Warm invocations of api [default: 2000, quick: 300]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(10..=1_000_000))]
    invocations: Option<u32>,

    /// Batch sizes for worker [default: 1,10,100,1000, quick: 1,10,100]
    #[arg(long, value_delimiter = ',', value_name = "SIZES", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    records: Vec<u32>,

    /// Time that the stub of S3 takes to store an object of a batch, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 20)]
    s3_ms: u64,

    /// Concurrent connections to the load balancer [default: 1,8,32,128, quick: 1,8,32]
    #[arg(long, value_delimiter = ',', value_name = "NUMBERS", value_parser = clap::value_parser!(u32).range(1..=512))]
    connections: Vec<u32>,

    /// Emails for each number of connections [default: 2000, quick: 300]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    emails: Option<u32>,

    /// Count instructions in user space and system calls instead of time: cold, warm and batches of 100. Needs valgrind;
    /// of the peers, name rust alone
    #[arg(long, conflicts_with_all = ["starts", "invocations", "cgroup", "svg"])]
    pub(crate) instructions: bool,

    /// Fail if a count differs by more than 3 % from this file, which --instructions --json has written
    #[arg(long, value_name = "FILE", requires = "instructions")]
    pub(crate) baseline: Option<PathBuf>,

    /// Measure the executables `api` and `worker` in this directory instead of building them
    #[arg(long, value_name = "DIR")]
    pub(crate) functions: Option<PathBuf>,

    /// Measure the executables `api` and `worker` in this directory too, in turns with the first
    #[arg(long, value_name = "DIR")]
    pub(crate) against: Option<PathBuf>,

    /// Measure the functions a second time behind an HTTP API, in turns with the first: with its events for api
    #[arg(long)]
    pub(crate) http_api: bool,

    /// Build and measure the implementations in bench/peers too; the first build needs their tools and registries.
    /// Ratios are against the first peer, or against --against
    #[arg(long, value_enum, value_delimiter = ',', value_name = "PEERS", num_args = 0..=1, require_equals = true,
        default_missing_value = "rust,node,python")]
    pub(crate) peers: Vec<Peer>,

    /// Let the stub of AWS speak TLS, as AWS does: for cold, warm and batch
    #[arg(long)]
    tls: bool,

    /// Start the processes of cold, warm and batch in this control group, which limits their CPU
    #[arg(long, value_name = "DIR")]
    cgroup: Option<PathBuf>,

    /// Keep what end-to-end accepts in subdirectories of this directory, as `mailroom up --data` does
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,

    /// Write all numbers to this file
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,

    /// Write charts to this directory
    #[arg(long, value_name = "DIR")]
    pub(crate) svg: Option<PathBuf>,

    /// Cargo passes it to every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Peer {
    /// Rust as in the documentation of its libraries, and an empty function
    Rust,
    /// JavaScript on Node
    Node,
    /// Python
    Python,
}

/// The measurements, and how often each is taken.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Plan {
    pub(crate) sections: Vec<Section>,
    pub(crate) starts: usize,
    pub(crate) invocations: usize,
    pub(crate) records: Vec<usize>,
    pub(crate) s3_ms: u64,
    pub(crate) connections: Vec<usize>,
    pub(crate) emails: usize,
    pub(crate) tls: bool,
    pub(crate) cgroup: Option<PathBuf>,
    pub(crate) data: Option<PathBuf>,
    /// Counts instructions instead of time.
    pub(crate) valgrind: Option<PathBuf>,
}

impl Options {
    pub(crate) fn plan(&self) -> Plan {
        let choose = |given: Option<u32>, usual: u32, quick: u32| {
            size(given.unwrap_or(if self.quick { quick } else { usual }))
        };
        let list = |given: &[u32], usual: &[u32], quick: usize| -> Vec<usize> {
            let default = if self.quick { &usual[..quick] } else { usual };
            (if given.is_empty() { default } else { given }).iter().copied().map(size).collect()
        };
        let selected = |section: &Section| self.only.is_empty() || self.only.contains(section);
        Plan {
            sections: Section::ALL.into_iter().filter(selected).collect(),
            starts: choose(self.starts, 20, 5),
            invocations: choose(self.invocations, 2_000, 300),
            records: match self.instructions {
                true => list(&self.records, &[100], 1),
                false => list(&self.records, &[1, 10, 100, 1_000], 3),
            },
            s3_ms: self.s3_ms,
            connections: list(&self.connections, &[1, 8, 32, 128], 3),
            emails: choose(self.emails, 2_000, 300),
            tls: self.tls,
            cgroup: self.cgroup.clone(),
            data: self.data.clone(),
            valgrind: None,
        }
    }
}

fn size(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Options, clap::Error> {
        Options::try_parse_from(["bench"].iter().chain(arguments))
    }

    #[test]
    fn everything_is_measured_by_default() {
        let plan = parse(&["--bench"]).unwrap().plan();
        assert_eq!(plan.sections, Section::ALL);
        assert_eq!((plan.starts, plan.invocations, plan.s3_ms), (20, 2_000, 20));
        assert_eq!((plan.records, plan.connections), (vec![1, 10, 100, 1_000], vec![1, 8, 32, 128]));
    }

    #[test]
    fn quick_reduces_all_that_is_not_given() {
        let plan = parse(&["--quick", "--starts", "7", "--only", "end-to-end,cold"]).unwrap().plan();
        assert_eq!(plan.sections, [Section::Cold, Section::EndToEnd]);
        assert_eq!((plan.starts, plan.invocations), (7, 300));
        assert_eq!((plan.records, plan.connections), (vec![1, 10, 100], vec![1, 8, 32]));
    }

    #[test]
    fn peers_are_none_all_or_the_named_ones() {
        let peers = |arguments: &[&str]| parse(arguments).unwrap().peers;
        assert_eq!(peers(&[]), []);
        assert_eq!(peers(&["--peers", "--quick"]), [Peer::Rust, Peer::Node, Peer::Python]);
        assert_eq!(peers(&["--peers=node,rust"]), [Peer::Node, Peer::Rust]);
    }

    #[test]
    fn instructions_are_counted_for_batches_of_100_and_without_options_for_time() {
        assert_eq!(parse(&["--instructions"]).unwrap().plan().records, [100]);
        for arguments in [["--instructions", "--starts=3"], ["--quick", "--baseline=counts.json"]] {
            assert!(parse(&arguments).is_err(), "{arguments:?}");
        }
    }

    #[test]
    fn zero_is_refused() {
        for arguments in [["--starts", "0"], ["--records", "0"], ["--connections", "1,0"]] {
            assert!(parse(&arguments).is_err(), "{arguments:?}");
        }
    }
}
