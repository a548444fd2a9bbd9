//! Charge-backs of set-aside money (PO12 with PO10): out of where the money lies, so that no account loses its sign.

use serde::{Deserialize, Serialize};

use super::{SuspenseItem, SuspenseStatus};
use crate::domain::ledger::{AccountKey, AccountKind, Posting, PostingKind, TransferCode};
use crate::domain::order::{ChargebackStatus, ChargebackVerdict};
use crate::domain::time::Timestamp;

/// What the payer's bank took back of set-aside money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SuspenseChargeback {
    /// The provider's own name of the charge-back.
    pub reference: String,
    /// How it stands.
    pub status: ChargebackStatus,
    /// How much, in minor units.
    pub amount_minor: i64,
    /// Why, in the bank's words.
    pub reason: Option<String>,
    /// What was taken out of suspense.
    pub suspense_minor: i64,
    /// What was taken out of what was on its way back to the payer.
    pub refund_minor: i64,
    /// What is our loss, as it had gone back already.
    pub loss_minor: i64,
    /// When the provider told it.
    pub opened_at: Timestamp,
    /// When the bank had decided.
    pub settled_at: Option<Timestamp>,
}

/// What a provider says of a charge-back of set-aside money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuspenseChargebackReport {
    /// The provider's own name of the charge-back.
    pub reference: String,
    /// How much, in minor units.
    pub amount_minor: i64,
    /// Why, in the bank's words.
    pub reason: Option<String>,
    /// How it stands.
    pub verdict: ChargebackVerdict,
}

impl SuspenseItem {
    /// What the bank has of it now.
    fn charged_back(&self, part: fn(&SuspenseChargeback) -> i64) -> i64 {
        let taken = self.chargebacks.iter().filter(|known| known.status != ChargebackStatus::Won);
        taken.map(part).sum()
    }

    /// What is left in suspense while nothing was decided, in minor units.
    pub fn left(&self) -> i64 {
        self.amount.minor - self.assigned_minor - self.charged_back(|known| known.suspense_minor)
    }

    /// What the suspense account holds of it, in minor units.
    pub fn in_suspense(&self) -> i64 {
        if self.status == SuspenseStatus::Open { self.left() } else { 0 }
    }

    /// What is on its way back to the payer, in minor units.
    pub fn in_refund(&self) -> i64 {
        match self.status {
            SuspenseStatus::Refunding | SuspenseStatus::RefundFailed => {
                self.refund_minor.unwrap_or_default() - self.charged_back(|known| known.refund_minor)
            }
            SuspenseStatus::Open
            | SuspenseStatus::Refunded
            | SuspenseStatus::Assigned
            | SuspenseStatus::ChargedBack => 0,
        }
    }

    /// What a bank can still take back: what no order took and no bank took before.
    pub fn can_be_charged_back(&self) -> i64 {
        self.amount.minor - self.assigned_minor - self.charged_back(|known| known.amount_minor)
    }

    /// Whether a charge-back of this name is known.
    pub fn knows_chargeback(&self, reference: &str) -> bool {
        self.chargebacks.iter().any(|known| known.reference == reference)
    }

    /// Whether a bank still looks into it: what it took may come back.
    pub fn is_charged_back_for_now(&self) -> bool {
        self.chargebacks.iter().any(|known| known.status == ChargebackStatus::Open)
    }

    /// What a provider's report of a charge-back does: none where it is no news. A report may come twice and out of order.
    pub fn charge_back(
        &self,
        report: &SuspenseChargebackReport,
        now: Timestamp,
    ) -> Option<(Self, Vec<Posting>)> {
        let mut item = self.clone();
        let mut postings = Vec::new();
        let place = item.chargebacks.iter().position(|known| known.reference == report.reference);
        let place = match place {
            Some(place) => place,
            None => item.open(report, now, &mut postings),
        };
        let seq = i64::try_from(place + 1).unwrap_or(i64::MAX);
        let parts = item.chargebacks.get(place)?.clone();
        let outcome = match (parts.status, report.verdict) {
            (ChargebackStatus::Open, ChargebackVerdict::Won) => Some(ChargebackStatus::Won),
            (ChargebackStatus::Open, ChargebackVerdict::Lost) => Some(ChargebackStatus::Lost),
            (_, ChargebackVerdict::Opened)
            | (
                ChargebackStatus::Won | ChargebackStatus::Lost,
                ChargebackVerdict::Won | ChargebackVerdict::Lost,
            ) => None,
        };
        if let Some(outcome) = outcome {
            if outcome == ChargebackStatus::Won {
                postings.push(item.posting(&parts, PostingKind::ChargebackReversed, seq));
            }
            if let Some(known) = item.chargebacks.get_mut(place) {
                (known.status, known.settled_at) = (outcome, Some(now));
            }
            let waits = matches!(item.status, SuspenseStatus::Open | SuspenseStatus::RefundFailed);
            if waits && outcome == ChargebackStatus::Lost && item.can_be_charged_back() == 0 {
                item.status = SuspenseStatus::ChargedBack;
            }
        }
        postings.retain(|posting| !posting.transfers.is_empty());
        (item != *self).then_some((item, postings))
    }

    /// Notes a charge-back that was not known and answers its place; one that is won already took nothing.
    fn open(
        &mut self,
        report: &SuspenseChargebackReport,
        now: Timestamp,
        postings: &mut Vec<Posting>,
    ) -> usize {
        let amount = if report.verdict == ChargebackVerdict::Won { 0 } else { report.amount_minor };
        let owed = self.refund_minor.unwrap_or_default() - self.charged_back(|known| known.refund_minor);
        let (suspense_minor, refund_minor) = match self.status {
            SuspenseStatus::Open => (amount, 0),
            SuspenseStatus::Refunding | SuspenseStatus::RefundFailed => (0, amount.min(owed)),
            SuspenseStatus::Refunded | SuspenseStatus::Assigned | SuspenseStatus::ChargedBack => (0, 0),
        };
        let entry = SuspenseChargeback {
            reference: report.reference.clone(),
            status: ChargebackStatus::Open,
            amount_minor: report.amount_minor,
            reason: report.reason.clone(),
            suspense_minor,
            refund_minor,
            loss_minor: amount - suspense_minor - refund_minor,
            opened_at: now,
            settled_at: None,
        };
        let place = self.chargebacks.len();
        let seq = i64::try_from(place + 1).unwrap_or(i64::MAX);
        postings.push(self.posting(&entry, PostingKind::Chargeback, seq));
        self.chargebacks.push(entry);
        place
    }

    /// Out of where the money lies, or back there.
    fn posting(&self, entry: &SuspenseChargeback, kind: PostingKind, seq: i64) -> Posting {
        let currency = self.amount.currency;
        let clearing = AccountKey::provider_clearing(&self.provider, currency);
        let parts = [
            (AccountKey::suspense(&self.provider, currency), entry.suspense_minor),
            (AccountKey::suspense_refund(self.id, currency), entry.refund_minor),
            (AccountKey::platform(AccountKind::GuaranteeLoss, currency), entry.loss_minor),
        ];
        let posting = Posting::new(kind, self.id, seq, self.order);
        let back = kind == PostingKind::ChargebackReversed;
        parts.into_iter().fold(posting, |posting, (account, minor)| {
            if back {
                posting.moving(TransferCode::SuspenseChargebackReversed, clearing.clone(), account, minor)
            } else {
                posting.moving(TransferCode::SuspenseChargedBack, account, clearing.clone(), minor)
            }
        })
    }

    /// The refund reached the payer. What a bank had taken of it meanwhile is gone twice, and our loss.
    pub(super) fn refunded(&self) -> (Self, Option<Posting>) {
        let currency = self.amount.currency;
        let refund = self.refund_minor.unwrap_or_default();
        let taken = self.charged_back(|known| known.refund_minor);
        let clearing = AccountKey::provider_clearing(&self.provider, currency);
        let posting = Posting::new(PostingKind::RefundPaid, self.id, 1, self.order)
            .moving(
                TransferCode::RefundPaid,
                AccountKey::suspense_refund(self.id, currency),
                clearing.clone(),
                refund - taken,
            )
            .moving(
                TransferCode::SuspenseRefundLoss,
                AccountKey::platform(AccountKind::GuaranteeLoss, currency),
                clearing,
                taken,
            );
        let mut item = Self { status: SuspenseStatus::Refunded, failure: None, ..self.clone() };
        for known in item.chargebacks.iter_mut().filter(|known| known.status != ChargebackStatus::Won) {
            known.loss_minor += known.refund_minor;
            known.refund_minor = 0;
        }
        (item, Some(posting))
    }
}
