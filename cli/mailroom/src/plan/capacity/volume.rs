//! The costs of a million emails.

use super::super::bill::SECONDS;
use super::super::report::dollars;
use super::super::tests::plan;
use super::table;

/// The options of `mailroom plan` beside `--size 2000`.
const COLUMNS: [(&str, &str); 6] = [
    ("1/s", "--rate 1/s"),
    ("1,000/s", "--rate 1000/s"),
    ("HTTP API", "--rate 1000/s --endpoint http-api"),
    ("layout `batch`", "--rate 1000/s --layout batch"),
    ("and 500 a request", "--rate 1000/s --layout batch --batch 500"),
    (
        "and few logs and traces",
        "--rate 1000/s --layout batch --batch 500 --tracing PassThrough --system-log-level WARN",
    ),
];

pub(super) fn million() -> String {
    let plans = COLUMNS.map(|(_, arguments)| plan(&format!("{arguments} --size 2000")));
    let mut names = Vec::new();
    for line in plans.iter().flat_map(|plan| &plan.bill.lines).filter(|line| !line.fixed) {
        if !names.contains(&line.what) {
            names.push(line.what);
        }
    }
    let rows = names.iter().filter_map(|name| {
        let cells = plans.iter().zip(COLUMNS).map(|(plan, (_, arguments))| {
            let line = plan.bill.lines.iter().find(|line| line.what == *name)?;
            let rate = if arguments.contains("1000/s") { 1_000.0 } else { 1.0 };
            Some(dollars(line.dollars / SECONDS / rate * 1e6)).filter(|cents| cents != "0.00")
        });
        let cells: Vec<_> = cells.map(Option::unwrap_or_default).collect();
        let is_shown = cells.iter().any(|cell| !cell.is_empty());
        is_shown.then(|| [(*name).to_owned()].into_iter().chain(cells).collect::<Vec<_>>())
    });
    let totals = plans.iter().map(|plan| format!("**{}**", dollars(plan.bill.dollars_per_million_emails)));
    let totals = ["**together**".to_owned()].into_iter().chain(totals).collect::<Vec<_>>();
    let heads: Vec<_> = [""].into_iter().chain(COLUMNS.map(|(head, _)| head)).collect();
    table(&heads, rows.chain([totals]))
}
