//! Whose emails are dead.

use super::Search;
use super::letter::receipt;
use crate::stop::Stop;
use crate::system::System;
use anyhow::Result;
use email::Receipt;

/// The receipts of the dead letters that can be received now; all are given back. What has none, or no receipt of
/// ours, was put into the queue by hand.
pub(crate) async fn receipts(system: &System, stop: &mut Stop) -> Result<Vec<Receipt>> {
    let (mut search, mut receipts) = (Search::begin(system, stop), Vec::new());
    let worked = collect(&mut search, &mut receipts).await;
    search.end(&worked).await;
    worked.map(|()| receipts)
}

async fn collect(search: &mut Search<'_>, receipts: &mut Vec<Receipt>) -> Result<()> {
    loop {
        let letters = search.next(usize::MAX).await?;
        if letters.is_empty() {
            return Ok(());
        }
        receipts.extend(letters.iter().filter_map(|letter| receipt(letter)?.parse::<Receipt>().ok()));
    }
}
