//! Parameters, as a client sees them.

use super::*;
use serde_json::{Value, json};
use std::borrow::Cow;

fn ssm() -> Ssm {
    let ssm = Ssm::open("eu-central-1", "000000000000", Store::volatile()).unwrap();
    ssm.put_secure_string("/stack/token", "hunter2").unwrap();
    ssm
}

fn get(ssm: &Ssm, name: &str) -> Result<Value, Cow<'static, str>> {
    let answer = api::call(ssm, "GetParameter", json!({"Name": name, "WithDecryption": true}));
    answer.map(|answer| answer["Parameter"]["Value"].clone()).map_err(|error| error.code)
}

#[test]
fn a_secure_string_is_readable_with_decryption_only() {
    let ssm = ssm();
    assert_eq!(get(&ssm, "/stack/token").unwrap(), "hunter2");
    let answer = api::call(&ssm, "GetParameter", json!({"Name": "/stack/token"})).unwrap();
    assert!(answer["Parameter"]["Value"].as_str().unwrap().starts_with("AQICAH"));
    assert!(!answer.to_string().contains("hunter2"));
    assert_eq!(answer["Parameter"]["ARN"], "arn:aws:ssm:eu-central-1:000000000000:parameter/stack/token");
}

#[test]
fn a_parameter_is_found_by_name_by_arn_and_by_version() {
    let ssm = ssm();
    ssm.put_secure_string("/stack/token", "hunter3").unwrap();
    ssm.put("plain", ParameterType::String, "text").unwrap();
    let arn = "arn:aws:ssm:eu-central-1:000000000000:parameter";
    for (name, value) in [
        ("/stack/token", "hunter3"),
        ("/stack/token:1", "hunter2"),
        (&format!("{arn}/stack/token"), "hunter3"),
        (&format!("{arn}/stack/token:1"), "hunter2"),
        (&format!("{arn}/plain"), "text"),
    ] {
        assert_eq!(get(&ssm, name).unwrap(), value, "{name}");
    }
}

#[test]
fn what_is_not_there_is_not_found() {
    let ssm = ssm();
    assert_eq!(get(&ssm, "/stack/other"), Err("ParameterNotFound".into()));
    assert_eq!(get(&ssm, "stack/token"), Err("ParameterNotFound".into()));
    assert_eq!(get(&ssm, "/stack/token:2"), Err("ParameterVersionNotFound".into()));
}

#[test]
fn a_parameter_is_overwritten_only_on_request() {
    let ssm = ssm();
    let put = |overwrite: bool| {
        let request =
            json!({"Name": "/stack/token", "Value": "new", "Type": "SecureString", "Overwrite": overwrite});
        api::call(&ssm, "PutParameter", request).map(|answer| answer["Version"].clone()).map_err(|e| e.code)
    };
    assert_eq!(put(false), Err("ParameterAlreadyExists".into()));
    assert_eq!(put(true), Ok(json!(2)));
    assert_eq!(get(&ssm, "/stack/token").unwrap(), "new");
    let untyped = json!({"Name": "/stack/token", "Value": "newer", "Overwrite": true});
    assert_eq!(api::call(&ssm, "PutParameter", untyped).unwrap()["Version"], 3);
    assert_eq!(ssm.select("/stack/token").unwrap().0.kind, ParameterType::SecureString, "the type it had");
}

#[test]
fn each_version_has_its_description_and_inherits_one_that_a_write_leaves_out() {
    let ssm = ssm();
    let put = |value: &str, description: Option<String>| {
        let mut request = json!({"Name": "/a", "Value": value, "Type": "String", "Overwrite": true});
        request["Description"] = json!(description);
        api::call(&ssm, "PutParameter", request).map(|_| ()).map_err(|error| error.code)
    };
    put("1", None).unwrap();
    put("2", Some("of two".to_owned())).unwrap();
    put("3", None).unwrap();
    assert_eq!(put("4", Some("x".repeat(1_025))), Err("ValidationException".into()));
    let history = api::call(&ssm, "GetParameterHistory", json!({"Name": "/a"})).unwrap();
    let versions = history["Parameters"].as_array().unwrap().iter();
    let descriptions: Vec<_> = versions.map(|version| version["Description"].as_str()).collect();
    assert_eq!(descriptions, [None, Some("of two"), Some("of two")]);
}

#[test]
fn a_name_type_or_value_that_aws_refuses_is_refused() {
    let ssm = ssm();
    for request in [
        json!({"Name": "a b", "Value": "x", "Type": "String"}),
        json!({"Name": "aws-token", "Value": "x", "Type": "String"}),
        json!({"Name": "/SSM/token", "Value": "x", "Type": "String"}),
        json!({"Name": "a", "Value": "", "Type": "String"}),
        json!({"Name": "a", "Value": "x".repeat(4_097), "Type": "String"}),
        json!({"Name": "a", "Value": "x", "Type": "Text"}),
        json!({"Name": "a", "Value": "x"}),
    ] {
        let error = api::call(&ssm, "PutParameter", request.clone()).unwrap_err();
        assert_eq!(error.code(), "ValidationException", "{request}");
    }
}

#[test]
fn parameters_are_read_together_and_what_is_not_there_is_named() {
    let ssm = ssm();
    let request = json!({"Names": ["/stack/token", "/stack/other"], "WithDecryption": true});
    let answer = api::call(&ssm, "GetParameters", request).unwrap();
    assert_eq!(answer["Parameters"][0]["Value"], "hunter2");
    assert_eq!(answer["InvalidParameters"], json!(["/stack/other"]));
    let all = api::call(&ssm, "GetParameters", json!({"Names": ["/stack/token"]})).unwrap();
    assert_eq!(all["InvalidParameters"], json!([]), "AWS writes an empty list");
    let none = api::call(&ssm, "GetParameters", json!({"Names": ["/stack/other"]})).unwrap();
    assert_eq!(none, json!({"Parameters": [], "InvalidParameters": ["/stack/other"]}));
    let names: Vec<_> = (0..11).map(|n| n.to_string()).collect();
    assert!(api::call(&ssm, "GetParameters", json!({"Names": names})).is_err());
}

#[test]
fn a_deleted_parameter_is_gone_with_its_history() {
    let ssm = ssm();
    ssm.put_secure_string("/stack/token", "hunter3").unwrap();
    let call = |operation: &str| {
        let request = json!({"Name": "/stack/token"});
        api::call(&ssm, operation, request).map_err(|error| error.code)
    };
    let history = call("GetParameterHistory").unwrap();
    assert_eq!(
        (&history["Parameters"][0]["Version"], &history["Parameters"][1]["Version"]),
        (&json!(1), &json!(2))
    );
    let latest = &history["Parameters"][1];
    assert_eq!(
        (&latest["Labels"], &latest["Policies"], &latest["Tier"]),
        (&json!([]), &json!([]), &json!("Standard"))
    );
    assert!(!history.to_string().contains("hunter"), "{history}");
    call("DeleteParameter").unwrap();
    for operation in ["GetParameter", "GetParameterHistory", "DeleteParameter"] {
        assert_eq!(call(operation), Err("ParameterNotFound".into()), "{operation}");
    }
}

#[test]
fn a_reference_reads_a_secret_with_decryption_only_and_has_no_history() {
    let ssm = ssm();
    let name = "/aws/reference/secretsmanager/app/token";
    ssm.ensure(name, ParameterType::SecureString, "hunter3").unwrap();
    ssm.ensure(name, ParameterType::SecureString, "hunter4").unwrap();
    ssm.ensure(name, ParameterType::SecureString, "hunter4").unwrap();
    assert_eq!(ssm.value(name).as_deref(), Some("hunter4"));
    let request = json!({"Name": name, "WithDecryption": true});
    let answer = api::call(&ssm, "GetParameter", request).unwrap()["Parameter"].clone();
    let said = (&answer["Name"], &answer["Type"], &answer["Value"], &answer["Version"]);
    assert_eq!(said, (&json!(name), &json!("SecureString"), &json!("hunter4"), &json!(0)));
    let arn = answer["ARN"].as_str().unwrap();
    assert!(arn.starts_with("arn:aws:secretsmanager:eu-central-1:000000000000:secret:app/token-"), "{arn}");
    let source: Value = serde_json::from_str(answer["SourceResult"].as_str().unwrap()).unwrap();
    assert_eq!(
        (&source["SecretString"], &source["VersionStages"]),
        (&json!("hunter4"), &json!(["AWSCURRENT"]))
    );

    let previous = json!({"Name": format!("{name}:AWSPREVIOUS"), "WithDecryption": true});
    let previous = api::call(&ssm, "GetParameter", previous).unwrap()["Parameter"].clone();
    let said = (&previous["Name"], &previous["Value"], &previous["Selector"]);
    assert_eq!(said, (&json!(name), &json!("hunter3"), &json!(":AWSPREVIOUS")));
    let id = format!("{name}:{}", source["VersionId"].as_str().unwrap());
    assert_eq!(get(&ssm, &id).unwrap(), "hunter4");

    let both = json!({"Names": [name, format!("{name}2")], "WithDecryption": true});
    let both = api::call(&ssm, "GetParameters", both).unwrap();
    assert_eq!(both["Parameters"][0]["Value"], "hunter4");
    assert_eq!(both["InvalidParameters"], json!([format!("{name}2")]));
    for (operation, request, code) in [
        ("GetParameter", json!({"Name": name}), "ValidationException"),
        ("GetParameters", json!({"Names": [name]}), "ValidationException"),
        ("GetParameter", json!({"Name": format!("{name}2"), "WithDecryption": true}), "ParameterNotFound"),
        ("GetParameter", json!({"Name": format!("{name}:2"), "WithDecryption": true}), "ParameterNotFound"),
        ("GetParameterHistory", json!({"Name": name}), "ParameterNotFound"),
        ("DeleteParameter", json!({"Name": name}), "ParameterNotFound"),
        (
            "PutParameter",
            json!({"Name": name, "Value": "x", "Type": "SecureString", "Overwrite": true}),
            "ValidationException",
        ),
    ] {
        assert_eq!(api::call(&ssm, operation, request).unwrap_err().code(), code, "{operation}");
    }
}

#[test]
fn values_are_not_debugged() {
    let ssm = ssm();
    assert!(!format!("{ssm:?}").contains("hunter2"));
}

#[test]
fn reads_beyond_forty_a_second_are_throttled_and_nothing_else_is() {
    let ssm = ssm();
    // However slow the machine is, what comes back meanwhile is far less than 300 reads.
    let answers: Vec<_> = (0..300)
        .map(|n| match n % 2 {
            0 => get(&ssm, "/stack/token"),
            _ => api::call(&ssm, "GetParameters", json!({"Names": ["/stack/token"]})).map_err(|e| e.code),
        })
        .collect();
    assert!(answers[..40].iter().all(Result::is_ok), "a whole second's worth comes at once");
    let throttled: Vec<_> = answers.iter().filter_map(|answer| answer.as_ref().err()).collect();
    assert!(
        throttled.len() > 200 && throttled.iter().all(|kind| *kind == "ThrottlingException"),
        "{throttled:?}"
    );
    assert_eq!(ssm.throttled_reads(), throttled.len() as u64);
    api::call(&ssm, "PutParameter", json!({"Name": "/b", "Value": "b", "Type": "String"})).unwrap();
    api::call(&ssm, "GetParameterHistory", json!({"Name": "/b"})).unwrap();

    ssm.limit_reads(1_000);
    assert!((0..300).all(|_| get(&ssm, "/stack/token").is_ok()), "an account may be given more");
}

#[tokio::test]
async fn parameters_and_their_versions_survive_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let open = || {
        let store = Store::open(directory.path()).unwrap();
        Ssm::open("eu-central-1", "000000000000", store).unwrap()
    };
    let before = open();
    for (name, value) in [("/stack/token", "hunter2"), ("/stack/token", "hunter3"), ("gone", "x")] {
        before.put_secure_string(name, value).unwrap();
    }
    before.ensure("/stack/token", ParameterType::SecureString, "hunter3").unwrap();
    before.delete("gone").unwrap();
    before.store.close().await.unwrap();

    let after = open();
    assert_eq!(get(&after, "/stack/token:1").unwrap(), "hunter2");
    assert_eq!(after.value("/stack/token").as_deref(), Some("hunter3"));
    assert_eq!(after.history("/stack/token").unwrap().len(), 2);
    assert_eq!(get(&after, "gone").unwrap_err(), "ParameterNotFound");
}
