//! Outputs: what a stack tells those who use it.

use crate::error::{ErrorKind, Located, Result};
use crate::node::Entry;
use crate::properties::{Known, Properties};
use crate::scope::Scope;

/// An output of the stack, such as `QueueUrl`.
///
/// [Outputs](https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/outputs-section-structure.html)
#[derive(Clone, Debug, PartialEq)]
pub struct OutputSpec {
    pub key: String,
    pub value: String,
    pub description: Option<String>,
}

const OUTPUT: Known = Known {
    used: &["Condition", "Description", "Value"],
    only_on_aws: &["Export"], // for other stacks: here there is one
};

/// The outputs in the order of the file, without those whose condition doesn't hold and those whose value needs what
/// exists on AWS alone. Every name in any of them must be declared.
pub(crate) fn read(scope: &Scope<'_>) -> Result<Vec<OutputSpec>> {
    let outputs = scope.outputs.entries().map_err(|error| error.at("Outputs"))?;
    outputs.iter().filter_map(|output| read_one(scope, output).transpose()).collect()
}

fn read_one(scope: &Scope<'_>, output: &Entry) -> Result<Option<OutputSpec>> {
    let place = format!("Outputs.{}", output.key);
    let properties = Properties::open(scope, &place, &output.value, OUTPUT)?;
    scope.check_names(&output.value).map_err(|error| error.at(&place))?;
    if let Some(Entry { line, value, .. }) = output.value.entry("Condition") {
        let holds = value.as_text().and_then(|name| scope.condition(name, *line));
        if !holds.map_err(|error| error.at(&format!("{place}.Condition")))? {
            return Ok(None);
        }
    }
    match properties.required_text("Value") {
        Err(Located { kind: ErrorKind::OnlyOnAws { .. }, .. }) => Ok(None),
        value => {
            let (key, description) = (output.key.clone(), properties.text("Description")?);
            Ok(Some(OutputSpec { key, value: value?, description }))
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::{assert_refused, deployment, parse, refusal};
    use crate::{Deployment, Template};

    const RESOURCES: &str = "\
Conditions: {Never: !Equals [a, b]}
Resources:
  Jobs: {Type: AWS::SQS::Queue}
  Alarms: {Type: AWS::SNS::Topic}
  Front: {Type: AWS::ElasticLoadBalancingV2::LoadBalancer}
  Back: {Type: AWS::ElasticLoadBalancingV2::LoadBalancer}
  Http:
    Type: AWS::ElasticLoadBalancingV2::Listener
    Properties:
      LoadBalancerArn: !Ref Front
      Port: 80
      Protocol: HTTP
      DefaultActions: [{Type: fixed-response, FixedResponseConfig: {StatusCode: 404}}]
Outputs:
";

    fn text(outputs: &str) -> String {
        format!("{RESOURCES}{outputs}")
    }

    /// The outputs as `key=value`.
    fn outputs(outputs: &str, deployment: &Deployment) -> Vec<String> {
        let template = Template::parse(&text(outputs), deployment).unwrap();
        template.outputs.iter().map(|output| format!("{}={}", output.key, output.value)).collect()
    }

    #[test]
    fn an_output_has_its_value_and_its_description() {
        let template =
            parse(&text("  A: {Value: !GetAtt Jobs.QueueName, Description: What is to be done.}\n"));
        let output = template.unwrap().outputs.remove(0);
        assert_eq!((output.key.as_str(), output.value.as_str()), ("A", "candidate-2-Jobs"));
        assert_eq!(output.description.as_deref(), Some("What is to be done."));
    }

    #[test]
    fn an_output_is_left_out_by_its_condition_and_where_it_needs_what_exists_on_aws_alone() {
        let lines = "  A: {Value: a, Condition: Never}\n  B: {Value: !Ref Alarms}\n  C: {Value: c}\n  \
                     D: {Value: !Sub \"x-${Alarms.TopicName}\"}\n  E: {Value: !If [Never, !Ref Alarms, e]}\n";
        assert_eq!(outputs(lines, &deployment()), ["C=c", "E=e"]);
    }

    #[test]
    fn the_name_of_the_load_balancer_is_the_address_of_its_listener_where_there_is_one() {
        let lines = "  A: {Value: !Sub \"http://${Front.DNSName}/a\"}\n  B: {Value: !GetAtt Back.DNSName}\n  C: {Value: c}\n";
        assert_eq!(outputs(lines, &deployment()), ["C=c"]);
        let listening = Deployment { fronts: vec!["127.0.0.1:8080".parse().unwrap()], ..deployment() };
        assert_eq!(outputs(lines, &listening), ["A=http://127.0.0.1:8080/a", "C=c"]);
    }

    #[test]
    fn a_name_that_stands_for_nothing_is_refused_with_its_line_wherever_it_stands() {
        for output in [
            "  A:\n    Value: !Ref Nobody\n",
            "  A:\n    Value: !GetAtt Nobody.Arn\n",
            "  A:\n    Value: !GetAtt [Nobody, Arn]\n",
            "  A:\n    Value: !Sub \"${Alarms}${Nobody.Arn}\"\n",
            "  A:\n    Value: !Sub [\"${Own}${Nobody}\", {Own: !Ref Alarms}]\n",
            "  A:\n    Value: !Sub [\"${Own}\", {Own: !Ref Nobody}]\n",
            "  A:\n    Value: !If [Never, !Ref Nobody, a]\n",
            "  A:\n    Value: !If [Nobody, a, b]\n",
            "  A: {Value: a,\n    Condition: Nobody}\n",
            "  A: {Condition: Never,\n    Value: !Join [\"\", [!Ref Alarms, !Ref Nobody]]}\n",
        ] {
            let refusal = refusal(&text(output));
            assert!(refusal.starts_with("template.yaml:16: Outputs.A"), "{output}: {refusal}");
            assert!(refusal.contains(": Nobody is not the name of a"), "{output}: {refusal}");
        }
    }

    #[test]
    fn what_no_output_has_is_refused() {
        for (output, message) in [
            ("A: {Valeu: a}", "Outputs.A.Valeu: not supported"),
            ("A: {Description: a}", "Outputs.A: the property Value is missing"),
            ("A: {Value: [a]}", "Outputs.A.Value: expected a string, found a list"),
        ] {
            assert_refused(&text(&format!("  {output}\n")), message);
        }
    }
}
