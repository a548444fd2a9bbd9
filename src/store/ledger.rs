//! The ledger: postings written whole, balances on the account rows, whose CHECK is the last guard.

use std::collections::BTreeMap;

use entity::{account, posting, transfer};
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait, QueryResult, TryInsertResult, Value};

use super::{Error, Reader, Result, Tx, parse};
use crate::domain::ids::{AccountId, CompanyId, OrderId, PostingId, TransferId};
use crate::domain::ledger::{
    AccountKey, AccountKind, Funds, Posting, PostingKind, Side, Transfer, TransferCode,
};
use crate::domain::money::{Currency, Money};
use crate::domain::time::Timestamp;
use crate::ids::IdGenerator;

/// What a posting needs beside itself.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// Makes ids.
    pub ids: &'a IdGenerator,
    /// When it is booked.
    pub now: Timestamp,
    /// The contract version that the amounts derive from.
    pub contract_version: Option<u32>,
}

struct Balance {
    id: String,
    normal: Side,
    debits: i64,
    credits: i64,
    version: i64,
}

impl Balance {
    /// The balance on the account's own side.
    fn minor(&self) -> i64 {
        match self.normal {
            Side::Debit => self.debits - self.credits,
            Side::Credit => self.credits - self.debits,
        }
    }
}

/// Writes the postings of one command: all their accounts in key order (so that two commands never wait for each other
/// in a circle), then each posting with its transfers. A second posting with the same natural key is refused by the
/// database.
pub async fn post(tx: &Tx, entries: &[Posting], context: Context<'_>) -> Result<()> {
    for entry in entries {
        if entry.transfers.is_empty() || entry.transfers.iter().any(|transfer| transfer.amount_minor <= 0) {
            return Err(Error::Corrupt(format!(
                "posting {} of {} moves nothing or less",
                entry.kind, entry.subject
            )));
        }
    }
    let mut balances = move_balances(tx, entries, context).await?;
    let mut postings = Vec::with_capacity(entries.len());
    let mut rows = Vec::new();
    // The balances are those after all of it; going backward gives each transfer the balance after itself.
    for entry in entries.iter().rev() {
        let id: PostingId = context.ids.make(context.now);
        postings.push(posting::ActiveModel {
            id: Set(id.to_string()),
            order_id: Set(entry.order.map(|order| order.to_string())),
            subject: Set(entry.subject.clone()),
            kind: Set(entry.kind.to_string()),
            seq: Set(entry.seq),
            contract_version: Set(context.contract_version.map(i64::from)),
            occurred_at: Set(context.now.micros()),
            created_at: Set(context.now.micros()),
        });
        for movement in entry.transfers.iter().rev() {
            rows.push(transfer_row(&mut balances, entry, id, movement, context)?);
        }
    }
    if postings.is_empty() {
        return Ok(());
    }
    posting::Entity::insert_many(postings.into_iter().rev()).exec_without_returning(tx.connection()).await?;
    transfer::Entity::insert_many(rows.into_iter().rev()).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// A movement with the balances after it; takes it off them again, so that the one before it finds its own.
fn transfer_row(
    balances: &mut BTreeMap<AccountKey, Balance>,
    entry: &Posting,
    posting: PostingId,
    movement: &Transfer,
    context: Context<'_>,
) -> Result<transfer::ActiveModel> {
    let id: TransferId = context.ids.make(context.now);
    let missing = || Error::Corrupt("a transfer names an account that was not moved".to_owned());
    let debit = balances.get(&movement.debit).ok_or_else(missing)?;
    let credit = balances.get(&movement.credit).ok_or_else(missing)?;
    let row = transfer::ActiveModel {
        id: Set(id.to_string()),
        posting_id: Set(posting.to_string()),
        order_id: Set(entry.order.map(|order| order.to_string())),
        code: Set(movement.code.to_string()),
        currency: Set(movement.debit.currency.to_string()),
        debit_account_id: Set(debit.id.clone()),
        credit_account_id: Set(credit.id.clone()),
        amount_minor: Set(movement.amount_minor),
        debit_balance_minor: Set(debit.minor()),
        debit_version: Set(debit.version),
        credit_balance_minor: Set(credit.minor()),
        credit_version: Set(credit.version),
        created_at: Set(context.now.micros()),
    };
    if let Some(debit) = balances.get_mut(&movement.debit) {
        debit.debits -= movement.amount_minor;
        debit.version -= 1;
    }
    if let Some(credit) = balances.get_mut(&movement.credit) {
        credit.credits -= movement.amount_minor;
        credit.version -= 1;
    }
    Ok(row)
}

/// The balances that a command reads before it decides, locked until it ends: the accounts are made where there are
/// none yet, so that there is something to lock.
pub async fn funds(
    tx: &Tx,
    supplier: CompanyId,
    buyer: CompanyId,
    currency: Currency,
    context: Context<'_>,
) -> Result<Funds> {
    let mut minor = [0; 3];
    let keys = [
        AccountKey::supplier_payable(supplier, currency),
        AccountKey::supplier_debt(supplier, currency),
        AccountKey::buyer_credit(buyer, currency),
    ];
    for (key, minor) in keys.iter().zip(&mut minor) {
        *minor = lock_balance(tx, key, context).await?;
    }
    let [payable, debt, credit] = minor;
    Ok(Funds { payable, debt, credit })
}

/// An account's balance on its own side, locked until the transaction ends; the account is made where there is none.
pub async fn lock_balance(tx: &Tx, key: &AccountKey, context: Context<'_>) -> Result<i64> {
    // Adding nothing takes the row's lock and answers what it holds, on both databases.
    let row = if let Some(row) = add(tx, key, 0, 0, 0).await? {
        row
    } else {
        ensure(tx, key, context).await?;
        add(tx, key, 0, 0, 0).await?.ok_or_else(|| Error::Corrupt(format!("no account {key:?}")))?
    };
    Ok(balance(key, &row)?.minor())
}

async fn move_balances(
    tx: &Tx,
    entries: &[Posting],
    context: Context<'_>,
) -> Result<BTreeMap<AccountKey, Balance>> {
    let mut movements: BTreeMap<&AccountKey, (i64, i64, i64)> = BTreeMap::new();
    for transfer in entries.iter().flat_map(|entry| &entry.transfers) {
        let overflow = || Error::Corrupt("a posting overflows".to_owned());
        let debit = movements.entry(&transfer.debit).or_default();
        debit.0 = debit.0.checked_add(transfer.amount_minor).ok_or_else(overflow)?;
        debit.2 += 1;
        let credit = movements.entry(&transfer.credit).or_default();
        credit.1 = credit.1.checked_add(transfer.amount_minor).ok_or_else(overflow)?;
        credit.2 += 1;
    }
    let mut balances = BTreeMap::new();
    for (key, (debits, credits, count)) in movements {
        let row = if let Some(row) = add(tx, key, debits, credits, count).await? {
            row
        } else {
            ensure(tx, key, context).await?;
            let row = add(tx, key, debits, credits, count).await?;
            row.ok_or_else(|| Error::Corrupt(format!("no account {key:?}")))?
        };
        let balance = balance(key, &row)?;
        // The CHECK says the same: two guards, since this is where money could be lost.
        if balance.minor() < 0 && !key.kind.may_overdraw() {
            return Err(Error::Constraint("account_not_overdrawn".to_owned()));
        }
        balances.insert(key.clone(), balance);
    }
    Ok(balances)
}

fn balance(key: &AccountKey, row: &QueryResult) -> Result<Balance> {
    Ok(Balance {
        id: row.try_get("", "id")?,
        normal: key.kind.normal_side(),
        debits: row.try_get("", "debits")?,
        credits: row.try_get("", "credits")?,
        version: row.try_get("", "version")?,
    })
}

/// Adds to an account's counters and answers them; none where the account does not exist yet.
async fn add(
    tx: &Tx,
    key: &AccountKey,
    debits: i64,
    credits: i64,
    count: i64,
) -> Result<Option<QueryResult>> {
    let values: [Value; 6] = [
        debits.into(),
        credits.into(),
        count.into(),
        key.kind.as_str().into(),
        key.subject.clone().into(),
        key.currency.to_string().into(),
    ];
    let statement = tx.sql(
        "UPDATE account SET debits = debits + ?, credits = credits + ?, version = version + ? \
         WHERE kind = ? AND subject = ? AND currency = ? RETURNING id, debits, credits, version",
        values,
    );
    Ok(tx.connection().query_one_raw(statement).await?)
}

/// Makes the account where there is none yet, so that there is a row to lock.
async fn ensure(tx: &Tx, key: &AccountKey, context: Context<'_>) -> Result<()> {
    let id: AccountId = context.ids.make(context.now);
    let row = account::ActiveModel {
        id: Set(id.to_string()),
        kind: Set(key.kind.to_string()),
        subject: Set(key.subject.clone()),
        currency: Set(key.currency.to_string()),
        normal_side: Set(key.kind.normal_side().as_str().to_owned()),
        debits: Set(0),
        credits: Set(0),
        version: Set(0),
    };
    let inserted = account::Entity::insert(row)
        .on_conflict_do_nothing_on([
            account::Column::Kind,
            account::Column::Subject,
            account::Column::Currency,
        ])
        .exec_without_returning(tx.connection())
        .await?;
    match inserted {
        TryInsertResult::Empty | TryInsertResult::Conflicted | TryInsertResult::Inserted(_) => Ok(()),
    }
}

/// One movement as an order's parties see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its id.
    pub id: TransferId,
    /// The order.
    pub order: OrderId,
    /// Why money moved.
    pub posting_kind: PostingKind,
    /// What the movement is.
    pub code: TransferCode,
    /// The kind of account that was debited.
    pub debit: AccountKind,
    /// The kind of account that was credited.
    pub credit: AccountKind,
    /// How much, in minor units.
    pub amount_minor: i64,
    /// In which currency.
    pub currency: Currency,
    /// When.
    pub booked_at: Timestamp,
}

/// The first thousand movements of each order's money, oldest first.
pub async fn entries(reader: &impl Reader, orders: &[OrderId]) -> Result<Vec<Entry>> {
    if orders.is_empty() {
        return Ok(Vec::new());
    }
    let marks = vec!["?"; orders.len()].join(", ");
    let text = format!(
        "SELECT * FROM (SELECT t.id, t.order_id, p.kind AS posting_kind, t.code, d.kind AS debit, c.kind AS credit, t.amount_minor, \
         t.currency, t.created_at, row_number() OVER (PARTITION BY t.order_id ORDER BY t.created_at, p.id, t.code DESC) AS place \
         FROM transfer t JOIN posting p ON p.id = t.posting_id \
         JOIN account d ON d.id = t.debit_account_id JOIN account c ON c.id = t.credit_account_id \
         WHERE t.order_id IN ({marks})) e WHERE place <= 1000 ORDER BY order_id, place"
    );
    let statement = reader.sql(&text, orders.iter().map(ToString::to_string));
    let rows = reader.connection().query_all_raw(statement).await?;
    rows.iter()
        .map(|row| {
            let text = |column: &str| row.try_get::<String>("", column);
            let currency = text("currency")?;
            Ok(Entry {
                id: parse("transfer.id", &text("id")?)?,
                order: parse("transfer.order_id", &text("order_id")?)?,
                posting_kind: parse("posting.kind", &text("posting_kind")?)?,
                code: parse("transfer.code", &text("code")?)?,
                debit: parse("account.kind", &text("debit")?)?,
                credit: parse("account.kind", &text("credit")?)?,
                amount_minor: row.try_get("", "amount_minor")?,
                currency: Currency::parse(&currency)
                    .map_err(|_| Error::Corrupt(format!("currency {currency}")))?,
                booked_at: Timestamp::from_micros(row.try_get("", "created_at")?),
            })
        })
        .collect()
}

/// What a subject has in accounts of a kind, by currency; what is zero is left out.
pub async fn balances(reader: &impl Reader, kind: AccountKind, subject: &str) -> Result<Vec<Money>> {
    let values: [Value; 2] = [kind.as_str().into(), subject.into()];
    let text = "SELECT currency, debits - credits AS minor FROM account \
                WHERE kind = ? AND subject = ? AND debits <> credits ORDER BY currency";
    let rows = reader.connection().query_all_raw(reader.sql(text, values)).await?;
    let sign = if kind.normal_side() == Side::Debit { 1 } else { -1 };
    rows.iter()
        .map(|row| {
            let code: String = row.try_get("", "currency")?;
            let currency = Currency::parse(&code).map_err(|_| Error::Corrupt(format!("currency {code}")))?;
            Ok(Money::new(sign * row.try_get::<i64>("", "minor")?, currency))
        })
        .collect()
}

/// How many accounts there are.
pub async fn count_accounts(reader: &impl Reader) -> Result<i64> {
    let statement = reader.sql("SELECT count(*) AS n FROM account", std::iter::empty::<Value>());
    let row = reader.connection().query_one_raw(statement).await?;
    Ok(row.map(|row| row.try_get("", "n")).transpose()?.unwrap_or_default())
}

/// What does not add up in the whole ledger; empty when everything does (I1, I2, I3).
pub async fn audit(reader: &impl Reader) -> Result<Vec<String>> {
    let statement = reader.sql(
        "SELECT a.id, a.kind, a.subject, a.currency, a.debits, a.credits, a.version, \
         (SELECT CAST(coalesce(sum(amount_minor), 0) AS BIGINT) FROM transfer WHERE debit_account_id = a.id) AS debited, \
         (SELECT CAST(coalesce(sum(amount_minor), 0) AS BIGINT) FROM transfer WHERE credit_account_id = a.id) AS credited, \
         (SELECT count(*) FROM transfer WHERE debit_account_id = a.id OR credit_account_id = a.id) AS moves \
         FROM account a ORDER BY a.id",
        std::iter::empty::<Value>(),
    );
    let mut problems = Vec::new();
    let mut sums: BTreeMap<String, i128> = BTreeMap::new();
    for row in reader.connection().query_all_raw(statement).await? {
        let number = |column: &str| read_number(&row, column);
        let name =
            format!("{}:{}", row.try_get::<String>("", "kind")?, row.try_get::<String>("", "subject")?);
        let (debits, credits) = (number("debits")?, number("credits")?);
        if (debits, credits) != (number("debited")?, number("credited")?) {
            problems.push(format!("{name}: the balance is not the sum of its transfers"));
        }
        if number("version")? != number("moves")? {
            problems.push(format!("{name}: the version is not the number of its transfers"));
        }
        *sums.entry(row.try_get("", "currency")?).or_default() += i128::from(debits) - i128::from(credits);
    }
    problems.extend(
        sums.into_iter()
            .filter(|(_, sum)| *sum != 0)
            .map(|(code, sum)| format!("{code}: debits exceed credits by {sum}")),
    );
    Ok(problems)
}

/// PostgreSQL sums BIGINT into NUMERIC; read it as the whole number that it is.
fn read_number(row: &QueryResult, column: &str) -> Result<i64> {
    Ok(row.try_get::<i64>("", column)?)
}
