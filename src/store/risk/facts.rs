//! What the rules look at, for many subjects in few statements.

use std::collections::HashMap;

use sea_orm::{ConnectionTrait, Value};

use super::medians;
use crate::domain::audit::{Certificate, CertificateKind, Licence};
use crate::domain::evidence::{Evidence, EvidenceKind, Recorded};
use crate::domain::ids::{ProductId, SupplierId};
use crate::domain::product::ProductStatus;
use crate::domain::risk::{
    OffPlatform, ProductFacts, ReviewPace, Rules, SignalCode, SupplierFacts, USUAL_DAYS,
};
use crate::domain::time::{Day, Span, Timestamp};
use crate::store::catalogue::{is_one_of, list_of, metrics, products as catalogue};
use crate::store::trust::evidence;
use crate::store::{Reader, Result, Tx, parse};

/// What the rules of suppliers look at; suppliers that are not listed are left out.
pub async fn suppliers(
    tx: &Tx,
    ids: &[SupplierId],
    rules: &Rules,
    now: Timestamp,
) -> Result<Vec<SupplierFacts>> {
    let ids: Vec<SupplierId> = listed(tx, "supplier", ids).await?;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut licences = evidence::of_suppliers(tx, EvidenceKind::Licence, &ids).await?;
    let mut certificates = evidence::of_suppliers(tx, EvidenceKind::Certificate, &ids).await?;
    let totals = metrics::load(tx, &ids).await?;
    let window = rules.of(SignalCode::PoorOnTimeRate).window_days;
    let recent = metrics::since(tx, &ids, first_day(now, window)).await?;
    let reviews = paces(tx, &ids, rules, now).await?;
    let asked = off_platform(tx, &ids, rules, now).await?;
    Ok(ids
        .into_iter()
        .map(|id| SupplierFacts {
            id,
            licences: licences.remove(&id).into_iter().flatten().filter_map(licence).collect(),
            certificates: certificates
                .remove(&id)
                .into_iter()
                .flatten()
                .filter_map(certificate)
                // Certificates of products warn of the products that they cover.
                .filter(|certificate| certificate.kind == CertificateKind::Management)
                .collect(),
            metrics: totals.get(&id).copied().unwrap_or_default(),
            recent: recent.get(&id).copied().unwrap_or_default(),
            reviews: reviews.get(&id.to_string()).copied().unwrap_or_default(),
            off_platform: asked.get(&id).copied().unwrap_or_default(),
        })
        .collect())
}

/// What the rules of products look at; products that are not published are left out.
pub async fn products(
    tx: &Tx,
    ids: &[ProductId],
    rules: &Rules,
    now: Timestamp,
) -> Result<Vec<ProductFacts>> {
    let ids: Vec<ProductId> = listed(tx, "product", ids).await?;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let found = catalogue::load(tx, &ids).await?;
    let mut certificates = evidence::certificates_of_products(tx, &ids).await?;
    let medians = medians::of(tx, &found).await?;
    let reviews = paces(tx, &ids, rules, now).await?;
    Ok(found
        .into_iter()
        .filter(|product| product.status == ProductStatus::Published)
        .map(|product| ProductFacts {
            id: product.id,
            median: medians.get(&product.id).copied(),
            minimum_order_quantity: product.minimum_order_quantity,
            certificates: certificates
                .remove(&product.id)
                .into_iter()
                .flatten()
                .filter_map(certificate)
                .collect(),
            reviews: reviews.get(&product.id.to_string()).copied().unwrap_or_default(),
            ladder: product.ladder,
        })
        .collect())
}

/// A certificate that was not withdrawn.
fn certificate(known: Recorded) -> Option<Certificate> {
    match known.evidence {
        Evidence::Certificate(certificate) if known.withdrawn.is_none() => Some(certificate),
        _ => None,
    }
}

/// A licence that was not withdrawn.
fn licence(known: Recorded) -> Option<Licence> {
    match known.evidence {
        Evidence::Licence(licence) if known.withdrawn.is_none() => Some(licence),
        _ => None,
    }
}

/// Those that are listed, in the order of their ids.
async fn listed<Id: std::fmt::Display + std::str::FromStr>(
    tx: &Tx,
    kind: &str,
    ids: &[Id],
) -> Result<Vec<Id>> {
    let condition = is_one_of(tx.backend(), &format!("{kind}_id"));
    let text = format!("SELECT {kind}_id AS id FROM {kind}_listing WHERE {condition} ORDER BY {kind}_id");
    let rows = tx.connection().query_all_raw(tx.sql(&text, [list_of(ids)])).await?;
    rows.iter().map(|row| parse("listing.id", &row.try_get::<String>("", "id")?)).collect()
}

/// The first day of so many that end today.
fn first_day(now: Timestamp, days: i64) -> Day {
    Day::from_number(now.day().number() - days + 1)
}

/// How many visible reviews came to products or stores, from the days that ratings keep.
async fn paces(
    tx: &Tx,
    ids: &[impl std::fmt::Display],
    rules: &Rules,
    now: Timestamp,
) -> Result<HashMap<String, ReviewPace>> {
    let window = first_day(now, rules.of(SignalCode::ReviewBurst).window_days).number();
    let stars = "stars1 + stars2 + stars3 + stars4 + stars5";
    let text = format!(
        "SELECT subject_id, CAST(sum(CASE WHEN day >= ? THEN {stars} ELSE 0 END) AS BIGINT) AS recent, \
         CAST(sum(CASE WHEN day < ? THEN {stars} ELSE 0 END) AS BIGINT) AS before \
         FROM rating_day WHERE {} AND day >= ? AND day <= ? GROUP BY subject_id",
        is_one_of(tx.backend(), "subject_id")
    );
    let today = now.day().number();
    let values: [Value; 5] =
        [window.into(), window.into(), list_of(ids), (window - USUAL_DAYS).into(), today.into()];
    let rows = tx.connection().query_all_raw(tx.sql(&text, values)).await?;
    rows.iter()
        .map(|row| {
            let pace = ReviewPace { recent: row.try_get("", "recent")?, before: row.try_get("", "before")? };
            Ok((row.try_get("", "subject_id")?, pace))
        })
        .collect()
}

/// The messages of suppliers that ask to pay or talk off the platform.
async fn off_platform(
    tx: &Tx,
    ids: &[SupplierId],
    rules: &Rules,
    now: Timestamp,
) -> Result<HashMap<SupplierId, OffPlatform>> {
    let window = Span::days(rules.of(SignalCode::OffPlatformRequest).window_days);
    // The signals of a message are a list that the program wrote; its worst word is all that is asked of it here.
    let text = format!(
        "SELECT s.id AS supplier_id, count(*) AS messages, count(DISTINCT m.thread_id) AS threads, \
         CAST(sum(CASE WHEN m.risk_signals LIKE '%\"severity\":\"HIGH\"%' THEN 1 ELSE 0 END) AS BIGINT) AS payments, \
         min(m.sent_at) AS first_at FROM supplier s JOIN message m ON m.sender_id = s.company_id \
         WHERE m.sender_role = 'SUPPLIER' AND m.risk_signals <> '[]' AND m.sent_at >= ? AND {} GROUP BY s.id",
        is_one_of(tx.backend(), "s.id")
    );
    let values: [Value; 2] = [now.minus(window).micros().into(), list_of(ids)];
    let rows = tx.connection().query_all_raw(tx.sql(&text, values)).await?;
    rows.iter()
        .map(|row| {
            let id = parse("supplier.id", &row.try_get::<String>("", "supplier_id")?)?;
            let asked = OffPlatform {
                messages: row.try_get("", "messages")?,
                payments: row.try_get("", "payments")?,
                threads: row.try_get("", "threads")?,
                first_at: Some(Timestamp::from_micros(row.try_get("", "first_at")?)),
            };
            Ok((id, asked))
        })
        .collect()
}
