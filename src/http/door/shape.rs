//! The executor's answer in the shape that the specification gives it: fields in the order in which they were asked for
//! (6.3), an object without fields as an empty object, and a failed field as null, up to the nearest place that may be null
//! (6.4.4). The executor leaves failed fields out, tells empty objects as null, and orders fields by when they were done.

use std::borrow::Cow;
use std::collections::HashSet;

use apollo_compiler::Schema;
use apollo_compiler::ast::{DirectiveList, Type, Value as Literal};
use apollo_compiler::executable::{ExecutableDocument, Operation, Selection, SelectionSet};
use async_graphql::indexmap::IndexMap;
use async_graphql::{Name, PathSegment, ServerError, Value};

use super::kinds::KIND;

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
    ty: &'doc Type,
    plan: Plan<'doc>,
}

impl<'doc> Shape<'doc> {
    /// The data of an answer that executed, in shape.
    pub fn data(&self, operation: &'doc Operation, data: Value, errors: &[ServerError]) -> Value {
        let mut plan = Plan { sets: vec![&operation.selection_set], by_kind: Vec::new() };
        let below: Below<'_> = errors.iter().map(|error| error.path.as_slice()).collect();
        let fields = match data {
            Value::Object(fields) => fields,
            // The root is always there.
            Value::Null => IndexMap::new(),
            other => return other,
        };
        self.object(fields, operation.object_type(), &mut plan, &below).unwrap_or(Value::Null)
    }

    fn value(
        &self,
        value: Value,
        ty: &'doc Type,
        plan: &mut Plan<'doc>,
        below: &[&[PathSegment]],
    ) -> Result<Value, Failed> {
        let shaped = match value {
            leaf if plan.sets.is_empty() => Ok(leaf),
            Value::List(items) if ty.is_list() => self.list(items, ty.item_type(), plan, below),
            Value::Object(fields) => self.object(fields, ty.inner_named_type(), plan, below),
            // All fields of the object have failed, not the object itself.
            Value::Null
                if ty.is_named() && !below.is_empty() && below.iter().all(|rest| !rest.is_empty()) =>
            {
                self.object(IndexMap::new(), ty.inner_named_type(), plan, below)
            }
            other => Ok(other),
        };
        match shaped.unwrap_or(Value::Null) {
            // Without an error there is nothing that null could be told with.
            Value::Null if ty.is_non_null() && !below.is_empty() => Err(Failed),
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
        let kind = match told.shift_remove(KIND) {
            Some(Value::String(kind)) => Cow::Owned(kind),
            _ => Cow::Borrowed(ty),
        };
        let planned = self.planned(plan, &kind);
        let in_order = told.len() == planned.len()
            && told.keys().zip(planned.iter()).all(|(key, field)| key.as_str() == field.key);
        if in_order {
            for (value, field) in told.values_mut().zip(planned) {
                *value = self.field(std::mem::take(value), field, below)?;
            }
            return Ok(Value::Object(told));
        }
        let mut fields = IndexMap::with_capacity(planned.len());
        for field in planned {
            let value = told.swap_remove(field.key).unwrap_or_default();
            fields.insert(Name::new(field.key), self.field(value, field, below)?);
        }
        Ok(Value::Object(fields))
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
            if self.is_left_out(selection.directives()) {
                continue;
            }
            match selection {
                Selection::Field(field) => {
                    let key = field.response_key().as_str();
                    // The type of the object may promise more than the interface by which it was asked.
                    let ty = self.schema.type_field(kind, &field.name).map_or(field.ty(), |known| &known.ty);
                    let plan = Plan { sets: Vec::new(), by_kind: Vec::new() };
                    let planned = fields.entry(key).or_insert(Planned { key, ty, plan });
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

    fn is_left_out(&self, directives: &DirectiveList) -> bool {
        let says = |name: &str| {
            let condition = directives.get(name)?.specified_argument_by_name("if")?;
            Some(match condition.as_ref() {
                Literal::Boolean(truth) => *truth,
                Literal::Variable(variable) => self.truths.contains(variable.as_str()),
                _ => false,
            })
        };
        says("skip") == Some(true) || says("include") == Some(false)
    }
}

/// The rests behind the segment that leads to a value.
fn behind<'path>(below: &[&'path [PathSegment]], leads: impl Fn(&PathSegment) -> bool) -> Below<'path> {
    let rests = below.iter().filter_map(|rest| rest.split_first());
    rests.filter(|(first, _)| leads(first)).map(|(_, rest)| rest).collect()
}
