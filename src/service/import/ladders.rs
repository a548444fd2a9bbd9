//! Rows of `prices` and `lead_times`: all rows of one product are one ladder.

use std::collections::HashMap;

use super::batch::{Entry, Pen, Verdict, Writable};
use crate::domain::ids::ProductId;
use crate::domain::import::{Fault, LeadTimeRow, PriceRow};
use crate::domain::ladder::{Ladder, LeadTimes, MAXIMUM_STEPS, Warning};
use crate::domain::product::Product;
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
            if product.prices.as_ref() == Some(&entry.digest) {
                verdicts.push(Verdict::Unchanged);
                continue;
            }
            verdicts.push(match prices(entry, product) {
                Ok((ladder, warnings)) => {
                    ladders.push((product.id, ladder));
                    digests.push((product.id, &entry.digest));
                    Verdict::written_with(product.prices.is_some(), warnings)
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
                verdicts.push(Verdict::Unchanged);
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
fn prices(
    entry: &Entry<PriceRow>,
    product: &KnownProduct,
) -> std::result::Result<(Ladder, Vec<Fault>), Verdict> {
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
    Ok((ladder, warnings.iter().map(fault).collect()))
}

fn fault(warning: &Warning) -> Fault {
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
