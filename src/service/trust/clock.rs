//! What the clock does: awards and evidence end at their instants, exports are counted once a day. Any node may run it;
//! the supplier's lock is the lease, so each end is told once.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crate::app::App;
use crate::domain::badge::{BadgeAward, BadgeKind, BadgeSubject, EndedBy};
use crate::domain::error::Code;
use crate::domain::event::{EventDraft, EventType};
use crate::domain::evidence::{EvidenceId, EvidenceKind};
use crate::domain::exchange::Rates;
use crate::domain::export::ExportVolume;
use crate::domain::ids::{ProductId, SupplierId};
use crate::domain::money::{Currency, Money};
use crate::domain::time::{Day, Span, Timestamp};
use crate::service::Result;
use crate::service::orders::now_in;
use crate::store::catalogue::{badges as awards, changes, listing, suppliers};
use crate::store::{self, Tx};

use super::badges::end_products;
use super::{ended, first_policy, retry, settle};

/// Suppliers looked at in one go.
const BATCH: u32 = 100;
/// Awards of one supplier whose end is told in one transaction.
const AT_ONCE: u32 = 500;
/// Exports are counted at least so often.
const EVERY: Span = Span::hours(24);

/// Tells the end of every award and record of evidence that is over, in the order of their instants within each
/// supplier; answers how many suppliers that were. A supplier that fails keeps its ends for the next sweep.
pub async fn sweep(app: &App) -> Result<u64> {
    let mut swept = 0;
    let mut failed: Vec<SupplierId> = Vec::new();
    loop {
        let now = crate::service::orders::now(app).await?;
        let mut due = awards::with_ends(&app.db, now, &failed, BATCH).await?;
        due.extend(store::trust::evidence::with_ends(&app.db, now, &failed, BATCH).await?);
        due.sort_unstable();
        due.dedup();
        let mut acted = 0;
        for supplier in due {
            match retry!(try_sweep(app, supplier)) {
                Ok(true) => acted += 1,
                // Another node was faster, or its clock is ahead of the database's.
                Ok(false) => {}
                Err(error) => {
                    tracing::error!(%supplier, ?error, "an end could not be told; it is tried again");
                    failed.push(supplier);
                }
            }
        }
        if acted == 0 {
            return Ok(swept);
        }
        swept += acted;
    }
}

async fn try_sweep(app: &App, id: SupplierId) -> Result<bool> {
    let tx = app.db.begin().await?;
    let Some(mut supplier) = suppliers::lock(&tx, id).await? else { return Ok(false) };
    let now = now_in(app, &tx).await?;
    let mut told: Vec<(Timestamp, EventDraft)> = Vec::new();
    for (evidence, end) in store::trust::evidence::tell_ends(&tx, id, now).await? {
        if let Some(kind) = expired(evidence) {
            let draft = EventDraft::new(kind)
                .with("evidence", vec![evidence.to_string()])
                .with("endedAt", end.to_string())
                .with("actor", "CLOCK");
            told.push((end, draft));
        }
    }
    let over = awards::untold(&tx, id, now, AT_ONCE).await?;
    if told.is_empty() && over.is_empty() {
        return Ok(false);
    }
    told.extend(ends(&tx, &supplier.id, &over, now).await?);
    told.sort_by_key(|(end, _)| *end);
    let mut told: Vec<EventDraft> = told.into_iter().map(|(_, draft)| draft).collect();
    awards::note_told(&tx, &over.iter().map(|award| award.id).collect::<Vec<_>>()).await?;
    if over.iter().any(|award| award.kind == BadgeKind::TradeAssurance)
        && !is_held(&tx, id, BadgeKind::TradeAssurance, now).await?
    {
        told.extend(end_products(&tx, id, now).await?);
    }
    told.extend(settle(app, &tx, &supplier, now).await?);
    suppliers::change(&tx, &mut supplier).await?;
    store::events::append_to_supplier(&tx, &supplier, &told, now, &app.ids).await?;
    listing::refresh_suppliers(&tx, &[id], now).await?;
    listing::refresh_products(&tx, &products(&over), now).await?;
    let lapsed: Vec<BadgeSubject> =
        over.iter().filter(|award| award.revoked.is_none()).map(|award| award.subject).collect();
    changes::record_lapsed(&tx, &lapsed, now).await?;
    tx.commit().await?;
    app.feed.appended();
    Ok(true)
}

/// What is told of the end of a record; nothing of what has no end.
const fn expired(evidence: EvidenceId) -> Option<EventType> {
    match evidence.kind() {
        EvidenceKind::Membership => Some(EventType::MembershipExpired),
        EvidenceKind::AgencyCheck => Some(EventType::AgencyCheckExpired),
        EvidenceKind::Audit => Some(EventType::AuditExpired),
        EvidenceKind::Certificate => Some(EventType::CertificateExpired),
        EvidenceKind::Licence => Some(EventType::LicenceExpired),
        EvidenceKind::TrackRecord => Some(EventType::TrackRecordExpired),
        EvidenceKind::Media => None,
    }
}

async fn is_held(tx: &Tx, id: SupplierId, kind: BadgeKind, now: Timestamp) -> Result<bool> {
    let held = awards::of_suppliers(tx, &[id]).await?.remove(&id).unwrap_or_default();
    Ok(held.iter().any(|award| award.kind == kind && award.in_force(now)))
}

/// The ends of awards, each with its instant; one that another award of the same badge goes on from is none.
async fn ends(
    tx: &Tx,
    supplier: &SupplierId,
    over: &[BadgeAward],
    now: Timestamp,
) -> Result<Vec<(Timestamp, EventDraft)>> {
    let of_supplier = awards::of_suppliers(tx, &[*supplier]).await?.remove(supplier).unwrap_or_default();
    let of_products = awards::of_products(tx, &products(over)).await?;
    let goes_on = |ended: &BadgeAward| {
        let all = match ended.subject {
            BadgeSubject::Supplier(_) => Some(&of_supplier),
            BadgeSubject::Product(id) => of_products.get(&id),
        };
        all.is_some_and(|all| all.iter().any(|award| award.kind == ended.kind && award.in_force(now)))
    };
    let told = over.iter().filter(|award| !goes_on(award)).map(|award| {
        let (kind, at, reason) = match &award.revoked {
            Some(revoked) => match revoked.by {
                EndedBy::Platform => (EventType::BadgeRevoked, revoked.at, revoked.reason.as_str()),
                EndedBy::Supplier | EndedBy::Rules => {
                    (EventType::BadgeLapsed, revoked.at, revoked.reason.as_str())
                }
            },
            None => (EventType::BadgeLapsed, award.ends_at(), "Its time is over."),
        };
        (at, ended(kind, award, at, reason).with("actor", "CLOCK"))
    });
    Ok(told.collect())
}

fn products(over: &[BadgeAward]) -> Vec<ProductId> {
    over.iter()
        .filter_map(|award| match award.subject {
            BadgeSubject::Product(id) => Some(id),
            BadgeSubject::Supplier(_) => None,
        })
        .collect()
}

/// Counts what suppliers export and ranks them by country, once a day, then asks the rules again about Verified Pro.
/// Answers whether it was this node's turn. Only then it is noted as done: what stops half-way begins anew.
pub async fn refresh_exports(app: &App) -> Result<bool> {
    let now = crate::service::orders::now(app).await?;
    let is_due = |last: Option<Timestamp>| last.is_none_or(|last| now > last.plus(EVERY));
    if !is_due(store::trust::exports::last_run(&app.db).await?) {
        return Ok(false);
    }
    let policy = store::trust::policies::at(&app.db, now).await?.unwrap_or_else(first_policy);
    let window = (now.minus(policy.figures.export_window), now);
    let volumes = volumes(app, window).await?;
    let tx = app.db.begin().await?;
    if !is_due(store::trust::exports::lock_run(&tx).await?) {
        return Ok(false);
    }
    store::trust::exports::replace(&tx, &volumes, now).await?;
    tx.commit().await?;
    settle_holders(app, BadgeKind::VerifiedPro, now).await?;
    let tx = app.db.begin().await?;
    store::trust::exports::note_run(&tx, now).await?;
    tx.commit().await?;
    Ok(true)
}

/// Asks the rules again about every award of a kind. A supplier that fails is told of in the log and keeps nobody else
/// waiting; the next walk tries it again.
async fn settle_holders(app: &App, kind: BadgeKind, now: Timestamp) -> Result<()> {
    let mut behind = String::new();
    loop {
        let held = awards::holders(&app.db, kind, (&behind, now), BATCH).await?;
        let Some(last) = held.last() else { return Ok(()) };
        behind = last.to_string();
        for supplier in held {
            if let Err(error) = retry!(settle_alone(app, supplier)) {
                tracing::error!(%supplier, ?error, "the rules could not be asked again; the next walk does");
            }
        }
    }
}

async fn settle_alone(app: &App, id: SupplierId) -> Result<()> {
    let tx = app.db.begin().await?;
    let Some(mut supplier) = suppliers::lock(&tx, id).await? else { return Ok(()) };
    let now = now_in(app, &tx).await?;
    let told = settle(app, &tx, &supplier, now).await?;
    if told.is_empty() {
        return Ok(tx.rollback().await?);
    }
    suppliers::change(&tx, &mut supplier).await?;
    store::events::append_to_supplier(&tx, &supplier, &told, now, &app.ids).await?;
    listing::refresh_suppliers(&tx, &[id], now).await?;
    tx.commit().await?;
    app.feed.appended();
    Ok(())
}

/// The volumes of every supplier that exported, in dollars by the rates of the days of their orders.
async fn volumes(app: &App, window: (Timestamp, Timestamp)) -> Result<Vec<ExportVolume>> {
    let mut rates: HashMap<Day, Rates> = HashMap::new();
    let mut volumes: Vec<ExportVolume> = Vec::new();
    let mut behind = String::new();
    loop {
        let ids = store::trust::exports::suppliers_behind(&app.db, &behind, AT_ONCE).await?;
        let Some(last) = ids.last() else { return Ok(volumes) };
        behind = last.to_string();
        for daily in store::trust::exports::daily(&app.db, &ids, window).await? {
            if let Entry::Vacant(unknown) = rates.entry(daily.day) {
                unknown.insert(store::exchange::rates_on(&app.db, daily.day).await?);
            }
            if volumes.last().is_none_or(|known| known.supplier != daily.supplier) {
                volumes.push(ExportVolume {
                    supplier: daily.supplier,
                    country: daily.country,
                    volume: Money::new(0, Currency::USD),
                    orders: 0,
                    unpriced_orders: 0,
                    place: None,
                    computed_at: window.1,
                });
            }
            let (Some(known), Some(rates)) = (volumes.last_mut(), rates.get(&daily.day)) else { continue };
            match rates.convert(daily.sum, Currency::USD) {
                Ok(dollars) => {
                    known.volume = known.volume.plus(dollars).map_err(anyhow::Error::from)?;
                    known.orders += daily.orders;
                }
                Err(refusal) if refusal.code == Code::CurrencyMismatch => {
                    known.unpriced_orders += daily.orders;
                }
                Err(refusal) => return Err(anyhow::anyhow!("{}: {refusal}", daily.supplier).into()),
            }
        }
    }
}
