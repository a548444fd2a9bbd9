//! Badges: never a boolean, always an award with its evidence, its time and its end.
//!
//! The rules by which they are granted are pure functions over what is on record ([`supplier_eligibility`],
//! [`product_eligibility`]): each criterion with the fact behind it, met or not.

mod eligibility;
mod product_rules;
mod supplier_rules;

use serde::{Deserialize, Serialize};

use super::error::Refusal;
use super::evidence::EvidenceId;
use super::ids::{BadgeAwardId, ProductId, SupplierId};
use super::time::Timestamp;
use super::words::words;

pub use eligibility::{BadgeCriterion, Eligibility, Finding};
pub use product_rules::{ProductFacts, offer_sha256, product_eligibility};
pub use supplier_rules::{SupplierFacts, supplier_eligibility};

words! {
    /// What an award says about a supplier or a product.
    BadgeKind {
        /// Paid membership in force, capacity and credentials checked by a third party.
        Gold => "GOLD",
        /// A third-party audit was passed; lapses a year after the report.
        Verified => "VERIFIED",
        /// Everything of Verified, and proven export, experience, service and capability.
        VerifiedPro => "VERIFIED_PRO",
        /// Enrolled in the protection programme and in good standing.
        TradeAssurance => "TRADE_ASSURANCE",
        /// A product with fixed price, freight included, and promised dispatch and delivery.
        Guaranteed => "GUARANTEED",
        /// A product that can be returned locally, free of charge, when damaged or defective.
        EasyReturn => "EASY_RETURN",
    }
}

impl BadgeKind {
    /// Whether products carry it; suppliers carry the others.
    pub const fn is_for_products(self) -> bool {
        matches!(self, Self::Guaranteed | Self::EasyReturn)
    }
}

/// Who carries a badge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BadgeSubject {
    /// A supplier.
    Supplier(SupplierId),
    /// A product.
    Product(ProductId),
}

/// A badge granted, on what evidence, and until when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BadgeAward {
    /// Its id.
    pub id: BadgeAwardId,
    /// Who carries it.
    pub subject: BadgeSubject,
    /// Which badge.
    pub kind: BadgeKind,
    /// Who granted it.
    pub issuer: String,
    /// The records that it rests on.
    pub evidence: Vec<EvidenceId>,
    /// Since when it holds.
    pub granted_at: Timestamp,
    /// The first instant at which it no longer holds, where it lapses by itself.
    pub expires_at: Option<Timestamp>,
    /// When and why it was taken away.
    pub revoked: Option<Revocation>,
    /// The version of the trust policy by whose rules it was granted; none where it came otherwise.
    #[serde(default)]
    pub policy_version: Option<i64>,
}

words! {
    /// Who ended a badge before its time.
    EndedBy {
        /// The platform's staff.
        Platform => "PLATFORM",
        /// The supplier itself.
        Supplier => "SUPPLIER",
        /// The rules: what it rested on no longer holds.
        Rules => "RULES",
    }
}

/// The end of a badge before its time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revocation {
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
    /// By whom.
    pub by: EndedBy,
}

impl BadgeAward {
    /// Checks an award: the right kind of subject, an issuer, an end behind its begin.
    pub fn check(self) -> Result<Self, Refusal> {
        let for_product = matches!(self.subject, BadgeSubject::Product(_));
        if for_product != self.kind.is_for_products() {
            return Err(Refusal::invalid(&["kind"], "This badge is not for such a subject."));
        }
        if self.issuer.trim().is_empty() {
            return Err(Refusal::invalid(&["issuer"], "Name who grants the badge."));
        }
        if self.expires_at.is_some_and(|end| end <= self.granted_at) {
            return Err(Refusal::invalid(&["expiresAt"], "A badge ends after it begins."));
        }
        if self.revoked.as_ref().is_some_and(|revoked| revoked.at < self.granted_at) {
            return Err(Refusal::invalid(&["revokedAt"], "A badge is revoked after it was granted."));
        }
        Ok(self)
    }

    /// Whether the badge holds at an instant: granted, not yet lapsed, not yet revoked.
    pub fn in_force(&self, at: Timestamp) -> bool {
        self.granted_at <= at
            && self.expires_at.is_none_or(|end| at < end)
            && self.revoked.as_ref().is_none_or(|revoked| at < revoked.at)
    }

    /// The instant at which the award ends, the end of time where it has none.
    pub fn ends_at(&self) -> Timestamp {
        let end = self.expires_at.unwrap_or(Timestamp::from_micros(i64::MAX));
        self.revoked.as_ref().map_or(end, |revoked| end.min(revoked.at))
    }
}

/// What becomes of an award that the rules granted when they are asked again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settlement {
    /// It stands as it is.
    Stands,
    /// It ends: a criterion is no longer met.
    Lapses,
    /// The badge goes on, on other evidence or until another instant: another award takes its place.
    Replaced,
}

impl BadgeAward {
    /// Compares an award in force with what the rules say now.
    pub fn settle(&self, now: &Eligibility) -> Settlement {
        if !now.is_met() {
            return Settlement::Lapses;
        }
        let rests_on_what_holds = self.evidence.iter().all(|id| now.evidence().contains(id));
        if rests_on_what_holds && self.expires_at == now.until() {
            Settlement::Stands
        } else {
            Settlement::Replaced
        }
    }
}

/// The latest end among the awards of some kinds that had begun at `now`; zero without one, so that
/// `> instant` asks whether the badge still holds.
pub fn held_until(awards: &[BadgeAward], kinds: &[BadgeKind], now: Timestamp) -> Timestamp {
    awards
        .iter()
        .filter(|award| kinds.contains(&award.kind) && award.granted_at <= now)
        .map(BadgeAward::ends_at)
        .max()
        .unwrap_or(Timestamp::from_micros(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::TypedId;

    fn award(granted: i64, expires: Option<i64>, revoked: Option<i64>) -> BadgeAward {
        BadgeAward {
            id: BadgeAwardId::from_u128(1),
            subject: BadgeSubject::Supplier(SupplierId::from_u128(1)),
            kind: BadgeKind::Verified,
            issuer: "Institute".to_owned(),
            evidence: Vec::new(),
            granted_at: Timestamp::from_micros(granted),
            expires_at: expires.map(Timestamp::from_micros),
            revoked: revoked.map(|at| Revocation {
                at: Timestamp::from_micros(at),
                reason: "found false".to_owned(),
                by: EndedBy::Platform,
            }),
            policy_version: None,
        }
    }

    #[test]
    fn an_award_holds_from_its_grant_to_its_end() {
        for (expires, revoked, at, holds) in [
            (None, None, 9, false),
            (None, None, 10, true),
            (Some(20), None, 19, true),
            (Some(20), None, 20, false),
            (Some(20), Some(15), 14, true),
            (Some(20), Some(15), 15, false),
        ] {
            let award = award(10, expires, revoked);
            assert_eq!(award.in_force(Timestamp::from_micros(at)), holds, "{expires:?} {revoked:?} {at}");
            if at >= 10 {
                let until = held_until(&[award], &[BadgeKind::Verified], Timestamp::from_micros(10));
                assert_eq!(until > Timestamp::from_micros(at), holds);
            }
        }
    }

    #[test]
    fn impossible_awards_are_refused() {
        assert!(award(10, Some(10), None).check().is_err());
        assert!(award(10, None, Some(9)).check().is_err());
        assert!(BadgeAward { kind: BadgeKind::EasyReturn, ..award(10, None, None) }.check().is_err());
        assert!(award(10, Some(11), None).check().is_ok());
    }
}
