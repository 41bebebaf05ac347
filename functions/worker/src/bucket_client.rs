//! The S3 client of a process that writes to one bucket: what is the same for each object is found out once.

use aws_sdk_s3::config::auth::{Params as AuthParams, ResolveAuthScheme};
use aws_sdk_s3::config::endpoint::{DefaultResolver, Endpoint, EndpointFuture, Params, ResolveEndpoint};
use aws_sdk_s3::config::{Builder, ConfigBag, RuntimeComponents};
use aws_smithy_runtime_api::client::auth::{AuthSchemeId, AuthSchemeOption, AuthSchemeOptionsFuture};
use aws_types::SdkConfig;
use runtime::aws::{FewerHeaders, has_custom_endpoint};
use std::sync::OnceLock;

/// AWS Signature Version 4.
const SIGV4: AuthSchemeId = AuthSchemeId::new("sigv4");

/// A client for requests to one bucket. It sends what the SDK's own client sends, but for [`FewerHeaders`].
pub fn bucket_client(config: &SdkConfig) -> aws_sdk_s3::Client {
    let config = Builder::from(config)
        .force_path_style(has_custom_endpoint("S3"))
        .endpoint_resolver(FirstBucket::default())
        .auth_scheme_resolver(OnlySigV4)
        .interceptor(FewerHeaders);
    aws_sdk_s3::Client::from_conf(config.build())
}

/// Remembers the endpoint of the first bucket that it is asked for, which is the same for each key. The SDK would run its
/// rules for each request: 18,000 instructions, 3% of a record.
#[derive(Debug, Default)]
struct FirstBucket {
    rules: DefaultResolver,
    known: OnceLock<(String, Endpoint)>,
}

impl ResolveEndpoint for FirstBucket {
    fn resolve_endpoint<'a>(&'a self, params: &'a Params) -> EndpointFuture<'a> {
        match (params.bucket(), self.known.get()) {
            (Some(bucket), Some((known, endpoint))) if bucket == known => {
                EndpointFuture::ready(Ok(endpoint.clone()))
            }
            _ => EndpointFuture::new(async {
                let endpoint = self.rules.resolve_endpoint(params).await?;
                if let Some(bucket) = params.bucket() {
                    self.known.get_or_init(|| (bucket.to_owned(), endpoint.clone()));
                }
                Ok(endpoint)
            }),
        }
    }
}

/// How every request is signed. The SDK would ask the endpoint's rules: 5,000 instructions.
#[derive(Debug)]
struct OnlySigV4;

impl ResolveAuthScheme for OnlySigV4 {
    fn resolve_auth_scheme<'a>(
        &'a self,
        _: &'a AuthParams,
        _: &'a ConfigBag,
        _: &'a RuntimeComponents,
    ) -> AuthSchemeOptionsFuture<'a> {
        AuthSchemeOptionsFuture::ready(Ok(vec![AuthSchemeOption::from(SIGV4)]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region, SharedCredentialsProvider};
    use aws_smithy_runtime_api::client::http::{
        HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
    };
    use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
    use aws_smithy_runtime_api::http::StatusCode;
    use std::sync::{Arc, Mutex};

    /// An S3 that accepts everything.
    #[derive(Clone, Debug, Default)]
    struct Requests(Arc<Mutex<Vec<HttpRequest>>>);

    impl HttpConnector for Requests {
        fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
            self.0.lock().unwrap().push(request);
            HttpConnectorFuture::ready(Ok(HttpResponse::new(StatusCode::try_from(200).unwrap(), "".into())))
        }
    }

    impl Requests {
        fn config(&self, region: &'static str) -> SdkConfig {
            let connector = SharedHttpConnector::new(self.clone());
            let credentials = Credentials::new("id", "secret", Some("session".to_owned()), None, "test");
            SdkConfig::builder()
                .behavior_version(BehaviorVersion::v2026_01_12())
                .region(Region::new(region))
                .credentials_provider(SharedCredentialsProvider::new(credentials))
                .http_client(http_client_fn(move |_, _| connector.clone()))
                .build()
        }

        fn taken(&self) -> Vec<HttpRequest> {
            std::mem::take(&mut *self.0.lock().unwrap())
        }
    }

    /// Method, URI, the names of the headers, and the signature's scope.
    fn shape(request: &HttpRequest) -> (String, String, Vec<String>, String) {
        let mut names: Vec<_> = request.headers().iter().map(|(name, _)| name.to_owned()).collect();
        names.sort_unstable();
        let (credential, _) = request.headers().get("authorization").unwrap().split_once(',').unwrap();
        let scope = credential.splitn(3, '/').nth(2).unwrap();
        (request.method().to_owned(), request.uri().to_owned(), names, scope.to_owned())
    }

    async fn put(s3: &aws_sdk_s3::Client, bucket: &str, key: &str) {
        let put = s3.put_object().bucket(bucket).key(key).if_none_match("*");
        put.metadata("receipt", "r").body(b"{}".to_vec().into()).send().await.unwrap();
    }

    #[tokio::test]
    async fn it_sends_what_the_sdks_client_sends_without_the_headers_that_only_count() {
        for region in ["eu-central-1", "us-east-1", "cn-north-1", "us-gov-west-1"] {
            for bucket in ["emails", "emails.example.com"] {
                let requests = Requests::default();
                let config = requests.config(region);
                let plain = Builder::from(&config).force_path_style(has_custom_endpoint("S3")).build();
                let (plain, own) = (aws_sdk_s3::Client::from_conf(plain), bucket_client(&config));
                for key in ["a_1.json", "John doe_1693561101.json", "é+%2F/../ü_1.json"] {
                    put(&plain, bucket, key).await;
                    put(&own, bucket, key).await;
                    let [plain, own] = requests.taken().try_into().expect("two requests");
                    let (mut plain, own) = (shape(&plain), shape(&own));
                    let counts = ["amz-sdk-invocation-id", "amz-sdk-request", "x-amz-user-agent"];
                    plain.2.retain(|name| !counts.contains(&name.as_str()));
                    assert_eq!(own, plain);
                    assert_eq!(own.3, format!("{region}/s3/aws4_request"));
                }
            }
        }
    }

    #[tokio::test]
    async fn a_second_bucket_has_its_own_endpoint() {
        let requests = Requests::default();
        let s3 = bucket_client(&requests.config("eu-central-1"));
        put(&s3, "emails", "a_1.json").await;
        put(&s3, "others", "a_1.json").await;
        for (request, bucket) in requests.taken().iter().zip(["emails", "others"]) {
            assert!(request.uri().contains(bucket), "{} is not in {bucket}", request.uri());
        }
    }

    #[tokio::test]
    async fn it_names_mailroom_and_its_version() {
        let requests = Requests::default();
        put(&bucket_client(&requests.config("eu-central-1")), "emails", "a_1.json").await;
        let agent = concat!("mailroom/", env!("CARGO_PKG_VERSION"));
        assert_eq!(requests.taken()[0].headers().get("user-agent"), Some(agent));
    }
}
