//! Listings of multipart uploads and of their parts.

use super::kind;
use crate::s3::bucket::Bucket;
use crate::s3::protocol::details::invalid_argument;
use crate::s3::protocol::lists::{Encoder, PAGE, filled, page_size};
use crate::s3::protocol::members::Checked;
use crate::s3::protocol::objects::whole_second;
use crate::s3::protocol::{Protocol, Reply};
use crate::s3::uploads::{Part as Stored, Upload};
use s3s::dto::*;
use s3s::{S3Request, S3Response, S3Result};
use std::time::{Duration, UNIX_EPOCH};

fn time(milliseconds: u64) -> Timestamp {
    whole_second(UNIX_EPOCH + Duration::from_millis(milliseconds))
}

fn storage_class(upload: &Upload) -> StorageClass {
    upload.headers.storage_class.clone().unwrap_or_else(|| StorageClass::STANDARD.to_owned()).into()
}

impl Protocol {
    fn initiator(&self) -> Initiator {
        Initiator { display_name: None, id: self.owner().id }
    }

    pub(crate) async fn list_parts_of(&self, request: S3Request<ListPartsInput>) -> Reply<ListPartsOutput> {
        let input = request.input;
        input.check(self)?;
        let max = page_size("max-parts", input.max_parts)?;
        let marker = input.part_number_marker.unwrap_or_default();
        let (key, id) = (input.key.clone(), input.upload_id.clone());
        let read = move |bucket: &Bucket| bucket.uploads.parts(&key, &id);
        let (upload, parts) = self.storage.with(&input.bucket, read).await?;
        let mut parts: Vec<_> = parts.into_values().filter(|part| part.number > marker).collect();
        let is_truncated = parts.len() > max;
        parts.truncate(max);
        let algorithm = upload.algorithm.clone();
        Ok(S3Response::new(ListPartsOutput {
            bucket: Some(input.bucket),
            key: Some(input.key),
            upload_id: Some(input.upload_id),
            max_parts: Some(input.max_parts.unwrap_or(PAGE).min(PAGE)),
            part_number_marker: Some(marker),
            next_part_number_marker: Some(parts.last().map_or(0, |part| part.number)),
            is_truncated: Some(is_truncated),
            parts: Some(parts.into_iter().map(part).collect()),
            initiator: Some(self.initiator()),
            owner: Some(self.owner()),
            storage_class: Some(storage_class(&upload)),
            checksum_type: algorithm.is_some().then(|| kind(upload.composite)),
            checksum_algorithm: algorithm.map(ChecksumAlgorithm::from),
            ..Default::default()
        }))
    }

    pub(crate) async fn list_uploads(
        &self,
        request: S3Request<ListMultipartUploadsInput>,
    ) -> Reply<ListMultipartUploadsOutput> {
        let input = request.input;
        input.check(self)?;
        let max = page_size("max-uploads", input.max_uploads)?;
        let all = self.storage.with(&input.bucket, |bucket| Ok(bucket.uploads.all())).await?;
        let page = page(&input, all, max)?;
        let encoder = Encoder::new(input.encoding_type.as_ref())?;
        let text = |text| encoder.text(text);
        let (next_key, next_id) = page.next.clone().unwrap_or_default();
        let marked = filled(input.key_marker.as_ref()).is_some();
        let upload = |upload: Upload| MultipartUpload {
            initiated: Some(time(upload.initiated_ms)),
            storage_class: Some(storage_class(&upload)),
            initiator: Some(self.initiator()),
            owner: Some(self.owner()),
            checksum_type: upload.algorithm.is_some().then(|| kind(upload.composite)),
            checksum_algorithm: upload.algorithm.map(ChecksumAlgorithm::from),
            key: Some(text(upload.key)),
            upload_id: Some(upload.id),
        };
        Ok(S3Response::new(ListMultipartUploadsOutput {
            bucket: Some(input.bucket),
            prefix: Some(text(input.prefix.unwrap_or_default())),
            delimiter: filled(input.delimiter.as_ref()).map(text),
            key_marker: Some(text(input.key_marker.unwrap_or_default())),
            upload_id_marker: Some(input.upload_id_marker.filter(|_| marked).unwrap_or_default()),
            next_key_marker: Some(text(next_key)),
            next_upload_id_marker: Some(next_id),
            max_uploads: Some(input.max_uploads.unwrap_or(PAGE).min(PAGE)),
            is_truncated: Some(page.more),
            uploads: Some(page.uploads.into_iter().map(upload).collect()),
            common_prefixes: Some(encoder.prefixes(page.common_prefixes)),
            encoding_type: input.encoding_type,
            ..Default::default()
        }))
    }
}

fn part(part: Stored) -> Part {
    Part {
        part_number: Some(part.number),
        size: i64::try_from(part.size).ok(),
        e_tag: Some(ETag::Strong(part.etag)),
        last_modified: Some(time(part.modified_ms)),
        checksum_crc32: part.checksums.crc32,
        checksum_crc32c: part.checksums.crc32c,
        checksum_crc64nvme: part.checksums.crc64nvme,
        checksum_sha1: part.checksums.sha1,
        checksum_sha256: part.checksums.sha256,
    }
}

#[derive(Default)]
struct Page {
    uploads: Vec<Upload>,
    common_prefixes: Vec<String>,
    /// The key and id of the last upload, or the last common prefix.
    next: Option<(String, String)>,
    more: bool,
}

/// One page of uploads, which come by key and then by age. An id alone marks nothing.
fn page(input: &ListMultipartUploadsInput, all: Vec<Upload>, max: usize) -> S3Result<Page> {
    let (key, id) = (filled(input.key_marker.as_ref()), filled(input.upload_id_marker.as_ref()));
    let key = key.unwrap_or_default();
    if let Some(id) = id.as_ref().filter(|_| !key.is_empty())
        && all.iter().any(|upload| upload.id == *id && upload.key != key)
    {
        return Err(invalid_argument("upload-id-marker", id, "Invalid uploadId marker"));
    }
    let prefix = input.prefix.clone().unwrap_or_default();
    let delimiter = filled(input.delimiter.as_ref());
    let mut page = Page::default();
    for upload in all.into_iter().filter(|upload| upload.key.starts_with(&prefix)) {
        let common = delimiter.as_deref().and_then(|delimiter| {
            let at = upload.key[prefix.len()..].find(delimiter)?;
            Some(upload.key[..prefix.len() + at + delimiter.len()].to_owned())
        });
        let passed = match &common {
            Some(common) => *common <= key || page.common_prefixes.last() == Some(common),
            None if upload.key == key => id.as_ref().is_none_or(|id| upload.id <= *id),
            None => upload.key < key,
        };
        if passed {
            continue;
        }
        if page.uploads.len() + page.common_prefixes.len() == max {
            page.more = true;
            break;
        }
        if let Some(common) = common {
            page.next = Some((common.clone(), String::new()));
            page.common_prefixes.push(common);
        } else {
            page.next = Some((upload.key.clone(), upload.id.clone()));
            page.uploads.push(upload);
        }
    }
    Ok(page)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(input: &ListMultipartUploadsInput, max: usize) -> String {
        let upload = |(key, id): (&str, &str)| Upload { key: key.into(), id: id.into(), ..Upload::default() };
        let all = [("a/1", "5"), ("a/2", "6"), ("b", "3"), ("b", "4"), ("c", "1")].map(upload).to_vec();
        let page = page(input, all, max).unwrap();
        let uploads = page.uploads.iter().map(|upload| format!("{}{}", upload.key, upload.id));
        page.common_prefixes.into_iter().chain(uploads).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn uploads_are_listed_by_key_and_age_behind_a_marker() {
        let input = ListMultipartUploadsInput::default;
        let marked = |key: &str, id: Option<&str>| ListMultipartUploadsInput {
            key_marker: Some(key.into()),
            upload_id_marker: id.map(str::to_owned),
            ..input()
        };
        let levels = ListMultipartUploadsInput { delimiter: Some("/".into()), ..marked("a/1", None) };
        let level = ListMultipartUploadsInput { delimiter: Some("/".into()), ..input() };
        assert_eq!(listed(&input(), 9), "a/15 a/26 b3 b4 c1");
        assert_eq!(listed(&input(), 1), "a/15");
        assert_eq!(listed(&marked("b", None), 9), "c1");
        assert_eq!(listed(&marked("b", Some("3")), 9), "b4 c1");
        assert_eq!(listed(&marked("", Some("3")), 1), "a/15");
        assert_eq!(listed(&level, 9), "a/ b3 b4 c1");
        assert_eq!(listed(&levels, 9), "b3 b4 c1");
    }
}
