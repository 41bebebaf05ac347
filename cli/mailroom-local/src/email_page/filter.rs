//! The emails that a request asks for.

use crate::journal::EmailTrace;
use sandbox::services::PageRequest;

/// `search=TEXT` is a part of a receipt, a message id, a sender or a key, in small or capital letters. `probes=yes` asks
/// for those of Mailroom's own commands too.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    text: String,
    probes: bool,
}

impl Filter {
    pub(crate) fn of(request: &PageRequest) -> Self {
        let text = request.parameter("search").unwrap_or_default().trim().to_lowercase();
        Self { text, probes: request.parameter("probes") == Some("yes") }
    }

    /// True for an email that is left out because it is a probe.
    pub(crate) fn hides(&self, trace: &EmailTrace) -> bool {
        trace.is_probe() && !self.probes
    }

    pub(crate) fn matches(&self, trace: &EmailTrace) -> bool {
        if self.text.is_empty() {
            return true;
        }
        let key = trace.stored.as_ref().map(|stored| &stored.key);
        let texts = [trace.receipt.as_ref(), trace.sender.as_ref(), key].into_iter().flatten();
        texts.chain(&trace.message_ids).any(|text| text.to_lowercase().contains(&self.text))
    }
}
