//! Receipts in the dead-letter queue.

use crate::system::System;
use anyhow::Result;
use email::Receipt;

pub(super) async fn receipts(_system: &System) -> Result<Vec<Receipt>> {
    Ok(Vec::new())
}
