//! Input that confuses JSON parsers.

use super::{FIELDS, beside, content, good, inside};
use crate::harness::{Ours, QUEUE, TOKEN, Watch, through_both};
use serde_json::Value;

through_both!(
    what_only_looks_like_json_is_a_400: unpolled(),
    what_is_json_but_no_email_is_told_which_member_is_wrong: unpolled(),
    what_is_odd_but_right_is_taken_as_it_is: unpolled(),
);

/// The answer to a request.
enum Fate {
    /// 200: the email's content is this.
    Accepted(&'static str),
    /// 400, without a list: not a JSON object.
    Unreadable,
    /// 400, with the pointers of all faults.
    Faulty(&'static [&'static str]),
    /// 403.
    Forbidden,
}

use Fate::{Accepted, Faulty, Forbidden, Unreadable};

/// Sends each row, and looks at what came of it: the answer, and the message of a 200 alone.
async fn hold(system: &Ours, rows: Vec<(&str, String, Fate)>) {
    let watch = Watch::over(system);
    let mut expected = Vec::new();
    for (what, body, fate) in rows {
        let answer = system.post_body(body).await;
        let got = (answer.status, answer.header("content-type"));
        let problem = "application/problem+json";
        match fate {
            Accepted(content) => {
                assert_eq!(got, (200, "application/json"), "{what}: {answer:?}");
                expected.push(content.to_owned());
            }
            Unreadable => {
                assert_eq!(got, (400, problem), "{what}: {answer:?}");
                assert!(answer.json().get("errors").is_none(), "{what}: {answer:?}");
                assert!(answer.json()["detail"].as_str().unwrap().contains("JSON"), "{answer:?}");
            }
            Faulty(pointers) => {
                assert_eq!(got, (400, problem), "{what}: {answer:?}");
                assert_eq!(answer.pointers(), pointers, "{what}");
            }
            Forbidden => assert_eq!(got, (403, problem), "{what}: {answer:?}"),
        }
    }
    watch.hold(system, expected.len()).await;
    let queued = system.queue(QUEUE).peek().into_iter().map(|message| {
        let data: Value = serde_json::from_str(&message.body).unwrap();
        data["email_content"].as_str().unwrap().to_owned()
    });
    let mut queued: Vec<_> = queued.collect();
    queued.sort();
    expected.sort();
    assert_eq!(queued, expected);
}

async fn what_only_looks_like_json_is_a_400(system: &Ours) {
    let within = |value: &str| beside(&format!(r#""x":{value}"#));
    let no_objects = r#"{ } [ null true 1 [] "x" {}{ undefined <email/> a=b {"data"} {"data":} {"data"={}} {:1} {1:1} {null:1} {,}"#;
    let no_objects = no_objects.split(' ').chain(["", " ", "{\"data\" {}}"]);
    let mut rows: Vec<_> = no_objects.map(|body| ("no object", body.to_owned())).collect();
    let good = good();
    for (what, around) in [
        ("trailing comma", good.replace("\"}", "\",}")),
        ("trailing comma in data", good.replace("\"c\"}", "\"c\",}")),
        ("leading comma", good.replacen('{', "{,", 1)),
        ("two commas", good.replacen(',', ",,", 1)),
        ("no comma", good.replacen(',', " ", 1)),
        ("single quotes", good.replace('"', "'")),
        ("names without quotes", good.replace("\"data\"", "data")),
        ("typographic quotes", good.replace('"', "\u{201d}")),
        ("a comment in front", format!("// x\n{good}")),
        ("a comment behind", format!("{good}/* x */")),
        ("a comment within", good.replacen('{', "{/**/", 1)),
        ("a comment of a shell", format!("# x\n{good}")),
        ("trailing garbage", format!("{good}x")),
        ("a trailing brace", format!("{good}}}")),
        ("two documents", format!("{good}{good}")),
        ("two lines of documents", format!("{good}\n{good}\n")),
        ("a record separator", format!("\u{1e}{good}")),
        ("a prefix against inclusion", format!(")]}}',\n{good}")),
        ("a callback", format!("f({good})")),
        ("a list of one", format!("[{good}]")),
        ("as a string", serde_json::to_string(&good).unwrap()),
        ("cut off", good[..good.len() - 1].to_owned()),
        ("a trailing NUL", format!("{good}\0")),
    ] {
        rows.push((what, around));
    }
    let numbers = "NaN Infinity -Infinity nan +1 .5 5. - 01 -01 0x1 1e 1e+ 1.e1 1_0 １ 1e999 -1e999";
    rows.extend(numbers.split(' ').map(|number| ("a number that is none", within(number))));
    rows.push(("a number of 400 digits", within(&"9".repeat(400))));
    let words = "True TRUE None nil tru nullx undefined function(){}";
    rows.extend(words.split(' ').map(|word| ("a word that is none", within(word))));
    let escapes = r"\x41 \' \a \v \0 \u12 \u{41} \U00000041 \uzzzz \u+041 \";
    rows.extend(escapes.split(' ').map(|escape| ("an escape that is none", content(escape))));
    // Every control character has to be escaped; DEL is none of them.
    rows.extend((0..0x20_u8).map(|byte| ("a raw control character", content(&char::from(byte).to_string()))));
    rows.push(("a raw line break in a name", beside("\"a\nb\":1")));
    // Only four characters are white space between tokens.
    for blank in
        ["\u{b}", "\u{c}", "\u{85}", "\u{a0}", "\u{2003}", "\u{2028}", "\u{200b}", "\u{feff}", "\0", "\u{8}"]
    {
        rows.push(("white space that is none", good.replacen('{', &format!("{{{blank}"), 1)));
        rows.push(("white space in front that is none", format!("{blank}{good}")));
    }
    rows.push(("200 objects deep", within(&format!("{}1{}", r#"{"a":"#.repeat(200), "}".repeat(200)))));
    hold(system, rows.into_iter().map(|(what, body)| (what, body, Unreadable)).collect()).await;
}

async fn what_is_json_but_no_email_is_told_which_member_is_wrong(system: &Ours) {
    let without_data = |member: &str| format!(r#"{{{member},"token":"{TOKEN}"}}"#);
    let mut rows = vec![
        ("__proto__", inside(r#""__proto__":{"x":1}"#), Faulty(&["/data/__proto__"])),
        ("__proto__ beside", beside(r#""__proto__":{"token":"x"}"#), Faulty(&["/__proto__"])),
        ("constructor", inside(r#""constructor":{"prototype":{}}"#), Faulty(&["/data/constructor"])),
        (
            "members that some libraries obey",
            beside(r#""$ref":"/","@type":"x","$where":"1""#),
            Faulty(&["/$ref", "/@type", "/$where"]),
        ),
        ("an empty name", inside(r#""":1"#), Faulty(&["/data/"])),
        ("a name of blanks", inside(r#""  ":1"#), Faulty(&["/data/  "])),
        ("a name that a pointer has to escape", inside(r#""~/":1"#), Faulty(&["/data/~0~1"])),
        ("a name with a NUL", inside(r#""email_sender\u0000":"b""#), Faulty(&["/data/email_sender\0"])),
        ("a name with a blank", inside(r#""email_sender ":"b""#), Faulty(&["/data/email_sender "])),
        ("a name in capitals", inside(r#""EMAIL_SENDER":"b""#), Faulty(&["/data/EMAIL_SENDER"])),
        (
            "a name with a Cyrillic letter",
            inside("\"em\u{430}il_sender\":\"b\""),
            Faulty(&["/data/em\u{430}il_sender"]),
        ),
        ("a name in wide letters", beside("\"\u{ff54}oken\":\"x\""), Faulty(&["/\u{ff54}oken"])),
        ("a name with nothing visible in it", beside("\"token\u{200b}\":\"x\""), Faulty(&["/token\u{200b}"])),
        (
            "two names that look alike",
            inside("\"\u{e9}\":1,\"e\u{301}\":1"),
            Faulty(&["/data/\u{e9}", "/data/e\u{301}"]),
        ),
        ("an unknown name twice", inside(r#""x":1,"x":2"#), Faulty(&["/data/x"])),
        ("a field twice", inside(r#""email_sender":"a""#), Faulty(&["/data/email_sender"])),
        (
            "a field twice, once escaped",
            inside(r#""email_\u0073ender":"b""#),
            Faulty(&["/data/email_sender"]),
        ),
        ("a field twice, once as null", inside(r#""email_content":null"#), Faulty(&["/data/email_content"])),
        ("data twice", beside(&format!(r#""data":{{{FIELDS}}}"#)), Faulty(&["/data"])),
        ("data twice, once escaped", beside(r#""\u0064ata":{}"#), Faulty(&["/data"])),
        ("the token twice", beside(&format!(r#""token":"{TOKEN}""#)), Faulty(&["/token"])),
        ("data in capitals", without_data(r#""DATA":{}"#), Faulty(&["/data", "/DATA"])),
        ("data as text", without_data(r#""data":"{\"email_sender\":\"a\"}""#), Faulty(&["/data"])),
        ("data as a list", without_data(&format!(r#""data":[{{{FIELDS}}}]"#)), Faulty(&["/data"])),
        ("data as pairs", without_data(r#""data":[["email_sender","a"]]"#), Faulty(&["/data"])),
        ("data as null", without_data(r#""data":null"#), Faulty(&["/data"])),
        (
            "a field within a field",
            good().replace(r#""a""#, r#"{"toString":"a"}"#),
            Faulty(&["/data/email_sender"]),
        ),
        ("another token that is wrong", beside(r#""token":"x""#), Forbidden),
        ("another token that is wrong, escaped", beside(r#""\u0074oken":"x""#), Forbidden),
        ("another token that is null", beside(r#""token":null"#), Forbidden),
        ("the token in data", format!(r#"{{"data":{{{FIELDS},"token":"{TOKEN}"}}}}"#), Forbidden),
        ("an object", "{}".to_owned(), Forbidden),
    ];
    // Numbers at the edge of what a double holds, and nesting that costs no stack: JSON, and no part of an email.
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let numbers = "-0 0e0 1e308 1e-999 18446744073709551616 -9223372036854775809 0.1e1 [1e999]";
    for value in numbers.split(' ').chain([&*deep]) {
        rows.push(("an edge of numbers or depth", beside(&format!(r#""x":{value}"#)), Faulty(&["/x"])));
        rows.push((
            "the same for a field",
            good().replace(r#""c""#, value),
            Faulty(&["/data/email_content"]),
        ));
    }
    hold(system, rows).await;
}

async fn what_is_odd_but_right_is_taken_as_it_is(system: &Ours) {
    let spaced = good().replace(':', "\t:\r\n ").replace(',', " ,\n").replace('{', " {\r");
    let escaped: String = TOKEN.chars().map(|c| format!(r"\u{:04x}", u32::from(c))).collect();
    hold(
        system,
        vec![
            ("white space of all four kinds", format!("\n{spaced}\r\n\t "), Accepted("c")),
            ("no white space", good(), Accepted("c")),
            (
                "names by escape",
                good().replace("data", r"\u0064\u0061ta").replace("token", r"t\u006Fken"),
                Accepted("c"),
            ),
            ("the token by escape", good().replace(TOKEN, &escaped), Accepted("c")),
            (
                "members in another order",
                format!(r#"{{"token":"{TOKEN}","data":{{{FIELDS}}}}}"#),
                Accepted("c"),
            ),
            ("DEL", content("\u{7f}"), Accepted("\u{7f}")),
            ("every short escape", content(r#"\"\\\/\b\f\n\r\t"#), Accepted("\"\\/\u{8}\u{c}\n\r\t")),
            ("a backslash before a u", content(r"\\u0041"), Accepted(r"\u0041")),
            ("JSON as content", content(r#"{\"token\":\"x\"}"#), Accepted(r#"{"token":"x"}"#)),
            ("hexadecimal in either case", content(r"\u00e9\u00E9"), Accepted("\u{e9}\u{e9}")),
        ],
    )
    .await;
}
