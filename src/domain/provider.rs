//! What is asked of a payment provider, how often, and what its refusals mean.

use serde::{Deserialize, Serialize};

use super::ids::{CompanyId, OrderId, PaymentId, ProviderMessageId};
use super::ledger::AccountKind;
use super::money::Money;
use super::time::{Span, Timestamp};
use super::words::words;

words! {
    /// What is asked of a provider.
    RequestKind {
        /// Open a session for a payment.
        CreateSession => "CREATE_SESSION",
        /// End a session that nobody is to pay by any more.
        ExpireSession => "EXPIRE_SESSION",
        /// Give money back to the buyer.
        Refund => "REFUND",
        /// Pay money out to a company.
        Payout => "PAYOUT",
    }
}

words! {
    /// How far a call got.
    RequestStatus {
        /// It is to be made, or its answer was lost: it is made again under the same key.
        Pending => "PENDING",
        /// The provider has taken it.
        Done => "DONE",
        /// The provider refused it and did nothing, or nobody needs it any more.
        Failed => "FAILED",
        /// It was made so often without a clear answer that people have to look.
        Stalled => "STALLED",
    }
}

words! {
    /// Why a provider refuses a call. Any other word is no refusal: the call is made again.
    ProviderRefusal {
        /// The account that the money is to go to was closed.
        AccountClosed => "ACCOUNT_CLOSED",
        /// No account is known that the money could go to.
        AccountUnknown => "ACCOUNT_UNKNOWN",
        /// The receiver or payer may not be served.
        PartyBlocked => "PARTY_BLOCKED",
        /// The amount is too small or too large for this way.
        AmountNotSupported => "AMOUNT_NOT_SUPPORTED",
        /// The currency cannot be sent or received.
        CurrencyNotSupported => "CURRENCY_NOT_SUPPORTED",
        /// The payment cannot be given back by the way that it came.
        NotRefundable => "NOT_REFUNDABLE",
        /// What the provider holds for the platform does not cover it.
        FundsNotAvailable => "FUNDS_NOT_AVAILABLE",
        /// The payment is under way or made: it can no longer be ended.
        PaymentUnderWay => "PAYMENT_UNDER_WAY",
        /// For a reason of the provider's own.
        Declined => "DECLINED",
    }
}

/// Whom and what a call is about, beside its subject.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CallContext {
    /// The order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_id: Option<OrderId>,
    /// That order's number, as people read it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_number: Option<String>,
    /// The payment that a refund goes back by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_id: Option<PaymentId>,
    /// The provider's own name of that payment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Who pays, or who is paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company_id: Option<CompanyId>,
    /// From which of its accounts a company is paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountKind>,
}

/// A call that is owed to a provider, or was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderCall {
    /// Its id: the key that makes it happen once, however often it is sent.
    pub id: ProviderMessageId,
    /// Whom.
    pub provider: String,
    /// What is asked.
    pub kind: RequestKind,
    /// The payment, refund or payout.
    pub subject: String,
    /// How much.
    pub amount: Money,
    /// Whom and what it is about.
    pub context: CallContext,
    /// How far it got.
    pub status: RequestStatus,
    /// How often it was made in this round.
    pub attempts: i64,
    /// One, and one more each time the provider said that it had failed and it was asked for again.
    pub round: i64,
    /// How often it was asked how it stands.
    pub questions: i64,
    /// What went wrong last.
    pub problem: Option<String>,
    /// When it was made first.
    pub created_at: Timestamp,
}

/// Seconds until a call without a clear answer is made again; then each hour.
const PAUSES: [i64; 7] = [10, 30, 60, 120, 300, 600, 1_800];
/// After so many tries, about three days, people have to look.
const TRIES: i64 = 78;
/// Hours until it is asked again how something stands: a message has had time to come; then each day.
const QUESTION_HOURS: [i64; 3] = [1, 3, 8];
/// After so many questions, about three months, people have to look.
const QUESTIONS: i64 = 92;
const HOUR: i64 = 3_600;

impl ProviderCall {
    /// When it is made again after a try at `now` without a clear answer; none where people have to look.
    pub fn again_at(&self, now: Timestamp) -> Option<Timestamp> {
        let pause = usize::try_from(self.attempts).ok().and_then(|tries| PAUSES.get(tries)).unwrap_or(&HOUR);
        (self.attempts + 1 < TRIES).then(|| now.plus(Span::seconds(*pause)))
    }

    /// When it is asked how it stands, the next time after `now`; none where people have to look.
    pub fn question_at(&self, now: Timestamp) -> Option<Timestamp> {
        let hours = usize::try_from(self.questions).ok().and_then(|asked| QUESTION_HOURS.get(asked));
        (self.questions < QUESTIONS).then(|| now.plus(Span::hours(*hours.unwrap_or(&24))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::money::Currency;

    #[test]
    fn a_call_is_made_for_three_days_and_asked_about_for_three_months() {
        let mut call = ProviderCall {
            id: "providermessage_01kb9m6jvne0s8t9v2c3d4e5f6".parse().unwrap(),
            provider: "p".to_owned(),
            kind: RequestKind::Refund,
            subject: "s".to_owned(),
            amount: Money::new(1, Currency::parse("USD").unwrap()),
            context: CallContext::default(),
            status: RequestStatus::Pending,
            attempts: 0,
            round: 1,
            questions: 0,
            problem: None,
            created_at: Timestamp::from_seconds(0),
        };
        let mut now = call.created_at;
        let mut pauses = Vec::new();
        while let Some(next) = call.again_at(now) {
            pauses.push(next.since(now).as_seconds());
            (now, call.attempts) = (next, call.attempts + 1);
        }
        assert_eq!(pauses[..9], [10, 30, 60, 120, 300, 600, 1_800, 3_600, 3_600]);
        assert_eq!((pauses.len(), now.seconds() / 3_600), (77, 70));
        now = call.created_at;
        while let Some(next) = call.question_at(now) {
            (now, call.questions) = (next, call.questions + 1);
        }
        assert_eq!((call.questions, now.seconds() / 86_400), (92, 89));
    }
}
