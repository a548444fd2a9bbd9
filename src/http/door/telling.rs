//! What decides how a message of a subscription looks, beside the message itself: two operations that agree in it may share
//! what was made for one of them.

use std::collections::BTreeSet;

use apollo_compiler::Node;
use apollo_compiler::ast::{Argument, Directive, Value};
use apollo_compiler::executable::{ExecutableDocument, Operation, Selection, SelectionSet};

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Telling {
    /// The variables below the root field. Those of its own arguments say which messages come, not how they look.
    pub variables: BTreeSet<String>,
    /// Whether anything is selected that is not part of the message: an object, which is read when the message is shown, by
    /// the rights of who sees it.
    pub is_live: bool,
}

impl Telling {
    /// Looks at a subscription.
    pub(super) fn of(document: &ExecutableDocument, operation: &Operation) -> Self {
        let mut telling = Self { variables: BTreeSet::new(), is_live: false };
        telling.look(document, &operation.selection_set, 0);
        telling
    }

    /// Fields lie at a depth: 0 is the root field, 1 are the fields of the message.
    fn look(&mut self, document: &ExecutableDocument, set: &SelectionSet, depth: usize) {
        for selection in &set.selections {
            match selection {
                Selection::Field(field) => {
                    if depth > 0 {
                        self.note_arguments(&field.arguments);
                        self.note_directives(&field.directives);
                        self.is_live |= !field.selection_set.is_empty();
                    }
                    self.look(document, &field.selection_set, depth + 1);
                }
                Selection::InlineFragment(inline) => {
                    self.note_directives(&inline.directives);
                    self.look(document, &inline.selection_set, depth);
                }
                Selection::FragmentSpread(spread) => {
                    self.note_directives(&spread.directives);
                    // Validation has refused fragments that are not there, and those that lead back to themselves.
                    if let Some(fragment) = document.fragments.get(&spread.fragment_name) {
                        self.look(document, &fragment.selection_set, depth);
                    }
                }
            }
        }
    }

    fn note_directives(&mut self, directives: &[Node<Directive>]) {
        for directive in directives {
            self.note_arguments(&directive.arguments);
        }
    }

    fn note_arguments(&mut self, arguments: &[Node<Argument>]) {
        for argument in arguments {
            self.note(&argument.value);
        }
    }

    fn note(&mut self, value: &Value) {
        match value {
            Value::Variable(name) => {
                self.variables.insert(name.as_str().to_owned());
            }
            Value::List(items) => items.iter().for_each(|item| self.note(item)),
            Value::Object(members) => members.iter().for_each(|(_, member)| self.note(member)),
            Value::Null
            | Value::Enum(_)
            | Value::String(_)
            | Value::Float(_)
            | Value::Int(_)
            | Value::Boolean(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use apollo_compiler::Schema;

    use super::*;

    const SDL: &str = "type Query { a: Int } type Order { id: ID total(in: String): Int } type Event { id: ID facts(of: String): Int \
        order: Order } type Checkpoint { cursor: ID } union Message = Event | Checkpoint type Subscription { events(after: ID, \
        types: [String!]): Message }";

    fn telling(text: &str) -> (Vec<String>, bool) {
        let schema = Schema::parse_and_validate(SDL, "schema").unwrap();
        let document = ExecutableDocument::parse_and_validate(&schema, text, "document").unwrap();
        let Telling { variables, is_live } = Telling::of(&document, document.operations.get(None).unwrap());
        (variables.into_iter().collect(), is_live)
    }

    #[test]
    fn what_lies_below_the_root_counts() {
        for (text, variables, is_live) in [
            ("subscription { events { __typename ... on Event { id } } }", vec![], false),
            ("subscription($c: ID) { events(after: $c) { ... on Event { id } } }", vec![], false),
            ("subscription($t: String!) { events(types: [$t]) { __typename } }", vec![], false),
            ("subscription($f: String) { events { ... on Event { facts(of: $f) } } }", vec!["f"], false),
            (
                "subscription($b: Boolean!) { events { ... on Event @include(if: $b) { id } } }",
                vec!["b"],
                false,
            ),
            (
                "subscription($b: Boolean!) { events { ...E @skip(if: $b) } } fragment E on Event { id }",
                vec!["b"],
                false,
            ),
            ("subscription($b: Boolean!) { events { ... on Event { id @skip(if: $b) } } }", vec!["b"], false),
            ("subscription { events { ... on Event { order { id } } } }", vec![], true),
            (
                "subscription { ...S } fragment S on Subscription { events { ...E } } fragment E on Event { id }",
                vec![],
                false,
            ),
            (
                "subscription($i: String) { events { ...E } } fragment E on Event { order { total(in: $i) } }",
                vec!["i"],
                true,
            ),
        ] {
            let variables: Vec<String> = variables.into_iter().map(ToOwned::to_owned).collect();
            assert_eq!(telling(text), (variables, is_live), "{text}");
        }
    }
}
