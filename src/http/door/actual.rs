//! What an operation did cost: the objects that its answer holds, with the weights of `cost.rs`.
//!
//! The answer is walked once along the outline of the operation (`outline.rs`). Values of leaves are passed over, and nothing is
//! allocated.

use async_graphql::indexmap::IndexMap;
use async_graphql::{Name, Value};

use super::cost::MUTATION_COST;
use super::outline::{Asked, Expected, Outline};

/// The cost of this answer to an operation.
pub fn cost(root: &Outline, is_mutation: bool, data: &Value) -> u64 {
    let Value::Object(fields) = data else { return 0 };
    let commands = if is_mutation { fields.len() as u64 } else { 0 };
    root.cost(fields).saturating_add(commands.saturating_mul(MUTATION_COST))
}

impl Outline {
    /// What is below an object.
    fn cost(&self, object: &IndexMap<Name, Value>) -> u64 {
        let (mut sum, mut next) = (0_u64, 0);
        for (key, value) in object {
            if !self.has_own_costs && !matches!(value, Value::Object(_) | Value::List(_)) {
                continue;
            }
            // Answers have the order of the document: the next one is seldom far.
            let Some((index, expected)) = self.find(key.as_str(), next) else { continue };
            next = index + 1;
            sum = sum.saturating_add(expected.cost(value));
        }
        sum
    }

    fn find(&self, key: &str, from: usize) -> Option<(usize, &Expected)> {
        (from..self.fields.len()).chain(0..from).find_map(|index| {
            self.fields.get(index).filter(|field| field.key.as_str() == key).map(|field| (index, field))
        })
    }
}

impl Expected {
    /// What a value under the key costs. The answer does not say of which type an object is; the dearest counts.
    fn cost(&self, value: &Value) -> u64 {
        let dearest = self.by_kind.iter().map(|(_, asked)| asked.cost(value)).max();
        self.always.cost(value).saturating_add(dearest.unwrap_or(0))
    }
}

impl Asked {
    fn cost(&self, value: &Value) -> u64 {
        let below = self.inner.as_ref().map_or(0, |inner| objects(value, inner, self.each));
        self.own.saturating_add(below)
    }
}

/// What the objects of a value cost, with what is below them.
fn objects(value: &Value, inner: &Outline, each: u64) -> u64 {
    match value {
        Value::Object(object) => each.saturating_add(inner.cost(object)),
        Value::List(items) => {
            items.iter().fold(0, |sum, item| sum.saturating_add(objects(item, inner, each)))
        }
        Value::Null
        | Value::Number(_)
        | Value::String(_)
        | Value::Boolean(_)
        | Value::Binary(_)
        | Value::Enum(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use apollo_compiler::response::JsonMap;
    use apollo_compiler::{ExecutableDocument, Schema};
    use serde_json::{Value as Json, json};

    use super::super::cost::Scale;
    use super::super::outline::Outlined;
    use super::*;

    const SDL: &str = "
        type Query { products(first: Int): ProductConnection! product: Product supplier: Supplier node: Node tags: [String!] facts: Facts }
        type Mutation { rename: Product retire: Product }
        scalar Facts
        interface Node { id: ID! }
        type ProductConnection { edges: [ProductEdge!]! nodes: [Product!]! totalCount: Int }
        type ProductEdge { node: Product! cursor: String! }
        type Product implements Node { id: ID! badges: [Badge!]! part: Badge grid: [[Badge!]!] }
        type Badge { kind: String }
        type Supplier implements Node { id: ID! asOf: Badge part: Product }";

    fn costs(text: &str, data: Json) -> (u64, u64) {
        let schema = Schema::parse_and_validate(SDL, "schema.graphql").unwrap();
        let document = ExecutableDocument::parse_and_validate(&schema, text, "test.graphql").unwrap();
        let operation = document.operations.get(None).unwrap();
        let variables = JsonMap::new();
        let requested = Scale::new(&document, &variables).operation(operation).cost;
        let truths = HashSet::from(["yes".to_owned()]);
        let outlined = Outlined::new(&schema, &document, operation, &truths);
        (requested, cost(&outlined.root, operation.is_mutation(), &Value::from_json(data).unwrap()))
    }

    #[test]
    fn only_what_is_there_costs() {
        let two = json!([{ "id": "1" }, { "id": "2" }]);
        for (text, data, both) in [
            (
                "{ products(first: 10) { nodes { id } totalCount } }",
                json!({ "products": { "nodes": two, "totalCount": 2 } }),
                (11, 3),
            ),
            (
                "{ products(first: 10) { edges { cursor node { id } } } }",
                json!({ "products": { "edges": [{ "cursor": "a", "node": { "id": "1" } }] } }),
                (11, 2),
            ),
            ("{ product { id } }", json!({ "product": null }), (1, 0)),
            (
                "{ product { badges { kind } } }",
                json!({ "product": { "badges": [{ "kind": "A" }] } }),
                (6, 2),
            ),
            (
                "{ product { grid { kind } } }",
                json!({ "product": { "grid": [[{ "kind": "A" }], [{ "kind": "B" }]] } }),
                (6, 3),
            ),
            ("{ supplier { asOf { kind } } }", json!({ "supplier": { "asOf": null } }), (802, 801)),
            ("{ supplier { asOf { kind } } }", json!({ "supplier": null }), (802, 0)),
            ("{ tags facts }", json!({ "tags": ["a", "b"], "facts": { "a": { "b": 1 } } }), (0, 0)),
            (
                "{ a: product { id } b: product { id } }",
                json!({ "b": { "id": "1" }, "a": { "id": "1" } }),
                (2, 2),
            ),
            (
                "mutation { rename { id } retire { id } }",
                json!({ "rename": { "id": "1" }, "retire": null }),
                (22, 21),
            ),
            (
                "mutation { ...M } fragment M on Mutation { a: rename { id } ... { b: rename { id } c: retire { id } } }",
                json!({ "a": { "id": "1" }, "b": { "id": "1" }, "c": { "id": "1" } }),
                (33, 33),
            ),
            (
                "{ node { ...P ... on Supplier { part { part { kind } } asOf { kind } } } } fragment P on Product { part { kind } }",
                json!({ "node": { "part": { "part": { "kind": "A" } }, "asOf": { "kind": "B" } } }),
                (805, 804),
            ),
        ] {
            assert_eq!(costs(text, data), both, "{text}");
        }
    }

    /// The executor works a field out for each selection, and puts the answers together.
    #[test]
    fn what_is_asked_for_twice_under_one_key_costs_twice() {
        let product = json!({ "product": { "id": "1", "badges": [{ "kind": "A" }] } });
        let part = json!({ "node": { "part": { "id": "1" } } });
        for (text, data, both) in [
            ("{ product { id } product { badges { kind } } }", product.clone(), (7, 3)),
            ("{ product { badges { kind } } product { badges { kind } } }", product.clone(), (12, 4)),
            ("{ ...P ...P } fragment P on Query { product { id } }", product.clone(), (2, 2)),
            (
                "query($no: Boolean = false) { product { id } product @include(if: $no) { badges { kind } } }",
                product.clone(),
                (7, 1),
            ),
            ("query($yes: Boolean!) { product { id } product @include(if: $yes) { id } }", product, (2, 2)),
            (
                "{ supplier { asOf { kind } asOf { kind } } }",
                json!({ "supplier": { "asOf": { "kind": "A" } } }),
                (1 + 2 * 801, 1 + 2 * 801),
            ),
            // Of several types, each for itself; of any type, for all of them.
            (
                "{ node { ... on Product { part { kind } } ... on Supplier { part { id } } } }",
                part.clone(),
                (3, 2),
            ),
            (
                "{ node { ... on Supplier { part { id } ...S } } } fragment S on Supplier { part { id } }",
                part.clone(),
                (3, 3),
            ),
            (
                "{ node { ...N ... on Supplier { ...N } } } fragment N on Node { ... on Supplier { part { id } } }",
                part,
                (3, 3),
            ),
            // The root of a mutation is put together before it runs.
            (
                "mutation { rename { id } rename { part { kind } part { kind } } }",
                json!({ "rename": { "id": "1", "part": { "kind": "A" } } }),
                (24, 13),
            ),
        ] {
            assert_eq!(costs(text, data), both, "{text}");
        }
    }
}
