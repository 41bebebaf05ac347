//! `Rules`: what CloudFormation refuses before it creates anything.

use super::file::{File, list, text};
use super::values::Values;
use serde_json::Value;

const CERTIFICATE: (&str, &str) = ("CertificateArn", "arn:aws:acm:eu-central-1:123456789012:certificate/1");
const NAME: (&str, &str) = ("DomainName", "mail.example.org");
const HTTP_API: (&str, &str) = ("Endpoint", "http-api");
const BOTH: (&str, &str) = ("Endpoint", "both");
const CLOUDFRONT: (&str, &str) = ("CloudFrontPrefixListId", "pl-0123abcd");

/// The rules that refuse a deployment with these values, all others being left at their defaults.
pub(crate) fn refusing(given: &[(&str, &str)]) -> Vec<String> {
    let file = File::read();
    let values = Values::new(&file, given);
    let refuses = |rule: &Value| {
        let mut assertions = list(&rule["Assertions"]).into_iter();
        values.holds(&rule["RuleCondition"])
            && assertions.any(|assertion| !values.holds(&assertion["Assert"]))
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

/// S3 leaves out objects under a key of the stack unless it gets a key for the copies, and says nothing.
#[test]
fn emails_under_a_key_of_the_stack_are_not_replicated() {
    let replica = ("ReplicaBucketArn", "arn:aws:s3:::mailroom-replica-8f6d3a10");
    assert_eq!(refusing(&[replica, ("EnableCustomerKey", "yes")]), ["ReplicaHasNoCustomerKey"]);
    assert_eq!(refusing(&[replica]), [""; 0]);
}

/// A single email waits for the whole window, and S3 and a cold `worker` take as long again at most.
#[test]
fn a_canary_that_would_give_up_before_its_email_is_stored_is_refused() {
    let file = File::read();
    let timeout: u32 = file.text("CanaryFunction", "/Timeout").parse().unwrap();
    for window in list(&file.section("Parameters")["WorkerBatchWindow"]["AllowedValues"]) {
        let window = text(window);
        let is_patient = 2 * window.parse::<u32>().unwrap() <= timeout;
        let refused = refusing(&[("CanaryRate", "rate(5 minutes)"), ("WorkerBatchWindow", &window)]);
        assert_eq!(refused.is_empty(), is_patient, "{window} s: {refused:?}");
        assert_eq!(refusing(&[("WorkerBatchWindow", &window)]), [""; 0], "without a canary");
    }
}

#[test]
fn an_http_api_has_tls_of_its_own() {
    let prod = ("Stage", "prod");
    assert_eq!(refusing(&[prod, HTTP_API]), [""; 0]);
    assert_eq!(refusing(&[prod, HTTP_API, CERTIFICATE, NAME]), [""; 0]);
    assert_eq!(refusing(&[prod, BOTH]), ["ProdNeedsCertificate"], "the load balancer has none");
}

#[test]
fn what_only_a_load_balancer_has_is_refused_with_an_http_api_alone() {
    for option in [CLOUDFRONT, ("EnableWaf", "yes"), ("EnableFlowLogs", "yes")] {
        assert_eq!(refusing(&[HTTP_API, option]), ["HttpApiHasNoLoadBalancer"], "{option:?}");
        assert_eq!(refusing(&[BOTH, option]), [""; 0], "{option:?}");
    }
    assert_eq!(refusing(&[HTTP_API, NAME]), ["HttpApiNameNeedsCertificate"]);
    assert_eq!(refusing(&[BOTH, NAME]), [""; 0], "the load balancer has the name");
}
