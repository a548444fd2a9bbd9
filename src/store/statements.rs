//! A company's own money, entry by entry: its accounts, and the escrow of what it buys.

use sea_orm::{ConnectionTrait, QueryResult, Value};

use super::keyset::{Key, List, page};
use super::{Error, Reader, Result, parse};
use crate::domain::ids::{CompanyId, OrderId};
use crate::domain::ledger::AccountKind;
use crate::domain::money::Currency;
use crate::domain::page::{Page, Slice};
use crate::domain::statement::Entry;
use crate::domain::time::Timestamp;

/// Which entries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EntryFilter {
    /// Whose accounts; none is everybody's, for operators.
    pub company: Option<CompanyId>,
    /// Only these kinds of accounts.
    pub accounts: Vec<AccountKind>,
    /// Only of this currency.
    pub currency: Option<Currency>,
    /// Only of this order.
    pub order: Option<OrderId>,
    /// Only booked at or after this instant.
    pub from: Option<Timestamp>,
    /// Only booked before this instant.
    pub before: Option<Timestamp>,
}

/// Each transfer stands twice: once for each of the accounts that it touches, with the balance after it.
const SIDES: &str = "(SELECT t.id || '-D' AS id, t.id AS transfer_id, t.posting_id, t.order_id, t.code, t.currency, \
     t.debit_account_id AS account_id, t.amount_minor AS debit_minor, 0 AS credit_minor, \
     t.debit_balance_minor AS balance_minor, t.debit_version AS version, t.created_at FROM transfer t \
     UNION ALL SELECT t.id || '-C', t.id, t.posting_id, t.order_id, t.code, t.currency, t.credit_account_id, 0, \
     t.amount_minor, t.credit_balance_minor, t.credit_version, t.created_at FROM transfer t) e \
     JOIN account a ON a.id = e.account_id LEFT JOIN orders o ON o.id = e.order_id";
const COLUMNS: &str = "e.id, e.transfer_id, e.order_id, o.number, e.code, e.currency, a.kind, a.subject, a.normal_side, \
     CAST(e.debit_minor AS BIGINT) AS debit_minor, CAST(e.credit_minor AS BIGINT) AS credit_minor, e.balance_minor, \
     e.version, e.created_at";

fn read(row: &QueryResult) -> Result<Entry> {
    let text = |column: &str| row.try_get::<String>("", column);
    let code = text("currency")?;
    let (debit, credit): (i64, i64) = (row.try_get("", "debit_minor")?, row.try_get("", "credit_minor")?);
    let grows_by_credit = text("normal_side")? == "CREDIT";
    Ok(Entry {
        id: text("id")?,
        transfer: parse("transfer.id", &text("transfer_id")?)?,
        order: row
            .try_get::<Option<String>>("", "order_id")?
            .map(|id| parse("transfer.order_id", &id))
            .transpose()?,
        order_number: row.try_get("", "number")?,
        code: parse("transfer.code", &text("code")?)?,
        account: parse("account.kind", &text("kind")?)?,
        account_subject: text("subject")?,
        currency: Currency::parse(&code).map_err(|_| Error::Corrupt(format!("transfer.currency {code}")))?,
        change_minor: if grows_by_credit { credit - debit } else { debit - credit },
        balance_minor: row.try_get("", "balance_minor")?,
        version: row.try_get("", "version")?,
        booked_at: Timestamp::from_micros(row.try_get("", "created_at")?),
    })
}

fn list(filter: &EntryFilter) -> List<'static> {
    let mut list = List::new(COLUMNS, SIDES, "e.created_at", "e.id");
    if let Some(company) = filter.company {
        let company = company.to_string();
        // Its own accounts by its name; escrow and refunds of what it buys by the order.
        list.narrow(
            "(a.subject = ? OR (a.kind IN ('ESCROW', 'REFUND_DUE') AND a.subject = e.order_id AND o.buyer_id = ?))",
            [company.clone().into(), company.into()],
        );
    }
    if !filter.accounts.is_empty() {
        let marks = vec!["?"; filter.accounts.len()].join(", ");
        let kinds = filter.accounts.iter().map(|kind| Value::from(kind.as_str()));
        list.narrow(format!("a.kind IN ({marks})"), kinds.collect::<Vec<_>>());
    }
    if let Some(currency) = filter.currency {
        list.narrow("e.currency = ?", [currency.to_string().into()]);
    }
    if let Some(order) = filter.order {
        list.narrow("e.order_id = ?", [order.to_string().into()]);
    }
    if let Some(from) = filter.from {
        list.narrow("e.created_at >= ?", [from.micros().into()]);
    }
    if let Some(before) = filter.before {
        list.narrow("e.created_at < ?", [before.micros().into()]);
    }
    list
}

/// The entries that match, newest first.
pub async fn entries(
    reader: &impl Reader,
    filter: &EntryFilter,
    wanted: (&Page, Option<Key>, Option<Key>),
    count: bool,
    cursor: impl Fn(&Entry) -> String,
) -> Result<Slice<Entry>> {
    page(reader, &list(filter), wanted, count, read, cursor).await
}

/// What the entries that match come to, in minor units, and how many they are.
pub async fn sum(reader: &impl Reader, filter: &EntryFilter) -> Result<(i64, i64)> {
    let list = list(filter);
    let text = format!(
        "SELECT CAST(coalesce(sum(CASE WHEN a.normal_side = 'CREDIT' THEN e.credit_minor - e.debit_minor \
         ELSE e.debit_minor - e.credit_minor END), 0) AS BIGINT) AS minor, count(*) AS n FROM {SIDES} WHERE {}",
        list.conditions()
    );
    let row = reader.connection().query_one_raw(reader.sql(&text, list.values.clone())).await?;
    row.map_or(Ok((0, 0)), |row| Ok((row.try_get("", "minor")?, row.try_get("", "n")?)))
}

/// The balances of a company's accounts now, by kind and currency; accounts that never moved are left out.
pub async fn balances(reader: &impl Reader, company: CompanyId) -> Result<Vec<(AccountKind, Currency, i64)>> {
    let text = "SELECT kind, currency, CASE WHEN normal_side = 'CREDIT' THEN credits - debits ELSE debits - credits END AS minor \
                FROM account WHERE subject = ? AND version > 0 ORDER BY currency, kind";
    let rows = reader.connection().query_all_raw(reader.sql(text, [company.to_string()])).await?;
    rows.iter()
        .map(|row| {
            let code: String = row.try_get("", "currency")?;
            let currency =
                Currency::parse(&code).map_err(|_| Error::Corrupt(format!("account.currency {code}")))?;
            Ok((
                parse("account.kind", &row.try_get::<String>("", "kind")?)?,
                currency,
                row.try_get("", "minor")?,
            ))
        })
        .collect()
}
