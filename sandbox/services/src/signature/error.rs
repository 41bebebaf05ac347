//! What a wrong signature is answered with. The older protocols and the newer ones name it
//! differently: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html>,
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/CommonErrors.html>,
//! <https://docs.aws.amazon.com/systems-manager/latest/APIReference/CommonErrors.html>.

use crate::{json::WireError, operation::Service};
use http::StatusCode;

/// Why a request is not believed.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum SignatureError {
    /// It has no signature.
    #[error("Request is missing Authentication Token")]
    Missing,
    /// Its signature is none, or there is no date.
    #[error("The request signature does not conform to AWS standards.")]
    Incomplete,
    /// Nobody here has this access key.
    #[error("The security token included in the request is invalid.")]
    UnknownKey,
    /// It was changed, or signed with another secret, or for another service.
    #[error(
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method."
    )]
    Wrong,
}

impl SignatureError {
    /// The answer of a service.
    pub(crate) fn of(self, service: Service) -> WireError {
        let (query_code, code) = match self {
            Self::Missing => ("MissingAuthenticationToken", "MissingAuthenticationTokenException"),
            Self::Incomplete => ("IncompleteSignature", "IncompleteSignatureException"),
            Self::UnknownKey => ("InvalidClientTokenId", "UnrecognizedClientException"),
            Self::Wrong => ("SignatureDoesNotMatch", "InvalidSignatureException"),
        };
        let sqs = service == Service::Sqs;
        let older = sqs || service == Service::CloudFormation;
        let forbidden = older && self != Self::Incomplete;
        let code = if service == Service::CloudFormation { query_code } else { code };
        WireError {
            status: if forbidden { StatusCode::FORBIDDEN } else { StatusCode::BAD_REQUEST },
            kind: format!("com.amazon.coral.service#{code}"),
            query_code: sqs.then(|| query_code.to_owned()),
            message: self.to_string(),
        }
    }
}
