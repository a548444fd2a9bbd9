//! Which deprecated parts of the schema a request names, as schema coordinates: partners are told before they are removed.

use std::collections::BTreeSet;

use apollo_compiler::Schema;
use apollo_compiler::ast::{DirectiveList, InputValueDefinition, Type, Value};
use apollo_compiler::executable::{ExecutableDocument, Field, Operation, Selection, SelectionSet};
use apollo_compiler::response::{JsonMap, JsonValue};
use apollo_compiler::schema::{ExtendedType, InputObjectType};

/// Coordinates that one request tells of at most; a document that names more will be seen again.
const COORDINATES_MAX: usize = 50;

/// The deprecated parts of a schema's inputs; without any, variables are not looked through.
pub fn has_deprecated_inputs(schema: &Schema) -> bool {
    schema.types.values().any(|of| match of {
        ExtendedType::Enum(list) => list.values.values().any(|value| is_deprecated(&value.directives)),
        ExtendedType::InputObject(input) => {
            input.fields.values().any(|field| is_deprecated(&field.directives))
        }
        ExtendedType::Scalar(_)
        | ExtendedType::Object(_)
        | ExtendedType::Interface(_)
        | ExtendedType::Union(_) => false,
    })
}

fn is_deprecated(directives: &DirectiveList) -> bool {
    directives.has("deprecated")
}

/// What was found so far.
struct Search<'a> {
    schema: &'a Schema,
    found: BTreeSet<Box<str>>,
}

/// What a document names, whichever of its operations runs.
pub fn in_document(document: &ExecutableDocument, schema: &Schema) -> Box<[Box<str>]> {
    let mut search = Search { schema, found: BTreeSet::new() };
    for operation in document.operations.iter() {
        search.selections(&operation.selection_set);
    }
    for fragment in document.fragments.values() {
        search.selections(&fragment.selection_set);
    }
    search.found.into_iter().collect()
}

/// What the values of an operation's variables name.
pub fn in_variables(operation: &Operation, variables: &JsonMap, schema: &Schema) -> Box<[Box<str>]> {
    let mut search = Search { schema, found: BTreeSet::new() };
    for variable in &operation.variables {
        if let Some(value) = variables.get(variable.name.as_str()) {
            search.json(&variable.ty, value);
        }
    }
    search.found.into_iter().collect()
}

impl Search<'_> {
    fn note(&mut self, coordinate: String) {
        if self.found.len() < COORDINATES_MAX {
            self.found.insert(coordinate.into_boxed_str());
        }
    }

    fn selections(&mut self, set: &SelectionSet) {
        for selection in &set.selections {
            match selection {
                Selection::Field(field) => self.field(field, set.ty.as_str()),
                Selection::InlineFragment(inline) => self.selections(&inline.selection_set),
                // Every fragment is looked through once.
                Selection::FragmentSpread(_) => {}
            }
        }
    }

    fn field(&mut self, field: &Field, parent: &str) {
        if is_deprecated(&field.definition.directives) {
            self.note(format!("{parent}.{}", field.name));
        }
        for argument in &field.arguments {
            let definition = field.definition.argument_by_name(&argument.name);
            let Some(definition) = definition else { continue };
            if is_deprecated(&definition.directives) {
                self.note(format!("{parent}.{}({}:)", field.name, argument.name));
            }
            self.literal(&definition.ty, &argument.value);
        }
        self.selections(&field.selection_set);
    }

    fn literal(&mut self, ty: &Type, value: &Value) {
        match value {
            Value::List(items) => {
                for item in items {
                    self.literal(ty.item_type(), item);
                }
            }
            Value::Enum(word) => self.word(ty, word.as_str()),
            Value::Object(fields) => {
                let Some(input) = self.input(ty) else { return };
                for (name, value) in fields {
                    if let Some(field) = self.input_field(input, name.as_str()) {
                        self.literal(&field.ty, value);
                    }
                }
            }
            Value::Null
            | Value::Variable(_)
            | Value::String(_)
            | Value::Float(_)
            | Value::Int(_)
            | Value::Boolean(_) => {}
        }
    }

    fn json(&mut self, ty: &Type, value: &JsonValue) {
        match value {
            JsonValue::Array(items) => {
                for item in items {
                    self.json(ty.item_type(), item);
                }
            }
            JsonValue::String(word) => self.word(ty, word.as_str()),
            JsonValue::Object(fields) => {
                let Some(input) = self.input(ty) else { return };
                for (name, value) in fields {
                    if let Some(field) = self.input_field(input, name.as_str()) {
                        self.json(&field.ty, value);
                    }
                }
            }
            JsonValue::Null | JsonValue::Bool(_) | JsonValue::Number(_) => {}
        }
    }

    fn word(&mut self, ty: &Type, word: &str) {
        let name = ty.inner_named_type();
        let Some(ExtendedType::Enum(list)) = self.schema.types.get(name) else { return };
        let deprecated = list.values.get(word).is_some_and(|value| is_deprecated(&value.directives));
        if deprecated {
            self.note(format!("{name}.{word}"));
        }
    }
}

impl<'a> Search<'a> {
    fn input(&self, ty: &Type) -> Option<&'a InputObjectType> {
        match self.schema.types.get(ty.inner_named_type()) {
            Some(ExtendedType::InputObject(input)) => Some(input),
            Some(
                ExtendedType::Scalar(_)
                | ExtendedType::Object(_)
                | ExtendedType::Interface(_)
                | ExtendedType::Union(_)
                | ExtendedType::Enum(_),
            )
            | None => None,
        }
    }

    fn input_field(&mut self, input: &'a InputObjectType, name: &str) -> Option<&'a InputValueDefinition> {
        let field = input.fields.get(name)?;
        if is_deprecated(&field.directives) {
            self.note(format!("{}.{name}", input.name));
        }
        Some(field)
    }
}

#[cfg(test)]
mod tests {
    use apollo_compiler::request::coerce_variable_values;

    use super::*;

    const SDL: &str = "
        type Query { a(b: Int @deprecated, c: [In!]): Thing old: Int @deprecated }
        interface Thing { id: ID @deprecated }
        type Order implements Thing { id: ID total: Int @deprecated }
        enum E { F G @deprecated }
        input In { e: E h: Int @deprecated in: In }";

    fn found(text: &str, variables: &str) -> Vec<String> {
        let schema = Schema::parse_and_validate(SDL, "schema.graphql").unwrap();
        let document = ExecutableDocument::parse_and_validate(&schema, text, "test.graphql").unwrap();
        let operation = document.operations.get(None).unwrap();
        let variables: JsonMap = serde_json::from_str(variables).unwrap();
        let coerced = coerce_variable_values(&schema, operation, &variables).unwrap();
        let mut found = in_document(&document, &schema).to_vec();
        found.extend(in_variables(operation, &coerced, &schema));
        found.into_iter().map(String::from).collect()
    }

    #[test]
    fn each_deprecated_part_is_found_where_it_can_be_named() {
        for (text, variables, wanted) in [
            ("{ a { __typename } }", "{}", &[][..]),
            ("{ old a(b: 1) { id } }", "{}", &["Query.a(b:)", "Query.old", "Thing.id"]),
            ("{ a { ...F } } fragment F on Order { id total }", "{}", &["Order.total"]),
            ("{ a(c: [{ e: G }, { in: { h: 1, e: F } }]) { __typename } }", "{}", &["E.G", "In.h"]),
            (
                "query($c: [In!]) { a(c: $c) { __typename } }",
                r#"{"c":[{"in":{"e":"G","h":2}}]}"#,
                &["E.G", "In.h"],
            ),
            ("query($e: E) { a(c: [{ e: $e }]) { __typename } }", r#"{"e":"F"}"#, &[]),
        ] {
            assert_eq!(found(text, variables), wanted, "{text}");
        }
        let schema = Schema::parse_and_validate(SDL, "schema.graphql").unwrap();
        assert!(has_deprecated_inputs(&schema));
        let plain =
            Schema::parse_and_validate("type Query { a: Int @deprecated }", "schema.graphql").unwrap();
        assert!(!has_deprecated_inputs(&plain));
    }
}
