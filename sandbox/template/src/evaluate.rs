//! CloudFormation's intrinsic functions, as far as something that runs here uses them.
//!
//! [Intrinsic function reference](https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html)

use super::error::{Fault, Located};
use super::node::{Kind, Node};
use super::scope::Scope;

impl Scope<'_> {
    /// The value of a node: itself, or what its function returns, which is no function. What is inside a list or
    /// a map stays as it is until somebody asks for it. Nothing for `AWS::NoValue`: the property isn't there.
    pub(crate) fn evaluate(&self, node: &Node) -> Result<Option<Node>, Located> {
        self.budget.spend(node.line, node.weight())?;
        let Kind::Call(function, argument) = &node.kind else { return Ok(Some(node.clone())) };
        let value = self.budget.deeper(node.line, || self.call(function, argument, node.line))?;
        self.budget.spend(node.line, value.as_ref().map_or(0, Node::weight))?;
        Ok(value)
    }

    fn call(&self, function: &str, argument: &Node, line: usize) -> Result<Option<Node>, Located> {
        let text = |text| Ok(Some(Node::text(line, text)));
        match function {
            "Ref" => self.reference(argument.as_text()?, line),
            "Condition" => text(self.condition(argument.as_text()?, line)?.to_string()),
            "Fn::GetAtt" => self.get_att(argument, line).map(Some),
            "Fn::Sub" => text(self.substitute(argument)?),
            "Fn::Join" => {
                let [separator, items] = arguments(argument, "a separator and a list")?;
                let (texts, separator) = (self.texts(&items)?, self.text(&separator)?);
                self.budget.spend(line, texts.len().saturating_mul(separator.len()))?;
                text(texts.join(&separator))
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
    pub(crate) fn text(&self, node: &Node) -> Result<String, Located> {
        match self.evaluate(node)? {
            Some(value) => value.as_text().map(str::to_owned),
            None => Err(Located::new(
                node.line,
                Fault::Expected { expected: "a string", found: "AWS::NoValue".to_owned() },
            )),
        }
    }

    /// The values of a node that has to be a list; items that are `AWS::NoValue` are not there.
    pub(crate) fn items(&self, node: &Node) -> Result<Vec<Node>, Located> {
        let value = self.evaluate(node)?;
        match value {
            Some(Node { kind: Kind::List(items), .. }) => {
                items.iter().filter_map(|item| self.evaluate(item).transpose()).collect()
            }
            other => Err(other.as_ref().unwrap_or(node).expected("a list")),
        }
    }

    /// The strings of a node that has to be a list of them.
    pub(crate) fn texts(&self, node: &Node) -> Result<Vec<String>, Located> {
        self.items(node)?.iter().map(|item| item.as_text().map(str::to_owned)).collect()
    }

    /// Whether a condition holds.
    pub(crate) fn truth(&self, node: &Node) -> Result<bool, Located> {
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
pub(crate) fn arguments<const N: usize>(
    argument: &Node,
    expected: &'static str,
) -> Result<[Node; N], Located> {
    match &argument.kind {
        Kind::List(items) => items.clone().try_into().map_err(|_| argument.expected(expected)),
        _ => Err(argument.expected(expected)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{function, parse, refusal};

    const SECTIONS: &str = r#"
Parameters:
  Stage: {Type: String, Default: dev}
  Zones: {Type: CommaDelimitedList, Default: "a, b"}
  Image: {Type: "AWS::SSM::Parameter::Value<String>", Default: /some/name}
Mappings:
  Sizes: {dev: {Memory: 128}, prod: {Memory: 512}}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
  IsDev: !Not [Condition: IsProd]
  Both: !And [!Condition IsProd, !Condition IsDev]
  Either: {"Fn::Or": [{Condition: IsProd}, {Condition: IsDev}]}
  Turns: !Not [!Condition Turns]
"#;

    /// A template whose function has a variable `A` with this value.
    fn template(value: &str) -> String {
        let resources = "  Jobs: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub \"${AWS::StackName}-jobs\"}}\n  \
             Files: {Type: AWS::S3::Bucket, Properties: {VersioningConfiguration: {Status: Enabled}}}\n  \
             Never: {Type: AWS::SQS::Queue, Condition: IsProd}\n  \
             Self: {Type: AWS::SQS::Queue, Properties: {QueueName: !GetAtt Self.QueueName}}\n  \
             Log: {Type: AWS::Logs::LogGroup}\n  \
             Alarms: {Type: AWS::SNS::Topic}\n";
        // `Self` is only there where it is asked for: reading its name is the fault.
        let resources: String = resources
            .lines()
            .filter(|line| !line.contains("Self:") || value.contains("Self"))
            .map(|l| format!("{l}\n"))
            .collect();
        format!("{SECTIONS}{}{resources}", function(&format!("Environment: {{Variables: {{A: {value}}}}}")))
    }

    fn value(expression: &str) -> String {
        let template = parse(&template(expression)).unwrap_or_else(|error| panic!("{expression}: {error}"));
        template.functions[0].environment["A"].clone()
    }

    #[test]
    fn references_return_what_cloudformation_returns() {
        for (expression, expected) in [
            ("!Ref Stage", "dev"),
            ("!Ref AWS::Region", "eu-central-1"),
            ("!Ref AWS::Partition", "aws"),
            ("!Ref AWS::URLSuffix", "amazonaws.com"),
            ("!Ref Jobs", "http://127.0.0.1:4566/000000000000/candidate-2-jobs"),
            ("!GetAtt Jobs.Arn", "arn:aws:sqs:eu-central-1:000000000000:candidate-2-jobs"),
            ("!GetAtt [Jobs, QueueName]", "candidate-2-jobs"),
            ("{\"Fn::GetAtt\": Jobs.QueueUrl}", "http://127.0.0.1:4566/000000000000/candidate-2-jobs"),
            ("!Ref Files", "candidate-2-files"),
            ("!GetAtt Files.Arn", "arn:aws:s3:::candidate-2-files"),
            ("!Ref Log", "candidate-2-Log"),
            ("!GetAtt Log.Arn", "arn:aws:logs:eu-central-1:000000000000:log-group:candidate-2-Log:*"),
            ("!Ref Worker", "candidate-2-Worker"),
            ("!GetAtt Worker.Arn", "arn:aws:lambda:eu-central-1:000000000000:function:candidate-2-Worker"),
        ] {
            assert_eq!(value(expression), expected, "{expression}");
        }
    }

    #[test]
    fn functions_return_what_cloudformation_returns() {
        for (expression, expected) in [
            ("!Join [\"-\", [a, !Ref Stage, !Ref AWS::NoValue]]", "a-dev"),
            ("!Join [\"+\", !Ref Zones]", "a+b"),
            ("!Select [1, !Split [\"/\", \"x/y/z\"]]", "y"),
            ("!Select [0, [!Ref Stage]]", "dev"),
            ("!FindInMap [Sizes, !Ref Stage, Memory]", "128"),
            ("!If [IsProd, a, !Ref Stage]", "dev"),
            ("!If [IsDev, a, b]", "a"),
            ("!If [Both, a, b]", "b"),
            ("!If [Either, a, b]", "a"),
            (
                "!Sub \"${AWS::StackName}/${Stage}/${Jobs.QueueName}/${!Literal}\"",
                "candidate-2/dev/candidate-2-jobs/${Literal}",
            ),
            ("!Sub [\"${Own}-${Stage}\", {Own: !Ref AWS::AccountId, Stage: mine}]", "000000000000-mine"),
            ("{\"Fn::Sub\": \"$5 ${Worker}\"}", "$5 candidate-2-Worker"),
        ] {
            assert_eq!(value(expression), expected, "{expression}");
        }
    }

    #[test]
    fn the_branch_that_is_not_taken_is_not_looked_at() {
        assert_eq!(value("!If [IsProd, !GetAtt Never.Arn, none]"), "none");
    }

    #[test]
    fn what_can_not_be_resolved_says_where_and_why() {
        for (expression, why) in [
            ("!Ref Nobody", "Nobody is not the name of a parameter, pseudo parameter or resource"),
            ("!If [Maybe, a, b]", "Maybe is not the name of a condition"),
            ("!FindInMap [Sizes, test, Memory]", "test is not the name of a mapping or of a key in it"),
            ("!Ref Never", "refers to Never, which its Condition leaves out"),
            ("!Ref Alarms", "refers to Alarms, a AWS::SNS::Topic, which exists on AWS alone"),
            ("!GetAtt Jobs.Colour", "Fn::GetAtt Jobs.Colour can't be evaluated here"),
            (
                "!Ref Image",
                "only AWS knows the value of a parameter of type AWS::SSM::Parameter::Value<String>",
            ),
            ("!Ref Worker.Alias", "Worker has no AutoPublishAlias"),
            ("!ImportValue x", "Fn::ImportValue can't be evaluated here"),
            ("!Select [2, [a, b]]", "asks for item 2 of a list of 2"),
            ("!Join [a]", "expected a separator and a list, found a list"),
            ("!Sub \"${Stage\"", "without its }"),
            ("!Sub \"${AWS::NoValue}\"", "Fn::Sub of AWS::NoValue"),
            ("!Ref Zones", "expected a string, found a list"),
            ("!If [Turns, a, b]", "refers to itself"),
            ("!Ref Self", "refers to itself"),
        ] {
            let refusal = refusal(&template(expression));
            assert!(refusal.contains(why), "{expression}: {refusal}");
            assert!(refusal.starts_with("template.yaml:"), "{refusal}");
        }
        let message = refusal(&template("!Ref Nobody"));
        assert!(message.contains(": Worker.Environment.Variables.A: Nobody is"), "{message}");
    }
}
