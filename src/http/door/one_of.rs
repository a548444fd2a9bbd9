//! Input objects that take exactly one of their fields (3.10.1): the compiler does not know them.

use apollo_compiler::ast::{Argument, DirectiveList, InputValueDefinition, Type, Value};
use apollo_compiler::executable::{ExecutableDocument, Operation, Selection, SelectionSet};
use apollo_compiler::response::{JsonMap, JsonValue};
use apollo_compiler::schema::{ExtendedType, InputObjectType};
use apollo_compiler::{Node, Schema};

use crate::domain::error::Code;

use super::refusal::{Location, Refused, RequestError};

/// Refuses a document with a literal that gives not exactly one field where one is to be given.
pub fn check_literals(document: &ExecutableDocument, schema: &Schema) -> Result<(), Refused> {
    let literals = Literals { document, schema };
    for operation in document.operations.iter() {
        for variable in &operation.variables {
            variable.default_value.as_ref().map_or(Ok(()), |value| literals.value(value, &variable.ty))?;
            literals.directives(&variable.directives)?;
        }
        literals.directives(&operation.directives)?;
        literals.selections(&operation.selection_set)?;
    }
    for fragment in document.fragments.values() {
        literals.directives(&fragment.directives)?;
        literals.selections(&fragment.selection_set)?;
    }
    Ok(())
}

struct Literals<'doc> {
    document: &'doc ExecutableDocument,
    schema: &'doc Schema,
}

impl Literals<'_> {
    fn selections(&self, set: &SelectionSet) -> Result<(), Refused> {
        set.selections.iter().try_for_each(|selection| {
            self.directives(selection.directives())?;
            match selection {
                Selection::Field(field) => {
                    self.arguments(&field.arguments, &field.definition.arguments)?;
                    self.selections(&field.selection_set)
                }
                Selection::InlineFragment(inline) => self.selections(&inline.selection_set),
                Selection::FragmentSpread(_) => Ok(()),
            }
        })
    }

    fn directives(&self, directives: &DirectiveList) -> Result<(), Refused> {
        directives.iter().try_for_each(|directive| {
            let known = self.schema.directive_definitions.get(&directive.name);
            known.map_or(Ok(()), |known| self.arguments(&directive.arguments, &known.arguments))
        })
    }

    fn arguments(
        &self,
        arguments: &[Node<Argument>],
        definitions: &[Node<InputValueDefinition>],
    ) -> Result<(), Refused> {
        arguments.iter().try_for_each(|argument| {
            let known = definitions.iter().find(|known| known.name == argument.name);
            known.map_or(Ok(()), |known| self.value(&argument.value, &known.ty))
        })
    }

    fn value(&self, value: &Node<Value>, ty: &Type) -> Result<(), Refused> {
        match value.as_ref() {
            Value::List(items) => items.iter().try_for_each(|item| self.value(item, ty.item_type())),
            Value::Object(members) => {
                let Some(object) = input_object(self.schema, ty) else { return Ok(()) };
                let is_one = members.len() == 1 && members.iter().all(|(_, member)| !member.is_null());
                if object.directives.has("oneOf") && !is_one {
                    let mut told = RequestError::new(Code::GraphqlValidationFailed, demand(object));
                    let place = value.location().and_then(|span| span.line_column(&self.document.sources));
                    told.locations = place
                        .map(|place| Location { line: place.line, column: place.column })
                        .into_iter()
                        .collect();
                    return Err(Refused::all(vec![told]));
                }
                members.iter().try_for_each(|(name, member)| {
                    object.fields.get(name).map_or(Ok(()), |known| self.value(member, &known.ty))
                })
            }
            Value::Null
            | Value::Variable(_)
            | Value::Enum(_)
            | Value::String(_)
            | Value::Float(_)
            | Value::Int(_)
            | Value::Boolean(_) => Ok(()),
        }
    }
}

/// Refuses coerced variables that give not exactly one field where one is to be given.
pub fn check_variables(schema: &Schema, operation: &Operation, variables: &JsonMap) -> Result<(), Refused> {
    operation.variables.iter().try_for_each(|variable| {
        let value = variables.get(variable.name.as_str());
        value.map_or(Ok(()), |value| {
            given(schema, value, &variable.ty).map_err(|object| {
                let message = format!("Variable `${}`: {}", variable.name, demand(object));
                Refused::graphql(Code::BadRequest, message)
            })
        })
    })
}

/// The input object that is given wrongly, if one is.
fn given<'schema>(
    schema: &'schema Schema,
    value: &JsonValue,
    ty: &Type,
) -> Result<(), &'schema InputObjectType> {
    match value {
        JsonValue::Array(items) => items.iter().try_for_each(|item| given(schema, item, ty.item_type())),
        JsonValue::Object(members) => {
            let Some(object) = input_object(schema, ty) else { return Ok(()) };
            let is_one = members.len() == 1 && members.iter().all(|(_, member)| !member.is_null());
            if object.directives.has("oneOf") && !is_one {
                return Err(object);
            }
            members.iter().try_for_each(|(name, member)| {
                let known = object.fields.get(name.as_str());
                known.map_or(Ok(()), |known| given(schema, member, &known.ty))
            })
        }
        JsonValue::Null | JsonValue::Bool(_) | JsonValue::Number(_) | JsonValue::String(_) => Ok(()),
    }
}

fn input_object<'schema>(schema: &'schema Schema, ty: &Type) -> Option<&'schema InputObjectType> {
    match schema.types.get(ty.inner_named_type()) {
        Some(ExtendedType::InputObject(object)) => Some(object),
        _ => None,
    }
}

fn demand(object: &InputObjectType) -> String {
    format!("`{}` takes exactly one of its fields, and not null.", object.name)
}
