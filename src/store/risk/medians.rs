//! The middle prices of categories: counted in the database, for products of one unit and currency.

use std::collections::HashMap;

use sea_orm::{ConnectionTrait, Value};

use crate::domain::ids::{CategoryId, ProductId};
use crate::domain::money::UnitPrice;
use crate::domain::product::Product;
use crate::domain::risk::Median;
use crate::domain::time::Timestamp;
use crate::store::catalogue::{execute, is_one_of, list_of};
use crate::store::{Error, Reader, Result, Tx, parse};

/// When the prices of a category were last counted.
pub async fn counted_at(reader: &impl Reader, category: CategoryId) -> Result<Option<Timestamp>> {
    let text = "SELECT max(counted_at) AS counted_at FROM category_price WHERE category_id = ?";
    let row = reader.connection().query_one_raw(reader.sql(text, [category.to_string()])).await?;
    let at: Option<i64> = row.map(|row| row.try_get("", "counted_at")).transpose()?.flatten();
    Ok(at.map(Timestamp::from_micros))
}

/// Counts the middle prices of a category anew and answers the products to look at: where a median moved, those below the
/// share of it that the rule names, and those that carry its signal. All others cannot change.
pub async fn recount(
    tx: &Tx,
    category: CategoryId,
    threshold: i64,
    now: Timestamp,
) -> Result<Vec<ProductId>> {
    let id = category.to_string();
    execute(tx, "DROP TABLE IF EXISTS price_count", NOTHING).await?;
    // The lower of the two in the middle, where their number is even.
    let text = "CREATE TEMPORARY TABLE price_count AS SELECT currency, unit, order_unit_price AS median, products FROM ( \
                SELECT l.currency, p.unit, l.order_unit_price, \
                row_number() OVER (PARTITION BY l.currency, p.unit ORDER BY l.order_unit_price, p.id) AS place, \
                count(*) OVER (PARTITION BY l.currency, p.unit) AS products \
                FROM product p JOIN product_listing l ON l.product_id = p.id \
                WHERE p.category_id = '$CATEGORY' AND l.order_unit_price < 9223372036854775807) ranked \
                WHERE place = (products + 1) / 2";
    // An id of ours holds letters and digits only; a table cannot be made with a placeholder in PostgreSQL.
    execute(tx, &text.replace("$CATEGORY", &id), NOTHING).await?;
    let below = "SELECT l.product_id AS id FROM price_count c \
                 LEFT JOIN category_price k ON k.category_id = ? AND k.currency = c.currency AND k.unit = c.unit \
                 JOIN product p ON p.category_id = ? AND p.unit = c.unit \
                 JOIN product_listing l ON l.product_id = p.id AND l.currency = c.currency \
                 WHERE (k.median IS NULL OR k.median <> c.median OR k.products <> c.products) \
                 AND (l.order_unit_price <= c.median / 100 * ? + 100 OR EXISTS (SELECT 1 FROM risk_signal s \
                 WHERE s.product_id = p.id AND s.code = 'PRICE_FAR_BELOW_MEDIAN' AND s.ended_at IS NULL))";
    // Divided first, so that nothing overflows, and rounded up: one that is looked at in vain is found fine.
    let values: [Value; 3] = [id.clone().into(), id.clone().into(), (threshold + 1).into()];
    let rows = tx.connection().query_all_raw(tx.sql(below, values)).await?;
    let found = rows
        .iter()
        .map(|row| parse("product.id", &row.try_get::<String>("", "id")?))
        .collect::<Result<Vec<ProductId>>>()?;
    execute(tx, "DELETE FROM category_price WHERE category_id = ?", [id.clone()]).await?;
    let text = "INSERT INTO category_price (category_id, currency, unit, median, products, counted_at) \
                SELECT CAST(? AS TEXT), currency, unit, median, products, CAST(? AS BIGINT) FROM price_count";
    let values: [Value; 2] = [id.into(), now.micros().into()];
    execute(tx, text, values).await?;
    execute(tx, "DROP TABLE price_count", NOTHING).await?;
    Ok(found)
}

/// A statement without values.
const NOTHING: [Value; 0] = [];

/// The medians that products are compared with; those without one are left out.
pub(super) async fn of(reader: &impl Reader, products: &[Product]) -> Result<HashMap<ProductId, Median>> {
    let mut categories: Vec<CategoryId> = products.iter().filter_map(|product| product.category).collect();
    categories.sort_unstable();
    categories.dedup();
    if categories.is_empty() {
        return Ok(HashMap::new());
    }
    let condition = is_one_of(reader.backend(), "category_id");
    let text =
        format!("SELECT category_id, currency, unit, median, products FROM category_price WHERE {condition}");
    let rows = reader.connection().query_all_raw(reader.sql(&text, [list_of(&categories)])).await?;
    let mut known: HashMap<(String, String, String), Median> = HashMap::new();
    for row in &rows {
        let price = UnitPrice::from_millionths(row.try_get("", "median")?)
            .map_err(|_| Error::Corrupt("category_price.median is negative".to_owned()))?;
        let key = (row.try_get("", "category_id")?, row.try_get("", "currency")?, row.try_get("", "unit")?);
        known.insert(key, Median { price, products: row.try_get("", "products")? });
    }
    Ok(products
        .iter()
        .filter_map(|product| {
            let category = product.category?.to_string();
            let key = (category, product.ladder.currency().to_string(), product.unit.clone());
            Some((product.id, *known.get(&key)?))
        })
        .collect())
}
