//! What operations cost: reckoned before they run, counted after it, and told to who asks.

use std::collections::{BTreeSet, VecDeque};
use std::fmt::Write as _;

use apollo_compiler::Schema;
use apollo_compiler::ast::{FieldDefinition, InputValueDefinition, Type};
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::validation::Valid;
use serde_json::{Value, json};
use surety::graphql;
use surety::http::door::Door;
use surety::http::door::request::Parameters;
use surety::http::limits::DocumentLimits;

use super::world::{Party, World, on_both};

const ESTIMATE: &str = "query($document: String!, $variables: JSONObject, $operationName: String) { costEstimate(document: $document, \
    variables: $variables, operationName: $operationName) { requestedQueryCost maximumQueryCost costliestField fits } }";
const TOO_COSTLY: &str =
    "{ products(first: 50) { nodes { id supplier { badgeEligibility(kind: VERIFIED) { __typename } } } } }";

impl World {
    /// What an operation costs, in the words of its answer.
    async fn cost_of(&self, party: &Party, query: &str, variables: Value) -> (u64, u64, Value) {
        let answer = self.graphql(&party.token(), query, variables).await;
        assert!(answer["errors"].is_null(), "{answer:#}");
        let cost = &answer["extensions"]["cost"];
        let points = |name: &str| cost[name].as_u64().unwrap();
        (points("requestedQueryCost"), points("actualQueryCost"), answer["data"].clone())
    }
}

on_both! {
    async fn no_operation_costs_more_than_was_reckoned(w) {
        let trade = w.trade().await;
        let order = trade.paid(100).await;
        let id = json!({ "id": order["id"] });
        for (query, variables, actual) in [
            ("{ serverVersion }", json!({}), 0),
            ("{ viewer { role } }", json!({}), 1),
            // Worked out twice, and told once.
            ("{ viewer { role } viewer { role } }", json!({}), 2),
            ("{ __schema { queryType { name } } }", json!({}), 500 + 2),
            ("{ __schema { types { name } } orders(first: 50) { nodes { id } } }", json!({}), 500 + 2 + 2),
            ("{ __type(name: \"Order\") { name } __typename }", json!({}), 20 + 1),
            ("{ __type(name: \"Nothing\") { name } }", json!({}), 20 + 1),
            // The connection and its order.
            ("{ orders(first: 50) { nodes { id } pageInfo { hasNextPage } } }", json!({}), 3),
            ("{ orders(first: 50) { edges { cursor node { id } } } }", json!({}), 2),
            ("{ ...Q } fragment Q on Query { o: orders { n: nodes { ...O } } } fragment O on Order { lines { id } }", json!({}), 3),
            ("query($id: ID!) { order(id: $id) { id total { amount } } }", id.clone(), 2),
            ("query($id: ID!, $no: Boolean = false) { order(id: $id) @include(if: $no) { id } viewer { role } }", id.clone(), 1),
            ("query($id: ID!) { node(id: $id) { id ... on Order { lines { id } } ... on Product { supplier { id } } } }", id, 2),
        ] {
            let (requested, counted, data) = w.cost_of(&trade.buyer, query, variables).await;
            assert_eq!(counted, actual, "{query}: {data:#}");
            assert!(requested >= counted, "{query}: {counted} of {requested}");
        }
    }

    async fn an_estimate_is_what_the_request_is_reckoned_at(w) {
        let buyer = w.buyer("Acme").await;
        for (query, variables) in [
            ("{ serverVersion }", json!({})),
            ("query($n: Int) { products(first: $n) { nodes { id supplier { id } } } }", json!({ "n": 7 })),
            ("query($n: Int) { products(first: $n) { nodes { id supplier { id } } } }", json!({})),
        ] {
            let (requested, ..) = w.cost_of(&buyer, query, variables.clone()).await;
            let asked = json!({ "document": query, "variables": variables });
            let estimate = buyer.asks(ESTIMATE, asked).await.good()["costEstimate"].clone();
            assert_eq!(estimate["requestedQueryCost"], requested, "{query}");
            assert_eq!((&estimate["fits"], &estimate["maximumQueryCost"]), (&json!(true), &json!(10_000)));
        }
        let of = async |document: &str, name: Value| {
            buyer.asks(ESTIMATE, json!({ "document": document, "operationName": name })).await
        };
        let estimate = of(TOO_COSTLY, json!(null)).await.good()["costEstimate"].clone();
        // The connection, fifty products with their suppliers, and twelve statements for each.
        assert_eq!(estimate["requestedQueryCost"], 1 + 50 * (2 + 1 + 1_200));
        assert_eq!(estimate["fits"], false);
        assert_eq!(estimate["costliestField"], "products.nodes.supplier.badgeEligibility");
        let two = "query A { serverVersion } query B { viewer { role } }";
        assert_eq!(of(two, json!("B")).await.good()["costEstimate"]["requestedQueryCost"], 1);
        of(two, json!(null)).await.refused("BAD_REQUEST");
        of("{ nonsense }", json!(null)).await.refused("GRAPHQL_VALIDATION_FAILED");
        of("{", json!(null)).await.refused("GRAPHQL_PARSE_FAILED");
        let subscription = of("subscription { events { __typename } }", json!(null)).await.good();
        assert_eq!(subscription["costEstimate"]["requestedQueryCost"], 1);
    }

    async fn what_ran_beside_a_failed_field_is_paid_for(w) {
        let buyer = w.buyer("Acme").await;
        let points = async |query: &str| {
            let answer = w.graphql(&buyer.token(), query, json!({})).await;
            assert_eq!((&answer["data"], answer["errors"].is_null()), (&json!(null), false), "{answer:#}");
            let cost = &answer["extensions"]["cost"];
            (cost["requestedQueryCost"].as_u64().unwrap(), cost["actualQueryCost"].as_u64().unwrap())
        };
        // The page is refused, and nulls all of the answer.
        let page = "products(first: 101) { nodes { id } }";
        assert_eq!(points(&format!("{{ {page} }}")).await, (102, 0));
        let estimates = |document: &str| {
            (0..29).fold(String::new(), |mut text, number| {
                write!(text, "e{number}: costEstimate(document: \"{document}\") {{ fits }} ").unwrap();
                text
            })
        };
        let beside = estimates("{ serverVersion }");
        assert_eq!(points(&format!("{{ {page} {beside} }}")).await, (102 + 29 * 101, 29 * 101));
        // Each of these fails, and was worked out for it.
        let failing = estimates("{ nonsense }");
        assert_eq!(points(&format!("{{ {page} {failing} }}")).await, (102 + 29 * 101, 29 * 100));
        let sized = "query($n: Int = 101) { products(first: $n) { nodes { id } } viewer { role } }";
        assert_eq!(points(sized).await, (102 + 1, 1));
    }

    async fn where_errors_are_cut_off_everything_stays_paid(w) {
        let trade = w.trade().await;
        // Each of them fails and is null: a page is not that long.
        let failing = |count: usize| {
            let fields = (0..count).map(|number| format!("v{number}: versions(first: 101) {{ totalCount }}"));
            format!("query($id: ID!) {{ product(id: $id) {{ {} }} }}", fields.collect::<Vec<_>>().join(" "))
        };
        for (count, told, actual) in [(1, 1, 1), (49, 49, 1), (50, 50, 51), (80, 50, 81)] {
            let id = json!({ "id": trade.product.to_string() });
            let answer = w.graphql(&trade.supplier.token(), &failing(count), id).await;
            let product = answer["data"]["product"].as_object().unwrap();
            assert_eq!(product.values().filter(|value| value.is_null()).count(), count, "{answer:#}");
            let errors = answer["errors"].as_array().unwrap();
            let places: BTreeSet<_> = errors.iter().map(|error| error["path"].to_string()).collect();
            assert_eq!((errors.len(), places.len()), (told, told), "each is told of once");
            let cost = &answer["extensions"]["cost"];
            assert_eq!(cost["requestedQueryCost"], count + 1);
            assert_eq!(cost["actualQueryCost"], actual, "{count}");
        }
    }

    async fn what_is_too_costly_names_the_field_and_the_cost(w) {
        let buyer = w.buyer("Acme").await;
        let answer = w.graphql(&buyer.token(), TOO_COSTLY, json!({})).await;
        let error = &answer["errors"][0];
        assert_eq!(error["extensions"]["code"], "QUERY_TOO_COSTLY");
        let message = error["message"].as_str().unwrap();
        assert!(message.contains("`products.nodes.supplier.badgeEligibility`"), "{message}");
        let cost = json!({ "requestedQueryCost": 60_151, "actualQueryCost": null });
        assert_eq!(answer["extensions"], json!({ "cost": cost }));
    }
}

/// A way from a root to an object type: the text that leads there, and how many braces it opens.
struct Way {
    of: String,
    text: String,
    open: usize,
}

/// A value that fits the type.
fn literal(schema: &Schema, ty: &Type) -> String {
    if ty.is_list() {
        return "[]".to_owned();
    }
    let name = ty.inner_named_type();
    match schema.types.get(name).unwrap() {
        ExtendedType::Enum(words) => words.values.keys().next().unwrap().to_string(),
        ExtendedType::InputObject(input) => {
            let fields = input.fields.values().map(|field| &*field.node);
            format!("{{ {} }}", required(schema, fields))
        }
        _ => match name.as_str() {
            "Int" => "1".to_owned(),
            "Boolean" => "true".to_owned(),
            "JSONObject" => "{}".to_owned(),
            _ => "\"x\"".to_owned(),
        },
    }
}

/// The arguments, or the fields of an input, that have to be given.
fn required<'a>(schema: &Schema, inputs: impl Iterator<Item = &'a InputValueDefinition>) -> String {
    let needed = inputs.filter(|input| input.ty.is_non_null() && input.default_value.is_none());
    needed.fold(String::new(), |mut text, input| {
        write!(text, "{}: {} ", input.name, literal(schema, &input.ty)).unwrap();
        text
    })
}

fn call(schema: &Schema, field: &FieldDefinition, more: &str) -> String {
    let arguments = required(schema, field.arguments.iter().map(|argument| &**argument)) + more;
    if arguments.is_empty() { field.name.to_string() } else { format!("{}({arguments})", field.name) }
}

/// A shortest way to each object type that an operation can reach.
fn ways(schema: &Valid<Schema>) -> Vec<Way> {
    let roots = [("Query", "query {"), ("Mutation", "mutation {"), ("Subscription", "subscription {")];
    let root = |(of, text): (&str, &str)| Way { of: of.to_owned(), text: text.to_owned(), open: 1 };
    let (mut waiting, mut out): (VecDeque<Way>, Vec<Way>) = (roots.map(root).into(), Vec::new());
    let mut seen: BTreeSet<String> = BTreeSet::new();
    while let Some(way) = waiting.pop_front() {
        if !seen.insert(way.of.clone()) {
            continue;
        }
        match schema.types.get(way.of.as_str()).unwrap() {
            ExtendedType::Object(object) => {
                for field in object.fields.values() {
                    let of = field.ty.inner_named_type().to_string();
                    let text = format!("{} {} {{", way.text, call(schema, field, ""));
                    waiting.push_back(Way { of, text, open: way.open + 1 });
                }
                out.push(way);
            }
            ExtendedType::Interface(_) | ExtendedType::Union(_) => {
                let possible = schema.implementers_map();
                let members: Vec<String> = match schema.types.get(way.of.as_str()).unwrap() {
                    ExtendedType::Union(union) => {
                        union.members.iter().map(|member| member.name.to_string()).collect()
                    }
                    _ => possible[way.of.as_str()].objects.iter().map(ToString::to_string).collect(),
                };
                for of in members {
                    let text = format!("{} ... on {of} {{", way.text);
                    waiting.push_back(Way { of, text, open: way.open + 1 });
                }
            }
            _ => {}
        }
    }
    out
}

#[test]
fn every_connection_costs_by_the_size_of_its_page() {
    let sdl = graphql::schema().finish().sdl();
    let unlimited =
        DocumentLimits { cost: u64::MAX, values: u64::MAX, depth: 60, ..DocumentLimits::default() };
    let door = Door::new(&sdl, unlimited).unwrap();
    let schema = door.schema();
    let cost = |text: String| {
        let parameters = Parameters { query: Some(text.clone()), ..Parameters::default() };
        door.estimate(&parameters).unwrap_or_else(|refused| panic!("{text}: {:?}", refused.errors)).requested
    };
    let (mut wrong, mut walked) = (Vec::new(), 0);
    for way in ways(schema) {
        let ExtendedType::Object(object) = schema.types.get(way.of.as_str()).unwrap() else { continue };
        for field in
            object.fields.values().filter(|field| field.ty.inner_named_type().ends_with("Connection"))
        {
            for items in ["nodes { __typename }", "edges { node { __typename } }"] {
                let of_size = |size: u32| {
                    let asked = call(schema, field, &format!("first: {size}"));
                    cost(format!("{} {asked} {{ {items} }} {}", way.text, "}".repeat(way.open)))
                };
                if of_size(100) < of_size(0).saturating_add(100) {
                    wrong.push(format!("{}.{}: {items}", way.of, field.name));
                }
                walked += 1;
            }
        }
    }
    assert!(wrong.is_empty(), "pages of these cost nothing:\n{}", wrong.join("\n"));
    let named = schema
        .types
        .values()
        .filter_map(|definition| definition.as_object())
        .flat_map(|object| object.fields.values());
    let connections = named.filter(|field| field.ty.inner_named_type().ends_with("Connection")).count();
    assert_eq!(walked, 2 * connections, "some connection cannot be reached");
    println!("costs: {connections} connections, each by the size of its page");
}
