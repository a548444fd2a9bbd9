//! How long answers about the public catalogue may be kept by anybody's cache: a table of root fields and of what changes
//! faster below them. What the table does not name is kept by nobody.

use std::collections::HashSet;

use apollo_compiler::ast::OperationType;
use apollo_compiler::executable::{ExecutableDocument, Operation, Selection, SelectionSet};

/// Root fields of `Query` that read nothing but what everybody may see, and for how many seconds their answers are fresh
/// enough. A price that moved meanwhile harms nobody: an order is placed at the price of its instant, and says so.
const ROOTS: [(&str, u32); 11] = [
    ("__schema", 300),
    ("__type", 300),
    ("__typename", 300),
    ("categories", 300),
    ("category", 300),
    ("exchangeRates", 300),
    ("product", 60),
    ("products", 30),
    ("serverVersion", 60),
    ("supplier", 60),
    ("suppliers", 30),
];

/// Fields that are fresh for a shorter time than what they are a part of: each deal, review and message moves them.
const FASTER: [(&str, &str, u32); 8] = [
    ("Product", "nextBreak", 30),
    ("Product", "priceLadder", 30),
    ("Product", "reviews", 30),
    ("Product", "riskSignals", 30),
    ("Product", "unitPrice", 30),
    ("Supplier", "metrics", 30),
    ("Supplier", "reviews", 30),
    ("Supplier", "riskSignals", 30),
];

/// Fields below public ones that are not for everybody: an answer that names one is kept by nobody, whatever it holds.
const PRIVATE: [(&str, &str); 3] = [
    ("Product", "badgeEligibility"),
    ("Supplier", "badgeEligibility"),
    ("Supplier", "verificationDocuments"),
];

/// For how many seconds the answer to an operation of a caller without a token may be kept by anybody; none where it may not.
pub fn public_age(document: &ExecutableDocument, operation: &Operation) -> Option<u32> {
    if operation.operation_type != OperationType::Query {
        return None;
    }
    let mut look = Look { document, seen: HashSet::new(), age: u32::MAX };
    look.set(&operation.selection_set, true).then_some(look.age)
}

struct Look<'doc> {
    document: &'doc ExecutableDocument,
    seen: HashSet<&'doc str>,
    age: u32,
}

impl<'doc> Look<'doc> {
    /// Takes the shortest time of a set; false where it may not be kept. What a directive leaves out counts as well.
    fn set(&mut self, set: &'doc SelectionSet, is_root: bool) -> bool {
        set.selections.iter().all(|selection| match selection {
            Selection::Field(field) => {
                let (of, name) = (set.ty.as_str(), field.name.as_str());
                let age = if is_root {
                    ROOTS.iter().find(|(known, _)| *known == name).map(|(_, age)| *age)
                } else if PRIVATE.contains(&(of, name)) {
                    None
                } else {
                    let faster = FASTER.iter().find(|(known, field, _)| (*known, *field) == (of, name));
                    Some(faster.map_or(u32::MAX, |(.., age)| *age))
                };
                let Some(age) = age else { return false };
                self.age = self.age.min(age);
                self.set(&field.selection_set, false)
            }
            Selection::InlineFragment(inline) => self.set(&inline.selection_set, is_root),
            // A fragment on the root type is only ever spread at the root, so it is looked at in the same way each time.
            Selection::FragmentSpread(spread) => match self.document.fragments.get(&spread.fragment_name) {
                Some(fragment) if self.seen.insert(fragment.name.as_str()) => {
                    self.set(&fragment.selection_set, is_root)
                }
                Some(_) => true,
                None => false,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use apollo_compiler::Schema;

    use super::*;

    const SDL: &str = "type Query { product: Product products: [Product] node: Node viewer: Int } interface Node { id: ID } \
        type Product implements Node { id: ID title: String unitPrice: Int badgeEligibility: Int supplier: Supplier } \
        type Supplier { name: String metrics: Int } type Mutation { product: Product }";

    #[test]
    fn the_fastest_and_the_most_private_part_decides() {
        let schema = Schema::parse_and_validate(SDL, "schema").unwrap();
        for (text, wanted) in [
            ("{ product { id title } }", Some(60)),
            ("{ product { id } products { id } }", Some(30)),
            ("{ product { unitPrice } }", Some(30)),
            ("{ product { supplier { metrics } } }", Some(30)),
            ("{ __schema { queryType { name } } product { id } }", Some(60)),
            (
                "{ ...A } fragment A on Query { product { ...B } } fragment B on Product { unitPrice }",
                Some(30),
            ),
            ("{ product { id badgeEligibility } }", None),
            ("{ product { ... on Product { badgeEligibility } } }", None),
            ("{ product { id } viewer }", None),
            ("{ product: viewer }", None),
            ("{ node { id } }", None),
            ("{ ...A } fragment A on Query { viewer }", None),
            ("query ($b: Boolean!) { product { id } viewer @include(if: $b) }", None),
            ("mutation { product { id } }", None),
        ] {
            let document = ExecutableDocument::parse_and_validate(&schema, text, "document").unwrap();
            let operation = document.operations.get(None).unwrap();
            assert_eq!(public_age(&document, operation), wanted, "{text}");
        }
    }

    #[test]
    fn the_tables_name_what_the_schema_has() {
        let sdl = crate::graphql::sdl::sdl();
        let schema = Schema::parse(sdl, "schema").unwrap();
        let has = |of: &str, name: &str| schema.type_field(of, name).is_ok();
        let roots =
            ROOTS.iter().map(|(name, _)| ("Query", *name)).filter(|(_, name)| !name.starts_with("__"));
        let faster = FASTER.iter().map(|(of, name, _)| (*of, *name));
        for (of, name) in roots.chain(faster).chain(PRIVATE) {
            assert!(has(of, name), "{of}.{name}");
        }
    }
}
