//! Payouts: asked for by the company whose money it is, made by the provider, told of by its signed messages.

use serde_json::json;

use crate::app::App;
use crate::domain::actor::{Actor, Role, Scope};
use crate::domain::cursor::{self, Key};
use crate::domain::error::{Code, Refusal};
use crate::domain::ids::{CompanyId, PayoutId};
use crate::domain::ledger::{AccountKey, AccountKind};
use crate::domain::money::{Currency, Money};
use crate::domain::page::{Page, Slice};
use crate::domain::payout::{Payout, PayoutBlocker, PayoutFacts, PayoutReport, PayoutStatus};
use crate::domain::provider::{CallContext, RequestKind};
use crate::domain::time::Timestamp;
use crate::store::payments::Request;
use crate::store::{self, Tx};

use super::orders::{Begun, Claimed, Envelope, Made, may_retry, now_in};
use super::{Error, Result, require_role, require_scope};

/// The name of the list in cursors.
const LIST: &str = "payouts";

/// The account that a role's payouts come from.
fn account_of(actor: &Actor) -> Result<(CompanyId, AccountKind)> {
    require_role(actor, &[Role::Supplier, Role::Inspector])?;
    let company = actor.company.ok_or_else(|| {
        Error::Denied(Refusal::new(Code::Forbidden, "A payout goes to a company; the token names none."))
    })?;
    let inspects = actor.role == Some(Role::Inspector);
    Ok((company, if inspects { AccountKind::InspectorPayable } else { AccountKind::SupplierPayable }))
}

/// A payout, and whether it answers an earlier request with the same key.
#[derive(Debug, Clone)]
pub struct Requested {
    /// The payout.
    pub payout: Payout,
    /// Whether this is the answer to an earlier request.
    pub replayed: bool,
}

/// T39: asks for a payout of what the company may have.
pub async fn request(app: &App, actor: &Actor, amount: Money, envelope: &Envelope) -> Result<Requested> {
    let moves =
        if actor.role == Some(Role::Inspector) { Scope::InspectionsWrite } else { Scope::EscrowWrite };
    require_scope(actor, moves)?;
    let account = account_of(actor)?;
    let mut attempt = 1;
    loop {
        match try_request(app, actor, account, amount, envelope).await {
            Err(error) if may_retry(&error, attempt) => attempt += 1,
            answer => return answer,
        }
    }
}

async fn try_request(
    app: &App,
    actor: &Actor,
    (company, account): (CompanyId, AccountKind),
    amount: Money,
    envelope: &Envelope,
) -> Result<Requested> {
    let input = json!({ "account": account, "minor": amount.minor.to_string(), "currency": amount.currency });
    let claimed = match Claimed::begin(app, actor, envelope, "requestPayout", &input).await? {
        Begun::Fresh(claimed) => claimed,
        Begun::Replayed(made) => {
            let id = made.subject.as_deref().and_then(|id| id.parse().ok());
            let id: PayoutId = id.ok_or_else(|| anyhow::anyhow!("a payout was answered without its id"))?;
            let payout = store::payouts::load(&app.db, id).await?;
            let payout = payout.ok_or_else(|| anyhow::anyhow!("{id} is gone"))?;
            return Ok(Requested { payout, replayed: true });
        }
    };
    let tx = &claimed.tx;
    let now = now_in(app, tx).await?;
    let context = store::ledger::Context { ids: &app.ids, now, contract_version: None };
    // The account's row is the lock: whoever else moves this money waits here.
    let key = AccountKey::new(account, company, amount.currency);
    let payable = store::ledger::lock_balance(tx, &key, context).await?;
    let debt_key = AccountKey::supplier_debt(company, amount.currency);
    let debt = store::ledger::lock_balance(tx, &debt_key, context).await?;
    let blockers = blockers(tx, (company, account), debt, now).await?;
    let wanted = Payout {
        id: app.ids.make(now),
        company,
        account,
        amount,
        provider: app.provider.name().to_owned(),
        status: PayoutStatus::Requested,
        failure: None,
        requested_at: now,
        settled_at: None,
    };
    let (payout, posting) = wanted.request(&PayoutFacts { payable, blockers })?;
    store::payouts::insert(tx, &payout).await?;
    store::ledger::post(tx, &[posting], context).await?;
    let call = Request {
        id: app.ids.make(now),
        provider: payout.provider.clone(),
        kind: RequestKind::Payout,
        subject: payout.id.to_string(),
        amount,
        context: CallContext { company_id: Some(company), account: Some(account), ..CallContext::default() },
    };
    store::payments::request(tx, &call, app.clock.now()).await?;
    let made = Made { subject: Some(payout.id.to_string()), ..Made::default() };
    claimed.finish(app, &made).await?;
    Ok(Requested { payout, replayed: false })
}

async fn blockers(
    tx: &Tx,
    (company, account): (CompanyId, AccountKind),
    debt: i64,
    now: Timestamp,
) -> Result<Vec<PayoutBlocker>> {
    let mut found = Vec::new();
    if store::verifications::last(tx).await?.is_some_and(|last| last.problem_count > 0) {
        found.push(PayoutBlocker::BooksDiffer);
    }
    if account == AccountKind::SupplierPayable {
        if debt > 0 {
            found.push(PayoutBlocker::OwesPlatform);
        }
        if store::payouts::is_under_risk_check(tx, company).await? {
            found.push(PayoutBlocker::UnderRiskCheck);
        }
        if !store::payouts::is_enrolled(tx, company, now).await? {
            found.push(PayoutBlocker::NotVetted);
        }
    }
    Ok(found)
}

/// Notes that the provider was asked.
pub(super) async fn submitted(tx: &Tx, subject: &str) -> Result<()> {
    if let Ok(id) = subject.parse()
        && let Some(payout) = store::payouts::lock(tx, id).await?
        && payout.status == PayoutStatus::Requested
    {
        store::payouts::update(tx, &Payout { status: PayoutStatus::Submitted, ..payout }).await?;
    }
    Ok(())
}

/// How a payout ended, by the provider.
pub(super) async fn ended(app: &App, tx: &Tx, subject: &str, report: &PayoutReport) -> Result<()> {
    let known = match subject.parse() {
        Ok(id) => store::payouts::lock(tx, id).await?,
        Err(_) => None,
    };
    let Some(payout) = known else {
        tracing::warn!(subject, "a provider names a payout that is not ours");
        return Ok(());
    };
    let now = now_in(app, tx).await?;
    let context = store::ledger::Context { ids: &app.ids, now, contract_version: None };
    let debt = if payout.account == AccountKind::SupplierPayable {
        // In the order of the accounts, as everywhere.
        let (company, currency) = (payout.company, payout.amount.currency);
        store::ledger::lock_balance(tx, &AccountKey::supplier_payable(company, currency), context).await?;
        store::ledger::lock_balance(tx, &AccountKey::supplier_debt(company, currency), context).await?
    } else {
        0
    };
    let Some((after, posting)) = payout.report(report, debt, now) else { return Ok(()) };
    store::payouts::update(tx, &after).await?;
    Ok(store::ledger::post(tx, &[posting], context).await?)
}

/// The company's payouts, newest first; operators see all.
pub async fn list(app: &App, actor: &Actor, page: Page, count: bool) -> Result<Slice<Payout>> {
    require_scope(actor, Scope::OrdersRead)?;
    let company = match (actor.role, actor.company) {
        (Some(Role::Operator), _) => None,
        (_, Some(company)) => Some(company),
        (_, None) => return Err(Error::Denied(Refusal::new(Code::Forbidden, "The token names no company."))),
    };
    let place = |cursor: &Option<String>| cursor.as_deref().map(|text| time_cursor(LIST, text)).transpose();
    let keys = (place(&page.after)?, place(&page.before)?);
    let cursor = |payout: &Payout| {
        cursor::encode(LIST, &[Key::Int(payout.requested_at.micros()), Key::Text(payout.id.to_string())])
    };
    Ok(store::payouts::list(&app.db, company, (&page, keys.0, keys.1), count, cursor).await?)
}

/// A payout that the actor may see.
pub async fn find(app: &App, actor: &Actor, id: PayoutId) -> Result<Option<Payout>> {
    require_scope(actor, Scope::OrdersRead)?;
    named(app, actor, id).await
}

/// What an id of no payout finds: nothing, for those who may ask.
pub fn none(actor: &Actor) -> Result<Option<Payout>> {
    require_scope(actor, Scope::OrdersRead).map(|()| None)
}

/// The payout that a command names, where the actor may see it: a command demands its own scope, and none for reading.
pub(super) async fn named(app: &App, actor: &Actor, id: PayoutId) -> Result<Option<Payout>> {
    let found = store::payouts::load(&app.db, id).await?;
    let is_operator = actor.role == Some(Role::Operator);
    Ok(found.filter(|payout| is_operator || actor.company == Some(payout.company)))
}

/// What the accounts of the actor's company hold, by kind and currency.
pub async fn own_balances(app: &App, actor: &Actor) -> Result<Vec<(AccountKind, Currency, i64)>> {
    require_scope(actor, Scope::OrdersRead)?;
    let company = actor.company.ok_or_else(|| {
        Error::Denied(Refusal::new(Code::Forbidden, "Accounts are a company's; the token names none."))
    })?;
    Ok(store::statements::balances(&app.db, company).await?)
}

/// Reads a cursor of a list that goes by an instant and an id.
pub(super) fn time_cursor(list: &str, text: &str) -> std::result::Result<store::keyset::Key, Refusal> {
    match cursor::decode(list, &[Key::Int(0), Key::Text(String::new())], text)?.as_slice() {
        [Key::Int(micros), Key::Text(id)] => Ok((Timestamp::from_micros(*micros), id.clone())),
        _ => Err(Refusal::new(Code::InvalidCursor, "The cursor is not one of this list.")),
    }
}
