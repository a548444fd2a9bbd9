//! Mistyped words: only PostgreSQL with `pg_trgm` knows which words are near one.
//!
//! Called when a search found nothing. A word that is in no listing at all gives way to the nearest one that is; words
//! that are somewhere stay, so what is found exactly never changes.

use std::collections::HashMap;

use sea_orm::{ConnectionTrait, Value};

use super::list_of;
use crate::domain::search::{MAXIMUM_CORRECTIONS, SearchQuery, is_correctable, nearest, tolerance};
use crate::store::{Reader, Result};

/// Words that the database proposes for one.
const CANDIDATES: i64 = 60;

/// Whether this database can find words that are near a mistyped one.
pub async fn is_tolerant(reader: &impl Reader) -> Result<bool> {
    if !is_postgres(reader) {
        return Ok(false);
    }
    let text = "SELECT to_regclass('search_word_near') IS NOT NULL AS tolerant";
    let row = reader.connection().query_one_raw(reader.sql(text, std::iter::empty::<Value>())).await?;
    row.map_or(Ok(false), |row| Ok(row.try_get("", "tolerant")?))
}

/// The query with near words in place of those that no listing of this kind (`product` or `supplier`) has; none where
/// every word is somewhere, or nothing is near.
pub async fn correct(reader: &impl Reader, kind: &str, query: &SearchQuery) -> Result<Option<SearchQuery>> {
    if !is_tolerant(reader).await? {
        return Ok(None);
    }
    let terms: HashMap<String, &str> = query
        .terms()
        .map(|(term, is_prefix)| (format!("'{term}'{}", if is_prefix { ":*" } else { "" }), term))
        .collect();
    let found = known(reader, kind, terms.keys()).await?;
    let missing: Vec<&str> =
        terms.iter().filter(|(text, _)| !found.contains(text)).map(|(_, term)| *term).collect();
    if missing.is_empty() || missing.len() > MAXIMUM_CORRECTIONS {
        return Ok(None);
    }
    let mut replacements = HashMap::new();
    for word in missing {
        let candidates = near(reader, word).await?;
        let listed = known(reader, kind, candidates.iter().map(|candidate| format!("'{candidate}'"))).await?;
        let listed = candidates.iter().filter(|candidate| listed.contains(&format!("'{candidate}'")));
        // With one word that nothing is near, all of them find nothing.
        let Some(replacement) = nearest(word, listed.map(String::as_str)) else { return Ok(None) };
        replacements.insert(word.to_owned(), replacement.to_owned());
    }
    Ok(Some(query.with(&replacements)))
}

/// Which of these words, written as queries, some listing has.
async fn known(
    reader: &impl Reader,
    kind: &str,
    words: impl Iterator<Item = impl std::fmt::Display>,
) -> Result<Vec<String>> {
    let text = format!(
        "SELECT x.word FROM json_array_elements_text(?::json) AS x (word) WHERE EXISTS \
         (SELECT 1 FROM {kind}_listing l WHERE l.search_vector @@ x.word::tsquery)"
    );
    let rows = reader.connection().query_all_raw(reader.sql(&text, [list_of(words)])).await?;
    rows.iter().map(|row| Ok(row.try_get("", "word")?)).collect()
}

/// The words that share the most of their letters with one, whose length lets them be meant.
async fn near(reader: &impl Reader, word: &str) -> Result<Vec<String>> {
    if !is_correctable(word) {
        return Ok(Vec::new());
    }
    let length = i64::try_from(word.chars().count()).unwrap_or(i64::MAX);
    let tolerance = i64::try_from(tolerance(word)).unwrap_or(0);
    let values: [Value; 4] =
        [(length - tolerance).into(), (length + tolerance).into(), word.into(), CANDIDATES.into()];
    let text = "SELECT word FROM search_word WHERE length(word) BETWEEN ? AND ? ORDER BY word <-> ? LIMIT ?";
    let rows = reader.connection().query_all_raw(reader.sql(text, values)).await?;
    let mut words = rows.iter().map(|row| Ok(row.try_get("", "word")?)).collect::<Result<Vec<String>>>()?;
    words.sort_unstable();
    words.dedup();
    Ok(words)
}

fn is_postgres(reader: &impl Reader) -> bool {
    reader.backend() == sea_orm::DbBackend::Postgres
}
