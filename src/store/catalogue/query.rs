//! The conditions of a search as SQL that both databases read alike.

use sea_orm::{DbBackend, Value};

use super::{is_one_of, list_of};
use crate::domain::audit::CertificateKind;
use crate::domain::badge::BadgeKind;
use crate::domain::cursor::{self, Key};
use crate::domain::error::Refusal;
use crate::domain::money::UnitPrice;
use crate::domain::page::{Direction, Page};
use crate::domain::search::{
    PriceFilter, ProductFilter, SearchQuery, SupplierFilter, TEXT_POINTS, TITLE_POINTS,
};
use crate::domain::time::{Day, Timestamp};
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

/// Conditions of a WHERE clause on a listing row named `l`, each beginning with ` AND `.
pub(super) struct Conditions<'a> {
    backend: DbBackend,
    now: Timestamp,
    /// `product` or `supplier`.
    kind: &'a str,
    sql: Sql,
}

impl<'a> Conditions<'a> {
    pub(super) fn new(reader: &impl Reader, kind: &'a str, now: Timestamp) -> Self {
        Self { backend: reader.backend(), now, kind, sql: Sql::default() }
    }

    pub(super) fn finish(self) -> Sql {
        self.sql
    }

    /// The rows in which every word occurs, the last one as the beginning of a word. Terms are letters and digits
    /// only, so they need no escape in either database's query language.
    pub(super) fn query(&mut self, query: Option<&SearchQuery>) {
        let Some(query) = query else { return };
        if self.backend == DbBackend::Postgres {
            let words: Vec<String> = query.terms().iter().map(|term| format!("'{term}'")).collect();
            self.sql.bind(" AND l.search_vector @@ ?::tsquery", [format!("{}:*", words.join(" & "))]);
        } else {
            let words: Vec<String> = query.terms().iter().map(|term| format!("\"{term}\"")).collect();
            let kind = self.kind;
            let text = format!(
                " AND l.listing_number IN (SELECT rowid FROM {kind}_search WHERE {kind}_search MATCH ?)"
            );
            self.sql.bind(&text, [format!("{}*", words.join(" "))]);
        }
    }

    /// What must hold of a supplier, on its own listing or on its products'.
    pub(super) fn supplier(&mut self, filter: &SupplierFilter) {
        for badge in &filter.badges {
            match badge_column(*badge) {
                Some(column) => {
                    self.sql.bind(&format!(" AND l.{column} > ?"), [self.now.micros()]);
                }
                None if self.kind == "product" => {
                    let column = if *badge == BadgeKind::Guaranteed { "guaranteed" } else { "easy_return" };
                    self.flag(column, Some(true));
                }
                // No supplier carries a product's badge.
                None => {
                    self.sql.push(" AND 1 = 0");
                }
            }
        }
        self.one_of("l.specialisation", &filter.specialisations);
        self.one_of("l.country", &filter.countries);
        let day = filter.certified_on.unwrap_or(self.now.day());
        for standard in &filter.management_certifications {
            self.certified(CertificateKind::Management, standard, day);
        }
        for standard in &filter.product_certifications {
            self.certified(CertificateKind::Product, standard, day);
        }
        if let Some(least) = filter.minimum_rating_thousandths {
            self.sql.bind(" AND l.rating_thousandths >= ?", [least]);
        }
    }

    /// What must hold of a product.
    pub(super) fn product(&mut self, filter: &ProductFilter) {
        self.supplier(&filter.supplier);
        if let Some(supplier) = filter.supplier_id {
            self.sql.bind(" AND l.supplier_id = ?", [supplier.to_string()]);
        }
        self.flag("guaranteed", filter.guaranteed);
        self.flag("easy_return", filter.easy_return);
        self.flag("sample_available", filter.sample_available);
        if let Some(category) = filter.category {
            // Whatever follows a path sorts before the path with a tilde, which no id holds.
            self.sql.bind(
                " AND l.category_path >= (SELECT path FROM category WHERE id = ?) \
                 AND l.category_path < (SELECT path || '~' FROM category WHERE id = ?)",
                [category.to_string(), category.to_string()],
            );
        }
        if let Some(price) = filter.price {
            self.price(price);
        }
        if let Some(most) = filter.maximum_minimum_order_quantity {
            self.sql.bind(" AND l.minimum_order_quantity <= ?", [most]);
        }
        if let Some(most) = filter.maximum_lead_days {
            self.sql.bind(" AND l.lead_days <= ?", [most]);
        }
    }

    fn price(&mut self, filter: PriceFilter) {
        self.sql.bind(" AND l.currency = ?", [filter.currency.code()]);
        let minimum = filter.minimum.map_or(0, UnitPrice::millionths);
        // The largest number stands for "no price", which is in no range.
        let maximum = filter.maximum.map_or(i64::MAX - 1, |price| price.millionths().min(i64::MAX - 1));
        match filter.quantity {
            None => self.sql.bind(" AND l.order_unit_price BETWEEN ? AND ?", [minimum, maximum]),
            Some(quantity) => self.sql.bind(
                " AND l.lowest_unit_price <= ? AND (SELECT p.unit_price FROM product_price p \
                 WHERE p.product_id = l.product_id AND p.min_quantity <= ? \
                 ORDER BY p.min_quantity DESC LIMIT 1) BETWEEN ? AND ?",
                [maximum, quantity, minimum, maximum],
            ),
        };
    }

    fn certified(&mut self, kind: CertificateKind, standard: &str, day: Day) {
        let covers = if kind == CertificateKind::Product && self.kind == "product" {
            "JOIN product_certificate pc ON pc.certificate_id = c.id AND pc.product_id = l.product_id"
        } else {
            ""
        };
        let values: [Value; 4] =
            [kind.as_str().into(), standard.into(), day.number().into(), day.number().into()];
        self.sql.bind(
            &format!(
                " AND EXISTS (SELECT 1 FROM certificate c {covers} WHERE c.supplier_id = l.supplier_id \
                 AND c.kind = ? AND c.standard = ? AND c.valid_from <= ? AND c.valid_until >= ?)"
            ),
            values,
        );
    }

    fn one_of<T: std::fmt::Display>(&mut self, column: &str, values: &[T]) {
        match values {
            [] => {}
            // An index on the column and the order then gives the page in its order; a list would have all its rows sorted.
            [only] => {
                self.sql.bind(&format!(" AND {column} = ?"), [only.to_string()]);
            }
            several => {
                self.sql.bind(&format!(" AND {}", is_one_of(self.backend, column)), [list_of(several)]);
            }
        }
    }

    fn flag(&mut self, column: &str, wanted: Option<bool>) {
        if let Some(wanted) = wanted {
            self.sql.bind(&format!(" AND l.{column} = ?"), [wanted]);
        }
    }
}

/// The column that says until when a supplier holds a badge.
pub(super) const fn badge_column(kind: BadgeKind) -> Option<&'static str> {
    match kind {
        BadgeKind::Gold => Some("gold_until"),
        BadgeKind::Verified => Some("verified_until"),
        BadgeKind::VerifiedPro => Some("verified_pro_until"),
        BadgeKind::TradeAssurance => Some("trade_assurance_until"),
        BadgeKind::Guaranteed | BadgeKind::EasyReturn => None,
    }
}

/// The points of a listing row `l`: those of its rank and, with a query, those of the words' places.
pub(super) fn score(query: Option<&SearchQuery>) -> Sql {
    let mut sql = Sql::default();
    if let Some(query) = query {
        let last = query.terms().len() - 1;
        sql.push("(");
        for (place, term) in query.terms().iter().enumerate() {
            let pattern = if place == last { format!("% {term}%") } else { format!("% {term} %") };
            let plus = if place == 0 { "" } else { " + " };
            let points =
                format!("{plus}CASE WHEN l.title_terms LIKE ? THEN {TITLE_POINTS} ELSE {TEXT_POINTS} END");
            sql.bind(&points, [pattern]);
        }
        sql.push(&format!(") / {} + ", query.terms().len()));
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
