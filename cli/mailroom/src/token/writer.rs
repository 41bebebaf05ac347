//! The next write of a command, from what it has read.

use super::history::{Kind, Mark, Version, are_same, contains, ordered, without};
use crate::system::tokens::{Token, caller, is_same, of_caller};

/// A change of the tokens.
#[derive(Clone)]
pub(crate) enum Change {
    /// Puts this token before the others of its caller, or before the unnamed ones, unless a rotation of these is under
    /// way: with a third token it would be unclear which of them the callers have.
    Add(Token),
    /// Removes these, as long as the one to keep is there.
    Remove { keep: Token, old: Vec<Token> },
    /// Removes these of a caller, as long as an unnamed one is there. So no two commands can empty the parameter: nothing
    /// removes the last unnamed token. The tokens are fixed, since a change that is written again must be the same one.
    Revoke(Vec<Token>),
}

impl Change {
    /// The tokens after it; `None` if it changes nothing.
    pub(crate) fn apply(&self, tokens: &[Token]) -> Option<Vec<Token>> {
        match self {
            Self::Add(token) => {
                let own = of_caller(tokens, caller(token).as_ref());
                (own.len() < 2).then(|| ordered([std::slice::from_ref(token), tokens].concat()))
            }
            Self::Remove { keep, old } => {
                let left = without(tokens, old);
                let kept = left.iter().any(|token| is_same(token, keep));
                (kept && left.len() < tokens.len()).then_some(left)
            }
            Self::Revoke(old) => {
                let left = without(tokens, old);
                let kept = !of_caller(&left, None).is_empty();
                (kept && left.len() < tokens.len()).then_some(left)
            }
        }
    }
}

/// The latest version: the tokens that it holds, and those that it should hold.
pub(crate) struct Latest {
    pub(crate) version: i64,
    pub(crate) value: Vec<Token>,
    pub(crate) state: Vec<Token>,
}

impl Latest {
    pub(crate) fn is_whole(&self) -> bool {
        are_same(&self.value, &self.state)
    }
}

/// A write, which is an attempt until SSM has confirmed it or lists it.
#[derive(Clone)]
pub(crate) struct Write {
    pub(crate) mark: Mark,
    pub(crate) tokens: Vec<Token>,
}

/// One command. It changes the tokens only where the latest version holds what it should, and ends where that is so, which
/// it also sees to after its own write.
#[derive(Clone)]
pub(crate) struct Writer {
    change: Option<Change>,
    id: String,
    pub(crate) changed: bool,
    pub(crate) repaired: bool,
}

impl Writer {
    /// With an id that no other command has.
    pub(crate) fn new(change: Option<Change>, id: String) -> Self {
        Self { change, id, changed: false, repaired: false }
    }

    /// The next write, from what it has read; `None` when it is done.
    pub(crate) fn next(&mut self, versions: &[Version], latest: &Latest) -> Option<Write> {
        self.changed |= contains(versions, &self.id);
        let base = latest.version;
        if !latest.is_whole() {
            self.repaired = true;
            let mark = Mark { kind: Kind::Repair, base, id: format!("{}-{base}", self.id) };
            return Some(Write { mark, tokens: latest.state.clone() });
        }
        let change = self.change.as_ref().filter(|_| !self.changed)?;
        let mark = Mark { kind: Kind::Change, base, id: self.id.clone() };
        Some(Write { mark, tokens: change.apply(&latest.value)? })
    }
}
