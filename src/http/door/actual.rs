//! What an operation did cost: the objects that its answer holds, with the weights of `cost.rs`.
//!
//! What the operation asks for is put together once, by the keys of the answer; the answer is then walked once. Values of leaves
//! are passed over, and nothing is allocated for any value.

use apollo_compiler::executable::{ExecutableDocument, Field, Operation, Selection, SelectionSet};
use async_graphql::indexmap::IndexMap;
use async_graphql::{Name, Value};

use super::cost::{MUTATION_COST, object_cost, own_cost};

/// The cost of this answer to an operation.
pub fn cost(document: &ExecutableDocument, operation: &Operation, data: &Value) -> u64 {
    let Value::Object(root) = data else { return 0 };
    let mut asked = Asked::default();
    asked.add(document, &operation.selection_set);
    let fields = if operation.is_mutation() { root.len() as u64 } else { 0 };
    asked.object(root).saturating_add(fields.saturating_mul(MUTATION_COST))
}

/// The fields that are asked for of one object, fragments put together.
#[derive(Debug, Default)]
struct Asked<'doc> {
    fields: Vec<AskedField<'doc>>,
    /// Whether a field costs something whatever its value is.
    has_own_costs: bool,
}

/// A field under its key in the answer. Objects of several types can have different fields under one key; the dearest counts.
#[derive(Debug)]
struct AskedField<'doc> {
    key: &'doc str,
    /// What it costs beside its objects.
    own: u64,
    /// What each of its objects costs.
    each: u64,
    /// What is asked for of its objects; none of a leaf.
    inner: Option<Asked<'doc>>,
}

impl<'doc> Asked<'doc> {
    fn add(&mut self, document: &'doc ExecutableDocument, set: &'doc SelectionSet) {
        for selection in &set.selections {
            match selection {
                Selection::Field(field) => self.add_field(document, field, set.ty.as_str()),
                Selection::InlineFragment(inline) => self.add(document, &inline.selection_set),
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = document.fragments.get(&spread.fragment_name) {
                        self.add(document, &fragment.selection_set);
                    }
                }
            }
        }
    }

    fn add_field(&mut self, document: &'doc ExecutableDocument, field: &'doc Field, parent: &str) {
        let key = field.response_key().as_str();
        let known = self.fields.iter().position(|asked| asked.key == key);
        let index = known.unwrap_or(self.fields.len());
        if known.is_none() {
            self.fields.push(AskedField { key, own: 0, each: 0, inner: None });
        }
        let Some(asked) = self.fields.get_mut(index) else { return };
        asked.own = asked.own.max(own_cost(parent, field));
        asked.each = asked.each.max(object_cost(field));
        self.has_own_costs |= asked.own > 0;
        if !field.selection_set.is_empty() {
            asked.inner.get_or_insert_default().add(document, &field.selection_set);
        }
    }

    /// What is below an object.
    fn object(&self, object: &IndexMap<Name, Value>) -> u64 {
        let (mut sum, mut next) = (0_u64, 0);
        for (key, value) in object {
            if !self.has_own_costs && !matches!(value, Value::Object(_) | Value::List(_)) {
                continue;
            }
            // Answers have the order of the document: the next one is seldom far.
            let Some((index, field)) = self.find(key.as_str(), next) else { continue };
            next = index + 1;
            sum = sum.saturating_add(field.own);
            if let Some(inner) = &field.inner {
                sum = sum.saturating_add(inner.objects(value, field.each));
            }
        }
        sum
    }

    /// What the objects of a value cost, with what is below them.
    fn objects(&self, value: &Value, each: u64) -> u64 {
        match value {
            Value::Object(object) => each.saturating_add(self.object(object)),
            Value::List(items) => {
                items.iter().fold(0, |sum, item| sum.saturating_add(self.objects(item, each)))
            }
            Value::Null
            | Value::Number(_)
            | Value::String(_)
            | Value::Boolean(_)
            | Value::Binary(_)
            | Value::Enum(_) => 0,
        }
    }

    fn find(&self, key: &str, from: usize) -> Option<(usize, &AskedField<'doc>)> {
        (from..self.fields.len()).chain(0..from).find_map(|index| {
            self.fields.get(index).filter(|field| field.key == key).map(|field| (index, field))
        })
    }
}

#[cfg(test)]
mod tests {
    use apollo_compiler::Schema;
    use apollo_compiler::response::JsonMap;
    use serde_json::{Value as Json, json};

    use super::super::cost::Scale;
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
        (requested, cost(&document, operation, &Value::from_json(data).unwrap()))
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
}
