//! Checks that a function did what it was asked to do.

use crate::emails::{Email, TOKEN};
use anyhow::{Context, Result, anyhow, bail, ensure};
use bytes::Bytes;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// How much of a wrong response is shown.
const EXCERPT: usize = 400;

/// A function's post to its Runtime API: a response, or the report of an error.
pub(crate) type Outcome = Result<Bytes, Bytes>;

/// Any response will do.
pub(crate) fn responded(outcome: &Outcome) -> Result<&Bytes> {
    outcome.as_ref().map_err(|error| anyhow!("the function reported an error: {}", excerpt(error)))
}

/// `api` must respond with 200 and a message id, and have sent exactly this email.
pub(crate) fn accepted(outcome: &Outcome, email: Email, messages: &[Value]) -> Result<()> {
    let response = responded(outcome)?;
    let json: Value = serde_json::from_slice(response).unwrap_or_default();
    let body = json["body"].as_str().unwrap_or_default();
    let is_right = json["statusCode"] == 200 && has_message_id(body.as_bytes());
    ensure!(is_right, "not a 200 with a message_id: {}", excerpt(response));
    let data = email.data();
    let right = messages.iter().filter(|message| **message == data).count();
    let sent = messages.len();
    ensure!(right == 1 && sent == 1, "1 request sent {sent} messages, {right} of them with the email");
    Ok(())
}

pub(crate) fn has_message_id(body: &[u8]) -> bool {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    body["message_id"].as_str().is_some_and(|id| !id.is_empty())
}

/// `worker` must report no failures, and have stored exactly these emails.
pub(crate) fn processed(
    outcome: &Outcome,
    emails: &[Email],
    objects: &BTreeMap<String, Bytes>,
) -> Result<()> {
    responded_without_failures(outcome)?;
    stored(emails, objects)
}

/// `worker` must report no failures, and have stored exactly these emails as the lines of one object.
pub(crate) fn stored_together(
    outcome: &Outcome,
    emails: &[Email],
    objects: &BTreeMap<String, Bytes>,
) -> Result<()> {
    responded_without_failures(outcome)?;
    let (Some(object), 1) = (objects.values().next(), objects.len()) else {
        bail!("a batch made {} objects, not one", objects.len());
    };
    let mut lines: BTreeMap<String, Value> = BTreeMap::new();
    for line in object.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let mut line: Value = serde_json::from_slice(line).context("a line of the object is not JSON")?;
        if let Some(members) = line.as_object_mut() {
            members.retain(|name, _| name.starts_with("email_"));
        }
        lines.insert(line.to_string(), line);
    }
    let right = emails.iter().filter(|email| lines.values().any(|line| *line == email.data())).count();
    ensure!(
        right == emails.len() && lines.len() == emails.len(),
        "of {} emails, {right} are in the object, which has {} lines",
        emails.len(),
        lines.len()
    );
    Ok(())
}

fn responded_without_failures(outcome: &Outcome) -> Result<()> {
    let response = responded(outcome)?;
    let failures = || format!("the batch response reports failures: {}", excerpt(response));
    let json: Value = serde_json::from_slice(response).with_context(failures)?;
    let none = match &json["batchItemFailures"] {
        Value::Null => true,
        failures => failures.as_array().is_some_and(Vec::is_empty),
    };
    ensure!(none, failures());
    Ok(())
}

/// A bucket must hold exactly these emails.
pub(crate) fn stored(emails: &[Email], objects: &BTreeMap<String, Bytes>) -> Result<()> {
    let keys: BTreeSet<_> = emails.iter().map(|email| email.key()).collect();
    let (mut missing, mut changed) = (0, 0);
    for email in emails {
        match objects.get(&email.key()) {
            None => missing += 1,
            Some(object) if serde_json::from_slice(object).ok() != Some(email.data()) => changed += 1,
            Some(_) => {}
        }
    }
    let unknown = objects.keys().filter(|key| !keys.contains(*key)).count();
    ensure!(
        missing + changed + unknown == 0,
        "of {} emails, {missing} are missing and {changed} differ; {unknown} objects have other keys",
        emails.len()
    );
    Ok(())
}

/// The beginning of `bytes`, or only their number if they repeat the token or an email.
pub(crate) fn excerpt(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    if [TOKEN, "John doe", "Happy new year"].iter().any(|secret| text.contains(secret)) {
        return format!("{} bytes, not shown because they repeat the token or the email", bytes.len());
    }
    text.chars().take(EXCERPT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emails::Emails;
    use serde_json::json;

    fn response(json: &Value) -> Outcome {
        Ok(Bytes::from(json.to_string()))
    }

    fn good() -> Outcome {
        response(&json!({"statusCode": 200, "body": r#"{"message_id":"1"}"#}))
    }

    #[track_caller]
    fn assert_error(result: Result<()>, part: &str) {
        let error = result.unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }

    #[test]
    fn another_status_no_message_id_and_an_error_are_wrong() {
        let email = Emails::default().next();
        accepted(&good(), email, &[email.data()]).unwrap();
        for json in [
            json!({"statusCode": 500, "body": r#"{"message_id":"1"}"#}),
            json!({"statusCode": 200, "body": "{}"}),
            json!({"statusCode": 200, "body": r#"{"message_id":""}"#}),
        ] {
            assert_error(accepted(&response(&json), email, &[email.data()]), &json.to_string());
        }
        assert_error(accepted(&Err(Bytes::from("it broke")), email, &[]), "it broke");
    }

    #[test]
    fn an_email_that_is_missing_in_the_queue_or_there_twice_is_wrong() {
        let mut emails = Emails::default();
        let (email, other) = (emails.next(), emails.next());
        assert_error(accepted(&good(), email, &[]), "sent 0 messages");
        assert_error(accepted(&good(), email, &[other.data()]), "sent 1 messages, 0 of them");
        assert_error(accepted(&good(), email, &[email.data(), email.data()]), "sent 2 messages");
    }

    #[test]
    fn a_batch_is_right_when_nothing_failed_and_everything_is_stored() {
        let emails = Emails::default().take(2);
        let mut objects: BTreeMap<_, _> =
            emails.iter().map(|email| (email.key(), Bytes::from(email.data().to_string()))).collect();
        for answer in [json!({"batchItemFailures": []}), json!({}), json!(null)] {
            processed(&response(&answer), &emails, &objects).unwrap();
        }
        let failures = json!({"batchItemFailures": [{"itemIdentifier": "1"}]});
        assert_error(processed(&response(&failures), &emails, &objects), &failures.to_string());

        objects.insert("other".to_owned(), Bytes::new());
        let expected = "of 2 emails, 0 are missing and 0 differ; 1 objects have other keys";
        assert_error(processed(&response(&json!({})), &emails, &objects), expected);
        objects.remove("other");
        objects.insert(emails[0].key(), Bytes::from("{}"));
        assert_error(processed(&response(&json!({})), &emails, &objects), "0 are missing and 1 differ");
        objects.remove(&emails[0].key());
        assert_error(processed(&response(&json!({})), &emails, &objects), "1 are missing and 0 differ");
    }

    #[test]
    fn a_batch_stored_together_is_one_object_with_a_line_for_each_email() {
        let emails = Emails::default().take(2);
        let answer = response(&json!({}));
        let line = |email: Email| {
            let mut line = email.data();
            line["receipt"] = json!("0198c0de");
            line.to_string() + "\n"
        };
        let whole = Bytes::from(emails.iter().map(|email| line(*email)).collect::<String>());
        let mut objects = BTreeMap::from([("batches/1.ndjson".to_owned(), whole.clone())]);
        stored_together(&answer, &emails, &objects).unwrap();
        assert_error(stored_together(&answer, &emails[..1], &objects), "1 are in the object, which has 2");
        objects.insert("batches/2.ndjson".to_owned(), whole);
        assert_error(stored_together(&answer, &emails, &objects), "2 objects");
        let half = BTreeMap::from([("batches/1.ndjson".to_owned(), Bytes::from(line(emails[0])))]);
        assert_error(stored_together(&answer, &emails, &half), "1 are in the object, which has 1");
    }

    #[test]
    fn text_that_repeats_the_token_or_the_email_is_not_shown() {
        let email = Emails::default().next();
        for text in [email.request_body(), email.key(), TOKEN.to_owned()] {
            let excerpt = excerpt(text.as_bytes());
            assert!(excerpt.contains("not shown") && !excerpt.contains("John"), "{excerpt}");
        }
    }
}
