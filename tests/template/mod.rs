//! `template.yaml` against its design: what AWS's own tools can't know, because it is ours to decide.
//!
//! `file` reads the template as it stands there; each of the other modules holds one side of it to the design.

mod alarms;
mod dashboard;
mod file;
mod functions;
mod kept;
mod metrics;
mod names;
mod network;
mod parameters;
mod rights;
mod rules;
mod samconfig;
