//! One number over another, both on logarithmic axes.

use super::page::{LINE, Page, Stand, WIDTH};
use crate::columns::Unit;

const LEFT: f64 = 80.0;
const RIGHT: f64 = WIDTH - 150.0;
const TOP: f64 = 44.0;
const BOTTOM: f64 = 330.0;
const HEIGHT: f64 = 380.0;

/// What is varied.
pub(crate) struct Axis {
    pub(crate) name: &'static str,
    pub(crate) unit: Unit,
}

/// The numbers of one contestant.
pub(crate) struct Line {
    pub(crate) name: String,
    pub(crate) points: Vec<(f64, f64)>,
}

/// A logarithmic scale between two places.
struct Scale {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
}

pub(crate) fn draw(title: &str, across: &Axis, up: Unit, lines: &[Line]) -> String {
    let mut page = Page::new(title, HEIGHT);
    let points = || lines.iter().flat_map(|line| &line.points);
    let x = Scale::over(points().map(|point| point.0), (LEFT, RIGHT));
    let y = Scale::in_decades(points().map(|point| point.1), (BOTTOM, TOP));
    for value in y.ticks() {
        page.grid((LEFT, y.place(value)), (RIGHT, y.place(value)));
        page.text(LEFT - 8.0, y.place(value) + 4.0, Stand::Before, &up.show(value));
    }
    let mut measured: Vec<_> = points().map(|point| point.0).collect();
    measured.sort_by(f64::total_cmp);
    measured.dedup();
    for value in measured {
        page.grid((x.place(value), TOP), (x.place(value), BOTTOM));
        page.text(x.place(value), BOTTOM + 18.0, Stand::Above, &across.unit.show(value));
    }
    page.text(f64::midpoint(LEFT, RIGHT), BOTTOM + 38.0, Stand::Above, across.name);

    // A name stands where its line ends, or as near below the name above as it can be read.
    let end = |line: &Line| line.points.last().map_or(BOTTOM, |point| y.place(point.1));
    let mut order: Vec<_> = lines.iter().enumerate().collect();
    order.sort_by(|(_, one), (_, other)| end(one).total_cmp(&end(other)));
    let mut free = TOP;
    for (colour, line) in order {
        let places: Vec<_> = line.points.iter().map(|(at, value)| (x.place(*at), y.place(*value))).collect();
        page.line(&places, colour);
        let height = end(line).max(free);
        page.text(RIGHT + 12.0, height + 4.0, Stand::After, &line.name);
        free = height + LINE * 0.75;
    }
    page.finish()
}

impl Scale {
    /// From the smallest value to the largest.
    fn over(values: impl Iterator<Item = f64>, (from, to): (f64, f64)) -> Self {
        let values = values.filter(|value| *value > 0.0);
        let (low, high) = values
            .fold((f64::MAX, f64::MIN_POSITIVE), |(low, high), value| (low.min(value), high.max(value)));
        // One value alone needs some room too.
        let high = if low < high { high } else { low * 10.0 };
        Self { low, high, from, to }
    }

    /// From the power of ten below the smallest value to the one above the largest.
    fn in_decades(values: impl Iterator<Item = f64>, places: (f64, f64)) -> Self {
        let tight = Self::over(values, places);
        Self {
            low: 10_f64.powf(tight.low.log10().floor()),
            high: 10_f64.powf(tight.high.log10().ceil()),
            ..tight
        }
    }

    fn place(&self, value: f64) -> f64 {
        let share = (value.max(self.low) / self.low).log10() / (self.high / self.low).log10();
        self.from + share * (self.to - self.from)
    }

    /// The powers of ten.
    fn ticks(&self) -> Vec<f64> {
        let next = |value: &f64| Some(value * 10.0).filter(|value| *value <= self.high * 1.01);
        std::iter::successors(Some(self.low), next).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn on_a_scale_the_same_ratio_is_the_same_distance() {
        let scale = Scale::in_decades([2.0, 500.0].into_iter(), (0.0, 300.0));
        let places = [1.0, 10.0, 100.0, 1_000.0].map(|value| scale.place(value).round());
        assert_eq!(places, [0.0, 100.0, 200.0, 300.0]);
        assert_eq!(scale.ticks().len(), 4);
    }

    #[test]
    fn one_value_alone_has_a_place() {
        let scale = Scale::over([100.0].into_iter(), (0.0, 300.0));
        assert_eq!(scale.place(100.0), 0.0);
    }
}
