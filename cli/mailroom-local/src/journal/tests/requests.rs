//! Requests that become no message.

use super::*;

fn refused(trace: &str, reason: &str) -> Event {
    logged(&format!(
        r#"{{"level":"INFO","message":"refused","trace_id":"{trace}","reason":"{reason}","status":403}}"#
    ))
}

#[test]
fn a_request_without_a_message_ends_with_its_answer() {
    for (status, word) in [(200, "answered"), (403, "refused"), (503, "failed")] {
        let ends = record(&mut journal(), &[answered("t", status)]);
        assert_eq!((ends.len(), ends[0].word()), (1, word));
    }
}

#[test]
fn a_refusal_has_the_reason_of_the_functions_log_whichever_comes_first() {
    let why = "the token is wrong or missing";
    assert_eq!(state(&[refused("t", "token"), answered("t", 403)]), ("refused", why.to_owned(), 0));
    assert_eq!(state(&[answered("t", 403), refused("t", "token")]).1, why);
    assert_eq!(state(&[refused("other", "token"), answered("t", 404)]).1, "");
    let unanswered: Vec<_> = (0..2 * REFUSALS).map(|n| refused(&n.to_string(), "token")).collect();
    let mut journal = journal();
    record(&mut journal, &unanswered);
    assert_eq!(journal.refusals.len(), REFUSALS);
}

#[test]
fn a_status_that_no_function_gave_has_a_reason_too() {
    for (status, why) in [(413, "limit"), (502, "crashed"), (503, "no function")] {
        let (_, reason, _) = state(&[answered("t", status)]);
        assert!(reason.contains(why), "{status}: {reason}");
    }
}

#[test]
fn an_accepted_email_has_no_reason_even_if_its_request_failed() {
    let message = sent("m", Some("t"), Some(RECEIPT_1));
    let events = [message, refused("t", "unavailable"), answered("t", 503), created(Some(RECEIPT_1))];
    assert_eq!(state(&events), ("stored", String::new(), 0));
}

#[test]
fn the_commands_that_ask_whether_everything_works_are_known_by_their_name() {
    for (user_agent, probe) in
        [("mailroom/1.2.3 (probe)", true), ("mailroom/1.2.3", false), ("curl/8", false)]
    {
        let ends = record(&mut journal(), &[answered_to("t", 403, user_agent)]);
        assert_eq!(ends[0].is_probe(), probe, "{user_agent}");
    }
}
