//! Charts of the results for the documentation.

use crate::candidates::Function;
use crate::report::Measurement;
use crate::sections::{Section, Unit};
use anyhow::{Context, Result};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use std::path::Path;

const WIDTH: u32 = 760;
const TITLE: (&str, u32) = ("sans-serif", 18);
const TEXT: (&str, u32) = ("sans-serif", 13);

/// Readable on white, and told apart by most people who don't see all colours.
const COLORS: [RGBColor; 6] = [
    RGBColor(47, 129, 247),
    RGBColor(227, 135, 45),
    RGBColor(45, 164, 78),
    RGBColor(191, 90, 242),
    RGBColor(209, 73, 91),
    RGBColor(138, 143, 152),
];

struct Chart {
    file: &'static str,
    title: &'static str,
    section: Section,
    /// Columns, each with what follows the candidate's name.
    values: &'static [(&'static str, &'static str)],
    unit: Unit,
}

const CHARTS: [Chart; 5] = [
    Chart {
        file: "cold-start-time.svg",
        title: "Cold start: time to the first response",
        section: Section::Cold,
        values: &[("answer_ms", "")],
        unit: Unit::Millis,
    },
    Chart {
        file: "warm-cpu.svg",
        title: "Warm: CPU time of an invocation",
        section: Section::Warm,
        values: &[("cpu_us", "")],
        unit: Unit::Micros,
    },
    Chart {
        file: "batch-time.svg",
        title: "Time of a batch",
        section: Section::Batch,
        values: &[("time_ms", "")],
        unit: Unit::Millis,
    },
    Chart {
        file: "throughput.svg",
        title: "Emails stored per second, end to end",
        section: Section::EndToEnd,
        values: &[("filed_per_second", "")],
        unit: Unit::Count,
    },
    Chart {
        file: "latency.svg",
        title: "Response time, end to end",
        section: Section::EndToEnd,
        values: &[("p50_ms", " p50"), ("p99_ms", " p99")],
        unit: Unit::Millis,
    },
];

/// Writes the charts of the sections that were measured.
pub(crate) fn write(measurements: &[Measurement], directory: &Path) -> Result<()> {
    std::fs::create_dir_all(directory).with_context(|| format!("can't create {}", directory.display()))?;
    for chart in CHARTS {
        let measured: Vec<_> = measurements.iter().filter(|found| found.section == chart.section).collect();
        if !measured.is_empty() {
            let path = directory.join(chart.file);
            let draw = if chart.section.parameter().is_some() { Chart::lines } else { Chart::bars };
            draw(&chart, &path, &measured).with_context(|| format!("can't write {}", path.display()))?;
        }
    }
    Ok(())
}

impl Chart {
    /// A bar for each measurement, with its value.
    fn bars(&self, path: &Path, measurements: &[&Measurement]) -> Result<()> {
        let value = |measurement: &Measurement| measurement.values.get(self.values[0].0).copied();
        let most = measurements.iter().filter_map(|measurement| value(measurement)).fold(0.0, f64::max);
        let count = u32::try_from(measurements.len())?;
        let area = SVGBackend::new(path, (WIDTH, 60 + 22 * count)).into_drawing_area();
        area.fill(&WHITE)?;
        let mut chart = ChartBuilder::on(&area)
            .caption(self.title, TITLE)
            .margin(12)
            .margin_left(150) // for names
            .margin_right(90) // for values
            .build_cartesian_2d(0.0..most, f64::from(count)..0.0)?;
        let after = TEXT.into_text_style(&area).pos(Pos::new(HPos::Left, VPos::Center));
        let before = after.pos(Pos::new(HPos::Right, VPos::Center));
        let names = candidates(measurements);
        for (row, measurement) in (0_u32..).zip(measurements) {
            let (top, value) = (f64::from(row), value(measurement).unwrap_or_default());
            let name =
                format!("{} {}", measurement.candidate, measurement.function.map_or("", Function::name));
            let color = names.iter().position(|name| *name == measurement.candidate).unwrap_or_default();
            let bar = Rectangle::new(
                [(0.0, top + 0.15), (value, top + 0.85)],
                COLORS[color % COLORS.len()].filled(),
            );
            let name = EmptyElement::at((0.0, top + 0.5)) + Text::new(name, (-8, 0), before.clone());
            let value = EmptyElement::at((value, top + 0.5))
                + Text::new(self.unit.show(value), (6, 0), after.clone());
            chart.draw_series([bar])?;
            chart.draw_series([name])?;
            chart.draw_series([value])?;
        }
        Ok(area.present()?)
    }

    /// A line for each candidate and value, on logarithmic axes.
    fn lines(&self, path: &Path, measurements: &[&Measurement]) -> Result<()> {
        let points = |key: &str, candidate: Option<&str>| -> Vec<(f64, f64)> {
            let wanted = |found: &&&Measurement| candidate.is_none_or(|name| found.candidate == name);
            let point = |found: &&Measurement| Some((found.at? as f64, *found.values.get(key)?));
            measurements.iter().filter(wanted).filter_map(point).collect()
        };
        let all: Vec<_> = self.values.iter().flat_map(|(key, _)| points(key, None)).collect();
        let (left, right) = range(all.iter().map(|point| point.0));
        let (bottom, top) = range(all.iter().map(|point| point.1));
        let decades = 10_f64.powf(bottom.log10().floor())..10_f64.powf(top.log10().ceil());
        let area = SVGBackend::new(path, (WIDTH, 380)).into_drawing_area();
        area.fill(&WHITE)?;
        let mut chart = ChartBuilder::on(&area)
            .caption(self.title, TITLE)
            .margin(12)
            .x_label_area_size(44)
            .y_label_area_size(76)
            .build_cartesian_2d((left..right).log_scale(), decades.log_scale())?;
        chart
            .configure_mesh()
            .label_style(TEXT)
            .light_line_style(TRANSPARENT)
            .x_desc(self.section.parameter().unwrap_or_default())
            .x_label_formatter(&|value| Unit::Count.show(*value))
            .y_label_formatter(&|value| self.unit.show(*value))
            .draw()?;
        let mut lines = 0;
        for (key, suffix) in self.values {
            for candidate in candidates(measurements) {
                let color = COLORS[lines % COLORS.len()];
                lines += 1;
                chart
                    .draw_series(
                        LineSeries::new(points(key, Some(candidate)), color.stroke_width(2)).point_size(3),
                    )?
                    .label(format!("{candidate}{suffix}"))
                    .legend(move |(x, y)| PathElement::new([(x, y), (x + 16, y)], color.stroke_width(2)));
            }
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperLeft)
            .background_style(WHITE)
            .border_style(BLACK.mix(0.3))
            .label_font(TEXT)
            .draw()?;
        Ok(area.present()?)
    }
}

/// The names of the candidates, in order.
fn candidates<'a>(measurements: &[&'a Measurement]) -> Vec<&'a str> {
    let mut names: Vec<&str> = Vec::new();
    for measurement in measurements {
        if !names.contains(&measurement.candidate.as_str()) {
            names.push(&measurement.candidate);
        }
    }
    names
}

/// The smallest and the largest value, or a decade if they are equal.
fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (low, high) = values
        .filter(|value| *value > 0.0)
        .fold((f64::MAX, f64::MIN_POSITIVE), |(low, high), value| (low.min(value), high.max(value)));
    (low, if low < high { high } else { low * 10.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measurement(
        section: Section,
        name: &str,
        at: Option<usize>,
        key: &'static str,
        value: f64,
    ) -> Measurement {
        let (function, candidate) = (Some(Function::Api), name.to_owned());
        Measurement { section, function, candidate, at, values: [(key, value)].into() }
    }

    /// The chart's text.
    fn draw(file: &str, measurements: &[Measurement]) -> String {
        let directory = tempfile::tempdir().unwrap();
        write(measurements, directory.path()).unwrap();
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
        std::fs::read_to_string(directory.path().join(file)).unwrap()
    }

    #[test]
    fn only_what_was_measured_has_a_chart_with_names_and_values() {
        let chart = draw("warm-cpu.svg", &[measurement(Section::Warm, "a<b", None, "cpu_us", 5.0)]);
        assert!(chart.contains("a&lt;b api") && chart.contains("5 µs"), "{chart}");
    }

    #[test]
    fn each_candidate_has_a_line_through_all_its_points() {
        let point = |name, at, time| measurement(Section::Batch, name, Some(at), "time_ms", time);
        let points = [("mailroom", 22.0, 54.0), ("rust", 22.0, 2_200.0)]
            .map(|(name, one, hundred)| [point(name, 1, one), point(name, 100, hundred)]);
        let chart = draw("batch-time.svg", &points.concat());
        assert_eq!(chart.matches("<circle").count(), 4, "{chart}");
        assert!(chart.contains("10000 ms") && chart.contains("records"), "{chart}");
    }

    #[test]
    fn one_point_alone_has_a_chart() {
        let chart =
            draw("batch-time.svg", &[measurement(Section::Batch, "mailroom", Some(1), "time_ms", 10.0)]);
        assert!(chart.contains("100 ms"), "{chart}");
    }
}
