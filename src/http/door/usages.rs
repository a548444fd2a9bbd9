//! Whether every variable may stand where it stands (5.8.5). The compiler looks at variables that are an argument; those inside
//! of lists and input objects, and defaults that are null, are looked at here, and whether a variable inside of an object for a
//! scalar of the schema's own is there at all (5.8.3).

use std::collections::HashSet;

use apollo_compiler::ast::{Argument, DirectiveList, InputValueDefinition, Type, Value, VariableDefinition};
use apollo_compiler::executable::{ExecutableDocument, Operation, Selection, SelectionSet};
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::{Node, Schema};

use crate::domain::error::Code;

use super::refusal::{Location, Refused, RequestError};

/// Refuses a document in which a variable stands where its type does not fit.
pub fn check(document: &ExecutableDocument, schema: &Schema) -> Result<(), Refused> {
    for operation in document.operations.iter() {
        let mut usages = Usages { schema, document, operation, visited: HashSet::new() };
        usages.directives(&operation.directives)?;
        usages.selections(&operation.selection_set)?;
    }
    Ok(())
}

struct Usages<'doc> {
    schema: &'doc Schema,
    document: &'doc ExecutableDocument,
    operation: &'doc Operation,
    visited: HashSet<&'doc str>,
}

/// Where a value stands.
#[derive(Clone, Copy)]
struct Position<'doc> {
    ty: &'doc Type,
    has_default: bool,
    /// Whether it is the one field of an input object that takes exactly one: null is none.
    is_one_of: bool,
}

impl<'doc> Position<'doc> {
    fn of(definition: &'doc InputValueDefinition) -> Self {
        Self { ty: &definition.ty, has_default: definition.default_value.is_some(), is_one_of: false }
    }
}

impl<'doc> Usages<'doc> {
    fn selections(&mut self, set: &'doc SelectionSet) -> Result<(), Refused> {
        for selection in &set.selections {
            self.directives(selection.directives())?;
            match selection {
                Selection::Field(field) => {
                    self.arguments(&field.arguments, &field.definition.arguments)?;
                    self.selections(&field.selection_set)?;
                }
                Selection::InlineFragment(inline) => self.selections(&inline.selection_set)?,
                Selection::FragmentSpread(spread) => {
                    let fragment = self.document.fragments.get(&spread.fragment_name);
                    // Validation has refused fragments that are not there.
                    let Some(fragment) = fragment else { continue };
                    if self.visited.insert(spread.fragment_name.as_str()) {
                        self.directives(&fragment.directives)?;
                        self.selections(&fragment.selection_set)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn directives(&self, directives: &'doc DirectiveList) -> Result<(), Refused> {
        directives.iter().try_for_each(|directive| {
            let known = self.schema.directive_definitions.get(&directive.name);
            known.map_or(Ok(()), |known| self.arguments(&directive.arguments, &known.arguments))
        })
    }

    fn arguments(
        &self,
        arguments: &'doc [Node<Argument>],
        definitions: &'doc [Node<InputValueDefinition>],
    ) -> Result<(), Refused> {
        arguments.iter().try_for_each(|argument| {
            let known = definitions.iter().find(|known| known.name == argument.name);
            known.map_or(Ok(()), |known| self.value(&argument.value, Position::of(known)))
        })
    }

    fn value(&self, value: &Node<Value>, at: Position<'doc>) -> Result<(), Refused> {
        match value.as_ref() {
            Value::Variable(name) => {
                let variable = self.variable(value, name)?;
                if may_stand(variable, at) { Ok(()) } else { Err(self.misplaced(value, variable, at)) }
            }
            Value::List(items) => {
                let at = Position { ty: at.ty.item_type(), has_default: false, is_one_of: false };
                items.iter().try_for_each(|item| self.value(item, at))
            }
            Value::Object(members) => {
                let Some(ExtendedType::InputObject(object)) = self.schema.types.get(at.ty.inner_named_type())
                else {
                    // A scalar of the schema's own takes any value.
                    return self.defined(value);
                };
                let is_one_of = object.directives.has("oneOf");
                members.iter().try_for_each(|(name, member)| {
                    let known = object.fields.get(name);
                    known.map_or(Ok(()), |known| {
                        self.value(member, Position { is_one_of, ..Position::of(known) })
                    })
                })
            }
            Value::Null
            | Value::Enum(_)
            | Value::String(_)
            | Value::Float(_)
            | Value::Int(_)
            | Value::Boolean(_) => Ok(()),
        }
    }

    /// Whether the variables in a value are there.
    fn defined(&self, value: &Node<Value>) -> Result<(), Refused> {
        match value.as_ref() {
            Value::Variable(name) => self.variable(value, name).map(|_| ()),
            Value::List(items) => items.iter().try_for_each(|item| self.defined(item)),
            Value::Object(members) => members.iter().try_for_each(|(_, member)| self.defined(member)),
            Value::Null
            | Value::Enum(_)
            | Value::String(_)
            | Value::Float(_)
            | Value::Int(_)
            | Value::Boolean(_) => Ok(()),
        }
    }

    fn variable(&self, value: &Node<Value>, name: &str) -> Result<&'doc VariableDefinition, Refused> {
        let variable = self.operation.variables.iter().find(|variable| variable.name == *name);
        variable.map(|variable| &**variable).ok_or_else(|| {
            self.refused(value, format!("Variable `${name}` is not defined by the operation."))
        })
    }

    fn misplaced(&self, value: &Node<Value>, variable: &VariableDefinition, at: Position<'_>) -> Refused {
        let demand = if at.is_one_of { " that must not be null" } else { "" };
        let message = format!(
            "Variable `${}` of type `{}` cannot stand where `{}`{demand} is expected.",
            variable.name, variable.ty, at.ty
        );
        self.refused(value, message)
    }

    fn refused(&self, value: &Node<Value>, message: String) -> Refused {
        let mut told = RequestError::new(Code::GraphqlValidationFailed, message);
        let place = value.location().and_then(|span| span.line_column(&self.document.sources));
        told.locations =
            place.map(|place| Location { line: place.line, column: place.column }).into_iter().collect();
        Refused::all(vec![told])
    }
}

/// `IsVariableUsageAllowed` of the specification.
fn may_stand(variable: &VariableDefinition, at: Position<'_>) -> bool {
    if (at.ty.is_non_null() || at.is_one_of) && !variable.ty.is_non_null() {
        let has_value = variable.default_value.as_ref().is_some_and(|value| !value.is_null());
        return (has_value || at.has_default) && variable.ty.is_assignable_to(&at.ty.clone().nullable());
    }
    variable.ty.is_assignable_to(at.ty)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SDL: &str = "directive @oneOf on INPUT_OBJECT type Query { f(a: Int, n: Int!, d: Int! = 1, l: [Int!], i: In, o: One, y: Any): Int } scalar Any \
        input In { n: Int, r: Int! = 2, l: [[Int!]!], i: In } input One @oneOf { a: Int, b: String }";

    fn passes(text: &str) -> bool {
        let schema = Schema::parse_and_validate(SDL, "schema").unwrap();
        let document = ExecutableDocument::parse(&schema, text, "document").unwrap();
        check(&document, &schema).is_ok()
    }

    #[test]
    fn variables_stand_only_where_they_fit() {
        for (text, allowed) in [
            ("query($v: Int!) { f(n: $v) }", true),
            ("query($v: Int) { f(n: $v) }", false),
            ("query($v: Int = 1) { f(n: $v) }", true),
            ("query($v: Int = null) { f(n: $v) }", false),
            ("query($v: Int) { f(n: 1, d: $v) }", true),
            ("query($v: Int!) { f(n: 1, l: [$v]) }", true),
            ("query($v: Int) { f(n: 1, l: [$v]) }", false),
            ("query($v: [Int!]) { f(n: 1, l: $v) }", true),
            ("query($v: [Int]) { f(n: 1, l: $v) }", false),
            ("query($v: Int!) { f(n: 1, l: $v) }", false),
            ("query($v: [Int!]) { f(n: 1, l: [$v]) }", false),
            ("query($v: Int) { f(n: 1, i: {n: $v, r: $v}) }", true),
            ("query($v: Int) { f(n: 1, i: {i: {l: [[$v]]}}) }", false),
            ("query($v: Int) { f(n: 1, o: {a: $v}) }", false),
            ("query($v: Int = 1) { f(n: 1, o: {a: $v}) }", true),
            ("query($v: Int!) { f(n: 1, o: {a: $v}) }", true),
            ("query($v: Int) { ...F } fragment F on Query { f(n: 1, i: {l: [[$v]]}) }", false),
            ("query($v: Int) { f(n: 1, y: {a: [{b: $v}]}) }", true),
            ("{ f(n: 1, y: {a: [{b: $v}]}) }", false),
            ("query($w: Int) { f(n: 1, y: {a: [{b: $w, c: $v}]}) }", false),
            ("query($v: Boolean) { f(n: 1) @skip(if: $v) }", false),
            ("query($v: Boolean = false) { f(n: 1) @skip(if: $v) }", true),
        ] {
            assert_eq!(passes(text), allowed, "{text}");
        }
    }
}
