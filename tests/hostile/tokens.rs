//! Guessed tokens.

use super::good;
use crate::harness::{Ours, Setup, Watch, email};
use futures::{StreamExt, stream};
use serde_json::json;
use std::time::Instant;

/// The number of wrong tokens, and of concurrent requests.
const GUESSES: usize = 10_000;
const AT_ONCE: usize = 20;
/// The number of right tokens in between.
const RIGHT_ONES: usize = 10;

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_wrong_tokens_get_nowhere_and_hardly_ask_ssm() {
    let system = Ours::start_with(Setup::usual().unpolled()).await;
    let watch = Watch::over(&system);
    let started = Instant::now();
    let guess = async |n: usize| {
        let is_right = n.is_multiple_of(GUESSES / RIGHT_ONES);
        let answer = match is_right {
            true => system.post(&email("John doe")).await,
            false => system.post_token(&format!("guess {n}")).await,
        };
        assert_eq!(answer.status, if is_right { 200 } else { 403 }, "{n}: {answer:?}");
    };
    let guesses = stream::iter(0..GUESSES + RIGHT_ONES).map(guess);
    guesses.buffer_unordered(AT_ONCE).collect::<Vec<()>>().await;

    // Each instance asks at its start, and then once in more than five seconds at most.
    let (took, instances) = (started.elapsed(), watch.look(|seen| seen.started.len()) as u64);
    let (asked, most) = (system.calls("GetParameter"), instances * (1 + took.as_secs() / 5));
    assert!(asked <= most, "SSM was asked {asked} times by {instances} instances in {took:?}");
    println!("{GUESSES} wrong tokens in {took:?}: {instances} instances asked SSM {asked} times");
    // More than a watch can follow: by what is there.
    assert_eq!(system.queued(system.queue_url()).await, RIGHT_ONES + 1);
    assert!(watch.look(|seen| seen.ended.is_empty()), "a process has ended");
}

/// A token that a careless comparison would confuse with others.
const TOKEN: &str = "\u{e9}clair 0e1 ok";

#[tokio::test]
async fn what_is_almost_the_token_is_not_the_token() {
    let system = Ours::start_with(Setup::usual().unpolled()).await;
    let watch = Watch::over(&system);
    system.set_tokens(&format!("{TOKEN}\n1\n0x10\nnull\n")).await;
    let near = [
        ("", "nothing"),
        (" ", "a blank"),
        ("\n", "a line break"),
        ("\0", "NUL"),
        ("*", "a star"),
        ("%", "a wildcard"),
        ("e\u{301}clair 0e1 ok", "decomposed"),
        ("\u{c9}CLAIR 0E1 OK", "capitals"),
        ("\u{e9}clair 0e1 o", "cut off"),
        ("\u{e9}clair 0e1 ok ", "a blank behind"),
        (" \u{e9}clair 0e1 ok", "a blank in front"),
        ("\u{e9}clair 0e1 ok\n", "a line break behind"),
        ("\u{e9}clair 0e1 ok\0", "NUL behind"),
        ("\u{e9}clair 0e1 ok\0x", "NUL and more behind"),
        ("\u{feff}\u{e9}clair 0e1 ok", "a byte order mark in front"),
        ("\u{e9}clair 0e1 o\u{200b}k", "an invisible character"),
        ("\u{e9}clair\u{a0}0e1 ok", "another blank"),
        ("\u{e9}clair 0e1 o\u{212a}", "a Kelvin sign"),
        ("\u{e9}clair 0e1 \u{43e}k", "a Cyrillic letter"),
        ("\u{c3}\u{a9}clair 0e1 ok", "UTF-8 taken for Latin-1"),
        ("\"\u{e9}clair 0e1 ok\"", "quotes"),
        ("\\u00e9clair 0e1 ok", "an escape twice"),
        ("\u{e9}clair 0e1 ok\n1", "two lines at once"),
        ("\u{e9}clair 0e1 ok\n1\n0x10\nnull\n", "the whole parameter"),
        ("01", "the same number"),
        ("1.0", "the same number again"),
        ("16", "the same number in decimal"),
        ("Null", "another null"),
        ("' OR '1'='1", "SQL"),
        ("${TOKEN}", "a variable"),
        ("/local/auth_token", "the parameter's name"),
    ];
    for (token, what) in near {
        assert_eq!(system.post_token(token).await.status, 403, "{what}");
    }
    for value in [
        json!(1),
        json!(1.0),
        json!(16),
        json!(null),
        json!(true),
        json!([TOKEN]),
        json!({"token": TOKEN}),
        json!([]),
        json!({}),
        json!({"$ne": null}),
        json!({"$regex": ".*"}),
        json!([[TOKEN]]),
    ] {
        let body = good().replace("\"the-right-token\"", &value.to_string());
        assert_eq!(system.post_body(body).await.status, 403, "{value}");
    }
    let right = [TOKEN, "1", "0x10", "null"];
    for token in right {
        let answer = async || (system.post_token(token).await.status == 200).then_some(());
        system.until("acceptance of a right one", answer).await;
    }
    watch.hold(&system, right.len()).await;
}
