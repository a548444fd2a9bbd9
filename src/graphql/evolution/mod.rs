//! How one schema differs from an earlier one, and what that does to clients of the earlier one.
//!
//! Breaking is what a document, or an answer, of before may fail by; dangerous is what a careless client may stumble over, such
//! as a new value of an enum; everything else is safe. The kinds are those of graphql-js (`findBreakingChanges` and
//! `findDangerousChanges`), with rules of this product: a field that demands more scopes than before is breaking, a higher
//! weight in a request's cost is dangerous, and what was announced to be removed may go once its day is over
//! (`docs/EVOLUTION.md`). Descriptions are not compared.

mod compare;
mod deprecation;
mod directives;
mod needs;
mod removal;

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
/// Where one of them is no schema, or has no queries: an empty file is a mistake, not a schema without clients.
pub fn changes(before: &str, after: &str, today: Day) -> anyhow::Result<Vec<Change>> {
    let (before, after) = (read(before)?, read(after)?);
    let mut found = compare::schemas(&before, &after, today);
    found.sort();
    Ok(found)
}

fn read(text: &str) -> anyhow::Result<Schema> {
    let schema = Schema::parse(text, "schema.graphql")
        .map_err(|error| anyhow::anyhow!("this is no schema: {}", error.errors))?;
    anyhow::ensure!(schema.schema_definition.query.is_some(), "this is no schema: it has no queries");
    Ok(schema)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: &str = r#"
        directive @requiresScope(scopes: [String!]!, roles: [String!]) repeatable on FIELD_DEFINITION
        directive @cost(weight: String!) on FIELD_DEFINITION | OBJECT
        directive @mark(of: Int) repeatable on FIELD_DEFINITION | OBJECT
        interface Node { id: ID! }
        type Query {
          order(id: ID!, lang: String = "en"): Order
          orders(first: Int): [Order!]
          old: String @deprecated(reason: "Since 2026-01-01, removed on 2026-08-01: use `order`.")
          older: String @deprecated(reason: "Since 2026-01-01, removed on 2099-08-01: use `order`.")
        }
        type Mutation {
          give(input: GiveInput!): GivePayload!
            @deprecated(reason: "Since 2026-01-01, removed on 2026-08-01: use `place`.")
          place(input: PlaceInput!, sure: Boolean! = false): Order
            @requiresScope(scopes: ["a", "b"]) @requiresScope(scopes: ["c"]) @cost(weight: "10")
        }
        input GiveInput { how: How }
        enum How { SOON LATE }
        type GivePayload { gift: Gift thing: Thing }
        type Gift { again: [Gift!]! }
        type Order implements Node { id: ID! total: String note: String! lines: [String]! }
        type Quote { id: ID! }
        union Thing = Order | Quote
        enum Kind { STANDARD SAMPLE }
        input PlaceInput { key: String! note: String kinds: [Kind!] }
        scalar Url @specifiedBy(url: "https://example.com/one")"#;

    const GIVE: &str = r#"give(input: GiveInput!): GivePayload!
            @deprecated(reason: "Since 2026-01-01, removed on 2026-08-01: use `place`.")
"#;
    const ALTERNATIVES: &str = r#"@requiresScope(scopes: ["a", "b"]) @requiresScope(scopes: ["c"])"#;

    /// What changes of the text make.
    fn told_of(edits: &[(&str, &str)]) -> Vec<(Severity, String)> {
        let mut after = BEFORE.to_owned();
        for (from, to) in edits {
            assert!(after.contains(from), "{from}");
            after = after.replacen(from, to, 1);
        }
        let today = Day::parse("2026-11-28").unwrap();
        let found = changes(BEFORE, &after, today).unwrap();
        found.into_iter().map(|change| (change.severity, change.coordinate)).collect()
    }

    /// What one change of the text makes.
    fn told(from: &str, to: &str) -> Vec<(Severity, String)> {
        told_of(&[(from, to)])
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
            ("scalar Url", "enum Url { A } scalar Other", "Url"),
            ("scalar Url", "scalar Other", "Url"),
            ("directive @mark(of: Int) repeatable on FIELD_DEFINITION | OBJECT", "", "@mark"),
            (
                "@mark(of: Int) repeatable on FIELD_DEFINITION | OBJECT",
                "@mark(of: Int) repeatable on OBJECT",
                "@mark",
            ),
            ("@mark(of: Int) repeatable", "@mark(of: Int)", "@mark"),
            ("@mark(of: Int)", "@mark", "@mark(of:)"),
            ("@mark(of: Int)", "@mark(of: String)", "@mark(of:)"),
            ("@mark(of: Int)", "@mark(of: Int, must: Int!)", "@mark(must:)"),
            ("key: String!", "key: [String!]!", "PlaceInput.key"),
            ("input PlaceInput {", "input PlaceInput @oneOf {", "PlaceInput"),
            ("sure: Boolean! = false", "sure: Boolean!", "Mutation.place(sure:)"),
            ("lang: String = \"en\"", "lang: String!", "Query.order(lang:)"),
            ("lang: String = \"en\"", "lang: String! = \"en\"", "Query.order(lang:)"),
            ("lines: [String]!", "lines: [Int]!", "Order.lines"),
            ("lines: [String]!", "lines: [String]", "Order.lines"),
            ("orders(first: Int): [Order!]", "orders(first: Int): [Order]", "Query.orders"),
            ("type Mutation {", "type Other {", "schema"),
            ("order(id: ID!, lang", "order(id: ID!, must: Int!, lang", "Query.order(must:)"),
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
            ("@mark(of: Int)", "@mark(of: Int, more: Int)", "@mark(more:)"),
            ("lang: String = \"en\"", "lang: String", "Query.order(lang:)"),
            ("orders(first: Int)", "orders(first: Int = 5)", "Query.orders(first:)"),
            ("@cost(weight: \"10\")", "@cost(weight: \"11\")", "Mutation.place"),
            ("@cost(weight: \"10\")", "@cost(weight: \"ten\")", "Mutation.place"),
            (
                "orders(first: Int): [Order!]",
                "orders(first: Int): [Order!] @cost(weight: \"1\")",
                "Query.orders",
            ),
            (
                "orders(first: Int): [Order!]",
                "orders(first: Int): [Order!] @listSize(assumedSize: 5)",
                "Query.orders",
            ),
            ("type Quote {", "type Quote @cost(weight: \"2\") {", "Quote"),
            ("https://example.com/one", "https://example.com/two", "Url"),
            (
                "total: String",
                "total: String @deprecated(reason: \"Since 2026-01-01, removed on 2027-01-01: use `note`.\")",
                "Order.total",
            ),
        ] {
            assert_eq!(told(from, to), [(Severity::Dangerous, coordinate.to_owned())], "{from} -> {to}");
        }
    }

    /// By what each role could do before and can do now, whichever way it is printed.
    #[test]
    fn a_token_that_was_let_in_and_is_not_is_broken() {
        use Severity::{Breaking, Safe};
        let one = "orders(first: Int): [Order!]";
        for (from, to, severity) in [
            (one, r#"orders(first: Int): [Order!] @requiresScope(scopes: ["a"])"#, Breaking),
            (ALTERNATIVES, r#"@requiresScope(scopes: ["a", "b"])"#, Breaking),
            (
                ALTERNATIVES,
                r#"@requiresScope(scopes: ["a", "b"]) @requiresScope(scopes: ["c", "d"])"#,
                Breaking,
            ),
            (
                ALTERNATIVES,
                r#"@requiresScope(scopes: ["a", "b"]) @requiresScope(scopes: ["c"], roles: ["operator"])"#,
                Breaking,
            ),
            (
                ALTERNATIVES,
                r#"@requiresScope(scopes: ["a", "b"]) @requiresScope(scopes: ["c"]) @requiresScope(scopes: ["d"], roles: ["x"])"#,
                Breaking,
            ),
            (ALTERNATIVES, "", Safe),
            (ALTERNATIVES, r#"@requiresScope(scopes: ["a"]) @requiresScope(scopes: ["c"])"#, Safe),
            (
                ALTERNATIVES,
                r#"@requiresScope(scopes: ["a", "b"]) @requiresScope(scopes: ["c"]) @requiresScope(scopes: ["d"])"#,
                Safe,
            ),
        ] {
            let at = if from == one { "Query.orders" } else { "Mutation.place" };
            assert_eq!(told(from, to), [(severity, at.to_owned())], "{to}");
        }
        // In another order it demands the same.
        assert_eq!(
            told(ALTERNATIVES, r#"@requiresScope(scopes: ["c"]) @requiresScope(scopes: ["b", "a"])"#),
            []
        );
    }

    #[test]
    fn a_type_goes_with_all_that_named_it() {
        let gone = [
            (GIVE, ""),
            ("input GiveInput { how: How }", ""),
            ("enum How { SOON LATE }", ""),
            ("type GivePayload { gift: Gift thing: Thing }", ""),
            ("type Gift { again: [Gift!]! }", ""),
        ];
        let found = told_of(&gone);
        assert!(found.iter().all(|(severity, _)| *severity == Severity::Safe), "{found:?}");
        assert_eq!(found.len(), gone.len(), "{found:?}");
        let breaking = |edits: &[(&str, &str)]| -> Vec<String> {
            let found = told_of(edits).into_iter();
            found.filter(|(severity, _)| *severity == Severity::Breaking).map(|(_, at)| at).collect()
        };
        // Its field stays.
        assert_eq!(breaking(&gone[4..]), ["Gift"]);
        assert_eq!(breaking(&gone[1..]), ["Gift", "GiveInput", "GivePayload", "How"]);
        // Something else named it, or may answer it.
        let named =
            [("note: String kinds", "kinds"), ("kinds: [Kind!]", ""), ("enum Kind { STANDARD SAMPLE }", "")];
        assert_eq!(breaking(&named), ["Kind", "PlaceInput.kinds", "PlaceInput.note"]);
        assert_eq!(
            breaking(&[("type Quote { id: ID! }", ""), ("Order | Quote", "Order")]),
            ["Quote", "Thing"]
        );
    }

    #[test]
    fn an_empty_file_is_no_schema_of_before() {
        let today = Day::parse("2026-11-28").unwrap();
        for text in ["", "type Order { id: ID! }", "type {"] {
            let told = changes(text, BEFORE, today).unwrap_err().to_string();
            assert!(told.starts_with("this is no schema"), "{text}: {told}");
        }
    }

    #[test]
    fn what_only_adds_is_safe_and_so_is_what_was_announced() {
        for (from, to, coordinate) in [
            ("type Quote { id: ID! }", "type Quote { id: ID! more: Int }", "Quote.more"),
            ("scalar Url", "scalar More scalar Url", "More"),
            ("directive @mark", "directive @more on OBJECT directive @mark", "@more"),
            ("@mark(of: Int) repeatable on", "@mark(of: Int) repeatable on ENUM |", "@mark"),
            (
                "enum How { SOON LATE }",
                "enum How { SOON LATE @deprecated(reason: \"Since 2026-11-28, removed on 2027-06-01: none.\") }",
                "How.LATE",
            ),
            ("@cost(weight: \"10\")", "@cost(weight: \"9\")", "Mutation.place"),
            (
                "@deprecated(reason: \"Since 2026-01-01, removed on 2026-08-01: use `order`.\")",
                "",
                "Query.old",
            ),
            ("removed on 2099-08-01: use `order`.", "removed on 2099-08-02: use `order`.", "Query.older"),
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
