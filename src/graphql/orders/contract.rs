//! The sealed contract as partners see it.

use async_graphql::{Object, Result, SimpleObject};

use super::types::OrderLine;
use super::words::ReleasePolicy;
use crate::domain;
use crate::graphql::scalars::{DateTime, Duration, Money};

/// What proves a contract.
#[derive(Debug, Clone, SimpleObject)]
pub struct ContractProof {
    /// The version, from 1.
    pub(super) version: u32,
    /// The SHA-256 of the version's document, in lower-case hexadecimal.
    pub(super) hash: String,
    /// The hash of the version before; null for the first.
    pub(super) previous_hash: Option<String>,
}

/// A sealed contract: nothing that changes later changes it.
#[derive(Debug, Clone)]
pub struct Contract {
    pub(super) head: domain::order::ContractHead,
    pub(super) terms: domain::contract::Terms,
}

/// A sealed contract: nothing that changes later changes it.
#[Object]
impl Contract {
    /// Its version, from 1.
    async fn version(&self) -> u32 {
        self.head.version
    }

    /// The SHA-256 of `document`, in lower-case hexadecimal.
    async fn hash(&self) -> &str {
        &self.head.hash
    }

    /// The hash of the version before.
    async fn previous_hash(&self) -> Option<&str> {
        self.head.previous_hash.as_deref()
    }

    /// When both sides had accepted.
    async fn sealed_at(&self) -> DateTime {
        DateTime(self.head.sealed_at)
    }

    /// The agreed document in canonical JSON (RFC 8785): hash its bytes to check `hash`.
    #[expect(clippy::unused_async, reason = "the Object macro wants resolvers that may fail to be async")]
    async fn document(&self) -> Result<String> {
        self.terms.canonical().map_err(|error| crate::graphql::error::internal(&error.into()))
    }

    /// What is bought, at locked prices. At most 100 lines.
    async fn lines(&self) -> Vec<OrderLine> {
        let currency = self.terms.currency;
        self.terms.lines.iter().map(|line| OrderLine { line: line.clone(), currency }).collect()
    }

    /// What the buyer pays.
    async fn total(&self) -> Money {
        self.terms.total_money().into()
    }

    /// How escrow is released.
    async fn release_policy(&self) -> ReleasePolicy {
        self.terms.release_policy.into()
    }

    /// Whether an inspection stands between production and dispatch.
    async fn inspection(&self) -> bool {
        self.terms.inspection
    }

    /// The trade term of Incoterms 2020, such as `FCA`.
    async fn incoterm(&self) -> Option<&str> {
        self.terms.incoterm.as_deref()
    }

    /// From the first payment to the last instant of dispatch; a late balance leaves at least the policy's time after it.
    async fn dispatch_within(&self) -> Duration {
        Duration(self.terms.delivery.dispatch_within)
    }

    /// How long claims are open after receipt.
    async fn claim_window(&self) -> Duration {
        Duration(self.terms.claim_window)
    }

    /// The supplier's fee in hundredths of a percent of what is released.
    async fn fee_basis_points(&self) -> u32 {
        self.terms.fee.rate.0
    }

    /// The most that the fee can be; null where there is no cap in this currency.
    async fn fee_cap(&self) -> Option<Money> {
        self.terms.fee.cap_minor.map(|cap| domain::money::Money::new(cap, self.terms.currency).into())
    }

    /// The version of the platform's policy whose figures the contract copied.
    async fn policy_version(&self) -> i32 {
        i32::try_from(self.terms.policy_version).unwrap_or(i32::MAX)
    }
}
