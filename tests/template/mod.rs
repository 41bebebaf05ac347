//! `template.yaml` and the templates of the stacks beside it against their design: decisions of this project, which
//! AWS's own tools can't know.
//!
//! `file` reads the template as it stands there, `values` decides its conditions, `sandbox` reads it as the sandbox
//! runs it; each of the other modules holds one side of it to the design.

mod alarms;
mod beside;
mod dashboard;
mod file;
mod functions;
mod grafana;
mod kept;
mod metrics;
mod names;
mod network;
mod parameters;
mod rights;
mod rules;
mod samconfig;
mod sandbox;
mod values;
