//! A zero with a sign is a zero (2.10.1, 3.5.1): `-0` is an integer, which the executor's numbers would make a fraction of.

use apollo_compiler::Node;
use apollo_compiler::ast::{Definition, Document, IntValue, Selection, Value};
use apollo_compiler::response::{JsonMap, JsonValue};

/// What a zero with a sign is when it was read from JSON.
const NEGATIVE: &str = "-0.0";

/// Takes the sign from the zeros of a document; its text says whether there can be any.
pub fn in_document(document: &mut Document, text: &str) {
    if !text.contains("-0") {
        return;
    }
    for definition in &mut document.definitions {
        match definition {
            Definition::OperationDefinition(operation) => {
                let operation = operation.make_mut();
                for variable in &mut operation.variables {
                    variable.make_mut().default_value.iter_mut().for_each(in_value);
                }
                in_selections(&mut operation.selection_set);
            }
            Definition::FragmentDefinition(fragment) => {
                in_selections(&mut fragment.make_mut().selection_set);
            }
            // Definitions of types are refused by validation.
            _ => {}
        }
    }
}

fn in_selections(selections: &mut [Selection]) {
    for selection in selections {
        match selection {
            Selection::Field(field) => {
                let field = field.make_mut();
                for argument in &mut field.arguments {
                    in_value(&mut argument.make_mut().value);
                }
                in_selections(&mut field.selection_set);
            }
            Selection::InlineFragment(inline) => in_selections(&mut inline.make_mut().selection_set),
            // Directives of requests take truths.
            Selection::FragmentSpread(_) => {}
        }
    }
}

fn in_value(value: &mut Node<Value>) {
    match value.make_mut() {
        Value::Int(number) if number.as_str() == "-0" => *number = IntValue::from(0),
        Value::List(items) => items.iter_mut().for_each(in_value),
        Value::Object(members) => members.iter_mut().for_each(|(_, member)| in_value(member)),
        _ => {}
    }
}

/// The variables with plain zeros; none where there is no other.
pub fn plain(variables: &JsonMap) -> Option<JsonMap> {
    let mut plain = variables.clone();
    let mut has_changed = false;
    for (_, value) in &mut plain {
        has_changed |= in_json(value);
    }
    has_changed.then_some(plain)
}

/// Whether a value had such zeros.
fn in_json(value: &mut JsonValue) -> bool {
    let mut has_changed = false;
    match value {
        JsonValue::Number(number) if number.to_string() == NEGATIVE => {
            *value = JsonValue::from(0);
            has_changed = true;
        }
        JsonValue::Array(items) => {
            for item in items {
                has_changed |= in_json(item);
            }
        }
        JsonValue::Object(members) => {
            for (_, member) in members {
                has_changed |= in_json(member);
            }
        }
        JsonValue::Null | JsonValue::Bool(_) | JsonValue::Number(_) | JsonValue::String(_) => {}
    }
    has_changed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_signs_of_zeros_go() {
        let text = "query($a: Int = -0) { a(b: [-0, -1, {c: -0}]) @d(e: 1) ... { f(g: -0.0, h: \"-0\") } }";
        let mut document = Document::parse(text, "document").unwrap();
        in_document(&mut document, text);
        let wanted = "query($a: Int = 0) { a(b: [0, -1, {c: 0}]) @d(e: 1) ... { f(g: -0.0, h: \"-0\") } }";
        let wanted = Document::parse(wanted, "document").unwrap();
        assert_eq!(document.serialize().to_string(), wanted.serialize().to_string());
    }

    #[test]
    fn variables_are_copied_only_for_a_zero_with_a_sign() {
        let read = |text: &str| match serde_json::from_str(text).unwrap() {
            JsonValue::Object(map) => map,
            other => panic!("{other:?}"),
        };
        assert_eq!(plain(&read(r#"{"a": 0, "b": [-1, 0.5]}"#)), None);
        assert_eq!(plain(&read(r#"{"a": [{"b": -0}]}"#)), Some(read(r#"{"a": [{"b": 0}]}"#)));
    }
}
