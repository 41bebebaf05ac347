//! S3 as `worker` sees it: a map in which nothing is ever replaced.

use crate::contract::{self, Fields};
use crate::in_process::{Service, response};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use email::ContentDigest;
use percent_encoding::percent_decode_str;
use std::collections::BTreeMap;
use std::sync::Mutex;

pub(crate) const NAME: &str = "bucket";
/// A sender whose emails this S3 refuses to write.
pub(crate) const REFUSED: &str = "refused by S3";
const METADATA: &str = "x-amz-meta-";

pub(crate) type Objects = BTreeMap<String, Object>;

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Object {
    pub(crate) body: Vec<u8>,
    pub(crate) metadata: BTreeMap<String, String>,
}

impl Object {
    pub(crate) fn email(&self) -> Option<Fields> {
        contract::message(std::str::from_utf8(&self.body).ok()?)
    }

    /// True if it counts as this email: by its digest, or by its body if another program wrote it without one.
    pub(crate) fn holds(&self, email: &Fields, digest: &str) -> bool {
        match self.metadata.get(ContentDigest::NAME) {
            Some(stored) => stored == digest,
            None => self.email().as_ref() == Some(email),
        }
    }
}

pub(crate) fn refuses(email: &Fields) -> bool {
    email.email_sender == REFUSED
}

#[derive(Debug, Default)]
pub(crate) struct Bucket(Mutex<Objects>);

impl Bucket {
    /// Replaces all objects.
    pub(crate) fn reset(&self, objects: &Objects) {
        self.0.lock().unwrap().clone_from(objects);
    }

    pub(crate) fn objects(&self) -> Objects {
        self.0.lock().unwrap().clone()
    }
}

impl Service for Bucket {
    fn answer(&self, request: &HttpRequest, body: &[u8]) -> Option<HttpResponse> {
        let (method, key) = (request.method(), key(request.uri()));
        let may_overwrite = method == "PUT" && request.headers().get("if-none-match") != Some("*");
        assert!(!may_overwrite, "a PUT that may overwrite");
        let mut lines = body.split_inclusive(|byte| *byte == b'\n').filter_map(contract::line);
        let mut is_refused = || lines.any(|(email, _)| refuses(&email));
        let mut objects = self.0.lock().unwrap();
        Some(match (method, objects.get(&key)) {
            ("PUT", _) if is_refused() => error(403, "AccessDenied"),
            ("PUT", Some(_)) => error(412, "PreconditionFailed"),
            ("PUT", None) => {
                objects.insert(key, Object { body: body.to_vec(), metadata: metadata(request) });
                response(200, "")
            }
            ("GET" | "HEAD", None) => error(404, "NoSuchKey"),
            ("GET", Some(object)) => with_metadata(response(200, object.body.clone()), object),
            ("HEAD", Some(object)) => with_metadata(response(200, ""), object),
            (method, _) => panic!("a {method}"),
        })
    }
}

/// The key in a path-style URL.
fn key(url: &str) -> String {
    let path = url.split('?').next().unwrap_or_default();
    let (_, key) = path.split_once(&format!("/{NAME}/")).expect("an object's URL");
    percent_decode_str(key).decode_utf8().expect("a key in UTF-8").into_owned()
}

fn metadata(request: &HttpRequest) -> BTreeMap<String, String> {
    let headers = request.headers().iter();
    headers
        .filter_map(|(name, value)| Some((name.strip_prefix(METADATA)?.to_owned(), value.to_owned())))
        .collect()
}

fn with_metadata(mut response: HttpResponse, object: &Object) -> HttpResponse {
    for (name, value) in &object.metadata {
        response.headers_mut().insert(format!("{METADATA}{name}"), value.clone());
    }
    response.headers_mut().insert("content-length", object.body.len().to_string());
    response
}

fn error(status: u16, code: &str) -> HttpResponse {
    response(status, format!("<Error><Code>{code}</Code></Error>"))
}
