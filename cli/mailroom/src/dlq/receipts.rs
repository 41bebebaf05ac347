//! Whose emails are dead.

use super::Search;
use super::letter::receipt;
use crate::system::System;
use anyhow::Result;
use email::Receipt;
use terminal::Interrupt;

/// The receipt of each dead letter that can be received now; all are given back. A letter without one was put into the
/// queue by hand.
pub(crate) async fn receipts(system: &System, interrupt: &Interrupt) -> Result<Vec<Option<Receipt>>> {
    let (mut search, mut receipts) = (Search::begin(system, interrupt), Vec::new());
    let worked = collect(&mut search, &mut receipts).await;
    search.end(&worked).await;
    worked.map(|()| receipts)
}

async fn collect(search: &mut Search<'_>, receipts: &mut Vec<Option<Receipt>>) -> Result<()> {
    loop {
        let letters = search.next(usize::MAX).await?;
        if letters.is_empty() {
            return Ok(());
        }
        receipts.extend(letters.iter().map(|letter| receipt(letter)?.parse().ok()));
    }
}
