//! What is wrong with a letter, in full.

use email::wire_format::{self, DecodeError};
use serde::Serialize;

/// One thing that is wrong with a letter.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Fault {
    pub(crate) code: &'static str,
    /// Where, as a JSON Pointer; nothing if it is the whole, or if the place's name is the sender's own text.
    pub(crate) pointer: Option<String>,
    pub(crate) detail: String,
}

/// All that is wrong with a body; nothing if it is an email. An unknown field's name is something that its sender
/// wrote, so it is told only where the body is, too.
pub(crate) fn faults(body: &str, with_names: bool) -> Vec<Fault> {
    let error = match wire_format::decode(body) {
        Ok(_) => return Vec::new(),
        Err(error) => error,
    };
    let code = error.code();
    match error {
        DecodeError::InvalidFields(faults) => {
            faults.iter().map(|fault| Fault::of(fault, with_names)).collect()
        }
        whole => vec![Fault { code, pointer: None, detail: whole.to_string() }],
    }
}

impl Fault {
    fn of(fault: &email::FieldError, with_names: bool) -> Self {
        let named = with_names || fault.kind != email::FieldErrorKind::Unknown;
        let pointer = named.then(|| fault.pointer.clone());
        Self { code: fault.kind.code(), pointer, detail: fault.kind.to_string() }
    }

    /// Where, in front of what.
    pub(crate) fn place(&self) -> String {
        match &self.pointer {
            Some(pointer) => format!("{pointer} "),
            None if self.code == email::FieldErrorKind::Unknown.code() => {
                "a field (--body names it) ".to_owned()
            }
            None => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_faults_are_told_and_the_name_of_an_unknown_field_only_with_the_body() {
        let body = r#"{"email_sender":" ","email_timestream":1,"email_content":"","dear diary":1}"#;
        let told = |with_names| {
            let faults = faults(body, with_names).into_iter();
            faults.map(|fault| (fault.code, fault.pointer)).collect::<Vec<_>>()
        };
        let known = |code, pointer: &str| (code, Some(pointer.to_owned()));
        let three = [
            known("missing", "/email_subject"),
            known("blank_sender", "/email_sender"),
            known("not_a_string", "/email_timestream"),
        ];
        assert_eq!(told(false), [three.as_slice(), &[("unknown", None)]].concat());
        assert_eq!(told(true), [three.as_slice(), &[known("unknown", "/dear diary")]].concat());
    }

    #[test]
    fn what_is_no_object_has_one_fault_without_a_place_and_an_email_has_none() {
        assert_eq!(faults("[]", false)[0].code, "not_an_object");
        assert_eq!((faults("no", true).len(), faults("no", true)[0].code), (1, "not_json"));
        let email = r#"{"email_subject":"","email_sender":"a","email_timestream":"1","email_content":""}"#;
        assert_eq!(faults(email, true), []);
    }
}
