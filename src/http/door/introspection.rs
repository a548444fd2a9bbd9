//! What a deployment tells of its schema to those who ask the server for it. The schema is public; who runs a server for a few
//! partners only may switch off what helps strangers to find their way.

use apollo_compiler::Node;
use apollo_compiler::ast::{Definition, Document, Field, Selection};

use crate::domain::error::Code;
use crate::http::limits::DocumentLimits;

use super::refusal::{Location, Refused, RequestError};

/// Where a message begins to suggest what may have been meant.
const SUGGESTION: &str = " Did you mean";

/// Refuses a document that asks for the schema where that is switched off. `__typename` is no introspection: every cache of every
/// client asks for it.
pub fn check(document: &Document, limits: &DocumentLimits) -> Result<(), Refused> {
    if limits.introspection {
        return Ok(());
    }
    let asked = document.definitions.iter().find_map(|definition| match definition {
        Definition::OperationDefinition(operation) => asks(&operation.selection_set),
        Definition::FragmentDefinition(fragment) => asks(&fragment.selection_set),
        // Definitions of types are refused by validation.
        _ => None,
    });
    let Some(field) = asked else { return Ok(()) };
    let mut error = RequestError::new(
        Code::IntrospectionDisabled,
        "Introspection is switched off on this server; work from the `schema.graphql` that you were given.",
    );
    let place = field.location().and_then(|span| span.line_column(&document.sources));
    error.locations =
        place.map(|place| Location { line: place.line, column: place.column }).into_iter().collect();
    Err(Refused::all(vec![error]))
}

/// The first field that asks for the schema. Each definition is looked at once, whoever spreads it.
fn asks(selections: &[Selection]) -> Option<&Node<Field>> {
    selections.iter().find_map(|selection| match selection {
        Selection::Field(field) if matches!(field.name.as_str(), "__schema" | "__type") => Some(field),
        Selection::Field(field) => asks(&field.selection_set),
        Selection::InlineFragment(inline) => asks(&inline.selection_set),
        Selection::FragmentSpread(_) => None,
    })
}

/// The same refusal without suggestions, where those are switched off.
pub fn discreet(mut refused: Refused, limits: &DocumentLimits) -> Refused {
    if !limits.suggestions {
        for error in &mut refused.errors {
            if let Some(end) = error.message.find(SUGGESTION) {
                error.message.truncate(end);
            }
        }
    }
    refused
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str, introspection: bool) -> Option<&'static str> {
        let document = Document::parse(text, "test.graphql").unwrap();
        let limits = DocumentLimits { introspection, ..DocumentLimits::default() };
        check(&document, &limits).err().map(|refused| refused.errors[0].extensions.code)
    }

    #[test]
    fn the_schema_is_told_only_where_it_may() {
        for text in [
            "{ __schema { types { name } } }",
            "{ a: __type(name: \"Order\") { name } }",
            "{ ... on Query { ... { __schema { types { name } } } } }",
            "query A { a } query B { ...F } fragment F on Query { __type(name: \"Order\") { name } }",
        ] {
            assert_eq!(code(text, true), None, "{text}");
            assert_eq!(code(text, false), Some("INTROSPECTION_DISABLED"), "{text}");
        }
        for text in ["{ __typename a { __typename } }", "{ schema: a }", "{ a(name: \"__schema\") }"] {
            assert_eq!(code(text, false), None, "{text}");
        }
    }

    #[test]
    fn suggestions_are_cut_only_where_they_are_switched_off() {
        let refused = || Refused::graphql(Code::GraphqlValidationFailed, "No field `a`. Did you mean `b`?");
        let message = |suggestions: bool| {
            let limits = DocumentLimits { suggestions, ..DocumentLimits::default() };
            discreet(refused(), &limits).errors.remove(0).message
        };
        assert_eq!(message(true), "No field `a`. Did you mean `b`?");
        assert_eq!(message(false), "No field `a`.");
    }
}
