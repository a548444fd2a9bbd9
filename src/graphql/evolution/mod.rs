//! How one schema differs from an earlier one, and what that does to clients of the earlier one.
//!
//! Breaking is what a document, or an answer, of before may fail by; dangerous is what a careless client may stumble over, such
//! as a new value of an enum; everything else is safe. The kinds are those that GraphQL's tools agree on, with two rules of
//! this product: a field that demands more scopes than before is breaking, and what was announced to be removed may go once
//! its day is over (`docs/EVOLUTION.md`).

mod compare;
mod deprecation;

use std::fmt;

use apollo_compiler::Schema;

use crate::domain::time::Day;

pub use deprecation::{NOTICE_MONTHS, Notice, notices};

/// What a change does to clients of before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// A document or an answer of before may fail.
    Breaking,
    /// Nothing fails, but a client that did not expect it may.
    Dangerous,
    /// No client of before notices.
    Safe,
}

impl Severity {
    /// The word of reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Breaking => "breaking",
            Self::Dangerous => "dangerous",
            Self::Safe => "safe",
        }
    }
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// What it does to clients.
    pub severity: Severity,
    /// Where: a schema coordinate, such as `Order.lines`.
    pub coordinate: String,
    /// What, for a person.
    pub what: String,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.severity.as_str(), self.coordinate, self.what)
    }
}

/// Every difference between two schemas as text, the worst first. `today` says which announced removals are due.
///
/// # Errors
/// Where one of them is no schema.
pub fn changes(before: &str, after: &str, today: Day) -> anyhow::Result<Vec<Change>> {
    let (before, after) = (read(before)?, read(after)?);
    let mut found = compare::schemas(&before, &after, today);
    found.sort();
    Ok(found)
}

fn read(text: &str) -> anyhow::Result<Schema> {
    Schema::parse(text, "schema.graphql")
        .map_err(|error| anyhow::anyhow!("this is no schema: {}", error.errors))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: &str = r#"
        directive @requiresScope(scopes: [String!]!) on FIELD_DEFINITION
        interface Node { id: ID! }
        type Query {
          order(id: ID!, lang: String = "en"): Order
          orders(first: Int): [Order!]
          old: String @deprecated(reason: "Since 2026-01-01, removed on 2026-08-01: use `order`.")
          older: String @deprecated(reason: "Since 2026-01-01, removed on 2099-08-01: use `order`.")
        }
        type Order implements Node { id: ID! total: String note: String! lines: [String]! }
        type Quote { id: ID! }
        union Thing = Order | Quote
        enum Kind { STANDARD SAMPLE }
        input PlaceInput { key: String! note: String kinds: [Kind!] }
        scalar Url"#;

    /// What a change of the text makes.
    fn told(from: &str, to: &str) -> Vec<(Severity, String)> {
        assert!(BEFORE.contains(from), "{from}");
        let today = Day::parse("2026-11-28").unwrap();
        let found = changes(BEFORE, &BEFORE.replacen(from, to, 1), today).unwrap();
        found.into_iter().map(|change| (change.severity, change.coordinate)).collect()
    }

    #[test]
    fn nothing_is_no_change() {
        assert_eq!(told("scalar Url", "scalar Url"), []);
    }

    #[test]
    fn what_makes_documents_or_answers_of_before_fail_is_breaking() {
        for (from, to, coordinate) in [
            ("type Quote { id: ID! }", "type Quote { other: ID! }", "Quote.id"),
            ("union Thing = Order | Quote", "union Thing = Order", "Thing"),
            ("enum Kind { STANDARD SAMPLE }", "enum Kind { STANDARD }", "Kind.SAMPLE"),
            ("note: String kinds", "note: String! kinds", "PlaceInput.note"),
            ("note: String kinds", "kinds", "PlaceInput.note"),
            ("note: String kinds", "note: String more: Int! kinds", "PlaceInput.more"),
            ("kinds: [Kind!]", "kinds: [Kind!]!", "PlaceInput.kinds"),
            ("note: String! lines", "note: String lines", "Order.note"),
            ("lines: [String]!", "lines: String!", "Order.lines"),
            ("total: String", "total: Int", "Order.total"),
            ("orders(first: Int)", "orders", "Query.orders(first:)"),
            ("orders(first: Int)", "orders(first: String)", "Query.orders(first:)"),
            ("orders(first: Int)", "orders(first: Int, all: Boolean!)", "Query.orders(all:)"),
            ("type Order implements Node {", "type Order {", "Order"),
            ("scalar Url", "enum Url { A }", "Url"),
            ("scalar Url", "", "Url"),
            (
                "directive @requiresScope(scopes: [String!]!) on FIELD_DEFINITION",
                "directive @requiresScope(scopes: [String!]!) on OBJECT",
                "@requiresScope",
            ),
            ("order(id: ID!, lang", "order(id: ID!, must: Int!, lang", "Query.order(must:)"),
            (
                "orders(first: Int): [Order!]",
                "orders(first: Int): [Order!] @requiresScope(scopes: [\"orders:read\"])",
                "Query.orders",
            ),
            (
                "older: String @deprecated(reason: \"Since 2026-01-01, removed on 2099-08-01: use `order`.\")",
                "",
                "Query.older",
            ),
        ] {
            let found = told(from, to);
            let breaking: Vec<_> =
                found.iter().filter(|(severity, _)| *severity == Severity::Breaking).collect();
            assert!(breaking.iter().any(|(_, at)| at == coordinate), "{from} -> {to}: {found:?}");
        }
    }

    #[test]
    fn what_a_careless_client_stumbles_over_is_dangerous() {
        for (from, to, coordinate) in [
            ("enum Kind { STANDARD SAMPLE }", "enum Kind { STANDARD SAMPLE GUARANTEED }", "Kind.GUARANTEED"),
            ("union Thing = Order | Quote", "union Thing = Order | Quote | Query", "Thing"),
            ("note: String kinds", "note: String more: Int kinds", "PlaceInput.more"),
            ("orders(first: Int)", "orders(first: Int, all: Boolean)", "Query.orders(all:)"),
            ("lang: String = \"en\"", "lang: String = \"de\"", "Query.order(lang:)"),
            ("type Quote {", "type Quote implements Node {", "Quote"),
        ] {
            assert_eq!(told(from, to), [(Severity::Dangerous, coordinate.to_owned())], "{from} -> {to}");
        }
    }

    #[test]
    fn what_only_adds_is_safe_and_so_is_what_was_announced() {
        for (from, to, coordinate) in [
            ("type Quote { id: ID! }", "type Quote { id: ID! more: Int }", "Quote.more"),
            ("scalar Url", "scalar Url scalar More", "More"),
            ("orders(first: Int): [Order!]", "orders(first: Int): [Order!]!", "Query.orders"),
            ("key: String!", "key: String", "PlaceInput.key"),
            (
                "old: String @deprecated(reason: \"Since 2026-01-01, removed on 2026-08-01: use `order`.\")",
                "",
                "Query.old",
            ),
            (
                "total: String",
                "total: String @deprecated(reason: \"Since 2026-11-28, removed on 2027-06-01: use `note`.\")",
                "Order.total",
            ),
        ] {
            assert_eq!(told(from, to), [(Severity::Safe, coordinate.to_owned())], "{from} -> {to}");
        }
    }
}
