//! The reader of `template.yaml`: a template, or an error with its line.

use sandbox_template::{Deployment, ErrorKind, MappingSpec, Template, TemplateError};
use std::collections::{BTreeMap, BTreeSet};

/// Reads `bytes` as a template.
///
/// # Panics
/// If an error says nothing or names a line that isn't there; if what is accepted is outside AWS's limits, or refers
/// to what doesn't run.
pub fn check(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    match Template::parse(&text, &deployment()) {
        Ok(template) => within_aws_limits(&template),
        Err(TemplateError::Invalid { line, kind, .. }) => has_words_and_a_line(&text, line, &kind),
        Err(TemplateError::Unsupported { parts, .. }) => {
            assert!(!parts.is_empty(), "a refusal of nothing");
            parts.iter().for_each(|part| has_words_and_a_line(&text, part.line, &part.kind));
        }
        Err(other) => panic!("a text that can't be read: {other}"),
    }
}

fn has_words_and_a_line(text: &str, line: usize, kind: &ErrorKind) {
    assert!(!kind.to_string().is_empty(), "an error without a word");
    // In YAML, a carriage return ends a line too.
    let lines = 1 + text.matches(['\r', '\n']).count();
    assert!((1..=lines).contains(&line), "line {line} of {lines}");
}

fn deployment() -> Deployment {
    Deployment {
        stack_name: "local".to_owned(),
        region: "eu-central-1".to_owned(),
        account_id: "000000000000".to_owned(),
        stack_id: "arn:aws:cloudformation:eu-central-1:000000000000:stack/local/8f6d3a10-4c2e-11f0-9a1b-0a58a9feac02"
            .to_owned(),
        aws_endpoint_url: "http://127.0.0.1:4566".to_owned(),
        fronts: Vec::new(),
        parameters: BTreeMap::new(),
    }
}

fn within_aws_limits(template: &Template) {
    for function in &template.functions {
        assert!((1..=900).contains(&function.timeout.as_secs()), "{function:?}");
        assert!((128..=10_240).contains(&function.memory_mb), "{function:?}");
    }
    for queue in &template.queues {
        assert!(queue.visibility_timeout.as_secs() <= 43_200, "{queue:?}");
        assert!((60..=1_209_600).contains(&queue.retention.as_secs()), "{queue:?}");
        assert!(queue.maximum_message_size <= 1_048_576, "{queue:?}");
    }
    let functions: BTreeSet<_> = template.functions.iter().map(|function| &function.logical_id).collect();
    let queues: BTreeSet<_> = template.queues.iter().map(|queue| &queue.name).collect();
    for MappingSpec { queue, function, batch_size, .. } in &template.mappings {
        assert!(queues.contains(queue) && functions.contains(function), "{queue} to {function}");
        assert!((1..=10_000).contains(batch_size), "{batch_size} messages");
    }
}
