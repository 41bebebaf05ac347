//! CloudWatch's DescribeAlarms, played by a few bytes: neither our AWS nor moto has it in the protocol that the SDK
//! speaks, CBOR (RFC 8949) as "Smithy RPC v2" wraps it.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// An endpoint whose every answer is these alarms: names and states.
pub(super) async fn with_alarms(alarms: &[(String, &str)]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let mut body = [map(1), text("MetricAlarms"), array(alarms.len())].concat();
    for (name, state) in alarms {
        body.extend([map(2), text("AlarmName"), text(name), text("StateValue"), text(state)].concat());
    }
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/cbor\r\nsmithy-protocol: rpc-v2-cbor\r\nconnection: close\r\n\
         content-length: {}\r\n\r\n",
        body.len()
    );
    let answer = [head.into_bytes(), body].concat();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            read_request(&mut stream).await;
            stream.write_all(&answer).await.unwrap();
        }
    });
    url
}

/// Reads a request to its end: head and body.
async fn read_request(stream: &mut TcpStream) {
    let mut request = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&request);
        if let Some((head, _)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
            if request.len() >= head.len() + 4 + length.unwrap_or(0) {
                return;
            }
        }
        if stream.read_buf(&mut request).await.unwrap() == 0 {
            return;
        }
    }
}

fn map(members: u8) -> Vec<u8> {
    vec![0xa0 + members]
}

fn array(members: usize) -> Vec<u8> {
    vec![0x80 + u8::try_from(members).unwrap()]
}

fn text(text: &str) -> Vec<u8> {
    [&[0x78, u8::try_from(text.len()).unwrap()], text.as_bytes()].concat()
}
