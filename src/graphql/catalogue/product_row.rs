//! The form of an import's row: each value that does not fit its type is named at its own place, in words for those who
//! write rows. The parser of the executor would name the field of the row, in words for those who write schemas.

use async_graphql::registry::{MetaType, Registry};
use async_graphql::{ID, InputType, Value};

use crate::domain::error::Refusal;
use crate::graphql::scalars::{CurrencyCode, Decimal, LanguageTag, Url};

/// Reasons that one row is given at most.
const MAXIMUM_REASONS: usize = 50;

/// Everything about a row that does not fit this type of the schema; a misspelt field is a mistake, not nothing.
pub(super) fn misfits(registry: &Registry, type_name: &str, row: &Value) -> Vec<Refusal> {
    let mut form = Form { registry, path: Vec::new(), refusals: Vec::new() };
    form.value(type_name, row);
    form.refusals
}

/// A row under inspection, with the place that is looked at.
struct Form<'a> {
    registry: &'a Registry,
    path: Vec<String>,
    refusals: Vec<Refusal>,
}

impl Form<'_> {
    fn refuse(&mut self, message: impl Into<String>) {
        let path: Vec<&str> = self.path.iter().map(String::as_str).collect();
        self.refusals.push(Refusal::invalid(&path, message));
    }

    fn below(&mut self, place: String, look: impl FnOnce(&mut Self)) {
        if self.refusals.len() < MAXIMUM_REASONS {
            self.path.push(place);
            look(self);
            self.path.pop();
        }
    }

    fn value(&mut self, type_name: &str, value: &Value) {
        let nullable = type_name.trim_end_matches('!');
        if matches!(value, Value::Null) {
            if nullable != type_name {
                self.refuse("This cannot be null.");
            }
            return;
        }
        let element = nullable.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        match (element, value) {
            (Some(element), Value::List(items)) => {
                for (place, item) in items.iter().enumerate() {
                    self.below(place.to_string(), |form| form.value(element, item));
                }
            }
            // GraphQL reads one value as a list of it.
            (Some(element), one) => self.value(element, one),
            (None, value) => self.named(nullable, value),
        }
    }

    fn named(&mut self, type_name: &str, value: &Value) {
        let registry = self.registry;
        match registry.types.get(type_name) {
            Some(MetaType::InputObject { .. }) => self.object(type_name, value),
            Some(MetaType::Enum { enum_values, .. }) => {
                let word = match value {
                    Value::String(word) => Some(word.as_str()),
                    Value::Enum(word) => Some(word.as_str()),
                    _ => None,
                };
                if !word.is_some_and(|word| enum_values.contains_key(word)) {
                    let words: Vec<&str> = enum_values.keys().map(String::as_str).collect();
                    self.refuse(format!("This is one of {}.", words.join(", ")));
                }
            }
            _ => {
                if let Some((false, wanted)) = fits(type_name, value) {
                    self.refuse(format!("This is {wanted}."));
                }
            }
        }
    }

    fn object(&mut self, type_name: &str, value: &Value) {
        let registry = self.registry;
        let Some(MetaType::InputObject { input_fields, .. }) = registry.types.get(type_name) else { return };
        let Value::Object(fields) = value else {
            self.refuse(format!("This is an object with the fields of {type_name}."));
            return;
        };
        for (name, value) in fields {
            self.below(name.to_string(), |form| match input_fields.get(name.as_str()) {
                Some(field) => form.value(&field.ty, value),
                None => form.refuse(format!("{type_name} has no field {name}.")),
            });
        }
        for (name, field) in input_fields {
            let needed = field.ty.ends_with('!') && field.default_value.is_none();
            if needed && !fields.contains_key(name.as_str()) {
                self.below(name.clone(), |form| form.refuse("This is needed."));
            }
        }
    }
}

/// Whether the value is one of this scalar, and what such a one is; nothing of a scalar that no product has.
fn fits(scalar: &str, value: &Value) -> Option<(bool, &'static str)> {
    Some(match scalar {
        "Decimal" => (reads::<Decimal>(value), "a decimal number, written as a string such as \"2.50\""),
        "CurrencyCode" => {
            (reads::<CurrencyCode>(value), "a currency of ISO 4217 as a string, such as \"USD\"")
        }
        "LanguageTag" => (reads::<LanguageTag>(value), "the tag of a language as a string, such as \"de\""),
        "URL" => {
            (reads::<Url>(value), "an absolute address as a string, such as \"https://example.com/a.png\"")
        }
        "ID" => (reads::<ID>(value), "an id as a string"),
        "String" => (reads::<String>(value), "a string"),
        "Boolean" => (reads::<bool>(value), "true or false"),
        "Int" => (reads::<i32>(value), "a whole number from -2147483648 to 2147483647"),
        _ => return None,
    })
}

fn reads<T: InputType>(value: &Value) -> bool {
    T::parse(Some(value.clone())).is_ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::product_input::ProductInput;
    use super::*;

    fn registry() -> Registry {
        let mut registry = Registry::default();
        ProductInput::create_type_info(&mut registry);
        registry
    }

    #[test]
    fn every_scalar_of_a_product_is_known() {
        for (name, known) in &registry().types {
            if matches!(known, MetaType::Scalar { .. }) {
                assert!(fits(name, &Value::Null).is_some(), "{name}");
            }
        }
    }

    #[test]
    fn each_value_that_does_not_fit_is_named_at_its_place() {
        let row = json!({
            "title": null, "titel": "Mug", "unit": 7, "certificationIds": "one", "leadTimes": [{ "minimumQuantity": 1.5 }],
            "priceLadder": { "currencyCode": "DOLLAR", "breaks": [null, { "minimumQuantity": 1, "unitPrice": 2.5 }] },
            "media": [{ "kind": "SONG", "title": "x" }, "picture"],
        });
        let row = Value::from_json(row).unwrap();
        let found = misfits(&registry(), &ProductInput::type_name(), &row);
        let mut fields: Vec<_> = found.iter().map(|refusal| refusal.field.join(".")).collect();
        fields.sort_unstable();
        assert_eq!(
            fields,
            [
                "leadTimes.0.leadDays",
                "leadTimes.0.minimumQuantity",
                "media.0.kind",
                "media.1",
                "priceLadder.breaks.0",
                "priceLadder.breaks.1.unitPrice",
                "priceLadder.currencyCode",
                "titel",
                "unit",
            ]
        );
        let price =
            found.iter().find(|refusal| refusal.field.last().is_some_and(|it| it == "unitPrice")).unwrap();
        assert_eq!(price.message, "This is a decimal number, written as a string such as \"2.50\".");
    }

    #[test]
    fn a_row_is_given_so_many_reasons_and_no_more() {
        let row = Value::from_json(json!({ "attributes": vec![7; 1_000] })).unwrap();
        assert_eq!(misfits(&registry(), &ProductInput::type_name(), &row).len(), MAXIMUM_REASONS);
    }
}
