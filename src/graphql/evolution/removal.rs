//! Types that go with what named them. A type carries no announcement of its own, so it may go once every place that answered
//! or took it went on its announced day, or is a part of another type that goes so: a mutation with its input and its payload.

use std::collections::{BTreeMap, BTreeSet};

use apollo_compiler::ast::{DirectiveList, FieldDefinition};
use apollo_compiler::collections::IndexMap;
use apollo_compiler::schema::{Component, ExtendedType};
use apollo_compiler::{Name, Schema};

use super::deprecation::notice;
use crate::domain::time::Day;

type Fields = IndexMap<Name, Component<FieldDefinition>>;

/// A place that names a type.
struct Use<'a> {
    /// The type that the place is a part of; none where it is the schema itself.
    owner: Option<&'a Name>,
    /// Whether the place went by itself, on the day that was announced.
    is_over: bool,
}

struct Uses<'a> {
    found: BTreeMap<&'a Name, Vec<Use<'a>>>,
    today: Day,
}

/// The types of before that are gone, and that no document of a client that heeds announcements can name any more. What nothing
/// named is none of them: nobody announced that it goes.
pub(super) fn gone_with_their_uses<'a>(before: &'a Schema, after: &Schema, today: Day) -> BTreeSet<&'a Name> {
    let mut uses = Uses { found: BTreeMap::new(), today };
    for (name, of) in &before.types {
        uses.of_type(name, of, after.types.get(name));
    }
    let roots = &before.schema_definition;
    for root in [&roots.query, &roots.mutation, &roots.subscription].into_iter().flatten() {
        uses.note(&root.name, None, false);
    }
    for definition in before.directive_definitions.values() {
        for argument in &definition.arguments {
            uses.note(argument.ty.inner_named_type(), None, false);
        }
    }
    let mut gone: BTreeSet<&Name> = before
        .types
        .keys()
        .filter(|name| !after.types.contains_key(*name) && uses.found.contains_key(name))
        .collect();
    // One that has to stay keeps what it names: until nothing changes any more.
    loop {
        let is_free =
            |place: &Use<'_>| place.is_over || place.owner.is_some_and(|owner| gone.contains(owner));
        let kept: Vec<&Name> = gone
            .iter()
            .filter(|name| uses.found.get(**name).is_some_and(|places| !places.iter().all(is_free)))
            .copied()
            .collect();
        if kept.is_empty() {
            return gone;
        }
        for name in kept {
            gone.remove(name);
        }
    }
}

impl<'a> Uses<'a> {
    fn note(&mut self, of: &'a Name, owner: Option<&'a Name>, is_over: bool) {
        self.found.entry(of).or_default().push(Use { owner, is_over });
    }

    fn went_as_announced(&self, is_there: bool, uses: &DirectiveList) -> bool {
        !is_there && notice("", uses).is_some_and(|notice| notice.is_due(self.today))
    }

    /// What a type names. An interface is named by what implements it, and names that: a document may ask for either.
    fn of_type(&mut self, name: &'a Name, old: &'a ExtendedType, new: Option<&ExtendedType>) {
        match old {
            ExtendedType::Object(old) => {
                let fields = match new {
                    Some(ExtendedType::Object(new)) => Some(&new.fields),
                    Some(_) | None => None,
                };
                self.of_fields(name, &old.fields, fields);
                for interface in &old.implements_interfaces {
                    self.note(&interface.name, Some(name), false);
                    self.note(name, Some(&interface.name), false);
                }
            }
            ExtendedType::Interface(old) => {
                let fields = match new {
                    Some(ExtendedType::Interface(new)) => Some(&new.fields),
                    Some(_) | None => None,
                };
                self.of_fields(name, &old.fields, fields);
                for interface in &old.implements_interfaces {
                    self.note(&interface.name, Some(name), false);
                    self.note(name, Some(&interface.name), false);
                }
            }
            ExtendedType::Union(old) => {
                for member in &old.members {
                    self.note(&member.name, Some(name), false);
                }
            }
            ExtendedType::InputObject(old) => {
                let fields = match new {
                    Some(ExtendedType::InputObject(new)) => Some(&new.fields),
                    Some(_) | None => None,
                };
                for (field, before) in &old.fields {
                    let is_there = fields.is_some_and(|fields| fields.contains_key(field));
                    let is_over = self.went_as_announced(is_there, &before.directives);
                    self.note(before.ty.inner_named_type(), Some(name), is_over);
                }
            }
            ExtendedType::Scalar(_) | ExtendedType::Enum(_) => {}
        }
    }

    fn of_fields(&mut self, owner: &'a Name, old: &'a Fields, new: Option<&Fields>) {
        for (name, before) in old {
            let now = new.and_then(|fields| fields.get(name));
            let is_over = self.went_as_announced(now.is_some(), &before.directives);
            self.note(before.ty.inner_named_type(), Some(owner), is_over);
            for argument in &before.arguments {
                let is_there = now.is_some_and(|now| now.argument_by_name(&argument.name).is_some());
                let is_over = is_over || self.went_as_announced(is_there, &argument.directives);
                self.note(argument.ty.inner_named_type(), Some(owner), is_over);
            }
        }
    }
}
