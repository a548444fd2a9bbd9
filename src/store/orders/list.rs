//! Lists of orders: paged by the instant of placement and the id, either way.

use sea_orm::{ConnectionTrait, Value};

use crate::domain::ids::{CompanyId, OrderId, SupplierId};
use crate::domain::order::{Order, OrderKind, OrderStatus};
use crate::domain::page::{Direction, Page, Slice};
use crate::domain::time::Timestamp;
use crate::store::{Reader, Result, parse};

/// Whose orders an asker may see.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Visibility {
    /// None.
    #[default]
    Nothing,
    /// All; for operators only.
    Everything,
    /// Those that the company buys.
    Buyer(CompanyId),
    /// Those that the company sells, from the moment that they were sent to it.
    Supplier(CompanyId),
    /// Those that the company inspects or inspected.
    Inspector(CompanyId),
}

impl Visibility {
    /// Adds the condition on `orders o` to a statement.
    pub(in crate::store) fn narrow(self, text: &mut String, values: &mut Vec<Value>) {
        match self {
            Self::Nothing => text.push_str(" AND 1 = 0"),
            Self::Everything => {}
            Self::Buyer(company) => {
                text.push_str(" AND o.buyer_id = ?");
                values.push(company.to_string().into());
            }
            Self::Supplier(company) => {
                // A draft that was given up keeps the mark that it was never sent.
                text.push_str(
                    " AND o.supplier_company_id = ? AND o.status <> 'DRAFT' AND o.state NOT LIKE '%\"submitted\":false%'",
                );
                values.push(company.to_string().into());
            }
            Self::Inspector(company) => {
                text.push_str(
                    " AND EXISTS (SELECT 1 FROM order_inspection i WHERE i.order_id = o.id AND i.inspector_id = ?)",
                );
                values.push(company.to_string().into());
            }
        }
    }
}

/// The order of a list of orders.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OrderSort {
    /// The one that was placed last first.
    #[default]
    Newest,
    /// The one that was placed first first.
    Oldest,
}

/// Which orders, and in which order.
#[derive(Debug, Clone, Default)]
pub struct OrderFilter {
    /// In which order.
    pub sort: OrderSort,
    /// Only those that the asker may see.
    pub visibility: Visibility,
    /// Only in one of these statuses.
    pub statuses: Vec<OrderStatus>,
    /// Only of one of these kinds.
    pub kinds: Vec<OrderKind>,
    /// Only those that this company buys.
    pub buyer: Option<CompanyId>,
    /// Only those that this supplier sells.
    pub supplier: Option<SupplierId>,
    /// Only placed at or after this instant.
    pub placed_from: Option<Timestamp>,
    /// Only placed before this instant.
    pub placed_before: Option<Timestamp>,
}

impl OrderFilter {
    fn conditions(&self) -> (String, Vec<Value>) {
        let (mut text, mut values) = (String::from("1 = 1"), Vec::new());
        self.visibility.narrow(&mut text, &mut values);
        let one_of = |column: &str, count: usize| {
            let marks = vec!["?"; count].join(", ");
            format!(" AND o.{column} IN ({marks})")
        };
        if !self.statuses.is_empty() {
            text.push_str(&one_of("status", self.statuses.len()));
            values.extend(self.statuses.iter().map(|status| Value::from(status.as_str())));
        }
        if !self.kinds.is_empty() {
            text.push_str(&one_of("kind", self.kinds.len()));
            values.extend(self.kinds.iter().map(|kind| Value::from(kind.as_str())));
        }
        if let Some(buyer) = self.buyer {
            text.push_str(" AND o.buyer_id = ?");
            values.push(buyer.to_string().into());
        }
        if let Some(supplier) = self.supplier {
            text.push_str(" AND o.supplier_id = ?");
            values.push(supplier.to_string().into());
        }
        if let Some(from) = self.placed_from {
            text.push_str(" AND o.placed_at >= ?");
            values.push(from.micros().into());
        }
        if let Some(before) = self.placed_before {
            text.push_str(" AND o.placed_at < ?");
            values.push(before.micros().into());
        }
        (text, values)
    }
}

/// The place of an order in the list.
pub type OrderKey = (Timestamp, OrderId);

/// The ids of a page of orders with their places, one more than asked for, in reading direction.
pub async fn order_ids(
    reader: &impl Reader,
    filter: &OrderFilter,
    page: &Page,
    after: Option<OrderKey>,
    before: Option<OrderKey>,
) -> Result<Vec<OrderKey>> {
    let (mut text, mut values) = filter.conditions();
    let is_newest = filter.sort == OrderSort::Newest;
    let (behind, ahead) = if is_newest { ("<", ">") } else { (">", "<") };
    for (key, comparison) in [(after, behind), (before, ahead)] {
        if let Some((placed_at, id)) = key {
            text.push_str(" AND (o.placed_at, o.id) ");
            text.push_str(comparison);
            text.push_str(" (?, ?)");
            values.extend([placed_at.micros().into(), id.to_string().into()]);
        }
    }
    let falls = is_newest == (page.direction == Direction::Forward);
    let direction = if falls { "DESC" } else { "ASC" };
    values.push(i64::from(page.size + 1).into());
    let statement = reader.sql(
        &format!(
            "SELECT o.id, o.placed_at FROM orders o WHERE {text} \
             ORDER BY o.placed_at {direction}, o.id {direction} LIMIT ?"
        ),
        values,
    );
    let rows = reader.connection().query_all_raw(statement).await?;
    rows.iter()
        .map(|row| {
            let id = parse("orders.id", &row.try_get::<String>("", "id")?)?;
            Ok((Timestamp::from_micros(row.try_get("", "placed_at")?), id))
        })
        .collect()
}

/// A page of orders, read whole, and their number where it is asked for.
pub async fn list(
    reader: &impl Reader,
    filter: &OrderFilter,
    page: &Page,
    keys: (Option<OrderKey>, Option<OrderKey>),
    count: bool,
    cursor: impl Fn(OrderKey) -> String,
) -> Result<Slice<Order>> {
    let found = order_ids(reader, filter, page, keys.0, keys.1).await?;
    let ids: Vec<_> = found.iter().map(|(_, id)| *id).collect();
    let mut orders = super::load(reader, &ids).await?;
    let mut rows = Vec::with_capacity(found.len());
    for key in found {
        if let Some(index) = orders.iter().position(|order| order.id == key.1) {
            rows.push((cursor(key), orders.swap_remove(index)));
        }
    }
    let mut slice = Slice::from_peeked(rows, page);
    if count {
        let (text, values) = filter.conditions();
        let statement = reader.sql(&format!("SELECT count(*) AS total FROM orders o WHERE {text}"), values);
        let row = reader.connection().query_one_raw(statement).await?;
        slice.total = row.map(|row| row.try_get("", "total")).transpose()?;
    }
    Ok(slice)
}
