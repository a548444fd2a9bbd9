//! Pieces of SQL that both databases read alike: scores, orders, the places of pages.

use sea_orm::Value;

use crate::domain::cursor::{self, Key};
use crate::domain::error::Refusal;
use crate::domain::page::{Direction, Page};
use crate::domain::search::{SearchQuery, TEXT_POINTS, TITLE_POINTS};
use crate::store::Reader;

/// SQL with the values of its placeholders, in order.
#[derive(Debug, Clone, Default)]
pub(super) struct Sql {
    pub(super) text: String,
    pub(super) values: Vec<Value>,
}

impl Sql {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), values: Vec::new() }
    }

    /// Appends text without placeholders.
    pub(super) fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Appends text with the values of its placeholders.
    pub(super) fn bind(
        &mut self,
        text: &str,
        values: impl IntoIterator<Item = impl Into<Value>>,
    ) -> &mut Self {
        self.text.push_str(text);
        self.values.extend(values.into_iter().map(Into::into));
        self
    }

    /// Appends another piece.
    pub(super) fn append(&mut self, other: Self) -> &mut Self {
        self.text.push_str(&other.text);
        self.values.extend(other.values);
        self
    }

    /// The statement for a connection.
    pub(super) fn statement(self, reader: &impl Reader) -> sea_orm::Statement {
        reader.sql(&self.text, self.values)
    }
}

/// The points of a listing row `l`: those of its rank and, with a query, those of the words' places.
pub(super) fn score(query: Option<&SearchQuery>) -> Sql {
    let mut sql = Sql::default();
    if let Some(query) = query {
        sql.push("(");
        for (place, clause) in query.clauses().iter().enumerate() {
            let end = if clause.is_prefix { "%" } else { " %" };
            let pattern = format!("% {}{end}", clause.terms.join(" "));
            let plus = if place == 0 { "" } else { " + " };
            let points =
                format!("{plus}CASE WHEN l.title_terms LIKE ? THEN {TITLE_POINTS} ELSE {TEXT_POINTS} END");
            sql.bind(&points, [pattern]);
        }
        sql.push(&format!(") / {} + ", query.clauses().len()));
    }
    sql.push("l.rank_score");
    sql
}

/// The keys that a list is sorted by, all in one direction; the id breaks ties.
pub(super) struct Order {
    /// Names the list in its cursors.
    pub(super) list: String,
    /// The expressions, without the id.
    pub(super) keys: Vec<(Sql, Key)>,
    /// Whether the list begins with the largest keys.
    pub(super) descending: bool,
}

impl Order {
    /// The places between which a page lies, read from its cursors.
    pub(super) fn bounds(&self, page: &Page) -> Result<Bounds, Refusal> {
        let mut shape: Vec<Key> = self.keys.iter().map(|(_, like)| like.clone()).collect();
        shape.push(Key::Text(String::new()));
        let read = |cursor: &Option<String>, name: &str| {
            cursor
                .as_deref()
                .map(|cursor| {
                    cursor::decode(&self.list, &shape, cursor).map_err(|refusal| refusal.at(&[name]))
                })
                .transpose()
        };
        Ok(Bounds { after: read(&page.after, "after")?, before: read(&page.before, "before")? })
    }

    /// ` AND` the row lies between the bounds, where `names` are the columns of the keys and the id.
    pub(super) fn between(&self, bounds: &Bounds, names: &str) -> Sql {
        let mut sql = Sql::default();
        let marks = vec!["?"; self.keys.len() + 1].join(", ");
        for (keys, beyond) in [(&bounds.after, self.descending), (&bounds.before, !self.descending)] {
            if let Some(keys) = keys {
                let comparison = if beyond { "<" } else { ">" };
                let values = keys.iter().map(|key| match key {
                    Key::Int(number) => Value::from(*number),
                    Key::Text(text) => Value::from(text.clone()),
                });
                sql.bind(&format!(" AND ({names}) {comparison} ({marks})"), values);
            }
        }
        sql
    }

    /// `ORDER BY` and the limits of a page, with one row more to see whether others follow.
    pub(super) fn limit(&self, page: &Page) -> Sql {
        let mut sql = self.by(page.direction);
        sql.bind(" LIMIT ? OFFSET ?", [i64::from(page.size) + 1, i64::from(page.offset)]);
        sql
    }

    /// `ORDER BY`, in reading direction.
    pub(super) fn by(&self, direction: Direction) -> Sql {
        let descending = self.descending == (direction == Direction::Forward);
        let word = if descending { "DESC" } else { "ASC" };
        let parts: Vec<String> = (0..self.keys.len()).map(|place| format!("k{place} {word}")).collect();
        let mut text = parts.join(", ");
        if !text.is_empty() {
            text.push_str(", ");
        }
        Sql::new(format!(" ORDER BY {text}id {word}"))
    }

    /// `k0, k1, …, id`.
    pub(super) fn columns(&self) -> String {
        let mut names: Vec<String> = (0..self.keys.len()).map(|place| format!("k{place}")).collect();
        names.push("id".to_owned());
        names.join(", ")
    }

    /// `expression AS k0, …`, each followed by a comma.
    pub(super) fn selected(&self) -> Sql {
        let mut sql = Sql::default();
        for (place, (expression, _)) in self.keys.iter().enumerate() {
            sql.append(expression.clone()).push(&format!(" AS k{place}, "));
        }
        sql
    }

    /// The cursor of a row.
    pub(super) fn cursor(&self, row: &sea_orm::QueryResult) -> crate::store::Result<String> {
        let mut keys = Vec::with_capacity(self.keys.len() + 1);
        for (place, (_, like)) in self.keys.iter().enumerate() {
            let name = format!("k{place}");
            keys.push(match like {
                Key::Int(_) => Key::Int(row.try_get("", &name)?),
                Key::Text(_) => Key::Text(row.try_get("", &name)?),
            });
        }
        keys.push(Key::Text(row.try_get("", "id")?));
        Ok(cursor::encode(&self.list, &keys))
    }
}

/// The keys between which a page lies.
#[derive(Debug, Default)]
pub(super) struct Bounds {
    after: Option<Vec<Key>>,
    before: Option<Vec<Key>>,
}
