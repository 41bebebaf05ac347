//! `Rules`: what CloudFormation refuses before it creates anything.

use super::file::{File, list, text};
use serde_json::Value;
use std::collections::BTreeMap;

const CERTIFICATE: (&str, &str) = ("CertificateArn", "arn:aws:acm:eu-central-1:123456789012:certificate/1");
const NAME: (&str, &str) = ("DomainName", "mail.example.org");
const CLOUDFRONT: (&str, &str) = ("CloudFrontPrefixListId", "pl-0123abcd");

/// The value of a rule's condition or assertion.
fn holds(expression: &Value, values: &BTreeMap<String, String>) -> bool {
    let value =
        |operand: &Value| operand["Ref"].as_str().map_or_else(|| text(operand), |name| values[name].clone());
    let (name, argument) = expression.as_object().unwrap().iter().next().unwrap();
    let arguments = list(argument);
    match name.as_str() {
        "Fn::Equals" => value(arguments[0]) == value(arguments[1]),
        "Fn::Not" => !holds(arguments[0], values),
        "Fn::And" => arguments.iter().all(|argument| holds(argument, values)),
        other => panic!("rules don't know {other}, or this test doesn't"),
    }
}

/// The rules that refuse a deployment with these values, all others being left at their defaults.
pub(crate) fn refusing(given: &[(&str, &str)]) -> Vec<String> {
    let file = File::read();
    let mut values: BTreeMap<_, _> = file
        .section("Parameters")
        .iter()
        .map(|(name, parameter)| (name.clone(), text(&parameter["Default"])))
        .collect();
    values.extend(given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let refuses = |rule: &Value| {
        let mut assertions = list(&rule["Assertions"]).into_iter();
        holds(&rule["RuleCondition"], &values)
            && assertions.any(|assertion| !holds(&assertion["Assert"], &values))
    };
    file.section("Rules").iter().filter(|(_, rule)| refuses(rule)).map(|(name, _)| name.clone()).collect()
}

#[test]
fn prod_is_refused_without_a_certificate_unless_plain_http_is_asked_for() {
    let prod = ("Stage", "prod");
    assert_eq!(refusing(&[prod]), ["ProdNeedsCertificate"]);
    assert_eq!(
        refusing(&[prod, CLOUDFRONT]),
        ["ProdNeedsCertificate"],
        "from CloudFront on it is plain HTTP"
    );
    for fine in
        [&[prod, CERTIFICATE, NAME][..], &[prod, ("AllowPlainHttp", "yes")], &[], &[("Stage", "staging")]]
    {
        assert_eq!(refusing(fine), [""; 0], "{fine:?}");
    }
}

#[test]
fn what_does_not_fit_together_is_refused() {
    let zone = ("HostedZoneId", "Z0123456789");
    assert_eq!(refusing(&[CERTIFICATE]), ["CertificateNeedsName"]);
    assert_eq!(refusing(&[zone]), ["ZoneNeedsName"]);
    assert_eq!(refusing(&[NAME, CLOUDFRONT]), ["NameIsTheLoadBalancers"]);
    assert!(refusing(&[CERTIFICATE, NAME, CLOUDFRONT]).contains(&"CertificateNeedsName".to_owned()));
    assert_eq!(refusing(&[CERTIFICATE, NAME, zone]), [""; 0]);
    assert_eq!(refusing(&[CLOUDFRONT]), [""; 0]);
}
