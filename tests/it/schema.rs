//! The schema as a whole: that the file in the repository is it, and that it keeps the manners of `docs/STYLE.md`.

use std::collections::BTreeMap;

use apollo_compiler::Schema;
use apollo_compiler::ast::Type;
use apollo_compiler::schema::{ExtendedType, FieldDefinition, InputValueDefinition};

use super::tidy::same_as_file;

/// The printed schema.
pub fn schema() -> Schema {
    Schema::parse(surety::graphql::sdl::sdl(), "schema.graphql").expect("the printed schema is valid")
}

/// Fails with every place that broke a rule.
#[track_caller]
pub fn nothing_wrong(wrong: &[String]) {
    assert!(wrong.is_empty(), "{} places break the schema's manners:\n{}", wrong.len(), wrong.join("\n"));
}

/// Every field of every object and interface, with the place for messages.
pub fn fields(schema: &Schema) -> Vec<(String, FieldDefinition)> {
    let mut out = Vec::new();
    for (name, definition) in own_types(schema) {
        let fields = match definition {
            ExtendedType::Object(object) => &object.fields,
            ExtendedType::Interface(interface) => &interface.fields,
            _ => continue,
        };
        for (field, definition) in fields {
            out.push((format!("{name}.{field}"), definition.node.as_ref().clone()));
        }
    }
    out
}

/// Every input value: arguments and the fields of input objects.
pub fn inputs(schema: &Schema) -> Vec<(String, InputValueDefinition)> {
    let mut out = Vec::new();
    for (place, field) in fields(schema) {
        for argument in &field.arguments {
            out.push((format!("{place}({}:)", argument.name), argument.as_ref().clone()));
        }
    }
    for (name, definition) in own_types(schema) {
        if let ExtendedType::InputObject(object) = definition {
            for (field, definition) in &object.fields {
                out.push((format!("{name}.{field}"), definition.node.as_ref().clone()));
            }
        }
    }
    out
}

/// The types that are not the language's own.
pub fn own_types(schema: &Schema) -> Vec<(String, &ExtendedType)> {
    schema
        .types
        .iter()
        .filter(|(name, definition)| !definition.is_built_in() && !name.starts_with("__"))
        .map(|(name, definition)| (name.to_string(), definition))
        .collect()
}

fn is_list(kind: &Type) -> bool {
    matches!(kind, Type::List(_) | Type::NonNullList(_))
}

#[test]
fn the_file_is_the_schema_as_documented() {
    same_as_file("schema.graphql", &surety::graphql::sdl::sdl());
}

/// Texts that say no more than the name and the type do.
const NOTHING_SAID: &[&str] = &["What.", "When.", "Which one.", "How often.", "Why not."];

/// Beginnings that lean on what is written before: the schema is printed in the order of the alphabet.
const LEANING: &[&str] =
    &["The same", "Of these", "Or ", "That ", "End that", "Why not;", "Since when not.", "They are"];

#[test]
fn everything_has_a_description() {
    let schema = schema();
    let mut wrong = Vec::new();
    let mut demand = |place: &str, description: Option<&str>| {
        let text = description.unwrap_or_default().trim();
        if text.len() < 5 || NOTHING_SAID.contains(&text) {
            wrong.push(format!("{place}: no description"));
        }
        if LEANING.iter().any(|words| text.starts_with(words)) {
            wrong
                .push(format!("{place}: says {text:?}, and the one before it stands elsewhere in the print"));
        }
    };
    for (name, definition) in own_types(&schema) {
        demand(&name, definition.description().map(|node| &**node));
        if let ExtendedType::Enum(words) = definition {
            for (word, definition) in &words.values {
                demand(&format!("{name}.{word}"), definition.description.as_deref());
            }
        }
    }
    for (place, field) in fields(&schema) {
        demand(&place, field.description.as_deref());
    }
    for (place, input) in inputs(&schema) {
        demand(&place, input.description.as_deref());
    }
    nothing_wrong(&wrong);
}

#[test]
fn no_number_is_a_float() {
    let schema = schema();
    let outputs =
        fields(&schema).into_iter().map(|(place, field)| (place, field.ty.inner_named_type().clone()));
    let inputs =
        inputs(&schema).into_iter().map(|(place, input)| (place, input.ty.inner_named_type().clone()));
    let wrong: Vec<_> = outputs
        .chain(inputs)
        .filter(|(_, kind)| kind == "Float")
        .map(|(place, _)| format!("{place}: a float"))
        .collect();
    nothing_wrong(&wrong);
}

/// Lists that cannot grow: what bounds each of them.
const BOUNDED: &[(&str, &str)] = &[
    ("allowedActions", "the number of actions"),
    ("availableActions", "the number of actions"),
    ("blockedBy", "the number of reasons"),
    ("boosts", "the number of things that lift a search result"),
    ("breaks", "50 steps of a ladder"),
    ("distribution", "five scores"),
    ("edges", "the page"),
    ("facets", "the number of facets"),
    ("field", "the depth of an input"),
    ("holds", "the kinds of hold"),
    ("instalments", "the contract's plan"),
    ("leadTimes", "50 steps of a ladder"),
    ("lines", "100 lines of an order"),
    ("nodes", "the page, or the ids that were asked for"),
    ("path", "the depth of the category tree"),
    ("userErrors", "the size of the input"),
    ("values", "50 values of a facet"),
];

/// Lists that are not connections yet and could grow. This list may only become shorter.
const GROWING: &[&str] = &[];

#[test]
fn lists_that_grow_are_connections() {
    let schema = schema();
    let mut wrong = Vec::new();
    for (place, field) in fields(&schema) {
        let bounded = BOUNDED.iter().any(|(name, _)| *name == field.name.as_str())
            || field.description.as_deref().is_some_and(|text| text.contains("At most "));
        let known = GROWING.contains(&place.as_str());
        if known && (bounded || !is_list(&field.ty)) {
            wrong.push(format!("{place}: no longer grows, take it off the list"));
        }
        if is_list(&field.ty) && !bounded && !known {
            wrong.push(format!(
                "{place}: a list that is neither a connection nor says \"At most …\" in its description"
            ));
        }
    }
    nothing_wrong(&wrong);
}

#[test]
fn lists_that_are_taken_say_how_long_they_may_be() {
    let schema = schema();
    let is_said = |text: Option<&str>| text.is_some_and(|text| text.contains(|c: char| c.is_ascii_digit()));
    let unsaid = inputs(&schema).into_iter().filter(|(_, input)| is_list(&input.ty));
    let wrong: Vec<_> = unsaid
        .filter(|(_, input)| !is_said(input.description.as_deref()))
        .map(|(place, _)| format!("{place}: a list without a bound in its description"))
        .collect();
    nothing_wrong(&wrong);
}

/// Feeds are followed forward and have no end: neither a way back nor a count.
const FEEDS: &[&str] = &["Query.changes", "ChangeConnection", "Query.events", "EventConnection"];

#[test]
fn connections_have_the_shape_that_clients_know() {
    let schema = schema();
    let mut wrong = Vec::new();
    for (place, field) in fields(&schema) {
        if !field.ty.inner_named_type().ends_with("Connection") {
            continue;
        }
        let arguments: Vec<_> = field.arguments.iter().map(|argument| argument.name.as_str()).collect();
        let is_feed = FEEDS.contains(&place.as_str());
        for needed in ["first", "after", "last", "before"].into_iter().take(if is_feed { 2 } else { 4 }) {
            if !arguments.contains(&needed) {
                wrong.push(format!("{place}: no argument {needed}"));
            }
        }
    }
    for (name, definition) in own_types(&schema) {
        if let ExtendedType::Object(object) = definition
            && name.ends_with("Connection")
        {
            let is_feed = FEEDS.contains(&name.as_str());
            for needed in
                ["edges", "nodes", "pageInfo", "totalCount"].into_iter().take(if is_feed { 3 } else { 4 })
            {
                if !object.fields.contains_key(needed) {
                    wrong.push(format!("{name}: no field {needed}"));
                }
            }
        }
    }
    nothing_wrong(&wrong);
}

/// What only a sandbox has and can be sent twice without harm.
const WITHOUT_KEY: &[&str] =
    &["reportSandboxChargeback", "settleSandboxPayment", "settleSandboxPayout", "settleSandboxRefund"];

#[test]
fn mutations_take_an_input_and_answer_with_a_payload() {
    let schema = schema();
    let Some(name) = schema.schema_definition.mutation.as_ref() else { return };
    let Some(ExtendedType::Object(mutation)) = schema.types.get(name.as_str()) else {
        panic!("{name} is no object")
    };
    let mut wrong = Vec::new();
    for (field, definition) in &mutation.fields {
        let mut capital = field.to_string();
        capital[..1].make_ascii_uppercase();
        let payload = definition.ty.to_string();
        if payload != format!("{capital}Payload!") {
            wrong.push(format!("{field}: answers {payload}, not {capital}Payload!"));
        }
        if let Some(ExtendedType::Object(payload)) = schema.types.get(definition.ty.inner_named_type()) {
            let errors = payload.fields.get("userErrors").map(|field| field.ty.to_string());
            if errors.as_deref() != Some("[UserError!]!") {
                wrong.push(format!("{field}: its payload has no userErrors: [UserError!]!"));
            }
        }
        let takes_input = definition
            .argument_by_name("input")
            .is_some_and(|input| input.ty.to_string() == format!("{capital}Input!"));
        if !takes_input {
            wrong.push(format!("{field}: no argument input: {capital}Input!"));
        }
        if !WITHOUT_KEY.contains(&field.as_str()) {
            let in_input = matches!(
                schema.types.get(format!("{capital}Input").as_str()),
                Some(ExtendedType::InputObject(input)) if input.fields.contains_key("idempotencyKey")
            );
            if !in_input {
                wrong.push(format!("{field}: no idempotencyKey"));
            }
        }
    }
    nothing_wrong(&wrong);
}

/// Merged objects keep the last of two fields of one name and say nothing: the sources are counted instead.
#[test]
fn root_fields_are_written_once() {
    let lines = super::tidy::lines_under("src/graphql");
    let mut wrong = Vec::new();
    for root in ["Query", "Mutation", "Subscription"] {
        // What writes the audit log lies around the mutations.
        let merged = if root == "Mutation" { "Commands" } else { root };
        let opening = format!("pub struct {merged}(");
        let at = lines.iter().position(|line| line.starts_with(&opening)).expect("the root is merged");
        let end = lines[at..].iter().position(|line| line.ends_with(");")).expect("the root's fields end");
        let merged = lines[at..=at + end].concat().replacen(&opening, "", 1);
        let merged: Vec<_> = merged
            .split(|c: char| !c.is_alphanumeric() && c != '_' && c != ':')
            .filter_map(|path| path.rsplit("::").next())
            .filter(|name| !name.is_empty())
            .map(|name| format!("impl {name} {{"))
            .collect();
        let mut written: BTreeMap<String, usize> = BTreeMap::new();
        let mut inside = false;
        for line in &lines {
            if !line.starts_with(' ') && !line.is_empty() {
                inside = merged.contains(line);
            }
            if let Some(rest) = line.strip_prefix("    async fn ").filter(|_| inside) {
                *written.entry(rest.split(['(', '<']).next().unwrap_or_default().to_owned()).or_default() +=
                    1;
            }
        }
        assert!(!written.is_empty(), "no field of {root} was found");
        wrong.extend(
            written.iter().filter(|(_, count)| **count > 1).map(|(name, _)| format!("{root}.{name}: twice")),
        );
    }
    nothing_wrong(&wrong);
}
