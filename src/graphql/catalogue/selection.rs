//! What of a page is asked for, read from the selection, so that one statement brings it all.

use async_graphql::{Context, Lookahead, Value};

use crate::domain::page::{Page, PageArguments};
use crate::service::catalogue::SupplierSelection;

/// Whether a product's supplier is selected anywhere below these fields.
pub(super) fn selects_supplier(ctx: &Context<'_>) -> bool {
    let look = ctx.look_ahead();
    look.field("nodes").field("supplier").exists()
        || look.field("edges").field("node").field("supplier").exists()
}

/// The first products of a supplier and their newest reviews, where each is asked for once and from its start.
pub(super) fn of_supplier(ctx: &Context<'_>) -> SupplierSelection {
    let products = ctx.look_ahead().field("products");
    let Some(page) = only_page(&[&products]) else { return SupplierSelection::default() };
    let in_nodes = products.field("nodes").field("reviews");
    let in_edges = products.field("edges").field("node").field("reviews");
    SupplierSelection { products: Some(page), product_reviews: only_page(&[&in_nodes, &in_edges]) }
}

/// The page that the one selected field among these asks for; none if there are several or it names a cursor.
fn only_page(places: &[&Lookahead<'_>]) -> Option<Page> {
    let fields: Vec<_> = places.iter().flat_map(|place| place.selection_fields()).collect();
    let [field] = fields.as_slice() else { return None };
    let mut arguments = PageArguments::default();
    for (name, value) in field.arguments().ok()? {
        match (name.as_str(), value) {
            (_, Value::Null) => {}
            ("first", Value::Number(number)) => {
                arguments.first = Some(i32::try_from(number.as_i64()?).ok()?);
            }
            _ => return None,
        }
    }
    arguments.check().ok()
}
