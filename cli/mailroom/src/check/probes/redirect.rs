//! Plain HTTP leads nowhere but to HTTPS: GET and HEAD are redirected, and POST is refused.

use super::result;
use crate::check::context::CheckContext;
use crate::check::recording::{ProbeRequest, Recorder};
use crate::check::report::{NotPassed, ProbeResult};
use probe::Response;

/// The end of CloudFront's own names. With `https-only` it answers 403 to all plain HTTP, GET included ("Require HTTPS
/// for communication between viewers and CloudFront", Amazon CloudFront).
const CLOUDFRONT: &str = ".cloudfront.net";

pub(crate) async fn probe(context: &CheckContext<'_>) -> ProbeResult {
    let Some(authority) = context.api.url().strip_prefix("https://") else {
        let reason = "the endpoint is plain HTTP: there is no HTTPS to redirect to";
        return Err(NotPassed::Skipped(reason.to_owned()));
    };
    if context.system.outputs.only_http_api {
        // "Amazon API Gateway FAQs", on unencrypted endpoints.
        return Err(NotPassed::Skipped("an HTTP API speaks HTTPS alone".to_owned()));
    }
    // Without a port: browsers and forgetful clients use that of HTTP.
    let host = authority.split(':').next().unwrap_or(authority);
    ask(&format!("http://{host}"), host, &context.recorder).await
}

/// Sends nothing secret: plain HTTP can be read on its way.
async fn ask(url: &str, host: &str, recorder: &Recorder) -> ProbeResult {
    let mut problems = Vec::new();
    for (method, path, check) in [
        ("GET", "/health", is_redirected as fn(&Response, &str) -> Result<(), String>),
        ("HEAD", "/health", is_redirected),
        ("POST", "/api/email", is_refused),
    ] {
        let request = ProbeRequest::bare(method, path);
        let checked = match recorder.send(url, "redirect", &request).await {
            Ok(response) => check(&response, host),
            Err(error) => Err(format!("{error:#}")),
        };
        problems.extend(checked.err().map(|problem| format!("http: {request}: {problem}")));
    }
    result(&problems, "http redirects to https, and refuses a POST")
}

fn is_redirected(response: &Response, host: &str) -> Result<(), String> {
    if host.ends_with(CLOUDFRONT) && response.status == 403 {
        return Ok(());
    }
    if ![301, 302, 307, 308].contains(&response.status) {
        return Err(format!("{} instead of a redirect", response.status));
    }
    let location = response.header("location");
    let rest = location.strip_prefix("https://").and_then(|rest| rest.strip_prefix(host));
    match rest {
        Some("/health" | ":443/health") => Ok(()),
        _ => Err(format!("a redirect to {location:?} instead of the same path on https")),
    }
}

/// A redirect would turn a POST into a GET, and its token has leaked already. So it has to be refused, with the reason.
fn is_refused(response: &Response, host: &str) -> Result<(), String> {
    if response.status != 403 {
        return Err(format!("{} instead of 403", response.status));
    }
    if host.ends_with(CLOUDFRONT) || String::from_utf8_lossy(&response.body).contains("https") {
        Ok(())
    } else {
        Err("403 that does not name https".to_owned())
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
    const REFUSED: &str = "HTTP/1.1 403 .\r\ncontent-length: 9\r\n\r\nuse https";

    async fn listen() -> (TcpListener, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        (listener, url)
    }

    /// The problems that are found if GET and HEAD get the one answer, and POST the other.
    async fn problems(host: &str, get: &str, post: &str) -> String {
        let (listener, url) = listen().await;
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
            result = ask(&url, host, &recorder) => match result {
                Err(NotPassed::Failed(problems)) => problems,
                Err(NotPassed::Skipped(reason)) => panic!("skipped: {reason}"),
                Ok(_) => String::new(),
            },
            () = server => unreachable!("it serves forever"),
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
            stack_id: "arn:aws:cloudformation:eu-central-1:123456789012:stack/local/8f6d3a10-4c2e-11f0-9a1b-0a58a9feac02"
                .to_owned(),
            aws_endpoint_url: "http://127.0.0.1:1".to_owned(),
            fronts: Vec::new(),
            parameters: BTreeMap::from([
                ("CertificateArn".to_owned(), certificate.to_owned()),
                ("DomainName".to_owned(), "mail.example.com".to_owned()),
            ]),
        };
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("template.yaml");
        std::fs::write(&file, without_tls()).unwrap();
        let template = Template::read(&file, &deployment).unwrap_or_else(|error| panic!("{error}"));
        let (listener, url) = listen().await;
        let _balancer = LoadBalancer::start(LoadBalancerConfig {
            listener,
            spec: template.listeners[0].clone(),
            functions: BTreeMap::new(),
            events: Events::default(),
        })
        .unwrap();
        match ask(&url, "127.0.0.1", &Recorder::default()).await {
            Ok(passed) => assert!(passed.contains("redirects to https"), "{passed}"),
            Err(NotPassed::Failed(why) | NotPassed::Skipped(why)) => panic!("{why}"),
        }
    }

    #[tokio::test]
    async fn a_way_past_https_is_found() {
        const OK: &str = "HTTP/1.1 200 .\r\ncontent-length: 0\r\n\r\n";
        assert_eq!(problems("a.example", TO_HTTPS, REFUSED).await, "");
        let elsewhere = TO_HTTPS.replace("HOST:443", "HOST.evil.example");
        let to_http = TO_HTTPS.replace("https:", "http:");
        let other_path = TO_HTTPS.replace("/health", "/");
        for (get, post, says) in [
            (OK, REFUSED, "GET /health: 200 instead of a redirect"),
            (REFUSED, REFUSED, "HEAD /health: 403 instead of a redirect"),
            (&elsewhere, REFUSED, "instead of the same path on https"),
            (&to_http, REFUSED, "instead of the same path on https"),
            (&other_path, REFUSED, "instead of the same path on https"),
            (TO_HTTPS, TO_HTTPS, "POST /api/email: 301 instead of 403"),
            (TO_HTTPS, OK, "POST /api/email: 200 instead of 403"),
            (TO_HTTPS, &REFUSED.replace("https", "HTTP2"), "403 that does not name https"),
        ] {
            let found = problems("a.example", get, post).await;
            assert!(found.contains(says), "{says}: {found}");
        }
    }

    #[tokio::test]
    async fn cloudfront_refuses_plain_http_whatever_the_method() {
        let refused = "HTTP/1.1 403 .\r\ncontent-length: 9\r\n\r\nforbidden";
        assert_eq!(problems("d1.cloudfront.net", refused, refused).await, "");
        assert!(problems("d1.cloudfront.net", TO_HTTPS, TO_HTTPS).await.contains("301 instead of 403"));
        assert!(problems("cloudfront.net.example", refused, refused).await.contains("instead of a redirect"));
    }
}
