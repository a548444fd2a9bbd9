//! What fields and objects weigh: the one place from which `@cost` and `@listSize` are printed in the schema and by which
//! the front door counts a request before it runs (`src/http/door/cost.rs`).
//!
//! An object weighs [`OBJECT`], a value of a leaf nothing. What lies in a page is counted as often as the page is long, what
//! lies in a list without pages as often as [`ASSUMED_LENGTH`] says. A field can weigh something of its own beside that.

/// What an object weighs.
pub const OBJECT: u64 = 1;
/// How long a list without pages is assumed to be, in items.
pub const ASSUMED_LENGTH: u64 = 5;
/// What a field of a mutation weighs beside its answer.
pub const MUTATION: u64 = 10;
/// What each statement weighs of a field that no loader gathers for many objects: pages of such are refused.
pub const STATEMENT: u64 = 100;
/// What `__schema` weighs beside its objects: the whole schema is told in tens of thousands of values, which no price of an object
/// foresees. GraphiQL and generators of code ask for it once.
pub const SCHEMA: u64 = 500;
/// What `__type` weighs beside its objects: the largest of the types are a tenth of the schema or less.
pub const TYPE: u64 = 20;

/// The arguments that say how long a list is at most, in the order in which they count: a number, or the length of a list.
pub const SLICING: [&str; 3] = ["first", "last", "ids"];

/// How many statements a field of one object runs for itself.
fn statements(parent: &str, field: &str) -> u64 {
    match (parent, field) {
        ("Supplier", "asOf") => 8,
        ("Supplier" | "Product", "badgeEligibility") => 12,
        // No statement, but as much work: a document is read and validated.
        ("Query", "costEstimate") => 1,
        _ => 0,
    }
}

/// What a field weighs beside the objects that it answers, and beside being a field of a mutation.
pub fn own(parent: &str, field: &str) -> u64 {
    match (parent, field) {
        ("Query", "__schema") => SCHEMA,
        ("Query", "__type") => TYPE,
        _ => statements(parent, field).saturating_mul(STATEMENT),
    }
}

/// What a field weighs beside the objects that it answers.
pub fn field(parent: &str, field: &str) -> u64 {
    let own = own(parent, field);
    if parent == "Mutation" { own.saturating_add(MUTATION) } else { own }
}

/// What an object of the type weighs: an edge only carries its node.
pub fn object(name: &str) -> u64 {
    if is_edge(name) { 0 } else { OBJECT }
}

/// Whether the type is a page of a list.
pub fn is_page(name: &str) -> bool {
    name.ends_with("Connection")
}

/// Whether the field holds the rows of a page: they are as many as the page is long.
pub fn in_page(parent: &str, field: &str) -> bool {
    is_page(parent) && matches!(field, "edges" | "nodes")
}

/// Whether the type is one of a page's edges.
fn is_edge(name: &str) -> bool {
    name.ends_with("Edge")
}
