//! Takes out of a document what nothing uses any more: validation refuses unused fragments and variables.

use std::collections::HashSet;

use apollo_compiler::Name;
use apollo_compiler::Node;
use apollo_compiler::ast::{Argument, Definition, DirectiveList, Document, Selection, Value};

#[derive(Default)]
struct Used {
    fragments: HashSet<Name>,
    variables: HashSet<Name>,
}

/// Removes fragments that the operation does not reach, and variables that are used nowhere.
pub(super) fn unused(document: &mut Document) {
    let mut used = Used::default();
    for definition in &document.definitions {
        if let Definition::OperationDefinition(operation) = definition {
            used.in_directives(&operation.directives);
            used.in_selections(&operation.selection_set, document);
        }
    }
    document.definitions.retain(|definition| {
        definition.as_fragment_definition().is_none_or(|found| used.fragments.contains(&found.name))
    });
    for definition in &mut document.definitions {
        if let Definition::OperationDefinition(operation) = definition {
            operation.make_mut().variables.retain(|variable| used.variables.contains(&variable.name));
        }
    }
}

impl Used {
    fn in_selections(&mut self, set: &[Selection], document: &Document) {
        for selection in set {
            match selection {
                Selection::Field(field) => {
                    self.in_arguments(&field.arguments);
                    self.in_directives(&field.directives);
                    self.in_selections(&field.selection_set, document);
                }
                Selection::InlineFragment(inline) => {
                    self.in_directives(&inline.directives);
                    self.in_selections(&inline.selection_set, document);
                }
                Selection::FragmentSpread(spread) => {
                    self.in_directives(&spread.directives);
                    self.in_fragment(&spread.fragment_name, document);
                }
            }
        }
    }

    fn in_fragment(&mut self, name: &Name, document: &Document) {
        if !self.fragments.insert(name.clone()) {
            return;
        }
        for definition in &document.definitions {
            if let Some(fragment) = definition.as_fragment_definition().filter(|found| found.name == *name) {
                self.in_directives(&fragment.directives);
                self.in_selections(&fragment.selection_set, document);
            }
        }
    }

    fn in_directives(&mut self, list: &DirectiveList) {
        list.iter().for_each(|directive| self.in_arguments(&directive.arguments));
    }

    fn in_arguments(&mut self, list: &[Node<Argument>]) {
        for argument in list {
            self.in_value(&argument.value);
        }
    }

    fn in_value(&mut self, value: &Value) {
        match value {
            Value::Variable(name) => {
                self.variables.insert(name.clone());
            }
            Value::List(items) => items.iter().for_each(|item| self.in_value(item)),
            Value::Object(members) => members.iter().for_each(|(_, member)| self.in_value(member)),
            _ => {}
        }
    }
}
