//! The settings that the template last gave its resources.
//!
//! A start is a deployment of the template. As with CloudFormation, a resource whose part of the template is the same as
//! last time stays as it is, with what requests have changed since.

use crate::store::{Store, StoreError, Table};
use parking_lot::Mutex;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// By `TYPE NAME`.
const DEPLOYED: Table<Value> = Table::new("deployed");

#[derive(Debug)]
pub(crate) struct Deployments {
    settings: Mutex<BTreeMap<String, Value>>,
    store: Store,
}

impl Deployments {
    /// Blocks.
    pub(crate) fn open(store: Store) -> Result<Self, StoreError> {
        let settings = Mutex::new(store.read(&DEPLOYED)?.into_iter().collect());
        Ok(Self { settings, store })
    }

    /// Calls `apply`, unless the resource exists and was last deployed with the same settings.
    pub(crate) fn deploy<E>(
        &self,
        (resource_type, name): (&str, &str),
        exists: bool,
        settings: &impl Serialize,
        apply: impl FnOnce() -> Result<(), E>,
    ) -> Result<(), E> {
        let (key, settings) = (format!("{resource_type} {name}"), json!(settings));
        if exists && self.settings.lock().get(&key) == Some(&settings) {
            return Ok(());
        }
        apply()?;
        self.store.append(|| [DEPLOYED.put(key.as_str(), &settings)]);
        self.settings.lock().insert(key, settings);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    #[tokio::test]
    async fn what_the_template_says_again_is_not_applied_again() {
        let directory = tempfile::tempdir().unwrap();
        let deploy = |deployments: &Deployments, name: &str, exists, settings: u32| {
            let mut applied = false;
            let done = deployments.deploy(("queue", name), exists, &settings, || {
                applied = true;
                Ok::<_, Infallible>(())
            });
            done.map(|()| applied).unwrap()
        };
        let store = Store::open(directory.path()).unwrap();
        let first = Deployments::open(store.clone()).unwrap();
        assert!(deploy(&first, "a", false, 1) && !deploy(&first, "a", true, 1));
        store.close().await.unwrap();

        let second = Deployments::open(Store::open(directory.path()).unwrap()).unwrap();
        assert!(!deploy(&second, "a", true, 1), "the same again");
        assert!(deploy(&second, "a", false, 1), "it was deleted");
        assert!(deploy(&second, "a", true, 2), "the template has changed");
        assert!(deploy(&second, "b", true, 2), "another resource");
    }
}
