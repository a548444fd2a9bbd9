//! The comparison itself, part by part.

use std::collections::BTreeMap;

use apollo_compiler::ast::{DirectiveDefinition, FieldDefinition, InputValueDefinition, Type, Value};
use apollo_compiler::collections::{IndexMap, IndexSet};
use apollo_compiler::schema::{Component, ComponentName, ExtendedType};
use apollo_compiler::{Name, Node, Schema};

use super::Severity::{Breaking, Dangerous, Safe};
use super::deprecation::{is_one_of, notice, scopes};
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
    fn removed(&mut self, coordinate: &str, uses: Option<&apollo_compiler::ast::DirectiveList>) {
        let announced = uses.and_then(|uses| notice(coordinate, uses));
        if announced.is_some_and(|notice| notice.is_due(self.today)) {
            self.tell(Safe, coordinate, "removed, as it was announced");
        } else {
            self.tell(Breaking, coordinate, "removed");
        }
    }

    /// Something that is there in both may have got its announcement.
    fn announced(&mut self, coordinate: &str, uses: [&apollo_compiler::ast::DirectiveList; 2]) {
        match uses.map(|uses| notice(coordinate, uses)) {
            [None, Some(notice)] => {
                let removal = notice.removal.map_or_else(|| "some day".to_owned(), |day| day.to_string());
                self.tell(Safe, coordinate, format!("deprecated; it goes on {removal}"));
            }
            [Some(before), Some(after)] if before.removal > after.removal => {
                self.tell(Breaking, coordinate, "its removal was announced for a later day");
            }
            [_, None] | [Some(_), Some(_)] => {}
        }
    }
}

/// Every difference.
pub(super) fn schemas(before: &Schema, after: &Schema, today: Day) -> Vec<Change> {
    let mut found = Found { changes: Vec::new(), today };
    for (name, old) in &before.types {
        match after.types.get(name) {
            None => found.removed(name, None),
            Some(new) => types(&mut found, name, old, new),
        }
    }
    for name in after.types.keys().filter(|name| !before.types.contains_key(*name)) {
        found.tell(Safe, name.as_str(), "added");
    }
    for (name, old) in &before.directive_definitions {
        let coordinate = format!("@{name}");
        match after.directive_definitions.get(name) {
            None => found.removed(&coordinate, None),
            Some(new) => directives(&mut found, &coordinate, old, new),
        }
    }
    let added = after.directive_definitions.keys();
    for name in added.filter(|name| !before.directive_definitions.contains_key(*name)) {
        found.tell(Safe, format!("@{name}"), "added");
    }
    found.changes
}

fn types(found: &mut Found, name: &str, old: &ExtendedType, new: &ExtendedType) {
    match (old, new) {
        (ExtendedType::Object(old), ExtendedType::Object(new)) => {
            interfaces(found, name, &old.implements_interfaces, &new.implements_interfaces);
            fields(found, name, &old.fields, &new.fields);
        }
        (ExtendedType::Interface(old), ExtendedType::Interface(new)) => {
            interfaces(found, name, &old.implements_interfaces, &new.implements_interfaces);
            fields(found, name, &old.fields, &new.fields);
        }
        (ExtendedType::Union(old), ExtendedType::Union(new)) => {
            for member in old.members.iter().filter(|member| !has(&new.members, member)) {
                found.tell(Breaking, name, format!("the member {} was removed", member.name));
            }
            for member in new.members.iter().filter(|member| !has(&old.members, member)) {
                found.tell(Dangerous, name, format!("the member {} was added", member.name));
            }
        }
        (ExtendedType::Enum(old), ExtendedType::Enum(new)) => {
            for (value, definition) in &old.values {
                let coordinate = format!("{name}.{value}");
                match new.values.get(value) {
                    None => found.removed(&coordinate, Some(&definition.directives)),
                    Some(now) => found.announced(&coordinate, [&definition.directives, &now.directives]),
                }
            }
            for value in new.values.keys().filter(|value| !old.values.contains_key(*value)) {
                found.tell(Dangerous, format!("{name}.{value}"), "a value was added");
            }
        }
        (ExtendedType::InputObject(old), ExtendedType::InputObject(new)) => {
            if is_one_of(&new.directives) && !is_one_of(&old.directives) {
                found.tell(Breaking, name, "exactly one of its fields has to be given now");
            }
            let values = |fields: &IndexMap<Name, Component<InputValueDefinition>>| {
                fields.iter().map(|(name, field)| (name.clone(), Node::clone(&field.node))).collect()
            };
            inputs(found, |field| format!("{name}.{field}"), &values(&old.fields), &values(&new.fields));
        }
        (ExtendedType::Scalar(_), ExtendedType::Scalar(_)) => {}
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
        let Some(after) = new.get(field) else {
            found.removed(&coordinate, Some(&before.directives));
            continue;
        };
        if before.ty != after.ty {
            let severity = if fits(&before.ty, &after.ty) { Safe } else { Breaking };
            found.tell(severity, &coordinate, format!("{} became {}", before.ty, after.ty));
        }
        let (demanded, demands) = (scopes(&before.directives), scopes(&after.directives));
        if demanded != demands {
            let more = demands.iter().any(|scope| !demanded.contains(scope));
            let severity = if more { Breaking } else { Safe };
            found.tell(severity, &coordinate, format!("it demands the scopes {demands:?}, not {demanded:?}"));
        }
        found.announced(&coordinate, [&before.directives, &after.directives]);
        let at = |argument: &str| format!("{coordinate}({argument}:)");
        inputs(found, at, &arguments(&before.arguments), &arguments(&after.arguments));
    }
    for field in new.keys().filter(|field| !old.contains_key(*field)) {
        found.tell(Safe, format!("{name}.{field}"), "added");
    }
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
            found.removed(&coordinate, Some(&before.directives));
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
            found.tell(Dangerous, &coordinate, format!("the default was {was} and is {is}"));
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

fn directives(found: &mut Found, coordinate: &str, old: &DirectiveDefinition, new: &DirectiveDefinition) {
    if old.repeatable && !new.repeatable {
        found.tell(Breaking, coordinate, "it can no longer be repeated");
    }
    for location in old.locations.iter().filter(|location| !new.locations.contains(location)) {
        found.tell(Breaking, coordinate, format!("it can no longer stand on {location}"));
    }
    let at = |argument: &str| format!("{coordinate}({argument}:)");
    inputs(found, at, &arguments(&old.arguments), &arguments(&new.arguments));
}
