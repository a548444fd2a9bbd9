//! Documents: those of this repository's tests, and others that follow the schema by chance.

use std::fmt::Write;
use std::path::Path;

use apollo_compiler::Schema;
use apollo_compiler::ast::{FieldDefinition, Type};
use apollo_compiler::schema::ExtendedType;
use serde_json::{Map, Value as Json, json};

use super::chance::Chance;

/// Documents that are spelled out in the tests: every literal that looks like one. What is none is a good case, too.
pub fn of_the_tests() -> Vec<String> {
    let mut found = Vec::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "rs")) {
        literals(&std::fs::read_to_string(file).unwrap(), &mut found);
    }
    found.sort();
    found.dedup();
    found
}

/// The string literals of a source that hold a selection, with the braces of format strings as they are meant.
fn literals(source: &str, found: &mut Vec<String>) {
    let (mut characters, mut literal, mut inside) = (source.chars(), String::new(), false);
    while let Some(character) = characters.next() {
        match character {
            '\\' if inside => match characters.next() {
                Some('"') => literal.push('"'),
                Some('n' | '\n') => literal.push(' '),
                Some(_) | None => {}
            },
            '"' if inside => {
                inside = false;
                let text = std::mem::take(&mut literal);
                if text.len() < 20_000 && text.contains('{') && text.contains('}') {
                    found.push(text.replace("{{", "{").replace("}}", "}"));
                    found.push(text);
                }
            }
            '"' => inside = true,
            other if inside => literal.push(other),
            _ => {}
        }
    }
}

/// Writes documents that the schema allows.
pub struct Writer<'a> {
    schema: &'a Schema,
    ids: &'a [String],
    chance: &'a mut Chance,
    /// The variables that the document declares, each with its type.
    declared: Vec<String>,
    /// What they are given.
    given: Map<String, Json>,
}

impl<'a> Writer<'a> {
    /// Names these ids.
    pub fn new(schema: &'a Schema, ids: &'a [String], chance: &'a mut Chance) -> Self {
        Self { schema, ids, chance, declared: Vec::new(), given: Map::new() }
    }

    /// A whole document of one operation, and the values of its variables.
    pub fn document(mut self) -> (String, Map<String, Json>) {
        let (word, root) =
            if self.chance.percent(35) { ("mutation", "Mutation") } else { ("query", "Query") };
        let count = 1 + self.chance.below(3);
        let mut selected = String::new();
        self.selections(root, 5, count, &mut selected);
        let declared = self.declared.join(" ");
        let declared = if declared.is_empty() { declared } else { format!("({declared})") };
        (format!("{word}{declared}{selected}"), self.given)
    }

    /// Some fields of a type, in braces.
    fn selections(&mut self, name: &str, levels: usize, count: usize, text: &mut String) {
        text.push_str(" { __typename");
        match self.schema.types.get(name) {
            Some(ExtendedType::Object(object)) => {
                let fields: Vec<_> = object.fields.values().map(|field| field.node.clone()).collect();
                for number in 0..count {
                    let field = self.chance.one_of(&fields).clone();
                    self.field(number, &field, levels, text);
                }
            }
            Some(ExtendedType::Interface(interface)) => {
                let fields: Vec<_> = interface.fields.values().map(|field| field.node.clone()).collect();
                let field = self.chance.one_of(&fields).clone();
                self.field(0, &field, levels, text);
            }
            Some(ExtendedType::Union(union)) => {
                let members: Vec<String> = union.members.iter().map(ToString::to_string).collect();
                let member = self.chance.one_of(&members).clone();
                write!(text, " ... on {member}").unwrap();
                self.selections(&member, levels, count, text);
            }
            Some(ExtendedType::Scalar(_) | ExtendedType::Enum(_) | ExtendedType::InputObject(_)) | None => {}
        }
        text.push_str(" }");
    }

    /// One field under an alias of its own, so that no two conflict.
    fn field(&mut self, number: usize, field: &FieldDefinition, levels: usize, text: &mut String) {
        let inner = field.ty.inner_named_type().to_string();
        let is_leaf = matches!(
            self.schema.types.get(inner.as_str()),
            Some(ExtendedType::Scalar(_) | ExtendedType::Enum(_))
        );
        if !is_leaf && levels == 0 {
            return;
        }
        write!(text, " f{levels}x{number}: {}", field.name).unwrap();
        let mut arguments = String::new();
        for argument in &field.arguments {
            let needed = argument.ty.is_non_null() && argument.default_value.is_none();
            if needed || self.chance.percent(40) {
                write!(arguments, " {}: ", argument.name).unwrap();
                if self.chance.percent(20) {
                    self.variable(&argument.ty, &mut arguments);
                } else {
                    self.value(&argument.ty, 5, &mut arguments);
                }
            }
        }
        if !arguments.is_empty() {
            write!(text, "({arguments})").unwrap();
        }
        if !is_leaf {
            let count = 1 + self.chance.below(4);
            self.selections(&inner, levels - 1, count, text);
        }
    }

    /// A variable of a type. Most have a value, and most of these fit.
    fn variable(&mut self, ty: &Type, text: &mut String) {
        let name = format!("v{}", self.declared.len());
        write!(text, "${name}").unwrap();
        self.declared.push(format!("${name}: {ty}"));
        if ty.is_non_null() || self.chance.percent(80) {
            let value = self.json(ty, 4);
            self.given.insert(name, value);
        }
    }

    /// A value of a type as clients send it.
    fn json(&mut self, ty: &Type, levels: usize) -> Json {
        if self.chance.percent(4) {
            let strange =
                [json!(null), json!(1.5), json!(i64::MAX), json!({}), json!([[]]), json!("\0"), json!(true)];
            return self.chance.one_of(&strange).clone();
        }
        if !ty.is_non_null() && self.chance.percent(10) {
            return Json::Null;
        }
        match ty {
            Type::List(item) | Type::NonNullList(item) => {
                (0..self.chance.below(4)).map(|_| self.json(item, levels)).collect()
            }
            Type::Named(name) | Type::NonNullNamed(name) => self.named_json(name.as_str(), levels),
        }
    }

    fn named_json(&mut self, name: &str, levels: usize) -> Json {
        let mut object = Map::new();
        match self.schema.types.get(name) {
            Some(ExtendedType::InputObject(input)) => {
                let is_one_of = input.directives.iter().any(|directive| directive.name.as_str() == "oneOf");
                let fields: Vec<_> = input.fields.values().map(|field| field.node.clone()).collect();
                let only = self.chance.below(fields.len());
                for (number, field) in fields.iter().enumerate() {
                    let needed = field.ty.is_non_null() && field.default_value.is_none();
                    let wanted = if is_one_of { number == only } else { self.chance.percent(45) };
                    if needed || (wanted && levels > 0) {
                        let value = self.json(&field.ty, levels.saturating_sub(1));
                        object.insert(field.name.to_string(), value);
                    }
                }
                Json::Object(object)
            }
            Some(ExtendedType::Enum(words)) => {
                let words: Vec<String> = words.values.keys().map(ToString::to_string).collect();
                Json::String(self.chance.one_of(&words).clone())
            }
            _ => {
                // Literals of scalars are written as JSON writes them.
                let mut text = String::new();
                self.scalar(name, &mut text);
                serde_json::from_str(&text).unwrap()
            }
        }
    }

    /// A literal of a type.
    fn value(&mut self, ty: &Type, levels: usize, text: &mut String) {
        if !ty.is_non_null() && self.chance.percent(10) {
            text.push_str("null");
            return;
        }
        match ty {
            Type::List(item) | Type::NonNullList(item) => {
                text.push('[');
                for _ in 0..self.chance.below(4) {
                    self.value(item, levels, text);
                    text.push(' ');
                }
                text.push(']');
            }
            Type::Named(name) | Type::NonNullNamed(name) => self.named(name.as_str(), levels, text),
        }
    }

    fn named(&mut self, name: &str, levels: usize, text: &mut String) {
        match self.schema.types.get(name) {
            Some(ExtendedType::Enum(words)) => {
                let words: Vec<String> = words.values.keys().map(ToString::to_string).collect();
                let word = self.chance.one_of(&words);
                text.push_str(word);
            }
            Some(ExtendedType::InputObject(input)) => {
                text.push('{');
                let fields: Vec<_> = input.fields.values().map(|field| field.node.clone()).collect();
                let is_one_of = input.directives.iter().any(|directive| directive.name.as_str() == "oneOf");
                let only = self.chance.below(fields.len());
                for (number, field) in fields.iter().enumerate() {
                    let needed = field.ty.is_non_null() && field.default_value.is_none();
                    let wanted = if is_one_of { number == only } else { self.chance.percent(45) };
                    if needed || (wanted && levels > 0) {
                        write!(text, " {}: ", field.name).unwrap();
                        self.value(&field.ty, levels.saturating_sub(1), text);
                    }
                }
                text.push('}');
            }
            _ => self.scalar(name, text),
        }
    }

    fn scalar(&mut self, name: &str, text: &mut String) {
        let numbers = ["0", "1", "7", "100", "-1", "2147483647", "-2147483648"];
        let word = match name {
            "Int" => {
                let number = *self.chance.one_of(&numbers);
                text.push_str(number);
                return;
            }
            "Boolean" => {
                text.push_str(if self.chance.percent(50) { "true" } else { "false" });
                return;
            }
            "ID" if self.chance.percent(75) => self.chance.one_of(self.ids).clone(),
            "Date" => self.of(&["2026-05-04", "2024-02-29", "0001-01-01", "9999-12-31", "2026-13-40"]),
            "DateTime" => self.of(&[
                "2026-05-04T12:00:00Z",
                "0001-01-01T00:00:00Z",
                "9999-12-31T23:59:59.999999Z",
                "2026-06-01T00:00:00+14:00",
            ]),
            "Decimal" => {
                self.of(&["0", "2.50", "-1", "0.000001", "9223372036854775807", "99999999999999999999.99"])
            }
            "CurrencyCode" => self.of(&["USD", "EUR", "JPY", "KWD", "XXX"]),
            "CountryCode" => self.of(&["DE", "CN", "US", "ZZ"]),
            "Duration" => self.of(&["P1D", "PT1H", "P30D", "P99999999999999D", "-P1D"]),
            _ if self.chance.percent(30) => self.of(&["1", "towel", "key-1", "DE", "USD", "2026-05-04"]),
            _ => self.chance.text(),
        };
        text.push_str(&literal(&word));
    }

    fn of(&mut self, words: &[&str]) -> String {
        (*self.chance.one_of(words)).to_owned()
    }
}

/// A text as the language writes it.
fn literal(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            other if other.is_control() => write!(out, "\\u{:04x}", u32::from(other)).unwrap(),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}
