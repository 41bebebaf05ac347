//! Lambda: functions as processes of this machine.
//!
//! - [`Binaries`]: the functions' executables, built by cargo, at the paths that cargo reports;
//! - [`Function`]: starts instances on demand and gives each one invocation at a time;
//! - `instance`: one process and its life: init, invocations, timeout, crash;
//! - `guard`: sees to it that no process outlives this program;
//! - `runtime_api`: the HTTP interface that an instance asks for work, one listener an instance.

mod binaries;
mod function;
mod guard;
mod instance;
mod invoke_error;
mod last_lines;
mod runtime_api;

pub use binaries::{Binaries, BuildError, BuildOutput, cargo};
pub use function::{Function, FunctionConfig};
pub use invoke_error::InvokeError;
