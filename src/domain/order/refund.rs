//! The refund region: money on its way back to the buyer, one row for each payment that it goes back by.

use serde::{Deserialize, Serialize};

use crate::domain::ids::{PaymentId, RefundId};
use crate::domain::time::Timestamp;
use crate::domain::words::words;

words! {
    /// Why money goes back.
    RefundCause {
        /// Both sides agreed on it.
        Agreed => "AGREED",
        /// A mediator decided it.
        Decision => "DECISION",
        /// Nothing left in time and the buyer cancelled.
        NonDispatch => "NON_DISPATCH",
        /// The order ended before the goods left.
        Cancellation => "CANCELLATION",
        /// The goods came back.
        EasyReturn => "EASY_RETURN",
        /// A promised service was not given.
        AfterSales => "AFTER_SALES",
        /// The order became cheaper.
        Amendment => "AMENDMENT",
        /// A broken promise is made good.
        Compensation => "COMPENSATION",
        /// An inspection's fee comes back.
        InspectionFee => "INSPECTION_FEE",
        /// Money came that fits nothing.
        Suspense => "SUSPENSE",
    }
}

words! {
    /// How far a refund got.
    RefundStatus {
        /// It is owed; the provider is to be asked.
        Approved => "APPROVED",
        /// The provider was asked.
        Submitted => "SUBMITTED",
        /// The money reached the buyer.
        Succeeded => "SUCCEEDED",
        /// The provider could not; the money stays owed and is tried again.
        Failed => "FAILED",
    }
}

/// Money on its way back to the buyer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Refund {
    /// Its id; also its name at the provider, so that asking twice pays once.
    pub id: RefundId,
    /// Its number, from one.
    pub seq: u32,
    /// Why.
    pub cause: RefundCause,
    /// The payment that it goes back by.
    pub payment_id: PaymentId,
    /// With which provider.
    pub provider: String,
    /// How much, in minor units of the order's currency.
    pub amount_minor: i64,
    /// How far it got.
    pub status: RefundStatus,
    /// How often the provider refused it.
    pub failures: u32,
    /// Why it failed last.
    pub failure: Option<String>,
    /// Since when it is owed.
    pub requested_at: Timestamp,
    /// When it reached the buyer.
    pub succeeded_at: Option<Timestamp>,
}
