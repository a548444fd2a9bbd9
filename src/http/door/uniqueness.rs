//! The one rule of the specification that the compiler does not check: an input object names each of its fields once.

use apollo_compiler::Node;
use apollo_compiler::ast::{Argument, Definition, DirectiveList, Document, Selection, Value};

use crate::domain::error::Code;

use super::refusal::Refused;

/// Refuses a document in which an input object names a field twice.
pub fn check(document: &Document) -> Result<(), Refused> {
    for definition in &document.definitions {
        match definition {
            Definition::OperationDefinition(operation) => {
                for variable in &operation.variables {
                    variable.default_value.as_deref().map_or(Ok(()), value)?;
                    directives(&variable.directives)?;
                }
                directives(&operation.directives)?;
                selections(&operation.selection_set)?;
            }
            Definition::FragmentDefinition(fragment) => {
                directives(&fragment.directives)?;
                selections(&fragment.selection_set)?;
            }
            // Definitions of types are refused by validation.
            _ => {}
        }
    }
    Ok(())
}

fn selections(list: &[Selection]) -> Result<(), Refused> {
    list.iter().try_for_each(|selection| match selection {
        Selection::Field(field) => {
            arguments(&field.arguments)?;
            directives(&field.directives)?;
            selections(&field.selection_set)
        }
        Selection::InlineFragment(inline) => {
            directives(&inline.directives)?;
            selections(&inline.selection_set)
        }
        Selection::FragmentSpread(spread) => directives(&spread.directives),
    })
}

fn directives(list: &DirectiveList) -> Result<(), Refused> {
    list.iter().try_for_each(|directive| arguments(&directive.arguments))
}

fn arguments(list: &[Node<Argument>]) -> Result<(), Refused> {
    list.iter().try_for_each(|argument| value(&argument.value))
}

fn value(whole: &Value) -> Result<(), Refused> {
    match whole {
        Value::List(items) => items.iter().try_for_each(|item| value(item)),
        Value::Object(members) => {
            let mut seen = std::collections::HashSet::with_capacity(members.len());
            members.iter().try_for_each(|(name, member)| {
                if seen.insert(name) {
                    return value(member);
                }
                Err(Refused::graphql(
                    Code::GraphqlValidationFailed,
                    format!("There can be only one input field named `{name}`."),
                ))
            })
        }
        _ => Ok(()),
    }
}
