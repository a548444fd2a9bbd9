//! Payouts: what a company may have leaves the platform, once, and comes back whole where it cannot arrive.

use super::error::{Code, Refusal};
use super::ids::{CompanyId, PayoutId};
use super::ledger::{AccountKey, AccountKind, Posting, PostingKind, TransferCode};
use super::money::Money;
use super::time::Timestamp;
use super::words::words;

words! {
    /// How far a payout got.
    PayoutStatus {
        /// The money is set aside; the provider is to be asked.
        Requested => "REQUESTED",
        /// The provider was asked.
        Submitted => "SUBMITTED",
        /// The money reached the company.
        Paid => "PAID",
        /// The provider could not; the money is the company's again.
        Failed => "FAILED",
        /// The money had arrived and came back; it is the company's again.
        Returned => "RETURNED",
    }
}

words! {
    /// What stands in the way of a payout.
    PayoutBlocker {
        /// The company owes us refunds or charge-backs that we advanced; releases pay them first.
        OwesPlatform => "OWES_PLATFORM",
        /// An order of the company is under a risk check.
        UnderRiskCheck => "UNDER_RISK_CHECK",
        /// The company was not vetted: it is not enrolled in Trade Assurance, nor an accredited inspector.
        NotVetted => "NOT_VETTED",
        /// The last verification of the books found a difference; payouts wait until it is explained.
        BooksDiffer => "BOOKS_DIFFER",
    }
}

impl PayoutBlocker {
    /// What is wrong and what to do.
    pub const fn message(self) -> &'static str {
        match self {
            Self::OwesPlatform => {
                "The company owes the platform; the next releases pay that first, then payouts go on."
            }
            Self::UnderRiskCheck => "An order of the company is under a risk check; payouts go on after it.",
            Self::NotVetted => "The company is not vetted: it needs its enrolment in Trade Assurance.",
            Self::BooksDiffer => "Payouts pause while the platform looks into its books.",
        }
    }
}

/// Money on its way to a company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payout {
    /// Its id; also its name at the provider, so that asking twice pays once.
    pub id: PayoutId,
    /// Whose money.
    pub company: CompanyId,
    /// From which of its accounts.
    pub account: AccountKind,
    /// How much.
    pub amount: Money,
    /// With which provider.
    pub provider: String,
    /// How far it got.
    pub status: PayoutStatus,
    /// Why it failed or came back.
    pub failure: Option<String>,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// When it ended.
    pub settled_at: Option<Timestamp>,
}

/// What the company's account and standing say.
#[derive(Debug, Clone, Default)]
pub struct PayoutFacts {
    /// What it may have paid out, in minor units.
    pub payable: i64,
    /// What stands in the way.
    pub blockers: Vec<PayoutBlocker>,
}

/// What a provider tells of a payout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PayoutReport {
    /// It reached the company.
    Paid,
    /// It could not be made.
    Failed {
        /// Why.
        reason: String,
    },
    /// It had been made and came back.
    Returned {
        /// Why.
        reason: String,
    },
}

impl Payout {
    /// T39: sets the money aside for the payout (PO9).
    pub fn request(self, facts: &PayoutFacts) -> Result<(Self, Posting), Refusal> {
        if let Some(first) = facts.blockers.first() {
            return Err(Refusal::new(Code::PayoutBlocked, first.message()));
        }
        if self.amount.minor <= 0 || self.amount.minor > facts.payable {
            let available = Money::new(facts.payable, self.amount.currency);
            let message = format!("A payout is more than nothing and at most the {available} available.");
            return Err(Refusal::new(Code::AmountOutOfRange, message).at(&["input", "amount"]));
        }
        let posting =
            self.posting(PostingKind::Payout, TransferCode::PayoutReserved, self.payable(), self.due());
        Ok((self, posting))
    }

    /// What a provider's report does: none where it is no news. Money that comes back pays first what the company owes us
    /// by then.
    pub fn report(&self, report: &PayoutReport, debt: i64, now: Timestamp) -> Option<(Self, Posting)> {
        use PayoutStatus::{Failed, Paid, Requested, Returned, Submitted};
        let clearing = AccountKey::provider_clearing(&self.provider, self.amount.currency);
        let (status, failure, posting) = match (report, self.status) {
            (PayoutReport::Paid, Requested | Submitted) => {
                let posting =
                    self.posting(PostingKind::PayoutPaid, TransferCode::PayoutPaid, self.due(), clearing);
                (Paid, None, posting)
            }
            (PayoutReport::Failed { reason }, Requested | Submitted) => {
                let (from, to) = (self.due(), self.payable());
                let posting =
                    self.posting(PostingKind::PayoutReturned, TransferCode::PayoutReturned, from, to);
                (Failed, Some(reason.clone()), self.recovering(posting, debt))
            }
            (PayoutReport::Returned { reason }, Paid) => {
                let posting = self.posting(
                    PostingKind::PayoutReturned,
                    TransferCode::PayoutReturned,
                    clearing,
                    self.payable(),
                );
                (Returned, Some(reason.clone()), self.recovering(posting, debt))
            }
            _ => return None,
        };
        Some((Self { status, failure, settled_at: Some(now), ..self.clone() }, posting))
    }

    fn recovering(&self, posting: Posting, debt: i64) -> Posting {
        let owed = AccountKey::supplier_debt(self.company, self.amount.currency);
        posting.moving(TransferCode::DebtRecovered, self.payable(), owed, debt.clamp(0, self.amount.minor))
    }

    fn payable(&self) -> AccountKey {
        AccountKey::new(self.account, self.company, self.amount.currency)
    }

    fn due(&self) -> AccountKey {
        AccountKey::new(AccountKind::PayoutDue, self.id, self.amount.currency)
    }

    fn posting(&self, kind: PostingKind, code: TransferCode, from: AccountKey, to: AccountKey) -> Posting {
        Posting::new(kind, self.id, 1, None).moving(code, from, to, self.amount.minor)
    }
}
