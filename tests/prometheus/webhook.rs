//! A receiver of Alertmanager's webhooks.

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

pub(crate) struct Webhook {
    listener: TcpListener,
    url: String,
}

impl Webhook {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        Self { listener, url }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The next alert with this name.
    pub(crate) async fn next(&mut self, name: &str) -> Value {
        loop {
            let (mut stream, _) = self.listener.accept().await.unwrap();
            let message = read(&mut stream).await;
            stream
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
                .await
                .unwrap();
            let mut alerts = message["alerts"].as_array().into_iter().flatten();
            if let Some(alert) = alerts.find(|alert| alert["labels"]["alertname"] == name) {
                return alert.clone();
            }
        }
    }
}

/// The body of a request, which is JSON.
async fn read(stream: &mut TcpStream) -> Value {
    let (mut stream, mut length) = (BufReader::new(stream), 0);
    let mut line = String::new();
    while stream.read_line(&mut line).await.unwrap() > 2 {
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        line.clear();
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();
    serde_json::from_slice(&body).unwrap()
}
