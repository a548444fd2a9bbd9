//! The rules of the badges of products.

use serde_json::json;

use super::eligibility::{BadgeCriterion, Eligibility, Finding};
use super::{BadgeKind, held_until};
use crate::domain::contract::sha256_hex;
use crate::domain::product::{Product, ProductStatus};
use crate::domain::supplier::SupplierCard;
use crate::domain::time::{Span, Timestamp};
use crate::domain::trust::TrustPolicy;

/// What the rules look at.
#[derive(Debug, Clone, Copy)]
pub struct ProductFacts<'a> {
    /// The product.
    pub product: &'a Product,
    /// Who offers it, with its awards.
    pub seller: &'a SupplierCard,
}

/// The SHA-256 of what a product's badge promises: prices, quantities, times and terms. Another offer is another badge.
pub fn offer_sha256(product: &Product) -> String {
    let offer = json!({
        "ladder": product.ladder,
        "leadTimes": product.lead_times,
        "minimumOrderQuantity": product.minimum_order_quantity,
        "orderIncrement": product.order_increment,
        "unit": product.unit,
        "guaranteed": product.guaranteed,
        "easyReturn": product.easy_return,
    });
    sha256_hex(offer.to_string().as_bytes())
}

/// How a product stands to a badge of products; without findings for a badge of suppliers.
pub fn product_eligibility(
    kind: BadgeKind,
    facts: ProductFacts<'_>,
    policy: &TrustPolicy,
    now: Timestamp,
) -> Eligibility {
    let mut findings = Vec::new();
    match kind {
        BadgeKind::Guaranteed => {
            findings.push(published(facts.product));
            guaranteed(facts.product, policy, &mut findings);
            findings.push(protected(facts.seller, now));
        }
        BadgeKind::EasyReturn => {
            let marked = facts.product.easy_return;
            let fact =
                if marked { "The product is marked." } else { "The product lacks the Easy Return mark." };
            findings.push(published(facts.product));
            findings.push(Finding::of(BadgeCriterion::EasyReturnMarked, marked, fact));
            findings.push(protected(facts.seller, now));
        }
        BadgeKind::Gold | BadgeKind::Verified | BadgeKind::VerifiedPro | BadgeKind::TradeAssurance => {}
    }
    Eligibility { kind, policy_version: policy.version, findings }
}

fn published(product: &Product) -> Finding {
    let met = product.status == ProductStatus::Published;
    Finding::of(BadgeCriterion::Published, met, format!("The product is {}.", product.status))
}

/// Freight and platform logistics are terms of every Guaranteed offer: they come with the terms and not without.
fn guaranteed(product: &Product, policy: &TrustPolicy, findings: &mut Vec<Finding>) {
    let price = product.ladder.unit_price(product.smallest_quantity());
    let fact = match price {
        Some(_) => "A price holds from the minimum order quantity on.",
        None => "No price holds at the minimum order quantity.",
    };
    findings.push(Finding::of(BadgeCriterion::FixedPrice, price.is_some(), fact));
    let Some(terms) = product.guaranteed else {
        let criteria = [
            BadgeCriterion::FreightIncluded,
            BadgeCriterion::DispatchPromised,
            BadgeCriterion::DeliveryPromised,
            BadgeCriterion::PlatformLogistics,
        ];
        let fact = "The product has no Guaranteed terms.";
        findings.extend(criteria.into_iter().map(|criterion| Finding::of(criterion, false, fact)));
        return;
    };
    let fact = "Guaranteed terms include freight.";
    findings.push(Finding::of(BadgeCriterion::FreightIncluded, true, fact));
    let (dispatch, most) = (Span::hours(terms.dispatch_within_hours), policy.figures.guaranteed_dispatch);
    let fact = format!("Dispatch is promised within {dispatch} of payment; at most {most} are allowed.");
    let met = dispatch > Span::ZERO && dispatch <= most;
    findings.push(Finding::of(BadgeCriterion::DispatchPromised, met, fact));
    let fact = format!("Delivery is promised within {} days of payment.", terms.delivery_days);
    findings.push(Finding::of(BadgeCriterion::DeliveryPromised, terms.delivery_days > 0, fact));
    let fact = "Guaranteed orders travel by the platform's logistics.";
    findings.push(Finding::of(BadgeCriterion::PlatformLogistics, true, fact));
}

fn protected(seller: &SupplierCard, now: Timestamp) -> Finding {
    let met = seller.is_protected(now);
    let fact = match (met, &seller.supplier.suspended) {
        (true, _) => "The supplier is enrolled in Trade Assurance.",
        (false, Some(_)) => "The supplier is suspended.",
        (false, None) => "The supplier is not enrolled in Trade Assurance.",
    };
    let held = held_until(&seller.badges, &[BadgeKind::TradeAssurance], now);
    let until = (met && held.micros() < i64::MAX).then_some(held);
    Finding { until, ..Finding::of(BadgeCriterion::SupplierProtected, met, fact) }
}

#[cfg(test)]
mod tests;
