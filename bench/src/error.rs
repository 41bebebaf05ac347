//! Why a benchmark ends early.

use crate::cgroup::CgroupError;
use crate::check::Wrong;
use crate::contestants::{Function, NoExecutable};
use crate::package::PackageError;
use crate::peers::PeerError;
use crate::plot::PlotError;
use crate::process::ProcessError;
use crate::report::ReportError;
use crate::stub::StubError;
use crate::usage::UsageError;
use sandbox::StackError;
use sandbox::lambda::BuildError;
use sandbox::template::TemplateError;

/// Why a benchmark ends early.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// A function did not do what it was asked to.
    #[error("{function} of {contestant} did wrong: {wrong}")]
    Wrong {
        /// Whose function.
        contestant: String,
        /// Which.
        function: Function,
        /// What it did.
        wrong: Wrong,
    },
    /// The whole system did not do what it was asked to.
    #[error("the system with the functions of {contestant} did wrong: {what}")]
    System {
        /// Whose functions.
        contestant: String,
        /// What it did.
        what: String,
    },
    /// The load balancer answered something else than 200 with a message id.
    #[error("the load balancer answered {status}, not 200 with a message_id: {body}")]
    Answer {
        /// The status.
        status: u16,
        /// The beginning of the body.
        body: String,
    },
    /// The template has no function of that name.
    #[error("template.yaml has no function whose binary is `{0}`")]
    NoFunction(Function),
    /// A process could not be measured.
    #[error("{contestant}")]
    Process {
        /// Whose.
        contestant: String,
        /// Why.
        source: ProcessError,
    },
    /// Neither an end-to-end system nor its clients.
    #[error(transparent)]
    Stack(#[from] StackError),
    /// The functions don't compile.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The template can't be read.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// No executables.
    #[error(transparent)]
    NoExecutable(#[from] NoExecutable),
    /// No peer.
    #[error(transparent)]
    Peer(#[from] PeerError),
    /// No sizes.
    #[error(transparent)]
    Package(#[from] PackageError),
    /// No report.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// No picture.
    #[error(transparent)]
    Plot(#[from] PlotError),
    /// No stub.
    #[error(transparent)]
    Stub(#[from] StubError),
    /// No share of a processor.
    #[error(transparent)]
    Cgroup(#[from] CgroupError),
    /// Nothing is known of a process.
    #[error(transparent)]
    Usage(#[from] UsageError),
    /// A sample of `events/` is broken.
    #[error("a sample of events/ is no JSON")]
    Sample(#[from] serde_json::Error),
    /// No directory, no runtime, no output.
    #[error("the benchmark can't work here")]
    Io(#[from] std::io::Error),
}
