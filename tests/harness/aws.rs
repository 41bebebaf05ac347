//! SQS and S3 through the AWS SDK.

use super::System;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_sdk_sqs::types::{Message, MessageAttributeValue, MessageSystemAttributeName, QueueAttributeName};
use aws_smithy_http_client::{Builder, tls};
use sandbox::services::{ACCESS_KEY_ID, SECRET_ACCESS_KEY};
use std::collections::BTreeMap;

/// The region of everything here.
pub(crate) const REGION: &str = "eu-central-1";
/// The most messages of one receive.
pub(crate) const RECEIVE_LIMIT: usize = 10;

pub(crate) async fn sdk_config(endpoint_url: &str) -> SdkConfig {
    let tls = tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring);
    aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(Builder::new().tls_provider(tls).build_https())
        .endpoint_url(endpoint_url)
        .region(Region::from_static(REGION))
        .credentials_provider(Credentials::new(ACCESS_KEY_ID, SECRET_ACCESS_KEY, None, None, "tests"))
        .load()
        .await
}

/// S3 with the bucket in the path: 127.0.0.1 has no subdomains.
pub(crate) fn s3_client(config: &SdkConfig) -> aws_sdk_s3::Client {
    let config = aws_sdk_s3::config::Builder::from(config).force_path_style(true).build();
    aws_sdk_s3::Client::from_conf(config)
}

/// Receives up to `most` messages, with all their attributes.
pub(crate) async fn receive(sqs: &aws_sdk_sqs::Client, queue_url: &str, most: usize) -> Vec<Message> {
    let most = i32::try_from(most.min(RECEIVE_LIMIT)).expect("a small number");
    let receive = sqs.receive_message().queue_url(queue_url).max_number_of_messages(most);
    let receive = receive.message_attribute_names("All");
    let all = receive.message_system_attribute_names(MessageSystemAttributeName::All);
    all.send().await.expect("a queue that can be received from").messages.unwrap_or_default()
}

/// An object as it is in the bucket.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Object {
    pub(crate) text: String,
    pub(crate) content_type: String,
    pub(crate) metadata: BTreeMap<String, String>,
}

impl System {
    /// Receives up to ten messages of a queue.
    pub(crate) async fn receive(&self, queue_url: &str) -> Vec<Message> {
        receive(&self.sqs, queue_url, RECEIVE_LIMIT).await
    }

    /// Sends a message to the queue, and returns its id.
    pub(crate) async fn enqueue(&self, body: &str, receipt: Option<&str>) -> String {
        let mut send = self.sqs.send_message().queue_url(self.queue_url()).message_body(body);
        if let Some(receipt) = receipt {
            let value = MessageAttributeValue::builder().data_type("String").string_value(receipt);
            send = send.message_attributes("receipt", value.build().expect("an attribute"));
        }
        send.send().await.expect("a queue that takes it").message_id.expect("an id")
    }

    /// The messages in a queue, visible or in flight.
    pub(crate) async fn queued(&self, queue_url: &str) -> usize {
        let counts = [
            QueueAttributeName::ApproximateNumberOfMessages,
            QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
        ];
        let get = self.sqs.get_queue_attributes().queue_url(queue_url);
        let answer = get.set_attribute_names(Some(counts.to_vec())).send().await.expect("the queue");
        let attributes = answer.attributes.expect("attributes");
        counts.iter().map(|name| attributes[name].parse::<usize>().expect("a count")).sum()
    }

    /// The keys of all objects, in order.
    pub(crate) async fn keys(&self) -> Vec<String> {
        let mut pages = self.s3.list_objects_v2().bucket(self.bucket()).into_paginator().send();
        let mut keys = Vec::new();
        while let Some(page) = pages.next().await {
            let objects = page.expect("a list of objects").contents.unwrap_or_default();
            keys.extend(objects.into_iter().map(|object| object.key.expect("a key")));
        }
        keys
    }

    /// An object, if it is there.
    pub(crate) async fn find_object(&self, key: &str) -> Option<Object> {
        let object = match self.s3.get_object().bucket(self.bucket()).key(key).send().await {
            Ok(object) => object,
            Err(error) => {
                let absent = error.as_service_error().is_some_and(|error| error.is_no_such_key());
                assert!(absent, "{key}: {error:?}");
                return None;
            }
        };
        let content_type = object.content_type().unwrap_or_default().to_owned();
        let metadata = object.metadata().cloned().unwrap_or_default().into_iter().collect();
        let bytes = object.body.collect().await.expect("a whole object").to_vec();
        Some(Object { text: String::from_utf8(bytes).expect("text"), content_type, metadata })
    }

    /// An object that is there.
    pub(crate) async fn object(&self, key: &str) -> Object {
        self.find_object(key).await.unwrap_or_else(|| panic!("no {key}; the log:\n{}", self.log.text()))
    }

    pub(crate) async fn put_object(&self, key: &str, body: &str) {
        let put = self.s3.put_object().bucket(self.bucket()).key(key);
        put.body(body.as_bytes().to_vec().into()).send().await.expect("a bucket that takes it");
    }
}
