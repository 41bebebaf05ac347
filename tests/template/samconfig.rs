//! `samconfig.toml`: what each environment gives the template.

use super::file::{File, text};
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

fn parameters(environment: &str) -> Vec<(String, String)> {
    let overrides = deploy(environment)["parameter_overrides"].clone();
    let pair = |text: &Value| {
        text.as_str().unwrap().split_once('=').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap()
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
        assert_eq!(settings["stack_name"], stack);
        assert!(
            stack.len() <= 20 && stack.to_lowercase() == stack,
            "{stack}: names that start with it would not fit"
        );
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
