//! Money that came and fits nothing: set aside whole, then given back or assigned, never lost (PO12).

use super::ids::{OrderId, PaymentId, SuspenseItemId};
use super::ledger::{AccountKey, Posting, PostingKind, TransferCode};
use super::money::Money;
use super::order::SuspenseReason;
use super::time::Timestamp;
use super::words::words;

words! {
    /// What became of set-aside money.
    SuspenseStatus {
        /// An operator is to decide.
        Open => "OPEN",
        /// On its way back to whoever paid it.
        Refunding => "REFUNDING",
        /// The provider could not give it back; an operator has it asked for again.
        RefundFailed => "REFUND_FAILED",
        /// Given back.
        Refunded => "REFUNDED",
        /// Given to the order that it was meant for.
        Assigned => "ASSIGNED",
    }
}

/// Money that is set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuspenseItem {
    /// Its id; also the name of its refund at the provider.
    pub id: SuspenseItemId,
    /// Who holds it.
    pub provider: String,
    /// The provider's own name of the payment.
    pub provider_reference: String,
    /// The payment that it was meant for.
    pub payment: Option<PaymentId>,
    /// The order that it was meant for.
    pub order: Option<OrderId>,
    /// How much.
    pub amount: Money,
    /// Why.
    pub reason: SuspenseReason,
    /// What became of it.
    pub status: SuspenseStatus,
    /// How much of it goes back, in minor units.
    pub refund_minor: Option<i64>,
    /// Why the provider could not give it back.
    pub failure: Option<String>,
    /// Since when it is set aside.
    pub created_at: Timestamp,
}

impl SuspenseReason {
    /// Whether nobody could want the money to stay: it goes back at once, without an operator.
    pub const fn goes_back(self) -> bool {
        match self {
            Self::Late | Self::AlreadyPaid | Self::WrongCurrency => true,
            Self::UnknownPayment | Self::WrongAmount => false,
        }
    }
}

impl SuspenseItem {
    /// Gives all of it back: the item after it, and the posting. None where that was decided already.
    pub fn give_back(&self) -> Option<(Self, Posting)> {
        if self.status != SuspenseStatus::Open {
            return None;
        }
        let currency = self.amount.currency;
        let posting = Posting::new(PostingKind::SuspenseSettled, self.id, 1, self.order).moving(
            TransferCode::SuspenseRefund,
            AccountKey::suspense(&self.provider, currency),
            AccountKey::suspense_refund(self.id, currency),
            self.amount.minor,
        );
        let (status, refund_minor) = (SuspenseStatus::Refunding, Some(self.amount.minor));
        Some((Self { status, refund_minor, ..self.clone() }, posting))
    }

    /// Has a refund that failed asked for again; the money is owed already. None where none failed.
    pub fn ask_again(&self) -> Option<Self> {
        let failed = self.status == SuspenseStatus::RefundFailed;
        failed.then(|| Self { status: SuspenseStatus::Refunding, ..self.clone() })
    }

    /// The item after an order took `taken` of it; the rest goes back.
    #[must_use]
    pub fn assigned(&self, taken: i64) -> Self {
        let status =
            if taken == self.amount.minor { SuspenseStatus::Assigned } else { SuspenseStatus::Refunding };
        Self { status, refund_minor: Some(self.amount.minor - taken), ..self.clone() }
    }

    /// What a provider's report on the refund does: none where it is no news.
    pub fn report(&self, failure: Option<&str>) -> Option<(Self, Option<Posting>)> {
        if !matches!(self.status, SuspenseStatus::Refunding | SuspenseStatus::RefundFailed) {
            return None;
        }
        if let Some(reason) = failure {
            let failed = Self {
                status: SuspenseStatus::RefundFailed,
                failure: Some(reason.to_owned()),
                ..self.clone()
            };
            return (failed != *self).then_some((failed, None));
        }
        let currency = self.amount.currency;
        let posting = Posting::new(PostingKind::RefundPaid, self.id, 1, self.order).moving(
            TransferCode::RefundPaid,
            AccountKey::suspense_refund(self.id, currency),
            AccountKey::provider_clearing(&self.provider, currency),
            self.refund_minor.unwrap_or_default(),
        );
        let refunded = Self { status: SuspenseStatus::Refunded, failure: None, ..self.clone() };
        Some((refunded, Some(posting)))
    }
}
