//! The front door answers as `docs/openapi.yaml` says.

use super::accepted::Accepted;
use super::expected::Expected;
use super::verdict;
use crate::check::finding::Account;
use crate::check::recording::Question;
use crate::check::scene::{Sample, Scene, data};
use crate::system::Answer;
use anyhow::Result;
use serde_json::json;

const CONTENT: &str = "Sent to see whether everything works; nobody needs it.";
/// More than the load balancer passes on, which is 1 MB ("Use Lambda functions as targets", Elastic Load Balancing): it
/// answers this with a page of its own. Where something else lets it pass, the function's own limit is lower too.
const TOO_LARGE: usize = 1_100_000;
/// Where the email with faults has them.
const FAULTS: &[&str] = &[
    "/data/email_subject",
    "/data/email_sender",
    "/data/email_timestream",
    "/data/email_content",
    "/data/email_priority",
    "/trace",
];

/// Asks everything once. The last is a good email, so that its way to the bucket begins with the next probe.
pub(crate) async fn probe(scene: &Scene<'_>) -> (Account, Option<Accepted>) {
    let mut faults = Vec::new();
    let bodies = Bodies::new(scene);
    let questions = questions(&bodies);
    let mut refusals = Vec::new();
    for (question, expected) in &questions {
        match scene.ask("contract", question).await {
            Ok(answer) => {
                let found = expected.faults(&answer, &scene.recorder);
                faults.extend(found.into_iter().map(|fault| format!("{question}: {fault}")));
                if answer.status == 403 {
                    refusals.push(answer);
                }
            }
            Err(error) => faults.push(format!("{question}: {error:#}")),
        }
    }
    if !all_alike(&refusals) {
        faults.push("without the right token: the answer depends on what else is wrong".to_owned());
    }
    let accepted = post(scene).await;
    let accepted = accepted.map_err(|error| faults.push(format!("{error:#}"))).ok();
    (verdict(&faults, format!("{} answers as documented", questions.len() + 1)), accepted)
}

async fn post(scene: &Scene<'_>) -> Result<Accepted> {
    Accepted::post(scene, "contract", "a good email", Sample::new(scene, CONTENT)?).await
}

/// Who has no token learns nothing: not whether there was one, and nothing of the fields.
fn all_alike(refusals: &[Answer]) -> bool {
    let seen = |answer: &Answer| (answer.header("content-type").to_owned(), answer.body.clone());
    refusals.windows(2).all(|pair| seen(&pair[0]) == seen(&pair[1]))
}

fn questions(bodies: &Bodies) -> [(Question<'_>, Expected); 9] {
    let forbidden = Expected::problem(403);
    [
        (Question::bare("GET", "/health"), Expected::status(200)),
        (Question::bare("HEAD", "/health"), Expected::status(200)),
        (Question::bare("GET", "/no-such-path"), Expected::problem(404)),
        (Question::bare("GET", "/api/email"), Expected::problem(405).allow("POST")),
        (Question::post("an email without a token", &bodies.no_token), forbidden),
        (Question::post("an email with a wrong token", &bodies.wrong_token), forbidden),
        (Question::post("faults and a wrong token", &bodies.wrong_token_and_faults), forbidden),
        (Question::post("faults and the token", &bodies.faults), Expected::problem(400).pointers(FAULTS)),
        (Question::post("over 1 MB", &bodies.too_large), Expected::status(413)),
    ]
}

/// What is posted to be refused.
struct Bodies {
    no_token: String,
    wrong_token: String,
    wrong_token_and_faults: String,
    faults: String,
    too_large: String,
}

impl Bodies {
    fn new(scene: &Scene<'_>) -> Self {
        let (token, wrong) = (scene.token.expose(), format!("{:016x}", fastrand::u64(..)));
        let good = data(&scene.refused_sender, &scene.timestream, CONTENT);
        let large = data(&scene.refused_sender, &scene.timestream, &"x".repeat(TOO_LARGE));
        // Six of them: no text, blank, signed, missing, and unknown in two places.
        let faulty =
            json!({"email_subject": 7, "email_sender": " ", "email_timestream": "+1", "email_priority": ""});
        Self {
            no_token: json!({"data": good}).to_string(),
            wrong_token: json!({"data": good, "token": wrong}).to_string(),
            wrong_token_and_faults: json!({"data": faulty, "token": wrong, "trace": ""}).to_string(),
            faults: json!({"data": faulty, "token": token, "trace": ""}).to_string(),
            too_large: json!({"data": large, "token": token}).to_string(),
        }
    }
}
