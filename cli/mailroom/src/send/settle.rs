//! The result that a reply gives a line.

use super::post::{Posted, RefusedLine, Retry};
use crate::system::PostReply;
use terminal::text::Printable;

/// The result that a reply gives a line, or why and when to post it again.
pub(crate) fn settle(line: u64, reply: PostReply, in_batch: bool) -> Result<Posted, Retry> {
    let PostReply { status, receipt, detail, errors, retry_after } = reply;
    match (status, receipt) {
        (200, Some(receipt)) => Ok(Posted::Accepted(receipt)),
        (403, _) => Ok(Posted::Stopped(
            "the token is refused (403): unset MAILROOM_TOKEN to use the system's own, or correct it".into(),
        )),
        (400 | 413, _) => {
            let detail = if detail.as_str().is_empty() { without_detail(status) } else { detail };
            Ok(Posted::Refused(RefusedLine { line, status: Some(status), detail, errors }))
        }
        (408 | 429 | 500.., _) => {
            let why = format!("{status} {detail}").trim_end().into();
            Err(Retry { why, asked: retry_after })
        }
        (404 | 405, _) if in_batch => Ok(Posted::Stopped(
            format!("the endpoint takes no batches ({status}): use --batch 1, or deploy this version").into(),
        )),
        _ => {
            let why = format!("{status} is not an answer of Mailroom: check the stack's Url");
            Ok(Posted::Stopped(why.into()))
        }
    }
}

/// The load balancer refuses with HTML.
fn without_detail(status: u16) -> Printable {
    match status {
        413 => "the load balancer takes no request over 1 MiB",
        _ => "the server gives no reason",
    }
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(status: u16, receipt: Option<&str>) -> PostReply {
        let receipt = receipt.map(Printable::from);
        PostReply { status, receipt, detail: Printable::default(), errors: Vec::new(), retry_after: None }
    }

    #[test]
    fn a_reply_is_final_or_worth_another_attempt() {
        let accepted = settle(1, reply(200, Some("r")), false);
        assert!(matches!(accepted, Ok(Posted::Accepted(receipt)) if receipt.as_str() == "r"));
        for (status, why) in [(400, "no reason"), (413, "1 MiB")] {
            let refused = settle(1, reply(status, None), false);
            let Ok(Posted::Refused(RefusedLine { detail, .. })) = refused else { panic!("{status}") };
            assert!(detail.as_str().contains(why), "a reply without a reason has one: {detail}");
        }
        for status in [408, 429, 500, 502, 503, 504] {
            let retry = settle(1, reply(status, None), false).err().unwrap();
            assert_eq!(retry.why.as_str(), status.to_string());
        }
        // A 200 without a receipt comes from another server.
        for status in [200, 301, 403, 404, 405] {
            assert!(matches!(settle(1, reply(status, None), false), Ok(Posted::Stopped(_))), "{status}");
        }
    }
}
