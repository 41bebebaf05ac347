//! CloudFormation's intrinsic functions, as far as something that runs here uses them.
//!
//! [Intrinsic function reference](https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html)

use crate::error::{ErrorKind, Located, Result};
use crate::node::{Kind, Node};
use crate::scope::Scope;

#[cfg(test)]
mod tests;

impl Scope<'_> {
    /// The value of a node: itself, or its function's result. The items of a list or a map stay unevaluated.
    /// `None` for `AWS::NoValue`: the property isn't there.
    pub(crate) fn evaluate(&self, node: &Node) -> Result<Option<Node>> {
        self.spend(node.line, node.weight())?;
        let Kind::Call(function, argument) = &node.kind else { return Ok(Some(node.clone())) };
        let value = self.deeper(node.line, || self.call(function, argument, node.line))?;
        self.spend(node.line, value.as_ref().map_or(0, Node::weight))?;
        Ok(value)
    }

    fn call(&self, function: &str, argument: &Node, line: usize) -> Result<Option<Node>> {
        let text = |text| Ok(Some(Node::text(line, text)));
        match function {
            "Ref" => self.reference(argument.as_text()?, line),
            "Condition" => text(self.condition(argument.as_text()?, line)?.to_string()),
            "Fn::GetAtt" => self.get_att(argument, line).map(Some),
            "Fn::Sub" => text(self.with_local_api(self.substitute(argument)?)?),
            "Fn::Join" => {
                let [separator, items] = arguments(argument, "a separator and a list")?;
                let (texts, separator) = (self.texts(&items)?, self.text(&separator)?);
                self.spend(line, texts.len().saturating_mul(separator.len()))?;
                text(self.with_local_api(texts.join(&separator))?)
            }
            "Fn::Split" => {
                let [separator, whole] = arguments(argument, "a separator and a string")?;
                let (separator, whole) = (self.text(&separator)?, self.text(&whole)?);
                let parts = whole.split(&separator).map(|part| Node::text(line, part));
                Ok(Some(Node::new(line, Kind::List(parts.collect()))))
            }
            "Fn::Select" => self.select(argument).map(Some),
            "Fn::FindInMap" => self.find_in_map(argument).map(Some),
            "Fn::If" => {
                let [name, yes, no] = arguments(argument, "a condition's name and two values")?;
                let holds = self.condition(name.as_text()?, line)?;
                self.evaluate(if holds { &yes } else { &no })
            }
            "Fn::Equals" => {
                let [left, right] = arguments(argument, "two values")?;
                text((self.text(&left)? == self.text(&right)?).to_string())
            }
            "Fn::Not" => {
                let [condition] = arguments(argument, "a list of one condition")?;
                text((!self.truth(&condition)?).to_string())
            }
            "Fn::And" => text(self.truths(argument)?.into_iter().all(|holds| holds).to_string()),
            "Fn::Or" => text(self.truths(argument)?.into_iter().any(|holds| holds).to_string()),
            other => Err(Located::new(line, ErrorKind::UnsupportedFunction(other.to_owned()))),
        }
    }

    /// The value of a node that must be a string.
    pub(crate) fn text(&self, node: &Node) -> Result<String> {
        match self.evaluate(node)? {
            Some(value) => value.as_text().map(str::to_owned),
            None => {
                let (expected, found) = ("a string", "AWS::NoValue".to_owned());
                Err(Located::new(node.line, ErrorKind::Expected { expected, found }))
            }
        }
    }

    /// The values of a node that must be a list, without items that are `AWS::NoValue`.
    pub(crate) fn items(&self, node: &Node) -> Result<Vec<Node>> {
        match self.evaluate(node)? {
            Some(Node { kind: Kind::List(items), .. }) => {
                items.iter().filter_map(|item| self.evaluate(item).transpose()).collect()
            }
            other => Err(other.as_ref().unwrap_or(node).expected("a list")),
        }
    }

    pub(crate) fn texts(&self, node: &Node) -> Result<Vec<String>> {
        self.items(node)?.iter().map(|item| item.as_text().map(str::to_owned)).collect()
    }

    pub(crate) fn truth(&self, node: &Node) -> Result<bool> {
        match self.evaluate(node)? {
            Some(Node { kind: Kind::Text(text), .. }) if text == "true" => Ok(true),
            Some(Node { kind: Kind::Text(text), .. }) if text == "false" => Ok(false),
            _ => Err(node.expected("a condition")),
        }
    }

    fn truths(&self, node: &Node) -> Result<Vec<bool>> {
        match &node.kind {
            Kind::List(conditions) => conditions.iter().map(|condition| self.truth(condition)).collect(),
            _ => Err(node.expected("a list of conditions")),
        }
    }

    fn get_att(&self, argument: &Node, line: usize) -> Result<Node> {
        const FORM: &str = "a logical id and an attribute";
        if let Kind::Text(both) = &argument.kind {
            let (id, attribute) = both.split_once('.').ok_or_else(|| argument.expected(FORM))?;
            return self.attribute(id, attribute, line);
        }
        let [id, attribute] = arguments(argument, FORM)?;
        self.attribute(id.as_text()?, &self.text(&attribute)?, line)
    }

    fn select(&self, argument: &Node) -> Result<Node> {
        let [index, list] = arguments(argument, "an index and a list")?;
        let position = self.text(&index)?.parse::<usize>().map_err(|_| index.expected("an index from 0"))?;
        let items = self.items(&list)?;
        let count = items.len();
        items.into_iter().nth(position).ok_or_else(|| {
            let why = format!("Fn::Select asks for item {position} of a list of {count}; they count from 0");
            Located::new(index.line, ErrorKind::Invalid(why))
        })
    }

    fn find_in_map(&self, argument: &Node) -> Result<Node> {
        let keys: [Node; 3] = arguments(argument, "a mapping's name and two keys")?;
        let mut found = &self.mappings;
        for key in &keys {
            let name = self.text(key)?;
            found = found.get(&name).ok_or_else(|| {
                Located::new(key.line, ErrorKind::UnknownName(name, "mapping or of a key in it"))
            })?;
        }
        Ok(found.clone())
    }

    /// `Fn::Sub` in either form: a string, or a list of a string and a map with names of its own.
    ///
    /// [Fn::Sub](https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-sub.html)
    fn substitute(&self, argument: &Node) -> Result<String> {
        if let Kind::Text(pattern) = &argument.kind {
            return self.fill(pattern, None, argument.line);
        }
        let [pattern, names] = arguments(argument, "a string, or a list of a string and a map")?;
        names.entries()?;
        self.fill(pattern.as_text()?, Some(&names), pattern.line)
    }

    fn fill(&self, pattern: &str, names: Option<&Node>, line: usize) -> Result<String> {
        let mut filled = String::new();
        let mut rest = pattern;
        while let Some((before, after)) = rest.split_once("${") {
            let Some((name, after)) = after.split_once('}') else {
                let why = format!("{pattern:?} has a ${{ without its }}; add it");
                return Err(Located::new(line, ErrorKind::Invalid(why)));
            };
            filled.push_str(before);
            match name.strip_prefix('!') {
                Some(literal) => filled.extend(["${", literal, "}"]),
                None => {
                    let value = self.named(name.trim(), names, line)?;
                    self.spend(line, value.len() + 1)?;
                    filled.push_str(&value);
                }
            }
            rest = after;
        }
        filled.push_str(rest);
        Ok(filled)
    }

    fn named(&self, name: &str, names: Option<&Node>, line: usize) -> Result<String> {
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
                None => Err(Located::new(line, ErrorKind::UnsupportedFunction(format!("Fn::Sub of {name}")))),
            },
        }
    }
}

/// A function's arguments, which must be a list of `N`.
fn arguments<const N: usize>(argument: &Node, expected: &'static str) -> Result<[Node; N]> {
    match &argument.kind {
        Kind::List(items) => items.clone().try_into().map_err(|_| argument.expected(expected)),
        _ => Err(argument.expected(expected)),
    }
}
