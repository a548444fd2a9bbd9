//! The comparison itself, part by part.

use std::collections::BTreeMap;

use apollo_compiler::ast::{
    DirectiveDefinition, DirectiveList, FieldDefinition, InputValueDefinition, Type, Value,
};
use apollo_compiler::collections::{IndexMap, IndexSet};
use apollo_compiler::schema::{Component, ComponentName, EnumType, ExtendedType, InputObjectType, UnionType};
use apollo_compiler::{Name, Node, Schema};

use super::Severity::{Breaking, Dangerous, Safe};
use super::deprecation::{is_one_of, notice};
use super::directives::{self, Weight};
use super::needs::needs;
use super::removal::gone_with_their_uses;
use super::{Change, Severity};
use crate::domain::time::Day;

/// What was found so far.
struct Found {
    changes: Vec<Change>,
    today: Day,
}

impl Found {
    fn tell(&mut self, severity: Severity, coordinate: impl Into<String>, what: impl Into<String>) {
        self.changes.push(Change { severity, coordinate: coordinate.into(), what: what.into() });
    }

    /// Something is gone: that breaks whoever named it, unless it was announced and the day has come.
    fn removed(&mut self, coordinate: &str, uses: &DirectiveList) {
        if notice(coordinate, uses).is_some_and(|notice| notice.is_due(self.today)) {
            self.tell(Safe, coordinate, "removed, as it was announced");
        } else {
            self.tell(Breaking, coordinate, "removed");
        }
    }

    /// Something that is there in both may have got its announcement, or another one.
    fn announced(&mut self, coordinate: &str, uses: [&DirectiveList; 2]) {
        match uses.map(|uses| notice(coordinate, uses)) {
            [None, Some(notice)] => {
                let removal = notice.removal.map_or_else(|| "some day".to_owned(), |day| day.to_string());
                if notice.comes_too_late(self.today) {
                    let what = format!("deprecated; it goes on {removal}, fewer than six months from today");
                    self.tell(Dangerous, coordinate, what);
                } else {
                    self.tell(Safe, coordinate, format!("deprecated; it goes on {removal}"));
                }
            }
            [Some(before), Some(after)] if before.removal > after.removal => {
                self.tell(Breaking, coordinate, "its removal was announced for a later day");
            }
            [Some(before), Some(after)] if before.reason != after.reason => {
                self.tell(Safe, coordinate, format!("its announcement is now {:?}", after.reason));
            }
            [None, None] | [Some(_), Some(_)] => {}
            [Some(_), None] => self.tell(Safe, coordinate, "no longer deprecated"),
        }
    }

    /// Something weighs more or less in a request's cost.
    fn weighed(&mut self, coordinate: &str, before: &Weight, after: &Weight) {
        if before != after {
            let severity = if after.is_at_most(before) { Safe } else { Dangerous };
            self.tell(severity, coordinate, format!("its weight in the cost was {before} and is {after}"));
        }
    }
}

/// Every difference.
pub(super) fn schemas(before: &Schema, after: &Schema, today: Day) -> Vec<Change> {
    let mut found = Found { changes: Vec::new(), today };
    roots(&mut found, before, after);
    let gone = gone_with_their_uses(before, after, today);
    for (name, old) in &before.types {
        match after.types.get(name) {
            None if gone.contains(name) => {
                found.tell(Safe, name.as_str(), "removed with all that named it, as it was announced");
            }
            None => found.tell(Breaking, name.as_str(), "removed"),
            Some(new) => types(&mut found, name, old, new),
        }
    }
    for name in after.types.keys().filter(|name| !before.types.contains_key(*name)) {
        found.tell(Safe, name.as_str(), "added");
    }
    for (name, old) in &before.directive_definitions {
        let coordinate = format!("@{name}");
        match after.directive_definitions.get(name) {
            None => found.tell(Breaking, coordinate, "removed"),
            Some(new) => definitions(&mut found, &coordinate, old, new),
        }
    }
    let added = after.directive_definitions.keys();
    for name in added.filter(|name| !before.directive_definitions.contains_key(*name)) {
        found.tell(Safe, format!("@{name}"), "added");
    }
    found.changes
}

/// The types that operations begin at.
fn roots(found: &mut Found, before: &Schema, after: &Schema) {
    let (old, new) = (&before.schema_definition, &after.schema_definition);
    for (operation, old, new) in [
        ("query", &old.query, &new.query),
        ("mutation", &old.mutation, &new.mutation),
        ("subscription", &old.subscription, &new.subscription),
    ] {
        match (old.as_ref().map(|root| &root.name), new.as_ref().map(|root| &root.name)) {
            (Some(old), Some(new)) if old != new => {
                found.tell(Breaking, "schema", format!("a {operation} begins at {new}, not at {old}"));
            }
            (Some(_), None) => found.tell(Breaking, "schema", format!("there is no {operation} any more")),
            (None, Some(_)) => found.tell(Safe, "schema", format!("there is a {operation} now")),
            (Some(_), Some(_)) | (None, None) => {}
        }
    }
}

fn types(found: &mut Found, name: &str, old: &ExtendedType, new: &ExtendedType) {
    match (old, new) {
        (ExtendedType::Object(old), ExtendedType::Object(new)) => {
            interfaces(found, name, &old.implements_interfaces, &new.implements_interfaces);
            let weight = directives::weight_of_object;
            found.weighed(name, &weight(&old.directives), &weight(&new.directives));
            fields(found, name, &old.fields, &new.fields);
        }
        (ExtendedType::Interface(old), ExtendedType::Interface(new)) => {
            interfaces(found, name, &old.implements_interfaces, &new.implements_interfaces);
            fields(found, name, &old.fields, &new.fields);
        }
        (ExtendedType::Union(old), ExtendedType::Union(new)) => unions(found, name, old, new),
        (ExtendedType::Enum(old), ExtendedType::Enum(new)) => enums(found, name, old, new),
        (ExtendedType::InputObject(old), ExtendedType::InputObject(new)) => {
            input_objects(found, name, old, new);
        }
        (ExtendedType::Scalar(old), ExtendedType::Scalar(new)) => {
            let specified = directives::specification;
            let (was, is) = (specified(&old.directives), specified(&new.directives));
            if was != is {
                found.tell(Dangerous, name, format!("it was specified at {was} and is at {is}"));
            }
        }
        (
            ExtendedType::Scalar(_)
            | ExtendedType::Object(_)
            | ExtendedType::Interface(_)
            | ExtendedType::Union(_)
            | ExtendedType::Enum(_)
            | ExtendedType::InputObject(_),
            _,
        ) => found.tell(Breaking, name, format!("{} became {}", kind(old), kind(new))),
    }
}

fn unions(found: &mut Found, name: &str, old: &UnionType, new: &UnionType) {
    for member in old.members.iter().filter(|member| !has(&new.members, member)) {
        found.tell(Breaking, name, format!("the member {} was removed", member.name));
    }
    for member in new.members.iter().filter(|member| !has(&old.members, member)) {
        found.tell(Dangerous, name, format!("the member {} was added", member.name));
    }
}

fn enums(found: &mut Found, name: &str, old: &EnumType, new: &EnumType) {
    for (value, definition) in &old.values {
        let coordinate = format!("{name}.{value}");
        match new.values.get(value) {
            None => found.removed(&coordinate, &definition.directives),
            Some(now) => found.announced(&coordinate, [&definition.directives, &now.directives]),
        }
    }
    for value in new.values.keys().filter(|value| !old.values.contains_key(*value)) {
        found.tell(Dangerous, format!("{name}.{value}"), "a value was added");
    }
}

fn input_objects(found: &mut Found, name: &str, old: &InputObjectType, new: &InputObjectType) {
    match (is_one_of(&old.directives), is_one_of(&new.directives)) {
        (false, true) => found.tell(Breaking, name, "exactly one of its fields has to be given now"),
        (true, false) => found.tell(Safe, name, "more than one of its fields can be given now"),
        (true, true) | (false, false) => {}
    }
    let values = |fields: &IndexMap<Name, Component<InputValueDefinition>>| {
        fields.iter().map(|(name, field)| (name.clone(), Node::clone(&field.node))).collect()
    };
    inputs(found, |field| format!("{name}.{field}"), &values(&old.fields), &values(&new.fields));
}

const fn kind(of: &ExtendedType) -> &'static str {
    match of {
        ExtendedType::Scalar(_) => "a scalar",
        ExtendedType::Object(_) => "an object",
        ExtendedType::Interface(_) => "an interface",
        ExtendedType::Union(_) => "a union",
        ExtendedType::Enum(_) => "an enum",
        ExtendedType::InputObject(_) => "an input object",
    }
}

fn has(set: &IndexSet<ComponentName>, member: &ComponentName) -> bool {
    set.iter().any(|other| other.name == member.name)
}

fn interfaces(found: &mut Found, name: &str, old: &IndexSet<ComponentName>, new: &IndexSet<ComponentName>) {
    for interface in old.iter().filter(|interface| !has(new, interface)) {
        found.tell(Breaking, name, format!("it no longer implements {}", interface.name));
    }
    for interface in new.iter().filter(|interface| !has(old, interface)) {
        found.tell(Dangerous, name, format!("it implements {} now", interface.name));
    }
}

type Fields = IndexMap<Name, Component<FieldDefinition>>;

fn fields(found: &mut Found, name: &str, old: &Fields, new: &Fields) {
    for (field, before) in old {
        let coordinate = format!("{name}.{field}");
        match new.get(field) {
            None => found.removed(&coordinate, &before.directives),
            Some(after) => one_field(found, &coordinate, before, after),
        }
    }
    for field in new.keys().filter(|field| !old.contains_key(*field)) {
        found.tell(Safe, format!("{name}.{field}"), "added");
    }
}

fn one_field(found: &mut Found, coordinate: &str, before: &FieldDefinition, after: &FieldDefinition) {
    if before.ty != after.ty {
        let severity = if fits(&before.ty, &after.ty) { Safe } else { Breaking };
        found.tell(severity, coordinate, format!("{} became {}", before.ty, after.ty));
    }
    let (demanded, demands) = (needs(&before.directives), needs(&after.directives));
    if demanded != demands {
        let severity = if demands.let_in_all_of(&demanded) { Safe } else { Breaking };
        found.tell(severity, coordinate, format!("it demands {demands}, not {demanded}"));
    }
    let weight = directives::weight_of_field;
    found.weighed(coordinate, &weight(&before.directives), &weight(&after.directives));
    let length = directives::length_of_list;
    let (was, is) = (length(&before.directives), length(&after.directives));
    if was != is {
        found.tell(Dangerous, coordinate, format!("its length in the cost was {was} and is {is}"));
    }
    found.announced(coordinate, [&before.directives, &after.directives]);
    let at = |argument: &str| format!("{coordinate}({argument}:)");
    inputs(found, at, &arguments(&before.arguments), &arguments(&after.arguments));
}

type Inputs = BTreeMap<Name, Node<InputValueDefinition>>;

fn arguments(list: &[Node<InputValueDefinition>]) -> Inputs {
    list.iter().map(|argument| (argument.name.clone(), Node::clone(argument))).collect()
}

/// Arguments, or fields of an input object.
fn inputs(found: &mut Found, at: impl Fn(&str) -> String, old: &Inputs, new: &Inputs) {
    for (name, before) in old {
        let coordinate = at(name);
        let Some(after) = new.get(name) else {
            found.removed(&coordinate, &before.directives);
            continue;
        };
        if before.ty != after.ty {
            // What fitted before has to fit now: the other way round than for what is answered.
            let severity = if fits(&after.ty, &before.ty) { Safe } else { Breaking };
            found.tell(severity, &coordinate, format!("{} became {}", before.ty, after.ty));
        }
        if before.default_value != after.default_value {
            let text = |value: &Option<Node<Value>>| {
                value.as_ref().map_or_else(|| "none".to_owned(), ToString::to_string)
            };
            let (was, is) = (text(&before.default_value), text(&after.default_value));
            // Without the default it has to be given: whoever left it out is refused.
            let severity = if after.is_required() && !before.is_required() { Breaking } else { Dangerous };
            found.tell(severity, &coordinate, format!("the default was {was} and is {is}"));
        }
        found.announced(&coordinate, [&before.directives, &after.directives]);
    }
    for (name, added) in new.iter().filter(|(name, _)| !old.contains_key(*name)) {
        if added.is_required() {
            found.tell(Breaking, at(name), "added, and it has to be given");
        } else {
            found.tell(Dangerous, at(name), "added");
        }
    }
}

/// Whether every value of `after` is one of `before`.
fn fits(before: &Type, after: &Type) -> bool {
    if before.is_non_null() && !after.is_non_null() {
        return false;
    }
    match (before.is_list(), after.is_list()) {
        (true, true) => fits(before.item_type(), after.item_type()),
        (false, false) => before.inner_named_type() == after.inner_named_type(),
        (true, false) | (false, true) => false,
    }
}

fn definitions(found: &mut Found, coordinate: &str, old: &DirectiveDefinition, new: &DirectiveDefinition) {
    match (old.repeatable, new.repeatable) {
        (true, false) => found.tell(Breaking, coordinate, "it can no longer be repeated"),
        (false, true) => found.tell(Safe, coordinate, "it can be repeated now"),
        (true, true) | (false, false) => {}
    }
    for location in old.locations.iter().filter(|location| !new.locations.contains(location)) {
        found.tell(Breaking, coordinate, format!("it can no longer stand on {location}"));
    }
    for location in new.locations.iter().filter(|location| !old.locations.contains(location)) {
        found.tell(Safe, coordinate, format!("it can stand on {location} now"));
    }
    let at = |argument: &str| format!("{coordinate}({argument}:)");
    inputs(found, at, &arguments(&old.arguments), &arguments(&new.arguments));
}
