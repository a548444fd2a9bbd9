//! What stays charged where errors nulled more of an answer than their own fields (6.4.4). Whatever lay beside such a field ran all
//! the same, and the answer holds nothing of it: it costs what it was reckoned at. The fields that failed did not answer, so what
//! lies below them is not charged.

use apollo_compiler::executable::{Field, Operation};
use async_graphql::{PathSegment, ServerError, Value};

use super::cost::{Scale, is_paged, own_cost};

/// The part of a response path.
type Path<'path> = &'path [PathSegment];

/// What these errors leave charged beside what is counted in the answer, of an operation that was reckoned at a cost.
pub fn cost<'doc>(
    scale: &mut Scale<'doc>,
    (operation, reckoned): (&'doc Operation, u64),
    data: &Value,
    errors: &[ServerError],
) -> u64 {
    let (mut places, mut lost): (Vec<Path<'_>>, u64) = (Vec::new(), 0);
    for error in errors {
        let Some(place) = nulled(data, &error.path) else { continue };
        if !places.contains(&place) {
            places.push(place);
            let below = if place.is_empty() { reckoned } else { weigh(scale, operation, place).cost };
            lost = lost.saturating_add(below);
        }
        // What lies in a list is reckoned for a length that the list need not have.
        let is_once = |segment: &PathSegment| matches!(segment, PathSegment::Field(_));
        if error.path.iter().skip(place.len()).all(is_once) {
            let failed = weigh(scale, operation, &error.path);
            if failed.selections == 1 {
                lost = lost.saturating_sub(failed.cost);
            }
        }
    }
    lost
}

/// The place above the end of an error's path where the answer is null; none where only the field itself is, if it is.
fn nulled<'path>(data: &Value, path: Path<'path>) -> Option<Path<'path>> {
    let mut value = data;
    for (depth, segment) in path.iter().enumerate() {
        let next = match (value, segment) {
            (Value::Object(fields), PathSegment::Field(key)) => fields.get(key.as_str()),
            (Value::List(items), PathSegment::Index(index)) => items.get(*index),
            _ => None,
        };
        match next {
            Some(below) => value = below,
            None => return path.get(..depth),
        }
    }
    None
}

/// What was reckoned for a place of an answer, without what its field costs whatever its value is: that is counted in the answer.
struct Place {
    cost: u64,
    /// How many selections ask for it.
    selections: usize,
}

fn weigh<'doc>(scale: &mut Scale<'doc>, operation: &'doc Operation, path: Path<'_>) -> Place {
    let mut sets = vec![&operation.selection_set];
    let mut fields: Vec<(&'doc Field, &'doc str)> = Vec::new();
    let (mut page, mut is_item) = (1, false);
    for segment in path {
        let PathSegment::Field(key) = segment else {
            is_item = true;
            continue;
        };
        is_item = false;
        let pages = fields.iter().copied().filter(|(field, _)| is_paged(field));
        page = pages.map(|(field, _)| scale.multiplier(field)).max().unwrap_or(1);
        fields = Vec::new();
        for set in sets {
            scale.fields_of(set, &mut fields);
        }
        fields.retain(|(field, _)| field.response_key().as_str() == key);
        sets = fields.iter().map(|(field, _)| &field.selection_set).collect();
    }
    let mut cost: u64 = 0;
    for &(field, parent) in &fields {
        let share = scale.field(field, parent);
        // One item of a list without pages; the rows of a page are counted on its fields.
        let length = if is_item && !is_paged(field) { scale.multiplier(field).max(1) } else { 1 };
        let rows = if is_item { 1 } else { page };
        let whole = (share.once.cost / length).saturating_add(share.each.cost.saturating_mul(rows));
        cost = cost.saturating_add(whole.saturating_sub(own_cost(parent, field)));
    }
    Place { cost, selections: fields.len() }
}

#[cfg(test)]
mod tests {
    use apollo_compiler::response::JsonMap;
    use apollo_compiler::{ExecutableDocument, Schema};
    use serde_json::{Value as Json, json};

    use super::*;

    const SDL: &str = "
        type Query { order(id: ID): Order orders(first: Int): OrderConnection! nodes(ids: [ID!]!): [Order]! supplier: Supplier }
        type Mutation { place: Order! cancel: Order! }
        type OrderConnection { nodes: [Order!] }
        type Order { id: ID! lines: [Line!]! buyer: Party! seller: Party! }
        type Line { product: Party! }
        type Party { name: String! }
        type Supplier { asOf: Party! name: String! }";

    /// What an operation is reckoned at, and what errors at these paths leave charged of it.
    fn costs(text: &str, data: Json, paths: &Json) -> (u64, u64) {
        let schema = Schema::parse_and_validate(SDL, "schema.graphql").unwrap();
        let document = ExecutableDocument::parse_and_validate(&schema, text, "test.graphql").unwrap();
        let operation = document.operations.get(None).unwrap();
        let variables: JsonMap = serde_json::from_str(r#"{"n":10,"ids":["a","b","c","d"]}"#).unwrap();
        let mut scale = Scale::new(&document, &variables);
        let reckoned = scale.operation(operation).cost;
        let failed = |path: &Json| {
            let path = serde_json::from_value(path.clone()).unwrap();
            ServerError { path, ..ServerError::new("failed", None) }
        };
        let errors: Vec<_> = paths.as_array().unwrap().iter().map(failed).collect();
        let data = Value::from_json(data).unwrap();
        (reckoned, cost(&mut scale, (operation, reckoned), &data, &errors))
    }

    #[test]
    fn what_ran_beside_a_failed_field_stays_charged() {
        let party = json!({ "name": "Acme" });
        for (text, data, paths, both) in [
            // At the field that failed: nothing but what is counted anyway.
            ("{ order { id } }", json!({ "order": null }), json!([["order"]]), (1, 0)),
            ("{ orders(first: 10) { nodes { id } } }", json!(null), json!([["orders"]]), (11, 0)),
            // The whole answer, less what did not answer.
            (
                "{ order { id } s: supplier { asOf { name } } orders(first: 10) { nodes { id } } }",
                json!(null),
                json!([["orders"]]),
                (1 + 802 + 11, 1 + 802),
            ),
            (
                "{ a: orders { nodes { id } } b: orders { nodes { id } } }",
                json!(null),
                json!([["a"], ["b"]]),
                (42, 0),
            ),
            // Asked for twice, it may have answered once.
            (
                "{ orders { nodes { id } } orders { nodes { id } } }",
                json!(null),
                json!([["orders"]]),
                (42, 42),
            ),
            // A field that was nulled above the one that failed.
            (
                "{ order { buyer { name } seller { name } } }",
                json!({ "order": null }),
                json!([["order", "buyer"]]),
                (3, 2),
            ),
            (
                "{ order { buyer { name } lines { product { name } } } }",
                json!({ "order": null }),
                json!([["order", "lines", 3, "product"], ["order", "lines", 4, "product"]]),
                (12, 12),
            ),
            (
                "{ supplier { asOf { name } name } }",
                json!({ "supplier": null }),
                json!([["supplier", "name"]]),
                (802, 802),
            ),
            // Items: one of a list, and one of a page.
            (
                "query($ids: [ID!]!) { nodes(ids: $ids) { buyer { name } seller { name } } }",
                json!({ "nodes": [{ "buyer": party, "seller": party }, null, null] }),
                json!([["nodes", 1, "buyer"], ["nodes", 2, "buyer", "name"]]),
                (12, 2 + 3),
            ),
            // The rows of a page, which are null together.
            (
                "query($n: Int) { orders(first: $n) { nodes { buyer { name } } } }",
                json!({ "orders": { "nodes": null } }),
                json!([["orders", "nodes", 7, "buyer"]]),
                (21, 20),
            ),
            ("mutation { place { id } cancel { id } }", json!(null), json!([["cancel"]]), (22, 21)),
        ] {
            assert_eq!(costs(text, data, &paths), both, "{text}");
        }
    }
}
