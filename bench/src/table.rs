//! Tables that line up.

/// Lines up `rows` under `headings`: the first `names` columns to the left, the others to the right.
#[must_use]
pub fn table(headings: &[String], rows: &[Vec<String>], names: usize) -> String {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row.get(column));
        let cells = cells.chain([headings.get(column)]).flatten();
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<_> = (0..headings.len()).map(width).collect();
    let mut text = String::new();
    let rule: Vec<_> = widths.iter().map(|width| "-".repeat(*width)).collect();
    for row in [headings, &rule].into_iter().chain(rows.iter().map(Vec::as_slice)) {
        let cells = row.iter().zip(&widths).enumerate();
        let cells =
            cells.map(
                |(column, (cell, width))| {
                    if column < names { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
                },
            );
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_left_and_numbers_right() {
        let owned = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
        let rows = [owned(&["mailroom", "5 ms"]), owned(&["node", "120 ms"])];
        let expected = "who         time\n--------  ------\nmailroom    5 ms\nnode      120 ms\n";
        assert_eq!(table(&owned(&["who", "time"]), &rows, 1), expected);
    }
}
