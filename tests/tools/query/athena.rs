//! Athena, played: it says what moto's never says, and refuses what Athena refuses. AWS JSON 1.1, as Athena speaks it.
//!
//! Its rules are those of `StartQueryExecution`, `GetQueryResults` and `ListNamedQueries` in the Athena API reference.

use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub(crate) const WORKGROUP: &str = "prod-queries";
pub(crate) const DATABASE: &str = "prod";
pub(crate) const ID: &str = "0a1b2c3d-0000-4000-8000-000000000001";

/// How a query goes.
#[derive(Clone)]
pub(crate) struct Fate {
    /// Looks until it ends; without one it runs until it is stopped.
    pub(crate) looks: Option<u32>,
    pub(crate) state: &'static str,
    pub(crate) reason: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) columns: Vec<(&'static str, &'static str)>,
    pub(crate) rows: Vec<Vec<Option<String>>>,
    pub(crate) rows_read: Option<u64>,
}

impl Fate {
    pub(crate) fn succeeds(columns: &[(&'static str, &'static str)], rows: Vec<Vec<Option<String>>>) -> Self {
        let (looks, rows_read) = (Some(2), Some(1_000_000));
        Self {
            looks,
            state: "SUCCEEDED",
            reason: "",
            kind: "DML",
            columns: columns.to_vec(),
            rows,
            rows_read,
        }
    }

    pub(crate) fn ends(state: &'static str, reason: &'static str) -> Self {
        Self { state, reason, ..Self::succeeds(&[], Vec::new()) }
    }

    pub(crate) fn never_ends() -> Self {
        Self { looks: None, ..Self::ends("RUNNING", "") }
    }
}

struct State {
    fate: Fate,
    looks: u32,
    stopped: bool,
    asked: Vec<(String, Value)>,
}

pub(crate) struct Athena {
    pub(crate) url: String,
    state: Arc<Mutex<State>>,
}

impl Athena {
    pub(crate) async fn start(fate: Fate) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State { fate, looks: 0, stopped: false, asked: Vec::new() }));
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (operation, body) = read(&mut stream).await;
                let (status, answer) = shared.lock().unwrap().answer(operation, body);
                let answer = answer.to_string();
                let head = format!(
                    "HTTP/1.1 {status} X\r\ncontent-type: application/x-amz-json-1.1\r\nconnection: close\r\n\
                     content-length: {}\r\n\r\n",
                    answer.len()
                );
                stream.write_all((head + &answer).as_bytes()).await.unwrap();
            }
        });
        Self { url, state }
    }

    /// The requests of an operation.
    pub(crate) fn asked(&self, operation: &str) -> Vec<Value> {
        let asked = &self.state.lock().unwrap().asked;
        asked.iter().filter(|(name, _)| name == operation).map(|(_, body)| body.clone()).collect()
    }
}

fn refuse(message: &str) -> (u16, Value) {
    (400, json!({"__type": "InvalidRequestException", "Message": message}))
}

impl State {
    fn answer(&mut self, operation: String, body: Value) -> (u16, Value) {
        let answer = match operation.as_str() {
            "StartQueryExecution" => self.start(&body),
            _ if body["QueryExecutionId"] != ID => refuse("QueryExecution was not found"),
            "GetQueryExecution" => self.look(),
            "StopQueryExecution" => {
                self.stopped = true;
                (200, json!({}))
            }
            "GetQueryResults" => self.results(&body),
            "GetQueryRuntimeStatistics" => self.statistics(),
            _ => refuse(&format!("not played: {operation}")),
        };
        self.asked.push((operation, body));
        answer
    }

    fn start(&self, body: &Value) -> (u16, Value) {
        let token = body["ClientRequestToken"].as_str().unwrap_or_default();
        if !(32..=128).contains(&token.len()) {
            return refuse("ClientRequestToken must have 32 to 128 characters");
        }
        if body["WorkGroup"] != WORKGROUP {
            return refuse("WorkGroup is not found.");
        }
        if body["QueryExecutionContext"]["Database"] != DATABASE {
            return refuse("Database not found");
        }
        if body.get("ResultConfiguration").is_some() {
            return refuse("The workgroup's configuration is enforced");
        }
        (200, json!({"QueryExecutionId": ID}))
    }

    fn look(&mut self) -> (u16, Value) {
        self.looks += 1;
        let state = match (self.stopped, self.fate.looks) {
            (true, _) => "CANCELLED",
            (false, Some(looks)) if self.looks > looks => self.fate.state,
            _ if self.looks == 1 => "QUEUED",
            _ => "RUNNING",
        };
        let (reason, kind) = (self.fate.reason, self.fate.kind);
        let execution = json!({
            "QueryExecutionId": ID, "StatementType": kind,
            "Status": {"State": state, "StateChangeReason": reason},
            "Statistics": {"DataScannedInBytes": 2_000_000_000_u64, "TotalExecutionTimeInMillis": 1_240},
        });
        (200, json!({"QueryExecution": execution}))
    }

    /// Pages of at most 1,000 rows, the first of which has the names for a query.
    fn results(&self, body: &Value) -> (u16, Value) {
        if self.looks <= self.fate.looks.unwrap_or(u32::MAX) {
            return refuse("Query has not yet finished. Current state: RUNNING");
        }
        let datum =
            |value: &Option<String>| value.as_ref().map_or(json!({}), |text| json!({"VarCharValue": text}));
        let row = |row: &Vec<Option<String>>| json!({"Data": row.iter().map(datum).collect::<Vec<_>>()});
        let names: Vec<_> = self.fate.columns.iter().map(|(name, _)| Some((*name).to_owned())).collect();
        let mut rows = self.fate.rows.clone();
        if self.fate.kind == "DML" {
            rows.insert(0, names);
        }
        let from: usize = body["NextToken"].as_str().map_or(0, |token| token.parse().unwrap());
        let page: Vec<_> = rows.iter().skip(from).take(1_000).map(row).collect();
        let next = (from + 1_000 < rows.len()).then(|| (from + 1_000).to_string());
        let columns = self.fate.columns.iter().map(|(name, kind)| json!({"Name": name, "Type": kind}));
        let metadata = json!({"ColumnInfo": columns.collect::<Vec<_>>()});
        (200, json!({"ResultSet": {"Rows": page, "ResultSetMetadata": metadata}, "NextToken": next}))
    }

    fn statistics(&self) -> (u16, Value) {
        match self.fate.rows_read {
            Some(rows) => (200, json!({"QueryRuntimeStatistics": {"Rows": {"InputRows": rows}}})),
            None => refuse("Query runtime statistics are not available yet"),
        }
    }
}

/// The operation of a request, and its body.
async fn read(stream: &mut TcpStream) -> (String, Value) {
    let mut request = Vec::new();
    loop {
        if stream.read_buf(&mut request).await.unwrap() == 0 {
            return (String::new(), Value::Null);
        }
        let text = String::from_utf8_lossy(&request);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let header = |name: &str| {
            let mut lines = head.lines().filter_map(|line| line.split_once(": "));
            lines.find(|(named, _)| named.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned())
        };
        let length: usize = header("content-length").map_or(0, |length| length.parse().unwrap());
        if body.len() >= length {
            let target = header("x-amz-target").unwrap_or_default();
            let operation = target.strip_prefix("AmazonAthena.").unwrap_or_default().to_owned();
            return (operation, serde_json::from_str(body).unwrap_or_default());
        }
    }
}
