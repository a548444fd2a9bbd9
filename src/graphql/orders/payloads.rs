//! What commands answer: the object, what you can mend, and whether it was done before.

use async_graphql::{Result, SimpleObject};

use super::regions::{Payment, Shipment};
use super::types::Order;
use crate::graphql::error::{UserError, user_errors};
use crate::graphql::scalars::DateTime;
use crate::service;
use crate::service::orders::Outcome;
use crate::service::sandbox::Advance;

/// Declares a payload of a command on an order.
macro_rules! order_payload {
    ($(#[doc = $doc:literal])+ $name:ident) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, SimpleObject)]
        pub struct $name {
            /// The order after the command; null where it was refused.
            order: Option<Order>,
            /// Whether this answers an earlier command with the same key.
            replayed: bool,
            /// What you can mend; empty where the command was done. Nothing was changed otherwise.
            user_errors: Vec<UserError>,
        }

        impl TryFrom<service::Result<Outcome>> for $name {
            type Error = async_graphql::Error;

            fn try_from(answer: service::Result<Outcome>) -> Result<Self> {
                Ok(match user_errors(answer)? {
                    Ok(done) => Self { order: Some(Order(done.order)), replayed: done.replayed, user_errors: Vec::new() },
                    Err(user_errors) => Self { order: None, replayed: false, user_errors },
                })
            }
        }
    };
}

pub(super) use order_payload;

/// Declares a payload of a command that makes or moves a part of an order; the function finds the part in what was done.
macro_rules! part_payload {
    ($(#[doc = $doc:literal])+ $name:ident, $(#[doc = $part_doc:literal])+ $part:ident: $kind:ty = $find:path) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, SimpleObject)]
        pub struct $name {
            $(#[doc = $part_doc])+
            $part: Option<$kind>,
            /// The order after the command; null where it was refused.
            order: Option<Order>,
            /// Whether this answers an earlier command with the same key.
            replayed: bool,
            /// What you can mend; empty where the command was done. Nothing was changed otherwise.
            user_errors: Vec<UserError>,
        }

        impl TryFrom<service::Result<Outcome>> for $name {
            type Error = async_graphql::Error;

            fn try_from(answer: service::Result<Outcome>) -> Result<Self> {
                Ok(match user_errors(answer)? {
                    Ok(done) => {
                        let $part = $find(&done);
                        Self { $part, order: Some(Order(done.order)), replayed: done.replayed, user_errors: Vec::new() }
                    }
                    Err(user_errors) => Self { $part: None, order: None, replayed: false, user_errors },
                })
            }
        }
    };
}

pub(in crate::graphql) use part_payload;

/// The part of an order that a command made or moved: the one with the id that the command kept as its subject.
pub(in crate::graphql) fn moved<'done, T>(
    done: &'done Outcome,
    parts: &'done [T],
    id: impl Fn(&T) -> String,
) -> Option<&'done T> {
    let subject = done.made.subject.as_deref()?;
    parts.iter().find(|part| id(part) == subject)
}

order_payload! {
    /// What `placeOrder` answers.
    PlaceOrderPayload
}
order_payload! {
    /// What `submitOrder` answers.
    SubmitOrderPayload
}
order_payload! {
    /// What `confirmOrder` answers.
    ConfirmOrderPayload
}
order_payload! {
    /// What `declineOrder` answers.
    DeclineOrderPayload
}
order_payload! {
    /// What `cancelOrder` answers.
    CancelOrderPayload
}
order_payload! {
    /// What `markReady` answers.
    MarkReadyPayload
}
order_payload! {
    /// What `confirmReceipt` answers.
    ConfirmReceiptPayload
}

part_payload! {
    /// What `createPaymentSession` answers.
    CreatePaymentSessionPayload,
    /// The new payment: send the buyer to its `sessionUrl`; null where credit covered the instalment.
    payment: Payment = Payment::made
}

/// Declares a payload that names a shipment.
macro_rules! shipment_payload {
    ($(#[doc = $doc:literal])+ $name:ident) => {
        part_payload! {
            $(#[doc = $doc])+
            $name,
            /// The shipment.
            shipment: Shipment = Shipment::moved
        }
    };
}

pub(super) use shipment_payload;

shipment_payload! {
    /// What `dispatchShipment` answers.
    DispatchShipmentPayload
}
shipment_payload! {
    /// What `recordDelivery` answers.
    RecordDeliveryPayload
}

/// What `settleSandboxPayment` answers.
#[derive(Debug, Clone, SimpleObject)]
pub struct SettleSandboxPaymentPayload {
    /// The order after the provider's message.
    order: Option<Order>,
    /// What you can mend; empty where the message was sent.
    user_errors: Vec<UserError>,
}

impl TryFrom<service::Result<crate::domain::order::Order>> for SettleSandboxPaymentPayload {
    type Error = async_graphql::Error;

    fn try_from(answer: service::Result<crate::domain::order::Order>) -> Result<Self> {
        Ok(match user_errors(answer)? {
            Ok(order) => Self { order: Some(Order(order)), user_errors: Vec::new() },
            Err(user_errors) => Self { order: None, user_errors },
        })
    }
}

/// What `advanceSandboxClock` answers.
#[derive(Debug, Clone, SimpleObject)]
pub struct AdvanceSandboxClockPayload {
    /// The instant that it is now in the sandbox.
    now: Option<DateTime>,
    /// How many timers fired by this call; where it is a repetition, those that were still over.
    fired_deadline_count: i32,
    /// Whether an earlier command with the same key had advanced the clock; then it was not advanced again.
    replayed: bool,
    /// What you can mend; empty where the clock was advanced.
    user_errors: Vec<UserError>,
}

impl TryFrom<service::Result<Advance>> for AdvanceSandboxClockPayload {
    type Error = async_graphql::Error;

    fn try_from(answer: service::Result<Advance>) -> Result<Self> {
        Ok(match user_errors(answer)? {
            Ok(Advance { now, fired, replayed }) => {
                let fired_deadline_count = i32::try_from(fired).unwrap_or(i32::MAX);
                Self { now: Some(DateTime(now)), fired_deadline_count, replayed, user_errors: Vec::new() }
            }
            Err(user_errors) => Self { now: None, fired_deadline_count: 0, replayed: false, user_errors },
        })
    }
}
