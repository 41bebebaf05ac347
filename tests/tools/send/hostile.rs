//! Answers that no Mailroom gives.

use super::{emails, lines};
use crate::check::proxy::{Defect, ProxiedResponse, Proxy, at, listen};
use crate::harness::{Ours, Said, System};
use crate::tools::{argument, file};
use serde_json::json;

const ESCAPES: &str = "\u{1b}[2J\u{9b}31m\u{202e}scarlet";

/// Nothing of a stranger's reaches the terminal but text.
fn is_plain(said: &Said) -> bool {
    let text = [said.stdout.as_str(), &said.stderr].concat();
    !text.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}')
}

async fn send(system: &System, options: &[&str]) -> Said {
    let (_directory, path) = file(&lines(&emails(2)));
    system.run(&[&["send", argument(&path)], options].concat()).await
}

fn unavailable(answered: &mut ProxiedResponse, retry_after: &str) {
    answered.status = 503;
    answered.headers.insert("retry-after".to_owned(), retry_after.to_owned());
    answered.body = json!({"detail": ESCAPES}).to_string();
}

/// Outcomes without receipts.
fn outcomes(answered: &mut ProxiedResponse, statuses: &[u16]) {
    let outcome = |status| json!({"status": status, "detail": ESCAPES});
    answered.body = json!({"emails": statuses.iter().map(outcome).collect::<Vec<_>>()}).to_string();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_answer_neither_controls_the_terminal_nor_panics() {
    let (listener, url) = listen().await;
    let system = Ours::start_with(at(&url)).await;
    let proxy = Proxy::open(listener, &system.url);

    proxy.has(Defect::Response(|_, answered| {
        answered.status = 400;
        let errors = json!([{"pointer": ESCAPES, "detail": ESCAPES}]);
        answered.body = json!({"detail": ESCAPES, "errors": errors}).to_string();
    }));
    for options in [&[][..], &["--json"]] {
        let said = send(&system, options).await;
        assert!(said.code == Some(3) && is_plain(&said), "{said:#?}");
        assert_eq!(said.stdout.matches("scarlet").count(), 6, "{said:#?}");
    }

    for (defect, wait) in [
        (Defect::Response(|_, answered| unavailable(answered, "18446744073709551615")), "68years"),
        (Defect::Response(|_, answered| unavailable(answered, "4000")), "1h 6m 40s"),
    ] {
        proxy.has(defect);
        let said = send(&system, &["--patience", "1h"]).await;
        assert!(said.code == Some(1) && is_plain(&said), "{said:#?}");
        for word in [format!("asks to wait {wait}").as_str(), "--patience 1h: 503", "scarlet"] {
            assert!(said.stderr.contains(word), "{word}: {said:#?}");
        }
    }

    proxy.has(Defect::Response(|_, answered| unavailable(answered, "-1")));
    let said = send(&system, &["--patience", "5s"]).await;
    assert!(said.code == Some(1) && is_plain(&said), "{said:#?}");
    assert!(said.stderr.contains("not accepted within --patience 5s: 503"), "{said:#?}");
    // If stderr is not a terminal, a line takes the place of the bar.
    assert_eq!(said.stderr.matches("mailroom: retrying line").count(), 1, "{said:#?}");

    for (defect, word) in [
        (Defect::Response(|_, answered| outcomes(answered, &[200])), "200 is not an answer of Mailroom"),
        (Defect::Response(|_, answered| outcomes(answered, &[200, 200])), "200 is not an answer of Mailroom"),
        (Defect::Response(|_, answered| outcomes(answered, &[302, 302])), "302 is not an answer"),
    ] {
        proxy.has(defect);
        let said = send(&system, &[]).await;
        assert!(said.code == Some(1) && is_plain(&said) && said.stderr.contains(word), "{word}: {said:#?}");
    }
    proxy.has(Defect::Response(|_, answered| answered.status = 404));
    let said = send(&system, &[]).await;
    assert!(said.code == Some(1) && said.stderr.contains("--batch 1"), "{said:#?}");

    proxy.has(Defect::Response(|_, answered| answered.body = "x".repeat(2 << 20)));
    let said = send(&system, &["--patience", "300ms"]).await;
    assert!(said.code == Some(1) && said.stderr.contains("longer than 1 MiB"), "{said:#?}");
}
