//! Nobody gets past HTTPS: over plain HTTP a browser is sent there, and whoever posts is told off.

use super::verdict;
use crate::check::finding::{Account, Unpassed};
use crate::check::recording::{Question, Recorder};
use crate::check::scene::Scene;
use crate::system::{Answer, FrontDoor};
use anyhow::Result;

/// What CloudFront's own names end in. With `https-only` it answers 403 to all plain HTTP, by GET too ("Require HTTPS
/// for communication between viewers and CloudFront", Amazon CloudFront).
const CLOUDFRONT: &str = ".cloudfront.net";

pub(crate) async fn probe(scene: &Scene<'_>) -> Account {
    let Some(authority) = scene.door.url().strip_prefix("https://") else {
        let reason = "the front door is plain HTTP: there is no HTTPS to send anybody to";
        return Err(Unpassed::Skipped(reason.to_owned()));
    };
    // Where browsers and forgetful clients end: the port of HTTP.
    let host = authority.split(':').next().unwrap_or(authority);
    ask(&FrontDoor::new(&format!("http://{host}"))?, host, &scene.recorder).await
}

/// Asks a door of plain HTTP. Nothing secret is sent there: it crosses the network in the clear.
async fn ask(door: &FrontDoor, host: &str, recorder: &Recorder) -> Account {
    let mut faults = Vec::new();
    for method in ["GET", "HEAD"] {
        let question = Question::bare(method, "/health");
        let answer = recorder.ask(door, "redirect", &question).await;
        faults.extend(
            fault(answer, |answer| is_sent_to_https(answer, host))
                .map(|it| format!("http: {question}: {it}")),
        );
    }
    let question = Question::bare("POST", "/api/email");
    let answer = recorder.ask(door, "redirect", &question).await;
    faults.extend(
        fault(answer, |answer| is_told_off(answer, host)).map(|it| format!("http: {question}: {it}")),
    );
    verdict(&faults, "http is sent to https, and a POST is told off")
}

fn fault(answer: Result<Answer>, check: impl Fn(&Answer) -> Result<(), String>) -> Option<String> {
    match answer {
        Ok(answer) => check(&answer).err(),
        Err(error) => Some(format!("{error:#}")),
    }
}

fn is_sent_to_https(answer: &Answer, host: &str) -> Result<(), String> {
    if host.ends_with(CLOUDFRONT) && answer.status == 403 {
        return Ok(());
    }
    if ![301, 302, 307, 308].contains(&answer.status) {
        return Err(format!("{} instead of a redirect", answer.status));
    }
    let location = answer.header("location");
    let rest = location.strip_prefix("https://").and_then(|rest| rest.strip_prefix(host));
    match rest {
        Some("/health" | ":443/health") => Ok(()),
        _ => Err(format!("a redirect to {location:?} instead of https and the same place")),
    }
}

/// A redirect would turn it into a GET, and has leaked the token already: so it has to be refused, and to say why.
fn is_told_off(answer: &Answer, host: &str) -> Result<(), String> {
    if answer.status != 403 {
        return Err(format!("{} instead of 403", answer.status));
    }
    if host.ends_with(CLOUDFRONT) || String::from_utf8_lossy(&answer.body).contains("https") {
        Ok(())
    } else {
        Err("403 without a word of https".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sandbox::alb::{LoadBalancer, LoadBalancerConfig};
    use sandbox::events::Events;
    use sandbox::template::{Deployment, Template};
    use std::collections::BTreeMap;
    use std::path::Path;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    const TO_HTTPS: &str = "HTTP/1.1 301 .\r\nlocation: https://HOST:443/health\r\ncontent-length: 0\r\n\r\n";
    const TOLD_OFF: &str = "HTTP/1.1 403 .\r\ncontent-length: 9\r\n\r\nuse https";

    async fn listen() -> (TcpListener, FrontDoor) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let door = FrontDoor::new(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        (listener, door)
    }

    /// The faults that are found where GET and HEAD are answered with the one, and POST with the other.
    async fn faults(host: &str, get: &str, post: &str) -> String {
        let (listener, door) = listen().await;
        let [get, post] = [get, post].map(|answer| answer.replace("HOST", host));
        let server = async {
            loop {
                let (mut client, _) = listener.accept().await.unwrap();
                let mut request = vec![0; 4_096];
                let read = client.read(&mut request).await.unwrap();
                let answer = if request[..read].starts_with(b"POST") { &post } else { &get };
                client.write_all(answer.as_bytes()).await.unwrap();
            }
        };
        let recorder = Recorder::default();
        tokio::select! {
            account = ask(&door, host, &recorder) => match account {
                Err(Unpassed::Failed(faults)) => faults,
                Err(Unpassed::Skipped(reason)) => panic!("skipped: {reason}"),
                Ok(_) => String::new(),
            },
            () = server => unreachable!("it serves for ever"),
        }
    }

    /// The template as this machine can read it, which has no TLS: its listener at port 443 speaks HTTP.
    fn without_tls() -> String {
        let template = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../template.yaml");
        let template = std::fs::read_to_string(template).unwrap();
        let (before, listener) = template.split_once("      Protocol: HTTPS\n      Port: 443\n").unwrap();
        let (_, after) = listener.split_once("      DefaultActions:\n").unwrap();
        format!("{before}      Protocol: HTTP\n      Port: 443\n      DefaultActions:\n{after}")
    }

    #[tokio::test]
    async fn what_the_template_does_at_port_80_passes() {
        let certificate = "arn:aws:acm:eu-central-1:123456789012:certificate/1";
        let deployment = Deployment {
            stack_name: "local".to_owned(),
            region: "eu-central-1".to_owned(),
            account_id: "123456789012".to_owned(),
            aws_endpoint_url: "http://127.0.0.1:1".to_owned(),
            load_balancer: None,
            parameters: BTreeMap::from([
                ("CertificateArn".to_owned(), certificate.to_owned()),
                ("DomainName".to_owned(), "mail.example.com".to_owned()),
            ]),
        };
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("template.yaml");
        std::fs::write(&file, without_tls()).unwrap();
        let template = Template::read(&file, &deployment).unwrap_or_else(|error| panic!("{error}"));
        let (listener, door) = listen().await;
        let _balancer = LoadBalancer::start(LoadBalancerConfig {
            listener,
            spec: template.listeners[0].clone(),
            functions: BTreeMap::new(),
            events: Events::default(),
        })
        .unwrap();
        match ask(&door, "127.0.0.1", &Recorder::default()).await {
            Ok(passed) => assert!(passed.contains("sent to https"), "{passed}"),
            Err(Unpassed::Failed(why) | Unpassed::Skipped(why)) => panic!("{why}"),
        }
    }

    #[tokio::test]
    async fn whoever_gets_past_https_is_found() {
        const OK: &str = "HTTP/1.1 200 .\r\ncontent-length: 0\r\n\r\n";
        assert_eq!(faults("a.example", TO_HTTPS, TOLD_OFF).await, "");
        let elsewhere = TO_HTTPS.replace("HOST:443", "HOST.evil.example");
        let to_http = TO_HTTPS.replace("https:", "http:");
        let other_path = TO_HTTPS.replace("/health", "/");
        for (get, post, says) in [
            (OK, TOLD_OFF, "GET /health: 200 instead of a redirect"),
            (TOLD_OFF, TOLD_OFF, "HEAD /health: 403 instead of a redirect"),
            (&elsewhere, TOLD_OFF, "instead of https and the same place"),
            (&to_http, TOLD_OFF, "instead of https and the same place"),
            (&other_path, TOLD_OFF, "instead of https and the same place"),
            (TO_HTTPS, TO_HTTPS, "POST /api/email: 301 instead of 403"),
            (TO_HTTPS, OK, "POST /api/email: 200 instead of 403"),
            (TO_HTTPS, &TOLD_OFF.replace("https", "HTTP2"), "403 without a word of https"),
        ] {
            let found = faults("a.example", get, post).await;
            assert!(found.contains(says), "{says}: {found}");
        }
    }

    #[tokio::test]
    async fn cloudfront_refuses_plain_http_whatever_the_method() {
        let refused = "HTTP/1.1 403 .\r\ncontent-length: 9\r\n\r\nforbidden";
        assert_eq!(faults("d1.cloudfront.net", refused, refused).await, "");
        assert!(faults("d1.cloudfront.net", TO_HTTPS, TO_HTTPS).await.contains("301 instead of 403"));
        assert!(faults("cloudfront.net.example", refused, refused).await.contains("instead of a redirect"));
    }
}
