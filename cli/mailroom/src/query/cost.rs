//! The price of a query, by the list prices of us-east-1.

use crate::plan::facts::{ATHENA, Region, S3_READS};

/// Athena bills whole megabytes, ten at least.
const MEGABYTE: u64 = 1_000_000;
const FEWEST_MEGABYTES: u64 = 10;

/// Dollars that Athena bills for a query that has read this much.
pub(crate) fn of_bytes(scanned: u64) -> f64 {
    let megabytes = scanned.div_ceil(MEGABYTE).max(FEWEST_MEGABYTES);
    ATHENA.of(Region::UsEast1, (megabytes * MEGABYTE) as f64)
}

/// Dollars that S3 bills for reading this many objects.
pub(crate) fn of_objects(objects: u64) -> f64 {
    S3_READS.of(Region::UsEast1, objects as f64)
}

/// "0.00005", "0.42", "41.50".
pub(crate) fn shown(dollars: f64) -> String {
    if dollars >= 0.1 {
        return format!("{dollars:.2}");
    }
    let text = format!("{dollars:.5}");
    let text = text.trim_end_matches('0');
    if text == "0." { "less than 0.00001".to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_costs_ten_megabytes_at_least_and_whole_ones() {
        for (scanned, cost) in [
            (0, "0.00005"),
            (10_000_000, "0.00005"),
            (11_000_001, "0.00006"),
            (2_000_000_000, "0.01"),
            (200_000_000_000, "1.00"),
            (1_000_000_000_000, "5.00"),
        ] {
            assert_eq!(shown(of_bytes(scanned)), cost, "{scanned}");
        }
    }

    #[test]
    fn many_small_objects_cost_more_than_their_bytes() {
        for (objects, cost) in
            [(1, "less than 0.00001"), (10_000, "0.004"), (1_000_000, "0.40"), (100_000_000, "40.00")]
        {
            assert_eq!(shown(of_objects(objects)), cost, "{objects}");
        }
    }
}
