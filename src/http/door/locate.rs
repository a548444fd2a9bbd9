//! Where in the caller's own text a field of the answer was asked for.

use apollo_compiler::executable::{ExecutableDocument, Field, Operation, Selection, SelectionSet};
use async_graphql::PathSegment;

use super::refusal::Location;

/// The place of the field at the end of a response path.
pub fn locate(
    document: &ExecutableDocument,
    operation: &Operation,
    path: &[PathSegment],
) -> Option<Location> {
    let mut sets = vec![&operation.selection_set];
    let mut found = None;
    for segment in path {
        let PathSegment::Field(key) = segment else { continue };
        let mut fields = Vec::new();
        for set in sets {
            collect(document, set, key, &mut fields);
        }
        found = Some(*fields.first()?);
        sets = fields.into_iter().map(|field| &field.selection_set).collect();
    }
    let field = found?;
    let place = field.alias.as_ref().unwrap_or(&field.name).location()?.line_column(&document.sources)?;
    Some(Location { line: place.line, column: place.column })
}

fn collect<'doc>(
    document: &'doc ExecutableDocument,
    set: &'doc SelectionSet,
    key: &str,
    fields: &mut Vec<&'doc Field>,
) {
    for selection in &set.selections {
        match selection {
            Selection::Field(field) if field.response_key() == key => fields.push(field),
            Selection::Field(_) => {}
            Selection::InlineFragment(inline) => collect(document, &inline.selection_set, key, fields),
            Selection::FragmentSpread(spread) => {
                if let Some(fragment) = document.fragments.get(&spread.fragment_name) {
                    collect(document, &fragment.selection_set, key, fields);
                }
            }
        }
    }
}
