//! The feed of changes (see [`crate::domain::change`]): written in the transaction that changes a listing, read by place.
//!
//! On SQLite there is one writer, so a change has its place at once. On PostgreSQL it goes to an outbox, and any node
//! gives committed rows their places under one lock: a reader by place then never passes a row that commits late.

use std::collections::HashMap;

use entity::{catalogue_change, change_outbox};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, EntityTrait, QueryResult, Value};

use super::categories::category_from;
use super::query::Sql;
use super::rows::{product_card, supplier_card};
use super::{MAXIMUM_VALUES, corrupt, execute, is_one_of, list_of, parse, rows_of};
use crate::domain::badge::BadgeSubject;
use crate::domain::category::Category;
use crate::domain::change::{ChangeKind, Entry, NewChange, TOMBSTONES_KEPT, place};
use crate::domain::ids::CategoryId;
use crate::domain::product::ProductCard;
use crate::domain::supplier::SupplierCard;
use crate::domain::time::Timestamp;
use crate::store::{Error, Reader, Result, Tx};

/// Changes that get their places at once at most.
const BATCH: i64 = 2_000;

/// The end of the feed, what it remembers, and the life that it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The last place that is given out.
    pub seq: i64,
    /// Tombstones up to this place may be forgotten.
    pub floor: i64,
    /// Changes when the database was restored and may have lost commits.
    pub epoch: String,
}

/// Writes changes. The rows that they are about are locked or written before, so that those of one thing stand in the
/// order of its transactions.
pub(super) async fn record(tx: &Tx, changes: Vec<NewChange>) -> Result<()> {
    if changes.is_empty() {
        return Ok(());
    }
    if !tx.is_postgres() {
        return give_places(tx, changes).await;
    }
    let mut rows = Vec::with_capacity(changes.len());
    for change in changes {
        rows.push(change_outbox::ActiveModel {
            id: NotSet,
            subject_id: Set(change.subject),
            kind: Set(change.kind.to_string()),
            removed: Set(change.removed),
            fields: Set(json(&change.fields)?),
            changed_at: Set(change.changed_at.micros()),
        });
    }
    for chunk in rows.chunks(MAXIMUM_VALUES / 6) {
        change_outbox::Entity::insert_many(chunk.to_vec()).exec_without_returning(tx.connection()).await?;
    }
    Ok(())
}

/// Gives the changes of committed transactions their places; answers how many. The head's row is locked by a statement
/// of its own, so that the snapshot of the next one is newer than the lock; a row that was drawn earlier and commits
/// later just gets a later place.
pub async fn sequence(tx: &Tx) -> Result<usize> {
    head_locked(tx).await?;
    let text = "DELETE FROM change_outbox WHERE id IN (SELECT id FROM change_outbox ORDER BY id LIMIT ?) \
                RETURNING id, subject_id, kind, removed, fields, changed_at";
    let rows = tx.connection().query_all_raw(tx.sql(text, [BATCH])).await?;
    let mut changes = rows
        .iter()
        .map(|row| {
            let (kind, fields): (String, String) = (row.try_get("", "kind")?, row.try_get("", "fields")?);
            let change = NewChange {
                kind: parse("change_outbox.kind", &kind)?,
                subject: row.try_get("", "subject_id")?,
                fields: serde_json::from_str(&fields)
                    .map_err(|error| corrupt("change_outbox.fields", error))?,
                removed: row.try_get("", "removed")?,
                changed_at: Timestamp::from_micros(row.try_get("", "changed_at")?),
            };
            Ok((row.try_get::<i64>("", "id")?, change))
        })
        .collect::<Result<Vec<_>>>()?;
    changes.sort_by_key(|(id, _)| *id);
    let moved = changes.len();
    if moved > 0 {
        give_places(tx, changes.into_iter().map(|(_, change)| change).collect()).await?;
    }
    Ok(moved)
}

async fn head_locked(tx: &Tx) -> Result<i64> {
    let words = if tx.is_postgres() { " FOR UPDATE" } else { "" };
    let text = format!("SELECT seq FROM change_head WHERE id = 1{words}");
    let row = tx.connection().query_one_raw(tx.sql(&text, std::iter::empty::<Value>())).await?;
    Ok(row.ok_or_else(no_head)?.try_get("", "seq")?)
}

fn no_head() -> Error {
    Error::Corrupt("the feed of changes has no head".to_owned())
}

async fn give_places(tx: &Tx, changes: Vec<NewChange>) -> Result<()> {
    let head = head_locked(tx).await?;
    let subjects: Vec<&str> = changes.iter().map(|change| change.subject.as_str()).collect();
    let known = rows_of::<catalogue_change::Entity>(tx, "subject_id", &subjects, "subject_id").await?;
    let known = known.into_iter().map(entry_from).collect::<Result<Vec<_>>>()?;
    let (head, entries) = place(head, changes, known);
    let mut rows = Vec::with_capacity(entries.len());
    for entry in entries {
        rows.push(catalogue_change::ActiveModel {
            subject_id: Set(entry.subject),
            kind: Set(entry.kind.to_string()),
            seq: Set(entry.seq),
            removed: Set(entry.removed),
            fields: Set(json(&entry.fields)?),
            changed_at: Set(entry.changed_at.micros()),
        });
    }
    let written = [
        catalogue_change::Column::Seq,
        catalogue_change::Column::Removed,
        catalogue_change::Column::Fields,
        catalogue_change::Column::ChangedAt,
    ];
    for chunk in rows.chunks(MAXIMUM_VALUES / 6) {
        let conflict =
            OnConflict::column(catalogue_change::Column::SubjectId).update_columns(written).to_owned();
        catalogue_change::Entity::insert_many(chunk.to_vec())
            .on_conflict(conflict)
            .exec_without_returning(tx.connection())
            .await?;
    }
    execute(tx, "UPDATE change_head SET seq = ? WHERE id = 1", [head]).await?;
    Ok(())
}

fn entry_from(row: catalogue_change::Model) -> Result<Entry> {
    Ok(Entry {
        kind: parse("catalogue_change.kind", &row.kind)?,
        subject: row.subject_id,
        seq: row.seq,
        removed: row.removed,
        fields: serde_json::from_str(&row.fields)
            .map_err(|error| corrupt("catalogue_change.fields", error))?,
        changed_at: Timestamp::from_micros(row.changed_at),
    })
}

fn json(value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| corrupt("fields of a change", error))
}

/// The end of the feed.
pub async fn head(reader: &impl Reader) -> Result<Head> {
    let text = "SELECT seq, floor, epoch FROM change_head WHERE id = 1";
    let row = reader.connection().query_one_raw(reader.sql(text, std::iter::empty::<Value>())).await?;
    let row = row.ok_or_else(no_head)?;
    Ok(Head {
        seq: row.try_get("", "seq")?,
        floor: row.try_get("", "floor")?,
        epoch: row.try_get("", "epoch")?,
    })
}

/// Up to which place tombstones may be forgotten by now.
pub async fn floor(reader: &impl Reader) -> Result<i64> {
    Ok(head(reader).await?.floor)
}

/// Begins another life of the feed: no cursor of the one before is good for it.
pub async fn begin_life(tx: &Tx, epoch: &str) -> Result<()> {
    execute(tx, "UPDATE change_head SET epoch = ? WHERE id = 1", [epoch]).await?;
    Ok(())
}

/// Whether there are tombstones that are older than they are kept.
pub async fn has_old(reader: &impl Reader, now: Timestamp) -> Result<bool> {
    let text = "SELECT count(*) AS times FROM catalogue_change WHERE removed AND changed_at < ?";
    let before = now.minus(TOMBSTONES_KEPT).micros();
    let row = reader.connection().query_one_raw(reader.sql(text, [before])).await?;
    row.map_or(Ok(false), |row| Ok(row.try_get::<i64>("", "times")? > 0))
}

/// Forgets tombstones that are older than they are kept, and notes up to where.
pub async fn forget(tx: &Tx, now: Timestamp) -> Result<()> {
    head_locked(tx).await?;
    let before = now.minus(TOMBSTONES_KEPT).micros();
    let text = "UPDATE change_head SET floor = (SELECT max(seq) FROM catalogue_change WHERE removed AND changed_at < ?) \
                WHERE id = 1 AND EXISTS \
                (SELECT 1 FROM catalogue_change WHERE removed AND changed_at < ? AND seq > change_head.floor)";
    execute(tx, text, [before, before]).await?;
    execute(tx, "DELETE FROM catalogue_change WHERE removed AND changed_at < ?", [before]).await?;
    Ok(())
}

/// What changed, as it is now; none where it is not listed any more.
#[derive(Debug, Clone)]
pub enum Subject {
    /// A product.
    Product(Box<ProductCard>),
    /// A supplier.
    Supplier(Box<SupplierCard>),
    /// A category.
    Category(Category),
}

/// At most `limit` entries behind a place and not behind `until`, in their order, each with what it is about where that
/// is asked for; one statement.
pub async fn read(
    reader: &impl Reader,
    (after, until): (i64, i64),
    kinds: &[ChangeKind],
    limit: u32,
    with_subjects: bool,
) -> Result<Vec<(Entry, Option<Subject>)>> {
    let mut sql = Sql::new("SELECT c.subject_id, c.kind, c.seq, c.removed, c.fields, c.changed_at");
    if with_subjects {
        sql.push(
            ", p.card AS product, s.card AS supplier, g.id AS category, g.parent_id, g.name, g.path, g.depth, \
             g.external_reference",
        );
    }
    sql.push(" FROM catalogue_change c");
    if with_subjects {
        sql.push(
            " LEFT JOIN product_listing p ON p.product_id = c.subject_id \
             LEFT JOIN supplier_listing s ON s.supplier_id = c.subject_id \
             LEFT JOIN category g ON g.id = c.subject_id",
        );
    }
    sql.bind(" WHERE c.seq > ? AND c.seq <= ?", [after, until]);
    if !kinds.is_empty() {
        sql.bind(&format!(" AND {}", is_one_of(reader.backend(), "c.kind")), [list_of(kinds)]);
    }
    sql.bind(" ORDER BY c.seq LIMIT ?", [i64::from(limit)]);
    let rows = reader.connection().query_all_raw(sql.statement(reader)).await?;
    rows.iter()
        .map(|row| {
            let kind: String = row.try_get("", "kind")?;
            let entry = entry_from(catalogue_change::Model {
                subject_id: row.try_get("", "subject_id")?,
                kind,
                seq: row.try_get("", "seq")?,
                removed: row.try_get("", "removed")?,
                fields: row.try_get("", "fields")?,
                changed_at: row.try_get("", "changed_at")?,
            })?;
            let subject = if with_subjects && !entry.removed { subject_of(row)? } else { None };
            Ok((entry, subject))
        })
        .collect()
}

fn subject_of(row: &QueryResult) -> Result<Option<Subject>> {
    if row.try_get::<Option<String>>("", "product")?.is_some() {
        return Ok(Some(Subject::Product(Box::new(product_card(row, "product")?))));
    }
    if row.try_get::<Option<String>>("", "supplier")?.is_some() {
        return Ok(Some(Subject::Supplier(Box::new(supplier_card(row, "supplier")?))));
    }
    let Some(id) = row.try_get::<Option<String>>("", "category")? else { return Ok(None) };
    let category = category_from(entity::category::Model {
        id,
        parent_id: row.try_get("", "parent_id")?,
        name: row.try_get("", "name")?,
        path: row.try_get("", "path")?,
        depth: row.try_get("", "depth")?,
        external_reference: row.try_get("", "external_reference")?,
        created_at: 0,
    })?;
    Ok(Some(Subject::Category(category)))
}

/// The cards of listed things by their ids, to be compared with those that take their place.
pub(super) async fn cards(
    tx: &Tx,
    kind: &str,
    ids: &[impl std::fmt::Display],
) -> Result<HashMap<String, serde_json::Value>> {
    let condition = is_one_of(tx.backend(), &format!("{kind}_id"));
    let text = format!("SELECT {kind}_id AS id, card FROM {kind}_listing WHERE {condition}");
    let rows = tx.connection().query_all_raw(tx.sql(&text, [list_of(ids)])).await?;
    rows.iter()
        .map(|row| {
            let card: String = row.try_get("", "card")?;
            let card = serde_json::from_str(&card).map_err(|error| corrupt("a listing's card", error))?;
            Ok((row.try_get("", "id")?, card))
        })
        .collect()
}

/// Writes what cards that took the place of those `before` say otherwise.
pub(super) async fn record_cards(
    tx: &Tx,
    kind: ChangeKind,
    before: &HashMap<String, serde_json::Value>,
    after: &[(String, String)],
    now: Timestamp,
) -> Result<()> {
    let mut changes = Vec::new();
    for (subject, card) in after {
        let card: serde_json::Value =
            serde_json::from_str(card).map_err(|error| corrupt("a listing's card", error))?;
        let fields = kind.fields_changed(before.get(subject), &card);
        if !fields.is_empty() {
            let fields = fields.into_iter().map(str::to_owned).collect();
            changes.push(NewChange {
                kind,
                subject: subject.clone(),
                fields,
                removed: false,
                changed_at: now,
            });
        }
    }
    record(tx, changes).await
}

/// Writes that awards of listed things lapsed: the time that passed changed nothing on their cards.
pub async fn record_lapsed(tx: &Tx, subjects: &[BadgeSubject], now: Timestamp) -> Result<()> {
    let (mut suppliers, mut products) = (Vec::new(), Vec::new());
    for subject in subjects {
        match subject {
            BadgeSubject::Supplier(id) => suppliers.push(id.to_string()),
            BadgeSubject::Product(id) => products.push(id.to_string()),
        }
    }
    let mut changes = Vec::new();
    let of_kinds =
        [(ChangeKind::Supplier, "supplier", suppliers), (ChangeKind::Product, "product", products)];
    for (kind, name, ids) in of_kinds {
        let condition = is_one_of(tx.backend(), &format!("{name}_id"));
        let text = format!("SELECT {name}_id AS id FROM {name}_listing WHERE {condition} ORDER BY {name}_id");
        for row in tx.connection().query_all_raw(tx.sql(&text, [list_of(&ids)])).await? {
            let subject = row.try_get("", "id")?;
            let fields = vec!["badges".to_owned()];
            changes.push(NewChange { kind, subject, fields, removed: false, changed_at: now });
        }
    }
    record(tx, changes).await
}

/// Writes that things are no longer listed.
pub(super) async fn record_removed(
    tx: &Tx,
    kind: ChangeKind,
    subjects: Vec<String>,
    now: Timestamp,
) -> Result<()> {
    let gone =
        |subject: String| NewChange { kind, subject, fields: Vec::new(), removed: true, changed_at: now };
    record(tx, subjects.into_iter().map(gone).collect()).await
}

/// Writes that categories are new, or that a field of theirs changed.
pub(super) async fn record_categories(
    tx: &Tx,
    ids: &[CategoryId],
    field: &str,
    now: Timestamp,
) -> Result<()> {
    let change = |id: &CategoryId| NewChange {
        kind: ChangeKind::Category,
        subject: id.to_string(),
        fields: vec![field.to_owned()],
        removed: false,
        changed_at: now,
    };
    record(tx, ids.iter().map(change).collect()).await
}
