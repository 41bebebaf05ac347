//! CloudFormation: the stacks that were deployed, as far as `DescribeStacks` shows them.

use crate::clock;
use crate::error::{Result, ServiceError};
use crate::query::{Form, element};
use crate::store::{Store, StoreError, Table};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::SystemTime;

/// The version of the API, which every request must name.
const VERSION: &str = "2010-05-15";
/// The XML namespace of every response.
pub(crate) const NAMESPACE: &str = "http://cloudformation.amazonaws.com/doc/2010-05-15/";

#[derive(Clone, Debug)]
pub struct Deployed {
    pub name: String,
    /// Its ARN, which ends in a UUID.
    pub id: String,
    pub created_at: SystemTime,
    pub outputs: Vec<Output>,
}

#[derive(Clone, Debug)]
pub struct Output {
    pub key: String,
    pub value: String,
    pub description: Option<String>,
}

/// The id of each stack that was deployed here, by its name.
const IDS: Table<String> = Table::new("stacks");

/// The stacks of one account in one region.
#[derive(Debug)]
pub struct CloudFormation {
    stacks: Mutex<Vec<Arc<Deployed>>>,
    ids: Mutex<BTreeMap<String, String>>,
    store: Store,
}

impl CloudFormation {
    /// With the ids of the store. Blocks.
    pub(crate) fn open(store: Store) -> Result<Self, StoreError> {
        let ids = Mutex::new(store.read(&IDS)?.into_iter().collect());
        Ok(Self { stacks: Mutex::default(), ids, store })
    }

    /// The id of the stack with this name: that of an earlier start with the same data directory, or else a new one, which
    /// is kept.
    pub fn id(&self, name: &str, new: impl FnOnce() -> String) -> String {
        let mut ids = self.ids.lock();
        let id = ids.entry(name.to_owned()).or_insert_with(|| {
            let id = new();
            self.store.append(|| [IDS.put(name, &id)]);
            id
        });
        id.clone()
    }

    /// The id of a deployed stack.
    pub fn stack_id(&self, name: &str) -> Option<String> {
        self.find(Some(name)).ok()?.first().map(|stack| stack.id.clone())
    }

    /// Adds a stack, in place of one with the same name.
    pub fn add(&self, stack: Deployed) {
        let mut stacks = self.stacks.lock();
        stacks.retain(|other| other.name != stack.name);
        stacks.push(Arc::new(stack));
    }

    /// Every stack, or the one with this name or id.
    fn find(&self, name_or_id: Option<&str>) -> Result<Vec<Arc<Deployed>>> {
        let stacks = self.stacks.lock().clone();
        let Some(wanted) = name_or_id else { return Ok(stacks) };
        let found = stacks.into_iter().find(|stack| stack.name == wanted || stack.id == wanted);
        found
            .map(|stack| vec![stack])
            .ok_or_else(|| invalid(format!("Stack with id {wanted} does not exist")))
    }
}

/// Refuses every action but `DescribeStacks`, with AWS's codes:
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/CommonErrors.html>.
pub(crate) fn check(form: &Form) -> Result<()> {
    if (form.action(), form.version()) == ("DescribeStacks", VERSION) {
        return Ok(());
    }
    let (action, version) = (form.action(), form.version());
    let message = format!("The sandbox doesn't support the action {action} of version {version}.");
    Err(ServiceError::new("InvalidAction", message))
}

/// The XML of `DescribeStacks`' result.
pub(crate) fn describe_stacks(cloudformation: &CloudFormation, form: &Form) -> Result<String> {
    let wanted = form.get("StackName");
    if wanted.is_some_and(str::is_empty) {
        return Err(invalid(
            "1 validation error detected: Value '' at 'stackName' failed to satisfy constraint: Member must have length greater than or equal to 1",
        ));
    }
    // All stacks are on one page, so that no response has a token.
    if form.get("NextToken").is_some() {
        return Err(invalid("The token in NextToken is not one of this service."));
    }
    let stacks: String = cloudformation.find(wanted)?.iter().map(|stack| describe(stack)).collect();
    Ok(format!("<Stacks>{stacks}</Stacks>"))
}

fn invalid(message: impl Into<String>) -> ServiceError {
    ServiceError::new("ValidationError", message)
}

fn describe(stack: &Deployed) -> String {
    let members = [
        element("StackName", &stack.name),
        element("StackId", &stack.id),
        element("CreationTime", &clock::iso_8601(stack.created_at)),
        element("StackStatus", "CREATE_COMPLETE"),
        element("DisableRollback", "false"),
    ];
    let outputs: String = stack.outputs.iter().map(describe_output).collect();
    format!("<member>{}<Outputs>{outputs}</Outputs></member>", members.concat())
}

fn describe_output(output: &Output) -> String {
    let description = output.description.as_ref().map(|text| element("Description", text));
    let (key, value) = (element("OutputKey", &output.key), element("OutputValue", &output.value));
    format!("<member>{key}{value}{}</member>", description.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const ID: &str = "arn:aws:cloudformation:eu-central-1:000000000000:stack/jobs/8f6d3a10";

    fn deployed(name: &str, id: &str) -> Deployed {
        let output = |key: &str, value: &str, description: Option<&str>| Output {
            key: key.to_owned(),
            value: value.to_owned(),
            description: description.map(str::to_owned),
        };
        let outputs =
            vec![output("Url", "http://a/?b=1&c=<d>", Some("Where & how.")), output("Other", "x", None)];
        let created_at = SystemTime::UNIX_EPOCH + Duration::from_millis(1_693_561_101_250);
        Deployed { name: name.to_owned(), id: id.to_owned(), created_at, outputs }
    }

    fn cloudformation() -> CloudFormation {
        let cloudformation = CloudFormation::open(Store::volatile()).unwrap();
        cloudformation.add(deployed("jobs", ID));
        cloudformation.add(deployed("other", "arn:other"));
        cloudformation
    }

    fn describe(form: &str) -> Result<String> {
        describe_stacks(&cloudformation(), &Form::parse(form.as_bytes()))
    }

    #[test]
    fn a_stack_is_described_by_name_or_by_id_and_without_either_they_all_are() {
        let by_name = describe("StackName=jobs").unwrap();
        assert_eq!(
            by_name,
            format!(
                "<Stacks><member><StackName>jobs</StackName><StackId>{ID}</StackId>\
                 <CreationTime>2023-09-01T09:38:21.250Z</CreationTime><StackStatus>CREATE_COMPLETE</StackStatus>\
                 <DisableRollback>false</DisableRollback><Outputs>\
                 <member><OutputKey>Url</OutputKey><OutputValue>http://a/?b=1&amp;c=&lt;d&gt;</OutputValue>\
                 <Description>Where &amp; how.</Description></member>\
                 <member><OutputKey>Other</OutputKey><OutputValue>x</OutputValue></member>\
                 </Outputs></member></Stacks>"
            )
        );
        assert_eq!(describe(&format!("StackName={ID}")).unwrap(), by_name);
        assert_eq!(describe("").unwrap().matches("<StackId>").count(), 2);
    }

    #[test]
    fn a_stack_that_is_not_there_is_a_validation_error() {
        let error = describe("StackName=job").unwrap_err();
        assert_eq!(error.to_string(), "Stack with id job does not exist");
        for form in ["StackName=job", "StackName=", "NextToken=x"] {
            assert_eq!(describe(form).unwrap_err().code(), "ValidationError", "{form}");
        }
    }

    #[tokio::test]
    async fn the_id_of_a_stack_stays_with_the_store_and_is_new_in_another() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).unwrap();
        let first = CloudFormation::open(store.clone()).unwrap();
        assert_eq!(first.id("jobs", || "first".to_owned()), "first");
        assert_eq!(first.id("jobs", || "second".to_owned()), "first");
        assert_eq!(first.id("other", || "third".to_owned()), "third");
        store.close().await.unwrap();

        let again = CloudFormation::open(Store::open(directory.path()).unwrap()).unwrap();
        assert_eq!(again.id("jobs", || "fourth".to_owned()), "first");
        let volatile = CloudFormation::open(Store::volatile()).unwrap();
        assert_eq!(volatile.id("jobs", || "fifth".to_owned()), "fifth");
    }

    #[test]
    fn a_stack_that_is_added_again_is_one() {
        let cloudformation = cloudformation();
        cloudformation.add(deployed("jobs", "arn:new"));
        assert_eq!(cloudformation.find(None).unwrap().len(), 2);
        assert_eq!(cloudformation.find(Some("jobs")).unwrap()[0].id, "arn:new");
    }

    #[test]
    fn another_action_and_another_services_version_are_unknown() {
        for (form, known) in [
            ("Action=DescribeStacks&Version=2010-05-15", true),
            ("Action=DeleteStack&Version=2010-05-15", false),
            ("Action=GetCallerIdentity&Version=2011-06-15", false),
            ("", false),
        ] {
            assert_eq!(check(&Form::parse(form.as_bytes())).is_ok(), known, "{form}");
        }
    }
}
