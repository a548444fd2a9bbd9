//! The contract: what both sides agreed, in a canonical form whose hash both can check.
//!
//! The form is RFC 8785 JSON, the hash SHA-256 over its bytes; money is minor units as strings, so that no reader's
//! number type can round it. Every amount, deadline, fee and window of an order is read from here and nowhere else
//! (price lock-in, I12).

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::file::Attachment;
use super::ids::{CompanyId, OrderLineId, ProductId, QuoteId, SupplierId};
use super::money::{Currency, Money, MoneyError, UnitPrice};
use super::order::{InstalmentKind, OrderKind};
use super::party::Plan;
use super::policy::Figures;
use super::product::AfterSalesService;
use super::release::Fee;
use super::time::Span;
use super::words::words;

/// The version of the document's form. Version 2 says more than the first one; attachments and the quote whose figures
/// it took are absent where there are none, so a document without them hashes as if they were unknown.
pub const SCHEMA_VERSION: u32 = 2;

/// An amount in minor units that crosses as a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Minor(pub i64);

impl Serialize for Minor {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Minor {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map(Self).map_err(serde::de::Error::custom)
    }
}

/// One product at its locked price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TermsLine {
    /// The order line.
    pub id: OrderLineId,
    /// The product as it was then.
    pub product_id: ProductId,
    /// Its title as it was then.
    pub title: String,
    /// How many units.
    pub quantity: i64,
    /// What one unit is, such as `piece`.
    pub unit: String,
    /// The locked price of one unit in millionths of the major unit, as a string in the document.
    #[serde(with = "price_text")]
    pub unit_price: UnitPrice,
    /// Quantity times price, rounded once.
    pub total: Minor,
    /// What the buyer asked for in words.
    pub specification: Option<String>,
    /// The service that the supplier promises after the sale.
    pub after_sales: Option<AfterSalesService>,
    /// Whether the product carried the Easy Return mark.
    pub easy_return: bool,
    /// Drawings and the like that say it exactly, by hash.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
}

/// A part of the price with its own due date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TermsInstalment {
    /// Its number, from one.
    pub seq: u32,
    /// What part of the price it is.
    pub kind: InstalmentKind,
    /// How much.
    pub amount: Minor,
    /// Whether goods may leave before it is paid.
    pub required_before_dispatch: bool,
}

words! {
    /// How escrow is released.
    ReleasePolicy {
        /// All at once, when receipt of the whole order is confirmed.
        OnCompletion => "ON_COMPLETION",
        /// Share by share, when receipt of a shipment is confirmed.
        PerShipment => "PER_SHIPMENT",
    }
}

/// When the goods leave and arrive, counted from payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeliveryTerms {
    /// From the first payment to the last instant of dispatch; a late balance leaves the policy's time after it.
    pub dispatch_within: Span,
    /// From the dispatch deadline to the promised delivery.
    pub transit: Span,
}

/// Everything that is agreed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Terms {
    /// The version of this form.
    pub schema_version: u32,
    /// How the order came about.
    pub kind: OrderKind,
    /// The buying company.
    pub buyer_id: CompanyId,
    /// The buyer's plan on that day.
    pub plan: Plan,
    /// The supplier.
    pub supplier_id: SupplierId,
    /// Whether the supplier was enrolled in Trade Assurance; without it no order is placed.
    pub trade_assurance: bool,
    /// The currency of every amount.
    pub currency: Currency,
    /// What is bought.
    pub lines: Vec<TermsLine>,
    /// The sum of the lines.
    pub goods: Minor,
    /// Carriage; part of the price.
    pub freight: Minor,
    /// What the buyer pays.
    pub total: Minor,
    /// The parts of the price.
    pub instalments: Vec<TermsInstalment>,
    /// The trade term of Incoterms 2020, such as `FCA`.
    pub incoterm: Option<String>,
    /// Where the goods go: the country's two letters.
    pub destination: String,
    /// When the goods leave and arrive.
    pub delivery: DeliveryTerms,
    /// How escrow is released.
    pub release_policy: ReleasePolicy,
    /// Whether an inspection stands between production and dispatch.
    pub inspection: bool,
    /// Our fee, paid by the supplier.
    pub fee: Fee,
    /// How long claims are open after receipt, by the buyer's plan on that day.
    pub claim_window: Span,
    /// The policy version that the figures were copied from.
    pub policy_version: i64,
    /// The figures themselves.
    pub policy: Figures,
    /// Files that belong to the agreement as a whole, by hash.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// The accepted quote whose figures these are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote_id: Option<QuoteId>,
}

impl Terms {
    /// What the buyer pays.
    pub fn total_money(&self) -> Money {
        Money::new(self.total.0, self.currency)
    }

    /// The canonical bytes: RFC 8785.
    pub fn canonical(&self) -> Result<String, ContractError> {
        serde_json_canonicalizer::to_string(self).map_err(|_| ContractError::NotCanonical)
    }

    /// The SHA-256 of the canonical bytes, in lower-case hexadecimal.
    pub fn hash(&self) -> Result<String, ContractError> {
        Ok(sha256_hex(self.canonical()?.as_bytes()))
    }

    /// Checks what no later step may find broken: totals that sum, instalments that sum.
    pub fn check(&self) -> Result<(), ContractError> {
        let goods = sum(self.lines.iter().map(|line| line.total.0))?;
        let total = sum([goods, self.freight.0].into_iter())?;
        let instalments = sum(self.instalments.iter().map(|part| part.amount.0))?;
        let positive = self.instalments.iter().all(|part| part.amount.0 > 0) && self.freight.0 >= 0;
        if goods == self.goods.0 && total == self.total.0 && instalments == total && positive && total > 0 {
            Ok(())
        } else {
            Err(ContractError::DoesNotSum)
        }
    }
}

/// The checked sum of amounts.
fn sum(mut amounts: impl Iterator<Item = i64>) -> Result<i64, ContractError> {
    amounts.try_fold(0_i64, i64::checked_add).ok_or(ContractError::Money(MoneyError::Overflow))
}

/// Why a contract cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ContractError {
    /// The document has no canonical form.
    #[error("the terms have no canonical form")]
    NotCanonical,
    /// Lines, freight and instalments do not sum to the total.
    #[error("the amounts do not sum to the total")]
    DoesNotSum,
    /// An amount does not fit.
    #[error(transparent)]
    Money(MoneyError),
}

/// The SHA-256 of bytes in lower-case hexadecimal.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

/// Bytes in lower-case hexadecimal.
pub fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        // Writing to a String cannot fail.
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// Unit prices as strings of millionths.
mod price_text {
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::domain::money::UnitPrice;

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature is serde's")]
    pub fn serialize<S: Serializer>(price: &UnitPrice, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&price.millionths())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<UnitPrice, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        let millionths: i64 = text.parse().map_err(serde::de::Error::custom)?;
        UnitPrice::from_millionths(millionths).map_err(serde::de::Error::custom)
    }
}
