//! Bodies that are huge or deep, or grow on the way.

use super::{beside, content, good, inside};
use crate::harness::{Ours, TOKEN, Watch, email, through_both};
use serde_json::{Value, json};

through_both!(
    whatever_fills_a_megabyte_gets_a_short_answer: unpolled(),
    an_email_of_almost_a_megabyte_is_stored_whole_whichever_field_it_is_in,
);

/// The most that the load balancer hands to a function.
const BODY_LIMIT: usize = 1_048_576;
/// The longest answer.
const ANSWER_LIMIT: usize = 100_000;

async fn whatever_fills_a_megabyte_gets_a_short_answer(system: &Ours) {
    let watch = Watch::over(system);
    let big = 1_000_000;
    let repeated = |part: &str| part.repeat(big / part.len());
    let numbered =
        |count: usize| (0..count).map(|n| format!(r#""unknown{n}":1"#)).collect::<Vec<_>>().join(",");
    let rows = [
        ("nothing but blanks", repeated(" "), 400),
        ("blanks around an email", format!("{}{}", " ".repeat(500_000), good()), 200),
        ("nothing but opening brackets", repeated("["), 400),
        ("nothing but opening braces", repeated("{\"a\":"), 400),
        ("nothing but quotes", repeated("\""), 400),
        ("nothing but backslashes", repeated("\\"), 400),
        ("nothing but NULs", repeated("\0"), 400),
        (
            "arrays within arrays",
            beside(&format!(r#""x":{}{}"#, "[".repeat(big / 2), "]".repeat(big / 2))),
            400,
        ),
        (
            "arrays within a field",
            good().replace(r#""c""#, &format!("{}{}", "[".repeat(big / 2), "]".repeat(big / 2))),
            400,
        ),
        (
            "objects within objects",
            inside(&format!(r#""x":{}1{}"#, "{\"a\":".repeat(big / 6), "}".repeat(big / 6))),
            400,
        ),
        ("a list of empty lists", beside(&format!(r#""x":[{}[]]"#, repeated("[],"))), 400),
        ("a number without end", beside(&format!(r#""x":{}"#, repeated("1"))), 400),
        ("a fraction without end", beside(&format!(r#""x":0.{}"#, repeated("1"))), 400),
        ("an exponent without end", beside(&format!(r#""x":1e{}"#, repeated("0"))), 400),
        ("a name without end", inside(&format!(r#""{}":1"#, repeated("n"))), 400),
        ("a name of slashes, which a pointer escapes", inside(&format!(r#""{}":1"#, repeated("/"))), 400),
        ("a name of quotes, which an answer escapes", inside(&format!(r#""{}":1"#, repeated(r#"\""#))), 400),
        ("names without number", inside(&numbered(50_000)), 400),
        ("one name without number", inside(&format!("{}\"x\":1", repeated("\"x\":1,"))), 400),
        (
            "a field without number",
            inside(&format!("{}\"email_sender\":1", repeated("\"email_sender\":1,"))),
            400,
        ),
        ("tokens without number", format!(r#"{{{}"data":{{}}}}"#, repeated(r#""token":"x","#)), 403),
        ("a token without end", good().replace(TOKEN, &repeated("t")), 403),
        (
            "a token without end that begins right",
            good().replace(TOKEN, &format!("{TOKEN}{}", repeated(" "))),
            403,
        ),
        ("digits without end", good().replace("1693561101", &repeated("1")), 400),
        ("a content of escapes", content(&repeated(r"\u0041")), 200),
        ("a content of escaped NULs", content(&repeated(r"\u0000")), 200),
        ("a content of short escapes", content(&repeated(r"\n")), 200),
        ("a content of quotes", content(&repeated("\\\"")), 200),
        ("a content that grows in the queue", content(&repeated("\u{ffff}")), 413),
    ];
    let mut accepted = 0;
    for (what, body, status) in rows {
        assert!(body.len() <= BODY_LIMIT, "{what}: it ends at the load balancer");
        let answer = system.post_body(body).await;
        assert_eq!(answer.status, status, "{what}: {:.300}", answer.text);
        assert_ne!(answer.header("content-type"), "text/html", "{what}");
        assert!(answer.text.len() < ANSWER_LIMIT, "{what}: an answer of {} bytes", answer.text.len());
        accepted += usize::from(status == 200);
    }
    watch.hold(system, accepted).await;
}

async fn an_email_of_almost_a_megabyte_is_stored_whole_whichever_field_it_is_in(system: &Ours) {
    let watch = Watch::over(system);
    let fields = ["email_subject", "email_sender", "email_content"];
    let emails: Vec<Value> = fields
        .iter()
        .map(|field| {
            let mut data = email(&format!("sender of a large {field}"));
            data[field] = json!("\u{1f41d}\n\u{0}x".repeat(80_000));
            data
        })
        .collect();
    for data in &emails {
        assert_eq!(system.post(data).await.status, 200);
    }
    let mut stored = Vec::new();
    for key in system.stored_keys(emails.len()).await {
        assert!(key.len() < 300, "{key}");
        stored.push(system.stored(&key).await);
    }
    for data in &emails {
        assert!(stored.contains(data), "{:.100}", data.to_string());
    }
    watch.hold(system, emails.len()).await;
}
