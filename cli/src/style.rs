//! How words look, where the output is a terminal. `anstream` leaves the codes out where it is none, and where
//! `NO_COLOR` is set.

use anstyle::{AnsiColor, Style};

/// An email is where it belongs.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default().bold();
/// Worth a look.
pub(crate) const WARNING: Style = AnsiColor::Yellow.on_default();
/// Something went wrong.
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
/// What most people look past.
pub(crate) const DIM: Style = Style::new().dimmed();
/// A heading.
pub(crate) const BOLD: Style = Style::new().bold();
