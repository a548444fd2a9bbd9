//! What is offered now, for placing orders: product and supplier from their listings, in one statement.

use sea_orm::ConnectionTrait;

use crate::domain::ids::ProductId;
use crate::domain::product::{Product, ProductCard};
use crate::domain::supplier::SupplierCard;
use crate::store::{Error, Reader, Result};

/// The listed products with these ids, each with its supplier; one that is not listed is left out.
pub async fn load(reader: &impl Reader, ids: &[ProductId]) -> Result<Vec<(Product, SupplierCard)>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let marks = vec!["?"; ids.len()].join(", ");
    let text = format!(
        "SELECT p.card AS product, s.card AS supplier FROM product_listing p \
         JOIN supplier_listing s ON s.supplier_id = p.supplier_id WHERE p.product_id IN ({marks})"
    );
    let statement = reader.sql(&text, ids.iter().map(ToString::to_string));
    let rows = reader.connection().query_all_raw(statement).await?;
    rows.iter()
        .map(|row| {
            let corrupt = |error: serde_json::Error| Error::Corrupt(format!("listing card: {error}"));
            let product: ProductCard =
                serde_json::from_str(&row.try_get::<String>("", "product")?).map_err(corrupt)?;
            let supplier = serde_json::from_str(&row.try_get::<String>("", "supplier")?).map_err(corrupt)?;
            Ok((product.product, supplier))
        })
        .collect()
}
