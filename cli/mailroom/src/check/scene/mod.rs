//! The system that is probed, and the emails that one run sends.
//!
//! - [`Sample`]: an email, and where it is to be filed;
//! - [`Found`]: an object of the bucket, and how long it was waited for.

mod found;
mod sample;

pub(crate) use found::Found;
pub(crate) use sample::{Sample, data};

use super::recording::{Question, Recorder, Recording};
use crate::system::{Answer, FrontDoor, Secret, System};
use anyhow::Result;
use std::time::{Duration, UNIX_EPOCH};

/// One run's stage. Its senders are new, so that nothing of another run can be taken for this one's, and start with
/// `smoke-`: a policy can hold whoever runs this to the objects of such senders.
pub(crate) struct Scene<'a> {
    pub(crate) system: &'a System,
    pub(crate) door: FrontDoor,
    pub(crate) token: Secret,
    pub(crate) within: Duration,
    pub(crate) recorder: Recorder,
    /// The emails that are to be filed are this one's.
    pub(crate) sender: String,
    /// Whose emails are to be refused. Another one, so that one that is not refused stands in nobody's way.
    pub(crate) refused_sender: String,
    pub(crate) timestream: String,
}

impl<'a> Scene<'a> {
    pub(crate) fn new(system: &'a System, token: Secret, within: Duration) -> Result<Self> {
        let scene = Self {
            system,
            door: FrontDoor::new(&system.outputs.url)?,
            token,
            within,
            recorder: Recorder::default(),
            sender: new_sender(),
            refused_sender: new_sender(),
            timestream: UNIX_EPOCH.elapsed().unwrap_or_default().as_secs().to_string(),
        };
        let (_, authority) = scene.door.url().split_once("://").unwrap_or_default();
        let (host, _) = authority.split_once(':').unwrap_or((authority, ""));
        for (value, placeholder) in [
            (authority, "host"),
            (host, "host"),
            (scene.token.expose(), "token"),
            (&scene.sender, "sender"),
            (&scene.refused_sender, "sender"),
            (&scene.timestream, "timestream"),
            (&system.outputs.bucket, "bucket"),
        ] {
            scene.recorder.hide(value, placeholder);
        }
        Ok(scene)
    }

    /// Asks the front door, and records its answer.
    pub(crate) async fn ask(&self, probe: &'static str, question: &Question<'_>) -> Result<Answer> {
        self.recorder.ask(&self.door, probe, question).await
    }

    pub(crate) fn into_recording(self) -> Recording {
        self.recorder.into_recording()
    }
}

fn new_sender() -> String {
    format!("smoke-{:012x}", fastrand::u64(..1 << 48))
}
