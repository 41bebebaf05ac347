//! Signatures that anybody can make, since the sandbox's keys are known.

use super::BUCKET;
use hmac::{Hmac, KeyInit, Mac};
use sandbox::services::{ACCESS_KEY_ID, SECRET_ACCESS_KEY};
use sandbox::stack::REGION;
use sha2::{Digest, Sha256};
use std::process::Command;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

fn now() -> String {
    let date = Command::new("date").args(["-u", "+%Y%m%dT%H%M%SZ"]).output().unwrap();
    String::from_utf8(date.stdout).unwrap().trim().to_owned()
}

fn mac(key: &[u8], data: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(data.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn signature(time: &str, text: &str) -> String {
    let key = [&time[..8], REGION, "s3", "aws4_request"]
        .iter()
        .fold(format!("AWS4{SECRET_ACCESS_KEY}").into_bytes(), |key, part| mac(&key, part));
    hex::encode(mac(&key, text))
}

fn scope(time: &str) -> String {
    format!("{}/{REGION}/s3/aws4_request", &time[..8])
}

/// A link that allows one operation on `path` to everybody who has it. `query` is the operation's own.
pub(crate) fn presigned(method: &str, host: &str, path: &str, query: &str) -> String {
    let time = now();
    let scope = scope(&time);
    let credential = format!("{ACCESS_KEY_ID}/{scope}").replace('/', "%2F");
    let query = format!(
        "X-Amz-Algorithm={ALGORITHM}&X-Amz-Credential={credential}&X-Amz-Date={time}&X-Amz-Expires=600&\
         X-Amz-SignedHeaders=host{query}"
    );
    let request = format!("{method}\n{path}\n{query}\nhost:{host}\n\nhost\nUNSIGNED-PAYLOAD");
    let text = format!("{ALGORITHM}\n{time}\n{scope}\n{}", hex::encode(Sha256::digest(request)));
    format!("http://{host}{path}?{query}&X-Amz-Signature={}", signature(&time, &text))
}

/// The fields of a form that stores an object under any key, as HTML inputs.
pub(crate) fn form_fields(key: &str) -> String {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let time = now();
    let credential = format!("{ACCESS_KEY_ID}/{}", scope(&time));
    let policy = STANDARD.encode(format!(
        r#"{{"expiration": "2099-01-01T00:00:00Z", "conditions": [{{"bucket": "{BUCKET}"}}, ["starts-with", "$key", ""],
        ["starts-with", "$Content-Type", ""], {{"x-amz-algorithm": "{ALGORITHM}"}}, {{"x-amz-credential": "{credential}"}},
        {{"x-amz-date": "{time}"}}, {{"success_action_status": "201"}}]}}"#
    ));
    [
        ("key", key),
        ("Content-Type", "text/html"),
        ("success_action_status", "201"), // a document, whose frame tells when it is there
        ("x-amz-algorithm", ALGORITHM),
        ("x-amz-credential", &credential),
        ("x-amz-date", &time),
        ("policy", &policy),
        ("x-amz-signature", &signature(&time, &policy)),
    ]
    .map(|(name, value)| format!(r#"<input type="hidden" name="{name}" value="{value}">"#))
    .concat()
}
