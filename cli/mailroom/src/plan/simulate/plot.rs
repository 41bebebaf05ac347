//! The day as an SVG: backlog, age, refusals and instances over its hours.

use super::day::{Day, Minute};
use anyhow::{Context, Result};
use indicatif::HumanFloatCount;
use plotters::coord::Shift;
use plotters::prelude::*;
use std::path::Path;

const WIDTH: u32 = 900;
const PANEL_HEIGHT: u32 = 220;
const TITLE: (&str, u32) = ("sans-serif", 16);
const TEXT: (&str, u32) = ("sans-serif", 12);

/// Readable on white, and told apart by most people who don't see all colours.
const COLORS: [RGBColor; 3] = [RGBColor(47, 129, 247), RGBColor(227, 135, 45), RGBColor(209, 73, 91)];

type Value = fn(&Minute) -> u64;

struct Panel {
    title: &'static str,
    lines: &'static [(&'static str, Value)],
}

const PANELS: [Panel; 4] = [
    Panel { title: "Emails in the queue", lines: &[("emails", |minute| minute.backlog)] },
    Panel { title: "Age of the oldest, in seconds", lines: &[("seconds", |minute| minute.oldest_seconds)] },
    Panel {
        title: "Refused emails a minute",
        lines: &[
            ("by Lambda", |minute| minute.refused.by_lambda),
            ("by the HTTP API", |minute| minute.refused.by_gateway),
            ("without tokens", |minute| minute.refused.without_tokens),
        ],
    },
    Panel {
        title: "Instances at work",
        lines: &[("api", |minute| minute.api_instances), ("worker", |minute| minute.worker_instances)],
    },
];

/// Writes the plot of a day. `title` says what was simulated.
pub(crate) fn write(path: &Path, title: &str, day: &Day) -> Result<()> {
    let height = PANEL_HEIGHT * u32::try_from(PANELS.len())? + 30;
    let area = SVGBackend::new(path, (WIDTH, height)).into_drawing_area();
    let drawn = || -> Result<()> {
        area.fill(&WHITE)?;
        let below = area.titled(title, TITLE)?;
        for (panel, area) in PANELS.iter().zip(below.split_evenly((PANELS.len(), 1))) {
            panel.draw(&area, &day.minutes)?;
        }
        Ok(area.present()?)
    };
    drawn().with_context(|| format!("can't write {}", path.display()))
}

impl Panel {
    fn draw(&self, area: &DrawingArea<SVGBackend<'_>, Shift>, minutes: &[Minute]) -> Result<()> {
        let largest = |value: Value| minutes.iter().map(value).max().unwrap_or(0);
        let most = self.lines.iter().map(|(_, value)| largest(*value)).max().unwrap_or(0).max(1);
        let mut chart = ChartBuilder::on(area)
            .caption(self.title, TEXT)
            .margin(8)
            .margin_right(24) // for half of the last label
            .x_label_area_size(24)
            .y_label_area_size(90)
            .build_cartesian_2d(0.0..24.0, 0.0..most as f64 * 1.05)?;
        chart
            .configure_mesh()
            .label_style(TEXT)
            .light_line_style(TRANSPARENT)
            .x_labels(13)
            .y_labels(5)
            .x_label_formatter(&|hour| format!("{hour:02.0}:00"))
            .y_label_formatter(&|value| HumanFloatCount(*value).to_string())
            .draw()?;
        // A line along the bottom would hide the others.
        for ((name, value), color) in
            self.lines.iter().zip(COLORS).filter(|((_, value), _)| largest(*value) > 0)
        {
            let points =
                (0_u32..).zip(minutes).map(|(at, minute)| (f64::from(at) / 60.0, value(minute) as f64));
            chart
                .draw_series(LineSeries::new(points, color.stroke_width(2)))?
                .label(*name)
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 16, y)], color.stroke_width(2)));
        }
        if self.lines.len() > 1 && most > 1 {
            chart
                .configure_series_labels()
                .position(SeriesLabelPosition::UpperRight)
                .background_style(WHITE)
                .border_style(BLACK.mix(0.3))
                .label_font(TEXT)
                .draw()?;
        }
        Ok(())
    }
}
