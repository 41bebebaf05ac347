//! Asking a function whether it is well.

use super::answer;
use crate::events::{Event, Events};
use crate::lambda::Function;
use crate::template::HealthCheckSpec;
use bytes::Bytes;
use serde_json::{Value, json};

/// The checks of one target group.
pub(super) struct HealthChecks {
    pub(super) spec: HealthCheckSpec,
    pub(super) function: Function,
    pub(super) target_group_arn: String,
    pub(super) multi_value: bool,
    pub(super) events: Events,
}

impl HealthChecks {
    /// Asks until the task is aborted, and tells of each answer. Requests are passed on whatever comes of it: with
    /// no healthy target a load balancer passes them to all of its targets.
    pub(super) async fn run(self) {
        let event = Bytes::from(self.event().to_string());
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

    /// The event, which comes without a Host.
    fn event(&self) -> Value {
        let user_agent = "ELB-HealthChecker/2.0";
        let mut event = json!({
            "requestContext": {"elb": {"targetGroupArn": self.target_group_arn}},
            "httpMethod": "GET",
            "path": self.spec.path,
            "body": "",
            "isBase64Encoded": false,
        });
        if self.multi_value {
            event["multiValueQueryStringParameters"] = json!({});
            event["multiValueHeaders"] = json!({"user-agent": [user_agent]});
        } else {
            event["queryStringParameters"] = json!({});
            event["headers"] = json!({"user-agent": user_agent});
        }
        event
    }
}
