//! The emails and invalid messages, drawn from the seed.

use fastrand::Rng;
use serde_json::{Value, json};

/// S3 refuses every write of objects with this in their name, until the chaos is over: they end in the dead-letter
/// queue, and a redrive brings them back.
pub(crate) const UNLUCKY: &str = "unlucky";
/// The most emails that share one name.
const NAMESAKES: u64 = 6;

pub(crate) struct Plan {
    /// Each different from all others.
    pub(crate) emails: Vec<Value>,
    /// Invalid messages, each different from all others.
    pub(crate) poison: Vec<String>,
}

impl Plan {
    pub(crate) fn new(seed: u64, count: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let emails = (0..count).map(|n| email(&mut rng, n)).collect();
        let poison = (0..count / 100 + 1).map(|n| poison(&mut rng, n)).collect();
        Self { emails, poison }
    }
}

/// The n-th email. Every fourth has the name of another, which comes shortly before or after it.
fn email(rng: &mut Rng, n: u64) -> Value {
    let unlucky = n % 1_500 == 7;
    let namesake = if rng.u8(0..4) == 0 && !unlucky { n - n % NAMESAKES } else { n };
    let luck = if unlucky { UNLUCKY } else { "sender" };
    let length = match rng.u32(0..500) {
        0 => rng.usize(..200_000),
        1..50 => rng.usize(..10_000),
        _ => rng.usize(..500),
    };
    let letters = *rng.choice(["x", "é", "漢", "🙂", "\u{fffe}", "\n", "\"\\"].as_slice()).unwrap();
    json!({
        "email_subject": format!("email {n}"),
        "email_sender": format!("{luck} {namesake}"),
        "email_timestream": (1_600_000_000 + namesake).to_string(),
        "email_content": letters.repeat(length / letters.len()),
    })
}

/// The n-th invalid message.
fn poison(rng: &mut Rng, n: u64) -> String {
    match rng.u8(0..4) {
        0 => format!("no JSON {n}"),
        1 => json!([n]).to_string(),
        2 => json!({"email_sender": "sender 1", "n": n}).to_string(),
        _ => {
            let mut email = email(rng, n);
            email["email_timestream"] = json!(format!("the {n}th"));
            email.to_string().replace('\u{fffe}', "x") // SQS would refuse it
        }
    }
}
