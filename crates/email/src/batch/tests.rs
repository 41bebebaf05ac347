use super::*;
use crate::email::tests::email;
use std::time::{Duration, UNIX_EPOCH};

const RECEIPT: &str = "018a501b-9acf-7000-8000-000000000001"; // 2023-09-01T09:38:21.007Z

fn line(content: &str, receipt: Option<&str>) -> BatchLine {
    let receipt = receipt.map(|text| text.parse().unwrap());
    BatchLine::new(email("s", "a", "1", content), receipt, None, None)
}

fn object(lines: Vec<BatchLine>) -> BatchObject {
    BatchObject::new(lines, UNIX_EPOCH).unwrap()
}

fn at(seconds: u64) -> Option<SystemTime> {
    Some(UNIX_EPOCH + Duration::from_secs(seconds))
}

#[test]
fn a_line_is_the_email_with_what_is_known_of_it() {
    let caller = Some("billing".parse().unwrap());
    let full = BatchLine::new(email("s", "a", "1", "c"), Some(RECEIPT.parse().unwrap()), at(7), caller);
    let digest = "a2d562ec03a979f2ca97fd8398a1069437c3fb98098786564ac7fb2f71887c9e"; // as in digest.rs
    let expected = format!(
        r#"{{"email_subject":"s","email_sender":"a","email_timestream":"1","email_content":"c","receipt":"{RECEIPT}","#
    ) + &format!(
        r#""digest":"{digest}","accepted_at":"2023-09-01T09:38:21.007Z","caller":"billing"}}"#
    );
    assert_eq!(full.encode(), expected);
    assert_eq!(BatchLine::parse(expected.as_bytes()).unwrap(), full);

    let bare = line("c", None);
    assert!(bare.encode().ends_with(&format!(r#","digest":"{digest}"}}"#)), "{}", bare.encode());
    assert_eq!(BatchLine::parse(bare.encode().as_bytes()).unwrap(), bare);
}

#[test]
fn without_a_time_in_the_receipt_sqs_knows_the_time() {
    let foreign = Some("b3a9c1de-0000-4000-8000-000000000001".parse().unwrap());
    let year_10889 = Some("ffffffff-ffff-7000-8000-000000000001".parse().unwrap());
    for receipt in [None, foreign, year_10889] {
        let line = BatchLine::new(email("s", "a", "1", "c"), receipt, at(1_693_561_101), None);
        assert_eq!(line.accepted_at.unwrap().to_string(), "2023-09-01T09:38:21.000Z");
    }
}

#[test]
fn odd_characters_survive_and_never_break_the_line() {
    let odd = "\u{0}\n\r\u{2028}\u{ffff}\"\\\u{10ffff}";
    let line = BatchLine::new(email(odd, odd, "1", odd), None, None, None);
    assert!(!line.encode().contains(['\n', '\r']));
    assert_eq!(BatchLine::parse(line.encode().as_bytes()).unwrap(), line);
}

#[test]
fn a_line_that_was_changed_is_not_read() {
    let good = line("c", Some(RECEIPT)).encode();
    for (from, to, error) in [
        (r#":"c""#, r#":"d""#, "another digest"),
        ("0001\"", "000x\"", "`receipt`"),
        (r#","receipt""#, r#","caller":"-","receipt""#, "`caller`"),
        (r#","receipt""#, r#","digest":"","receipt""#, "`digest`"),
        (r#","receipt""#, r#","secret":"","receipt""#, "not an email"),
        ("T09", " 09", "`accepted_at`"),
        ("{", "[", "not valid JSON"),
    ] {
        let changed = good.replacen(from, to, 1);
        assert_ne!(changed, good);
        let said = BatchLine::parse(changed.as_bytes()).unwrap_err().to_string();
        assert!(said.contains(error) && !said.contains("secret"), "{changed}: {said}");
    }
    assert!(matches!(BatchLine::parse(b"\"secret\""), Err(InvalidLine::NotAnObject)));
}

#[test]
fn the_same_emails_are_the_same_object_in_any_order() {
    let [one, two] = [line("1", Some(RECEIPT)), line("2", Some("018a501b-9acf-7000-8000-000000000002"))];
    let (object, other) =
        (object(vec![one.clone(), two.clone()]), object(vec![two.clone(), one.clone(), two.clone()]));
    assert_eq!((&object.key, &object.body, object.emails), (&other.key, &other.body, 2));
    assert_eq!(object.body, format!("{}\n{}\n", one.encode(), two.encode()));
    // As `sha256sum` of the object says.
    assert_eq!(object.key.digest(), hex::encode(Sha256::digest(&object.body)));
    assert_eq!(object.key.to_string(), format!("batches/2023/09/01/09/{}.ndjson", object.key.digest()));
    assert_eq!(object.key.to_string().parse(), Ok(object.key));
}

#[test]
fn copies_that_differ_in_what_is_known_of_them_are_one_line_whatever_their_order() {
    let of = |receipt: Option<&str>, sent, caller: Option<&str>| {
        let (receipt, caller) = (receipt.map(|r| r.parse().unwrap()), caller.map(|c| c.parse().unwrap()));
        BatchLine::new(email("s", "a", "1", "c"), receipt, sent, caller)
    };
    for copies in [
        [
            of(Some(RECEIPT), None, None),
            of(Some(RECEIPT), None, Some("a")),
            of(Some(RECEIPT), None, Some("b")),
        ],
        [of(None, at(3600), None), of(None, at(7200), Some("a")), of(None, None, None)],
    ] {
        let first = object(copies.to_vec());
        assert_eq!((first.emails, first.body.as_str()), (1, (copies[0].encode() + "\n").as_str()));
        let [one, two, three] = copies;
        let other = object(vec![three, two, one]);
        assert_eq!((first.key, first.body), (other.key, other.body));
    }
}

#[test]
fn two_emails_with_one_receipt_are_both_kept() {
    assert_eq!(object(vec![line("1", Some(RECEIPT)), line("2", Some(RECEIPT))]).emails, 2);
}

#[test]
fn the_hour_is_that_of_the_first_email_or_of_now() {
    let old = BatchLine::new(email("s", "a", "1", "c"), None, at(3600), None);
    let key = object(vec![line("1", Some(RECEIPT)), line("2", None), old]).key.to_string();
    assert!(key.starts_with("batches/1970/01/01/01/"), "{key}");
    let key = BatchObject::new(vec![line("1", None)], at(7200).unwrap()).unwrap().key.to_string();
    assert!(key.starts_with("batches/1970/01/01/02/"), "{key}");
    assert!(key.starts_with(&BatchKey::prefix_of_hour(at(7201).unwrap()).unwrap()), "{key}");
    assert!(BatchObject::new(Vec::new(), UNIX_EPOCH).is_none());
}

#[test]
fn any_other_key_is_not_a_batch() {
    let digest = "a".repeat(64);
    for key in [
        format!("batches/2023/09/01/09/{}.ndjson", &digest[1..]),
        format!("batches/2023/09/01/{digest}.ndjson"),
        format!("batches/2023/09/01/09/{}.ndjson", digest.to_uppercase()),
        format!("batches/2023/09/01/09/{digest}.json"),
        format!("batches/2023/09/01/0x/{digest}.ndjson"),
        "a_1.json".to_owned(),
        "emails/2023/09/01/email-1-ca978112ca1bbdca.json".to_owned(),
    ] {
        assert_eq!(key.parse::<BatchKey>(), Err(InvalidBatchKey), "{key}");
    }
}
