//! The sections.
//!
//! - `cold`: fresh processes, up to their first answer;
//! - `warm`: many invocations of one process of `api`;
//! - `batch`: batches of several sizes, by one process of `worker`;
//! - `end_to_end`: emails through a whole local stack; `clients` are those who send them.
//!
//! Contestants take turns within each section: whatever slows the machine down for a while slows down all of them.

mod batch;
mod clients;
mod cold;
mod end_to_end;
mod warm;

use crate::columns::Section;
use crate::contestants::Function;
use crate::error::BenchError;
use crate::harness::Harness;
use crate::report::Measurement;
use tokio::runtime::Runtime;

/// What was measured together, with a title.
pub type Group = (String, Vec<Measurement>);

/// Measures one section.
///
/// # Errors
/// [`BenchError`]
pub fn section(harness: &mut Harness, runtime: &Runtime, section: Section) -> Result<Vec<Group>, BenchError> {
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
