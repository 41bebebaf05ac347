//! A body in chunks, as S3's clients send one whose checksum comes after it:
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html>.

use bytes::Bytes;

/// What the chunks hold; nothing if they break off. Signatures and trailers are left out, unchecked.
pub(crate) fn decode(mut body: &[u8]) -> Option<Bytes> {
    let mut whole = Vec::new();
    loop {
        let end = body.windows(2).position(|two| two == b"\r\n")?;
        let line = std::str::from_utf8(&body[..end]).ok()?;
        let size = usize::from_str_radix(line.split(';').next()?, 16).ok()?;
        if size == 0 {
            return Some(Bytes::from(whole));
        }
        let (chunk, rest) = body.get(end + 2..)?.split_at_checked(size)?;
        whole.extend_from_slice(chunk);
        body = rest.strip_prefix(b"\r\n")?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_put_together_without_what_surrounds_them() {
        let body =
            b"5;chunk-signature=0a\r\nhello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n";
        assert_eq!(decode(body).unwrap(), "hello world");
    }

    #[test]
    fn what_breaks_off_is_nothing() {
        for body in [&b"5\r\nhell"[..], b"5\r\nhello\r\n", b"5\r\nhello6", b"x\r\n", b""] {
            assert_eq!(decode(body), None, "{body:?}");
        }
    }
}
