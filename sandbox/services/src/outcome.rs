//! The outcome of a request: the response of a service, or what an injected fault makes of it.

use crate::faults::{Fault, Faults};
use bytes::Bytes;
use futures::{StreamExt, stream};
use http::{HeaderValue, Response, StatusCode, header::CONTENT_LENGTH};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;
use s3s::Body;

/// The client gets no response: its connection is closed.
#[derive(Debug, thiserror::Error)]
#[error("an injected fault ended the connection")]
pub(crate) struct Disconnect;

pub(crate) type Outcome = Result<Response<Body>, Disconnect>;

/// Does the work, or applies a fault instead.
pub(crate) async fn under_faults(
    faults: &Faults,
    operation: &str,
    subject: &str,
    refuse: impl FnOnce(StatusCode, &str) -> Response<Body>,
    work: impl Future<Output = Response<Body>>,
) -> Outcome {
    match faults.arrived(operation, subject) {
        None => Ok(work.await),
        Some(Fault::Error { status, code }) => {
            Ok(refuse(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), &code))
        }
        Some(Fault::Stall) => std::future::pending().await,
        Some(Fault::Drop) => Err(Disconnect),
        // A response to HEAD has no body that could be cut off.
        Some(Fault::CutOff) if !operation.starts_with("Head") => cut_off(work.await).await,
        Some(Fault::LostAnswer | Fault::CutOff) => {
            work.await;
            Err(Disconnect)
        }
        Some(Fault::Delay(delay)) => {
            tokio::time::sleep(delay).await;
            Ok(work.await)
        }
    }
}

/// The response with half of its body, after which its connection is closed.
async fn cut_off(response: Response<Body>) -> Outcome {
    let (mut head, body) = response.into_parts();
    // A body that can't be read here would not have been sent whole either.
    let mut half = BodyExt::collect(body).await.map_err(|_| Disconnect)?.to_bytes();
    if half.is_empty() {
        return Err(Disconnect);
    }
    head.headers.insert(CONTENT_LENGTH, HeaderValue::from(half.len()));
    half.truncate(half.len() / 2);
    let sent = stream::iter([Ok(Frame::data(half))]);
    // hyper sends what it has once the body makes it wait; an error at once would take the half along.
    let cut = stream::once(async {
        tokio::task::yield_now().await;
        Err::<Frame<Bytes>, _>(Disconnect)
    });
    Ok(Response::from_parts(head, Body::http_body_unsync(StreamBody::new(sent.chain(cut)))))
}
