//! The category tree.

use std::collections::HashMap;

use entity::category;
use sea_orm::{ConnectionTrait, FromQueryResult};

use super::query::{Order, Sql};
use super::{changes, execute, insert_all, parse, rows_of};
use crate::domain::category::Category;
use crate::domain::change::EVERYTHING;
use crate::domain::cursor::Key;
use crate::domain::error::Refusal;
use crate::domain::ids::CategoryId;
use crate::domain::page::{Page, Slice};
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
    insert_all::<category::Entity>(tx, rows).await?;
    let ids: Vec<CategoryId> = categories.iter().map(|category| category.id).collect();
    changes::record_categories(tx, &ids, EVERYTHING, created_at).await
}

/// Gives a category another name. Refresh the listings of its products afterwards.
pub async fn rename(tx: &Tx, id: CategoryId, name: &str, now: Timestamp) -> Result<()> {
    execute(tx, "UPDATE category SET name = ? WHERE id = ?", [name.to_owned(), id.to_string()]).await?;
    changes::record_categories(tx, &[id], "name", now).await
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

/// A page of the categories at the top, by name. The inner refusal is a bad cursor's.
pub async fn top(reader: &impl Reader, page: &Page) -> Result<std::result::Result<Slice<Category>, Refusal>> {
    let keys = vec![(Sql::new("c.name"), Key::Text(String::new()))];
    let order = Order { list: "categories".to_owned(), keys, descending: false };
    let bounds = match order.bounds(page) {
        Ok(bounds) => bounds,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let top =
        "SELECT * FROM (SELECT c.name AS k0, c.* FROM category c WHERE c.parent_id IS NULL) f WHERE 1 = 1";
    let mut sql = Sql::new(top);
    sql.append(order.between(&bounds, "k0, id")).append(order.limit(page));
    let rows = reader.connection().query_all_raw(sql.statement(reader)).await?;
    let rows = rows
        .iter()
        .map(|row| Ok((order.cursor(row)?, category_from(category::Model::from_query_result(row, "")?)?)))
        .collect::<Result<Vec<_>>>()?;
    Ok(Ok(Slice::from_peeked(rows, page)))
}

/// How many categories lie at the top.
pub async fn count_top(reader: &impl Reader) -> Result<i64> {
    let sql = Sql::new("SELECT count(*) AS times FROM category WHERE parent_id IS NULL");
    let row = reader.connection().query_one_raw(sql.statement(reader)).await?;
    row.map_or(Ok(0), |row| Ok(row.try_get("", "times")?))
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
