//! Messages: numbered in their thread without gaps, never changed.

use std::collections::HashMap;

use entity::message;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder,
    Value,
};

use super::{Error, Reader, Result, Tx, parse};
use crate::domain::ids::{MessageId, ThreadId};
use crate::domain::message::{Content, Message, Subject, Thread};
use crate::domain::page::{Direction, Page, Slice};
use crate::domain::time::Timestamp;

/// Takes the next number of a thread and keeps others from it until the transaction ends; makes the thread with its
/// first message.
pub async fn next_number(tx: &Tx, thread: &Thread, now: Timestamp) -> Result<i64> {
    let (order, quote) = match thread.subject {
        Subject::Order(order) => (Some(order.to_string()), None),
        Subject::Quote(quote) => (None, Some(quote.to_string())),
    };
    let values: [Value; 6] = [
        thread.id.to_string().into(),
        order.into(),
        quote.into(),
        thread.buyer.to_string().into(),
        thread.supplier.to_string().into(),
        now.micros().into(),
    ];
    let statement = tx.sql(
        "INSERT INTO thread (id, order_id, quote_id, buyer_id, supplier_company_id, messages, created_at) \
         VALUES (?, ?, ?, ?, ?, 1, ?) \
         ON CONFLICT (id) DO UPDATE SET messages = thread.messages + 1 RETURNING messages",
        values,
    );
    let row = tx.connection().query_one_raw(statement).await?;
    Ok(row.ok_or_else(|| Error::Corrupt(format!("{} has no row", thread.id)))?.try_get("", "messages")?)
}

/// Writes a message.
pub async fn insert(tx: &Tx, message: &Message) -> Result<()> {
    let content = &message.content;
    let json = |text: serde_json::Result<String>| text.map_err(|error| Error::Corrupt(error.to_string()));
    let row = message::ActiveModel {
        id: Set(content.id.to_string()),
        thread_id: Set(content.thread_id.to_string()),
        seq: Set(content.seq),
        sender_id: Set(content.sender_id.to_string()),
        sender_role: Set(content.sender_role.to_string()),
        member_id: Set(content.member_id.map(|member| member.to_string())),
        body: Set(content.body.clone()),
        attachments: Set(json(serde_json::to_string(&content.attachments))?),
        risk_signals: Set(json(serde_json::to_string(&message.risk_signals))?),
        sha256: Set(message.sha256.clone()),
        sent_at: Set(content.sent_at.micros()),
    };
    message::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Since when the buyer waits for the supplier's first word in a thread, where the message with this number is that word:
/// the first of the supplier behind the buyer's first.
pub async fn unanswered_since(
    reader: &impl Reader,
    thread: ThreadId,
    number: i64,
) -> Result<Option<Timestamp>> {
    let text = "SELECT b.sent_at AS asked_at FROM message b WHERE b.thread_id = ? AND b.sender_role = 'BUYER' \
                AND b.seq < ? AND NOT EXISTS (SELECT 1 FROM message s WHERE s.thread_id = b.thread_id \
                AND s.sender_role = 'SUPPLIER' AND s.seq < ? AND s.seq > (SELECT min(f.seq) FROM message f \
                WHERE f.thread_id = b.thread_id AND f.sender_role = 'BUYER')) ORDER BY b.seq LIMIT 1";
    let values: [Value; 3] = [thread.to_string().into(), number.into(), number.into()];
    let row = reader.connection().query_one_raw(reader.sql(text, values)).await?;
    row.map(|row| Ok(Timestamp::from_micros(row.try_get("", "asked_at")?))).transpose()
}

/// The messages with these ids, oldest first; unknown ids are left out.
pub async fn load(reader: &impl Reader, ids: &[MessageId]) -> Result<Vec<Message>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = message::Entity::find()
        .filter(message::Column::Id.is_in(ids.iter().map(ToString::to_string)))
        .order_by_asc(message::Column::Id)
        .all(reader.connection())
        .await?;
    rows.into_iter().map(from_row).collect()
}

/// How many messages threads have; threads without any are left out.
pub async fn counts(reader: &impl Reader, ids: &[ThreadId]) -> Result<HashMap<ThreadId, i64>> {
    let marks = vec!["?"; ids.len()].join(", ");
    let statement = reader.sql(
        &format!("SELECT id, messages FROM thread WHERE id IN ({marks})"),
        ids.iter().map(ToString::to_string),
    );
    let rows = reader.connection().query_all_raw(statement).await?;
    rows.iter()
        .map(|row| Ok((parse("thread.id", &row.try_get::<String>("", "id")?)?, row.try_get("", "messages")?)))
        .collect()
}

/// The same page of several threads in one statement, oldest message first; bounds are numbers of messages.
pub async fn pages(
    reader: &impl Reader,
    threads: &[ThreadId],
    page: &Page,
    (after, before): (Option<i64>, Option<i64>),
    cursor: impl Fn(i64) -> String,
) -> Result<HashMap<ThreadId, Slice<Message>>> {
    let marks = vec!["?"; threads.len()].join(", ");
    let mut values: Vec<Value> = threads.iter().map(|thread| thread.to_string().into()).collect();
    let mut bounds = String::new();
    for (bound, sign) in [(after, ">"), (before, "<")] {
        if let Some(number) = bound {
            bounds.push_str(" AND seq ");
            bounds.push_str(sign);
            bounds.push_str(" ?");
            values.push(number.into());
        }
    }
    let direction = if page.direction == Direction::Forward { "ASC" } else { "DESC" };
    values.push(i64::from(page.size + 1).into());
    let text = format!(
        "SELECT * FROM (SELECT message.*, row_number() OVER (PARTITION BY thread_id ORDER BY seq {direction}) AS place \
         FROM message WHERE thread_id IN ({marks}){bounds}) m WHERE place <= ? ORDER BY thread_id, place"
    );
    let rows = reader.connection().query_all_raw(reader.sql(&text, values)).await?;
    let mut found: HashMap<ThreadId, Vec<(String, Message)>> =
        threads.iter().map(|thread| (*thread, Vec::new())).collect();
    for row in &rows {
        let message = from_row(message::Model::from_query_result(row, "")?)?;
        let place = cursor(message.content.seq);
        found.entry(message.content.thread_id).or_default().push((place, message));
    }
    Ok(found.into_iter().map(|(thread, rows)| (thread, Slice::from_peeked(rows, page))).collect())
}

fn from_row(row: message::Model) -> Result<Message> {
    let corrupt = |error: serde_json::Error| Error::Corrupt(format!("{}: {error}", row.id));
    Ok(Message {
        content: Content {
            id: parse("message.id", &row.id)?,
            thread_id: parse("message.thread_id", &row.thread_id)?,
            seq: row.seq,
            sender_id: parse("message.sender_id", &row.sender_id)?,
            sender_role: parse("message.sender_role", &row.sender_role)?,
            member_id: row.member_id.as_deref().map(|id| parse("message.member_id", id)).transpose()?,
            attachments: serde_json::from_str(&row.attachments).map_err(corrupt)?,
            sent_at: Timestamp::from_micros(row.sent_at),
            body: row.body,
        },
        risk_signals: serde_json::from_str(&row.risk_signals).map_err(corrupt)?,
        sha256: row.sha256,
    })
}
