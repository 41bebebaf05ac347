//! X-Ray's tracing headers: `Root=1-...;Parent=...;Sampled=1`
//! (<https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader>).

use http::HeaderMap;
use uuid::Uuid;

/// A new trace's id: when it began, and 96 random bits.
pub fn new_id() -> String {
    let seconds = std::time::UNIX_EPOCH.elapsed().unwrap_or_default().as_secs();
    let random = Uuid::new_v4().simple().to_string();
    format!("1-{seconds:08x}-{}", &random[..24])
}

/// A header that continues the trace with this id.
pub fn header(id: &str) -> String {
    let parent = Uuid::new_v4().simple().to_string();
    format!("Root={id};Parent={};Sampled=1", &parent[..16])
}

/// The id of the trace that `header` belongs to.
pub(crate) fn id(header: &str) -> Option<&str> {
    header.split(';').find_map(|part| part.trim().strip_prefix("Root="))
}

/// The header of a request, if it has one.
pub(crate) fn of(headers: &HeaderMap) -> Option<&str> {
    headers.get("x-amzn-trace-id")?.to_str().ok().filter(|header| !header.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_id_is_the_root_of_its_header() {
        let new = new_id();
        assert_eq!(new.len(), "1-5759e988-bd862e3fe1be46a994272793".len());
        let header = header(&new);
        assert_eq!(id(&header), Some(new.as_str()));
        assert!(header.contains(";Parent=") && header.ends_with(";Sampled=1"), "{header}");
        assert_eq!(id("Self=1-b; Root=1-a"), Some("1-a"));
        assert_eq!(id("Self=1-b"), None);
    }
}
