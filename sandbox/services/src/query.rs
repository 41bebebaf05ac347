//! AWS's query protocol (CloudFormation): forms come in, XML goes out. The XML of an error is REST-XML's too.
//!
//! See <https://smithy.io/2.0/aws/protocols/aws-query-protocol.html>.

use crate::error::ServiceError;
use http::{HeaderValue, Response, StatusCode, header};
use s3s::Body;

const CONTENT_TYPE: HeaderValue = HeaderValue::from_static("text/xml");

#[derive(Debug)]
pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    pub(crate) fn parse(body: &[u8]) -> Self {
        Self(form_urlencoded::parse(body).into_owned().collect())
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn action(&self) -> &str {
        self.get("Action").unwrap_or_default()
    }

    /// The version of the API, which tells the services of this protocol apart.
    pub(crate) fn version(&self) -> &str {
        self.get("Version").unwrap_or_default()
    }
}

/// `<name>text</name>`, escaped.
pub(crate) fn element(name: &str, text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            // A parser would make a line feed of it.
            '\r' => escaped.push_str("&#13;"),
            other => escaped.push(other),
        }
    }
    format!("<{name}>{escaped}</{name}>")
}

/// The response of an operation; `result` is the content of its result, as XML.
pub(crate) fn respond(action: &str, namespace: &str, result: &str, request_id: &str) -> Response<Body> {
    let id = element("RequestId", request_id);
    let xml = format!(
        "<{action}Response xmlns=\"{namespace}\"><{action}Result>{result}</{action}Result>\
         <ResponseMetadata>{id}</ResponseMetadata></{action}Response>"
    );
    xml_response(StatusCode::OK, xml)
}

pub(crate) fn refuse(error: &ServiceError, namespace: &str, request_id: &str) -> Response<Body> {
    let code = error.query_code();
    let fault = if error.status.is_server_error() { "Receiver" } else { "Sender" };
    let (fault, code) = (element("Type", fault), element("Code", code.as_deref().unwrap_or(&error.code)));
    let (message, id) = (element("Message", &error.to_string()), element("RequestId", request_id));
    let namespace = if namespace.is_empty() { String::new() } else { format!(" xmlns=\"{namespace}\"") };
    let xml = format!("<ErrorResponse{namespace}><Error>{fault}{code}{message}</Error>{id}</ErrorResponse>");
    xml_response(error.status, xml)
}

/// EC2's own form of an error.
pub(crate) fn refuse_as_ec2(error: &ServiceError, request_id: &str) -> Response<Body> {
    let (code, message) = (element("Code", &error.code), element("Message", &error.to_string()));
    let id = element("RequestID", request_id);
    let xml = format!("<Response><Errors><Error>{code}{message}</Error></Errors>{id}</Response>");
    xml_response(error.status, xml)
}

fn xml_response(status: StatusCode, xml: String) -> Response<Body> {
    let mut response = Response::new(Body::from(xml));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, CONTENT_TYPE);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_decoded() {
        let form = Form::parse(b"Action=DescribeStacks&Version=2010-05-15&StackName=a%2Bb+c%C3%A9&&Empty");
        assert_eq!((form.action(), form.version()), ("DescribeStacks", "2010-05-15"));
        assert_eq!((form.get("StackName"), form.get("Empty")), (Some("a+b cé"), Some("")));
        assert_eq!(form.get("NextToken"), None);
    }

    #[test]
    fn text_stays_text() {
        assert_eq!(element("a", "<b>&\r\"é"), "<a>&lt;b&gt;&amp;&#13;\"é</a>");
    }
}
