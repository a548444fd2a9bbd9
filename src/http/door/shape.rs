//! The executor's answer in the shape that the specification gives it: fields in the order in which they were asked for
//! (6.3), an object without fields as an empty object, and a failed field as null, up to the nearest place that may be null
//! (6.4.4). The executor leaves failed fields out, tells empty objects as null, and orders fields by when they were done.
//!
//! Which order that is nobody knows before, so the keys of an answer are compared with those that were asked for. What stands
//! right is neither moved nor copied, leaves are not looked at, and errors are followed only to where they lead. Where the type of
//! every object is known before and nothing failed, the outline that is kept with the document says it all.

use std::borrow::Cow;
use std::collections::HashSet;

use apollo_compiler::Schema;
use apollo_compiler::ast::{
    Definition, DirectiveList, Document, Selection as Written, Type, Value as Literal,
};
use apollo_compiler::executable::{ExecutableDocument, Operation, Selection, SelectionSet};
use async_graphql::indexmap::IndexMap;
use async_graphql::{Name, PathSegment, ServerError, Value};

use super::kinds::{INTROSPECTED, KIND};
use super::outline::Outline;

/// The rest of the paths of errors that lie at or below a value.
type Below<'path> = Vec<&'path [PathSegment]>;

/// Null stands where it may not, because of an error.
struct Failed;

/// What is needed to put answers of an operation into shape.
pub struct Shape<'doc> {
    /// The schema.
    pub schema: &'doc Schema,
    /// The document.
    pub document: &'doc ExecutableDocument,
    /// The variables that are true.
    pub truths: &'doc HashSet<String>,
}

/// The selections on an object, and what they come to for each type that the object may be of.
struct Plan<'doc> {
    sets: Vec<&'doc SelectionSet>,
    by_kind: Vec<(String, Vec<Planned<'doc>>)>,
}

/// A field of an answer.
struct Planned<'doc> {
    key: &'doc str,
    name: &'doc str,
    ty: &'doc Type,
    plan: Plan<'doc>,
}

/// Whether answers to what the executor was given stand right whatever it does: each object has one field, and all of them are
/// there.
pub fn is_settled(document: &Document) -> bool {
    document.definitions.iter().all(|definition| match definition {
        Definition::OperationDefinition(operation) => is_single(&operation.selection_set),
        _ => false,
    })
}

fn is_single(selections: &[Written]) -> bool {
    match selections {
        [Written::Field(field)] => {
            field.directives.is_empty()
                // What the executor tells of the schema is amended.
                && !matches!(field.name.as_str(), "__schema" | "__type")
                && (field.selection_set.is_empty() || is_single(&field.selection_set))
        }
        _ => false,
    }
}

/// Puts the data of an answer in which nothing failed into shape, by an outline that is plain.
pub fn arrange(root: &Outline, data: Value) -> Value {
    let mut data = match data {
        // The root is always there.
        Value::Null => Value::Object(IndexMap::new()),
        other => other,
    };
    arrange_value(root, &mut data);
    data
}

fn arrange_value(outline: &Outline, value: &mut Value) {
    each_object(value, &mut |told| {
        take_kind(told);
        put_in_order(told, outline.fields.iter().map(|expected| expected.key.as_str()));
        for (value, expected) in told.values_mut().zip(&outline.fields) {
            if let Some(inner) = &expected.always.inner {
                arrange_value(inner, value);
            }
        }
    });
}

/// Does something with each object of a value: itself, or those of its lists.
fn each_object(value: &mut Value, act: &mut impl FnMut(&mut IndexMap<Name, Value>)) {
    match value {
        Value::List(items) => items.iter_mut().for_each(|item| each_object(item, act)),
        Value::Object(told) => act(told),
        Value::Null
        | Value::Number(_)
        | Value::String(_)
        | Value::Boolean(_)
        | Value::Binary(_)
        | Value::Enum(_) => {}
    }
}

/// What the executor was asked beside what the caller asked.
fn take_kind(told: &mut IndexMap<Name, Value>) -> Option<Value> {
    // Keys are compared by their length first: that is less than a hash.
    let asked = told.keys().position(|key| key.as_str() == KIND)?;
    told.shift_remove_index(asked).map(|(_, kind)| kind)
}

/// Gives an object the fields that were asked for, in their order. What is not there is null.
fn put_in_order<'key>(
    told: &mut IndexMap<Name, Value>,
    asked: impl ExactSizeIterator<Item = &'key str> + Clone,
) {
    if told.len() == asked.len() && told.keys().zip(asked.clone()).all(|(known, key)| known.as_str() == key) {
        return;
    }
    let mut fields = IndexMap::with_capacity(asked.len());
    for key in asked {
        let entry = told.swap_remove_entry(key);
        let (key, value) = entry.unwrap_or_else(|| (Name::new(key), Value::Null));
        fields.insert(key, value);
    }
    *told = fields;
}

impl<'doc> Shape<'doc> {
    /// The data of an answer that executed, in shape.
    pub fn data(&self, operation: &'doc Operation, data: Value, errors: &[ServerError]) -> Value {
        let mut plan = Plan { sets: vec![&operation.selection_set], by_kind: Vec::new() };
        let below: Below<'_> = errors.iter().map(|error| error.path.as_slice()).collect();
        let mut fields = match data {
            Value::Object(fields) => fields,
            // The root is always there.
            Value::Null => IndexMap::new(),
            other => return other,
        };
        if below.is_empty() {
            self.arrange_object(&mut fields, operation.object_type(), &mut plan);
            return Value::Object(fields);
        }
        self.object(fields, operation.object_type(), &mut plan, &below).unwrap_or(Value::Null)
    }

    /// Puts a value in which nothing failed into shape.
    fn arrange(&self, value: &mut Value, ty: &'doc str, plan: &mut Plan<'doc>) {
        each_object(value, &mut |told| self.arrange_object(told, ty, plan));
    }

    fn arrange_object(&self, told: &mut IndexMap<Name, Value>, ty: &'doc str, plan: &mut Plan<'doc>) {
        let planned = self.order(told, ty, plan);
        for (value, field) in told.values_mut().zip(planned) {
            if !field.plan.sets.is_empty() {
                self.arrange(value, field.ty.inner_named_type(), &mut field.plan);
            }
        }
    }

    /// Puts a value at or below which something failed into shape.
    fn value(
        &self,
        mut value: Value,
        ty: &'doc Type,
        plan: &mut Plan<'doc>,
        below: &[&[PathSegment]],
    ) -> Result<Value, Failed> {
        if below.is_empty() {
            // Without an error there is nothing that null could be told with.
            if !plan.sets.is_empty() {
                self.arrange(&mut value, ty.inner_named_type(), plan);
            }
            return Ok(value);
        }
        let shaped = match value {
            leaf if plan.sets.is_empty() => Ok(leaf),
            Value::List(items) if ty.is_list() => self.list(items, ty.item_type(), plan, below),
            Value::Object(fields) => self.object(fields, ty.inner_named_type(), plan, below),
            // All fields of the object have failed, not the object itself.
            Value::Null if ty.is_named() && below.iter().all(|rest| !rest.is_empty()) => {
                self.object(IndexMap::new(), ty.inner_named_type(), plan, below)
            }
            other => Ok(other),
        };
        match shaped.unwrap_or(Value::Null) {
            Value::Null if ty.is_non_null() => Err(Failed),
            shaped => Ok(shaped),
        }
    }

    fn list(
        &self,
        items: Vec<Value>,
        ty: &'doc Type,
        plan: &mut Plan<'doc>,
        below: &[&[PathSegment]],
    ) -> Result<Value, Failed> {
        let items = items.into_iter().enumerate().map(|(index, item)| {
            let below = behind(below, |segment| matches!(segment, PathSegment::Index(at) if *at == index));
            self.value(item, ty, plan, &below)
        });
        items.collect::<Result<Vec<Value>, Failed>>().map(Value::List)
    }

    fn object(
        &self,
        mut told: IndexMap<Name, Value>,
        ty: &'doc str,
        plan: &mut Plan<'doc>,
        below: &[&[PathSegment]],
    ) -> Result<Value, Failed> {
        let planned = self.order(&mut told, ty, plan);
        for (value, field) in told.values_mut().zip(planned) {
            *value = self.field(std::mem::take(value), field, below)?;
        }
        Ok(Value::Object(told))
    }

    /// Gives an object the fields that were asked for, in their order, and says what they are. A field that failed is null.
    fn order<'plan>(
        &self,
        told: &mut IndexMap<Name, Value>,
        ty: &'doc str,
        plan: &'plan mut Plan<'doc>,
    ) -> &'plan mut [Planned<'doc>] {
        let (kind, is_interface) = match take_kind(told) {
            Some(Value::String(kind)) => (Cow::Owned(kind), false),
            Some(Value::Enum(kind)) => (Cow::Borrowed(ty), kind.as_str() == "INTERFACE"),
            _ => (Cow::Borrowed(ty), false),
        };
        let planned = self.planned(plan, &kind);
        put_in_order(told, planned.iter().map(|field| field.key));
        if kind.starts_with("__") {
            self.amend(told, planned, &kind, is_interface);
        }
        planned
    }

    /// What the schema tells of itself (4.2), where the executor tells something else: it takes the description of the type
    /// `__Schema` for the schema's, and knows no interfaces of interfaces, of which there are none here.
    fn amend(
        &self,
        told: &mut IndexMap<Name, Value>,
        planned: &[Planned<'doc>],
        kind: &str,
        is_interface: bool,
    ) {
        for (value, field) in told.values_mut().zip(planned) {
            if kind == "__Schema" && field.name == "description" {
                let description = self.schema.schema_definition.description.as_ref();
                *value = description.map_or(Value::Null, |text| Value::String(text.as_str().to_owned()));
            } else if kind == INTROSPECTED && is_interface && field.name == "interfaces" {
                *value = Value::List(Vec::new());
            }
        }
    }

    fn field(
        &self,
        value: Value,
        field: &mut Planned<'doc>,
        below: &[&[PathSegment]],
    ) -> Result<Value, Failed> {
        let key = field.key;
        let below = behind(below, |segment| matches!(segment, PathSegment::Field(name) if name == key));
        self.value(value, field.ty, &mut field.plan, &below)
    }

    /// The fields of an object of a type, worked out once for all objects at the place.
    fn planned<'plan>(&self, plan: &'plan mut Plan<'doc>, kind: &str) -> &'plan mut [Planned<'doc>] {
        let known = plan.by_kind.iter().position(|(known, _)| known == kind);
        let at = known.unwrap_or(plan.by_kind.len());
        if known.is_none() {
            let (mut fields, mut visited) = (IndexMap::new(), HashSet::new());
            for &set in &plan.sets {
                self.collect(set, kind, &mut fields, &mut visited);
            }
            plan.by_kind.push((kind.to_owned(), fields.into_values().collect()));
        }
        match plan.by_kind.get_mut(at) {
            Some((_, fields)) => fields.as_mut_slice(),
            None => &mut [],
        }
    }

    /// `CollectFields` (6.3.2).
    fn collect(
        &self,
        set: &'doc SelectionSet,
        kind: &str,
        fields: &mut IndexMap<&'doc str, Planned<'doc>>,
        visited: &mut HashSet<&'doc str>,
    ) {
        for selection in &set.selections {
            if is_left_out(selection.directives(), self.truths) {
                continue;
            }
            match selection {
                Selection::Field(field) => {
                    let key = field.response_key().as_str();
                    // The type of the object may promise more than the interface by which it was asked.
                    let ty = self.schema.type_field(kind, &field.name).map_or(field.ty(), |known| &known.ty);
                    let plan = Plan { sets: Vec::new(), by_kind: Vec::new() };
                    let name = field.name.as_str();
                    let planned = fields.entry(key).or_insert(Planned { key, name, ty, plan });
                    if !field.selection_set.is_empty() {
                        planned.plan.sets.push(&field.selection_set);
                    }
                }
                Selection::InlineFragment(inline) => {
                    if inline.type_condition.as_ref().is_none_or(|condition| self.applies(condition, kind)) {
                        self.collect(&inline.selection_set, kind, fields, visited);
                    }
                }
                Selection::FragmentSpread(spread) => {
                    // Validation has refused fragments that are not there.
                    let Some(fragment) = self.document.fragments.get(&spread.fragment_name) else { continue };
                    if visited.insert(spread.fragment_name.as_str())
                        && self.applies(fragment.type_condition(), kind)
                    {
                        self.collect(&fragment.selection_set, kind, fields, visited);
                    }
                }
            }
        }
    }

    fn applies(&self, condition: &str, kind: &str) -> bool {
        condition == kind || self.schema.is_subtype(condition, kind)
    }
}

/// Whether a selection is left out, where these variables are true.
pub(super) fn is_left_out(directives: &DirectiveList, truths: &HashSet<String>) -> bool {
    let says = |name: &str| {
        let condition = directives.get(name)?.specified_argument_by_name("if")?;
        Some(match condition.as_ref() {
            Literal::Boolean(truth) => *truth,
            Literal::Variable(variable) => truths.contains(variable.as_str()),
            _ => false,
        })
    };
    says("skip") == Some(true) || says("include") == Some(false)
}

/// The rests behind the segment that leads to a value.
fn behind<'path>(below: &[&'path [PathSegment]], leads: impl Fn(&PathSegment) -> bool) -> Below<'path> {
    let rests = below.iter().filter_map(|rest| rest.split_first());
    rests.filter(|(first, _)| leads(first)).map(|(_, rest)| rest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_cannot_be_out_of_order_is_settled() {
        for (text, settled) in [
            ("{ a }", true),
            ("query Q { a { b(c: 1) { d } } }", true),
            ("query A { a } query B { b { c d } }", false),
            ("{ a { b c } }", false),
            ("{ a { b @skip(if: true) } }", false),
            ("{ a { ... { b } } }", false),
            ("{ ...F } fragment F on Q { a }", false),
            ("{ __type(name: \"A\") { kind } }", false),
        ] {
            let document = Document::parse(text, "document").unwrap();
            assert_eq!(is_settled(&document), settled, "{text}");
        }
    }
}
