//! What the answers of an operation can hold: the keys of each object in their order, and what stands under them costs. It is put
//! together once for each document that is kept, and for each answer only where variables decide what is left out.
//!
//! The executor works a field out as often as it is asked for, also under one key, and puts the answers together: so what is asked
//! for twice costs twice. Only the root of a mutation or subscription is put together before.

use std::collections::HashSet;

use apollo_compiler::Schema;
use apollo_compiler::executable::{ExecutableDocument, Field, Operation, Selection, SelectionSet};
use apollo_compiler::response::JsonMap;
use apollo_compiler::schema::ExtendedType;
use async_graphql::Name;

use super::cost::{Scale, object_cost, own_cost};
use super::shape::is_left_out;

/// The fields that are asked for of an object, fragments put together.
#[derive(Debug, Default)]
pub struct Outline {
    /// By their keys, in the order of the answer.
    pub fields: Vec<Expected>,
    /// Whether a field costs something whatever its value is.
    pub has_own_costs: bool,
}

/// What stands under a key of an object.
#[derive(Debug)]
pub struct Expected {
    /// The key.
    pub key: Name,
    /// What is asked for whatever the object is.
    pub always: Asked,
    /// What is asked for only of objects of a type, where they can be of several.
    pub by_kind: Vec<(Name, Asked)>,
}

/// What is asked for under a key.
#[derive(Debug, Default)]
pub struct Asked {
    /// What it costs beside its objects.
    pub own: u64,
    /// What each of its objects costs.
    pub each: u64,
    /// What is asked for of its objects; none of a leaf.
    pub inner: Option<Outline>,
}

/// The outline of an operation, and what it holds for.
#[derive(Debug)]
pub struct Outlined {
    /// What is asked for at the root.
    pub root: Outline,
    /// Whether the outline is the same whatever the variables are.
    pub is_fixed: bool,
    /// Whether each object of the answers is of a type that is known before, and none of them tells of the schema.
    pub is_plain: bool,
    /// Fields that are asked for in all, fragments expanded.
    pub fields: usize,
}

impl Outlined {
    /// Of an operation, where these variables are true.
    pub fn new(
        schema: &Schema,
        document: &ExecutableDocument,
        operation: &Operation,
        truths: &HashSet<String>,
    ) -> Self {
        let mut sketch = Sketch { schema, document, truths, is_fixed: true, is_plain: true, fields: 0 };
        let mut root = Outline::default();
        let is_joined = !operation.is_query();
        sketch.add(&mut root, &operation.selection_set, Place { kind: None, is_joined });
        let Sketch { is_fixed, is_plain, fields, .. } = sketch;
        Self { root, is_fixed, is_plain, fields }
    }
}

struct Sketch<'doc> {
    schema: &'doc Schema,
    document: &'doc ExecutableDocument,
    truths: &'doc HashSet<String>,
    is_fixed: bool,
    is_plain: bool,
    fields: usize,
}

/// Where selections stand.
#[derive(Debug, Clone, Copy)]
struct Place<'doc> {
    /// The type of objects that they are for, where the objects at the place can be of several.
    kind: Option<&'doc str>,
    /// Whether fields under one key are put together before they are worked out.
    is_joined: bool,
}

impl<'doc> Sketch<'doc> {
    fn add(&mut self, outline: &mut Outline, set: &'doc SelectionSet, place: Place<'doc>) {
        self.is_plain &= self.is_object(set.ty.as_str());
        for selection in &set.selections {
            self.is_fixed &= !has_conditions(selection);
            if is_left_out(selection.directives(), self.truths) {
                continue;
            }
            match selection {
                Selection::Field(field) => self.add_field(outline, field, (set.ty.as_str(), place)),
                Selection::InlineFragment(inline) => {
                    let place = self.within(&inline.selection_set, set, place);
                    self.add(outline, &inline.selection_set, place);
                }
                Selection::FragmentSpread(spread) => {
                    // Validation has refused fragments that are not there.
                    let Some(fragment) = self.document.fragments.get(&spread.fragment_name) else { continue };
                    let place = self.within(&fragment.selection_set, set, place);
                    self.add(outline, &fragment.selection_set, place);
                }
            }
        }
    }

    fn add_field(&mut self, outline: &mut Outline, field: &'doc Field, (parent, place): (&str, Place<'doc>)) {
        let is_introspection = matches!(field.name.as_str(), "__schema" | "__type");
        self.is_plain &= !is_introspection;
        self.fields += 1;
        let (own, each) = if is_introspection {
            // Reckoned without looking at lengths, and so it is paid.
            (Scale::new(self.document, &JsonMap::new()).field(field, parent).once.cost, 0)
        } else {
            (own_cost(parent, field), object_cost(field))
        };
        outline.has_own_costs |= own > 0;
        let key = field.response_key().as_str();
        let known = outline.fields.iter().position(|expected| expected.key.as_str() == key);
        let index = known.unwrap_or(outline.fields.len());
        if known.is_none() {
            outline.fields.push(Expected::new(key));
        }
        let Some(expected) = outline.fields.get_mut(index) else { return };
        let asked = expected.asked(place.kind);
        if place.is_joined {
            (asked.own, asked.each) = (asked.own.max(own), asked.each.max(each));
        } else {
            (asked.own, asked.each) = (asked.own.saturating_add(own), asked.each.saturating_add(each));
        }
        if !field.selection_set.is_empty() && !is_introspection {
            let below = Place { kind: None, is_joined: false };
            self.add(asked.inner.get_or_insert_default(), &field.selection_set, below);
        }
    }

    /// Where the selections of a fragment stand: on a type of objects, everything in it is for that type.
    fn within(&self, inner: &'doc SelectionSet, outer: &SelectionSet, place: Place<'doc>) -> Place<'doc> {
        let is_narrower = !self.is_object(outer.ty.as_str()) && self.is_object(inner.ty.as_str());
        Place { kind: place.kind.or(is_narrower.then_some(inner.ty.as_str())), ..place }
    }

    fn is_object(&self, kind: &str) -> bool {
        self.schema.types.get(kind).is_some_and(ExtendedType::is_object)
    }
}

impl Expected {
    fn new(key: &str) -> Self {
        Self { key: Name::new(key), always: Asked::default(), by_kind: Vec::new() }
    }

    /// What is asked for of objects of a type, or of all of them.
    fn asked(&mut self, kind: Option<&str>) -> &mut Asked {
        let Some(kind) = kind else { return &mut self.always };
        let known = self.by_kind.iter().position(|(known, _)| known.as_str() == kind);
        let index = known.unwrap_or(self.by_kind.len());
        if known.is_none() {
            self.by_kind.push((Name::new(kind), Asked::default()));
        }
        match self.by_kind.get_mut(index) {
            Some((_, asked)) => asked,
            None => &mut self.always,
        }
    }
}

/// Whether it depends on a condition that something is answered.
fn has_conditions(selection: &Selection) -> bool {
    let directives = selection.directives();
    directives.has("skip") || directives.has("include")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SDL: &str = "type Query { a: A n: Named } interface Named { name: String } \
        type A implements Named { name: String a: A n: Named }";

    #[test]
    fn what_variables_or_types_decide_is_told() {
        let schema = Schema::parse_and_validate(SDL, "schema").unwrap();
        for (text, fixed, plain, fields) in [
            ("{ a { name a { name } } a { name } }", true, true, 6),
            ("{ a { ...F } } fragment F on A { name }", true, true, 2),
            ("{ a { ...F } } fragment F on Named { name }", true, false, 2),
            ("{ a { n { name } } }", true, false, 3),
            ("{ n { ... on A { name } } }", true, false, 2),
            ("{ a { name @skip(if: false) } }", false, true, 2),
            ("query($b: Boolean!) { a @include(if: $b) { name } n { name } }", false, false, 2),
            ("{ __type(name: \"A\") { name } }", true, false, 1),
        ] {
            let document = ExecutableDocument::parse_and_validate(&schema, text, "document").unwrap();
            let operation = document.operations.get(None).unwrap();
            let outlined = Outlined::new(&schema, &document, operation, &HashSet::new());
            let told = (outlined.is_fixed, outlined.is_plain, outlined.fields);
            assert_eq!(told, (fixed, plain, fields), "{text}");
        }
    }

    #[test]
    fn keys_stand_in_the_order_of_the_answer() {
        let schema = Schema::parse_and_validate(SDL, "schema").unwrap();
        let text = "{ ...F a { name } } fragment F on Query { n { name } a { x: name name } }";
        let document = ExecutableDocument::parse_and_validate(&schema, text, "document").unwrap();
        let operation = document.operations.get(None).unwrap();
        let root = Outlined::new(&schema, &document, operation, &HashSet::new()).root;
        let keys = |outline: &Outline| -> Vec<String> {
            outline.fields.iter().map(|expected| expected.key.to_string()).collect()
        };
        assert_eq!(keys(&root), ["n", "a"]);
        assert_eq!(keys(root.fields[1].always.inner.as_ref().unwrap()), ["x", "name"]);
    }
}
