//! The response to an accepted email.

use crate::Response;
use email::Receipt;
use uuid::{Uuid, Variant};

/// The ids of an accepted email.
#[derive(Clone, Debug, PartialEq)]
pub struct Acceptance {
    /// SQS's.
    pub message_id: String,
    pub receipt: Receipt,
}

/// The response is not that to an accepted email.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum NotAccepted {
    #[error("{0} instead of 200")]
    Status(u16),
    #[error("200 without message_id")]
    NoMessageId,
    #[error("200 without a receipt")]
    NoReceipt,
    #[error("the receipt {0} is not a UUID of version 7")]
    OtherVersion(Uuid),
}

impl TryFrom<&Response> for Acceptance {
    type Error = NotAccepted;

    fn try_from(response: &Response) -> Result<Self, Self::Error> {
        if response.status != 200 {
            return Err(NotAccepted::Status(response.status));
        }
        let json = response.json().unwrap_or_default();
        let text = |name: &str| json[name].as_str().filter(|text| !text.is_empty());
        let message_id = text("message_id").ok_or(NotAccepted::NoMessageId)?.to_owned();
        let receipt = text("receipt").ok_or(NotAccepted::NoReceipt)?;
        let uuid: Uuid = receipt.parse().map_err(|_| NotAccepted::NoReceipt)?;
        if uuid.get_version_num() != 7 || uuid.get_variant() != Variant::RFC4122 {
            return Err(NotAccepted::OtherVersion(uuid));
        }
        let receipt = receipt.parse().map_err(|_| NotAccepted::NoReceipt)?;
        Ok(Self { message_id, receipt })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn acceptance(status: u16, body: &str) -> Result<Acceptance, NotAccepted> {
        (&Response { status, headers: Vec::new(), body: body.into() }).try_into()
    }

    #[test]
    fn a_200_with_both_ids_is_an_acceptance() {
        let receipt = Receipt::new();
        let body = format!(r#"{{"message_id": "m-1", "receipt": "{receipt}"}}"#);
        assert_eq!(acceptance(200, &body), Ok(Acceptance { message_id: "m-1".to_owned(), receipt }));
    }

    #[test]
    fn any_other_response_is_none() {
        let version_4 = r#"{"message_id": "m-1", "receipt": "b3a9c1de-0000-4000-8000-000000000001"}"#;
        for (status, body, says) in [
            (403, "{}", "403 instead of 200"),
            (301, "", "301 instead of 200"),
            (200, "<html>", "200 without message_id"),
            (200, r#"{"message_id": ""}"#, "200 without message_id"),
            (200, r#"{"message_id": 7}"#, "200 without message_id"),
            (200, r#"{"message_id": "m-1"}"#, "200 without a receipt"),
            (200, r#"{"message_id": "m-1", "receipt": "secret"}"#, "200 without a receipt"),
            (200, version_4, "the receipt b3a9c1de-0000-4000-8000-000000000001 is not a UUID of version 7"),
        ] {
            assert_eq!(acceptance(status, body).unwrap_err().to_string(), says);
        }
    }
}
