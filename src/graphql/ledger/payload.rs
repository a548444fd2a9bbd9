//! What commands on the money outside of orders answer.

use async_graphql::{Result, SimpleObject};

use super::types::{Payout, ProviderCall, Refund, SuspenseItem};
use crate::domain;
use crate::graphql::error::{UserError, user_errors};
use crate::graphql::orders::{Order, part_payload};
use crate::service;
use crate::service::orders::Outcome;
use crate::service::payments::calls::Retried;
use crate::service::payments::suspense::Settled;
use crate::service::payouts::Requested;

/// What `requestPayout` answers.
#[derive(Debug, Clone, SimpleObject)]
pub struct RequestPayoutPayload {
    /// The payout.
    payout: Option<Payout>,
    /// Whether this answers an earlier command with the same key.
    replayed: bool,
    /// What you can mend; empty where the command was done. Nothing was changed otherwise.
    user_errors: Vec<UserError>,
}

impl TryFrom<service::Result<Requested>> for RequestPayoutPayload {
    type Error = async_graphql::Error;

    fn try_from(answer: service::Result<Requested>) -> Result<Self> {
        Ok(match user_errors(answer)? {
            Ok(done) => {
                Self { payout: Some(done.payout.into()), replayed: done.replayed, user_errors: Vec::new() }
            }
            Err(user_errors) => Self { payout: None, replayed: false, user_errors },
        })
    }
}

part_payload! {
    /// What `retryRefund` answers.
    RetryRefundPayload,
    /// The refund after the command; null where it was refused.
    refund: Refund = Refund::moved
}

/// Declares a payload that names set-aside money.
macro_rules! suspense_payload {
    ($(#[doc = $doc:literal])+ $name:ident) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, SimpleObject)]
        pub struct $name {
            /// The set-aside money after the command.
            suspense_item: Option<SuspenseItem>,
            /// The order that it went to; null where it goes back.
            order: Option<Order>,
            /// Whether this answers an earlier command with the same key.
            replayed: bool,
            /// What you can mend; empty where the command was done. Nothing was changed otherwise.
            user_errors: Vec<UserError>,
        }

        impl TryFrom<service::Result<Settled>> for $name {
            type Error = async_graphql::Error;

            fn try_from(answer: service::Result<Settled>) -> Result<Self> {
                Ok(match user_errors(answer)? {
                    Ok(done) => Self {
                        suspense_item: Some(done.item.into()),
                        order: done.outcome.map(|outcome| Order(outcome.order)),
                        replayed: done.replayed,
                        user_errors: Vec::new(),
                    },
                    Err(user_errors) => Self { suspense_item: None, order: None, replayed: false, user_errors },
                })
            }
        }
    };
}

suspense_payload! {
    /// What `assignSuspensePayment` answers.
    AssignSuspensePaymentPayload
}
suspense_payload! {
    /// What `refundSuspensePayment` answers.
    RefundSuspensePaymentPayload
}

/// What `retryProviderCall` answers.
#[derive(Debug, Clone, SimpleObject)]
pub struct RetryProviderCallPayload {
    /// The call after the command; null where it was refused.
    provider_call: Option<ProviderCall>,
    /// Whether this answers an earlier command with the same key.
    replayed: bool,
    /// What you can mend; empty where the command was done. Nothing was changed otherwise.
    user_errors: Vec<UserError>,
}

impl TryFrom<service::Result<Retried>> for RetryProviderCallPayload {
    type Error = async_graphql::Error;

    fn try_from(answer: service::Result<Retried>) -> Result<Self> {
        Ok(match user_errors(answer)? {
            Ok(done) => Self {
                provider_call: Some(done.call.into()),
                replayed: done.replayed,
                user_errors: Vec::new(),
            },
            Err(user_errors) => Self { provider_call: None, replayed: false, user_errors },
        })
    }
}

/// What `settleSandboxRefund` answers.
#[derive(Debug, Clone, SimpleObject)]
pub struct SettleSandboxRefundPayload {
    /// The order after the provider's message.
    order: Option<Order>,
    /// What you can mend; empty where the message was sent.
    user_errors: Vec<UserError>,
}

impl TryFrom<service::Result<domain::order::Order>> for SettleSandboxRefundPayload {
    type Error = async_graphql::Error;

    fn try_from(answer: service::Result<domain::order::Order>) -> Result<Self> {
        Ok(match user_errors(answer)? {
            Ok(order) => Self { order: Some(Order(order)), user_errors: Vec::new() },
            Err(user_errors) => Self { order: None, user_errors },
        })
    }
}

/// What `settleSandboxPayout` answers.
#[derive(Debug, Clone, SimpleObject)]
pub struct SettleSandboxPayoutPayload {
    /// The payout after the provider's message.
    payout: Option<Payout>,
    /// What you can mend; empty where the message was sent.
    user_errors: Vec<UserError>,
}

impl TryFrom<service::Result<domain::payout::Payout>> for SettleSandboxPayoutPayload {
    type Error = async_graphql::Error;

    fn try_from(answer: service::Result<domain::payout::Payout>) -> Result<Self> {
        Ok(match user_errors(answer)? {
            Ok(payout) => Self { payout: Some(payout.into()), user_errors: Vec::new() },
            Err(user_errors) => Self { payout: None, user_errors },
        })
    }
}
