//! An answer that ends in the middle.

use bytes::Bytes;
use futures::{StreamExt, stream};
use http::{HeaderValue, Response, header::CONTENT_LENGTH};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;
use s3s::Body;
use tokio::task::yield_now;

/// The connection ends here.
#[derive(Debug, thiserror::Error)]
#[error("a fault cut the answer off")]
struct CutOff;

/// The answer as it was, but with half of its body, after which its connection is closed. Nothing if it has no body:
/// then there is nothing to cut off.
pub(crate) async fn cut_off(response: Response<Body>) -> Option<Response<Body>> {
    let (mut head, body) = response.into_parts();
    // What can't be read here would not have been sent whole either.
    let mut half = BodyExt::collect(body).await.ok()?.to_bytes();
    if half.is_empty() {
        return None;
    }
    head.headers.insert(CONTENT_LENGTH, HeaderValue::from(half.len()));
    half.truncate(half.len() / 2);
    let sent = stream::iter([Ok(Frame::data(half))]);
    // hyper sends what it has once the body makes it wait; an error at once would take the half along.
    let cut = stream::once(async {
        yield_now().await;
        Err::<Frame<Bytes>, _>(CutOff)
    });
    Some(Response::from_parts(head, Body::http_body_unsync(StreamBody::new(sent.chain(cut)))))
}
