//! Multipart uploads: begun, filled with parts, completed or aborted.

use super::conditions::{of_write, unmet_write};
use super::details::invalid_argument;
use super::gate::unsupported;
use super::members::{Checked, check_acl, check_storage_class};
use super::objects::{check, check_size, encryption, http_date, read, user_metadata};
use super::{Protocol, Reply};
use crate::s3::bucket::Bucket;
use crate::s3::uploads::{Part, Upload};
use crate::s3::{Checksums, ObjectHeaders};
use bytes::Bytes;
use http::{StatusCode, header};
use s3s::dto::*;
use s3s::{S3Error, S3ErrorCode, S3Request, S3Response, S3Result, s3_error};

mod assembly;
mod lists;

/// The numbers that parts may have.
const PARTS: std::ops::RangeInclusive<i32> = 1..=10_000;

impl Protocol {
    pub(crate) async fn begin_upload(
        &self,
        request: S3Request<CreateMultipartUploadInput>,
    ) -> Reply<CreateMultipartUploadOutput> {
        let input = request.input;
        input.check(self)?;
        check_acl(input.acl.as_ref())?;
        let composite = is_composite(input.checksum_algorithm.as_ref(), input.checksum_type.as_ref())?;
        let upload = Upload {
            key: input.key.clone(),
            headers: ObjectHeaders {
                storage_class: check_storage_class(input.storage_class.as_ref())?,
                expires: input.expires.as_ref().and_then(http_date),
                content_type: input.content_type,
                content_encoding: input.content_encoding,
                content_language: input.content_language,
                content_disposition: input.content_disposition,
                cache_control: input.cache_control,
                website_redirect_location: input.website_redirect_location,
            },
            metadata: user_metadata(input.metadata)?,
            algorithm: input.checksum_algorithm.as_ref().map(|algorithm| algorithm.as_str().to_owned()),
            composite,
            ..Upload::default()
        };
        let checksum_type = upload.algorithm.is_some().then(|| kind(composite));
        let begin =
            move |bucket: &Bucket| bucket.uploads.begin(Upload { began: bucket.sequence(), ..upload });
        let id = self.storage.with(&input.bucket, begin).await?;
        Ok(S3Response::new(CreateMultipartUploadOutput {
            bucket: Some(input.bucket),
            key: Some(input.key),
            upload_id: Some(id),
            checksum_algorithm: input.checksum_algorithm,
            checksum_type,
            server_side_encryption: Some(encryption()),
            ..Default::default()
        }))
    }

    pub(crate) async fn receive_part(&self, request: S3Request<UploadPartInput>) -> Reply<UploadPartOutput> {
        let (mut input, trailers) = (request.input, request.trailing_headers);
        input.check(self)?;
        let (key, id) = (input.key.clone(), input.upload_id.clone());
        let upload = self.storage.with(&input.bucket, move |bucket| bucket.uploads.find(&key, &id)).await?;
        let bytes = read(input.body.take(), input.content_length).await?;
        let claimed = Checksums::claimed(&input, trailers.and_then(|trailers| trailers.take()).as_ref());
        check(&bytes, &claimed, input.content_md5.as_deref())?;
        let sums = part_checksums(&upload, &claimed, &bytes)?;
        let to = (input.bucket, input.key, input.upload_id, input.part_number);
        let part = self.add_part(to, bytes, sums).await?;
        Ok(S3Response::new(UploadPartOutput {
            e_tag: Some(ETag::Strong(part.etag)),
            checksum_crc32: claimed.crc32,
            checksum_crc32c: claimed.crc32c,
            checksum_crc64nvme: claimed.crc64nvme,
            checksum_sha1: claimed.sha1,
            checksum_sha256: claimed.sha256,
            server_side_encryption: Some(encryption()),
            ..Default::default()
        }))
    }

    /// Adds a part to an upload, given as bucket, key, id and number.
    pub(crate) async fn add_part(
        &self,
        (bucket, key, id, number): (String, String, String, i32),
        bytes: Bytes,
        sums: Checksums,
    ) -> S3Result<Part> {
        if !PARTS.contains(&number) {
            let message = "Part number must be an integer between 1 and 10000, inclusive";
            return Err(invalid_argument("partNumber", number, message));
        }
        let (of_key, of_id) = (key.clone(), id.clone());
        let parts = self.storage.with(&bucket, move |bucket| bucket.uploads.parts(&of_key, &of_id)).await?.1;
        let others: u64 = parts.values().filter(|part| part.number != number).map(|part| part.size).sum();
        // Told now, as the object would not fit later.
        check_size(usize::try_from(others).unwrap_or(usize::MAX).saturating_add(bytes.len()))?;
        let add = move |bucket: &Bucket| bucket.uploads.add(&key, &id, number, &bytes, sums);
        Ok(self.storage.with(&bucket, add).await?)
    }

    pub(crate) async fn complete_upload(
        &self,
        request: S3Request<CompleteMultipartUploadInput>,
    ) -> Reply<CompleteMultipartUploadOutput> {
        let (input, headers) = (request.input, request.headers);
        input.check(self)?;
        let condition = of_write(input.if_match.as_ref(), input.if_none_match.as_ref())?;
        let (storage, name, key) = (self.storage.clone(), input.bucket.clone(), input.key.clone());
        let work = move |bucket: &Bucket| {
            let (key, id) = (input.key.clone(), input.upload_id.clone());
            bucket.uploads.completing(&key, &id, || -> S3Result<_> {
                let assembled = assembly::assemble(&bucket.uploads, &input, condition.clone())?;
                let (object, sums, began) = assembled;
                let stored = storage.store(bucket, input.bucket.clone(), object, sums, began);
                let info = stored.map_err(|error| unmet_write(error, &condition))?;
                // The object is stored: an upload that stays is only in the way.
                if let Err(error) = bucket.uploads.end(&key, &id) {
                    tracing::warn!(%error, %key, "a completed upload could not be removed");
                }
                Ok(info)
            })
        };
        let info = self.storage.with(&name, work).await??;
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        let checksum_type = Some(info.checksums.kind());
        Ok(S3Response::new(CompleteMultipartUploadOutput {
            location: Some(format!("http://{host}/{name}/{key}")),
            bucket: Some(name),
            key: Some(key),
            e_tag: Some(ETag::Strong(info.etag)),
            version_id: info.version_id,
            checksum_type,
            checksum_crc32: info.checksums.crc32,
            checksum_crc32c: info.checksums.crc32c,
            checksum_crc64nvme: info.checksums.crc64nvme,
            checksum_sha1: info.checksums.sha1,
            checksum_sha256: info.checksums.sha256,
            server_side_encryption: Some(encryption()),
            ..Default::default()
        }))
    }

    pub(crate) async fn abort_upload(
        &self,
        request: S3Request<AbortMultipartUploadInput>,
    ) -> Reply<AbortMultipartUploadOutput> {
        let input = request.input;
        input.check(self)?;
        let end = move |bucket: &Bucket| bucket.uploads.end(&input.key, &input.upload_id);
        self.storage.with(&input.bucket, end).await?;
        Ok(S3Response::with_status(AbortMultipartUploadOutput::default(), StatusCode::NO_CONTENT))
    }
}

fn kind(composite: bool) -> ChecksumType {
    Checksums { composite, ..Checksums::default() }.kind()
}

/// True if the checksum of the object will be made of those of its parts.
fn is_composite(algorithm: Option<&ChecksumAlgorithm>, kind: Option<&ChecksumType>) -> S3Result<bool> {
    let Some(algorithm) = algorithm.map(ChecksumAlgorithm::as_str) else {
        return match kind {
            None => Ok(false),
            Some(_) => Err(s3_error!(
                InvalidRequest,
                "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header."
            )),
        };
    };
    if Checksums::only(algorithm).is_none() {
        return Err(unsupported(&format!("x-amz-checksum-algorithm {algorithm}")));
    }
    let kind = kind.map(ChecksumType::as_str);
    match (algorithm, kind) {
        (ChecksumAlgorithm::CRC64NVME, Some(ChecksumType::COMPOSITE))
        | (ChecksumAlgorithm::SHA1 | ChecksumAlgorithm::SHA256, Some(ChecksumType::FULL_OBJECT)) => {
            let algorithm = algorithm.to_lowercase();
            let kind = kind.unwrap_or_default();
            Err(s3_error!(
                InvalidRequest,
                "The {kind} checksum type cannot be used with the {algorithm} checksum algorithm."
            ))
        }
        (ChecksumAlgorithm::CRC64NVME, None) | (_, Some(ChecksumType::FULL_OBJECT)) => Ok(false),
        (_, None | Some(ChecksumType::COMPOSITE)) => Ok(true),
        (_, Some(other)) => Err(invalid_argument("x-amz-checksum-type", other, "Unknown checksum type.")),
    }
}

/// The checksum that a part is kept with: the one that its upload was begun with, if that was said.
fn part_checksums(upload: &Upload, claimed: &Checksums, bytes: &[u8]) -> S3Result<Checksums> {
    let Some(algorithm) = upload.algorithm.as_deref() else { return Ok(Checksums::default()) };
    let kinds = Checksums::only(algorithm).unwrap_or_default();
    let names = claimed.names();
    if names.contains(&algorithm) || (names.is_empty() && !upload.composite) {
        return Ok(Checksums::of(bytes, &kinds));
    }
    let (expected, actual) = (algorithm.to_lowercase(), names.first().unwrap_or(&"null").to_lowercase());
    let message = format!(
        "Checksum Type mismatch occurred, expected checksum Type: {expected}, actual checksum Type: {actual}"
    );
    Err(S3Error::with_message(S3ErrorCode::InvalidRequest, message))
}
