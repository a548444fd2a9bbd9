//! Quotes: locked and read whole with all rounds; rounds are only ever added.

use std::collections::HashMap;

use entity::{quote, quote_answer, quote_request};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, Value};

use super::{Error, Reader, Result, Tx, parse};
use crate::domain::event::FIRST_HASH;
use crate::domain::ids::{CompanyId, QuoteId};
use crate::domain::page::{Direction, Page, Slice};
use crate::domain::quote::{Quote, QuoteRound, QuoteState, QuoteStatus};
use crate::domain::time::Timestamp;

/// Whose quotes an asker may see.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum QuoteVisibility {
    /// None.
    #[default]
    Nothing,
    /// All; for operators only.
    Everything,
    /// Those that the company asked for.
    Buyer(CompanyId),
    /// Those that the company was asked for.
    Supplier(CompanyId),
}

/// Which quotes.
#[derive(Debug, Clone, Default)]
pub struct QuoteFilter {
    /// Only those that the asker may see.
    pub visibility: QuoteVisibility,
    /// Only in one of these statuses, as they are at the instant of the list.
    pub statuses: Vec<QuoteStatus>,
}

/// The place of a quote in a list.
pub type QuoteKey = (Timestamp, QuoteId);

fn encode<T: serde::Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::Corrupt(error.to_string()))
}

/// The columns that say how far a quote got: status, validity, order, who ended it.
fn columns(state: QuoteState) -> (&'static str, Option<i64>, Option<String>, Option<String>) {
    match state {
        QuoteState::Requested => ("REQUESTED", None, None, None),
        QuoteState::Answered { valid_until } => ("ANSWERED", Some(valid_until.micros()), None, None),
        QuoteState::Accepted { valid_until } => ("ACCEPTED", Some(valid_until.micros()), None, None),
        QuoteState::Ordered { order } => ("ORDERED", None, Some(order.to_string()), None),
        QuoteState::Declined { by } => ("DECLINED", None, None, Some(by.to_string())),
        QuoteState::Withdrawn { by } => ("WITHDRAWN", None, None, Some(by.to_string())),
    }
}

fn state(row: &quote::Model) -> Result<QuoteState> {
    let corrupt = || Error::Corrupt(format!("{} is {} without its data", row.id, row.status));
    let valid_until = || row.valid_until.map(Timestamp::from_micros).ok_or_else(corrupt);
    let by = || row.ended_by.as_deref().ok_or_else(corrupt).and_then(|by| parse("quote.ended_by", by));
    Ok(match row.status.as_str() {
        "REQUESTED" => QuoteState::Requested,
        "ANSWERED" => QuoteState::Answered { valid_until: valid_until()? },
        "ACCEPTED" => QuoteState::Accepted { valid_until: valid_until()? },
        "ORDERED" => QuoteState::Ordered {
            order: parse("quote.order_id", row.order_id.as_deref().ok_or_else(corrupt)?)?,
        },
        "DECLINED" => QuoteState::Declined { by: by()? },
        "WITHDRAWN" => QuoteState::Withdrawn { by: by()? },
        _ => return Err(corrupt()),
    })
}

/// Writes a new quote with its first round.
pub async fn insert(tx: &Tx, new: &Quote) -> Result<()> {
    let (status, valid_until, order_id, ended_by) = columns(new.state);
    let row = quote::ActiveModel {
        id: Set(new.id.to_string()),
        version: Set(new.version),
        buyer_id: Set(new.buyer.to_string()),
        supplier_id: Set(new.supplier.to_string()),
        supplier_company_id: Set(new.supplier_company.to_string()),
        currency: Set(new.currency.to_string()),
        status: Set(status.to_owned()),
        valid_until: Set(valid_until),
        order_id: Set(order_id),
        ended_by: Set(ended_by),
        end_reason: Set(new.end_reason.clone()),
        event_seq: Set(0),
        event_hash: Set(FIRST_HASH.to_owned()),
        created_at: Set(new.created_at.micros()),
        updated_at: Set(new.updated_at.micros()),
    };
    quote::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    for round in &new.rounds {
        insert_request(tx, new.id, round).await?;
    }
    Ok(())
}

/// Writes what a step changed. The version column guards against a writer without the lock.
pub async fn apply(tx: &Tx, before: &Quote, after: &Quote) -> Result<()> {
    let (status, valid_until, order_id, ended_by) = columns(after.state);
    let values: [Value; 9] = [
        status.into(),
        valid_until.into(),
        order_id.into(),
        ended_by.into(),
        after.end_reason.clone().into(),
        after.version.into(),
        after.updated_at.micros().into(),
        after.id.to_string().into(),
        before.version.into(),
    ];
    let statement = tx.sql(
        "UPDATE quote SET status = ?, valid_until = ?, order_id = ?, ended_by = ?, end_reason = ?, version = ?, \
         updated_at = ? WHERE id = ? AND version = ?",
        values,
    );
    if tx.connection().execute_raw(statement).await?.rows_affected() != 1 {
        return Err(Error::Retry);
    }
    for (index, round) in after.rounds.iter().enumerate() {
        let known = before.rounds.get(index);
        if known.is_none() {
            insert_request(tx, after.id, round).await?;
        }
        if known.is_none_or(|known| known.answer.is_none()) {
            insert_answer(tx, after.id, round).await?;
        }
    }
    Ok(())
}

async fn insert_request(tx: &Tx, quote: QuoteId, round: &QuoteRound) -> Result<()> {
    let row = quote_request::ActiveModel {
        quote_id: Set(quote.to_string()),
        round: Set(i64::from(round.number)),
        document: Set(encode(&round.request)?),
        requested_at: Set(round.requested_at.micros()),
    };
    quote_request::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

async fn insert_answer(tx: &Tx, quote: QuoteId, round: &QuoteRound) -> Result<()> {
    let (Some(answer), Some(answered_at)) = (&round.answer, round.answered_at) else { return Ok(()) };
    let row = quote_answer::ActiveModel {
        quote_id: Set(quote.to_string()),
        round: Set(i64::from(round.number)),
        document: Set(encode(answer)?),
        valid_until: Set(answer.valid_until.micros()),
        answered_at: Set(answered_at.micros()),
    };
    quote_answer::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// The quotes with these ids with all their rounds, in no order; unknown ids are left out.
pub async fn load(reader: &impl Reader, ids: &[QuoteId]) -> Result<Vec<Quote>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let texts: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let connection = reader.connection();
    let rows = quote::Entity::find().filter(quote::Column::Id.is_in(texts.clone())).all(connection).await?;
    let requests = quote_request::Entity::find()
        .filter(quote_request::Column::QuoteId.is_in(texts.clone()))
        .order_by_asc(quote_request::Column::Round)
        .all(connection)
        .await?;
    let answers = quote_answer::Entity::find()
        .filter(quote_answer::Column::QuoteId.is_in(texts))
        .all(connection)
        .await?;
    let mut answers: HashMap<(String, i64), quote_answer::Model> =
        answers.into_iter().map(|row| ((row.quote_id.clone(), row.round), row)).collect();
    let mut rounds: HashMap<String, Vec<QuoteRound>> = HashMap::new();
    for request in requests {
        let answer = answers.remove(&(request.quote_id.clone(), request.round));
        rounds.entry(request.quote_id.clone()).or_default().push(round(&request, answer)?);
    }
    rows.iter().map(|row| from_row(row, rounds.remove(&row.id).unwrap_or_default())).collect()
}

fn round(request: &quote_request::Model, answer: Option<quote_answer::Model>) -> Result<QuoteRound> {
    let corrupt = |error: serde_json::Error| Error::Corrupt(format!("{}: {error}", request.quote_id));
    let number = u32::try_from(request.round)
        .map_err(|_| Error::Corrupt(format!("{} has round {}", request.quote_id, request.round)))?;
    Ok(QuoteRound {
        number,
        request: serde_json::from_str(&request.document).map_err(corrupt)?,
        requested_at: Timestamp::from_micros(request.requested_at),
        answered_at: answer.as_ref().map(|answer| Timestamp::from_micros(answer.answered_at)),
        answer: answer.map(|answer| serde_json::from_str(&answer.document).map_err(corrupt)).transpose()?,
    })
}

fn from_row(row: &quote::Model, rounds: Vec<QuoteRound>) -> Result<Quote> {
    if rounds.is_empty() {
        return Err(Error::Corrupt(format!("{} has no round", row.id)));
    }
    Ok(Quote {
        id: parse("quote.id", &row.id)?,
        version: row.version,
        buyer: parse("quote.buyer_id", &row.buyer_id)?,
        supplier: parse("quote.supplier_id", &row.supplier_id)?,
        supplier_company: parse("quote.supplier_company_id", &row.supplier_company_id)?,
        currency: crate::domain::money::Currency::parse(&row.currency)
            .map_err(|_| Error::Corrupt(format!("{} is in {}", row.id, row.currency)))?,
        state: state(row)?,
        end_reason: row.end_reason.clone(),
        rounds,
        created_at: Timestamp::from_micros(row.created_at),
        updated_at: Timestamp::from_micros(row.updated_at),
    })
}

/// Locks the quote's row, then reads it whole.
pub async fn lock(tx: &Tx, id: QuoteId) -> Result<Option<Quote>> {
    if tx.is_postgres() {
        let statement = tx.sql("SELECT id FROM quote WHERE id = ? FOR NO KEY UPDATE", [id.to_string()]);
        if tx.connection().query_one_raw(statement).await?.is_none() {
            return Ok(None);
        }
    }
    Ok(load(tx, &[id]).await?.pop())
}

impl QuoteFilter {
    fn conditions(&self, now: Timestamp) -> (String, Vec<Value>) {
        let (mut text, mut values) = (String::from("1 = 1"), Vec::new());
        match self.visibility {
            QuoteVisibility::Nothing => text.push_str(" AND 1 = 0"),
            QuoteVisibility::Everything => {}
            QuoteVisibility::Buyer(company) => {
                text.push_str(" AND q.buyer_id = ?");
                values.push(company.to_string().into());
            }
            QuoteVisibility::Supplier(company) => {
                text.push_str(" AND q.supplier_company_id = ?");
                values.push(company.to_string().into());
            }
        }
        if !self.statuses.is_empty() {
            // The clock makes no row: whether an answer still holds is seen by its instant.
            text.push_str(" AND CASE WHEN q.valid_until < ? THEN 'EXPIRED' ELSE q.status END IN (");
            values.push(now.micros().into());
            text.push_str(&vec!["?"; self.statuses.len()].join(", "));
            text.push(')');
            values.extend(self.statuses.iter().map(|status| Value::from(status.as_str())));
        }
        (text, values)
    }
}

/// A page of quotes, newest first, and their number where it is asked for.
pub async fn list(
    reader: &impl Reader,
    filter: &QuoteFilter,
    page: &Page,
    (after, before): (Option<QuoteKey>, Option<QuoteKey>),
    counted_at: (bool, Timestamp),
    cursor: impl Fn(QuoteKey) -> String,
) -> Result<Slice<Quote>> {
    let (count, now) = counted_at;
    let (mut text, mut values) = filter.conditions(now);
    for (key, comparison) in [(after, "<"), (before, ">")] {
        if let Some((created_at, id)) = key {
            text.push_str(" AND (q.created_at, q.id) ");
            text.push_str(comparison);
            text.push_str(" (?, ?)");
            values.extend([created_at.micros().into(), id.to_string().into()]);
        }
    }
    let direction = if page.direction == Direction::Forward { "DESC" } else { "ASC" };
    values.push(i64::from(page.size + 1).into());
    let text = format!(
        "SELECT q.id FROM quote q WHERE {text} ORDER BY q.created_at {direction}, q.id {direction} LIMIT ?"
    );
    let rows = reader.connection().query_all_raw(reader.sql(&text, values)).await?;
    let ids: Vec<QuoteId> =
        rows.iter().map(|row| parse("quote.id", &row.try_get::<String>("", "id")?)).collect::<Result<_>>()?;
    let mut quotes: HashMap<QuoteId, Quote> =
        load(reader, &ids).await?.into_iter().map(|quote| (quote.id, quote)).collect();
    let rows = ids.iter().filter_map(|id| quotes.remove(id));
    let rows = rows.map(|quote| (cursor((quote.created_at, quote.id)), quote)).collect();
    let mut slice = Slice::from_peeked(rows, page);
    if count {
        let (text, values) = filter.conditions(now);
        let statement = reader.sql(&format!("SELECT count(*) AS total FROM quote q WHERE {text}"), values);
        let row = reader.connection().query_one_raw(statement).await?;
        slice.total = row.map(|row| row.try_get("", "total")).transpose()?;
    }
    Ok(slice)
}
