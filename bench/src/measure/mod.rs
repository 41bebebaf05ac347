//! The sections.
//!
//! Candidates take turns within each section: a disturbance slows down all of them.

mod batch;
mod clients;
mod cold;
mod end_to_end;
mod instructions;
mod warm;

use crate::candidates::Function;
use crate::harness::Harness;
use crate::report::Measurement;
use crate::sections::Section;
use anyhow::Result;
use tokio::runtime::Runtime;

/// Measurements that make one table.
pub(crate) struct Group {
    pub(crate) title: String,
    pub(crate) measurements: Vec<Measurement>,
}

pub(crate) fn section(harness: &mut Harness, runtime: &Runtime, section: Section) -> Result<Vec<Group>> {
    if harness.plan.valgrind.is_some() {
        return runtime.block_on(instructions::measure(harness, section));
    }
    match section {
        Section::Cold => {
            let cold = |function| runtime.block_on(cold::measure(harness, function));
            Function::ALL.into_iter().map(cold).collect()
        }
        Section::Warm => Ok(vec![runtime.block_on(warm::measure(harness))?]),
        Section::Batch => Ok(vec![runtime.block_on(batch::measure(harness))?]),
        Section::EndToEnd => Ok(vec![end_to_end::measure(harness)?]),
    }
}
