//! Variables by the letter of the specification, which the executor leaves to us: defaults filled in, and arguments whose
//! variable is absent left out instead of being read as null.

use std::collections::HashSet;

use apollo_compiler::executable::Operation;
use apollo_compiler::response::JsonMap;
use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, Selection, SelectionSet};
use async_graphql::{Name, Positioned};
use async_graphql_value::Value;

/// Leaves out of the document every argument and input field whose variable has no value.
pub fn leave_out_absent(document: &mut ExecutableDocument, operation: &Operation, variables: &JsonMap) {
    let absent: HashSet<&str> = operation
        .variables
        .iter()
        .map(|variable| variable.name.as_str())
        .filter(|name| !variables.contains_key(*name))
        .collect();
    if absent.is_empty() {
        return;
    }
    for fragment in document.fragments.values_mut() {
        in_selections(&mut fragment.node.selection_set, &absent);
    }
    match &mut document.operations {
        DocumentOperations::Single(operation) => in_selections(&mut operation.node.selection_set, &absent),
        DocumentOperations::Multiple(operations) => {
            for operation in operations.values_mut() {
                in_selections(&mut operation.node.selection_set, &absent);
            }
        }
    }
}

fn in_selections(set: &mut Positioned<SelectionSet>, absent: &HashSet<&str>) {
    for selection in &mut set.node.items {
        match &mut selection.node {
            Selection::Field(field) => {
                in_arguments(&mut field.node.arguments, absent);
                in_selections(&mut field.node.selection_set, absent);
            }
            Selection::InlineFragment(inline) => in_selections(&mut inline.node.selection_set, absent),
            Selection::FragmentSpread(_) => {}
        }
    }
}

fn in_arguments(arguments: &mut Vec<(Positioned<Name>, Positioned<Value>)>, absent: &HashSet<&str>) {
    arguments.retain(|(_, value)| !is_absent(&value.node, absent));
    for (_, value) in arguments {
        in_value(&mut value.node, absent);
    }
}

fn in_value(value: &mut Value, absent: &HashSet<&str>) {
    match value {
        Value::Object(members) => {
            members.retain(|_, member| !is_absent(member, absent));
            members.values_mut().for_each(|member| in_value(member, absent));
        }
        // An absent variable as an item of a list is null, which is what the executor makes of it.
        Value::List(items) => items.iter_mut().for_each(|item| in_value(item, absent)),
        _ => {}
    }
}

fn is_absent(value: &Value, absent: &HashSet<&str>) -> bool {
    matches!(value, Value::Variable(name) if absent.contains(name.as_str()))
}
