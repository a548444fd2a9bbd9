//! Asks the executor of which type an object is, where its answer cannot be put into shape (`shape.rs`) without: where an
//! object may be of several types, and where it may turn out to have no field at all, which the executor tells as null: fields
//! that may be null can have failed. A type of the schema is asked for its kind, by which `shape.rs` tells interfaces.

use std::collections::HashMap;

use apollo_compiler::ast::{Definition, DirectiveList, Document, Field, FragmentDefinition, Selection};
use apollo_compiler::{Name, Node, Schema, name};

/// The key under which the executor answers. It never leaves the server: an answer is taken apart by what the caller asked.
pub const KIND: &str = "__surety_kind";

/// The type whose objects are asked for their kind.
pub const INTROSPECTED: &str = "__Type";

struct Asking<'doc> {
    schema: &'doc Schema,
    fragments: HashMap<Name, Node<FragmentDefinition>>,
}

/// Adds the questions to a document that has been validated.
pub fn ask(document: &mut Document, schema: &Schema) {
    let fragments = document.definitions.iter().filter_map(Definition::as_fragment_definition);
    let fragments = fragments.map(|fragment| (fragment.name.clone(), fragment.clone())).collect();
    let asking = Asking { schema, fragments };
    for definition in &mut document.definitions {
        match definition {
            Definition::OperationDefinition(operation) => {
                if let Some(root) = schema.root_operation(operation.operation_type) {
                    asking.below(&mut operation.make_mut().selection_set, root);
                }
            }
            Definition::FragmentDefinition(fragment) => {
                let condition = fragment.type_condition.clone();
                asking.below(&mut fragment.make_mut().selection_set, &condition);
            }
            // Definitions of types were refused by validation.
            _ => {}
        }
    }
}

impl Asking<'_> {
    /// Goes through selections on an object of a type and asks in each selection below.
    fn below(&self, selections: &mut [Selection], parent: &Name) {
        for selection in selections {
            match selection {
                Selection::Field(field) if field.selection_set.is_empty() => {}
                Selection::Field(field) => {
                    let Ok(known) = self.schema.type_field(parent, &field.name) else { continue };
                    let kind = known.ty.inner_named_type();
                    let field = field.make_mut();
                    self.below(&mut field.selection_set, kind);
                    let is_abstract = self
                        .schema
                        .types
                        .get(kind)
                        .is_some_and(|known| known.is_interface() || known.is_union());
                    if is_abstract
                        || !self.has_certain_field(&field.selection_set, kind)
                        || (kind == INTROSPECTED && self.asks_for_interfaces(&field.selection_set))
                    {
                        field.selection_set.push(question(kind));
                    }
                }
                Selection::InlineFragment(inline) => {
                    let condition = inline.type_condition.clone();
                    let kind = condition.as_ref().unwrap_or(parent);
                    self.below(&mut inline.make_mut().selection_set, kind);
                }
                Selection::FragmentSpread(_) => {}
            }
        }
    }

    /// Whether an object of a type has one of the fields whatever the variables say. The expansion was measured before.
    fn has_certain_field(&self, selections: &[Selection], kind: &Name) -> bool {
        selections.iter().any(|selection| match selection {
            Selection::Field(field) => {
                is_certain(&field.directives)
                    && self.schema.type_field(kind, &field.name).is_ok_and(|known| known.ty.is_non_null())
            }
            Selection::InlineFragment(inline) => {
                let covers =
                    inline.type_condition.as_ref().is_none_or(|condition| self.covers(condition, kind));
                is_certain(&inline.directives)
                    && covers
                    && self.has_certain_field(&inline.selection_set, kind)
            }
            Selection::FragmentSpread(spread) => {
                is_certain(&spread.directives)
                    && self.fragments.get(&spread.fragment_name).is_some_and(|fragment| {
                        self.covers(&fragment.type_condition, kind)
                            && self.has_certain_field(&fragment.selection_set, kind)
                    })
            }
        })
    }

    fn asks_for_interfaces(&self, selections: &[Selection]) -> bool {
        selections.iter().any(|selection| match selection {
            Selection::Field(field) => field.name == "interfaces",
            Selection::InlineFragment(inline) => self.asks_for_interfaces(&inline.selection_set),
            Selection::FragmentSpread(spread) => self
                .fragments
                .get(&spread.fragment_name)
                .is_some_and(|fragment| self.asks_for_interfaces(&fragment.selection_set)),
        })
    }

    fn covers(&self, condition: &Name, kind: &Name) -> bool {
        condition == kind || self.schema.is_subtype(condition, kind)
    }
}

fn is_certain(directives: &DirectiveList) -> bool {
    !directives.has("skip") && !directives.has("include")
}

fn question(kind: &Name) -> Selection {
    let field = Field {
        alias: Some(name!("__surety_kind")),
        name: if kind == INTROSPECTED { name!("kind") } else { name!("__typename") },
        arguments: Vec::new(),
        directives: DirectiveList::new(),
        selection_set: Vec::new(),
    };
    Selection::Field(Node::new(field))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SDL: &str = "type Query { thing: Thing named: Named either: Either } interface Named { name: String! } \
        type Thing implements Named { name: String! note: String thing: Thing } type Other { id: ID } union Either = Thing | Other";

    fn asked(text: &str) -> String {
        let schema = Schema::parse_and_validate(SDL, "schema").unwrap();
        let mut document = Document::parse(text, "document").unwrap();
        ask(&mut document, &schema);
        document.serialize().no_indent().to_string()
    }

    #[test]
    fn only_what_may_be_empty_or_of_several_types_is_asked() {
        for (text, questions) in [
            ("{ thing { name } }", 0),
            ("{ thing { ... { name } } }", 0),
            ("{ thing { ...T } } fragment T on Thing { name }", 0),
            ("{ thing { ...N } } fragment N on Named { name }", 0),
            ("query($b: Boolean!) { thing { name @include(if: $b) } }", 1),
            ("query($b: Boolean!) { thing { ...T @skip(if: $b) } } fragment T on Thing { name }", 1),
            ("{ thing { note } }", 1),
            ("{ thing { note name } }", 0),
            ("{ named { name } }", 1),
            ("{ __type(name: \"Named\") { name } }", 1),
            ("{ __type(name: \"Named\") { kind } }", 0),
            (
                "{ __type(name: \"Named\") { kind ...I } } fragment I on __Type { ... { interfaces { kind } } }",
                1,
            ),
            ("{ either { ... on Thing { name } } }", 1),
            ("{ thing { ...T } } fragment T on Thing { thing { name @skip(if: true) } name }", 1),
            ("query($b: Boolean!) { thing @skip(if: $b) { name } }", 0),
        ] {
            assert_eq!(asked(text).matches(KIND).count(), questions, "{text}");
        }
    }
}
