//! GetObject and HeadObject: conditions, ranges and parts.

use super::conditions::ReadConditions;
use super::details::Detailed;
use super::members::Checked;
use super::objects::{encryption, last_modified};
use super::{Protocol, Reply};
use crate::s3::{Checksums, ObjectHeaders, ObjectInfo};
use s3s::dto::*;
use s3s::{Body, S3Error, S3ErrorCode, S3Request, S3Response, S3Result, s3_error};

/// The bytes that a request asks for.
#[derive(Debug, Eq, PartialEq)]
struct Section {
    start: u64,
    /// Behind the last byte.
    end: u64,
    /// The object is made of so many parts.
    parts: Option<i32>,
}

/// The members that the inputs of GetObject and HeadObject share.
macro_rules! read_conditions {
    ($input:expr) => {
        ReadConditions {
            if_match: $input.if_match.take(),
            if_none_match: $input.if_none_match.take(),
            if_modified_since: $input.if_modified_since.take(),
            if_unmodified_since: $input.if_unmodified_since.take(),
        }
    };
}

/// The members that the outputs of GetObject and HeadObject share.
macro_rules! read_output {
    ($Output:ident, $info:expr, $section:expr, $with_checksums:expr) => {{
        let (info, section): (ObjectInfo, Option<&Section>) = ($info, $section);
        let whole = section.is_none_or(|section| section.end - section.start == info.size);
        let with_checksums = $with_checksums && whole;
        let length = section.map_or(info.size, |section| section.end - section.start);
        let (modified, kind) = (last_modified(&info), info.checksums.kind());
        let checksums = if with_checksums { info.checksums } else { Checksums::default() };
        let ObjectHeaders {
            content_type,
            content_encoding,
            content_language,
            content_disposition,
            cache_control,
            expires,
            storage_class,
            website_redirect_location,
        } = info.headers;
        let expires = expires.and_then(|date| Timestamp::parse(TimestampFormat::HttpDate, &date).ok());
        $Output {
            accept_ranges: Some("bytes".to_owned()),
            content_length: i64::try_from(length).ok(),
            content_range: section.map(|s| format!("bytes {}-{}/{}", s.start, s.end - 1, info.size)),
            parts_count: section.and_then(|section| section.parts),
            last_modified: Some(modified),
            version_id: info.version_id,
            e_tag: Some(ETag::Strong(info.etag)),
            metadata: (!info.metadata.is_empty()).then(|| info.metadata.into_iter().collect()),
            // S3's type of an object that came without one.
            content_type: Some(content_type.unwrap_or_else(|| "binary/octet-stream".to_owned())),
            content_encoding,
            content_language,
            content_disposition,
            cache_control,
            expires,
            storage_class: storage_class.map(StorageClass::from),
            website_redirect_location,
            server_side_encryption: Some(encryption()),
            checksum_crc32: checksums.crc32,
            checksum_crc32c: checksums.crc32c,
            checksum_crc64nvme: checksums.crc64nvme,
            checksum_sha1: checksums.sha1,
            checksum_sha256: checksums.sha256,
            checksum_type: with_checksums.then_some(kind),
            ..Default::default()
        }
    }};
}

impl Protocol {
    pub(crate) async fn get(&self, request: S3Request<GetObjectInput>) -> Reply<GetObjectOutput> {
        let mut input = request.input;
        input.check(self)?;
        let conditions = read_conditions!(input);
        let (key, version_id) = (input.key, input.version_id);
        let stored =
            self.storage.with(&input.bucket, move |bucket| bucket.get(&key, version_id.as_deref())).await?;
        conditions.of_read(&stored.info)?;
        let section = section(&stored.info, input.range, input.part_number)?;
        let bytes = match &section {
            None => stored.bytes,
            Some(Section { start, end, .. }) => {
                let at = |offset| usize::try_from(offset).unwrap_or(usize::MAX).min(stored.bytes.len());
                stored.bytes.slice(at(*start)..at(*end))
            }
        };
        let checksums = input.checksum_mode.is_some();
        // `s3s` puts the `response-*` members in place of the object's headers.
        let output = read_output!(GetObjectOutput, stored.info, section.as_ref(), checksums);
        Ok(S3Response::new(GetObjectOutput { body: Some(StreamingBlob::from(Body::from(bytes))), ..output }))
    }

    pub(crate) async fn head(&self, request: S3Request<HeadObjectInput>) -> Reply<HeadObjectOutput> {
        let mut input = request.input;
        input.check(self)?;
        let conditions = read_conditions!(input);
        let (key, version_id) = (input.key, input.version_id);
        let info =
            self.storage.with(&input.bucket, move |bucket| bucket.info(&key, version_id.as_deref())).await?;
        conditions.of_read(&info)?;
        let section = section(&info, input.range, input.part_number)?;
        let partial = section.is_some();
        let output = read_output!(HeadObjectOutput, info, section.as_ref(), input.checksum_mode.is_some());
        let mut response = S3Response::new(HeadObjectOutput {
            cache_control: input.response_cache_control.or(output.cache_control),
            content_disposition: input.response_content_disposition.or(output.content_disposition),
            content_encoding: input.response_content_encoding.or(output.content_encoding),
            content_language: input.response_content_language.or(output.content_language),
            content_type: input.response_content_type.or(output.content_type),
            expires: input.response_expires.or(output.expires),
            ..output
        });
        response.status = partial.then_some(http::StatusCode::PARTIAL_CONTENT);
        Ok(response)
    }
}

/// The section of an object that a range or a part number names.
fn section(info: &ObjectInfo, range: Option<Range>, part: Option<i32>) -> S3Result<Option<Section>> {
    match (range, part) {
        (None, None) => Ok(None),
        (Some(_), Some(_)) => {
            Err(s3_error!(InvalidRequest, "Cannot specify both Range header and partNumber query parameter"))
        }
        (Some(range), None) => match range.check(info.size) {
            // A suffix of an empty object has no byte either.
            Ok(range) if !range.is_empty() => {
                Ok(Some(Section { start: range.start, end: range.end, parts: None }))
            }
            _ => {
                let error = s3_error!(InvalidRange, "The requested range is not satisfiable");
                let error = error.detail("RangeRequested", range.to_header_string());
                Err(error.detail("ActualObjectSize", info.size))
            }
        },
        (None, Some(part)) => part_of(info, part),
    }
}

/// A part of an object; one that wasn't uploaded in parts has one.
fn part_of(info: &ObjectInfo, part: i32) -> S3Result<Option<Section>> {
    let whole = [info.size];
    let parts = if info.parts.is_empty() { &whole[..] } else { &info.parts };
    let before = usize::try_from(part).ok().and_then(|part| part.checked_sub(1));
    let Some(size) = before.and_then(|before| parts.get(before)) else {
        let mut error = S3Error::with_message(
            S3ErrorCode::Custom("InvalidPartNumber".into()),
            "The requested partnumber is not satisfiable",
        );
        error.set_status_code(http::StatusCode::RANGE_NOT_SATISFIABLE);
        let error = error.detail("PartNumberRequested", part);
        return Err(error.detail("ActualPartCount", parts.len()));
    };
    if *size == 0 {
        return Ok(None);
    }
    let start = parts.iter().take(before.unwrap_or_default()).sum();
    let count = (!info.parts.is_empty()).then(|| i32::try_from(parts.len()).ok()).flatten();
    Ok(Some(Section { start, end: start + size, parts: count }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(size: u64, parts: &[u64]) -> ObjectInfo {
        ObjectInfo { size, parts: parts.to_vec(), ..ObjectInfo::new("key", String::new(), String::new()) }
    }

    fn range(size: u64, range: &str) -> Option<(u64, u64)> {
        let range = Some(Range::parse(range).unwrap());
        section(&object(size, &[]), range, None).ok().flatten().map(|section| (section.start, section.end))
    }

    #[test]
    fn a_range_is_cut_to_the_object_and_one_without_a_byte_is_refused() {
        assert_eq!(range(10, "bytes=0-8"), Some((0, 9)));
        assert_eq!(range(10, "bytes=1-"), Some((1, 10)));
        assert_eq!(range(10, "bytes=-2"), Some((8, 10)));
        assert_eq!(range(10, "bytes=-15"), Some((0, 10)));
        assert_eq!(range(10, "bytes=0-100"), Some((0, 10)));
        for (size, empty) in [(10, "bytes=-0"), (10, "bytes=100-200"), (0, "bytes=0-1"), (0, "bytes=-1")] {
            assert_eq!(range(size, empty), None, "{empty} of {size} bytes");
        }
    }

    #[test]
    fn a_part_number_names_the_part_as_it_was_uploaded() {
        let part = |info: &ObjectInfo, number| part_of(info, number).map_err(|_| ());
        let two = object(7, &[5, 2]);
        assert_eq!(part(&two, 2), Ok(Some(Section { start: 5, end: 7, parts: Some(2) })));
        assert_eq!(part(&object(7, &[]), 1), Ok(Some(Section { start: 0, end: 7, parts: None })));
        for number in [0, 3, -1] {
            assert_eq!(part(&two, number), Err(()));
        }
    }
}
