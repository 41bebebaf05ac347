//! Completing a multipart upload: the chosen parts become an object.

use super::kind;
use crate::s3::checksums::Claims;
use crate::s3::protocol::details::Detailed;
use crate::s3::protocol::objects::check_size;
use crate::s3::uploads::{Part, Upload, Uploads};
use crate::s3::{Checksums, CreatedBy, NewObject, PutCondition};
use s3s::dto::{ChecksumType, CompleteMultipartUploadInput, CompletedPart, ETag};
use s3s::{S3Error, S3Result, s3_error};
use std::collections::BTreeMap;

/// The smallest part but the last:
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>.
const PART_BYTES: u64 = 5 * 1024 * 1024;

/// The object of an upload, its checksums, and the bucket's sequence when the upload began.
pub(crate) fn assemble(
    uploads: &Uploads,
    input: &CompleteMultipartUploadInput,
    condition: PutCondition,
) -> S3Result<(NewObject, Checksums, u64)> {
    let id = &input.upload_id;
    let (upload, parts) = uploads.parts(&input.key, id)?;
    let asked =
        input.multipart_upload.as_ref().and_then(|upload| upload.parts.as_deref()).unwrap_or_default();
    let parts = chosen(&upload, &parts, asked)?;
    let size: u64 = parts.iter().map(|part| part.size).sum();
    if let Some(expected) = input.mpu_object_size.filter(|expected| u64::try_from(*expected) != Ok(size)) {
        return Err(s3_error!(
            InvalidRequest,
            "The provided 'x-amz-mp-object-size' header value {expected} does not match what was computed: {size}"
        ));
    }
    check_size(usize::try_from(size).unwrap_or(usize::MAX))?;
    let bytes = uploads.read(id, &parts)?;
    let sums = checksums(&upload, &parts, &bytes);
    check_claims(&upload, &sums, input)?;
    let object = NewObject {
        key: upload.key,
        bytes,
        headers: upload.headers,
        metadata: upload.metadata,
        condition,
        parts: parts.iter().map(|part| part.size).collect(),
        created_by: CreatedBy::Upload,
    };
    Ok((object, sums, upload.began))
}

/// The parts that a request names, if they are as it says and large enough.
fn chosen(upload: &Upload, parts: &BTreeMap<i32, Part>, asked: &[CompletedPart]) -> S3Result<Vec<Part>> {
    if asked.is_empty() {
        return Err(s3_error!(MalformedXML));
    }
    let mut chosen: Vec<Part> = Vec::new();
    for part in asked {
        let number = part.part_number.ok_or_else(|| s3_error!(MalformedXML))?;
        if chosen.last().is_some_and(|last| number <= last.number) {
            let message =
                "The list of parts was not in ascending order. Parts must be ordered by part number.";
            return Err(s3_error!(InvalidPartOrder, "{message}").detail("UploadId", &upload.id));
        }
        let found = parts.get(&number).filter(|found| is_meant(found, part));
        chosen.push(found.ok_or_else(|| invalid_part(upload, part))?.clone());
        check_part_checksum(upload, part, number)?;
    }
    let (_, large) = chosen.split_last().ok_or_else(|| s3_error!(MalformedXML))?;
    match large.iter().find(|part| part.size < PART_BYTES) {
        None => Ok(chosen),
        Some(part) => {
            let error =
                s3_error!(EntityTooSmall, "Your proposed upload is smaller than the minimum allowed size");
            Err(error
                .detail("ETag", &part.etag)
                .detail("PartNumber", part.number)
                .detail("ProposedSize", part.size)
                .detail("MinSizeAllowed", PART_BYTES))
        }
    }
}

fn is_meant(found: &Part, asked: &CompletedPart) -> bool {
    // A part has only the checksums that were asked for when it was uploaded.
    let claimed = asked.headers();
    let mut pairs = claimed.all().into_iter().zip(found.checksums.all());
    asked.e_tag.as_ref().is_some_and(|etag| etag.value() == found.etag)
        && pairs.all(|((_, claimed), (_, kept))| claimed.is_none() || kept.is_none() || claimed == kept)
}

fn invalid_part(upload: &Upload, part: &CompletedPart) -> S3Error {
    let error = s3_error!(
        InvalidPart,
        "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag."
    );
    error
        .detail("UploadId", &upload.id)
        .detail("PartNumber", part.part_number.unwrap_or_default())
        .detail("ETag", part.e_tag.as_ref().map(ETag::value).unwrap_or_default())
}

/// An upload with a composite checksum is completed with the checksum of each part.
fn check_part_checksum(upload: &Upload, part: &CompletedPart, number: i32) -> S3Result<()> {
    let Some(algorithm) = upload.algorithm.as_deref().filter(|_| upload.composite) else { return Ok(()) };
    if part.headers().names().contains(&algorithm) {
        return Ok(());
    }
    let algorithm = algorithm.to_lowercase();
    Err(s3_error!(
        InvalidRequest,
        "The upload was created using a {algorithm} checksum. The complete request must include the checksum for each part. It was missing for part {number} in the request."
    ))
}

fn checksums(upload: &Upload, parts: &[Part], bytes: &[u8]) -> Checksums {
    let kinds = upload.algorithm.as_deref().and_then(Checksums::only).unwrap_or_default();
    if upload.composite {
        Checksums::composed(parts.iter().map(|part| &part.checksums), &kinds)
    } else {
        Checksums::of(bytes, &kinds)
    }
}

/// Refuses an object that is not what the client says it is.
fn check_claims(upload: &Upload, sums: &Checksums, input: &CompleteMultipartUploadInput) -> S3Result<()> {
    let expected = kind(upload.composite);
    if input.checksum_type.as_ref().is_some_and(|kind| *kind != expected) {
        let kind = upload.algorithm.as_ref().map_or("null", |_| ChecksumType::as_str(&expected));
        return Err(s3_error!(
            InvalidRequest,
            "The upload was created using the {kind} checksum mode. The complete request must use the same checksum mode."
        ));
    }
    let claimed = input.headers();
    match claimed.mismatch_with(sums) {
        None => Ok(()),
        Some(name) => {
            let name = name.to_lowercase();
            Err(s3_error!(BadDigest, "The {name} you specified did not match the calculated checksum."))
        }
    }
}
