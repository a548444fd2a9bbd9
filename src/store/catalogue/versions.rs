//! Products as they were: former versions for their supplier, former prices for everybody.

use std::collections::HashMap;

use entity::{product_price_history, product_version};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, EntityTrait, FromQueryResult, IntoActiveModel, Value};

use super::query::Sql;
use super::{corrupt, evidence, insert_all, is_one_of, list_of, parse, products};
use crate::domain::actor::Role;
use crate::domain::cursor::{self, Key};
use crate::domain::error::Refusal;
use crate::domain::ids::{AppId, CompanyId, ProductId};
use crate::domain::ladder::Ladder;
use crate::domain::page::{Direction, Page, Slice};
use crate::domain::product::Product;
use crate::domain::sheet::{Document, Sheet, VersionAction};
use crate::domain::time::Timestamp;
use crate::store::{Reader, Result, Tx, known};

/// Who wrote a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// The app.
    pub app: Option<AppId>,
    /// The company that it acted for; none for the platform's staff.
    pub company: Option<CompanyId>,
    /// The role that it acted in; none where a word is on record that this release does not know.
    pub role: Option<Role>,
}

/// A version of a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// The product.
    pub product: ProductId,
    /// Counts from 1.
    pub number: i64,
    /// What was done.
    pub action: VersionAction,
    /// The fields that differ from the version before.
    pub changed_fields: Vec<String>,
    /// Who did it; none where an import did.
    pub author: Option<Author>,
    /// The product as it was, as canonical JSON.
    pub document: String,
    /// When.
    pub changed_at: Timestamp,
}

/// A ladder that was shown in public.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatedLadder {
    /// Counts from 1.
    pub number: i64,
    /// The ladder.
    pub ladder: Ladder,
    /// Since when.
    pub valid_from: Timestamp,
    /// Until when; none while it is the last one.
    pub valid_until: Option<Timestamp>,
}

/// The products with these ids as their suppliers write them, drafts too.
pub async fn sheets(reader: &impl Reader, ids: &[ProductId]) -> Result<Vec<Sheet>> {
    let mut covers = evidence::covers(reader, ids).await?;
    let found = products::load(reader, ids).await?;
    Ok(found
        .into_iter()
        .map(|product| Sheet { certificates: covers.remove(&product.id).unwrap_or_default(), product })
        .collect())
}

/// A product as one of its former versions; none where that one is not kept.
pub async fn sheet_at(reader: &impl Reader, product: ProductId, number: i64) -> Result<Option<Sheet>> {
    let text = "SELECT document FROM product_version WHERE product_id = ? AND version = ?";
    let values: [Value; 2] = [product.to_string().into(), number.into()];
    let row = reader.connection().query_one_raw(reader.sql(text, values)).await?;
    let Some(row) = row else { return Ok(None) };
    let document: Document = serde_json::from_str(&row.try_get::<String>("", "document")?)
        .map_err(|error| corrupt("product_version.document", error))?;
    Ok(Some(document.into()))
}

fn row(version: &Version) -> Result<product_version::Model> {
    let author = version.author.as_ref();
    Ok(product_version::Model {
        product_id: version.product.to_string(),
        version: version.number,
        action: version.action.to_string(),
        changed_fields: serde_json::to_string(&version.changed_fields)
            .map_err(|error| corrupt("product_version.changed_fields", error))?,
        app_id: author.and_then(|author| author.app).map(|id| id.to_string()),
        company_id: author.and_then(|author| author.company).map(|id| id.to_string()),
        role: author.and_then(|author| author.role).map(|role| role.to_string()),
        document: version.document.clone(),
        changed_at: version.changed_at.micros(),
    })
}

/// The text that a version is kept as.
pub fn document(sheet: &Sheet) -> Result<String> {
    serde_json_canonicalizer::to_string(&Document::from(sheet))
        .map_err(|error| corrupt("product_version.document", error))
}

/// Keeps versions that were just written.
pub async fn insert(tx: &Tx, versions: &[Version]) -> Result<()> {
    let rows = versions.iter().map(row).collect::<Result<Vec<_>>>()?;
    insert_all::<product_version::Entity>(tx, rows).await
}

/// Keeps products as they are before they are written over, where that version is not kept yet: imports and demo data
/// write none.
pub async fn keep(tx: &Tx, sheets: &[Sheet]) -> Result<()> {
    let mut rows = Vec::with_capacity(sheets.len());
    for sheet in sheets {
        let version = Version {
            product: sheet.product.id,
            number: sheet.product.version,
            action: VersionAction::Imported,
            changed_fields: Vec::new(),
            author: None,
            document: document(sheet)?,
            changed_at: sheet.product.updated_at,
        };
        rows.push(row(&version)?.into_active_model());
    }
    if rows.is_empty() {
        return Ok(());
    }
    let key = [product_version::Column::ProductId, product_version::Column::Version];
    product_version::Entity::insert_many(rows)
        .on_conflict(OnConflict::columns(key).do_nothing().to_owned())
        .exec_without_returning(tx.connection())
        .await?;
    Ok(())
}

/// Notes the ladders of listed products that are not the last ones noted.
pub(super) async fn note_prices(tx: &Tx, listed: &[&Product], now: Timestamp) -> Result<()> {
    if listed.is_empty() {
        return Ok(());
    }
    let condition = is_one_of(tx.backend(), "h.product_id");
    let text = format!(
        "SELECT h.product_id, h.number, h.valid_from, h.ladder FROM product_price_history h WHERE {condition} \
         AND NOT EXISTS (SELECT 1 FROM product_price_history l WHERE l.product_id = h.product_id AND l.number > h.number)"
    );
    let ids = list_of(listed.iter().map(|product| product.id));
    let rows = tx.connection().query_all_raw(tx.sql(&text, [ids])).await?;
    let mut last: HashMap<String, product_price_history::Model> = HashMap::new();
    for row in rows {
        let row = product_price_history::Model::from_query_result(&row, "")?;
        last.insert(row.product_id.clone(), row);
    }
    let mut rows = Vec::new();
    for product in listed.iter().filter(|product| !product.ladder.breaks().is_empty()) {
        let ladder = serde_json::to_string(&product.ladder)
            .map_err(|error| corrupt("product_price_history.ladder", error))?;
        let id = product.id.to_string();
        let number = match last.get(&id) {
            Some(known) if known.ladder == ladder => continue,
            Some(known) => known.number + 1,
            None => 1,
        };
        rows.push(product_price_history::Model { product_id: id, number, valid_from: now.micros(), ladder });
    }
    insert_all::<product_price_history::Entity>(tx, rows).await
}

/// The same page of the numbered past of many products, newest first. The inner refusal is a bad cursor's.
async fn pages<T>(
    reader: &impl Reader,
    (table, columns, number): (&str, &str, &str),
    ids: &[ProductId],
    page: &Page,
    read: fn(&sea_orm::QueryResult) -> Result<T>,
) -> Result<std::result::Result<HashMap<ProductId, Slice<T>>, Refusal>> {
    let place =
        |text: &Option<String>| match text.as_deref().map(|text| cursor::decode(table, &[Key::Int(0)], text))
        {
            Some(Ok(keys)) => {
                Ok(keys.into_iter().find_map(|key| if let Key::Int(key) = key { Some(key) } else { None }))
            }
            Some(Err(refusal)) => Err(refusal),
            None => Ok(None),
        };
    let (after, before) = match (place(&page.after), place(&page.before)) {
        (Ok(after), Ok(before)) => (after, before),
        (Err(refusal), _) | (_, Err(refusal)) => return Ok(Err(refusal)),
    };
    let word = if page.direction == Direction::Forward { "DESC" } else { "ASC" };
    let mut sql = Sql::new(format!(
        "SELECT * FROM (SELECT {columns}, row_number() OVER (PARTITION BY h.product_id ORDER BY h.{number} {word}) \
         AS place FROM {table} h WHERE "
    ));
    sql.bind(&is_one_of(reader.backend(), "h.product_id"), [list_of(ids)]);
    for (bound, comparison) in [(after, "<"), (before, ">")] {
        if let Some(bound) = bound {
            sql.bind(&format!(" AND h.{number} {comparison} ?"), [bound]);
        }
    }
    sql.bind(") f WHERE place <= ? ORDER BY product_id, place", [i64::from(page.size) + 1]);
    let mut found: HashMap<ProductId, Vec<(String, T)>> = HashMap::new();
    for row in reader.connection().query_all_raw(sql.statement(reader)).await? {
        let id = parse("product_id", &row.try_get::<String>("", "product_id")?)?;
        let key = Key::Int(row.try_get("", number)?);
        found.entry(id).or_default().push((cursor::encode(table, &[key]), read(&row)?));
    }
    Ok(Ok(found.into_iter().map(|(id, rows)| (id, Slice::from_peeked(rows, page))).collect()))
}

/// The same page of the versions of many products, newest first. The inner refusal is a bad cursor's.
pub async fn versions(
    reader: &impl Reader,
    ids: &[ProductId],
    page: &Page,
) -> Result<std::result::Result<HashMap<ProductId, Slice<Version>>, Refusal>> {
    let columns = "h.product_id, h.version, h.action, h.changed_fields, h.app_id, h.company_id, h.role, h.document, \
                   h.changed_at";
    pages(reader, ("product_version", columns, "version"), ids, page, version_from).await
}

fn version_from(row: &sea_orm::QueryResult) -> Result<Version> {
    let row = product_version::Model::from_query_result(row, "")?;
    let author = match row.role {
        Some(role) => Some(Author {
            app: row.app_id.map(|id| parse("product_version.app_id", &id)).transpose()?,
            company: row.company_id.map(|id| parse("product_version.company_id", &id)).transpose()?,
            role: known("product_version.role", &row.product_id, &role),
        }),
        None => None,
    };
    Ok(Version {
        product: parse("product_version.product_id", &row.product_id)?,
        number: row.version,
        action: parse("product_version.action", &row.action)?,
        changed_fields: serde_json::from_str(&row.changed_fields)
            .map_err(|error| corrupt("product_version.changed_fields", error))?,
        author,
        document: row.document,
        changed_at: Timestamp::from_micros(row.changed_at),
    })
}

/// The same page of the prices of many products, newest first. The inner refusal is a bad cursor's.
pub async fn prices(
    reader: &impl Reader,
    ids: &[ProductId],
    page: &Page,
) -> Result<std::result::Result<HashMap<ProductId, Slice<DatedLadder>>, Refusal>> {
    let columns = "h.product_id, h.number, h.valid_from, h.ladder, (SELECT min(n.valid_from) FROM \
                   product_price_history n WHERE n.product_id = h.product_id AND n.number > h.number) AS valid_until";
    pages(reader, ("product_price_history", columns, "number"), ids, page, ladder_from).await
}

fn ladder_from(row: &sea_orm::QueryResult) -> Result<DatedLadder> {
    let ladder: String = row.try_get("", "ladder")?;
    Ok(DatedLadder {
        number: row.try_get("", "number")?,
        ladder: serde_json::from_str(&ladder)
            .map_err(|error| corrupt("product_price_history.ladder", error))?,
        valid_from: Timestamp::from_micros(row.try_get("", "valid_from")?),
        valid_until: row.try_get::<Option<i64>>("", "valid_until")?.map(Timestamp::from_micros),
    })
}

/// Which products of which suppliers, for those who write them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnFilter {
    /// Only this supplier's; all where none is named.
    pub supplier: Option<crate::domain::ids::SupplierId>,
    /// Only with these states; all where none is named.
    pub statuses: Vec<crate::domain::product::ProductStatus>,
}

/// The ids of a page of products whatever their state, newest first, with the count where it is asked for. The inner
/// refusal is a bad cursor's.
pub async fn own(
    reader: &impl Reader,
    filter: &OwnFilter,
    page: &Page,
    count: bool,
) -> Result<std::result::Result<Slice<ProductId>, Refusal>> {
    let keys = vec![(Sql::new("p.created_at"), Key::Int(0))];
    let order = super::query::Order { list: "own products".to_owned(), keys, descending: true };
    let bounds = match order.bounds(page) {
        Ok(bounds) => bounds,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let mut narrow = Sql::new(" WHERE 1 = 1");
    if let Some(supplier) = filter.supplier {
        narrow.bind(" AND p.supplier_id = ?", [supplier.to_string()]);
    }
    if !filter.statuses.is_empty() {
        narrow
            .bind(&format!(" AND {}", is_one_of(reader.backend(), "p.status")), [list_of(&filter.statuses)]);
    }
    let mut sql = Sql::new("SELECT * FROM (SELECT p.created_at AS k0, p.id AS id FROM product p");
    sql.append(narrow.clone()).push(") f WHERE 1 = 1");
    sql.append(order.between(&bounds, "k0, id")).append(order.limit(page));
    let rows = reader.connection().query_all_raw(sql.statement(reader)).await?;
    let rows = rows
        .iter()
        .map(|row| Ok((order.cursor(row)?, parse("product.id", &row.try_get::<String>("", "id")?)?)))
        .collect::<Result<Vec<_>>>()?;
    let mut slice = Slice::from_peeked(rows, page);
    if count {
        let mut sql = Sql::new("SELECT count(*) AS times FROM product p");
        sql.append(narrow);
        let row = reader.connection().query_one_raw(sql.statement(reader)).await?;
        slice.total = row.map(|row| row.try_get("", "times")).transpose()?;
    }
    Ok(Ok(slice))
}
