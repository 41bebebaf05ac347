//! How often a fault happens.

/// How often a fault happens.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Times {
    /// The next time.
    Once,
    /// The next so many times.
    N(u32),
    /// Until [`Faults::clear`](super::Faults::clear).
    Always,
}
