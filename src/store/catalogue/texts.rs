//! What is said of products in further languages.

use std::collections::HashMap;

use entity::product_text;

use super::{corrupt, insert_all, parse, rows_of};
use crate::domain::ids::ProductId;
use crate::domain::language::Translation;
use crate::domain::product::Product;
use crate::store::{Reader, Result, Tx};

/// Writes the translations of new or emptied products.
pub(super) async fn insert(tx: &Tx, products: &[Product]) -> Result<()> {
    let mut rows = Vec::new();
    for product in products {
        for (position, text) in (0..).zip(&product.texts.translations) {
            rows.push(product_text::Model {
                product_id: product.id.to_string(),
                language: text.language.to_string(),
                position,
                title: text.title.clone(),
                description: text.description.clone(),
                attributes: serde_json::to_string(&text.attributes)
                    .map_err(|error| corrupt("product_text.attributes", error))?,
            });
        }
    }
    insert_all::<product_text::Entity>(tx, rows).await
}

/// The translations of products, each in its order.
pub(super) async fn load(
    reader: &impl Reader,
    ids: &[ProductId],
) -> Result<HashMap<String, Vec<Translation>>> {
    let mut found: HashMap<String, Vec<Translation>> = HashMap::new();
    for row in rows_of::<product_text::Entity>(reader, "product_id", ids, "product_id, position").await? {
        let text = Translation {
            language: parse("product_text.language", &row.language)?,
            title: row.title,
            description: row.description,
            attributes: serde_json::from_str(&row.attributes)
                .map_err(|error| corrupt("product_text.attributes", error))?,
        };
        found.entry(row.product_id).or_default().push(text);
    }
    Ok(found)
}
