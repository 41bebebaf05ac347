use super::*;
use bytes::Bytes;
use serde_json::{Value, json};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, pem::PemObject};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// Sends one request, and gives the status and the body of the answer.
async fn send(stub: &Stub, method: &str, path: &str, target: Option<&str>, body: &str) -> (u16, Vec<u8>) {
    let address = stub.endpoint_url().trim_start_matches("http://").to_owned();
    let stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let (mut client, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let mut request = http::Request::builder().method(method).uri(path).header("host", "stub");
    if let Some(target) = target {
        request = request.header("x-amz-target", target);
    }
    let body = http_body_util::Full::new(Bytes::from(body.to_owned()));
    let response = client.send_request(request.body(body).unwrap()).await.unwrap();
    let status = response.status().as_u16();
    let body = http_body_util::BodyExt::collect(response.into_body()).await.unwrap().to_bytes();
    (status, body.to_vec())
}

#[tokio::test]
async fn ssm_tells_the_token_to_who_asks_for_it_decrypted() {
    let stub = Stub::start(None).unwrap();
    let target = Some("AmazonSSM.GetParameter");
    let (status, body) = send(&stub, "POST", "/", target, r#"{"Name":"a","WithDecryption":true}"#).await;
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!((status, &body["Parameter"]["Value"]), (200, &json!(crate::events::TOKEN)));
    assert_eq!(send(&stub, "POST", "/", target, r#"{"Name":"a"}"#).await.0, 400);
}

#[tokio::test]
async fn a_message_that_was_sent_can_be_looked_at_once() {
    let stub = Stub::start(None).unwrap();
    let body = json!({"MessageBody": r#"{"a":1}"#}).to_string();
    let (status, answer) = send(&stub, "POST", "/", Some("AmazonSQS.SendMessage"), &body).await;
    let answer: Value = serde_json::from_slice(&answer).unwrap();
    // printf '{"a":1}' | md5sum
    assert_eq!((status, &answer["MD5OfMessageBody"]), (200, &json!("bb6cb5c68df4652941caf652a366f2d8")));
    assert_eq!(stub.state().take_messages(), [json!({"a": 1})]);
    assert!(stub.state().take_messages().is_empty());
}

#[tokio::test]
async fn an_object_is_stored_under_its_decoded_key_and_not_twice() {
    let stub = Stub::start(None).unwrap();
    assert_eq!(send(&stub, "PUT", "/bucket/John%20doe_1.json", None, "{}").await.0, 200);
    assert_eq!(send(&stub, "PUT", "/bucket/John%20doe_1.json", None, "{}").await.0, 412);
    let objects = stub.state().take_objects();
    assert_eq!(objects.into_iter().collect::<Vec<_>>(), [("John doe_1.json".to_owned(), Bytes::from("{}"))]);
}

#[tokio::test]
async fn the_most_puts_in_flight_are_counted_until_somebody_asks() {
    let stub = Stub::start(None).unwrap();
    drop((stub.state().put(), stub.state().put()));
    send(&stub, "PUT", "/bucket/a", None, "").await;
    assert_eq!(stub.state().take_most_in_flight(), 2);
    assert_eq!(stub.state().take_most_in_flight(), 0);
}

#[tokio::test]
async fn what_no_function_asks_is_refused() {
    let stub = Stub::start(None).unwrap();
    assert_eq!(send(&stub, "GET", "/bucket/a", None, "").await.0, 501);
}

#[tokio::test]
async fn with_tls_who_trusts_the_bundle_is_served_and_who_does_not_is_not() {
    let directory = tempfile::tempdir().unwrap();
    let stub = Stub::start(Some(directory.path())).unwrap();
    let bundle = CertificateDer::pem_file_iter(stub.roots().unwrap()).unwrap();
    let (mut trusting, mut wary) = (RootCertStore::empty(), RootCertStore::empty());
    let all: Vec<_> = bundle.collect::<Result<_, _>>().unwrap();
    wary.add_parsable_certificates(all[1..].to_vec());
    trusting.add_parsable_certificates(all);
    for (roots, served) in [(trusting, true), (wary, false)] {
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let config = config.with_safe_default_protocol_versions().unwrap();
        let config = config.with_root_certificates(roots).with_no_client_auth();
        let address = stub.endpoint_url().strip_prefix("https://").unwrap();
        let stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let name = ServerName::try_from("127.0.0.1").unwrap();
        let connected = TlsConnector::from(Arc::new(config)).connect(name, stream).await;
        assert_eq!(connected.is_ok(), served, "{:?}", connected.err());
    }
}
