//! How far a long command is.

use indicatif::{ProgressBar, ProgressStyle};
use std::time::Duration;

/// How often what has no end in sight shows that it moves.
const TICK: Duration = Duration::from_millis(100);

/// A bar on stderr for so many of these, where it is a terminal; nothing elsewhere.
pub(crate) fn bar(of: u64, things: &str) -> ProgressBar {
    styled(
        ProgressBar::new(of),
        &format!("{{bar:40}} {{human_pos}} of {{human_len}} {things}, {{eta}} left  {{msg}}"),
    )
}

/// The same for what nobody knows the number of.
pub(crate) fn spinner(things: &str) -> ProgressBar {
    let bar = styled(ProgressBar::new_spinner(), &format!("{{spinner}} {{human_pos}} {things}  {{msg}}"));
    bar.enable_steady_tick(TICK);
    bar
}

/// A template that can't be read leaves indicatif's own style: a bar all the same.
fn styled(bar: ProgressBar, template: &str) -> ProgressBar {
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
