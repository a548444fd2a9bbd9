//! Deprecations: each says since when, until when, and what to use instead.

use apollo_compiler::Schema;
use apollo_compiler::ast::DirectiveList as Uses;
use apollo_compiler::schema::{DirectiveList, ExtendedType};

use crate::domain::time::Day;

/// Months between the announcement of a removal and the removal, at least.
pub const NOTICE_MONTHS: i64 = 6;
/// The longest that six months are.
const NOTICE_DAYS: i64 = 184;

/// The announcement that a part of the schema will be removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// What: a schema coordinate.
    pub coordinate: String,
    /// The reason as printed.
    pub reason: String,
    /// Since when it is announced.
    pub since: Option<Day>,
    /// When it may be removed.
    pub removal: Option<Day>,
}

impl Notice {
    fn new(coordinate: String, reason: &str) -> Self {
        let day = |word: &str| {
            let (_, behind) = reason.split_once(word)?;
            Day::parse(behind.get(..10)?)
        };
        let (since, removal) = (day("Since "), day("removed on "));
        Self { coordinate, reason: reason.to_owned(), since, removal }
    }

    /// Whether it says both days, and gives clients [`NOTICE_MONTHS`] between them.
    pub fn is_fair(&self) -> bool {
        let days = |since: Day, removal: Day| removal.number().saturating_sub(since.number());
        self.since.zip(self.removal).is_some_and(|(since, removal)| days(since, removal) >= NOTICE_DAYS)
    }

    /// Whether who hears of it today has less than [`NOTICE_MONTHS`], whenever it says that it was announced.
    pub fn comes_too_late(&self, today: Day) -> bool {
        self.removal.is_some_and(|removal| removal.number().saturating_sub(today.number()) < NOTICE_DAYS)
    }

    /// Whether the day of the removal has come.
    pub fn is_due(&self, today: Day) -> bool {
        self.is_fair() && self.removal.is_some_and(|removal| removal <= today)
    }
}

/// Why something is deprecated; none where it is not.
pub(super) fn reason(uses: &Uses) -> Option<&str> {
    let deprecated = uses.get("deprecated")?;
    let reason = deprecated.arguments.iter().find(|argument| argument.name == "reason");
    Some(reason.and_then(|reason| reason.value.as_str()).unwrap_or_default())
}

/// The announcement on a part of the schema, where there is one.
pub(super) fn notice(coordinate: &str, uses: &Uses) -> Option<Notice> {
    reason(uses).map(|reason| Notice::new(coordinate.to_owned(), reason))
}

/// Every announcement of a schema.
pub fn notices(schema: &Schema) -> Vec<Notice> {
    let mut found = Vec::new();
    for (name, of) in &schema.types {
        let fields = match of {
            ExtendedType::Object(object) => Some(&object.fields),
            ExtendedType::Interface(interface) => Some(&interface.fields),
            ExtendedType::Enum(list) => {
                for (value, definition) in &list.values {
                    found.extend(notice(&format!("{name}.{value}"), &definition.directives));
                }
                None
            }
            ExtendedType::InputObject(input) => {
                for (field, definition) in &input.fields {
                    found.extend(notice(&format!("{name}.{field}"), &definition.directives));
                }
                None
            }
            ExtendedType::Scalar(_) | ExtendedType::Union(_) => None,
        };
        for (field, definition) in fields.into_iter().flatten() {
            found.extend(notice(&format!("{name}.{field}"), &definition.directives));
            for argument in &definition.arguments {
                let coordinate = format!("{name}.{field}({}:)", argument.name);
                found.extend(notice(&coordinate, &argument.directives));
            }
        }
    }
    found
}

/// Whether a type is an input object of which exactly one field is given.
pub(super) fn is_one_of(directives: &DirectiveList) -> bool {
    directives.get("oneOf").is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fair_notice_says_both_days_and_gives_six_months() {
        let day = |text| Day::parse(text).unwrap();
        for (reason, fair) in [
            ("Since 2026-11-28, removed on 2027-06-01: use `b`.", true),
            ("Since 2026-11-28, removed on 2027-05-28: use `b`.", false),
            ("removed on 2027-06-01: use `b`.", false),
            ("Since 2026-11-28: use `b`.", false),
            ("Since today, removed on tomorrow", false),
            ("", false),
        ] {
            let notice = Notice::new("Query.a".to_owned(), reason);
            assert_eq!(notice.is_fair(), fair, "{reason}");
            assert!(!notice.is_due(day("2027-05-31")), "{reason}");
            assert_eq!(notice.is_due(day("2027-06-01")), fair, "{reason}");
        }
    }

    #[test]
    fn notices_are_found_wherever_they_can_stand() {
        let text = r#"
            type Query { a(b: Int @deprecated, c: In): E @deprecated(reason: "x") }
            enum E { F G @deprecated }
            input In { h: Int @deprecated i: Int }"#;
        let schema = Schema::parse(text, "schema.graphql").unwrap();
        let mut found: Vec<_> = notices(&schema).into_iter().map(|notice| notice.coordinate).collect();
        found.sort();
        assert_eq!(found, ["E.G", "In.h", "Query.a", "Query.a(b:)"]);
    }
}
