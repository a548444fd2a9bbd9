//! The sealed contract as partners see it.

use async_graphql::{Object, Result, SimpleObject};

use super::types::OrderLine;
use super::words::{ContractParty, Incoterm, InstalmentKind, ReleasePolicy};
use crate::domain;
use crate::graphql::files::File;
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

/// The consent of one side to a contract.
#[derive(Debug, Clone, SimpleObject)]
pub struct ContractAcceptance {
    /// Which side.
    party: ContractParty,
    /// When it agreed: by placing the order or proposing the amendment, or by confirming or accepting it.
    accepted_at: DateTime,
}

/// A part of the price as it was agreed; `order.instalments` says what became of it.
#[derive(Debug, Clone, SimpleObject)]
pub struct ContractInstalment {
    /// Its number, from 1.
    number: u32,
    /// What part of the price it is.
    kind: InstalmentKind,
    /// How much is to be paid.
    amount: Money,
    /// Whether goods may leave only after it is paid.
    required_before_dispatch: bool,
}

/// A sealed contract: nothing that changes later changes it.
#[derive(Debug, Clone)]
pub struct Contract {
    pub(super) head: domain::order::ContractHead,
    pub(super) terms: domain::contract::Terms,
    pub(super) accepted: domain::order::Acceptances,
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

    /// When each side agreed to it, the buyer first. At most 2.
    async fn acceptances(&self) -> Vec<ContractAcceptance> {
        let accepted = [
            (ContractParty::Buyer, self.accepted.buyer_at),
            (ContractParty::Supplier, self.accepted.supplier_at),
        ];
        let acceptance = |(party, at)| ContractAcceptance { party, accepted_at: DateTime(at) };
        accepted.into_iter().map(acceptance).collect()
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

    /// The parts of the price as they were agreed. At most 100.
    async fn instalments(&self) -> Vec<ContractInstalment> {
        let money = |minor| domain::money::Money::new(minor, self.terms.currency).into();
        let part = |part: &domain::contract::TermsInstalment| ContractInstalment {
            number: part.seq,
            kind: part.kind.into(),
            amount: money(part.amount.0),
            required_before_dispatch: part.required_before_dispatch,
        };
        self.terms.instalments.iter().map(part).collect()
    }

    /// Files that belong to the agreement as a whole; those of a line are in `lines`. At most 20.
    async fn attachments(&self) -> Vec<File> {
        self.terms.attachments.iter().map(File::from).collect()
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

    /// The trade term of Incoterms 2020; null where none was agreed.
    async fn incoterm(&self) -> Option<Result<Incoterm>> {
        self.terms.incoterm.as_deref().map(Incoterm::known)
    }

    /// From the first payment to the last instant of dispatch; a late balance leaves at least the policy's time after it.
    async fn dispatch_within(&self) -> Duration {
        Duration(self.terms.delivery.dispatch_within)
    }

    /// How long claims are open after receipt, by the buyer's plan on that day.
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

    /// The version of the platform's policy whose figures the contract copied; `document` has them.
    async fn policy_version(&self) -> i32 {
        i32::try_from(self.terms.policy_version).unwrap_or(i32::MAX)
    }
}
