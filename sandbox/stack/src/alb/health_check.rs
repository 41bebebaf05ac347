//! Asking a function whether it is well.

use super::answer;
use crate::lambda::Function;
use bytes::Bytes;
use sandbox_services::events::{Event, Events};
use sandbox_template::HealthCheckSpec;
use serde_json::{Value, json};

/// The checks of one target group.
pub(crate) struct HealthChecks {
    pub(crate) spec: HealthCheckSpec,
    pub(crate) function: Function,
    pub(crate) target_group_arn: String,
    pub(crate) multi_value: bool,
    pub(crate) events: Events,
}

impl HealthChecks {
    /// Asks until the task is aborted, and tells of each answer. Requests are passed on whatever comes of it: with
    /// no healthy target a load balancer passes them to all of its targets.
    pub(crate) async fn run(self) {
        let event = Bytes::from(event(&self.spec.path, &self.target_group_arn, self.multi_value).to_string());
        let mut interval = tokio::time::interval(self.spec.interval);
        loop {
            interval.tick().await;
            let healthy = match self.function.invoke(event.clone()).await {
                Ok(response) => answer::response(&response, self.multi_value).is_ok_and(|response| {
                    let status = response.status().as_u16();
                    self.spec.healthy.iter().any(|(first, last)| (*first..=*last).contains(&status))
                }),
                Err(error) => {
                    tracing::warn!(%error, "a health check had no answer");
                    false
                }
            };
            let function = self.function.config().name.clone();
            self.events.send(Event::HealthChecked { function, healthy });
        }
    }
}

/// The event of a check, which comes without a Host ("Health checks for Lambda targets").
fn event(path: &str, target_group_arn: &str, multi_value: bool) -> Value {
    let user_agent = "ELB-HealthChecker/2.0";
    let mut event = json!({
        "requestContext": {"elb": {"targetGroupArn": target_group_arn}},
        "httpMethod": "GET",
        "path": path,
        "body": "",
        "isBase64Encoded": false,
    });
    if multi_value {
        event["multiValueQueryStringParameters"] = json!({});
        event["multiValueHeaders"] = json!({"user-agent": [user_agent]});
    } else {
        event["queryStringParameters"] = json!({});
        event["headers"] = json!({"user-agent": user_agent});
    }
    event
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_is_a_get_of_its_path_by_the_health_checker_without_a_host() {
        let check = event("/health", "arn", false);
        assert_eq!((&check["httpMethod"], &check["path"]), (&json!("GET"), &json!("/health")));
        assert_eq!(check["headers"], json!({"user-agent": "ELB-HealthChecker/2.0"}));
        let check = event("/health", "arn", true);
        assert_eq!(check["multiValueHeaders"], json!({"user-agent": ["ELB-HealthChecker/2.0"]}));
        assert!(check.get("headers").is_none());
    }
}
