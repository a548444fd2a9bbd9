//! Whether fields that share a key are given lists of the same length (5.3.2): the compiler compares two lists as far as the
//! shorter one goes. The rest of the rule is checked by it.

use std::collections::HashSet;

use apollo_compiler::ast::{Argument, Value};
use apollo_compiler::executable::{ExecutableDocument, Field, Selection, SelectionSet};
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::{Name, Node, Schema};
use async_graphql::indexmap::IndexMap;

use crate::domain::error::Code;

use super::refusal::{Location, Refused, RequestError};

/// Fields that are looked at; a document within the other limits has to be made for it to need more.
const WORK: usize = 100_000;

/// Refuses a document in which fields of one key have lists of several lengths.
pub fn check(document: &ExecutableDocument, schema: &Schema) -> Result<(), Refused> {
    let has_lists = document.operations.iter().any(|operation| has_list(&operation.selection_set))
        || document.fragments.values().any(|fragment| has_list(&fragment.selection_set));
    if !has_lists {
        return Ok(());
    }
    document.operations.iter().try_for_each(|operation| {
        let mut merging = Merging { schema, document, seen: HashSet::new(), left: WORK };
        merging.sets(vec![&operation.selection_set])
    })
}

fn has_list(set: &SelectionSet) -> bool {
    set.selections.iter().any(|selection| match selection {
        Selection::Field(field) => {
            field.arguments.iter().any(|argument| holds_list(&argument.value))
                || has_list(&field.selection_set)
        }
        Selection::InlineFragment(inline) => has_list(&inline.selection_set),
        Selection::FragmentSpread(_) => false,
    })
}

fn holds_list(value: &Value) -> bool {
    match value {
        Value::List(_) => true,
        Value::Object(members) => members.iter().any(|(_, member)| holds_list(member)),
        _ => false,
    }
}

/// A field and the type on which it is asked for.
type Asked<'doc> = (&'doc Name, &'doc Node<Field>);

struct Merging<'doc> {
    schema: &'doc Schema,
    document: &'doc ExecutableDocument,
    /// The selections that were put together before, by where they are.
    seen: HashSet<Vec<usize>>,
    left: usize,
}

impl<'doc> Merging<'doc> {
    /// Looks at selections that are put together.
    fn sets(&mut self, sets: Vec<&'doc SelectionSet>) -> Result<(), Refused> {
        let mut places: Vec<usize> = sets.iter().map(|set| std::ptr::from_ref(*set).addr()).collect();
        places.sort_unstable();
        places.dedup();
        if !self.seen.insert(places) {
            return Ok(());
        }
        let (mut by_key, mut visited) = (IndexMap::new(), HashSet::new());
        for set in sets {
            self.collect(set, &mut by_key, &mut visited)?;
        }
        for fields in by_key.into_values() {
            for group in self.groups(fields) {
                self.group(&group)?;
            }
        }
        Ok(())
    }

    fn collect(
        &mut self,
        set: &'doc SelectionSet,
        by_key: &mut IndexMap<&'doc str, Vec<Asked<'doc>>>,
        visited: &mut HashSet<&'doc str>,
    ) -> Result<(), Refused> {
        for selection in &set.selections {
            self.left = self.left.checked_sub(1).ok_or_else(|| {
                Refused::too_large("The fields of the document are put together in too many ways.")
            })?;
            match selection {
                Selection::Field(field) => {
                    by_key.entry(field.response_key().as_str()).or_default().push((&set.ty, field));
                }
                Selection::InlineFragment(inline) => self.collect(&inline.selection_set, by_key, visited)?,
                Selection::FragmentSpread(spread) => {
                    // Validation has refused fragments that are not there.
                    let fragment = self.document.fragments.get(&spread.fragment_name);
                    if let Some(fragment) = fragment.filter(|_| visited.insert(spread.fragment_name.as_str()))
                    {
                        self.collect(&fragment.selection_set, by_key, visited)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Fields that one object may have: those of one type of object together with those of interfaces and unions.
    fn groups(&self, fields: Vec<Asked<'doc>>) -> Vec<Vec<Asked<'doc>>> {
        let mut of_objects: IndexMap<&str, Vec<Asked<'doc>>> = IndexMap::new();
        let mut of_any = Vec::new();
        for (parent, field) in fields {
            if self.schema.types.get(parent).is_some_and(ExtendedType::is_object) {
                of_objects.entry(parent.as_str()).or_default().push((parent, field));
            } else {
                of_any.push((parent, field));
            }
        }
        if of_objects.is_empty() {
            return vec![of_any];
        }
        let with_any = |mut group: Vec<Asked<'doc>>| {
            group.extend(of_any.iter().copied());
            group
        };
        of_objects.into_values().map(with_any).collect()
    }

    fn group(&mut self, fields: &[Asked<'doc>]) -> Result<(), Refused> {
        let Some((&(_, first), rest)) = fields.split_first() else { return Ok(()) };
        for (_, other) in rest {
            if let Some(argument) = differing(&first.arguments, &other.arguments) {
                return Err(self.conflict(first, other, argument));
            }
        }
        let below = fields.iter().map(|(_, field)| &field.selection_set);
        let below: Vec<_> = below.filter(|set| !set.selections.is_empty()).collect();
        if below.is_empty() { Ok(()) } else { self.sets(below) }
    }

    fn conflict(&self, first: &Node<Field>, other: &Node<Field>, argument: &Name) -> Refused {
        let message = format!(
            "Cannot select different fields into the same key `{}`: the lists in `{argument}` are of different lengths.",
            first.response_key()
        );
        let mut told = RequestError::new(Code::GraphqlValidationFailed, message);
        let places = [first.location(), other.location()];
        let places = places.into_iter().flatten();
        let places = places.filter_map(|span| span.line_column(&self.document.sources));
        told.locations = places.map(|place| Location { line: place.line, column: place.column }).collect();
        Refused::all(vec![told])
    }
}

/// The argument in which two fields have lists of different lengths.
fn differing<'doc>(left: &'doc [Node<Argument>], right: &[Node<Argument>]) -> Option<&'doc Name> {
    left.iter().find_map(|argument| {
        let other = right.iter().find(|other| other.name == argument.name)?;
        (!fits(&argument.value, &other.value)).then_some(&argument.name)
    })
}

fn fits(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::List(left), Value::List(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| fits(left, right))
        }
        (Value::Object(left), Value::Object(right)) => left.iter().all(|(name, member)| {
            right.iter().find(|(known, _)| known == name).is_none_or(|(_, other)| fits(member, other))
        }),
        // The compiler has compared them.
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SDL: &str = "type Query { f(l: [Int], i: In): Int q: Query n: Named } interface Named { f(l: [Int]): Int n: Named } \
        type A implements Named { f(l: [Int]): Int n: Named } type B implements Named { f(l: [Int]): Int n: Named } \
        input In { l: [[Int]] }";

    fn passes(text: &str) -> bool {
        let schema = Schema::parse_and_validate(SDL, "schema").unwrap();
        let document = ExecutableDocument::parse_and_validate(&schema, text, "document").unwrap();
        check(&document, &schema).is_ok()
    }

    #[test]
    fn lists_of_one_key_have_one_length() {
        for (text, allowed) in [
            ("{ f(l: [1]) f(l: [1]) }", true),
            ("{ f(l: [1]) f(l: [1, 2]) }", false),
            ("{ f(l: []) f(l: [1]) }", false),
            ("{ f(l: [1]) a: f(l: [1, 2]) }", true),
            ("{ f(i: {l: [[1], [2]]}) f(i: {l: [[1], [2, 3]]}) }", false),
            ("{ q { f(l: [1]) } q { q { f(l: [1]) } f(l: [1, 2]) } }", false),
            ("{ ...F q { f(l: [1]) } } fragment F on Query { q { ... { f(l: [1, 2]) } } }", false),
            ("{ n { ... on A { f(l: [1]) } ... on B { f(l: [1, 2]) } } }", true),
            ("{ n { ... on A { f(l: [1]) } f(l: [1, 2]) } }", false),
            ("{ n { ... on A { n { f(l: [1]) } } ... on B { n { f(l: [1, 2]) } } } }", true),
        ] {
            assert_eq!(passes(text), allowed, "{text}");
        }
    }
}
