//! Fragments on a union, where the objects are known to be of another type: the executor looks at interfaces there and not at
//! unions, and would leave the fragment out. What such a fragment asks for is asked of each member that the objects can be.

use std::collections::HashMap;

use apollo_compiler::ast::{
    Definition, DirectiveList, Document, FragmentDefinition, InlineFragment, Selection,
};
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::{Name, Node, Schema};

use super::refusal::Refused;

/// Rewrites a document that has been validated. At most so many selections are written for others.
pub fn rewrite(document: &mut Document, schema: &Schema, maximum: u64) -> Result<(), Refused> {
    let fragments = document.definitions.iter().filter_map(Definition::as_fragment_definition);
    let fragments: HashMap<_, _> =
        fragments.map(|fragment| (fragment.name.clone(), fragment.clone())).collect();
    let mut unions = Unions { schema, fragments, left: maximum };
    if !unions.are_named(document) {
        return Ok(());
    }
    for definition in &mut document.definitions {
        match definition {
            Definition::OperationDefinition(operation) => {
                if let Some(root) = schema.root_operation(operation.operation_type) {
                    let selections = &mut operation.make_mut().selection_set;
                    *selections = unions.below(selections, root)?;
                }
            }
            Definition::FragmentDefinition(fragment) => {
                let condition = fragment.type_condition.clone();
                let selections = &mut fragment.make_mut().selection_set;
                *selections = unions.below(selections, &condition)?;
            }
            // Definitions of types were refused by validation.
            _ => {}
        }
    }
    Ok(())
}

struct Unions<'schema> {
    schema: &'schema Schema,
    fragments: HashMap<Name, Node<FragmentDefinition>>,
    left: u64,
}

impl Unions<'_> {
    /// Whether any fragment of the document is on a union.
    fn are_named(&self, document: &Document) -> bool {
        document.definitions.iter().any(|definition| match definition {
            Definition::OperationDefinition(operation) => self.are_below(&operation.selection_set),
            Definition::FragmentDefinition(fragment) => {
                self.is_union(&fragment.type_condition) || self.are_below(&fragment.selection_set)
            }
            _ => false,
        })
    }

    fn are_below(&self, selections: &[Selection]) -> bool {
        selections.iter().any(|selection| match selection {
            Selection::Field(field) => self.are_below(&field.selection_set),
            Selection::InlineFragment(inline) => {
                inline.type_condition.as_ref().is_some_and(|condition| self.is_union(condition))
                    || self.are_below(&inline.selection_set)
            }
            Selection::FragmentSpread(_) => false,
        })
    }

    fn is_union(&self, name: &Name) -> bool {
        self.schema.types.get(name).is_some_and(ExtendedType::is_union)
    }

    /// The selections on objects of a type, rewritten.
    fn below(&mut self, selections: &[Selection], parent: &Name) -> Result<Vec<Selection>, Refused> {
        let mut rewritten = Vec::with_capacity(selections.len());
        for selection in selections {
            self.left = self.left.checked_sub(1).ok_or_else(|| {
                Refused::too_large(
                    "The fragments on unions come to too many selections, one for each member.",
                )
            })?;
            match selection {
                Selection::Field(field) => {
                    let mut field = field.clone();
                    if let Ok(known) = self.schema.type_field(parent, &field.name)
                        && !field.selection_set.is_empty()
                    {
                        let kind = known.ty.inner_named_type();
                        let inner = self.below(&field.selection_set, kind)?;
                        field.make_mut().selection_set = inner;
                    }
                    rewritten.push(Selection::Field(field));
                }
                Selection::InlineFragment(inline) => {
                    let condition = inline.type_condition.as_ref().unwrap_or(parent);
                    if self.is_union(condition) && condition != parent {
                        let inner = (&inline.directives, inline.selection_set.as_slice());
                        self.by_member(condition, parent, inner, &mut rewritten)?;
                    } else {
                        let inner = self.below(&inline.selection_set, condition)?;
                        let mut inline = inline.clone();
                        inline.make_mut().selection_set = inner;
                        rewritten.push(Selection::InlineFragment(inline));
                    }
                }
                Selection::FragmentSpread(spread) => {
                    let fragment = self.fragments.get(&spread.fragment_name).cloned();
                    let on_union = fragment.filter(|fragment| {
                        fragment.type_condition != *parent && self.is_union(&fragment.type_condition)
                    });
                    if let Some(fragment) = on_union {
                        let inner = (&spread.directives, fragment.selection_set.as_slice());
                        self.by_member(&fragment.type_condition, parent, inner, &mut rewritten)?;
                    } else {
                        rewritten.push(selection.clone());
                    }
                }
            }
        }
        Ok(rewritten)
    }

    /// The same asked of each member of a union that an object of a type can be.
    fn by_member(
        &mut self,
        union: &Name,
        parent: &Name,
        (directives, selections): (&DirectiveList, &[Selection]),
        rewritten: &mut Vec<Selection>,
    ) -> Result<(), Refused> {
        let schema = self.schema;
        let Some(ExtendedType::Union(union)) = schema.types.get(union) else { return Ok(()) };
        let members = union.members.iter().map(|member| &member.name);
        for member in members.filter(|&member| member == parent || schema.is_subtype(parent, member)) {
            let fragment = InlineFragment {
                type_condition: Some(member.clone()),
                directives: directives.clone(),
                selection_set: self.below(selections, member)?,
            };
            rewritten.push(Selection::InlineFragment(Node::new(fragment)));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SDL: &str = "type Query { a: A named: Named either: Either } interface Named { name: String } \
        type A implements Named { name: String } type B implements Named { name: String } type C { c: Int } \
        union Either = A | C union Other = B | C";

    fn written(document: &Document) -> String {
        document.serialize().no_indent().to_string()
    }

    fn rewritten(text: &str, maximum: u64) -> Option<String> {
        let schema = Schema::parse_and_validate(SDL, "schema").unwrap();
        let mut document = Document::parse(text, "document").unwrap();
        rewrite(&mut document, &schema, maximum).ok()?;
        Some(written(&document))
    }

    #[test]
    fn each_member_is_asked_where_the_executor_does_not_know_the_union() {
        for (text, wanted) in [
            ("{ a { name } }", "{ a { name } }"),
            ("{ either { ... on Either { __typename } } }", "{ either { ... on Either { __typename } } }"),
            ("{ a { ... on Either { __typename } } }", "{ a { ... on A { __typename } } }"),
            ("{ named { ... on Either { __typename } } }", "{ named { ... on A { __typename } } }"),
            (
                "{ either { ... on Other @skip(if: true) { ... on C { c } } } }",
                "{ either { ... on C @skip(if: true) { ... on C { c } } } }",
            ),
            (
                "{ a { ...F } } fragment F on Either { ... on Either { ... on A { name } } }",
                "{ a { ... on A { ... on A { ... on A { name } } } } } \
                 fragment F on Either { ... on Either { ... on A { name } } }",
            ),
        ] {
            let wanted = written(&Document::parse(wanted, "document").unwrap());
            assert_eq!(rewritten(text, 100), Some(wanted), "{text}");
        }
    }

    #[test]
    fn what_comes_to_too_much_is_refused() {
        assert_eq!(rewritten("{ a { ... on Either { __typename } } }", 2), None);
    }
}
