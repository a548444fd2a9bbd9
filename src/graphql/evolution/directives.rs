//! What the directives on a part of a schema say of its cost and its specification.

use std::fmt;

use apollo_compiler::ast::{Directive, DirectiveList as Uses};
use apollo_compiler::schema::DirectiveList;

/// What an object weighs unless it is printed.
const OBJECT: i64 = 1;
/// What a field weighs unless it is printed.
const FIELD: i64 = 0;

/// What something weighs in a request's cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Weight {
    /// A whole number.
    Whole(i64),
    /// What is printed, where it is none.
    Other(String),
}

impl Weight {
    fn of(used: Option<&Directive>, usual: i64) -> Self {
        let printed = used.and_then(|used| {
            let given = used.arguments.iter().find(|given| given.name == "weight")?;
            Some(given.value.as_str().map_or_else(|| given.value.to_string(), str::to_owned))
        });
        match printed {
            None => Self::Whole(usual),
            Some(text) => text.parse().map_or(Self::Other(text), Self::Whole),
        }
    }

    /// Whether it is known to be no more than another one.
    pub fn is_at_most(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Whole(this), Self::Whole(other)) => this <= other,
            (Self::Whole(_) | Self::Other(_), _) => false,
        }
    }
}

impl fmt::Display for Weight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(number) => number.fmt(f),
            Self::Other(text) => f.write_str(text),
        }
    }
}

/// What an object weighs.
pub(super) fn weight_of_object(uses: &DirectiveList) -> Weight {
    Weight::of(uses.get("cost").map(|used| &*used.node), OBJECT)
}

/// What a field weighs beside what it answers.
pub(super) fn weight_of_field(uses: &Uses) -> Weight {
    Weight::of(uses.get("cost").map(|used| &**used), FIELD)
}

/// How long a list is taken to be, as printed.
pub(super) fn length_of_list(uses: &Uses) -> String {
    uses.get("listSize").map_or_else(|| "not printed".to_owned(), ToString::to_string)
}

/// Where a scalar is specified, as printed.
pub(super) fn specification(uses: &DirectiveList) -> String {
    uses.get("specifiedBy").map_or_else(|| "nowhere".to_owned(), |used| used.node.to_string())
}
