//! The conditions of reads, copies, writes and deletions:
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html>.

use super::details::Detailed;
use super::objects::last_modified;
use crate::s3::{ObjectInfo, PutCondition, S3StorageError};
use http::{HeaderValue, StatusCode, header};
use s3s::dto::{ETagCondition, Timestamp, TimestampFormat};
use s3s::{S3Error, S3ErrorCode, S3Result};
use std::time::SystemTime;

const IF_MATCH: &str = "If-Match";
const IF_UNMODIFIED_SINCE: &str = "If-Unmodified-Since";
const IF_NONE_MATCH: &str = "If-None-Match";
const IF_MODIFIED_SINCE: &str = "If-Modified-Since";
const FAILED: &str = "At least one of the pre-conditions you specified did not hold";

/// The conditions on an object that is read.
#[derive(Debug, Default)]
pub(crate) struct ReadConditions {
    pub(crate) if_match: Option<ETagCondition>,
    pub(crate) if_none_match: Option<ETagCondition>,
    pub(crate) if_modified_since: Option<Timestamp>,
    pub(crate) if_unmodified_since: Option<Timestamp>,
}

impl ReadConditions {
    /// Checks the conditions of a GetObject or HeadObject.
    pub(crate) fn of_read(&self, info: &ObjectInfo) -> S3Result<()> {
        match self.unmet(info, &SystemTime::now().into()) {
            None => Ok(()),
            Some(IF_NONE_MATCH | IF_MODIFIED_SINCE) => Err(not_modified(info)),
            Some(header) => Err(failed(header)),
        }
    }

    /// Checks the conditions on the source of a copy.
    pub(crate) fn of_copy(&self, info: &ObjectInfo) -> S3Result<()> {
        match self.unmet(info, &SystemTime::now().into()) {
            None => Ok(()),
            Some(header) => Err(failed(&format!("x-amz-copy-source-{header}"))),
        }
    }

    /// The header of the first condition that doesn't hold. An ETag beats the date of the same kind, and a date in the
    /// future is ignored.
    fn unmet(&self, info: &ObjectInfo, now: &Timestamp) -> Option<&'static str> {
        let modified = last_modified(info);
        let (matches, none_match) = (self.if_match.as_ref(), self.if_none_match.as_ref());
        if matches.is_some_and(|condition| !is_met(condition, info)) {
            return Some(IF_MATCH);
        }
        if matches.is_none() && self.if_unmodified_since.as_ref().is_some_and(|since| modified > *since) {
            return Some(IF_UNMODIFIED_SINCE);
        }
        if none_match.is_some_and(|condition| is_met(condition, info)) {
            return Some(IF_NONE_MATCH);
        }
        let unmodified = |since: &Timestamp| since <= now && modified <= *since;
        let since = self.if_modified_since.as_ref().filter(|_| none_match.is_none());
        since.is_some_and(unmodified).then_some(IF_MODIFIED_SINCE)
    }
}

fn is_met(condition: &ETagCondition, info: &ObjectInfo) -> bool {
    condition.as_etag().is_none_or(|etag| etag.value() == info.etag)
}

pub(crate) fn failed(header: &str) -> S3Error {
    S3Error::with_message(S3ErrorCode::PreconditionFailed, FAILED).detail("Condition", header)
}

fn not_modified(info: &ObjectInfo) -> S3Error {
    let mut date = Vec::new();
    let date = last_modified(info).format(TimestampFormat::HttpDate, &mut date).ok().map(|()| date);
    let mut error = S3Error::with_message(S3ErrorCode::NotModified, "Not Modified")
        .header(header::ETAG, HeaderValue::try_from(format!("\"{}\"", info.etag)).ok())
        .header(header::LAST_MODIFIED, date.and_then(|date| HeaderValue::try_from(date).ok()));
    error.set_status_code(StatusCode::NOT_MODIFIED);
    error
}

/// The condition of a write. S3 takes `*` in `If-None-Match` only, and an ETag in `If-Match` only.
pub(crate) fn of_write(
    if_match: Option<&ETagCondition>,
    if_none_match: Option<&ETagCondition>,
) -> S3Result<PutCondition> {
    let refused = |headers: &str, why: &str| {
        let message = "A header you provided implies functionality that is not implemented";
        let error = S3Error::with_message(S3ErrorCode::NotImplemented, message);
        Err(error.detail("Header", headers).detail("additionalMessage", why))
    };
    let value = |header| {
        refused(header, &format!("We don't accept the provided value of {header} header for this API"))
    };
    match (if_match, if_none_match) {
        (None, None) => Ok(PutCondition::None),
        (None, Some(ETagCondition::Any)) => Ok(PutCondition::Absent),
        (Some(ETagCondition::ETag(etag)), None) => Ok(PutCondition::Matches(etag.value().to_owned())),
        (None, Some(_)) => value(IF_NONE_MATCH),
        (Some(_), None) => value(IF_MATCH),
        (Some(_), Some(_)) => {
            refused("If-Match,If-None-Match", "Multiple conditional request headers present in the request")
        }
    }
}

/// The error of a write, with its condition.
pub(crate) fn unmet_write(error: S3StorageError, condition: &PutCondition) -> S3Error {
    let conditional =
        matches!(error, S3StorageError::PreconditionFailed | S3StorageError::ConditionalRequestConflict);
    let error = S3Error::from(error);
    match condition {
        PutCondition::Absent if conditional => error.detail("Condition", IF_NONE_MATCH),
        PutCondition::Matches(_) if conditional => error.detail("Condition", IF_MATCH),
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use s3s::dto::ETag;
    use std::time::{Duration, UNIX_EPOCH};

    fn at(second: u64) -> Option<Timestamp> {
        Some((UNIX_EPOCH + Duration::from_secs(second)).into())
    }

    /// An object of the tenth second, at the twentieth.
    fn unmet(conditions: &ReadConditions) -> Option<&'static str> {
        let info = ObjectInfo { modified_ms: 10_900, ..ObjectInfo::new("key", String::new(), "etag".into()) };
        conditions.unmet(&info, &at(20).unwrap())
    }

    fn etag(etag: &str) -> Option<ETagCondition> {
        Some(ETagCondition::ETag(ETag::Strong(etag.into())))
    }

    #[test]
    fn an_object_is_read_only_under_its_conditions() {
        let none = ReadConditions::default;
        let matching = |etag| ReadConditions { if_match: etag, ..none() };
        let different = |etag| ReadConditions { if_none_match: etag, ..none() };
        let modified = |second| ReadConditions { if_modified_since: at(second), ..none() };
        let unmodified = |second| ReadConditions { if_unmodified_since: at(second), ..none() };
        for (conditions, expected) in [
            (none(), None),
            (matching(etag("etag")), None),
            (matching(Some(ETagCondition::Any)), None),
            (matching(etag("other")), Some(IF_MATCH)),
            (different(etag("other")), None),
            (different(etag("etag")), Some(IF_NONE_MATCH)),
            (different(Some(ETagCondition::Any)), Some(IF_NONE_MATCH)),
            (modified(9), None),
            (modified(10), Some(IF_MODIFIED_SINCE)),
            (modified(21), None),
            (unmodified(9), Some(IF_UNMODIFIED_SINCE)),
            (unmodified(10), None),
        ] {
            assert_eq!(unmet(&conditions), expected, "{conditions:?}");
        }
    }

    #[test]
    fn an_etag_beats_a_date() {
        let same =
            ReadConditions { if_match: etag("etag"), if_unmodified_since: at(1), ..Default::default() };
        assert_eq!(unmet(&same), None);
        let other =
            ReadConditions { if_none_match: etag("x"), if_modified_since: at(15), ..Default::default() };
        assert_eq!(unmet(&other), None);
    }
}
