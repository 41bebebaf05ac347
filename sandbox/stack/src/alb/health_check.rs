//! Health checks of Lambda targets.

use super::lambda_event::{TargetGroup, event};
use super::lambda_response;
use crate::lambda::Function;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use bytes::Bytes;
use sandbox_services::events::{Event, Events};
use sandbox_template::HealthCheckSpec;
use serde_json::Value;

/// The checks of one target group.
pub(crate) struct HealthChecks {
    pub(crate) spec: HealthCheckSpec,
    pub(crate) function: Function,
    pub(crate) target_group: TargetGroup,
    pub(crate) events: Events,
}

impl HealthChecks {
    /// Checks until the task is aborted, and sends an event for each result. The result changes no routing: with no
    /// healthy target, a load balancer passes requests to all of its targets.
    pub(crate) async fn run(self) {
        let event = Bytes::from(check_event(&self.spec.path, &self.target_group).to_string());
        let mut interval = tokio::time::interval(self.spec.interval);
        loop {
            interval.tick().await;
            let healthy = match self.function.invoke(event.clone()).await {
                Ok(response) => lambda_response::read(&response, &self.target_group).is_ok_and(|response| {
                    let status = response.status().as_u16();
                    self.spec.healthy.iter().any(|(first, last)| (*first..=*last).contains(&status))
                }),
                Err(error) => {
                    tracing::warn!(%error, "a health check failed");
                    false
                }
            };
            let function = self.function.config().name.clone();
            self.events.send(Event::HealthChecked { function, healthy });
        }
    }
}

/// A check has no Host ("Health checks for Lambda targets").
fn check_event(path: &str, target_group: &TargetGroup) -> Value {
    let user_agent = HeaderValue::from_static("ELB-HealthChecker/2.0");
    let headers = HeaderMap::from_iter([(header::USER_AGENT, user_agent)]);
    event(&Method::GET, path, None, &headers, b"", target_group)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_check_is_a_get_of_its_path_by_the_health_checker_without_a_host() {
        let check = |multi_value| check_event("/health", &TargetGroup { arn: "arn".to_owned(), multi_value });
        assert_eq!((&check(false)["httpMethod"], &check(false)["path"]), (&json!("GET"), &json!("/health")));
        assert_eq!(check(false)["headers"], json!({"user-agent": "ELB-HealthChecker/2.0"}));
        assert_eq!(check(true)["multiValueHeaders"], json!({"user-agent": ["ELB-HealthChecker/2.0"]}));
        assert!(check(true).get("headers").is_none());
    }
}
