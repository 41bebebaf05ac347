//! CloudWatch's DescribeAlarms and GetMetricStatistics, played by a few bytes: neither our AWS nor moto has them in the
//! protocol that the SDK speaks, CBOR (RFC 8949) as "Smithy RPC v2" wraps it.

use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// An endpoint whose every answer to an operation is the same.
pub(crate) struct CloudWatch {
    url: String,
    asked: Arc<Mutex<Vec<u8>>>,
}

impl CloudWatch {
    /// It has these alarms, names and states, and of its only metric these figures, times and values.
    pub(crate) async fn new(alarms: &[(&str, &str)], figures: &[(f64, f64)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (alarms, figures) = (answer(&alarms_body(alarms)), answer(&figures_body(figures)));
        let heard = Arc::clone(&asked);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let request = read_request(&mut stream).await;
                let operation = String::from_utf8_lossy(&request);
                let operation = operation.lines().next().unwrap_or_default();
                let answer = if operation.contains("/operation/DescribeAlarms ") {
                    &alarms
                } else if operation.contains("/operation/GetMetricStatistics ") {
                    &figures
                } else {
                    panic!("not played: {operation}")
                };
                heard.lock().unwrap().extend(&request);
                stream.write_all(answer).await.unwrap();
            }
        });
        Self { url, asked }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// True if a request named this: CBOR leaves text as it is.
    pub(crate) fn was_asked_for(&self, text: &str) -> bool {
        String::from_utf8_lossy(&self.asked.lock().unwrap()).contains(text)
    }
}

fn alarms_body(alarms: &[(&str, &str)]) -> Vec<u8> {
    let mut body = [map(1), text("MetricAlarms"), array(alarms.len())].concat();
    for (name, state) in alarms {
        body.extend([map(2), text("AlarmName"), text(name), text("StateValue"), text(state)].concat());
    }
    body
}

fn figures_body(figures: &[(f64, f64)]) -> Vec<u8> {
    let mut body = [map(1), text("Datapoints"), array(figures.len())].concat();
    for (time, value) in figures {
        // Tag 1 makes a number a time in seconds.
        let time = [vec![0xc1], number(*time)].concat();
        body.extend([map(2), text("Timestamp"), time, text("Maximum"), number(*value)].concat());
    }
    body
}

fn answer(body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/cbor\r\nsmithy-protocol: rpc-v2-cbor\r\nconnection: close\r\n\
         content-length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// Reads a request to its end: head and body.
async fn read_request(stream: &mut TcpStream) -> Vec<u8> {
    let mut request = Vec::new();
    while !is_whole(&request) && stream.read_buf(&mut request).await.unwrap() > 0 {}
    request
}

fn is_whole(request: &[u8]) -> bool {
    let Some(head) = request.windows(4).position(|four| four == b"\r\n\r\n") else { return false };
    let lines = String::from_utf8_lossy(&request[..head]).to_lowercase();
    let length = lines.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
    request.len() >= head + 4 + length.unwrap_or(0)
}

fn map(members: u8) -> Vec<u8> {
    vec![0xa0 + members]
}

fn array(members: usize) -> Vec<u8> {
    vec![0x80 + u8::try_from(members).unwrap()]
}

fn number(number: f64) -> Vec<u8> {
    [&[0xfb], &number.to_be_bytes()[..]].concat()
}

fn text(text: &str) -> Vec<u8> {
    [&[0x78, u8::try_from(text.len()).unwrap()], text.as_bytes()].concat()
}
