//! Rows of `prices` and `lead_times`: all rows of one product are one ladder.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use super::batch::{Entry, Odd, Pen, Verdict, Writable};
use super::{Run, source};
use crate::domain::ids::ProductId;
use crate::domain::import::{Fault, FileKind, Item, LeadTimeRow, PriceRow, ProductRow, Severity};
use crate::domain::ladder::{Ladder, LeadTimes, MAXIMUM_STEPS, Warning};
use crate::domain::product::Product;
use crate::service;
use crate::store::Result;
use crate::store::catalogue::{listing, versions};
use crate::store::imports::{self, KnownProduct, Pair, Part};

impl Writable for PriceRow {
    async fn write(pen: &Pen<'_>, entries: &[Entry<Self>]) -> Result<Vec<Verdict>> {
        let pairs: Vec<Pair> =
            entries.iter().map(|entry| pair(&entry.row().supplier, &entry.row().product)).collect();
        let known = imports::products_locked(pen.tx, &pairs).await?;
        let mut ladders: Vec<(ProductId, Ladder)> = Vec::new();
        let mut digests: Vec<(ProductId, &str)> = Vec::new();
        let mut verdicts = Vec::with_capacity(entries.len());
        for (entry, pair) in entries.iter().zip(&pairs) {
            let product = match find(&known, pair) {
                Ok(product) => product,
                Err(verdict) => {
                    verdicts.push(verdict);
                    continue;
                }
            };
            let is_known = product.prices.as_ref() == Some(&entry.digest);
            verdicts.push(match prices(entry, product) {
                Ok((_, odd)) if is_known => Verdict::Unchanged(odd),
                Err(_) if is_known => Verdict::unchanged(),
                Ok((ladder, odd)) => {
                    ladders.push((product.id, ladder));
                    digests.push((product.id, &entry.digest));
                    Verdict::written_with(product.prices.is_some(), odd)
                }
                Err(verdict) => verdict,
            });
        }
        let steps: Vec<_> = ladders.iter().map(|(id, ladder)| (*id, ladder.breaks())).collect();
        keep(pen, &digests, |product| !product.ladder.breaks().is_empty()).await?;
        imports::replace_prices(pen.tx, &steps).await?;
        imports::note(pen.tx, Part::Prices, &digests).await?;
        refresh(pen, &digests).await?;
        Ok(verdicts)
    }
}

impl Writable for LeadTimeRow {
    async fn write(pen: &Pen<'_>, entries: &[Entry<Self>]) -> Result<Vec<Verdict>> {
        let pairs: Vec<Pair> =
            entries.iter().map(|entry| pair(&entry.row().supplier, &entry.row().product)).collect();
        let known = imports::products_locked(pen.tx, &pairs).await?;
        let mut ladders: Vec<(ProductId, LeadTimes)> = Vec::new();
        let mut digests: Vec<(ProductId, &str)> = Vec::new();
        let mut verdicts = Vec::with_capacity(entries.len());
        for (entry, pair) in entries.iter().zip(&pairs) {
            let product = match find(&known, pair) {
                Ok(product) => product,
                Err(verdict) => {
                    verdicts.push(verdict);
                    continue;
                }
            };
            if product.lead_times.as_ref() == Some(&entry.digest) {
                verdicts.push(Verdict::unchanged());
                continue;
            }
            let steps = entry.rows.iter().map(|row| (row.min_quantity, row.days)).collect();
            verdicts.push(match LeadTimes::new(steps) {
                Ok(lead_times) => {
                    ladders.push((product.id, lead_times));
                    digests.push((product.id, &entry.digest));
                    Verdict::written(product.lead_times.is_some())
                }
                Err(refusal) => Verdict::rejected("min_quantity", refusal.message),
            });
        }
        let steps: Vec<_> = ladders.iter().map(|(id, lead_times)| (*id, lead_times.steps())).collect();
        keep(pen, &digests, |product| !product.lead_times.steps().is_empty()).await?;
        imports::replace_lead_times(pen.tx, &steps).await?;
        imports::note(pen.tx, Part::LeadTimes, &digests).await?;
        refresh(pen, &digests).await?;
        Ok(verdicts)
    }
}

fn pair(supplier: &str, product: &str) -> Pair {
    (supplier.to_owned(), product.to_owned())
}

/// The product that a ladder belongs to, if an import wrote it.
fn find<'a>(
    known: &'a HashMap<Pair, KnownProduct>,
    pair: &Pair,
) -> std::result::Result<&'a KnownProduct, Verdict> {
    let product = known.get(pair).ok_or_else(|| Verdict::unknown("product", "product", &pair.1))?;
    if product.digest.is_none() { Err(Verdict::not_ours("product", "product")) } else { Ok(product) }
}

/// The ladder of a product's rows and what is odd about it.
fn prices(entry: &Entry<PriceRow>, product: &KnownProduct) -> std::result::Result<(Ladder, Odd), Verdict> {
    let other = entry.rows.iter().filter_map(|row| row.currency).find(|found| *found != product.currency);
    if let Some(other) = other {
        let reason = format!("The price is in {other}, the product in {}.", product.currency);
        return Err(Verdict::rejected("currency", reason));
    }
    if entry.rows.len() > MAXIMUM_STEPS {
        let reason = format!("A price ladder has at most {MAXIMUM_STEPS} steps.");
        return Err(Verdict::rejected("min_quantity", reason));
    }
    let steps = entry.rows.iter().map(|row| (row.min_quantity, row.unit_price)).collect();
    let (ladder, warnings) = Ladder::imported(product.currency, steps)
        .map_err(|refusal| Verdict::rejected("min_quantity", refusal.message))?;
    // Nobody can order less than the minimum, so no price is missed there.
    let least = product.minimum_order_quantity;
    let is_hole = |warning: Warning| !matches!(warning, Warning::BeginsAt(first) if first <= least);
    let odd = warnings.into_iter().filter(|(_, warning)| is_hole(*warning));
    Ok((ladder, odd.map(|(place, warning)| (place, fault(warning))).collect()))
}

/// Warns of products of the folder that have no price at all, neither by it nor by an earlier import: at their own rows,
/// as no row of a price speaks of them. Prices come after products, so the file is read once more at the end.
pub(super) async fn warn_of_unpriced(run: &mut Run<'_>, path: &Path) -> service::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut told: HashSet<Pair> = HashSet::new();
    let mut pieces = source::open(path, FileKind::Products);
    while let Some(piece) = pieces.recv().await {
        let mut rows: Vec<(Pair, u64)> = Vec::new();
        for row in piece?.rows {
            // What could not be read was told when it was read first.
            let Ok(row) = row else { continue };
            if let Ok((product, _)) = ProductRow::read(&row, run.now) {
                rows.push((pair(&product.supplier, &product.product), row.line));
            }
        }
        let pairs: Vec<Pair> = rows.iter().map(|(pair, _)| pair.clone()).collect();
        let unpriced = imports::unpriced(&run.app.db, &pairs).await?;
        for (pair, line) in rows {
            if unpriced.contains(&pair) && told.insert(pair) {
                if let Some(report) = run.report.files.iter_mut().find(|report| report.file == name) {
                    report.warnings += 1;
                }
                let reason = format!("It was kept, though {}.", Warning::Empty);
                run.found(Severity::Warning, &name, line, Fault::new("", reason));
            }
        }
    }
    Ok(())
}

fn fault(warning: Warning) -> Fault {
    let field = match warning {
        Warning::Rises(_) => "unit_price",
        Warning::Empty | Warning::BeginsAt(_) | Warning::Duplicate(_) => "min_quantity",
    };
    Fault::new(field, format!("It was kept, though {warning}."))
}

/// Keeps the versions of products whose ladders are about to be written over; a first ladder makes no version of its own.
async fn keep(pen: &Pen<'_>, digests: &[(ProductId, &str)], has_one: fn(&Product) -> bool) -> Result<()> {
    let ids: Vec<ProductId> = digests.iter().map(|(id, _)| *id).collect();
    let mut sheets = versions::sheets(pen.tx, &ids).await?;
    sheets.retain(|sheet| has_one(&sheet.product));
    versions::keep(pen.tx, &sheets).await
}

async fn refresh(pen: &Pen<'_>, digests: &[(ProductId, &str)]) -> Result<()> {
    let ids: Vec<ProductId> = digests.iter().map(|(id, _)| *id).collect();
    listing::refresh_products(pen.tx, &ids, pen.now).await
}
