//! One number of each contestant.

use super::page::{LINE, Page, Stand, WIDTH};
use crate::columns::Unit;

/// Room for names, and for the title above.
const LEFT: f64 = 170.0;
const TOP: f64 = 36.0;
/// Room for the number behind a bar.
const RIGHT: f64 = 90.0;

/// A number with a name, whose first word tells whose it is.
pub(crate) struct Bar {
    pub(crate) name: String,
    pub(crate) value: f64,
}

pub(crate) fn draw(title: &str, unit: Unit, bars: &[Bar]) -> String {
    let mut page = Page::new(title, TOP + LINE * bars.len() as f64 + 8.0);
    let most = bars.iter().map(|bar| bar.value).fold(f64::MIN_POSITIVE, f64::max);
    let mut owners: Vec<&str> = Vec::new();
    for (row, bar) in bars.iter().enumerate() {
        let owner = bar.name.split(' ').next().unwrap_or_default();
        if !owners.contains(&owner) {
            owners.push(owner);
        }
        let colour = owners.iter().position(|known| *known == owner).unwrap_or_default();
        let (top, width) = (TOP + LINE * row as f64, bar.value / most * (WIDTH - LEFT - RIGHT));
        page.text(LEFT - 8.0, top + 13.0, Stand::Before, &bar.name);
        page.bar(LEFT, top, width.max(1.0), colour);
        page.text(LEFT + width + 6.0, top + 13.0, Stand::After, &unit.show(bar.value));
    }
    page.finish()
}
