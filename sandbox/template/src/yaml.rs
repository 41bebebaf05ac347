//! YAML as CloudFormation reads it.

use crate::error::{ErrorKind, Located, Result};
use crate::node::{Entry, Kind, Node};
use saphyr_parser::{Event, Parser, ScalarStyle, StrInput, Tag};
use std::borrow::Cow;
use std::collections::HashMap;

/// Plain scalars that are booleans in YAML 1.1, which CloudFormation reads, and strings in YAML 1.2.
const YAML_1_1_BOOLEANS: [&str; 8] = ["yes", "no", "on", "off", "Yes", "No", "On", "Off"];

/// Lists and maps inside each other, each a nested call of a function here.
const DEEPEST: usize = 64;

impl Node {
    /// Parses a file with one document.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let last_line = text.split(['\r', '\n']).count();
        let mut reader = Reader { parser: Parser::new_from_str(text), last_line, depth: 0 };
        loop {
            let (event, line) = reader.next()?;
            match event {
                Event::StreamStart | Event::DocumentStart(_) => {}
                Event::StreamEnd => return Err(yaml(line, "the file is empty")),
                first => return reader.node(first, line),
            }
        }
    }
}

/// Turns the parser's events into nodes.
struct Reader<'a> {
    parser: Parser<'a, StrInput<'a>>,
    last_line: usize,
    depth: usize,
}

impl<'a> Reader<'a> {
    /// The next event and its line. Where the file ends too early, the parser's is one further.
    fn next(&mut self) -> Result<(Event<'a>, usize)> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => Ok((event, span.start.line().min(self.last_line))),
            Some(Err(error)) => Err(yaml(error.marker().line().min(self.last_line), error.info())),
            None => Err(yaml(1, "the file ends too early")),
        }
    }

    fn node(&mut self, first: Event<'a>, line: usize) -> Result<Node> {
        if self.depth == DEEPEST {
            return Err(yaml(line, &format!("more than {DEEPEST} lists and mappings are inside each other")));
        }
        self.depth += 1;
        let (kind, tag) = match first {
            Event::Scalar(text, style, _, tag) => (scalar(&text, style, line)?, tag),
            Event::SequenceStart(_, tag) => (self.list()?, tag),
            Event::MappingStart(_, tag) => (long_call(self.map()?), tag),
            _ => return Err(yaml(line, "CloudFormation doesn't read YAML aliases; write the value out")),
        };
        self.depth -= 1;
        Ok(Node::new(line, short_call(kind, tag, line)))
    }

    fn list(&mut self) -> Result<Kind> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(Kind::List(items)),
                (first, line) => items.push(self.node(first, line)?),
            }
        }
    }

    fn map(&mut self) -> Result<Vec<Entry>> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut lines = HashMap::new();
        loop {
            let (key, line) = match self.next()? {
                (Event::MappingEnd, _) => return Ok(entries),
                (Event::Scalar(key, ..), line) => (key.into_owned(), line),
                (_, line) => return Err(yaml(line, "a key must be a plain string")),
            };
            if let Some(first) = lines.insert(key.clone(), line) {
                return Err(yaml(line, &format!("{key} is here already, in line {first}; keep one")));
            }
            let (first, at) = self.next()?;
            let value = self.node(first, at)?;
            entries.push(Entry { key, line, value });
        }
    }
}

fn scalar(text: &str, style: ScalarStyle, line: usize) -> Result<Kind> {
    let plain = style == ScalarStyle::Plain;
    if plain && matches!(text, "" | "~" | "null" | "Null" | "NULL") {
        return Err(yaml(line, "the value is missing, or null, which CloudFormation refuses"));
    }
    let octal = text.len() > 1 && text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
    if plain && (octal || YAML_1_1_BOOLEANS.contains(&text)) {
        let why = format!("CloudFormation reads YAML 1.1, where {text} isn't a string; put it in quotes");
        return Err(yaml(line, &why));
    }
    Ok(Kind::Text(text.to_owned()))
}

/// `{"Fn::Sub": ...}`: a map whose only key is a function's name.
fn long_call(mut entries: Vec<Entry>) -> Kind {
    let function = |entry: &mut Entry| {
        matches!(entry.key.as_str(), "Ref" | "Condition") || entry.key.starts_with("Fn::")
    };
    if entries.len() == 1
        && let Some(entry) = entries.pop_if(function)
    {
        return Kind::Call(entry.key, Box::new(entry.value));
    }
    Kind::Map(entries)
}

/// `!Sub ...`: a tag.
fn short_call(kind: Kind, tag: Option<Cow<'_, Tag>>, line: usize) -> Kind {
    match tag {
        Some(tag) if !tag.is_yaml_core_schema() => {
            let name = match tag.suffix.as_str() {
                "Ref" | "Condition" => tag.suffix.clone(),
                other => format!("Fn::{other}"),
            };
            Kind::Call(name, Box::new(Node::new(line, kind)))
        }
        _ => kind,
    }
}

fn yaml(line: usize, fault: &str) -> Located {
    Located::new(line, ErrorKind::Invalid(fault.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> (usize, String) {
        let error = Node::parse(text).unwrap_err();
        (error.line, error.kind.to_string())
    }

    fn call(name: &str, line: usize, argument: &str) -> Kind {
        Kind::Call(name.to_owned(), Box::new(Node::text(line, argument)))
    }

    #[test]
    fn short_and_long_forms_of_a_function_are_the_same_call() {
        let node = Node::parse("A: !Sub x\nB:\n  Fn::Sub: x\nC: !Ref y\nD: {Ref: y}\n").unwrap();
        assert_eq!(node.get("A").unwrap().kind, call("Fn::Sub", 1, "x"));
        assert_eq!(node.get("B").unwrap().kind, call("Fn::Sub", 3, "x"));
        assert_eq!(node.get("C").unwrap().kind, call("Ref", 4, "y"));
        assert_eq!(node.get("D").unwrap().kind, call("Ref", 5, "y"));
    }

    #[test]
    fn a_function_takes_a_list_or_a_map_too() {
        let node = Node::parse("A: !Join [\"-\", [a, b]]\nB: !If {x: y}\n").unwrap();
        assert!(matches!(&node.get("A").unwrap().kind, Kind::Call(name, list)
            if name == "Fn::Join" && matches!(list.kind, Kind::List(_))));
        assert!(matches!(&node.get("B").unwrap().kind, Kind::Call(name, map)
            if name == "Fn::If" && matches!(map.kind, Kind::Map(_))));
    }

    #[test]
    fn a_statement_with_a_condition_among_other_keys_is_no_call() {
        let node = Node::parse("Effect: Deny\nCondition: {a: b}\n").unwrap();
        assert_eq!(node.entries().unwrap().len(), 2);
    }

    #[test]
    fn scalars_stay_as_they_are_written() {
        let node = Node::parse("A: 1.0\nB: \"0123\"\nC: true\nD: 2012-10-17\nE: 'no'").unwrap();
        let texts: Vec<_> = node.entries().unwrap().iter().map(|e| e.value.as_text().unwrap()).collect();
        assert_eq!(texts, ["1.0", "0123", "true", "2012-10-17", "no"]);
    }

    #[test]
    fn what_yaml_1_1_reads_as_something_else_has_to_be_quoted() {
        for text in ["yes", "off", "012345678901"] {
            let (line, fault) = fault(&format!("A: b\nC: {text}"));
            assert_eq!(line, 2);
            assert!(fault.contains("put it in quotes"), "{fault}");
        }
    }

    #[test]
    fn what_nobody_writes_by_hand_is_refused_before_the_stack_overflows() {
        for text in ["- ".repeat(100_000), "[".repeat(200), "{a: ".repeat(65)] {
            let why = fault(&text).1;
            assert!(why.contains("inside each other"), "{why}");
        }
        let deep = format!("{}x{}", "[".repeat(60), "]".repeat(60));
        assert!(Node::parse(&deep).is_ok());
    }

    #[test]
    fn what_cloudformation_refuses_is_refused_with_its_line() {
        assert_eq!(fault("A: 1\nB: 2\nA: 3"), (3, "A is here already, in line 1; keep one".to_owned()));
        assert!(fault("A: &x 1\nB: *x").1.contains("YAML aliases"));
        assert!(fault("A: 1\nB:").1.contains("the value is missing"));
        assert_eq!(fault("A: [1\nB: 2").0, 2);
        assert_eq!(fault("A: 1\nB: 2\nC").0, 3);
        assert_eq!(fault("A:\n  {B: {C").0, 2);
        assert_eq!(fault("").1, "the file is empty");
    }
}
