use super::*;
use crate::emails::TOKEN;
use bytes::Bytes;
use serde_json::{Value, json};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, pem::PemObject};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

async fn post(stub: &Stub, target: &'static str, body: &Value) -> (u16, Value) {
    let request = reqwest::Client::new().post(&stub.endpoint_url).header("x-amz-target", target);
    let response = request.body(body.to_string()).send().await.unwrap();
    (response.status().as_u16(), serde_json::from_slice(&response.bytes().await.unwrap()).unwrap())
}

async fn put(stub: &Stub, path: &str, body: &'static str) -> u16 {
    let request = reqwest::Client::new().put(format!("{}{path}", stub.endpoint_url)).body(body);
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn ssm_returns_the_token_only_with_decryption() {
    let stub = Stub::start(None).unwrap();
    let target = "AmazonSSM.GetParameter";
    let (status, body) = post(&stub, target, &json!({"Name": "a", "WithDecryption": true})).await;
    assert_eq!((status, &body["Parameter"]["Value"]), (200, &json!(TOKEN)));
    assert_eq!(post(&stub, target, &json!({"Name": "a"})).await.0, 400);
}

#[tokio::test]
async fn a_message_can_be_taken_once() {
    let stub = Stub::start(None).unwrap();
    let (status, body) = post(&stub, "AmazonSQS.SendMessage", &json!({"MessageBody": r#"{"a":1}"#})).await;
    // printf '{"a":1}' | md5sum
    assert_eq!((status, &body["MD5OfMessageBody"]), (200, &json!("bb6cb5c68df4652941caf652a366f2d8")));
    assert_eq!(stub.state.take_messages(), [json!({"a": 1})]);
    assert!(stub.state.take_messages().is_empty());
}

#[tokio::test]
async fn an_object_is_stored_once_under_its_decoded_key() {
    let stub = Stub::start(None).unwrap();
    assert_eq!(put(&stub, "/bucket/John%20doe_1.json", "{}").await, 200);
    assert_eq!(put(&stub, "/bucket/John%20doe_1.json", "{}").await, 412);
    let objects = stub.state.take_objects();
    assert_eq!(objects.into_iter().collect::<Vec<_>>(), [("John doe_1.json".to_owned(), Bytes::from("{}"))]);
}

#[tokio::test]
async fn the_most_concurrent_puts_are_counted_until_taken() {
    let stub = Stub::start(None).unwrap();
    drop((stub.state.begin_put(), stub.state.begin_put()));
    put(&stub, "/bucket/a", "").await;
    assert_eq!(stub.state.take_most_in_flight(), 2);
    assert_eq!(stub.state.take_most_in_flight(), 0);
}

#[tokio::test]
async fn other_operations_are_refused() {
    let stub = Stub::start(None).unwrap();
    assert_eq!(post(&stub, "AmazonSQS.ReceiveMessage", &json!({})).await.0, 501);
    assert_eq!(reqwest::get(format!("{}/bucket/a", stub.endpoint_url)).await.unwrap().status(), 405);
}

#[tokio::test]
async fn only_clients_that_trust_the_bundle_connect() {
    let directory = tempfile::tempdir().unwrap();
    let stub = Stub::start(Some(directory.path())).unwrap();
    let bundle = CertificateDer::pem_file_iter(stub.roots.as_ref().unwrap()).unwrap();
    let (mut trusting, mut wary) = (RootCertStore::empty(), RootCertStore::empty());
    let all: Vec<_> = bundle.collect::<Result<_, _>>().unwrap();
    wary.add_parsable_certificates(all[1..].to_vec());
    trusting.add_parsable_certificates(all);
    for (roots, expected) in [(trusting, true), (wary, false)] {
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let config = config.with_safe_default_protocol_versions().unwrap();
        let config = config.with_root_certificates(roots).with_no_client_auth();
        let address = stub.endpoint_url.strip_prefix("https://").unwrap();
        let stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let name = ServerName::try_from("127.0.0.1").unwrap();
        let connected = TlsConnector::from(Arc::new(config)).connect(name, stream).await;
        assert_eq!(connected.is_ok(), expected, "{:?}", connected.err());
    }
}
