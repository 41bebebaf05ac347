//! Listings of objects and versions, between S3's shapes and the storage's.

use super::details::invalid_argument;
use super::members::Checked;
use super::objects::last_modified;
use super::{Protocol, Reply};
use crate::s3::bucket::Bucket;
use crate::s3::listing::{self, AfterKey, AfterVersion, ListRequest, Page, Version};
use crate::s3::{Checksums, ObjectInfo};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use s3s::dto::*;
use s3s::{S3Request, S3Response, S3Result};

/// The most keys or versions of one page.
pub(crate) const PAGE: i32 = 1_000;
/// The characters that a listing leaves as they are when it encodes keys.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'*').remove(b'/');

/// The members that the listings share.
macro_rules! list_request {
    ($input:expr, $after:expr) => {
        ListRequest {
            prefix: $input.prefix.clone().unwrap_or_default(),
            delimiter: filled($input.delimiter.as_ref()),
            after: $after,
            max: page_size("maxKeys", $input.max_keys)?,
        }
    };
}
impl Protocol {
    pub(crate) async fn list_v1(&self, request: S3Request<ListObjectsInput>) -> Reply<ListObjectsOutput> {
        let input = request.input;
        input.check(self)?;
        let page = self.page(&input.bucket, list_request!(input, input.marker.clone())).await?;
        let encoder = Encoder::new(input.encoding_type.as_ref())?;
        let text = |text| encoder.text(text);
        // Without a delimiter, the last key is the marker of the next page.
        let next_marker = page.next.clone().filter(|_| filled(input.delimiter.as_ref()).is_some());
        let owner = Some(self.owner());
        Ok(S3Response::new(ListObjectsOutput {
            name: Some(input.bucket),
            prefix: Some(text(input.prefix.unwrap_or_default())),
            delimiter: filled(input.delimiter.as_ref()).map(text),
            marker: Some(text(input.marker.unwrap_or_default())),
            next_marker: next_marker.map(text),
            max_keys: Some(input.max_keys.unwrap_or(PAGE).min(PAGE)),
            is_truncated: Some(page.next.is_some()),
            contents: Some(
                page.items.into_iter().map(|info| object(info, &encoder, owner.clone())).collect(),
            ),
            common_prefixes: Some(encoder.prefixes(page.common_prefixes)),
            encoding_type: input.encoding_type,
            ..Default::default()
        }))
    }

    pub(crate) async fn list_v2(&self, request: S3Request<ListObjectsV2Input>) -> Reply<ListObjectsV2Output> {
        let input = request.input;
        input.check(self)?;
        // A token has the last key of the page before it.
        let after = input.continuation_token.as_deref().map(from_token).transpose()?;
        let asked = list_request!(input, after.or_else(|| input.start_after.clone()));
        let page = self.page(&input.bucket, asked).await?;
        let encoder = Encoder::new(input.encoding_type.as_ref())?;
        let text = |text| encoder.text(text);
        let count = page.items.len() + page.common_prefixes.len();
        let owner = input.fetch_owner.filter(|fetch| *fetch).map(|_| self.owner());
        Ok(S3Response::new(ListObjectsV2Output {
            name: Some(input.bucket),
            prefix: Some(text(input.prefix.unwrap_or_default())),
            delimiter: filled(input.delimiter.as_ref()).map(text),
            start_after: input.start_after.map(text),
            continuation_token: input.continuation_token,
            max_keys: Some(input.max_keys.unwrap_or(PAGE).min(PAGE)),
            key_count: i32::try_from(count).ok(),
            is_truncated: Some(page.next.is_some()),
            next_continuation_token: page.next.as_deref().map(token),
            contents: Some(
                page.items.into_iter().map(|info| object(info, &encoder, owner.clone())).collect(),
            ),
            common_prefixes: Some(encoder.prefixes(page.common_prefixes)),
            encoding_type: input.encoding_type,
            ..Default::default()
        }))
    }

    async fn page(&self, bucket: &str, asked: ListRequest<AfterKey>) -> S3Result<Page<ObjectInfo, AfterKey>> {
        Ok(self.storage.with(bucket, move |bucket| Ok(listing::objects(bucket, &asked))).await?)
    }

    pub(crate) async fn list_versions(
        &self,
        request: S3Request<ListObjectVersionsInput>,
    ) -> Reply<ListObjectVersionsOutput> {
        let input = request.input;
        input.check(self)?;
        let (key, version_id) = (filled(input.key_marker.as_ref()), filled(input.version_id_marker.as_ref()));
        if let Some(version_id) = version_id.as_ref().filter(|_| key.is_none()) {
            let message = "A version-id marker cannot be specified without a key marker.";
            return Err(invalid_argument("version-id-marker", version_id, message));
        }
        let asked = list_request!(input, key.map(|key| (key, version_id)));
        let list = move |bucket: &Bucket| Ok(listing::versions(bucket, &asked));
        let page = self.storage.with(&input.bucket, list).await?;
        Ok(S3Response::new(versions_output(input, page, &self.owner())?))
    }
}

/// Encodes keys and parts of them, if the client asked for that.
pub(crate) struct Encoder(bool);

impl Encoder {
    pub(crate) fn new(encoding: Option<&EncodingType>) -> S3Result<Self> {
        match encoding.map(EncodingType::as_str) {
            None => Ok(Self(false)),
            Some(EncodingType::URL) => Ok(Self(true)),
            Some(other) => {
                Err(invalid_argument("encoding-type", other, "Invalid Encoding Method specified in Request"))
            }
        }
    }

    pub(crate) fn text(&self, text: String) -> String {
        if self.0 { utf8_percent_encode(&text, PLAIN).to_string() } else { text }
    }

    pub(crate) fn prefixes(&self, prefixes: Vec<String>) -> CommonPrefixList {
        prefixes.into_iter().map(|prefix| CommonPrefix { prefix: Some(self.text(prefix)) }).collect()
    }
}

pub(crate) fn filled(text: Option<&String>) -> Option<String> {
    text.filter(|text| !text.is_empty()).cloned()
}

/// A token is opaque to clients.
pub(crate) fn token(last: &str) -> String {
    URL_SAFE_NO_PAD.encode(last)
}

pub(crate) fn from_token(token: &str) -> S3Result<String> {
    let last = URL_SAFE_NO_PAD.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    last.filter(|last| !last.is_empty()).ok_or_else(|| {
        invalid_argument("continuation-token", token, "The continuation token provided is incorrect")
    })
}

pub(crate) fn page_size(argument: &str, max: Option<i32>) -> S3Result<usize> {
    let asked = max.unwrap_or(PAGE);
    usize::try_from(asked.min(PAGE)).map_err(|_| {
        let message = format!("Argument {argument} must be an integer between 0 and {}", i32::MAX);
        invalid_argument(argument, asked, &message)
    })
}

/// The kinds of checksums that an object has.
fn algorithms(checksums: &Checksums) -> ChecksumAlgorithmList {
    checksums.names().into_iter().map(ChecksumAlgorithm::from_static).collect()
}

fn object(info: ObjectInfo, encoder: &Encoder, owner: Option<Owner>) -> Object {
    let class = info.headers.storage_class.clone();
    Object {
        last_modified: Some(last_modified(&info)),
        size: i64::try_from(info.size).ok(),
        e_tag: Some(ETag::Strong(info.etag)),
        key: Some(encoder.text(info.key)),
        storage_class: Some(class.unwrap_or_else(|| ObjectStorageClass::STANDARD.to_owned()).into()),
        checksum_algorithm: Some(algorithms(&info.checksums)),
        checksum_type: Some(info.checksums.kind()),
        owner,
        ..Default::default()
    }
}

fn versions_output(
    input: ListObjectVersionsInput,
    page: Page<Version, AfterVersion>,
    owner: &Owner,
) -> S3Result<ListObjectVersionsOutput> {
    let encoder = Encoder::new(input.encoding_type.as_ref())?;
    let text = |text| encoder.text(text);
    let (mut versions, mut markers) = (Vec::new(), Vec::new());
    for (info, latest) in page.items {
        let (last_modified, is_latest, owner) =
            (Some(last_modified(&info)), Some(latest), Some(owner.clone()));
        if info.delete_marker {
            let version_id = Some(info.shown_id().to_owned());
            let key = Some(text(info.key));
            markers.push(DeleteMarkerEntry { key, version_id, is_latest, last_modified, owner });
            continue;
        }
        // S3's model has one storage class of versions, and S3 lists all.
        let class = info.headers.storage_class.clone();
        versions.push(ObjectVersion {
            version_id: Some(info.shown_id().to_owned()),
            key: Some(text(info.key)),
            is_latest,
            last_modified,
            owner,
            size: i64::try_from(info.size).ok(),
            e_tag: Some(ETag::Strong(info.etag)),
            storage_class: Some(
                class.unwrap_or_else(|| ObjectVersionStorageClass::STANDARD.to_owned()).into(),
            ),
            checksum_algorithm: Some(algorithms(&info.checksums)),
            checksum_type: Some(info.checksums.kind()),
            ..Default::default()
        });
    }
    let is_truncated = Some(page.next.is_some());
    let (next_key_marker, next_version_id_marker) = page.next.unzip();
    Ok(ListObjectVersionsOutput {
        name: Some(input.bucket),
        prefix: Some(text(input.prefix.unwrap_or_default())),
        delimiter: filled(input.delimiter.as_ref()).map(text),
        key_marker: Some(text(input.key_marker.unwrap_or_default())),
        version_id_marker: Some(input.version_id_marker.unwrap_or_default()),
        max_keys: Some(input.max_keys.unwrap_or(PAGE).min(PAGE)),
        is_truncated,
        next_key_marker: next_key_marker.map(text),
        next_version_id_marker: next_version_id_marker.flatten(),
        versions: Some(versions),
        delete_markers: Some(markers),
        common_prefixes: Some(encoder.prefixes(page.common_prefixes)),
        encoding_type: input.encoding_type,
        ..Default::default()
    })
}
