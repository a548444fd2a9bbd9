//! The rules that the schema keeps to as a whole: names as `docs/STYLE.md` wants them, the Relay server specification, and
//! the directives of the printed text. What a rule lets off stands in a list with its reason.

use std::collections::{BTreeMap, BTreeSet};

use apollo_compiler::Schema;
use apollo_compiler::ast::Type;
use apollo_compiler::schema::{ExtendedType, ObjectType};

use super::schema::{fields, inputs, nothing_wrong, own_types, schema};

fn is_camel(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_alphanumeric())
}

fn is_pascal(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_alphanumeric())
}

fn is_screaming(name: &str) -> bool {
    let word =
        |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
    name.starts_with(|first: char| first.is_ascii_uppercase()) && name.split('_').all(word)
}

#[test]
fn names_are_in_their_case() {
    let schema = schema();
    let mut wrong = Vec::new();
    for (name, definition) in own_types(&schema) {
        if !is_pascal(&name) {
            wrong.push(format!("{name}: a type is in PascalCase"));
        }
        match definition {
            ExtendedType::Enum(words) => {
                let words = words.values.keys().filter(|word| !is_screaming(word));
                wrong.extend(words.map(|word| format!("{name}.{word}: a value is in SCREAMING_SNAKE_CASE")));
            }
            ExtendedType::InputObject(_) if !name.ends_with("Input") => {
                wrong.push(format!("{name}: an input ends in Input"));
            }
            ExtendedType::Object(_)
            | ExtendedType::Interface(_)
            | ExtendedType::Union(_)
            | ExtendedType::Scalar(_)
            | ExtendedType::InputObject(_) => {}
        }
    }
    for (place, field) in fields(&schema) {
        if !is_camel(&field.name) {
            wrong.push(format!("{place}: a field is in camelCase"));
        }
    }
    for (place, input) in inputs(&schema) {
        if !is_camel(&input.name) {
            wrong.push(format!("{place}: an argument is in camelCase"));
        }
    }
    nothing_wrong(&wrong);
}

/// What the name of a time may be besides one in `At`: it bounds something, and says on which side.
const BOUNDS: &[&str] = &["from", "until", "since", "before", "by"];

/// Times that are named for what they are.
const NAMED_OTHERWISE: &[(&str, &str)] = &[
    ("AdvanceSandboxClockPayload.now", "what the clock says"),
    ("AvailableAction.deadline", "the noun of the house for what is due"),
    ("SupplierAsOf.at", "the instant of the whole object"),
    ("Supplier.asOf(at:)", "the instant that the field's name asks for"),
];

/// Whether the name ends in one of the words: the whole of it, or with a capital.
fn ends_in(name: &str, words: &[&str]) -> bool {
    words.iter().any(|word| {
        let mut capital = (*word).to_owned();
        capital[..1].make_ascii_uppercase();
        name == *word || name.ends_with(&capital)
    })
}

#[test]
fn times_end_in_at_and_days_in_on() {
    let schema = schema();
    let outputs = fields(&schema).into_iter().map(|(place, field)| (place, field.name, field.ty));
    let inputs = inputs(&schema).into_iter().map(|(place, input)| (place, input.name, (*input.ty).clone()));
    let mut wrong = Vec::new();
    let mut let_off = BTreeSet::new();
    for (place, name, kind) in outputs.chain(inputs) {
        let fits = match kind.inner_named_type().as_str() {
            "DateTime" => name.ends_with("At") || ends_in(&name, BOUNDS),
            "Date" => ends_in(&name, &["on"]) || ends_in(&name, BOUNDS),
            _ => !name.ends_with("At") && !name.ends_with("On"),
        };
        if NAMED_OTHERWISE.iter().any(|(known, _)| *known == place) {
            let_off.insert(place);
        } else if !fits {
            wrong.push(format!(
                "{place}: {kind}: a time ends in At, a day in On, a bound in one of {BOUNDS:?}"
            ));
        }
    }
    for (place, reason) in NAMED_OTHERWISE {
        if !let_off.contains(*place) {
            wrong.push(format!("{place} ({reason}): is no longer there, take it off the list"));
        }
    }
    nothing_wrong(&wrong);
}

/// Ids that are named for what they say, with the reason.
const IDS_NAMED_OTHERWISE: &[(&str, &str)] = &[
    ("DisputeDecision.confirmedBy", "who did it, beside when"),
    ("DisputeDecision.decidedBy", "who did it, beside when"),
    ("Query.events(subject:)", "what is listened to, of whatever type"),
    ("Subscription.events(subject:)", "what is listened to, of whatever type"),
];

#[test]
fn ids_are_named_as_ids() {
    let schema = schema();
    let outputs = fields(&schema).into_iter().map(|(place, field)| (place, field.name, field.ty));
    let inputs = inputs(&schema).into_iter().map(|(place, input)| (place, input.name, (*input.ty).clone()));
    let odd: BTreeSet<String> = outputs
        .chain(inputs)
        .filter(|(_, name, kind)| {
            let is_named =
                ["id", "ids"].contains(&name.as_str()) || name.ends_with("Id") || name.ends_with("Ids");
            (kind.inner_named_type() == "ID") != is_named && kind.inner_named_type() != "String"
        })
        .map(|(place, ..)| place)
        .collect();
    let known: BTreeSet<String> = IDS_NAMED_OTHERWISE.iter().map(|(place, _)| (*place).to_owned()).collect();
    assert_eq!(odd, known, "an id is called so, and nothing else is");
}

/// Lists that may hold null, with the reason.
const WITH_HOLES: &[(&str, &str)] = &[
    ("Query.nodes", "the place of an id of nothing says so, as Relay wants it"),
    ("ImportProductsInput.products", "a row of nothing is answered by its own error"),
];

#[test]
fn lists_hold_no_null() {
    fn has_holes(kind: &Type) -> bool {
        match kind {
            Type::List(inner) | Type::NonNullList(inner) => !inner.is_non_null() || has_holes(inner),
            Type::Named(_) | Type::NonNullNamed(_) => false,
        }
    }
    let schema = schema();
    let outputs = fields(&schema).into_iter().map(|(place, field)| (place, field.ty));
    let inputs = inputs(&schema).into_iter().map(|(place, input)| (place, (*input.ty).clone()));
    let found: BTreeSet<String> =
        outputs.chain(inputs).filter(|(_, kind)| has_holes(kind)).map(|(place, _)| place).collect();
    let known: BTreeSet<String> = WITH_HOLES.iter().map(|(place, _)| (*place).to_owned()).collect();
    assert_eq!(found, known, "a list whose items may be null needs a reason");
}

fn object<'a>(schema: &'a Schema, name: &str) -> &'a ObjectType {
    schema.get_object(name).unwrap_or_else(|| panic!("{name} is no object"))
}

/// The fields of an object with their types as they are written.
fn shape(object: &ObjectType) -> BTreeMap<String, String> {
    object.fields.iter().map(|(name, field)| (name.to_string(), field.ty.to_string())).collect()
}

/// <https://relay.dev/docs/guides/graphql-server-specification/>, and <https://relay.dev/graphql/connections.htm>.
#[test]
fn objects_are_found_again_as_relay_wants_it() {
    let schema = schema();
    let node = schema.get_interface("Node").unwrap();
    let id: Vec<_> = node.fields.iter().map(|(name, field)| (name.as_str(), field.ty.to_string())).collect();
    assert_eq!(id, [("id", "ID!".to_owned())]);
    let query = object(&schema, "Query");
    for (name, answered, argument, taken) in
        [("node", "Node", "id", "ID!"), ("nodes", "[Node]!", "ids", "[ID!]!")]
    {
        let field = &query.fields[name];
        let arguments: Vec<_> =
            field.arguments.iter().map(|known| (known.name.to_string(), known.ty.to_string())).collect();
        assert_eq!(field.ty.to_string(), answered);
        assert_eq!(arguments, [(argument.to_owned(), taken.to_owned())]);
    }
}

#[test]
fn pages_have_the_shape_that_relay_wants() {
    let schema = schema();
    let info = shape(object(&schema, "PageInfo"));
    assert_eq!(info["hasNextPage"], "Boolean!");
    assert_eq!(info["hasPreviousPage"], "Boolean!");
    assert_eq!(info["startCursor"], "Cursor");
    assert_eq!(info["endCursor"], "Cursor");
    assert!(schema.get_scalar("Cursor").is_some());
    let mut wrong = Vec::new();
    let mut connections = 0;
    for (name, definition) in own_types(&schema) {
        let Some(stem) = name.strip_suffix("Connection") else { continue };
        let ExtendedType::Object(page) = definition else { panic!("{name} is no object") };
        connections += 1;
        let (page, edge) = (shape(page), shape(object(&schema, &format!("{stem}Edge"))));
        let row = edge.get("node").cloned().unwrap_or_default();
        for (place, found, wanted) in [
            ("edges", page.get("edges"), format!("[{stem}Edge!]!")),
            ("pageInfo", page.get("pageInfo"), "PageInfo!".to_owned()),
            ("nodes", page.get("nodes"), format!("[{row}]!")),
            ("cursor", edge.get("cursor"), "Cursor!".to_owned()),
        ] {
            if found != Some(&wanted) {
                wrong.push(format!("{name}: {place} is {found:?}, not {wanted}"));
            }
        }
        let counts = page.get("totalCount").is_none_or(|kind| kind.starts_with("Int"));
        if !row.ends_with('!') || row.starts_with('[') || !counts {
            wrong.push(format!("{name}: a row is one object, and a count a number"));
        }
    }
    for (place, field) in
        fields(&schema).into_iter().filter(|(_, field)| field.ty.inner_named_type().ends_with("Connection"))
    {
        for argument in &field.arguments {
            let wanted = match argument.name.as_str() {
                "first" | "last" | "offset" => "Int",
                "after" | "before" => "Cursor",
                _ => continue,
            };
            if argument.ty.to_string() != wanted {
                wrong.push(format!("{place}({}:): {}, not {wanted}", argument.name, argument.ty));
            }
        }
    }
    assert!(connections > 20);
    nothing_wrong(&wrong);
}

/// Objects that have an id and are not found by `node`: what they are read through instead.
const NOT_BY_NODE: &[(&str, &[&str])] = &[
    (
        "its order, which is fetched as one: all of it is answered from one row's worth of state",
        &[
            "Amendment",
            "Chargeback",
            "Compensation",
            "EvidenceItem",
            "Hold",
            "InspectionPayment",
            "Instalment",
            "OffPlatformPayment",
            "OrderLine",
            "Payment",
            "Refund",
            "Shipment",
            "TimelineEvent",
        ],
    ),
    (
        "the log, by its cursor: what was told is told once",
        &["DispatchDeadlineEvent", "Event", "MessageReceivedEvent", "OrderStatusEvent", "SupplierEvent"],
    ),
    ("the books, which are read in their order", &["LedgerEntry", "LedgerTransfer"]),
    ("the supplier or product that it was awarded to", &["BadgeAward"]),
    ("what it is a party of: who may see a company depends on that", &["Company"]),
    ("its thread", &["Message"]),
    ("its app", &["AppSecret", "StorefrontKey"]),
    ("the list of the platform's staff", &["ProviderCall", "SuspenseItem", "LedgerVerification"]),
    ("the product's history of prices", &["RefusedPriceChange"]),
];

#[test]
fn what_has_an_id_is_a_node_or_has_a_reason() {
    let schema = schema();
    let mut wrong = Vec::new();
    let excused = |name: &str| NOT_BY_NODE.iter().any(|(_, names)| names.contains(&name));
    for (name, definition) in own_types(&schema) {
        let ExtendedType::Object(object) = definition else { continue };
        let has_id = object.fields.get("id").is_some_and(|field| field.ty.to_string() == "ID!");
        let is_node = object.implements_interfaces.iter().any(|interface| interface.as_str() == "Node");
        if is_node == excused(&name) && (has_id || is_node) {
            wrong.push(format!("{name}: either implements Node or has a reason not to"));
        }
        if is_node && !has_id {
            wrong.push(format!("{name}: a node has id: ID!"));
        }
    }
    for name in NOT_BY_NODE.iter().flat_map(|(_, names)| *names) {
        if schema.get_object(name).is_none() {
            wrong.push(format!("{name}: is no longer there, take it off the list"));
        }
    }
    nothing_wrong(&wrong);
}

/// Fields that one selection cannot hold without another name for one of them, by the abstract type, with the reason.
const ASKED_APART: &[(&str, &[&str], &str)] = &[(
    "Evidence",
    &["kind", "number", "reference", "scope", "validUntil"],
    "each paper keeps the word that it is known by, and says null only where the paper can lack it",
)];

/// By "Field Selection Merging" (5.3.2) fields of one name have one shape, also where no object can have both: otherwise the
/// fragment that a client writes once for every member of an interface or union is no valid document.
#[test]
fn members_of_one_kind_can_be_asked_for_together() {
    let schema = schema();
    let members = |name: &str, definition: &ExtendedType| -> Vec<String> {
        match definition {
            ExtendedType::Union(union) => union.members.iter().map(ToString::to_string).collect(),
            // Whatever has an id is a node: nobody asks for all kinds of them at once.
            ExtendedType::Interface(_) if name != "Node" => own_types(&schema)
                .into_iter()
                .filter(|(_, known)| kind_of(known).1.contains(name))
                .map(|(member, _)| member)
                .collect(),
            _ => Vec::new(),
        }
    };
    let shape_of = |kind: &Type| {
        let inner = kind.inner_named_type();
        let is_leaf = schema.get_scalar(inner).is_some() || schema.get_enum(inner).is_some();
        if is_leaf { kind.to_string() } else { kind.to_string().replace(inner.as_str(), "{}") }
    };
    let mut wrong = Vec::new();
    for (name, definition) in own_types(&schema) {
        let mut shapes: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for member in members(&name, definition) {
            for (field, definition) in &object(&schema, &member).fields {
                shapes.entry(field.to_string()).or_default().insert(shape_of(&definition.ty));
            }
        }
        let excused = ASKED_APART.iter().find(|(known, ..)| *known == name).map_or(&[][..], |known| known.1);
        for (field, shapes) in &shapes {
            if (shapes.len() > 1) != excused.contains(&field.as_str()) {
                wrong.push(format!("{name}: {field} is {shapes:?} in its members"));
            }
        }
    }
    nothing_wrong(&wrong);
}

#[test]
fn mutations_take_one_input_that_must_be_there() {
    let schema = schema();
    let mut wrong = Vec::new();
    let mut payloads = BTreeSet::new();
    for (name, field) in &object(&schema, "Mutation").fields {
        let arguments: Vec<_> = field.arguments.iter().map(|argument| argument.name.as_str()).collect();
        if arguments != ["input"] || field.arguments.iter().any(|argument| argument.default_value.is_some()) {
            wrong.push(format!("{name}: takes {arguments:?}, not one input"));
        }
        payloads.insert(field.ty.inner_named_type().to_string());
    }
    for (name, _) in own_types(&schema) {
        if name.ends_with("Payload") && !payloads.contains(&name) {
            wrong.push(format!("{name}: is the payload of no mutation"));
        }
    }
    nothing_wrong(&wrong);
}

/// The door is made from the executor's own text, which lacks the printed directives: nothing else may differ.
#[test]
fn the_door_knows_the_types_that_are_printed() {
    let plain = surety::graphql::schema().finish().sdl();
    let plain = Schema::parse_and_validate(plain, "door.graphql").unwrap();
    let printed = Schema::parse_and_validate(surety::graphql::sdl::sdl(), "schema.graphql").unwrap();
    let types = |schema: &Schema| -> BTreeMap<String, String> {
        let own = own_types(schema).into_iter();
        own.map(|(name, definition)| (name, format!("{:?}", kind_of(definition)))).collect()
    };
    assert_eq!(types(&plain), types(&printed));
    let outputs = |schema: &Schema| -> BTreeMap<String, String> {
        fields(schema).into_iter().map(|(place, field)| (place, field.ty.to_string())).collect()
    };
    assert_eq!(outputs(&plain), outputs(&printed));
    let taken = |schema: &Schema| -> BTreeMap<String, String> {
        let all = inputs(schema).into_iter();
        all.map(|(place, input)| (place, input.to_string())).collect()
    };
    assert_eq!(taken(&plain), taken(&printed));
    for directive in ["requiresScope", "cost", "listSize"] {
        assert!(printed.directive_definitions.contains_key(directive), "{directive}");
        assert!(!plain.directive_definitions.contains_key(directive), "{directive}");
    }
}

/// What kind of type it is, with what it implements or joins.
fn kind_of(definition: &ExtendedType) -> (&'static str, BTreeSet<String>) {
    match definition {
        ExtendedType::Scalar(_) => ("scalar", BTreeSet::new()),
        ExtendedType::Object(object) => {
            ("type", object.implements_interfaces.iter().map(ToString::to_string).collect())
        }
        ExtendedType::Interface(interface) => {
            ("interface", interface.implements_interfaces.iter().map(ToString::to_string).collect())
        }
        ExtendedType::Union(union) => ("union", union.members.iter().map(ToString::to_string).collect()),
        ExtendedType::Enum(words) => ("enum", words.values.keys().map(ToString::to_string).collect()),
        ExtendedType::InputObject(_) => ("input", BTreeSet::new()),
    }
}
