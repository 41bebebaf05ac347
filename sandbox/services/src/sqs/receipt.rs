//! Receipt handles: one for each time a message is received.

use super::SqsError;
use base64::{Engine, engine::general_purpose::STANDARD};
use uuid::Uuid;

/// What a handle says: which queue, which message, which time.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Receipt {
    pub(crate) message_id: String,
    pub(crate) receive: Uuid,
}

impl Receipt {
    pub(crate) fn new(message_id: &str) -> Self {
        Self { message_id: message_id.to_owned(), receive: Uuid::new_v4() }
    }

    /// The opaque text that a receiver gets.
    pub(crate) fn handle(&self, queue: &str) -> String {
        STANDARD.encode(format!("{queue} {} {}", self.message_id, self.receive))
    }

    /// Reads a handle of `queue`; one of another queue is as wrong as no handle at all.
    pub(crate) fn parse(handle: &str, queue: &str) -> Result<Self, SqsError> {
        let read = || {
            let text = String::from_utf8(STANDARD.decode(handle).ok()?).ok()?;
            let mut parts = text.split(' ');
            let (of, message_id, receive) = (parts.next()?, parts.next()?, parts.next()?);
            let receive = receive.parse().ok()?;
            (of == queue && parts.next().is_none())
                .then(|| Self { message_id: message_id.to_owned(), receive })
        };
        read().ok_or_else(|| SqsError::ReceiptHandleIsInvalid { handle: handle.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_is_good_for_its_own_queue_only() {
        let receipt = Receipt::new("id");
        let handle = receipt.handle("queue");
        assert_eq!(Receipt::parse(&handle, "queue"), Ok(receipt));
        for (handle, queue) in [(handle.as_str(), "other"), ("nonsense", "queue"), ("", "queue")] {
            assert!(Receipt::parse(handle, queue).is_err(), "{handle} {queue}");
        }
    }
}
