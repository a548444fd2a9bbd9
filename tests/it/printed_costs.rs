//! What `@cost` and `@listSize` print is what the door counts: every field of the schema is weighed by the door in a document
//! that selects it, and from the directives alone.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;

use apollo_compiler::ast::{Type, Value};
use apollo_compiler::response::JsonMap;
use apollo_compiler::schema::{ExtendedType, FieldDefinition};
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Schema};
use surety::http::door::cost::Scale;

use super::schema::{nothing_wrong, own_types};

/// How far the list of ids is that the documents ask for.
const IDS: u64 = 3;

/// One step down from a type.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    /// Into a field.
    Field(String),
    /// To one of the types that an interface or union can be.
    On(String),
}

/// The fields of an object or interface.
fn fields_of<'a>(schema: &'a Schema, name: &str) -> Vec<&'a FieldDefinition> {
    match &schema.types[name] {
        ExtendedType::Object(object) => object.fields.values().map(|field| &***field).collect(),
        ExtendedType::Interface(interface) => interface.fields.values().map(|field| &***field).collect(),
        ExtendedType::Scalar(_)
        | ExtendedType::Union(_)
        | ExtendedType::Enum(_)
        | ExtendedType::InputObject(_) => Vec::new(),
    }
}

fn field_of<'a>(schema: &'a Schema, parent: &str, name: &str) -> &'a FieldDefinition {
    fields_of(schema, parent).into_iter().find(|field| field.name == name).unwrap()
}

/// What an abstract type can be.
fn members(schema: &Schema, name: &str) -> Vec<String> {
    match &schema.types[name] {
        ExtendedType::Union(union) => union.members.iter().map(ToString::to_string).collect(),
        ExtendedType::Interface(_) => {
            let own = own_types(schema).into_iter();
            own.filter(|(_, definition)| match definition {
                ExtendedType::Object(object) => {
                    object.implements_interfaces.iter().any(|known| known.as_str() == name)
                }
                _ => false,
            })
            .map(|(name, _)| name)
            .collect()
        }
        _ => Vec::new(),
    }
}

fn is_composite(schema: &Schema, name: &str) -> bool {
    !schema.types[name].is_leaf()
}

/// The shortest way from a root to every type that can be answered.
fn ways(schema: &Schema) -> BTreeMap<String, (&'static str, Vec<Step>)> {
    let mut found: BTreeMap<String, (&'static str, Vec<Step>)> = BTreeMap::new();
    let mut waiting = VecDeque::new();
    for (root, word) in [("Query", "query"), ("Mutation", "mutation"), ("Subscription", "subscription")] {
        found.insert(root.to_owned(), (word, Vec::new()));
        waiting.push_back(root.to_owned());
    }
    while let Some(name) = waiting.pop_front() {
        let (word, here) = found[&name].clone();
        let by_field = fields_of(schema, &name)
            .into_iter()
            .map(|field| (field.ty.inner_named_type().to_string(), Step::Field(field.name.to_string())));
        let by_kind = members(schema, &name).into_iter().map(|member| (member.clone(), Step::On(member)));
        let next: Vec<_> = by_field.chain(by_kind).collect();
        for (name, step) in next {
            if !is_composite(schema, &name) {
                continue;
            }
            if let Entry::Vacant(place) = found.entry(name.clone()) {
                place.insert((word, here.iter().cloned().chain([step]).collect()));
                waiting.push_back(name);
            }
        }
    }
    found
}

/// Some value of a type, the smallest one that is valid.
fn literal(schema: &Schema, kind: &Type) -> String {
    let name = match kind {
        Type::List(_) | Type::NonNullList(_) => return "[]".to_owned(),
        Type::Named(name) | Type::NonNullNamed(name) => name.as_str(),
    };
    match &schema.types[name] {
        ExtendedType::Enum(words) => words.values.keys().next().unwrap().to_string(),
        ExtendedType::InputObject(object) => {
            let needed = object.fields.values().filter(|field| field.is_required());
            let parts: Vec<_> =
                needed.map(|field| format!("{}: {}", field.name, literal(schema, &field.ty))).collect();
            format!("{{ {} }}", parts.join(", "))
        }
        _ => match name {
            "Int" => "1".to_owned(),
            "Boolean" => "true".to_owned(),
            _ => "\"x\"".to_owned(),
        },
    }
}

/// The arguments of a field in parentheses: those that are needed, and the size of a page where one is given.
fn arguments(schema: &Schema, field: &FieldDefinition, size: Option<u64>) -> String {
    let mut out = Vec::new();
    for argument in &field.arguments {
        match (argument.name.as_str(), size) {
            ("first", Some(size)) => out.push(format!("first: {size}")),
            ("ids", _) => out.push("ids: [\"a\", \"b\", \"c\"]".to_owned()),
            _ if argument.is_required() => {
                out.push(format!("{}: {}", argument.name, literal(schema, &argument.ty)));
            }
            _ => {}
        }
    }
    if out.is_empty() { String::new() } else { format!("({})", out.join(", ")) }
}

/// The selection of the steps from a type on.
fn selection(schema: &Schema, parent: &str, steps: &[Step], size: Option<u64>) -> String {
    let mut out = String::new();
    match steps.split_first() {
        None => out.push_str("__typename"),
        Some((Step::On(kind), rest)) => {
            write!(out, "... on {kind} {{ {} }}", selection(schema, kind, rest, size)).unwrap();
        }
        Some((Step::Field(name), rest)) => {
            let field = field_of(schema, parent, name);
            let kind = field.ty.inner_named_type();
            write!(out, "{name}{}", arguments(schema, field, size)).unwrap();
            if is_composite(schema, kind) {
                write!(out, " {{ {} }}", selection(schema, kind, rest, size)).unwrap();
            }
        }
    }
    out
}

/// A printed weight; none where none is printed.
fn printed(directives: &[(String, BTreeMap<String, Value>)], name: &str, argument: &str) -> Option<Value> {
    let (_, given) = directives.iter().find(|(known, _)| known == name)?;
    given.get(argument).cloned()
}

/// The directives of a field or type, by name, with their arguments.
fn read<'a>(
    directives: impl Iterator<Item = &'a apollo_compiler::ast::Directive>,
) -> Vec<(String, BTreeMap<String, Value>)> {
    let arguments = |directive: &apollo_compiler::ast::Directive| {
        let given = directive.arguments.iter();
        given.map(|argument| (argument.name.to_string(), (*argument.value).clone())).collect()
    };
    directives.map(|directive| (directive.name.to_string(), arguments(directive))).collect()
}

fn number(value: &Value) -> u64 {
    match value {
        Value::String(text) => text.parse().unwrap(),
        other => u64::try_from(other.to_i32().unwrap()).unwrap(),
    }
}

fn words(value: Option<&Value>) -> Vec<String> {
    let list = value.and_then(Value::as_list).unwrap_or_default();
    list.iter().map(|word| word.as_str().unwrap().to_owned()).collect()
}

/// What the steps weigh by the directives.
fn weigh(schema: &Schema, parent: &str, steps: &[Step], size: Option<u64>) -> u64 {
    let Some((step, rest)) = steps.split_first() else { return 0 };
    let name = match step {
        Step::On(kind) => return weigh(schema, kind, rest, size),
        Step::Field(name) => name,
    };
    let field = field_of(schema, parent, name);
    let kind = field.ty.inner_named_type().as_str();
    let on_field = read(field.directives.iter().map(|directive| &**directive));
    let own = printed(&on_field, "cost", "weight").map_or(0, |weight| number(&weight));
    let object = match &schema.types[kind] {
        ExtendedType::Object(object) => {
            let on_type = read(object.directives.iter().map(|directive| &***directive));
            printed(&on_type, "cost", "weight").map_or(1, |weight| number(&weight))
        }
        other => u64::from(!other.is_leaf()),
    };
    let below = weigh(schema, kind, rest, size);
    let slicing = words(printed(&on_field, "listSize", "slicingArguments").as_ref());
    let given = slicing.iter().find_map(|name| match name.as_str() {
        "first" => size,
        "ids" => Some(IDS),
        _ => None,
    });
    let assumed = printed(&on_field, "listSize", "assumedSize").map(|length| number(&length));
    let Some(length) = given.or(assumed) else { return own + object + below };
    let sized = words(printed(&on_field, "listSize", "sizedFields").as_ref());
    match rest.first() {
        _ if sized.is_empty() => (own + object + below) * length,
        Some(Step::Field(next)) if sized.contains(next) => own + object + below * length,
        _ => own + object + below,
    }
}

/// What the door says that a document costs.
fn counted(schema: &Valid<Schema>, text: &str) -> u64 {
    let document = ExecutableDocument::parse_and_validate(schema, text, "weighed.graphql")
        .unwrap_or_else(|refused| panic!("{text}\n{}", refused.errors));
    let variables = JsonMap::default();
    let operation = document.operations.get(None).unwrap();
    Scale::new(&document, &variables).operation(operation).cost
}

#[test]
fn what_is_printed_is_what_the_door_counts() {
    let sdl = surety::graphql::sdl::sdl();
    let schema = Schema::parse_and_validate(sdl, "schema.graphql").unwrap();
    let mut wrong = Vec::new();
    let mut weighed = 0;
    for (name, (word, here)) in ways(&schema) {
        let root = match word {
            "query" => "Query",
            "mutation" => "Mutation",
            _ => "Subscription",
        };
        for field in fields_of(&schema, &name) {
            let mut steps = here.clone();
            steps.push(Step::Field(field.name.to_string()));
            if field.ty.inner_named_type().ends_with("Connection") {
                steps.push(Step::Field("nodes".to_owned()));
            }
            for size in [None, Some(7)] {
                let text = format!("{word} {{ {} }}", selection(&schema, root, &steps, size));
                let (counted, printed) = (counted(&schema, &text), weigh(&schema, root, &steps, size));
                weighed += 1;
                if counted != printed {
                    wrong
                        .push(format!("{name}.{}: counted {counted}, printed {printed}: {text}", field.name));
                }
            }
        }
    }
    assert!(weighed > 1_000, "{weighed}");
    nothing_wrong(&wrong);
    println!("costs: {weighed} documents weigh what is printed");
}

/// A page in a page multiplies; a command and a statement weigh what they do. In figures, so that both cannot be wrong alike.
#[test]
fn weights_are_the_documented_ones() {
    let schema = Schema::parse_and_validate(surety::graphql::sdl::sdl(), "schema.graphql").unwrap();
    for (text, cost) in [
        ("{ serverVersion }", 0),
        ("{ products(first: 10) { nodes { id } } }", 11),
        ("{ products(first: 10) { edges { node { id } } } }", 11),
        ("{ suppliers(first: 10) { nodes { products(first: 7) { nodes { id } } } } }", 1 + 10 * (1 + 1 + 7)),
        ("{ supplier(id: \"x\") { asOf(on: \"2026-05-04\") { __typename } } }", 1 + 800 + 1),
        ("mutation { publishProduct(input: { idempotencyKey: \"k\", productId: \"x\" }) { replayed } }", 11),
        ("{ nodes(ids: [\"a\", \"b\"]) { id } }", 2),
        // Introspection is in no SDL; its weights are documented only.
        ("{ __schema { types { fields { name } } } }", 500 + 3),
        ("{ __type(name: \"Order\") { fields { name } } }", 20 + 2),
    ] {
        assert_eq!(counted(&schema, text), cost, "{text}");
    }
}
