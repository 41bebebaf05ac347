//! `Fn::Sub`: a string with `${names}` in it.
//!
//! [Fn::Sub](https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-sub.html)

use super::error::{Fault, Located};
use super::evaluate::arguments;
use super::node::{Kind, Node};
use super::scope::Scope;

impl Scope<'_> {
    /// Either form: a string, or a list of a string and a map with names of its own.
    pub(crate) fn substitute(&self, argument: &Node) -> Result<String, Located> {
        if let Kind::Text(pattern) = &argument.kind {
            return self.fill(pattern, None, argument.line);
        }
        let [pattern, names] = arguments(argument, "a string, or a list of a string and a map")?;
        names.entries()?;
        self.fill(pattern.as_text()?, Some(&names), pattern.line)
    }

    fn fill(&self, pattern: &str, names: Option<&Node>, line: usize) -> Result<String, Located> {
        let mut filled = String::new();
        let mut rest = pattern;
        while let Some((before, after)) = rest.split_once("${") {
            let Some((name, after)) = after.split_once('}') else {
                return Err(Located::new(
                    line,
                    Fault::Conflict(format!("{pattern:?} has a ${{ without its }}; add it")),
                ));
            };
            filled.push_str(before);
            match name.strip_prefix('!') {
                Some(literal) => filled.extend(["${", literal, "}"]),
                None => {
                    let value = self.named(name.trim(), names, line)?;
                    self.budget.spend(line, value.len() + 1)?;
                    filled.push_str(&value);
                }
            }
            rest = after;
        }
        filled.push_str(rest);
        Ok(filled)
    }

    fn named(&self, name: &str, names: Option<&Node>, line: usize) -> Result<String, Located> {
        if let Some(value) = names.and_then(|names| names.get(name)) {
            return self.text(value);
        }
        // `${Queue.Arn}` is an attribute; `${Function.Alias}` is SAM's and a Ref.
        match name.split_once('.') {
            Some((id, attribute)) if !matches!(attribute, "Alias" | "Version") => {
                self.text(&self.attribute(id, attribute, line)?)
            }
            _ => match self.reference(name, line)? {
                Some(value) => value.as_text().map(str::to_owned),
                None => Err(Located::new(line, Fault::UnsupportedFunction(format!("Fn::Sub of {name}")))),
            },
        }
    }
}
