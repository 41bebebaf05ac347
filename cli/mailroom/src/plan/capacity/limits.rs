//! Limits and prices.

use super::super::facts::{PRICES, Price, Region};
use super::super::report::rate;
use super::super::tests::plan;
use super::table;
use indicatif::HumanCount;

const RATES: [u64; 3] = [1_000, 10_000, 50_000];

pub(super) fn limits() -> String {
    let plans = RATES.map(|rate| plan(&format!("--rate {rate}/s --size 2000 --endpoint http-api")));
    let [first, ..] = &plans;
    let rows = first.limits.iter().map(|limit| {
        let needed = plans.each_ref().map(|plan| {
            let limit = plan.limits.iter().find(|other| other.what == limit.what).unwrap();
            let needed = rate(limit.needed);
            if limit.needed > limit.limit as f64 { format!("**{needed}**") } else { needed }
        });
        let (what, default, at) = (limit.what.to_owned(), HumanCount(limit.limit), rate(limit.reached_at));
        let mut row = vec![what, default.to_string()];
        row.extend(needed);
        row.extend([at, format!("\"{}\"", limit.source)]);
        row
    });
    let heads = ["limit", "default", "1,000 emails/s", "10,000/s", "50,000/s", "reached at", "source"];
    table(&heads, rows)
}

pub(super) fn prices() -> String {
    let cell = |price: &Price, region| {
        let tiers = price.tiers(region).iter().filter(|(_, dollars)| *dollars > 0.0);
        let cells = tiers.map(|(from, dollars)| match from {
            0.0 => dollars.to_string(),
            _ => format!("{dollars} from {}", rate(*from)),
        });
        cells.collect::<Vec<_>>().join(", ")
    };
    let rows = PRICES.iter().map(|price| {
        let unit = if price.per > 1.0 {
            format!("{} {}", rate(price.per), price.unit)
        } else {
            price.unit.to_owned()
        };
        let source = if price.from_memory { "M" } else { price.source };
        let [us, eu] = [Region::UsEast1, Region::EuCentral1].map(|region| cell(price, region));
        vec![format!("{}: {unit}", price.name), us, eu, source.to_owned()]
    });
    table(&["", "us-east-1", "eu-central-1", "source"], rows)
}
