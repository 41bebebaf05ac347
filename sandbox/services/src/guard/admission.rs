//! The guard in front of the services.

use super::host::Authority;
use super::{Foreign, Sender, cors};
use crate::error::ServiceError;
use crate::operation::{Operation, Service};
use crate::{Services, cloudformation, json, query};
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use s3s::Body;
use uuid::Uuid;

/// Whatever the content type of an object, a browser runs no script in it and doesn't guess another type.
const INERT: [(HeaderName, HeaderValue); 2] = [
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox")),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
];

/// Gives the request to `respond` unless it is foreign, and completes the response. This check comes before faults,
/// bodies and signatures.
pub(crate) async fn admit<B, E, F>(
    services: &Services,
    request: Request<B>,
    respond: impl FnOnce(Request<B>) -> F,
) -> Result<Response<Body>, E>
where
    F: Future<Output = Result<Response<Body>, E>>,
{
    let is_page = services.pages.is_page(request.uri().path());
    let (mut response, sender) = match services.guard.check(&request, is_page) {
        Err(foreign) => (refuse(services, &request, &foreign), Sender::Own),
        Ok(Sender::Page(origin)) if cors::is_preflight(&request) => {
            return Ok(cors::preflight(request.headers(), origin));
        }
        Ok(sender) => match bucket_of_host(services, &request) {
            Some(bucket) => (refuse_virtual_host(&bucket), sender),
            None => (respond(request).await?, sender),
        },
    };
    let headers = response.headers_mut();
    for (name, value) in INERT {
        // The pages have a policy of their own.
        headers.entry(name).or_insert(value);
    }
    if let Sender::Page(origin) = sender {
        cors::share(headers, origin);
    }
    Ok(response)
}

/// The refusal in the protocol of the service, so that an SDK shows its sentence.
fn refuse<B>(services: &Services, request: &Request<B>, foreign: &Foreign) -> Response<Body> {
    if services.pages.has(request.uri().path()) {
        return services.pages.refuse(&foreign.to_string()).map(Body::from);
    }
    let error =
        ServiceError::new("AccessDeniedException", foreign.to_string()).with_status(StatusCode::FORBIDDEN);
    let id = Uuid::new_v4().to_string();
    match Operation::of(request).map(|operation| operation.service) {
        Ok(Service::S3) => refuse_s3(StatusCode::FORBIDDEN, "AccessDenied", &foreign.to_string(), &id),
        Ok(Service::CloudFormation) => query::refuse(&error, cloudformation::NAMESPACE, &id),
        Ok(service) => json::refuse(&error, service),
        Err(_) => json::refuse(&error, Service::Sqs),
    }
}

fn refuse_s3(status: StatusCode, code: &str, message: &str, id: &str) -> Response<Body> {
    let [code, message, id] = [("Code", code), ("Message", message), ("RequestId", id)]
        .map(|(name, text)| query::element(name, text));
    let xml = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>{code}{message}{id}</Error>");
    let mut response = Response::new(Body::from(xml));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/xml"));
    response
}

/// The bucket of a virtual-hosted request, as SDKs send them to `http://localhost:4566`: `bucket.localhost`. Its path
/// would be read as another bucket. Under any other name below `localhost`, the path has the bucket.
fn bucket_of_host<B>(services: &Services, request: &Request<B>) -> Option<String> {
    let host = request.headers().get(header::HOST)?.to_str().ok().and_then(Authority::parse)?.name();
    let bucket = host.strip_suffix(".localhost")?;
    let is_s3 = Operation::of(request).is_ok_and(|operation| operation.service == Service::S3);
    let creates = request.method() == Method::PUT && request.uri().path() == "/";
    let exists = || services.s3.buckets().iter().any(|(name, _)| name == bucket);
    (is_s3 && !services.pages.has(request.uri().path()) && (creates || exists())).then(|| bucket.to_owned())
}

fn refuse_virtual_host(bucket: &str) -> Response<Body> {
    let message = format!(
        "The sandbox takes the bucket from the path, /{bucket}/KEY, and not from the host {bucket}.localhost. Use the endpoint \
         with 127.0.0.1 in place of localhost, or set your client to path-style requests: forcePathStyle: true for \
         JavaScript, force_path_style(true) for Rust, addressing_style path for boto3 and the AWS CLI."
    );
    refuse_s3(StatusCode::BAD_REQUEST, "InvalidRequest", &message, &Uuid::new_v4().to_string())
}

#[cfg(test)]
mod tests {
    use crate::faults::{Fault, Times};
    use crate::guard::Guard;
    use crate::signature::tests::{signed_form, signed_post};
    use crate::tests::{ask, aws_with};
    use crate::{Content, operation::Service};

    const FOREIGN: &str = "origin: http://evil.example\r\n";
    const SENTENCE: &str = "allow the origin with --allow-origin http://evil.example";

    fn with(header: &str, request: &str) -> String {
        request.replacen("\r\n", &format!("\r\n{header}"), 1)
    }

    fn s3(line: &str, headers: &str) -> String {
        format!("{line} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{headers}\r\n")
    }

    #[tokio::test]
    async fn a_foreign_request_is_refused_in_the_words_of_its_service_before_anything_is_done() {
        let (aws, _dir) = aws_with(Guard::default()).await;
        aws.faults().set("SendMessage", Fault::Drop, Times::Always);
        aws.faults().set("GetObject", Fault::Drop, Times::Always);
        aws.add_pages("/_page/", async |_| {
            Some(Content { content_type: "text/html", body: "secret".to_owned() })
        });
        let unsigned = "POST / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n".to_owned();
        for (request, part) in [
            (
                signed_post("AmazonSQS.SendMessage", "{}"),
                r#""__type":"com.amazonaws.sqs#AccessDeniedException""#,
            ),
            (signed_post("AmazonSSM.GetParameter", "{}"), r#""__type":"AccessDeniedException""#),
            (signed_form(Service::CloudFormation, "Action=DescribeStacks"), "<Error><Type>Sender</Type>"),
            (s3("GET /bucket/key", ""), "<Error><Code>AccessDenied</Code><Message>Pages of"),
            (
                s3("OPTIONS /bucket/key", "access-control-request-method: PUT\r\n"),
                "<Code>AccessDenied</Code>",
            ),
            (s3("GET /_page/", ""), "text/plain"),
            (s3("GET /_page", ""), "text/plain"),
            // A body that never comes isn't waited for.
            (format!("{unsigned}content-length: 1000000\r\n\r\n"), "<Code>AccessDenied</Code>"),
        ] {
            let answer = ask(&aws, with(FOREIGN, &request)).await;
            assert!(answer.starts_with("HTTP/1.1 403"), "{request}: {answer}");
            assert!(answer.contains(part) && answer.contains(SENTENCE), "{answer}");
            assert!(!answer.contains("secret") && !answer.contains("access-control"), "{answer}");
        }
        for request in
            ["GET / HTTP/1.0\r\n\r\n", "HEAD /bucket/key HTTP/1.0\r\n\r\n", "GET /_page/ HTTP/1.0\r\n\r\n"]
        {
            let answer = ask(&aws, request.to_owned()).await;
            assert!(answer.starts_with("HTTP/1.0 403"), "{request}: {answer}");
        }
        let evil = s3("GET /a", "").replace("localhost", "<evil>");
        assert!(ask(&aws, evil).await.contains("needs one Host header"), "and nothing of it is repeated");
        assert_eq!((aws.faults().calls("SendMessage"), aws.faults().calls("GetObject")), (0, 0));
        assert_eq!(
            ask(&aws, signed_post("AmazonSQS.SendMessage", "{}")).await,
            "",
            "a program meets the fault"
        );
    }

    #[tokio::test]
    async fn a_virtual_hosted_request_is_told_to_use_the_path() {
        let (aws, _dir) = aws_with(Guard::default()).await;
        aws.s3().create_bucket("reports").unwrap();
        let under = |host: &str, line: &str| s3(line, "").replace("localhost", host);
        for line in ["GET /key", "PUT /key", "DELETE /a/b", "GET /", "HEAD /key", "POST /?delete"] {
            let answer = ask(&aws, under("reports.localhost:4566", line)).await;
            assert!(answer.starts_with("HTTP/1.1 400"), "{line}: {answer}");
            assert!(line.starts_with("HEAD") || answer.contains("/reports/KEY"), "{line}: {answer}");
        }
        assert!(ask(&aws, under("new.localhost", "PUT /")).await.contains("/new/KEY"));
        for host in ["aws.localhost", "localhost", "127.0.0.1"] {
            assert!(!ask(&aws, under(host, "GET /reports/key")).await.contains("KEY"), "{host}: path-style");
        }
        let sqs =
            signed_post("AmazonSQS.ListQueues", "{}").replace("host: localhost", "host: reports.localhost");
        assert!(ask(&aws, sqs).await.contains("SignatureDoesNotMatch"), "another service reads no bucket");
    }

    #[tokio::test]
    async fn a_page_of_an_allowed_origin_asks_first_and_reads_every_answer() {
        let guard = Guard::default().allow_origin("http://evil.example".parse().unwrap());
        let (aws, _dir) = aws_with(guard).await;
        let wanted = "access-control-request-method: PUT\r\naccess-control-request-headers: authorization,x-amz-date\r\n";
        let preflight = ask(&aws, s3("OPTIONS /bucket/key", &format!("{FOREIGN}{wanted}"))).await;
        for part in [
            "HTTP/1.1 204",
            "\r\naccess-control-allow-origin: http://evil.example\r\n",
            "\r\naccess-control-allow-methods: GET, HEAD, POST, PUT, DELETE\r\n",
            "\r\naccess-control-allow-headers: authorization,x-amz-date\r\n",
            "\r\nvary: Origin\r\n",
        ] {
            assert!(preflight.contains(part), "{part} in {preflight}");
        }
        for request in [
            signed_post("AmazonSQS.ListQueues", "{}"),
            signed_post("AmazonSQS.Nothing", "{}"),
            s3("GET /a/b", ""),
        ] {
            let answer = ask(&aws, with(FOREIGN, &request)).await;
            for part in
                ["access-control-allow-origin: http://evil.example", "access-control-expose-headers: *"]
            {
                assert!(answer.contains(part), "{part} in {answer}");
            }
            assert!(!ask(&aws, request).await.contains("access-control"), "a program needs none of it");
        }
        assert!(!preflight.contains("credentials"));
    }

    #[tokio::test]
    async fn no_answer_is_active_content() {
        let (aws, _dir) = aws_with(Guard::default()).await;
        aws.add_pages("/_page/", async |_| Some(Content { content_type: "text/html", body: String::new() }));
        for request in [
            s3("GET /a/b", ""),
            s3("HEAD /a", ""),
            s3("GET /", ""),
            signed_post("AmazonSQS.ListQueues", "{}"),
            signed_form(Service::CloudFormation, ""),
        ] {
            let answer = ask(&aws, request).await;
            for part in
                ["\r\ncontent-security-policy: sandbox\r\n", "\r\nx-content-type-options: nosniff\r\n"]
            {
                assert_eq!(answer.matches(part).count(), 1, "{part} in {answer}");
            }
        }
        let page = ask(&aws, s3("GET /_page/", "")).await;
        assert!(
            page.contains("content-security-policy: default-src 'none'") && !page.contains("sandbox"),
            "{page}"
        );
    }
}
