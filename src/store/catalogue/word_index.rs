//! SQLite's full-text index, and on PostgreSQL the words that a mistyped one may have meant.

use std::collections::HashMap;

use sea_orm::ConnectionTrait;

use super::{execute, is_one_of, list_of};
use crate::domain::search::vocabulary;
use crate::store::{Reader, Result, Tx};

/// The words that the full-text index holds of listed rows, by id; only SQLite needs them.
pub(super) async fn words_of(
    tx: &Tx,
    kind: &str,
    ids: &[impl std::fmt::Display],
) -> Result<HashMap<String, String>> {
    let condition = is_one_of(tx.backend(), &format!("{kind}_id"));
    let text = format!("SELECT {kind}_id AS id, search_terms FROM {kind}_listing WHERE {condition}");
    let rows = tx.connection().query_all_raw(tx.sql(&text, [list_of(ids)])).await?;
    rows.iter().map(|row| Ok((row.try_get("", "id")?, row.try_get("", "search_terms")?))).collect()
}

/// Brings SQLite's full-text index up to the listing rows whose words are no longer those of `before`.
pub(super) async fn index_words(
    tx: &Tx,
    kind: &str,
    ids: &[impl std::fmt::Display],
    before: HashMap<String, String>,
) -> Result<()> {
    if tx.is_postgres() {
        return Ok(());
    }
    let after = words_of(tx, kind, ids).await?;
    let changed: Vec<&String> =
        after.iter().filter(|(id, words)| before.get(*id) != Some(*words)).map(|(id, _)| id).collect();
    if changed.is_empty() {
        return Ok(());
    }
    let rows = format!("FROM {kind}_listing WHERE {}", is_one_of(tx.backend(), &format!("{kind}_id")));
    let delete = format!("DELETE FROM {kind}_search WHERE rowid IN (SELECT listing_number {rows})");
    execute(tx, &delete, [list_of(&changed)]).await?;
    let insert =
        format!("INSERT INTO {kind}_search (rowid, search_terms) SELECT listing_number, search_terms {rows}");
    execute(tx, &insert, [list_of(&changed)]).await?;
    Ok(())
}

/// Keeps the words of some texts for [`super::spelling`]; only PostgreSQL has use for them.
pub(super) async fn learn_words(tx: &Tx, texts: impl Iterator<Item = &str>) -> Result<()> {
    if !tx.is_postgres() {
        return Ok(());
    }
    let words = vocabulary(texts);
    if words.is_empty() {
        return Ok(());
    }
    let text = "INSERT INTO search_word (word) SELECT x.word FROM json_array_elements_text(?::json) AS x (word) \
                WHERE NOT EXISTS (SELECT 1 FROM search_word known WHERE known.word = x.word)";
    execute(tx, text, [list_of(&words)]).await?;
    Ok(())
}
