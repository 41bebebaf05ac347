//! Rules that need no function: fixed responses and redirects.

use reqwest::{Client, Method, Response, redirect::Policy};
use sandbox::alb::{LoadBalancer, LoadBalancerConfig};
use sandbox::events::Events;
use sandbox::template::{ActionSpec, ListenerSpec, LoadBalancerSpec, RuleSpec};
use std::collections::BTreeMap;
use tokio::net::TcpListener;

/// A load balancer with these rules, and its URL.
async fn start(rules: &[RuleSpec]) -> (LoadBalancer, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://localhost:{}", listener.local_addr().unwrap().port());
    let load_balancer = LoadBalancerSpec::default();
    let spec = ListenerSpec { port: 80, load_balancer, rules: rules.to_vec() };
    let (functions, events) = (BTreeMap::new(), Events::default());
    (LoadBalancer::start(LoadBalancerConfig { listener, spec, functions, events }).unwrap(), url)
}

fn rule(path: &str, method: &str, action: ActionSpec) -> RuleSpec {
    let listed = |value: &str| if value.is_empty() { Vec::new() } else { vec![value.to_owned()] };
    let (path_patterns, methods) = (listed(path), listed(method));
    RuleSpec { priority: None, path_patterns, methods, action }
}

fn fixed(status: u16, body: &str) -> ActionSpec {
    ActionSpec::FixedResponse { status, content_type: Some("text/plain".to_owned()), body: body.to_owned() }
}

fn to_https() -> ActionSpec {
    ActionSpec::Redirect {
        status: 301,
        protocol: "HTTPS".to_owned(),
        host: "#{host}".to_owned(),
        port: "443".to_owned(),
        path: "/#{path}".to_owned(),
        query: "#{query}".to_owned(),
    }
}

/// The response of a load balancer with these rules.
async fn ask(rules: &[RuleSpec], method: Method, path: &str) -> Response {
    let (_balancer, url) = start(rules).await;
    let client = Client::builder().redirect(Policy::none()).build().unwrap();
    client.request(method, format!("{url}{path}")).send().await.unwrap()
}

#[tokio::test]
async fn the_first_rule_whose_conditions_all_hold_answers() {
    let rules = [
        rule("/a*", "GET", fixed(200, "reads of a")),
        rule("/a*", "", fixed(202, "the rest of a")),
        rule("", "", fixed(404, "nothing else")),
    ];
    for (method, path, status, body) in [
        (Method::GET, "/ab", 200, "reads of a"),
        (Method::POST, "/ab", 202, "the rest of a"),
        (Method::GET, "/A", 404, "nothing else"),
    ] {
        let response = ask(&rules, method, path).await;
        assert_eq!(response.headers()["content-type"], "text/plain");
        assert_eq!((response.status().as_u16(), response.text().await.unwrap()), (status, body.to_owned()));
    }
}

#[tokio::test]
async fn a_redirect_names_the_place_and_has_no_body() {
    let response = ask(&[rule("", "", to_https())], Method::GET, "/a%20b?c=%26").await;
    assert_eq!(response.status(), 301);
    assert_eq!(response.headers()["location"], "https://localhost:443/a%20b?c=%26");
    assert_eq!(response.headers()["server"], "awselb/2.0");
    assert_eq!(response.text().await.unwrap(), "");
}
