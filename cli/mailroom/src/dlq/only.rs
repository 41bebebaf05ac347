//! Which dead letters are meant.

use super::Reason;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use std::fmt;

/// All that is no email.
const POISON: &str = "poison";

/// Those with one reason, or with any that makes them no email.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Only {
    Poison,
    Reason(Reason),
}

impl Only {
    pub(crate) fn takes(self, reason: Reason) -> bool {
        match self {
            Self::Poison => reason.is_poison(),
            Self::Reason(one) => one == reason,
        }
    }

    /// Takes the reasons there are, and names them where another is given.
    pub(crate) fn parser() -> impl TypedValueParser<Value = Self> {
        let names = [POISON].into_iter().chain(Reason::ALL.map(Reason::as_str));
        PossibleValuesParser::new(names).map(|name| Self::named(&name))
    }

    /// The parser lets through only the reasons and the word for all poison.
    fn named(name: &str) -> Self {
        let reason = Reason::ALL.into_iter().find(|reason| reason.as_str() == name);
        reason.map_or(Self::Poison, Self::Reason)
    }
}

impl fmt::Display for Only {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Poison => f.write_str(POISON),
            Self::Reason(reason) => reason.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn poison_is_all_but_what_was_not_filed_and_a_name_is_one_reason() {
        for reason in Reason::ALL {
            assert_eq!(Only::Poison.takes(reason), reason != Reason::NOT_FILED, "{reason}");
            let one = Only::named(reason.as_str());
            assert!(Reason::ALL.iter().all(|other| one.takes(*other) == (*other == reason)), "{reason}");
        }
        assert_eq!(Only::named("poison"), Only::Poison);
    }
}
