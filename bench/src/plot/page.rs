//! A picture's frame, its colours and its words.

use std::fmt::Write;

/// How wide every picture is.
pub(crate) const WIDTH: f64 = 760.0;
/// How far a baseline is from the next.
pub(crate) const LINE: f64 = 22.0;

/// Told apart on white and on black, and by most who don't see all colours.
const COLOURS: [&str; 8] =
    ["#2f81f7", "#e3872d", "#2da44e", "#bf5af2", "#d1495b", "#8a8f98", "#1f9e9e", "#b59a00"];
const STYLE: &str = "text{font:13px system-ui,sans-serif;fill:#1f2328}.title{font-weight:600;font-size:15px}\
    .grid{stroke:#8886;stroke-width:1}.end{text-anchor:end}.middle{text-anchor:middle}\
    @media(prefers-color-scheme:dark){text{fill:#e6edf3}}";

/// A picture in the making.
pub(crate) struct Page(String);

/// Where a word stands to its place.
#[derive(Clone, Copy)]
pub(crate) enum Stand {
    After,
    Before,
    Above,
}

impl Page {
    /// An empty one with a title.
    pub(crate) fn new(title: &str, height: f64) -> Self {
        let title = escaped(title);
        Self(format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" \
             aria-label=\"{title}\"><style>{STYLE}</style>\n<text class=\"title\" x=\"8\" y=\"22\">{title}</text>\n"
        ))
    }

    pub(crate) fn text(&mut self, x: f64, y: f64, stand: Stand, text: &str) {
        let class = match stand {
            Stand::After => "start",
            Stand::Before => "end",
            Stand::Above => "middle",
        };
        self.add(&format!("<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\">{}</text>", escaped(text)));
    }

    pub(crate) fn bar(&mut self, x: f64, y: f64, width: f64, colour: usize) {
        let (colour, height) = (self::colour(colour), LINE - 6.0);
        self.add(&format!(
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height}\" rx=\"2\" fill=\"{colour}\"/>"
        ));
    }

    pub(crate) fn grid(&mut self, from: (f64, f64), to: (f64, f64)) {
        let ((x1, y1), (x2, y2)) = (from, to);
        self.add(&format!(
            "<line class=\"grid\" x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"/>"
        ));
    }

    pub(crate) fn line(&mut self, points: &[(f64, f64)], colour: usize) {
        let colour = self::colour(colour);
        let path: Vec<_> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        let path = path.join(" ");
        self.add(&format!(
            "<polyline points=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>"
        ));
        for (x, y) in points {
            self.add(&format!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"{colour}\"/>"));
        }
    }

    pub(crate) fn finish(mut self) -> String {
        self.add("</svg>");
        self.0
    }

    fn add(&mut self, element: &str) {
        // A String takes all that is written to it.
        let _ = writeln!(self.0, "{element}");
    }
}

fn colour(number: usize) -> &'static str {
    COLOURS[number % COLOURS.len()]
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}
