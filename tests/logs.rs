//! The functions' log lines lead from the answer to the object. `secrecy` has what they never contain.

use crate::harness::{Ours, QUEUE, Setup, System, email, on_both};
use sandbox::services::faults::{Fault, Times};
use serde_json::json;

on_both!(a_refusal_says_why_in_one_word);

#[tokio::test]
async fn one_receipt_leads_from_the_answer_to_the_object() {
    // Fast, since the message is held in the queue for a while to be looked at.
    let system = Ours::start_with(Setup::usual().fast()).await;
    system.fail("PutObject", 403, "AccessDenied", Times::Always);
    let answer = system.post(&email("John doe")).await;
    let (receipt, message_id) = (answer.receipt(), &answer.json()["message_id"]);
    let line = |message: &str| {
        system.log.with_message(message).into_iter().find(|line| line["receipt"] == receipt.as_str())
    };
    let accepted = system.until("the line of api", async || line("accepted")).await;
    let trace_id = accepted["trace_id"].as_str().unwrap();
    assert!(trace_id.starts_with("1-"), "{accepted}");
    assert_eq!((&accepted["message_id"], &accepted["status"]), (message_id, &json!(200)));

    let queue = system.queue(QUEUE);
    let message = queue.peek().pop().expect("it is not filed yet");
    assert_eq!(message.message_id, *message_id);
    assert_eq!(message.attributes["receipt"].string_value.as_deref(), Some(receipt.as_str()));
    let trace_header = message.trace_header.expect("the sender's trace goes with the message");
    assert!(trace_header.contains(&format!("Root={trace_id}")), "{trace_header}");

    let given_back = system.until("its line", async || line("not filed: given back")).await;
    system.stack.aws().faults().clear();
    let filed = system.until("the line of worker", async || line("filed")).await;
    for line in [&given_back, &filed] {
        assert_eq!((&line["message_id"], &line["trace_id"]), (message_id, &json!(trace_id)), "{line}");
    }
    assert_eq!(filed["outcome"], "new");
    let key = &system.keys().await[0];
    assert_eq!(system.object(key).await.metadata["receipt"], receipt);
}

#[tokio::test]
async fn an_email_that_the_queue_has_in_spite_of_a_503_can_be_found_by_its_receipt() {
    let system = Ours::start().await;
    system.fault("SendMessage", Fault::LostAnswer, Times::Always);
    assert_eq!(system.post(&email("John doe")).await.status, 503);
    system.stack.aws().faults().clear();
    let filed = system.logged("filed", 1).await.remove(0);
    let refused = system.logged("refused", 1).await.remove(0);
    assert!(refused["receipt"].is_string() && filed["receipt"] == refused["receipt"], "{filed} {refused}");
}

async fn a_refusal_says_why_in_one_word(system: &System) {
    system.post_token("wrong").await;
    system.post_body("{").await;
    system.post(&json!({})).await;
    let lines = system.logged("refused", 3).await;
    let reasons: Vec<_> = lines.iter().map(|line| (line["status"].clone(), line["reason"].clone())).collect();
    assert_eq!(
        reasons,
        [(json!(403), json!("token")), (json!(400), json!("unreadable")), (json!(400), json!("invalid"))]
    );
}
