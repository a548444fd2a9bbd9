//! What commands on refund requests, disputes, holds and charge-backs answer.

use std::sync::Arc;

use async_graphql::{Result, SimpleObject};

use super::types::Dispute;
use crate::graphql::error::{UserError, user_errors};
use crate::graphql::orders::Order;
use crate::graphql::orders::payloads::{order_payload, part_payload};
use crate::service;
use crate::service::orders::Outcome;

/// Declares a payload of a command on a dispute.
macro_rules! dispute_payload {
    ($(#[doc = $doc:literal])+ $name:ident) => {
        part_payload! {
            $(#[doc = $doc])+
            $name,
            /// The dispute after the command; null where it was refused.
            dispute: Dispute = moved
        }
    };
}

/// The dispute that a command moved.
fn moved(done: &Outcome) -> Option<Dispute> {
    let id = done.made.subject.as_ref()?.parse().ok()?;
    Dispute::of(Arc::new(done.order.clone()), id)
}

dispute_payload! {
    /// What `requestRefund` answers.
    RequestRefundPayload
}
dispute_payload! {
    /// What `offerRefund` answers.
    OfferRefundPayload
}
dispute_payload! {
    /// What `respondToRefundRequest` answers.
    RespondToRefundRequestPayload
}
dispute_payload! {
    /// What `acceptRefundOffer` answers.
    AcceptRefundOfferPayload
}
dispute_payload! {
    /// What `escalateDispute` answers.
    EscalateDisputePayload
}
dispute_payload! {
    /// What `withdrawDispute` answers.
    WithdrawDisputePayload
}
dispute_payload! {
    /// What `submitEvidence` answers.
    SubmitEvidencePayload
}
dispute_payload! {
    /// What `decideDispute` answers.
    DecideDisputePayload
}
dispute_payload! {
    /// What `confirmDecision` answers.
    ConfirmDecisionPayload
}
dispute_payload! {
    /// What `appealDecision` answers.
    AppealDecisionPayload
}
order_payload! {
    /// What `placeRiskHold` answers.
    PlaceRiskHoldPayload
}
order_payload! {
    /// What `liftRiskHold` answers.
    LiftRiskHoldPayload
}

/// What `reportSandboxChargeback` answers.
#[derive(Debug, Clone, SimpleObject)]
pub struct ReportSandboxChargebackPayload {
    /// The order after the provider's message.
    order: Option<Order>,
    /// What you can mend; empty where the message was sent.
    user_errors: Vec<UserError>,
}

impl TryFrom<service::Result<crate::domain::order::Order>> for ReportSandboxChargebackPayload {
    type Error = async_graphql::Error;

    fn try_from(answer: service::Result<crate::domain::order::Order>) -> Result<Self> {
        Ok(match user_errors(answer)? {
            Ok(order) => Self { order: Some(Order(order)), user_errors: Vec::new() },
            Err(user_errors) => Self { order: None, user_errors },
        })
    }
}
