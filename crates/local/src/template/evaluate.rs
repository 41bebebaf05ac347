//! CloudFormation's intrinsic functions, as far as something that runs here uses them.
//!
//! [Intrinsic function reference](https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html)

use super::error::{Fault, Located};
use super::node::{Kind, Node};
use super::scope::Scope;

impl Scope<'_> {
    /// The value of a node: itself, or what its function returns, which is no function. What is inside a list or
    /// a map stays as it is until somebody asks for it. Nothing for `AWS::NoValue`: the property isn't there.
    pub(super) fn evaluate(&self, node: &Node) -> Result<Option<Node>, Located> {
        let Kind::Call(function, argument) = &node.kind else { return Ok(Some(node.clone())) };
        let line = node.line;
        let text = |text| Ok(Some(Node::text(line, text)));
        match function.as_str() {
            "Ref" => self.reference(argument.as_text()?, line),
            "Condition" => text(self.condition(argument.as_text()?, line)?.to_string()),
            "Fn::GetAtt" => self.get_att(argument, line).map(Some),
            "Fn::Sub" => text(self.substitute(argument)?),
            "Fn::Join" => {
                let [separator, items] = arguments(argument, "a separator and a list")?;
                text(self.texts(&items)?.join(&self.text(&separator)?))
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
            other => Err(Located::new(line, Fault::UnsupportedFunction(other.to_owned()))),
        }
    }

    /// The value of a node that has to be a string.
    pub(super) fn text(&self, node: &Node) -> Result<String, Located> {
        match self.evaluate(node)? {
            Some(value) => value.as_text().map(str::to_owned),
            None => Err(Located::new(
                node.line,
                Fault::Expected { expected: "a string", found: "AWS::NoValue".to_owned() },
            )),
        }
    }

    /// The values of a node that has to be a list; items that are `AWS::NoValue` are not there.
    pub(super) fn items(&self, node: &Node) -> Result<Vec<Node>, Located> {
        let value = self.evaluate(node)?;
        match value {
            Some(Node { kind: Kind::List(items), .. }) => {
                items.iter().filter_map(|item| self.evaluate(item).transpose()).collect()
            }
            other => Err(other.as_ref().unwrap_or(node).expected("a list")),
        }
    }

    /// The strings of a node that has to be a list of them.
    pub(super) fn texts(&self, node: &Node) -> Result<Vec<String>, Located> {
        self.items(node)?.iter().map(|item| item.as_text().map(str::to_owned)).collect()
    }

    /// Whether a condition holds.
    pub(super) fn truth(&self, node: &Node) -> Result<bool, Located> {
        match self.evaluate(node)? {
            Some(Node { kind: Kind::Text(text), .. }) if text == "true" => Ok(true),
            Some(Node { kind: Kind::Text(text), .. }) if text == "false" => Ok(false),
            _ => Err(node.expected("a condition")),
        }
    }

    fn truths(&self, node: &Node) -> Result<Vec<bool>, Located> {
        match &node.kind {
            Kind::List(conditions) => conditions.iter().map(|condition| self.truth(condition)).collect(),
            _ => Err(node.expected("a list of conditions")),
        }
    }

    fn get_att(&self, argument: &Node, line: usize) -> Result<Node, Located> {
        const FORM: &str = "a logical id and an attribute";
        match &argument.kind {
            Kind::Text(both) => {
                let (id, attribute) = both.split_once('.').ok_or_else(|| argument.expected(FORM))?;
                self.attribute(id, attribute, line)
            }
            _ => {
                let [id, attribute] = arguments(argument, FORM)?;
                self.attribute(id.as_text()?, &self.text(&attribute)?, line)
            }
        }
    }

    fn select(&self, argument: &Node) -> Result<Node, Located> {
        let [index, list] = arguments(argument, "an index and a list")?;
        let position = self.text(&index)?.parse::<usize>().map_err(|_| index.expected("an index from 0"))?;
        let items = self.items(&list)?;
        let count = items.len();
        items.into_iter().nth(position).ok_or_else(|| {
            let fault =
                format!("Fn::Select asks for item {position} of a list of {count}; they count from 0");
            Located::new(index.line, Fault::Conflict(fault))
        })
    }

    fn find_in_map(&self, argument: &Node) -> Result<Node, Located> {
        let keys: [Node; 3] = arguments(argument, "a mapping's name and two keys")?;
        let mut found = &self.mappings;
        for key in &keys {
            let name = self.text(key)?;
            let unknown =
                || Located::new(key.line, Fault::UnknownName(name.clone(), "mapping or of a key in it"));
            found = found.get(&name).ok_or_else(unknown)?;
        }
        Ok(found.clone())
    }
}

/// A function's arguments, which have to be a list of so many.
pub(super) fn arguments<const N: usize>(
    argument: &Node,
    expected: &'static str,
) -> Result<[Node; N], Located> {
    match &argument.kind {
        Kind::List(items) => items.clone().try_into().map_err(|_| argument.expected(expected)),
        _ => Err(argument.expected(expected)),
    }
}
