//! The state of the tokens, computed from the parameter's versions.
//!
//! Each write by these commands is marked with the version that it was computed from, in the parameter's description,
//! which SSM keeps with each version (`Description` of `GetParameterHistory`, AWS Systems Manager API reference). A write
//! that overwrote versions it didn't know is thus recognised later, and its edit is applied to what they made.

use crate::system::tokens::{Token, caller, is_same};
use std::collections::BTreeSet;

/// The longest description that SSM takes (PutParameter, AWS Systems Manager API reference).
const DESCRIPTION_CHARACTERS: usize = 1_024;
const OPENING: &str = "[mailroom token: ";

/// A version of the parameter, without its value.
#[derive(Clone, Debug)]
pub(crate) struct Version {
    pub(crate) number: i64,
    pub(crate) description: Option<String>,
}

/// The kind of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It adds or removes tokens.
    Change,
    /// It writes the state of its base, which was not the base's value.
    Repair,
}

/// The mark of a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) kind: Kind,
    /// The latest version that the writer knew; 0 before the first one.
    pub(crate) base: i64,
    /// Stays when a change is written again because the first answer was lost.
    pub(crate) id: String,
}

impl Mark {
    /// The description of a write on top of this one: its text stays, its mark is replaced.
    pub(crate) fn describe(&self, before: Option<&str>) -> String {
        let kind = match self.kind {
            Kind::Change => "change",
            Kind::Repair => "repair",
        };
        let mark = format!("{OPENING}{kind} of version {}, {}]", self.base, self.id);
        let before = before.unwrap_or_default();
        let text = before.rfind(OPENING).map_or(before, |start| &before[..start]).trim_end();
        let text: String = text.chars().take(DESCRIPTION_CHARACTERS - mark.chars().count() - 1).collect();
        if text.is_empty() { mark } else { format!("{text} {mark}") }
    }

    fn parse(description: &str) -> Option<Self> {
        let (_, mark) = description.rsplit_once(OPENING)?;
        let (edit, id) = mark.strip_suffix(']')?.split_once(", ")?;
        let (kind, base) = edit.split_once(" of version ")?;
        let kind = match kind {
            "change" => Kind::Change,
            "repair" => Kind::Repair,
            _ => return None,
        };
        Some(Self { kind, base: base.parse().ok()?, id: id.to_owned() })
    }
}

/// How a version came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    /// Its own description is missing or was inherited, so somebody wrote it by hand, from the version before it.
    ByHand,
    Marked(Kind, i64),
    /// A change that was written before.
    Repeat,
}

fn origins(versions: &[Version]) -> Vec<Origin> {
    let marks: Vec<_> = versions.iter().map(|version| Mark::parse(version.description.as_deref()?)).collect();
    let origin = |(n, version): (usize, &Version)| {
        let Some(mark) = &marks[n] else { return Origin::ByHand };
        let inherited = n > 0 && marks[n - 1].as_ref() == Some(mark);
        if inherited || !(0..version.number).contains(&mark.base) {
            Origin::ByHand
        } else if marks[..n].iter().flatten().any(|other| other.id == mark.id) {
            Origin::Repeat
        } else {
            Origin::Marked(mark.kind, mark.base)
        }
    };
    versions.iter().enumerate().map(origin).collect()
}

/// True if a write with this id is among the versions.
pub(crate) fn contains(versions: &[Version], id: &str) -> bool {
    let mut marks = versions.iter().filter_map(|version| Mark::parse(version.description.as_deref()?));
    marks.any(|mark| mark.id == id)
}

/// How to compute the state of the latest version: the value of one version, then the edits of others. An edit is the
/// difference between two versions.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    start: i64,
    edits: Vec<(i64, i64)>,
    latest: i64,
}

impl Plan {
    /// A command writes from a version whose value is its state, or repairs it first. So the base of a change, and a
    /// repair itself, are where to start.
    ///
    /// Versions that SSM has dropped can't be computed with: then the value counts as the state.
    pub(crate) fn of(versions: &[Version]) -> Self {
        let latest = versions.last().map_or(0, |version| version.number);
        let origins = origins(versions);
        let marked = versions.iter().zip(&origins).rev().find_map(|(version, origin)| match origin {
            Origin::Marked(kind, base) => Some((version.number, *kind, *base)),
            Origin::ByHand | Origin::Repeat => None,
        });
        let (start, base) = match marked {
            None => (latest, latest),
            Some((number, Kind::Repair, base)) => (number, base),
            Some((_, Kind::Change, base)) => (base, base),
        };
        let edit = |(version, origin): (&Version, &Origin)| match origin {
            Origin::Marked(Kind::Change, base) => Some((*base, version.number)),
            Origin::ByHand => Some((version.number - 1, version.number)),
            Origin::Marked(Kind::Repair, _) | Origin::Repeat => None,
        };
        let later = versions.iter().zip(&origins).filter(|(version, _)| version.number > base);
        let plan = Self { start, edits: later.filter_map(edit).collect(), latest }.shortened();
        let known = |version: i64| version == 0 || versions.iter().any(|known| known.number == version);
        match plan.versions().into_iter().all(known) {
            true => plan,
            false => Self { start: latest, edits: Vec::new(), latest },
        }
    }

    /// An edit of the version that the computation starts with leads to the edited version.
    fn shortened(mut self) -> Self {
        let direct = |(start, taken): (i64, usize), (n, edit): (usize, &(i64, i64))| match edit {
            (from, to) if n == taken && *from == start => (*to, taken + 1),
            _ => (start, taken),
        };
        let (start, taken) = self.edits.iter().enumerate().fold((self.start, 0), direct);
        self.start = start;
        self.edits.drain(..taken);
        self
    }

    /// The versions whose values it takes, and the latest. Version 0 has no tokens.
    pub(crate) fn versions(&self) -> BTreeSet<i64> {
        let edits = self.edits.iter().flat_map(|(from, to)| [*from, *to]);
        edits.chain([self.start, self.latest]).collect()
    }

    /// The state, from these values, [in order](ordered). Later additions come first.
    pub(crate) fn state<'a>(&self, value: impl Fn(i64) -> &'a [Token]) -> Vec<Token> {
        self.edits.iter().fold(value(self.start).to_vec(), |state, (from, to)| {
            let (from, to) = (value(*from), value(*to));
            let added = without(to, from);
            let removed = without(from, to);
            let kept = without(&without(&state, &removed), &added);
            ordered([added, kept].concat())
        })
    }
}

/// The unnamed tokens first, then those of each caller. So a reader of the first line never takes a caller's token.
pub(crate) fn ordered(mut tokens: Vec<Token>) -> Vec<Token> {
    tokens.sort_by_cached_key(caller);
    tokens
}

/// Those of `tokens` that are not among `others`.
pub(crate) fn without(tokens: &[Token], others: &[Token]) -> Vec<Token> {
    let other = |token: &&Token| !others.iter().any(|other| is_same(token, other));
    tokens.iter().filter(other).cloned().collect()
}

pub(crate) fn are_same(one: &[Token], other: &[Token]) -> bool {
    without(one, other).is_empty() && without(other, one).is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(kind: Kind, base: i64, id: &str) -> Mark {
        Mark { kind, base, id: id.to_owned() }
    }

    /// Versions from the first on, each with the mark of its write or without one.
    fn versions(marks: &[Option<Mark>]) -> Vec<Version> {
        let version = |(number, mark): (i64, &Option<Mark>)| Version {
            number,
            description: mark.as_ref().map(|mark| mark.describe(None)),
        };
        (1..).zip(marks).map(version).collect()
    }

    fn plan(marks: &[Option<Mark>]) -> (i64, Vec<(i64, i64)>) {
        let plan = Plan::of(&versions(marks));
        (plan.start, plan.edits)
    }

    #[test]
    fn a_mark_replaces_the_one_before_and_keeps_the_text_of_the_description() {
        let (first, second) = (mark(Kind::Change, 0, "a"), mark(Kind::Repair, 12, "b"));
        let description = first.describe(Some("Token of the mail team."));
        assert_eq!(description, "Token of the mail team. [mailroom token: change of version 0, a]");
        assert_eq!(Mark::parse(&description), Some(first));
        let next = second.describe(Some(&description));
        assert_eq!(next, "Token of the mail team. [mailroom token: repair of version 12, b]");
        assert_eq!(Mark::parse(&next), Some(second.clone()));
        assert_eq!(second.describe(Some(&"é".repeat(1_024))).chars().count(), 1_024);
        for other in [
            "",
            "Token",
            "[mailroom token: change of version x, a]",
            "[mailroom token: change of version 1, a",
        ] {
            assert_eq!(Mark::parse(other), None, "{other}");
        }
    }

    #[test]
    fn without_a_conflict_the_value_is_the_state() {
        let change = |base, id| Some(mark(Kind::Change, base, id));
        let inherited = change(1, "a");
        assert_eq!(plan(&[]), (0, vec![]));
        assert_eq!(plan(&[None]), (1, vec![]));
        assert_eq!(plan(&[None, None, None]), (3, vec![]));
        assert_eq!(plan(&[None, change(1, "a"), change(2, "b")]), (3, vec![]));
        assert_eq!(plan(&[None, inherited.clone(), inherited, None]), (4, vec![]));
    }

    #[test]
    fn a_write_from_an_old_version_is_an_edit_of_what_came_between() {
        let change = |base, id| Some(mark(Kind::Change, base, id));
        assert_eq!(plan(&[None, change(1, "a"), change(1, "b")]), (2, vec![(1, 3)]));
        let repair = Some(mark(Kind::Repair, 3, "c"));
        assert_eq!(plan(&[None, change(1, "a"), change(1, "b"), repair]), (4, vec![]));
        assert_eq!(plan(&[change(0, "a"), change(0, "b")]), (1, vec![(0, 2)]));
    }

    #[test]
    fn a_repeated_write_edits_nothing() {
        let change = |base, id| Some(mark(Kind::Change, base, id));
        assert_eq!(plan(&[None, change(1, "a"), change(1, "a")]), (3, vec![]));
        assert_eq!(plan(&[None, change(1, "a"), change(2, "b"), change(1, "a")]), (3, vec![]));
        assert_eq!(plan(&[None, change(0, "a"), change(1, "a")]), (1, vec![(0, 2)]));
    }

    #[test]
    fn when_ssm_has_dropped_the_base_the_value_counts() {
        let change = |base, id| Some(mark(Kind::Change, base, id));
        let all = versions(&[None, change(1, "a"), change(2, "b"), change(1, "c")]);
        let kept = Plan::of(&all[1..]);
        assert_eq!((kept.start, kept.edits), (4, vec![]));
        assert_eq!(plan(&[change(7, "from before the parameter was deleted")]), (1, vec![]));
    }
}
