//! What an operation can cost at most, from the document, the schema and the page sizes asked for.
//!
//! An object costs 1 and a value of a leaf nothing; what lies in a page is multiplied by the size of the page, what lies in a
//! list without pages by an assumed length; a field of a mutation costs 10 more, a field that is worked out by statements
//! of its own 100 for each of them, and asking for the schema what it says of itself. Beside the cost the values of the largest possible answer are counted.

use std::collections::HashMap;

use apollo_compiler::ast::Value;
use apollo_compiler::executable::{ExecutableDocument, Field, Operation, Selection, SelectionSet};
use apollo_compiler::response::{JsonMap, JsonValue};

use crate::domain::page::DEFAULT_PAGE_SIZE;
use crate::graphql::costs;

/// How long a list without pages is assumed to be.
const ASSUMED_LENGTH: u64 = costs::ASSUMED_LENGTH;
/// What a field of a mutation costs beside its answer.
pub(super) const MUTATION_COST: u64 = costs::MUTATION;

/// What a field costs beside its objects, whatever its value is.
pub(super) fn own_cost(parent: &str, field: &Field) -> u64 {
    costs::own(parent, field.name.as_str())
}

/// What each object costs that a field has. An edge is counted with its node.
pub(super) fn object_cost(field: &Field) -> u64 {
    u64::from(!field.selection_set.is_empty() && field.name != "edges")
}

/// Cost and number of values.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Weight {
    /// Objects that may have to be read.
    pub cost: u64,
    /// Values that may have to be written.
    pub values: u64,
}

impl Weight {
    fn plus(self, other: Self) -> Self {
        Self { cost: self.cost.saturating_add(other.cost), values: self.values.saturating_add(other.values) }
    }

    fn times(self, factor: u64) -> Self {
        Self { cost: self.cost.saturating_mul(factor), values: self.values.saturating_mul(factor) }
    }
}

/// The weight of a selection set: what is there once, and what is there for each item of a page.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Share {
    pub once: Weight,
    pub each: Weight,
}

/// Weighs the operations of one document under given variables.
pub struct Scale<'doc> {
    document: &'doc ExecutableDocument,
    variables: &'doc JsonMap,
    fragments: HashMap<&'doc str, Share>,
    /// Whether a variable decided anything.
    pub consulted_variables: bool,
}

impl<'doc> Scale<'doc> {
    /// Weighs with these coerced variables.
    pub fn new(document: &'doc ExecutableDocument, variables: &'doc JsonMap) -> Self {
        Self { document, variables, fragments: HashMap::new(), consulted_variables: false }
    }

    /// The weight of an operation.
    pub fn operation(&mut self, operation: &'doc Operation) -> Weight {
        let share = self.selection_set(&operation.selection_set);
        let mut weight = share.once.plus(share.each);
        if operation.is_mutation() {
            // Through fragments: thirty mutations in one are thirty.
            let mut fields = Vec::new();
            self.fields_of(&operation.selection_set, &mut fields);
            weight.cost = weight.cost.saturating_add((fields.len() as u64).saturating_mul(MUTATION_COST));
        }
        weight
    }

    /// The response path of the field that costs most: the largest field at the root, and below it as long as one field
    /// makes more than half of its parent.
    pub fn costliest(&mut self, operation: &'doc Operation) -> String {
        let mut path: Vec<&str> = Vec::new();
        let mut set = &operation.selection_set;
        let (mut above, mut items) = (0, 1);
        loop {
            let mut fields = Vec::new();
            self.fields_of(set, &mut fields);
            let heaviest = fields
                .into_iter()
                .filter(|(field, _)| path.is_empty() || !field.selection_set.is_empty())
                .map(|(field, parent)| {
                    let share = self.field(field, parent);
                    (share.once.plus(share.each.times(items)), field)
                })
                .max_by_key(|(weight, _)| (weight.cost, weight.values));
            let Some((weight, field)) = heaviest else { return path.join(".") };
            if !path.is_empty() && weight.cost <= above / 2 {
                return path.join(".");
            }
            path.push(field.response_key().as_str());
            let multiplier = self.multiplier(field);
            // Items of a page are counted on the page's own fields, items of a plain list on the list itself.
            (above, items) = if is_paged(field) {
                (weight.cost, multiplier)
            } else if items > 1 {
                (weight.cost / items, 1)
            } else {
                (weight.cost / multiplier.max(1), 1)
            };
            set = &field.selection_set;
        }
    }

    /// The fields of a selection set, also through fragments, and the type on which each of them is asked for.
    pub(super) fn fields_of(&self, set: &'doc SelectionSet, fields: &mut Vec<(&'doc Field, &'doc str)>) {
        for selection in &set.selections {
            match selection {
                Selection::Field(field) => fields.push((field, set.ty.as_str())),
                Selection::InlineFragment(inline) => self.fields_of(&inline.selection_set, fields),
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = self.document.fragments.get(&spread.fragment_name) {
                        self.fields_of(&fragment.selection_set, fields);
                    }
                }
            }
        }
    }

    fn selection_set(&mut self, set: &'doc SelectionSet) -> Share {
        let mut sum = Share::default();
        for selection in &set.selections {
            let share = match selection {
                Selection::Field(field) => self.field(field, set.ty.as_str()),
                Selection::InlineFragment(inline) => self.selection_set(&inline.selection_set),
                Selection::FragmentSpread(spread) => self.fragment(spread.fragment_name.as_str()),
            };
            sum = Share { once: sum.once.plus(share.once), each: sum.each.plus(share.each) };
        }
        sum
    }

    fn fragment(&mut self, name: &'doc str) -> Share {
        if let Some(&known) = self.fragments.get(name) {
            return known;
        }
        let share = match self.document.fragments.get(name) {
            Some(fragment) => self.selection_set(&fragment.selection_set),
            None => Share::default(),
        };
        self.fragments.insert(name, share);
        share
    }

    /// The weight of a field with what is below it.
    pub(super) fn field(&mut self, field: &'doc Field, parent: &str) -> Share {
        let name = field.name.as_str();
        let in_page = parent.ends_with("Connection") && matches!(name, "edges" | "nodes");
        let inner = self.selection_set(&field.selection_set);
        let cost = object_cost(field).saturating_add(own_cost(parent, field));
        let object = Weight { cost, values: 1 };
        let introspection = name.starts_with("__") || parent.starts_with("__");
        if in_page {
            return Share { once: Weight::default(), each: object.plus(inner.once).plus(inner.each) };
        }
        let multiplier = if introspection { 1 } else { self.multiplier(field) };
        let once = if is_paged(field) {
            object.plus(inner.once).plus(inner.each.times(multiplier))
        } else {
            object.plus(inner.once).plus(inner.each).times(multiplier)
        };
        Share { once, each: Weight::default() }
    }

    /// How many items the field may have.
    pub(super) fn multiplier(&mut self, field: &'doc Field) -> u64 {
        if is_paged(field) {
            return self
                .integer(field, "first")
                .or_else(|| self.integer(field, "last"))
                .unwrap_or_else(|| u64::from(DEFAULT_PAGE_SIZE));
        }
        if !field.definition.ty.is_list() {
            return 1;
        }
        self.length(field, "ids").unwrap_or(ASSUMED_LENGTH)
    }

    fn integer(&mut self, field: &'doc Field, argument: &str) -> Option<u64> {
        let given = match self.argument(field, argument)? {
            Given::Literal(value) => i64::from(value.to_i32()?),
            Given::Variable(value) => value.as_i64()?,
        };
        Some(u64::try_from(given).unwrap_or_default())
    }

    fn length(&mut self, field: &'doc Field, argument: &str) -> Option<u64> {
        let length = match self.argument(field, argument)? {
            Given::Literal(value) => value.as_list().map_or(1, <[_]>::len),
            Given::Variable(value) => value.as_array().map_or(1, Vec::len),
        };
        Some(length as u64)
    }

    /// What an argument is, after variables and the schema's default.
    fn argument(&mut self, field: &'doc Field, name: &str) -> Option<Given<'doc>> {
        let given = field.arguments.iter().find(|argument| argument.name == name);
        if let Some(argument) = given {
            let Some(variable) = argument.value.as_variable() else {
                return Some(Given::Literal(&argument.value));
            };
            self.consulted_variables = true;
            if let Some(value) = self.variables.get(variable.as_str()) {
                return Some(Given::Variable(value));
            }
        }
        let definition = field.definition.arguments.iter().find(|argument| argument.name == name)?;
        definition.default_value.as_deref().map(Given::Literal)
    }
}

enum Given<'doc> {
    Literal(&'doc Value),
    Variable(&'doc JsonValue),
}

/// Whether the field is a page, whose size an argument says.
pub(super) fn is_paged(field: &Field) -> bool {
    field.definition.ty.inner_named_type().as_str().ends_with("Connection")
        && field
            .definition
            .arguments
            .iter()
            .any(|argument| argument.name == "first" || argument.name == "last")
}

#[cfg(test)]
mod tests {
    use apollo_compiler::Schema;

    use super::*;

    const SDL: &str = "
        type Query { products(first: Int, last: Int): ProductConnection! nodes(ids: [ID!]!): [Product]! product: Product supplier: Supplier version: String }
        type Mutation { rename: Product }
        type ProductConnection { edges: [ProductEdge!]! nodes: [Product!]! totalCount: Int pageInfo: PageInfo! }
        type PageInfo { hasNextPage: Boolean! }
        type ProductEdge { node: Product! cursor: String! }
        type Product { id: ID! badges: [Badge!]! reviews(first: Int = 3): ReviewConnection! }
        type Badge { kind: String }
        type Supplier { asOf: Badge badgeEligibility: Badge }
        type ReviewConnection { nodes: [Review!]! }
        type Review { text: String product: Product }";

    fn weigh(text: &str, variables: &str) -> (u64, u64, String) {
        let schema = Schema::parse_and_validate(SDL, "schema.graphql").unwrap();
        let document = ExecutableDocument::parse_and_validate(&schema, text, "test.graphql").unwrap();
        let variables: JsonMap = serde_json::from_str(variables).unwrap();
        let operation = document.operations.get(None).unwrap();
        let mut scale = Scale::new(&document, &variables);
        let weight = scale.operation(operation);
        (weight.cost, weight.values, scale.costliest(operation))
    }

    #[test]
    fn pages_multiply() {
        for (text, variables, cost, costliest) in [
            ("{ version }", "{}", 0, "version"),
            ("{ product { id } }", "{}", 1, "product"),
            (
                "{ products(first: 10) { nodes { id } totalCount pageInfo { hasNextPage } } }",
                "{}",
                12,
                "products.nodes",
            ),
            ("{ products(first: 10) { edges { cursor node { id } } } }", "{}", 11, "products.edges.node"),
            ("query($n: Int) { products(first: $n) { nodes { id } } }", r#"{"n":50}"#, 51, "products.nodes"),
            ("query($n: Int) { products(first: $n) { nodes { id } } }", "{}", 21, "products.nodes"),
            (
                "{ products(last: 10) { ...P } } fragment P on ProductConnection { nodes { badges { kind } } }",
                "{}",
                61,
                "products.nodes.badges",
            ),
            (
                "{ products(first: 10) { nodes { reviews { nodes { text } } } } }",
                "{}",
                51,
                "products.nodes.reviews.nodes",
            ),
            ("{ supplier { asOf { kind } } }", "{}", 802, "supplier.asOf"),
            ("{ __schema { types { name } } version }", "{}", 502, "__schema"),
            ("{ __type(name: \"Badge\") { fields { name } } }", "{}", 22, "__type"),
            ("{ nodes(ids: [1, 2, 3]) { id } }", "{}", 3, "nodes"),
            ("mutation { rename { id } }", "{}", 11, "rename"),
            (
                "mutation { ...M } fragment M on Mutation { a: rename { id } ... { b: rename { id } } }",
                "{}",
                22,
                "b",
            ),
        ] {
            let weighed = weigh(text, variables);
            assert_eq!(weighed.0, cost, "{text}");
            assert!(
                weighed.2.starts_with(costliest) || costliest.starts_with(&weighed.2),
                "{text}: {}",
                weighed.2
            );
        }
    }

    #[test]
    fn sums_saturate() {
        let all = r#"{"n":2147483647}"#;
        let (cost, values, costliest) = weigh(
            "query($n: Int) { products(first: $n) { nodes { reviews(first: $n) { nodes { product { reviews(first: $n) { nodes { text } } } } } } } }",
            all,
        );
        assert!(cost > 1 << 60 && values > 1 << 60);
        assert!(costliest.starts_with("products.nodes.reviews"));
    }
}
