//! Lambda: functions as processes of this machine.
//!
//! [`Binaries`] builds the executables with [`cargo()`]. A [`Function`] starts instances on demand and gives each one
//! invocation at a time. An `instance` is one process, from its init to its end, with a `runtime_api` of its own.
//! The `invoker` lets `Invoke` on the AWS endpoint reach a function. The `orphan_reaper` ends processes that would
//! outlive this program.

mod binaries;
mod cargo;
mod function;
mod instance;
mod invoke_error;
mod invoker;
mod orphan_reaper;
mod output;
mod runtime_api;

pub use binaries::Binaries;
pub use cargo::{BuildError, BuildOutput, cargo};
pub use function::Function;
pub(crate) use function::MappedQueue;
pub use instance::FunctionConfig;
pub use invoke_error::{InitFailure, InvokeError};
pub(crate) use invoker::Invoker;
