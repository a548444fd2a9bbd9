//! The category tree.

use std::collections::HashMap;

use entity::category;

use super::{insert_all, parse, rows_of};
use crate::domain::category::Category;
use crate::domain::ids::CategoryId;
use crate::domain::time::Timestamp;
use crate::store::{Reader, Result, Tx};

/// Writes new categories, parents before their children.
pub async fn insert_categories(tx: &Tx, categories: &[Category], created_at: Timestamp) -> Result<()> {
    let rows = categories.iter().map(|category| category::Model {
        id: category.id.to_string(),
        parent_id: category.parent.map(|parent| parent.to_string()),
        name: category.name.clone(),
        path: category.path.clone(),
        depth: category.depth,
        external_reference: category.external_reference.clone(),
        created_at: created_at.micros(),
    });
    insert_all::<category::Entity>(tx, rows).await
}

/// The categories with these ids; ids of none are left out.
pub async fn load(reader: &impl Reader, ids: &[CategoryId]) -> Result<Vec<Category>> {
    rows_of::<category::Entity>(reader, "id", ids, "id").await?.into_iter().map(category_from).collect()
}

/// The categories with these external references.
pub async fn by_references(reader: &impl Reader, references: &[&str]) -> Result<HashMap<String, Category>> {
    let rows = rows_of::<category::Entity>(reader, "external_reference", references, "id").await?;
    let mut found = HashMap::new();
    for row in rows {
        let category = category_from(row)?;
        if let Some(reference) = category.external_reference.clone() {
            found.insert(reference, category);
        }
    }
    Ok(found)
}

pub(super) fn category_from(row: category::Model) -> Result<Category> {
    Ok(Category {
        id: parse("category.id", &row.id)?,
        parent: row.parent_id.map(|id| parse("category.parent_id", &id)).transpose()?,
        name: row.name,
        path: row.path,
        depth: row.depth,
        external_reference: row.external_reference,
    })
}
