//! A front door before a system's own: it passes everything on, and answers wrongly in what it is told to.

use crate::harness::{Setup, TOKEN};
use reqwest::Method;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// A request on its way to the system.
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) body: String,
    /// The how manieth good email this is: 1 is the first, 2 the same again, 3 another one of its name. 0 is none.
    pub(crate) email: usize,
}

/// An answer on its way back.
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

/// What is wrong with a front door.
#[derive(Clone, Copy)]
pub(crate) enum Wrong {
    Nothing,
    /// What it passes on, changed.
    Request(fn(&mut Asked)),
    /// What it answers, changed.
    Answer(fn(&Asked, &mut Answered)),
    /// It answers 200 to the email of this number and drops it.
    Drops(usize),
    /// It keeps the email of this number until it is told to go on.
    Holds(usize),
}

/// A front door that is open until it is dropped.
pub(crate) struct Door {
    state: Arc<State>,
}

struct State {
    url: String,
    /// And how many good emails there were since.
    wrong: Mutex<(Wrong, usize)>,
    held: Notify,
    go: Notify,
}

/// A port for it, and its URL. The port is taken from now on: a stack says its URL before there is anything behind.
pub(crate) async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    (listener, url)
}

/// A system whose stack says that its front door is at `url`.
pub(crate) fn at(url: &str) -> Setup {
    let value = |url: &str| format!("          - {url}\n  LoadBalancerName:");
    Setup::usual().change(&value("!Sub http://${LoadBalancer.DNSName}"), &value(url))
}

impl Door {
    /// Opens it before the one at `url`.
    pub(crate) fn open(listener: TcpListener, url: &str) -> Self {
        let wrong = Mutex::new((Wrong::Nothing, 0));
        let state = State { url: url.to_owned(), wrong, held: Notify::new(), go: Notify::new() };
        let state = Arc::new(state);
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(serve(client, Arc::clone(&shared)));
            }
        });
        Self { state }
    }

    /// From now on this is wrong, and nothing else; emails are counted anew.
    pub(crate) fn is(&self, wrong: Wrong) {
        *self.state.wrong.lock().unwrap() = (wrong, 0);
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

async fn answer(asked: &mut Asked, state: &State) -> Answered {
    let wrong = {
        let mut wrong = state.wrong.lock().unwrap();
        if is_good(&asked.body) {
            wrong.1 += 1;
            asked.email = wrong.1;
        }
        wrong.0
    };
    match wrong {
        Wrong::Drops(email) if email == asked.email => return dropped(),
        Wrong::Holds(email) if email == asked.email => {
            state.held.notify_one();
            state.go.notified().await;
        }
        Wrong::Request(change) => change(asked),
        _ => {}
    }
    let mut answered = pass_on(asked, &state.url).await;
    if let Wrong::Answer(change) = wrong {
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
async fn read(client: &mut BufReader<TcpStream>) -> Option<Asked> {
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
    let length = head.iter().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("content-length").then(|| value.parse::<usize>().unwrap())
    });
    let mut body = vec![0; length.unwrap_or_default()];
    client.read_exact(&mut body).await.ok()?;
    Some(Asked { method, path, body: String::from_utf8(body).unwrap(), email: 0 })
}

async fn pass_on(asked: &Asked, url: &str) -> Answered {
    let method = Method::from_bytes(asked.method.as_bytes()).unwrap();
    let request = reqwest::Client::new().request(method, format!("{url}{}", asked.path));
    let response = request.body(asked.body.clone()).send().await.unwrap();
    let status = response.status().as_u16();
    let headers = response.headers().iter().filter(|(name, _)| *name != "content-length");
    let headers =
        headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    Answered { status, headers, body: response.text().await.unwrap() }
}

fn dropped() -> Answered {
    let body = r#"{"message_id": "m", "receipt": "0198c0de-0000-7000-8000-000000000001"}"#;
    Answered { status: 200, headers: BTreeMap::new(), body: body.to_owned() }
}
