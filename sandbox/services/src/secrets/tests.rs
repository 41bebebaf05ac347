//! Secrets, as a client sees them.

use super::*;
use serde_json::{Value, json};

fn secrets() -> Secrets {
    let secrets = Secrets::open("eu-central-1", "000000000000", Store::volatile()).unwrap();
    secrets.ensure("app/token", "hunter2").unwrap();
    secrets
}

fn call(secrets: &Secrets, operation: &str, request: Value) -> Result<Value, String> {
    api::call(secrets, operation, request).map_err(|error| error.code().to_owned())
}

#[test]
fn a_new_value_becomes_the_current_version_and_the_one_before_stays_readable() {
    let secrets = secrets();
    let put = json!({"SecretId": "app/token", "SecretString": "hunter3", "ClientRequestToken": "two"});
    let written = call(&secrets, "PutSecretValue", put.clone()).unwrap();
    assert_eq!((&written["VersionId"], &written["VersionStages"]), (&json!("two"), &json!(["AWSCURRENT"])));
    assert_eq!(call(&secrets, "PutSecretValue", put).unwrap(), written, "the same request again");
    let get = |more: Value| {
        let mut request = json!({"SecretId": "app/token"});
        request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        call(&secrets, "GetSecretValue", request).map(|answer| answer["SecretString"].clone())
    };
    assert_eq!(get(json!({})).unwrap(), "hunter3");
    assert_eq!(get(json!({"VersionStage": "AWSPREVIOUS"})).unwrap(), "hunter2");
    assert_eq!(get(json!({"VersionId": "two"})).unwrap(), "hunter3");
    assert_eq!(get(json!({"VersionId": "three"})), Err("ResourceNotFoundException".to_owned()));
    let by_arn = json!({"SecretId": written["ARN"]});
    assert_eq!(call(&secrets, "GetSecretValue", by_arn).unwrap()["Name"], "app/token");
    let other = json!({"SecretId": "app/token", "SecretString": "x", "ClientRequestToken": "two"});
    assert_eq!(call(&secrets, "PutSecretValue", other), Err("ResourceExistsException".to_owned()));
}

#[test]
fn what_aws_refuses_is_refused() {
    let secrets = secrets();
    for (operation, request, code) in [
        ("CreateSecret", json!({"Name": "app/token", "SecretString": "x"}), "ResourceExistsException"),
        ("CreateSecret", json!({"Name": "a b", "SecretString": "x"}), "ValidationException"),
        ("CreateSecret", json!({"Name": "a", "SecretString": "x".repeat(65_537)}), "ValidationException"),
        ("PutSecretValue", json!({"SecretId": "b", "SecretString": "x"}), "ResourceNotFoundException"),
        ("PutSecretValue", json!({"SecretId": "app/token", "SecretString": ""}), "ValidationException"),
        ("GetSecretValue", json!({"SecretId": "b"}), "ResourceNotFoundException"),
        (
            "CreateSecret",
            json!({"Name": "c", "SecretString": "x", "KmsKeyId": "k"}),
            "SerializationException",
        ),
        ("DeleteSecret", json!({"SecretId": "app/token"}), "UnknownOperationException"),
    ] {
        assert_eq!(call(&secrets, operation, request), Err(code.to_owned()), "{operation}");
    }
    assert!(!format!("{secrets:?}").contains("hunter2"));
}

#[tokio::test]
async fn secrets_survive_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let open = || {
        let store = Store::open(directory.path()).unwrap();
        Secrets::open("eu-central-1", "000000000000", store).unwrap()
    };
    let before = open();
    before.ensure("a", "1").unwrap();
    before.ensure("a", "2").unwrap();
    let arn = before.get("a", Selected::default()).unwrap().arn;
    before.store.close().await.unwrap();
    let after = open().get("a", Selected::default()).unwrap();
    assert_eq!((after.version.value.as_str(), after.arn), ("2", arn));
}
