use crate::tests::{assert_refused, function, parse, refusal};

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
    // Reading the name of `Self` is an error, so it is only there where an expression asks for it.
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
        ("!Ref Alarms", "refers to Alarms, of type AWS::SNS::Topic, which exists on AWS alone"),
        ("!GetAtt Jobs.Colour", "can't evaluate Fn::GetAtt Jobs.Colour"),
        ("!Ref Image", "only AWS knows the value of a parameter of type AWS::SSM::Parameter::Value<String>"),
        ("!Ref Worker.Alias", "Worker has no AutoPublishAlias"),
        ("!ImportValue x", "can't evaluate Fn::ImportValue"),
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
    assert_refused(&template("!Ref Nobody"), ": Worker.Environment.Variables.A: Nobody is");
}
