//! `mailroom token`

use super::{found, kill_after};
use crate::harness::{Ours, System, TOKEN, email, named_token, on_both, rounds_of_kills};
use aws_sdk_ssm::types::ParameterType;
use serde_json::{Value, json};
use std::time::Duration;

/// The tokens as they are now, the newest first.
async fn tokens(system: &System) -> Vec<String> {
    let get = system.ssm.get_parameter().name(system.token_parameter()).with_decryption(true);
    let value = get.send().await.unwrap().parameter.unwrap().value.unwrap();
    value.lines().map(str::to_owned).collect()
}

async fn newest(system: &System) -> String {
    let said = system.run(&["token", "show"]).await;
    assert_eq!(said.code, Some(0), "{said:#?}");
    said.stdout.trim().to_owned()
}

/// Waits until the token works: one that was put a moment ago is not looked for by an `api` that asked less than five
/// seconds before.
async fn works(system: &System, token: &str) {
    let taken = async || (system.post_token(token).await.status == 200).then_some(());
    system.until("a token that works", taken).await;
}

async fn a_new_token_works_beside_the_old_and_is_shown_only_when_asked_for(system: &System) {
    let said = system.run(&["token", "rotate"]).await;
    assert_eq!(said.code, Some(0), "{said:#?}");
    let new = newest(system).await;
    assert_eq!(tokens(system).await, [new.as_str(), TOKEN]);
    assert!(!said.stdout.contains(&new) && !said.stderr.contains(&new), "{said:#?}");
    for token in [TOKEN, new.as_str()] {
        assert_eq!(system.post_token(token).await.status, 200);
    }

    let again = found(&system.run(&["token", "rotate", "--json", "--print"]).await, 0);
    assert_eq!((&again["step"], &again["token"]), (&Value::from("under_way"), &Value::from(new.as_str())));
    assert_eq!(tokens(system).await, [new.as_str(), TOKEN], "no third one");
}

async fn the_key_of_the_parameter_stays_what_it_was(system: &System) {
    let put = system.ssm.put_parameter().name(system.token_parameter()).value(TOKEN).overwrite(true);
    put.r#type(ParameterType::SecureString).key_id("alias/our-own").send().await.unwrap();
    assert_eq!(system.run(&["token", "rotate"]).await.code, Some(0));
    let history = system.ssm.get_parameter_history().name(system.token_parameter()).send().await.unwrap();
    let keys: Vec<_> = history.parameters().iter().map(|version| version.key_id().unwrap()).collect();
    assert_eq!(keys, ["alias/aws/ssm", "alias/our-own", "alias/our-own"]);
}

/// Writes tokens as a command does that has read this version and is killed afterwards.
async fn write_and_be_cut_off(system: &System, base: u32, tokens: &[&str]) {
    let put =
        system.ssm.put_parameter().name(system.token_parameter()).value(tokens.join("\n")).overwrite(true);
    let put =
        put.description(format!("Ours. [mailroom token: change of version {base}, {base} {}]", tokens[0]));
    put.r#type(ParameterType::SecureString).send().await.unwrap();
}

async fn what_a_killed_command_overwrote_comes_back_and_what_was_removed_does_not(system: &System) {
    assert_eq!(system.run(&["token", "rotate"]).await.code, Some(0));
    let new = newest(system).await;
    write_and_be_cut_off(system, 1, &["other", TOKEN]).await;
    let shown = system.run(&["token", "show"]).await;
    assert!(
        shown.stdout == "other\n" && shown.stderr.contains("an interrupted command overwrote"),
        "{shown:#?}"
    );
    let repaired = found(&system.run(&["token", "rotate", "--json"]).await, 0);
    assert_eq!((&repaired["step"], &repaired["repaired"]), (&Value::from("under_way"), &Value::from(true)));
    assert_eq!(tokens(system).await, ["other", new.as_str(), TOKEN]);
    let whole = system.run(&["token", "show"]).await;
    assert!(!whole.stderr.contains("overwrote"), "{whole:#?}");

    // Version 4 is the repair. One command removes the old tokens, and another, that began long before, has one of them.
    write_and_be_cut_off(system, 4, &["other"]).await;
    write_and_be_cut_off(system, 1, &["third", TOKEN]).await;
    let repaired = found(&system.run(&["token", "rotate", "--json"]).await, 0);
    assert_eq!((&repaired["step"], &repaired["repaired"]), (&Value::from("under_way"), &Value::from(true)));
    assert_eq!(tokens(system).await, ["third", "other"]);
    let history = system.ssm.get_parameter_history().name(system.token_parameter()).send().await.unwrap();
    let last = history.parameters().last().unwrap().description().unwrap();
    assert!(last.starts_with("Ours. [mailroom token: repair of version 6, "), "{last}");
}

/// Gives a caller a token with the command, and returns it.
async fn give(system: &System, caller: &str) -> String {
    let given = found(&system.run(&["token", "rotate", "--caller", caller, "--json", "--print"]).await, 0);
    assert_eq!((&given["step"], &given["caller"]), (&json!("created"), &json!(caller)), "{given}");
    given["token"].as_str().unwrap().to_owned()
}

async fn of_two_callers_one_is_revoked_and_the_other_goes_on(system: &System) {
    let (billing, shop) = (give(system, "billing").await, give(system, "shop").await);
    assert!(billing.starts_with("mailroom_billing_") && shop.starts_with("mailroom_shop_"));
    assert_eq!(tokens(system).await, [TOKEN, &billing, &shop], "the unnamed one stays in front");
    for (sender, token, caller) in [("a", &billing, "billing"), ("b", &shop, "shop")] {
        let post = json!({"data": email(sender), "token": token});
        let receipt = system.post_body(post.to_string()).await.receipt();
        let object = system.stored_object(&format!("{sender}_1693561101.json")).await;
        assert_eq!((&object.metadata["caller"], &object.metadata["receipt"]), (&caller.to_owned(), &receipt));
        for message in ["accepted", "filed"] {
            let line = async || {
                let lines = system.log.with_message(message);
                lines.into_iter().find(|line| line["receipt"] == receipt.as_str())
            };
            assert_eq!(system.until("its line", line).await["caller"], caller);
        }
    }

    let revoked = found(&system.run(&["token", "revoke", "--caller", "billing", "--json"]).await, 0);
    let said = (&revoked["step"], &revoked["confirmed"], &revoked["tokens"], &revoked["own"]);
    assert_eq!(said, (&json!("revoked"), &json!(true), &json!(2), &json!(0)));
    assert_eq!(system.post_token(&billing).await.status, 403);
    for token in [&shop, TOKEN] {
        assert_eq!(system.post_token(token).await.status, 200);
    }
    assert_eq!(tokens(system).await, [TOKEN, &shop]);
}

async fn a_caller_is_rotated_and_retired_alone_and_the_list_shows_no_token(system: &System) {
    let (old, shop) = (give(system, "billing").await, give(system, "shop").await);
    let rotated = system.run(&["token", "rotate", "--caller", "billing"]).await;
    assert_eq!(rotated.code, Some(0), "{rotated:#?}");
    assert!(rotated.stdout.contains("mailroom token retire --caller billing"), "{rotated:#?}");
    let shown = system.run(&["token", "show", "--caller", "billing"]).await;
    let new = shown.stdout.trim();
    assert!(new.starts_with("mailroom_billing_") && new != old, "{shown:#?}");
    assert!(!rotated.stdout.contains(new), "{rotated:#?}");
    assert_eq!(tokens(system).await, [TOKEN, new, &old, &shop]);
    assert_eq!(newest(system).await, TOKEN, "the unnamed one");

    let list = system.run(&["token", "show", "--callers"]).await;
    let secrets = [TOKEN, new, &old, &shop].map(|token| token.rsplit('_').next().unwrap().to_owned());
    assert!(secrets.iter().all(|secret| !list.stdout.contains(secret)), "{list:#?}");
    let list = found(&system.run(&["token", "show", "--callers", "--json"]).await, 0);
    let callers = json!([{"caller": "billing", "tokens": 2}, {"caller": "shop", "tokens": 1}]);
    assert_eq!((&list["unnamed"], &list["callers"]), (&json!(1), &callers));

    let retired = found(&system.run(&["token", "retire", "--caller", "billing", "--json"]).await, 0);
    assert_eq!((&retired["step"], &retired["confirmed"]), (&json!("retired"), &json!(true)));
    assert_eq!(tokens(system).await, [TOKEN, new, &shop]);
    assert_eq!(system.post_token(&old).await.status, 403);
}

on_both!(
    of_two_callers_one_is_revoked_and_the_other_goes_on,
    a_caller_is_rotated_and_retired_alone_and_the_list_shows_no_token,
    what_a_killed_command_overwrote_comes_back_and_what_was_removed_does_not,
    a_new_token_works_beside_the_old_and_is_shown_only_when_asked_for,
    the_key_of_the_parameter_stays_what_it_was,
);

#[tokio::test(flavor = "multi_thread")]
async fn killed_again_and_again_a_rotation_refuses_nobody_and_ends_with_one_new_token() {
    // Each ends with a minute of waiting for the old token to be forgotten.
    let seeds: Vec<_> = (0..rounds_of_kills()).map(|_| fastrand::u64(..)).collect();
    println!("seeds {seeds:?}");
    let kills = futures::future::join_all(seeds.into_iter().map(kill_until_it_is_rotated)).await;
    println!("kills {kills:?}");
}

/// How often it was killed.
async fn kill_until_it_is_rotated(seed: u64) -> u64 {
    let (mut random, system) = (fastrand::Rng::with_seed(seed), Ours::start().await);
    let mut kills = 0;
    for step in ["rotate", "retire"] {
        let mut longest = 400;
        loop {
            let before = tokens(&system).await;
            let moment = Duration::from_millis(random.u64(1..longest));
            let ended = kill_after(&system, &["token", step, "--json"], moment).await;
            let after = tokens(&system).await;
            let newest = after.first().expect("never without a token");
            if step == "rotate" {
                assert!(after.contains(&TOKEN.to_owned()), "the callers' own token was lost");
                assert_eq!(system.post_token(TOKEN).await.status, 200);
                assert!(after.len() <= 2, "a killed rotation is taken up, not begun again");
            } else {
                assert_eq!(newest, &before[0], "the newest stays");
            }
            works(&system, newest).await;
            if let Some(said) = ended {
                found(&said, 0);
                break;
            }
            // To its end at some time, which is a minute for an old token to be forgotten.
            (kills, longest) = (kills + 1, if kills > 10 { 120_000 } else { longest });
        }
    }
    let left = tokens(&system).await;
    assert!(left.len() == 1 && left[0] != TOKEN, "one new token");
    assert_eq!(system.post_token(TOKEN).await.status, 403);
    assert_eq!(system.post_token(&left[0]).await.status, 200);
    assert!(kills > 0, "it was never killed");
    kills
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_rotations_at_the_same_time_neither_loses_its_token() {
    let system = Ours::start().await;
    // Both have read before either writes.
    let slow = sandbox::services::faults::Fault::Delay(Duration::from_secs(1));
    system.fault("PutParameter", slow, sandbox::services::faults::Times::N(2));
    let rotate = async || found(&system.run(&["token", "rotate", "--json", "--print"]).await, 0);
    let (one, other) = tokio::join!(rotate(), rotate());
    let left = tokens(&system).await;
    assert_eq!(left.len(), 3, "two new ones and the old one");
    for token in [&one["token"], &other["token"]] {
        assert!(left.iter().any(|left| token == left.as_str()));
        works(&system, token.as_str().unwrap()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_system_without_a_token_gets_its_first_one() {
    let system = Ours::start().await;
    system.ssm.delete_parameter().name(system.token_parameter()).send().await.unwrap();
    let created = found(&system.run(&["token", "rotate", "--json", "--print"]).await, 0);
    assert_eq!((&created["step"], &created["tokens"]), (&Value::from("created"), &Value::from(1)));
    assert_eq!(system.post_token(created["token"].as_str().unwrap()).await.status, 200);
    let nothing = found(&system.run(&["token", "retire", "--json"]).await, 0);
    assert_eq!(nothing["step"], "nothing_to_retire");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_unnamed_token_no_caller_is_revoked_and_a_name_must_be_one() {
    let system = Ours::start().await;
    let billing = named_token("billing");
    system.set_tokens(&billing).await;
    let refused = system.run(&["token", "revoke", "--caller", "billing"]).await;
    assert_eq!(refused.code, Some(1), "{refused:#?}");
    assert!(refused.stderr.contains("mailroom token rotate"), "{refused:#?}");
    assert_eq!(tokens(&system).await, [billing]);
    let shown = system.run(&["token", "show"]).await;
    assert!(shown.code == Some(1) && shown.stderr.contains("--caller"), "{shown:#?}");
    let nothing = found(&system.run(&["token", "revoke", "--caller", "shop", "--json"]).await, 0);
    assert_eq!(nothing["step"], "nothing_to_revoke");
    for command in ["rotate", "retire", "revoke", "show"] {
        let usage = system.run(&["token", command, "--caller", "Web_Shop"]).await;
        assert_eq!(usage.code, Some(2), "{usage:#?}");
    }
}

async fn tokens_in_a_secret_are_read_and_shown_and_rotated_by_the_named_command_only(system: &System) {
    let parameter = system.token_parameter();
    let secret = parameter.strip_prefix("/aws/reference/secretsmanager/").expect("a reference");
    let create = format!("aws secretsmanager create-secret --name {secret} --secret-string {TOKEN}");
    let Some(said) = system.aws_cli(&create).await else { return };
    assert_eq!(said.code, Some(0), "{said:#?}");
    works(system, TOKEN).await;
    assert_eq!(newest(system).await, TOKEN);
    let billing = named_token("billing");
    for command in [&["rotate"][..], &["retire"], &["revoke", "--caller", "billing"]] {
        let refused = system.run(&[&["token"], command].concat()).await;
        assert_eq!(refused.code, Some(1), "{refused:#?}");
        let named =
            format!("aws secretsmanager put-secret-value --secret-id {secret} --secret-string file://tokens");
        assert!(refused.stderr.contains(&named), "{refused:#?}");
    }
    let status = system.run(&["status", "--json"]).await.json();
    let part = status["parts"].as_array().unwrap().iter().find(|part| part["name"] == "token").unwrap();
    assert_eq!(part["state"], "well", "{part}");

    let script = format!(
        "set -e; cd \"$(mktemp -d)\"; printf '%s\\n' {billing} > tokens; \
         aws secretsmanager put-secret-value --secret-id {secret} --secret-string file://tokens"
    );
    let Some(said) = system.aws_cli(&script).await else { return };
    assert_eq!(said.code, Some(0), "{said:#?}");
    works(system, &billing).await;
    let refused = async || (system.post_token(TOKEN).await.status == 403).then_some(());
    system.until("refusal of the old token", refused).await;
    let shown = system.run(&["token", "show", "--caller", "billing"]).await;
    assert_eq!(shown.stdout.trim(), billing, "{shown:#?}");
}

mod in_a_secret {
    use crate::harness::on_both;

    use super::tokens_in_a_secret_are_read_and_shown_and_rotated_by_the_named_command_only;

    on_both!(tokens_in_a_secret_are_read_and_shown_and_rotated_by_the_named_command_only: parameter("TokenSecret", "mail/tokens"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_text_can_not_show_whole_is_shown_in_json_only() {
    let system = Ours::start().await;
    system.set_tokens("by hand\u{1b}[31m").await;
    let text = system.run(&["token", "show"]).await;
    assert_eq!((text.code, text.stdout.as_str()), (Some(1), ""), "{text:#?}");
    assert!(text.stderr.contains("--json"), "{text:#?}");
    assert_eq!(found(&system.run(&["token", "show", "--json"]).await, 0)["token"], "by hand\u{1b}[31m");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_overlap_ends_by_itself_and_what_was_cut_off_then_is_seen_to_its_end_by_the_next() {
    let system = Ours::start().await;
    let mut tool = system.tool(&["token", "rotate", "--retire-after", "1s"]).await;
    let mut process = tool.stdout(std::process::Stdio::null()).spawn().unwrap();
    let alone = async || Some(tokens(&system).await).filter(|tokens| tokens.len() == 1 && tokens[0] != TOKEN);
    system.until("the new token alone", alone).await;
    process.kill().await.unwrap();
    let rest = found(&system.run(&["token", "retire", "--json"]).await, 0);
    assert_eq!((&rest["step"], &rest["confirmed"]), (&Value::from("retired"), &Value::from(true)));
    assert_eq!(system.post_token(TOKEN).await.status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_line_of_the_documentation_reads_the_newest_token_during_a_rotation() {
    let system = Ours::start().await;
    let page = crate::docs::read("docs/OPERATIONS.md");
    let (_, rest) = page.split_once("TOKEN=$(aws ssm").unwrap();
    let line = format!("TOKEN=$(aws ssm{}sed -n 1p)", rest.split("sed -n 1p)").next().unwrap());
    let help = system.run(&["token", "--help"]).await;
    assert!(line.lines().all(|part| help.stdout.contains(part.trim())), "{line}: {help:#?}");

    // Nothing closes the pipe before `aws` has written its last line.
    let script = format!("set -euo pipefail; parameter=x; aws() {{ seq 100000; }}; {line}; echo $TOKEN");
    let said = tokio::process::Command::new("bash").args(["-c", &script]).output().await.unwrap();
    assert!(said.status.success() && said.stdout == b"1\n", "{said:?}");

    assert_eq!(system.run(&["token", "rotate"]).await.code, Some(0));
    let read = async |line: &str| {
        let script = format!("parameter={}; {line}; printf %s \"$TOKEN\"", system.token_parameter());
        system.aws_cli(&script).await
    };
    let Some(said) = read(&line).await else { return };
    assert_eq!((said.code, &said.stdout), (Some(0), &newest(&system).await), "{said:#?}");
    works(&system, &said.stdout).await;
    let both = read(&line.replace(" | sed -n 1p", "")).await.unwrap().stdout;
    assert!([400, 403].contains(&system.post_token(&both).await.status), "the value as it is");
}
