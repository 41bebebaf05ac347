//! `samconfig.toml`: what each environment gives the template.

use super::file::{File, text};
use super::names::LONGEST_STACK_NAME;
use super::rules::refusing;
use crate::harness::root;
use serde_json::Value;
use std::collections::BTreeMap;

/// The lines of a section as names and values. Strings, booleans and lists are written in TOML as in JSON.
fn section(name: &str) -> BTreeMap<String, Value> {
    let file = std::fs::read_to_string(root().join("samconfig.toml")).unwrap();
    let lines = file.lines().skip_while(|line| *line != format!("[{name}]")).skip(1);
    let settings = lines.take_while(|line| !line.starts_with('[')).filter_map(|line| line.split_once(" = "));
    let value = |text: &str| {
        let text = text.split(" #").next().unwrap_or(text);
        serde_json::from_str(text).unwrap_or_else(|error| panic!("{name}: {text}: {error}"))
    };
    settings.map(|(name, text)| (name.to_owned(), value(text))).collect()
}

fn deploy(environment: &str) -> BTreeMap<String, Value> {
    let settings = section(&format!("{environment}.deploy.parameters"));
    assert!(!settings.is_empty(), "samconfig.toml has no {environment}");
    settings
}

/// What `sam build` and `sam deploy` both read.
fn global(environment: &str) -> BTreeMap<String, Value> {
    section(&format!("{environment}.global.parameters"))
}

fn parameters(environment: &str) -> Vec<(String, String)> {
    let overrides = global(environment)["parameter_overrides"].clone();
    let pair = |text: &Value| {
        let (name, value) = text.as_str().unwrap().split_once('=').unwrap();
        // SAM wants quotes around a value with a blank.
        (name.to_owned(), value.trim_matches('"').to_owned())
    };
    overrides.as_array().unwrap().iter().map(pair).collect()
}

#[test]
fn every_environment_gives_parameters_that_there_are_values_that_they_take() {
    let file = File::read();
    for environment in ["default", "dev", "staging", "prod"] {
        for (name, value) in parameters(environment) {
            let parameter = file.section("Parameters").get(&name);
            let parameter = parameter.unwrap_or_else(|| panic!("{environment}: there is no {name}"));
            if let Value::Array(allowed) = &parameter["AllowedValues"] {
                assert!(allowed.contains(&value.as_str().into()), "{environment}: {name}={value}");
            }
            if let (Some(least), Some(most)) = (parameter.get("MinValue"), parameter.get("MaxValue")) {
                let number = |text: &str| text.parse::<u64>().unwrap();
                assert!(
                    (number(&text(least))..=number(&text(most))).contains(&number(&value)),
                    "{name}={value}"
                );
            }
        }
    }
}

#[test]
fn environments_have_stacks_stages_and_tags_of_their_own() {
    for (environment, stage, stack) in [
        ("default", "dev", "mailroom-dev"),
        ("dev", "dev", "mailroom-dev"),
        ("staging", "staging", "mailroom-staging"),
        ("prod", "prod", "mailroom"),
    ] {
        let settings = deploy(environment);
        assert_eq!(global(environment)["stack_name"], stack);
        assert!(is_stack_name(stack), "{stack}: a name that starts with it would be refused");
        assert!(parameters(environment).contains(&("Stage".to_owned(), stage.to_owned())), "{environment}");
        assert_eq!(
            settings["tags"],
            serde_json::json!(["project=mailroom", format!("stage={stage}")]),
            "{environment}"
        );
        assert_eq!(settings["capabilities"], "CAPABILITY_IAM", "{environment}: no role has a name");
        assert_eq!(
            settings["resolve_s3"], true,
            "{environment}: on an empty account there is no bucket for the code"
        );
    }
}

/// True if every service takes names that begin with this one: a load balancer's has 32 characters, a bucket's
/// and a log group's are lower case, and services reserve some beginnings.
///
/// [Parameter names](https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html),
/// [bucket names](https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html),
/// [load balancers](https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html)
fn is_stack_name(name: &str) -> bool {
    const RESERVED: [&str; 8] =
        ["aws", "ecs", "fargate", "ssm", "internal-", "sthree-", "amzn-s3-demo-", "xn--"];
    let of = |set: fn(&char) -> bool, at: Option<char>| at.is_some_and(|character| set(&character));
    name.len() <= LONGEST_STACK_NAME
        && name.chars().all(|at| at.is_ascii_lowercase() || at.is_ascii_digit() || at == '-')
        && of(char::is_ascii_lowercase, name.chars().next())
        && !name.ends_with('-')
        && !RESERVED.iter().any(|reserved| name.starts_with(reserved))
}

#[test]
fn names_that_a_service_refuses_are_no_stack_names() {
    for name in ["m", "mailroom", "mailroom-dev-2", "abcdefghijklmnopqrst"] {
        assert!(is_stack_name(name), "{name}");
    }
    for name in [
        "",
        "Mailroom",
        "2mail",
        "mail_room",
        "mail-",
        "abcdefghijklmnopqrstu",
        "awsmail",
        "ssm",
        "internal-mail",
        "xn--mail",
    ] {
        assert!(!is_stack_name(name), "{name}");
    }
}

/// `sam build` reads no deploy section: functions for arm64 would end on x86_64.
#[test]
fn the_build_reads_the_parameters_that_the_deployment_reads() {
    for environment in ["default", "dev", "staging", "prod"] {
        for command in ["build", "deploy"] {
            let settings = section(&format!("{environment}.{command}.parameters"));
            assert!(
                !settings.contains_key("parameter_overrides"),
                "{environment}.{command} replaces the shared list"
            );
        }
    }
}

/// `sam deploy` keeps the last value of a parameter that is not given, and going back leaves `false`.
#[test]
fn staging_and_prod_shift_traffic_and_every_environment_says_whether() {
    for (environment, shifts) in
        [("default", "false"), ("dev", "false"), ("staging", "true"), ("prod", "true")]
    {
        let said = ("ShiftTraffic".to_owned(), shifts.to_owned());
        assert!(parameters(environment).contains(&said), "{environment}");
    }
}

#[test]
fn staging_and_prod_have_a_canary_and_dev_has_none() {
    for environment in ["default", "dev", "staging", "prod"] {
        let rate = parameters(environment).into_iter().find(|(name, _)| name == "CanaryRate");
        let wanted = ["staging", "prod"].contains(&environment).then_some("rate(5 minutes)");
        assert_eq!(rate.as_ref().map(|(_, rate)| rate.as_str()), wanted, "{environment}");
    }
}

#[test]
fn emails_that_matter_are_kept_for_as_long_as_sqs_can() {
    for environment in ["staging", "prod"] {
        let kept = ("MessageRetention".to_owned(), (14 * 86_400).to_string());
        assert!(parameters(environment).contains(&kept), "{environment}");
    }
}

/// The certificate is its owner's to add; without it CloudFormation refuses.
#[test]
fn dev_deploys_as_it_is_and_prod_waits_for_its_certificate() {
    let refusing = |environment| {
        let given = parameters(environment);
        refusing(&given.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect::<Vec<_>>())
    };
    for environment in ["default", "dev", "staging"] {
        assert_eq!(refusing(environment), [""; 0], "{environment}");
    }
    assert_eq!(refusing("prod"), ["ProdNeedsCertificate"]);
}
