//! Lists that are read by an instant with the id as tie-breaker: newest first, or earliest first where one is so made.

use sea_orm::{ConnectionTrait, QueryResult, Value};

use super::{COUNTED, Reader, Result};
use crate::domain::page::{Direction, Page, Slice};
use crate::domain::time::Timestamp;

/// A place in such a list.
pub type Key = (Timestamp, String);

/// What is listed.
pub(super) struct List<'a> {
    /// The columns that the rows are read from; they hold the instant and the id.
    pub columns: &'a str,
    /// The tables.
    pub from: &'a str,
    /// The column of the instant.
    pub time: &'a str,
    /// The column of the id.
    pub id: &'a str,
    /// Conditions, each a term of one AND.
    pub conditions: Vec<String>,
    /// What stands for their question marks, in order.
    pub values: Vec<Value>,
    ascends: bool,
    /// Whether a count stops at [`COUNTED`].
    is_long: bool,
}

impl<'a> List<'a> {
    /// A list without conditions.
    pub fn new(columns: &'a str, from: &'a str, time: &'a str, id: &'a str) -> Self {
        Self {
            columns,
            from,
            time,
            id,
            conditions: Vec::new(),
            values: Vec::new(),
            ascends: false,
            is_long: false,
        }
    }

    /// The same, earliest first.
    pub fn earliest_first(mut self) -> Self {
        self.ascends = true;
        self
    }

    /// The same of a list that may be so long that a count of it stops at 100 001.
    pub fn counted_so_far(mut self) -> Self {
        self.is_long = true;
        self
    }

    /// Narrows it.
    pub fn narrow(&mut self, condition: impl Into<String>, values: impl IntoIterator<Item = Value>) {
        self.conditions.push(condition.into());
        self.values.extend(values);
    }

    /// The conditions as the text of a WHERE.
    pub fn conditions(&self) -> String {
        if self.conditions.is_empty() { "1 = 1".to_owned() } else { self.conditions.join(" AND ") }
    }
}

/// A page of a list, and its length where it is asked for.
pub(super) async fn page<T>(
    reader: &impl Reader,
    list: &List<'_>,
    (page, after, before): (&Page, Option<Key>, Option<Key>),
    count: bool,
    read: impl Fn(&QueryResult) -> Result<T>,
    cursor: impl Fn(&T) -> String,
) -> Result<Slice<T>> {
    let (mut text, mut values) = (list.conditions(), list.values.clone());
    let (time, id) = (list.time, list.id);
    let (behind, ahead) = if list.ascends { (">", "<") } else { ("<", ">") };
    for (key, comparison) in [(after, behind), (before, ahead)] {
        if let Some((instant, key)) = key {
            text = format!("{text} AND ({time}, {id}) {comparison} (?, ?)");
            values.extend([instant.micros().into(), key.into()]);
        }
    }
    let ascends = list.ascends == (page.direction == Direction::Forward);
    let direction = if ascends { "ASC" } else { "DESC" };
    values.push(i64::from(page.size + 1).into());
    let (columns, from) = (list.columns, list.from);
    let statement = reader.sql(
        &format!(
            "SELECT {columns} FROM {from} WHERE {text} ORDER BY {time} {direction}, {id} {direction} LIMIT ?"
        ),
        values,
    );
    let found = reader.connection().query_all_raw(statement).await?;
    let rows =
        found.iter().map(|row| read(row).map(|row| (cursor(&row), row))).collect::<Result<Vec<_>>>()?;
    let mut slice = Slice::from_peeked(rows, page);
    if count {
        let conditions = list.conditions();
        let mut values = list.values.clone();
        let text = if list.is_long {
            values.push(COUNTED.into());
            format!(
                "SELECT count(*) AS total FROM (SELECT 1 AS one FROM {from} WHERE {conditions} LIMIT ?) counted"
            )
        } else {
            format!("SELECT count(*) AS total FROM {from} WHERE {conditions}")
        };
        let row = reader.connection().query_one_raw(reader.sql(&text, values)).await?;
        slice.total = row.map(|row| row.try_get("", "total")).transpose()?;
    }
    Ok(slice)
}
