//! `mailroom token show`

use super::options::Which;
use crate::report::Report;
use crate::system::{System, tokens::Tokens};
use anyhow::{Context, Result};
use serde::Serialize;
use terminal::Outcome;

/// The newest token: asked for, so shown.
#[derive(Serialize)]
struct Newest {
    token: String,
}

impl Report for Newest {
    /// The token alone, so that a script can take it.
    fn text(&self) -> String {
        format!("{}\n", self.token)
    }

    fn outcome(&self) -> Outcome {
        Outcome::Success
    }
}

pub(crate) async fn run(options: Which) -> Result<Outcome> {
    let system = System::find(&options.target).await?;
    let newest = Tokens::read(&system).await?.lines.into_iter().next();
    let newest = newest.with_context(|| {
        format!("{} holds no token: `mailroom token rotate` puts one there", system.outputs.token_parameter)
    })?;
    Newest { token: newest.expose().to_owned() }.print(&options.output)
}
