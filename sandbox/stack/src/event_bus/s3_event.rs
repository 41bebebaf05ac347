//! An event of S3: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html>.

use sandbox_services::s3::{ObjectChange, ObjectEvent};
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use uuid::Uuid;

/// The MD5 of nothing, which a delete marker has.
const EMPTY_ETAG: &str = "d41d8cd98f00b204e9800998ecf8427e";
/// S3's ids of requests have so many characters.
const REQUEST_ID: usize = 16;

pub(crate) fn s3_event(event: &ObjectEvent, region: &str, account_id: &str) -> Value {
    let mut object = Map::new();
    object.insert("key".to_owned(), json!(event.key));
    if let Some(version_id) = &event.version_id {
        object.insert("version-id".to_owned(), json!(version_id));
    }
    object.insert("sequencer".to_owned(), json!(format!("{:016X}", event.sequence)));
    let (kind, reason, deletion) = match &event.change {
        ObjectChange::Created { reason, size, etag } => {
            object.insert("size".to_owned(), json!(size));
            object.insert("etag".to_owned(), json!(etag));
            ("Object Created", *reason, None)
        }
        ObjectChange::Marked => {
            object.insert("etag".to_owned(), json!(EMPTY_ETAG));
            ("Object Deleted", "DeleteObject", Some("Delete Marker Created"))
        }
        ObjectChange::Deleted => ("Object Deleted", "DeleteObject", Some("Permanently Deleted")),
    };
    let mut detail = json!({
        "version": "0",
        "bucket": {"name": event.bucket},
        "object": object,
        "request-id": request_id(),
        "requester": account_id,
        "source-ip-address": "127.0.0.1",
        "reason": reason,
    });
    if let Some(deletion) = deletion {
        detail["deletion-type"] = json!(deletion);
    }
    json!({
        "version": "0",
        "id": Uuid::new_v4().to_string(),
        "detail-type": kind,
        "source": "aws.s3",
        "account": account_id,
        "time": whole_second(event.at.into()),
        "region": region,
        "resources": [format!("arn:aws:s3:::{}", event.bucket)],
        "detail": detail,
    })
}

/// Made up: a bucket doesn't know its requests.
fn request_id() -> String {
    let mut id = Uuid::new_v4().simple().to_string().to_uppercase();
    id.truncate(REQUEST_ID);
    id
}

fn whole_second(time: OffsetDateTime) -> String {
    let ((hour, minute, second), month) = (time.to_hms(), u8::from(time.month()));
    let (year, day) = (time.year(), time.day());
    format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, UNIX_EPOCH};

    fn event(version_id: Option<&str>, change: ObjectChange) -> Value {
        let event = ObjectEvent {
            bucket: "files".to_owned(),
            key: "a b+é.json".to_owned(),
            at: UNIX_EPOCH + Duration::from_millis(1_693_561_101_999),
            version_id: version_id.map(str::to_owned),
            sequence: 26,
            change,
        };
        let mut event = s3_event(&event, "eu-central-1", "000000000000");
        assert_eq!(event["detail"]["request-id"].as_str().unwrap().len(), 16);
        assert_eq!(event["id"].as_str().unwrap().len(), 36);
        event["detail"]["request-id"] = json!("request");
        event["id"] = json!("id");
        event
    }

    fn expected(kind: &str, object: &Value, rest: &Value) -> Value {
        let mut expected = json!({
            "version": "0",
            "id": "id",
            "detail-type": kind,
            "source": "aws.s3",
            "account": "000000000000",
            "time": "2023-09-01T09:38:21Z",
            "region": "eu-central-1",
            "resources": ["arn:aws:s3:::files"],
            "detail": {
                "version": "0",
                "bucket": {"name": "files"},
                "object": object,
                "request-id": "request",
                "requester": "000000000000",
                "source-ip-address": "127.0.0.1",
            },
        });
        for (name, value) in rest.as_object().unwrap() {
            expected["detail"][name] = value.clone();
        }
        expected
    }

    #[test]
    fn an_event_has_exactly_the_members_of_s3s() {
        let (key, sequencer) = ("a b+é.json", "000000000000001A");
        let created = ObjectChange::Created { reason: "PutObject", size: 4, etag: "etag".to_owned() };
        let object = json!({"key": key, "size": 4, "etag": "etag", "sequencer": sequencer});
        let put = json!({"reason": "PutObject"});
        assert_eq!(event(None, created.clone()), expected("Object Created", &object, &put));
        let object =
            json!({"key": key, "size": 4, "etag": "etag", "version-id": "v", "sequencer": sequencer});
        assert_eq!(event(Some("v"), created), expected("Object Created", &object, &put));

        let object = json!({"key": key, "sequencer": sequencer});
        let deleted = json!({"reason": "DeleteObject", "deletion-type": "Permanently Deleted"});
        assert_eq!(event(None, ObjectChange::Deleted), expected("Object Deleted", &object, &deleted));
        let object = json!({"key": key, "etag": EMPTY_ETAG, "version-id": "v", "sequencer": sequencer});
        let marked = json!({"reason": "DeleteObject", "deletion-type": "Delete Marker Created"});
        assert_eq!(event(Some("v"), ObjectChange::Marked), expected("Object Deleted", &object, &marked));
    }
}
