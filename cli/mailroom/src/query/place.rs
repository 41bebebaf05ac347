//! Where queries run: the queries' stack tells by SSM parameters.

use crate::system::{Explain, System};
use anyhow::{Result, anyhow, ensure};
use terminal::text::printable;

pub(crate) struct Place {
    pub(crate) workgroup: String,
    pub(crate) database: String,
}

impl Place {
    pub(crate) async fn find(system: &System) -> Result<Self> {
        let name = |part: &str| format!("/{}/queries/{part}", system.name);
        let (workgroup, database) = (name("workgroup"), name("database"));
        let answer = system.ssm.get_parameters().names(&workgroup).names(&database).send().await;
        let answer = answer.explain("can't read the SSM parameters of the queries' stack")?;
        let take = |name: &str| {
            let found = answer.parameters().iter().find(|parameter| parameter.name() == Some(name));
            let value = found.and_then(|parameter| parameter.value()).ok_or_else(|| {
                let stack = &system.name;
                anyhow!(
                    "the stack {stack} has no stack for queries beside it, which would have written the SSM parameter {name}: \
                     deploy it with `queries/deploy.sh {stack}`"
                )
            })?;
            // Messages contain both, and names of workgroups and databases have no such character.
            ensure!(printable(value) == value, "the SSM parameter {name} has control characters: correct it");
            Ok(value.to_owned())
        };
        Ok(Self { workgroup: take(&workgroup)?, database: take(&database)? })
    }
}
