//! What `template.yaml` says, as far as it runs on one machine.
