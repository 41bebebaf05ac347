//! A person's actions on the page, in a real browser.

use super::browser::Browser;
use super::{MARKUP, busy, url};
use crate::harness::{Ours, PATIENCE, Setup, email, request};
use reqwest::Method;
use serde_json::json;
use tokio::process::Command;
use tokio::time::timeout;

const ROWS: &str = "document.querySelectorAll('#rows tr').length";

/// The page of a busy system, with four emails; the receipt is that of the first.
async fn open() -> Option<(Ours, String, Browser)> {
    let mut browser = Browser::start().await?;
    let (system, receipt) = busy().await;
    browser.open(&url(&system, "/_mailroom/")).await;
    browser.until(&format!("{ROWS} === 4")).await;
    Some((system, receipt, browser))
}

#[tokio::test]
async fn a_search_finds_an_email_and_so_does_the_address_that_it_leaves() {
    let Some((_system, receipt, mut browser)) = open().await else { return };
    browser.value("document.querySelector('label[for=search]').click()").await;
    browser.enter(&receipt[..35].to_uppercase()).await;
    browser.until(&format!("{ROWS} === 1")).await;
    let row = browser.value("document.querySelector('#rows tr').innerText").await;
    assert!(row.as_str().unwrap().contains(&receipt), "{row}");
    browser.until("document.getElementById('news').textContent === '1 match'").await;

    let address = browser.value("location.href").await;
    browser.open(address.as_str().unwrap()).await;
    browser.until(&format!("{ROWS} === 1")).await;
    let searched = browser.value("document.getElementById('search').value").await;
    assert_eq!(searched, receipt[..35].to_uppercase());

    browser.value("document.getElementById('search').select()").await;
    browser.enter("no such email").await;
    browser
        .until("document.getElementById('none').innerText.includes('No email matches “no such email”.')")
        .await;
}

#[tokio::test]
async fn the_keyboard_alone_opens_an_email_closes_it_and_comes_back_to_its_row() {
    let Some((_system, receipt, mut browser)) = open().await else { return };
    let is_there = format!("document.activeElement.closest('#rows tr')?.innerText.includes('{receipt}')");
    let mut presses = 0;
    while browser.value(&is_there).await != true {
        browser.press("Tab").await;
        presses += 1;
        assert!(presses < 50, "no row is reached");
    }
    browser.press("Enter").await;
    browser.until("document.getElementById('email').open").await;
    let shown = browser.value("document.getElementById('email').innerText").await;
    let shown = shown.as_str().unwrap();
    for part in [
        receipt.as_str(),
        "\"email_subject\": \"Hello\"",
        "\"email_content\": \"How are you?\"",
        "posted",
        "answered",
        "queued",
        "received",
        "stored",
        "accepted",
        "filed",
        "local-worker",
        "outcome: new",
        ".json",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    browser.press("Escape").await;
    browser.until("!document.getElementById('email').open && !location.hash.includes('email')").await;
    assert_eq!(browser.value(&is_there).await, true, "the focus is back");
}

#[tokio::test]
async fn an_address_opens_an_email_and_an_unknown_one_is_said_to_be_unknown() {
    let Some((system, _, mut browser)) = open().await else { return };
    let number = browser.value("document.querySelector('#rows tr').dataset.key").await;
    for (number, title) in
        [(number.as_str().unwrap(), "Sent to the queue directly"), ("77", "no longer kept")]
    {
        browser.open(&url(&system, &format!("/_mailroom/#email={number}"))).await;
        browser.until("document.getElementById('email').open").await;
        let name = browser.value("document.getElementById('email-name').textContent").await;
        assert!(name.as_str().unwrap().contains(title), "{number}: {name}");
    }
}

#[tokio::test]
async fn a_row_keeps_the_focus_while_emails_arrive_and_they_wait_until_it_is_left() {
    let Some((system, _, mut browser)) = open().await else { return };
    browser
        .value("document.querySelector('#rows tr:last-child a').focus(), window.row = document.activeElement")
        .await;
    for _ in 0..3 {
        system.post_token("wrong").await;
    }
    browser.until("document.getElementById('held').textContent.startsWith('3 newer emails wait')").await;
    assert_eq!(browser.value(&format!("document.activeElement === row && {ROWS} === 4")).await, true);
    browser.value("row.blur()").await;
    browser.until(&format!("{ROWS} === 7 && document.getElementById('held').textContent === ''")).await;
    assert_eq!(browser.value("row.isConnected").await, true, "a row is kept, not made again");
}

#[tokio::test]
async fn what_strangers_wrote_stays_text_in_rows_details_and_dead_letters() {
    let Some(mut browser) = Browser::start().await else { return };
    let (system, _) = busy().await;
    let mut data = email(MARKUP);
    data["email_subject"] = json!(MARKUP);
    data["email_content"] = json!("a\u{202e}b\u{1b}c");
    let receipt = system.post(&data).await.receipt();
    system.stored_keys(2).await;
    browser.open(&url(&system, &format!("/_mailroom/#search={receipt}"))).await;
    browser.until(&format!("{ROWS} === 1 && document.querySelector('#groups details') !== null")).await;
    browser.value("document.querySelector('#rows a').click(), document.querySelector('#groups details').open = true").await;
    browser.until("document.getElementById('email').open").await;
    for place in ["#rows a", "#email-name", "#email pre", "#groups"] {
        let text = browser.value(&format!("document.querySelector('{place}').textContent")).await;
        assert!(text.as_str().unwrap().contains("<img src=x"), "{place}: {text}");
    }
    let content = browser.value("document.querySelector('#email pre').textContent").await;
    assert!(content.as_str().unwrap().contains(r"a\u202eb\u001bc"), "{content}");
    let own =
        "document.title === 'Mailroom on this machine' && document.querySelectorAll('script').length === 1
        && document.querySelector('img, iframe, object, [onerror], [style*=url]') === null";
    assert_eq!(browser.value(own).await, true);
}

#[tokio::test]
async fn dead_letters_and_refusals_have_reasons_and_the_command_is_copied_or_selected() {
    let Some((_system, _, mut browser)) = open().await else { return };
    let group = browser.value("document.getElementById('groups').innerText").await;
    let group = group.as_str().unwrap();
    assert!(group.contains("not_json") && group.contains("mailroom dlq discard --local"), "{group}");
    let refused =
        browser.value("document.querySelector('#rows .stage.refused').parentElement.innerText").await;
    assert!(refused.as_str().unwrap().contains("token"), "{refused}");

    let command = browser.value("document.querySelector('#groups code').textContent").await;
    let copy = "document.querySelector('#groups .command button').click()";
    let said =
        |text: &str| format!("document.querySelector('#groups .command button').textContent === '{text}'");
    browser.value("navigator.clipboard.writeText = async () => { throw new Error('refused'); }").await;
    browser.value(copy).await;
    browser.until(&said("Selected: press Ctrl+C")).await;
    assert_eq!(browser.value("getSelection().toString()").await, command);
    browser.value("navigator.clipboard.writeText = async (text) => { window.copied = text; }").await;
    browser.value(copy).await;
    browser.until(&said("Copied")).await;
    assert_eq!(browser.value("window.copied").await, command);
}

#[tokio::test]
async fn probes_are_hidden_until_they_are_asked_for() {
    let Some((system, _, mut browser)) = open().await else { return };
    let body = request(&email("smoke-1")).to_string();
    let probe =
        system.send(Method::POST, "/api/email", &[("user-agent", "mailroom/0.1.0 (probe)")], body).await;
    let receipt = probe.receipt();
    let button = "document.getElementById('probes')";
    browser.until(&format!("{button}.textContent === '1 probe hidden: show'")).await;
    let shown = format!("document.getElementById('rows').innerText.includes('{receipt}')");
    assert_eq!(browser.value(&shown).await, false);
    browser.value(&format!("{button}.click()")).await;
    browser.until(&format!("{shown} && {button}.textContent === 'Hide probes'")).await;
    browser.value(&format!("{button}.click()")).await;
    browser.until(&format!("!{shown}")).await;
}

#[tokio::test]
async fn an_empty_page_shows_a_command_that_posts_the_first_email() {
    let Some(mut browser) = Browser::start().await else { return };
    let system = Ours::start_with(Setup::usual().time_scale(1.0)).await;
    browser.open(&url(&system, "/_mailroom/")).await;
    let command = browser.until("document.querySelector('#none code')?.textContent").await;
    assert_eq!(browser.value("document.getElementById('scale').hidden").await, true, "time runs as on AWS");
    let mut shell = Command::new("sh");
    let posted = shell.args(["-c", &format!("{} --silent --show-error", command.as_str().unwrap())]).output();
    let posted = timeout(PATIENCE, posted).await.unwrap().unwrap();
    assert!(posted.status.success(), "{command}: {posted:?}");
    browser.until(&format!("{ROWS} === 1 && document.getElementById('none').hidden")).await;
}

#[tokio::test]
async fn more_rows_and_a_longer_history_are_shown_when_asked_for() {
    let Some(mut browser) = Browser::start().await else { return };
    let system = Ours::start_with(Setup::usual().unpolled()).await;
    for _ in 0..51 {
        system.post_token("wrong").await;
    }
    browser.open(&url(&system, "/_mailroom/")).await;
    browser.until(&format!("{ROWS} === 50")).await;
    assert_eq!(browser.value("document.getElementById('scale').textContent").await, "timers × 20");
    browser.value("document.getElementById('more').click()").await;
    browser.until(&format!("{ROWS} === 51 && document.getElementById('more').hidden")).await;
    browser.value("{ const all = document.getElementById('history'); all.value = 'hour'; all.dispatchEvent(new Event('change')); }").await;
    browser
        .until("document.querySelector('#plots svg').getAttribute('aria-label').includes('in the last hour')")
        .await;
    browser.until("document.querySelector('#plots .unit').textContent === 'each 10 seconds'").await;
}
