//! A company's own money, entry by entry, and as a statement that reconciles to the cent.

use crate::app::App;
use crate::domain::actor::{Actor, Role, Scope};
use crate::domain::cursor::{self, Key};
use crate::domain::error::{Code, Refusal};
use crate::domain::ids::CompanyId;
use crate::domain::ledger::AccountKind;
use crate::domain::money::{Currency, Money};
use crate::domain::page::{Direction, Page, Slice};
use crate::domain::statement::{CSV_HEADER, Entry};
use crate::domain::time::{Span, Timestamp};
use crate::store;
pub use crate::store::statements::EntryFilter;

use super::payouts::time_cursor;
use super::{Error, Result, require_scope};

/// The name of the list in cursors.
const LIST: &str = "ledger-entries";
/// Entries read in one go for a statement.
const BATCH: u32 = 1_000;
/// A statement covers at most this time.
const LONGEST: Span = Span::days(366);
/// A statement has at most so many movements: it is read and answered whole.
const MOST: usize = 20_000;

/// Operators see every account, everybody else the own company's.
fn narrow(actor: &Actor, filter: EntryFilter) -> Result<EntryFilter> {
    require_scope(actor, Scope::OrdersRead)?;
    match (actor.role, actor.company) {
        (Some(Role::Operator), _) => Ok(filter),
        (_, Some(company)) => Ok(EntryFilter { company: Some(company), ..filter }),
        (_, None) => Err(Error::Denied(Refusal::new(Code::Forbidden, "The token names no company."))),
    }
}

/// The entries that match, newest first.
pub async fn entries(
    app: &App,
    actor: &Actor,
    filter: EntryFilter,
    page: Page,
    count: bool,
) -> Result<Slice<Entry>> {
    let filter = narrow(actor, filter)?;
    let place = |cursor: &Option<String>| cursor.as_deref().map(|text| time_cursor(LIST, text)).transpose();
    let keys = (place(&page.after)?, place(&page.before)?);
    let cursor = |entry: &Entry| {
        cursor::encode(LIST, &[Key::Int(entry.booked_at.micros()), Key::Text(entry.id.clone())])
    };
    Ok(store::statements::entries(&app.db, &filter, (&page, keys.0, keys.1), count, cursor).await?)
}

/// What an account held, what changed it, what it holds.
#[derive(Debug, Clone)]
pub struct Statement {
    /// Whose account.
    pub company: CompanyId,
    /// Which account.
    pub account: AccountKind,
    /// From when on.
    pub from: Timestamp,
    /// Until when.
    pub before: Timestamp,
    /// What it held at the start.
    pub opening: Money,
    /// What came in.
    pub added: Money,
    /// What went out, above zero.
    pub taken: Money,
    /// What it held at the end.
    pub closing: Money,
    /// How many movements there were.
    pub count: i64,
}

/// Which statement.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// Which of the company's accounts.
    pub account: AccountKind,
    /// In which currency.
    pub currency: Currency,
    /// From when on.
    pub from: Timestamp,
    /// Until when.
    pub before: Timestamp,
}

/// The movements that match, oldest first; `own` names the company's own accounts.
async fn movements(app: &App, filter: &EntryFilter, own: &str) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    let mut after = None;
    loop {
        let page = Page { size: BATCH, direction: Direction::Forward, after: None, before: None, offset: 0 };
        let slice =
            store::statements::entries(&app.db, filter, (&page, after, None), false, |_| String::new())
                .await?;
        let more = slice.has_next;
        entries.extend(slice.rows.into_iter().map(|(_, entry)| entry));
        if entries.len() > MOST {
            let message = format!("A statement has at most {MOST} movements. Ask for a shorter time.");
            return Err(Refusal::invalid(&["before"], message).into());
        }
        after = entries.last().map(|entry| (entry.booked_at, entry.id.clone()));
        if !more {
            break;
        }
    }
    entries.sort_by(|left, right| {
        // By the account's own count: a command may have waited for the account, and then others with a later instant were
        // booked before it. Escrow is many accounts; those go by their instants.
        if left.account_subject == own && right.account_subject == own {
            return left.version.cmp(&right.version);
        }
        (left.booked_at, &left.account_subject, left.version).cmp(&(
            right.booked_at,
            &right.account_subject,
            right.version,
        ))
    });
    Ok(entries)
}

/// A statement of an account of the actor's company, and its entries oldest first.
pub async fn statement(app: &App, actor: &Actor, wanted: Wanted) -> Result<(Statement, Vec<Entry>)> {
    require_scope(actor, Scope::OrdersRead)?;
    let company = actor.company.ok_or_else(|| {
        Error::Denied(Refusal::new(Code::Forbidden, "A statement is a company's; the token names none."))
    })?;
    if wanted.from >= wanted.before || wanted.before > wanted.from.plus(LONGEST) {
        return Err(Refusal::invalid(
            &["before"],
            "A statement ends after it begins, at most 366 days later.",
        )
        .into());
    }
    let filter = EntryFilter {
        company: Some(company),
        accounts: vec![wanted.account],
        currency: Some(wanted.currency),
        order: None,
        from: Some(wanted.from),
        before: Some(wanted.before),
    };
    let earlier = EntryFilter { from: None, before: Some(wanted.from), ..filter.clone() };
    let (opening, before) = store::statements::sum(&app.db, &earlier).await?;
    let entries = movements(app, &filter, &company.to_string()).await?;
    let (mut added, mut taken) = (0_i64, 0_i64);
    for entry in &entries {
        if entry.change_minor > 0 { added += entry.change_minor } else { taken -= entry.change_minor }
    }
    let closing = opening + added - taken;
    let count = i64::try_from(entries.len()).unwrap_or(i64::MAX);
    // Two ways to the same sum: what moved, and what the account said after the last movement. Where a movement with a
    // later instant was booked among these, the account's word is about that one, too.
    let own = company.to_string();
    let last = entries.last().filter(|last| last.account_subject == own && last.version == before + count);
    if last.is_some_and(|last| last.balance_minor != closing) {
        return Err(anyhow::anyhow!("the statement of {company} does not reconcile").into());
    }
    let money = |minor| Money::new(minor, wanted.currency);
    let statement = Statement {
        company,
        account: wanted.account,
        from: wanted.from,
        before: wanted.before,
        opening: money(opening),
        added: money(added),
        taken: money(taken),
        closing: money(closing),
        count,
    };
    Ok((statement, entries))
}

/// The same with its entries as CSV, between two lines that say what the account held.
pub async fn with_csv(app: &App, actor: &Actor, wanted: Wanted) -> Result<(Statement, String)> {
    let (statement, entries) = statement(app, actor, wanted).await?;
    let line = |at: Timestamp, what: &str, held: Money| {
        format!("{at},,,{},{what},,{},{}\r\n", statement.account, held.decimal(), held.currency)
    };
    let mut text = String::from(CSV_HEADER);
    text.push_str(&line(statement.from, "OPENING", statement.opening));
    for entry in &entries {
        text.push_str(&entry.csv());
    }
    text.push_str(&line(statement.before, "CLOSING", statement.closing));
    Ok((statement, text))
}
