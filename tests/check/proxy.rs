//! A proxy before a system's endpoint: it passes everything on, but for one defect.

use crate::harness::{Setup, TOKEN};
use reqwest::Method;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

pub(crate) struct ProxiedRequest {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) body: String,
    /// The body's `Content-Encoding`.
    pub(crate) coding: Option<String>,
    /// The number of this good email: 1 is the first, 2 the same again, 3 another one with its key. 0 is not one.
    pub(crate) email: usize,
}

pub(crate) struct ProxiedResponse {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

#[derive(Clone, Copy)]
pub(crate) enum Defect {
    Nothing,
    /// It changes a request.
    Request(fn(&mut ProxiedRequest)),
    /// It changes a response.
    Response(fn(&ProxiedRequest, &mut ProxiedResponse)),
    /// It answers 200 to the email with this number, and drops it.
    Drops(usize),
    /// It holds the email with this number until `go`.
    Holds(usize),
}

/// It listens until it is dropped.
pub(crate) struct Proxy {
    state: Arc<State>,
}

struct State {
    url: String,
    /// With the number of good emails since.
    defect: Mutex<(Defect, usize)>,
    held: Notify,
    go: Notify,
}

/// A port and its URL, for a stack that needs the URL before the proxy is there.
pub(crate) async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    (listener, url)
}

/// A system whose stack names `url` as its endpoint.
pub(crate) fn at(url: &str) -> Setup {
    let value = |url: &str| format!("            - {url}\n            - !GetAtt HttpApi.ApiEndpoint");
    Setup::usual().change(&value("!Sub http://${LoadBalancer.DNSName}"), &value(url))
}

impl Proxy {
    /// Passes requests on to `url`.
    pub(crate) fn open(listener: TcpListener, url: &str) -> Self {
        let defect = Mutex::new((Defect::Nothing, 0));
        let state = State { url: url.to_owned(), defect, held: Notify::new(), go: Notify::new() };
        let state = Arc::new(state);
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(serve(client, Arc::clone(&shared)));
            }
        });
        Self { state }
    }

    /// From now on it has this defect alone; emails are counted anew.
    pub(crate) fn has(&self, defect: Defect) {
        *self.state.defect.lock().unwrap() = (defect, 0);
    }

    /// Waits until it holds an email.
    pub(crate) async fn held(&self) {
        self.state.held.notified().await;
    }

    /// Lets the email go on that it holds.
    pub(crate) fn go(&self) {
        self.state.go.notify_one();
    }
}

/// One request a connection.
async fn serve(client: TcpStream, state: Arc<State>) {
    let mut client = BufReader::new(client);
    let Some(mut asked) = read(&mut client).await else { return };
    let answered = answer(&mut asked, &state).await;
    let mut text = format!("HTTP/1.1 {} .\r\nconnection: close\r\n", answered.status);
    for (name, value) in &answered.headers {
        text += &format!("{name}: {value}\r\n");
    }
    let body = if asked.method == "HEAD" { "" } else { &answered.body };
    text += &format!("content-length: {}\r\n\r\n{body}", answered.body.len());
    let _ = client.get_mut().write_all(text.as_bytes()).await; // the program may have gone
}

async fn answer(asked: &mut ProxiedRequest, state: &State) -> ProxiedResponse {
    let defect = {
        let mut defect = state.defect.lock().unwrap();
        if is_good(&asked.body) {
            defect.1 += 1;
            asked.email = defect.1;
        }
        defect.0
    };
    match defect {
        Defect::Drops(email) if email == asked.email => return dropped(),
        Defect::Holds(email) if email == asked.email => {
            state.held.notify_one();
            state.go.notified().await;
        }
        Defect::Request(change) => change(asked),
        _ => {}
    }
    let mut answered = pass_on(asked, &state.url).await;
    if let Defect::Response(change) = defect {
        change(asked, &mut answered);
    }
    answered
}

/// An email that a system takes.
fn is_good(body: &str) -> bool {
    let Ok(body) = serde_json::from_str::<Value>(body) else { return false };
    let content = body["data"]["email_content"].as_str();
    body["token"] == TOKEN && content.is_some_and(|content| content.len() < 1_000)
}

/// `None` if nobody asks after all.
async fn read(client: &mut BufReader<TcpStream>) -> Option<ProxiedRequest> {
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        if client.read_line(&mut line).await.unwrap() <= 2 {
            break;
        }
        head.push(line.trim_end().to_owned());
    }
    let mut words = head.first()?.split(' ').map(str::to_owned);
    let (method, path) = (words.next()?, words.next()?);
    let header = |wanted: &str| {
        let mut headers = head.iter().filter_map(|line| line.split_once(": "));
        headers.find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.to_owned())
    };
    let length = header("content-length").map(|length| length.parse().unwrap());
    let coding = header("content-encoding");
    let mut body = vec![0; length.unwrap_or_default()];
    client.read_exact(&mut body).await.ok()?;
    Some(ProxiedRequest { method, path, body: String::from_utf8(body).unwrap(), coding, email: 0 })
}

async fn pass_on(asked: &ProxiedRequest, url: &str) -> ProxiedResponse {
    let method = Method::from_bytes(asked.method.as_bytes()).unwrap();
    let mut request = reqwest::Client::new().request(method, format!("{url}{}", asked.path));
    if let Some(coding) = &asked.coding {
        request = request.header("content-encoding", coding);
    }
    let response = request.body(asked.body.clone()).send().await.unwrap();
    let status = response.status().as_u16();
    let headers = response.headers().iter().filter(|(name, _)| *name != "content-length");
    let headers =
        headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    ProxiedResponse { status, headers, body: response.text().await.unwrap() }
}

fn dropped() -> ProxiedResponse {
    let body = r#"{"message_id": "m", "receipt": "0198c0de-0000-7000-8000-000000000001"}"#;
    ProxiedResponse { status: 200, headers: BTreeMap::new(), body: body.to_owned() }
}
