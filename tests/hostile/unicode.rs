//! Text is stored byte for byte; invalid text is refused.

use super::good;
use crate::harness::{Ours, Watch, email, request, through_both};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;

through_both!(
    every_text_is_stored_as_it_was_sent_raw_or_escaped,
    a_sender_of_white_space_is_blank_and_of_what_only_looks_like_it_is_not: unpolled(),
    half_a_surrogate_pair_and_bytes_that_are_no_utf_8_are_a_400_wherever_they_stand: unpolled(),
    another_encoding_than_utf_8_is_a_400_whatever_the_label_says: unpolled(),
);

/// Text that software likes to change, hide, cut or stumble over.
const TEXTS: [(&str, &str); 44] = [
    ("composed", "\u{e9}\u{c5}"),
    ("decomposed", "e\u{301}A\u{30a}"),
    ("an Angstrom sign, which composes to a letter", "\u{212b}"),
    ("a ligature", "\u{fb01}"),
    ("wide letters", "\u{ff21}\u{ff42}"),
    ("Hangul syllables", "\u{d55c}"),
    ("Hangul letters", "\u{1112}\u{1161}\u{11ab}"),
    ("marks in another order", "a\u{323}\u{307}"),
    ("marks in the one order", "a\u{307}\u{323}"),
    ("a hundred marks", "a\u{301}\u{302}\u{303}\u{334}\u{489}"),
    ("a mark without a letter", "\u{301}x"),
    ("dotted and dotless i", "\u{130}\u{131}Ii"),
    ("sharp s", "\u{df}\u{1e9e}ss"),
    ("sigma at the end", "\u{3a3}\u{3c3}\u{3c2}"),
    ("right-to-left override", "a\u{202e}gpj.exe"),
    ("embeddings", "\u{202a}\u{202b}\u{202c}\u{202d}"),
    ("isolates", "\u{2066}\u{2067}\u{2068}x\u{2069}"),
    ("marks of direction", "\u{200e}\u{200f}\u{61c}"),
    ("right-to-left text", "\u{5e9}\u{5dc}\u{5d5}\u{5dd} abc \u{633}\u{644}\u{627}\u{645}"),
    ("zero width", "a\u{200b}b\u{200c}c\u{200d}d\u{2060}e"),
    ("a family of four joined characters", "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}\u{200d}\u{1f466}"),
    ("a flag", "\u{1f1e9}\u{1f1ea}"),
    ("tags", "\u{1f3f4}\u{e0067}\u{e007f}"),
    ("variation selectors", "\u{263a}\u{fe0e}\u{263a}\u{fe0f}\u{e0100}"),
    ("soft hyphen", "a\u{ad}b"),
    ("a byte order mark within", "a\u{feff}b"),
    ("a byte order mark in front", "\u{feff}a"),
    ("a byte order mark the wrong way round", "a\u{fffe}b"),
    ("U+FFFF", "a\u{ffff}b"),
    ("noncharacters of the block", "\u{fdd0}\u{fdef}"),
    ("noncharacters of other planes", "\u{1fffe}\u{1ffff}\u{10fffe}\u{10ffff}"),
    ("private use", "\u{e000}\u{f8ff}\u{f0000}\u{10fffd}"),
    ("not assigned", "\u{378}\u{e0fff}"),
    ("beside the surrogates", "\u{d7ff}\u{e000}"),
    ("the replacement character", "\u{fffd}"),
    ("interlinear annotation", "\u{fff9}x\u{fffa}y\u{fffb}\u{fffc}"),
    ("astral letters", "\u{10330}\u{1d54f}\u{2000b}\u{20bb7}"),
    ("NUL", "a\0b"),
    ("control characters", "a\u{1}\u{7}\u{8}\u{b}\u{c}\u{e}\u{1a}\u{1b}[31m\u{1f}b"),
    ("DEL and C1", "a\u{7f}\u{80}\u{85}\u{9b}31m\u{9f}b"),
    ("line breaks of all kinds", "a\nb\rc\r\nd\u{85}e\u{2028}f\u{2029}g"),
    ("white space around", "\u{a0} a\u{3000}\t"),
    ("Thai and Tibetan", "\u{e01}\u{e33}\u{f71}\u{f72}"),
    ("an escape, written out", "\\u0000 \\ud800 %00 &#0; &amp; \\x00"),
];

async fn every_text_is_stored_as_it_was_sent_raw_or_escaped(system: &Ours) {
    let watch = Watch::over(system);
    let mut expected = BTreeMap::new();
    for (what, text) in TEXTS {
        // Two emails of one sender need two times, to be two.
        for (time, escaped) in [("1", false), ("2", true)] {
            let mut data = email(text);
            data["email_subject"] = json!(text);
            data["email_content"] = json!(format!("{what}: {text}"));
            data["email_timestream"] = json!(time);
            let body = request(&data).to_string();
            let answer = system.post_body(if escaped { in_ascii(&body) } else { body }).await;
            assert_eq!(answer.status, 200, "{what}: {answer:?}");
            expected.insert(answer.receipt(), data);
        }
    }
    let keys = system.stored_keys(expected.len()).await;
    let mut found = BTreeMap::new();
    for key in keys {
        let object = system.object(&key).await;
        let stored: Value = serde_json::from_str(&object.text).unwrap();
        found.insert(object.metadata["receipt"].clone(), stored);
    }
    assert_eq!(found, expected);
    watch.hold(system, expected.len()).await;
}

/// JSON with everything but ASCII escaped, beyond the BMP as pairs.
fn in_ascii(json: &str) -> String {
    let escaped = |unit: &u16| format!("\\u{unit:04X}");
    let parts = json.chars().map(|c| match c {
        c if c.is_ascii() && c != '\u{7f}' => c.to_string(),
        c => c.encode_utf16(&mut [0; 2]).iter().map(escaped).collect(),
    });
    parts.collect()
}

/// Unicode's property White_Space, all of it.
const WHITE_SPACE: &str = "\u{9}\u{a}\u{b}\u{c}\u{d} \u{85}\u{a0}\u{1680}\u{2000}\u{2001}\u{2002}\u{2003}\u{2004}\u{2005}\u{2006}\u{2007}\u{2008}\u{2009}\u{200a}\u{2028}\u{2029}\u{202f}\u{205f}\u{3000}";

async fn a_sender_of_white_space_is_blank_and_of_what_only_looks_like_it_is_not(system: &Ours) {
    let watch = Watch::over(system);
    assert_eq!(WHITE_SPACE.chars().count(), 25);
    let blanks = WHITE_SPACE.chars().map(|c| c.to_string()).chain([WHITE_SPACE.to_owned(), String::new()]);
    for blank in blanks {
        let answer = system.post(&email(&blank)).await;
        assert_eq!(
            (answer.status, answer.pointers()),
            (400, vec!["/data/email_sender".to_owned()]),
            "{blank:?}"
        );
    }
    // Nothing to see in any of them, and none is White_Space.
    let invisible = "\0\u{1c}\u{1d}\u{1e}\u{1f}\u{7f}\u{ad}\u{34f}\u{61c}\u{115f}\u{180e}\u{200b}\u{200d}\u{200e}\u{2060}\u{2800}\u{3164}\u{feff}\u{ffa0}\u{e0020}";
    for sender in invisible.chars() {
        assert_eq!(system.post(&email(&sender.to_string())).await.status, 200, "{sender:?}");
    }
    watch.hold(system, invisible.chars().count()).await;
}

/// A request for each place of a text.
fn places(text: &[u8]) -> Vec<Vec<u8>> {
    let good = good();
    let at = |from: &str, to: &str| {
        let (before, after) = good.split_once(from).unwrap();
        let (start, end) = to.split_once('@').unwrap();
        [before.as_bytes(), start.as_bytes(), text, end.as_bytes(), after.as_bytes()].concat()
    };
    vec![
        at(r#""s""#, r#""@""#),
        at(r#""a""#, r#""x@y""#),
        at(r#""1693561101""#, r#""@""#),
        at(r#""c""#, r#""@x""#),
        at(r#""the-right-token""#, r#""the-right-token@""#),
        at(r#""email_subject""#, r#""@":1,"email_subject""#),
        at(r#""data""#, r#""@":1,"data""#),
        at(r#""data""#, r#""x":"@","data""#),
        at(r#""data""#, r#""x":{"y":{"@":1}},"data""#),
    ]
}

async fn half_a_surrogate_pair_and_bytes_that_are_no_utf_8_are_a_400_wherever_they_stand(system: &Ours) {
    let watch = Watch::over(system);
    let escapes = r"\ud800 \udbff \udc00 \udfff \ud800\ud800 \udc00\ud800 \udc00\udc00 \ud800\u0041 \ud800\n \ud800\\dc00 \uD83D \ud83d\ud83d\ude00";
    let escapes = escapes.split(' ').chain([r"\ud800 \udc00"]);
    let bytes: [(&str, &[u8]); 17] = [
        ("a continuation alone", b"\x80"),
        ("Latin-1", b"\xe9"),
        ("two bytes, cut off", b"\xc3"),
        ("three bytes, cut off", b"\xe2\x82"),
        ("four bytes, cut off", b"\xf0\x9f\x91"),
        ("NUL in two bytes", b"\xc0\x80"),
        ("a slash in two bytes", b"\xc0\xaf"),
        ("a slash in three bytes", b"\xe0\x80\xaf"),
        ("a slash in four bytes", b"\xf0\x80\x80\xaf"),
        ("a quote in two bytes", b"\xc0\xa2"),
        ("a surrogate", b"\xed\xa0\x80"),
        ("a pair of surrogates", b"\xed\xa0\xbd\xed\xb8\x80"),
        ("past the end", b"\xf4\x90\x80\x80"),
        ("five bytes", b"\xf8\x88\x80\x80\x80"),
        ("0xfe", b"\xfe"),
        ("0xff", b"\xff"),
        ("a byte order mark of UTF-16", b"\xff\xfe"),
    ];
    let escapes = escapes.map(|escape| (escape, escape.as_bytes()));
    for (what, text) in escapes.chain(bytes) {
        for body in places(text) {
            let shown = String::from_utf8_lossy(&body).into_owned();
            let answer = system.post_body(body).await;
            assert_eq!(answer.status, 400, "{what}: {shown}: {answer:?}");
            assert!(answer.json().get("errors").is_none(), "{what}: {shown}: {answer:?}");
        }
    }
    watch.hold(system, 0).await;
}

async fn another_encoding_than_utf_8_is_a_400_whatever_the_label_says(system: &Ours) {
    let watch = Watch::over(system);
    let good = good();
    let utf_16 = |bytes: fn(u16) -> [u8; 2]| good.encode_utf16().flat_map(bytes).collect::<Vec<_>>();
    let (big, little) = (utf_16(u16::to_be_bytes), utf_16(u16::to_le_bytes));
    let utf_32: Vec<_> = good.chars().flat_map(|c| u32::from(c).to_be_bytes()).collect();
    let ebcdic: Vec<_> = good.bytes().map(|byte| byte ^ 0x80).collect();
    for (what, body) in [
        ("UTF-8 with a byte order mark", [b"\xef\xbb\xbf", good.as_bytes()].concat()),
        ("UTF-16", big.clone()),
        ("UTF-16 the other way round", little.clone()),
        ("UTF-16 with a byte order mark", [b"\xfe\xff", &big[..]].concat()),
        ("UTF-16 the other way round with a byte order mark", [b"\xff\xfe", &little[..]].concat()),
        ("UTF-32", utf_32),
        ("UTF-7 with a byte order mark", [b"+/v8-", good.as_bytes()].concat()),
        ("what is no text at all", ebcdic),
    ] {
        for label in [
            "application/json",
            "application/json; charset=utf-16",
            "text/plain; charset=utf-32",
            "application/octet-stream",
        ] {
            let headers = [("content-type", label)];
            let answer = system.send(Method::POST, "/api/email", &headers, body.clone()).await;
            assert_eq!(
                (answer.status, answer.header("content-type")),
                (400, "application/problem+json"),
                "{what}, {label}: {answer:?}"
            );
        }
    }
    // A wrong label doesn't matter.
    for label in
        ["application/json; charset=utf-16", "text/plain; charset=iso-8859-1", "text/html", "image/png"]
    {
        let headers = [("content-type", label)];
        assert_eq!(
            system.send(Method::POST, "/api/email", &headers, good.clone()).await.status,
            200,
            "{label}"
        );
    }
    watch.hold(system, 4).await;
}
