//! A function that follows the instruction in its event. It speaks the Runtime API
//! by hand, with the standard library alone.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::time::Duration;
use std::{env, process, thread};

fn main() {
    let instruction = env::var("ON_INIT").unwrap_or_default();
    match instruction.as_str() {
        "crash" => {
            eprintln!("the init went wrong on purpose");
            process::exit(7);
        }
        "hang" => thread::sleep(Duration::from_secs(600)),
        "report" => {
            call("POST", "init/error", r#"{"errorType": "Odd", "errorMessage": "reported on purpose"}"#);
            thread::sleep(Duration::from_secs(600));
        }
        "trap" => run_where_sigterm_is_told(),
        _ => {}
    }
    loop {
        let (headers, event) = call("GET", "invocation/next", "");
        let header = |name: &str| {
            headers.iter().find_map(|line| line.strip_prefix(name)).unwrap_or_default().to_owned()
        };
        let id = header("lambda-runtime-aws-request-id: ");
        let says = |word: &str| event.contains(&format!("do-{word}"));
        if says("crash") {
            println!("about to crash");
            process::exit(3);
        }
        if says("hang") {
            thread::sleep(Duration::from_secs(600));
        }
        if says("nap") {
            thread::sleep(Duration::from_millis(300));
            println!("slept well");
        }
        if event.contains("detail-type") || says("print") {
            println!("event: {event}");
        }
        let records = event.matches("\"messageId\"").count();
        if records > 0 {
            println!("batch of {records}, {} bytes", event.len());
        }
        if says("error") {
            println!("failing {id}");
            call(
                "POST",
                &format!("invocation/{id}/error"),
                r#"{"errorType": "Odd", "errorMessage": "on purpose"}"#,
            );
            continue;
        }
        let answer = if says("malformed") {
            r#"{"statusCode": "fine"}"#.to_owned()
        } else if says("large") {
            format!(r#"{{"statusCode": 200, "body": "{}"}}"#, "x".repeat(1_100_000))
        } else if says("huge") {
            format!("\"{}\"", "x".repeat(6 * 1_048_576 + 99)) // one byte more than Lambda takes
        } else if says("empty-id") {
            r#"{"batchItemFailures": [{"itemIdentifier": ""}]}"#.to_owned()
        } else if records > 0 {
            failures(&event)
        } else if says("length") {
            respond(&event.len().to_string())
        } else if says("environment") {
            let all: String = env::vars().map(|(name, value)| format!("{name}={value}\n")).collect();
            respond(&all)
        } else if says("context") {
            respond(&headers.join("\n"))
        } else {
            respond(&event)
        };
        call("POST", &format!("invocation/{id}/response"), &answer);
    }
}

/// Starts this program again below a shell, which says so when it is asked to end.
fn run_where_sigterm_is_told() {
    let script = r#"trap 'echo "asked to end"; kill $!; exit' TERM; ON_INIT= "$0" & wait"#;
    let program = env::current_exe().expect("a path of its own");
    let error = Command::new("/bin/sh").args(["-c", script]).arg(program).exec();
    panic!("no shell: {error}");
}

/// An answer for the mapping, which reports the messages that say so.
fn failures(event: &str) -> String {
    let id = |record: &str| {
        let id = record.split_once(r#""messageId":""#)?.1.split_once('"')?.0;
        Some(format!(r#"{{"itemIdentifier": "{id}"}}"#))
    };
    let records = event.split(r#"{"attributes":"#).filter(|record| record.contains("do-fail"));
    format!(r#"{{"batchItemFailures": [{}]}}"#, records.filter_map(id).collect::<Vec<_>>().join(", "))
}

/// An answer for the load balancer with this body.
fn respond(body: &str) -> String {
    let escaped: String = body
        .chars()
        .flat_map(|c| match c {
            '"' | '\\' => vec!['\\', c],
            '\n' => vec!['\\', 'n'],
            c => vec![c],
        })
        .collect();
    format!(
        r#"{{"statusCode": 200, "headers": {{"content-type": "text/plain", "x-process": "{}"}}, "body": "{escaped}"}}"#,
        process::id()
    )
}

fn lower_case_name(header: &str) -> String {
    let (name, value) = header.split_once(':').unwrap_or((header, ""));
    format!("{}:{value}", name.to_ascii_lowercase())
}

/// One request to the Runtime API: its header lines, in lower case up to the colon, and its body. Ends the process
/// when the Runtime API is gone.
fn call(method: &str, path: &str, body: &str) -> (Vec<String>, String) {
    let address = env::var("AWS_LAMBDA_RUNTIME_API").expect("started by a Runtime API");
    let Ok(mut stream) = TcpStream::connect(&address) else { process::exit(0) };
    let request = format!(
        "{method} /2018-06-01/runtime/{path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    if stream.write_all(request.as_bytes()).is_err() {
        process::exit(0);
    }
    let mut reader = BufReader::new(stream);
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        match reader.read_line(&mut line) {
            Ok(0) | Err(_) => process::exit(0),
            Ok(_) if line.trim().is_empty() => break,
            Ok(_) => headers.push(lower_case_name(line.trim())),
        }
    }
    let mut body = String::new();
    reader.read_to_string(&mut body).unwrap_or_default();
    (headers, body)
}
