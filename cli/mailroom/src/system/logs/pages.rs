//! CloudWatch Logs for a test, with the pages that the test gives it.

use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::config::{BehaviorVersion, Config, Credentials, Region};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use serde_json::Value;
use std::sync::{Arc, Mutex};

/// CloudWatch Logs with these pages, the next one of which each request gets.
#[derive(Clone, Debug)]
pub(crate) struct Pages(Arc<Mutex<(Vec<Value>, Vec<Value>)>>);

impl Pages {
    pub(crate) fn new(pages: impl IntoIterator<Item = Value>) -> Self {
        let mut left: Vec<_> = pages.into_iter().collect();
        left.reverse();
        Self(Arc::new(Mutex::new((left, Vec::new()))))
    }

    pub(crate) fn client(&self) -> Client {
        let connector = SharedHttpConnector::new(self.clone());
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-central-1"))
            .credentials_provider(Credentials::new("id", "secret", None, None, "test"))
            .http_client(http_client_fn(move |_, _| connector.clone()));
        Client::from_conf(config.build())
    }

    pub(crate) fn asked(&self) -> Vec<Value> {
        self.0.lock().unwrap().1.clone()
    }
}

impl HttpConnector for Pages {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let mut pages = self.0.lock().unwrap();
        pages.1.push(serde_json::from_slice(request.body().bytes().unwrap()).unwrap());
        let page = pages.0.pop().expect("no request after the last page");
        HttpConnectorFuture::ready(Ok(HttpResponse::new(
            200.try_into().unwrap(),
            SdkBody::from(page.to_string()),
        )))
    }
}
