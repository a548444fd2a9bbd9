//! Where a buyer pays.

use async_graphql::{Context, Result};

use crate::domain::ids::CompanyId;
use crate::domain::order::Order;
use crate::graphql::context::ContextExt;
use crate::graphql::scalars::Url;

/// A provider's page where somebody pays. Whoever has its address sees what the provider shows there, so it is for those who pay:
/// not for the supplier, nor for those who inspect, carry or take back.
#[derive(Debug, Clone)]
pub struct PaymentPage {
    buyer: CompanyId,
    address: String,
}

impl PaymentPage {
    /// The page of a payment of this order, where the provider has named one.
    pub fn of(address: Option<&str>, order: &Order) -> Option<Self> {
        address.map(|address| Self { buyer: order.buyer(), address: address.to_owned() })
    }

    /// Its address, for whom it is.
    pub fn shown(&self, ctx: &Context<'_>) -> Option<Result<Url>> {
        match ctx.actor() {
            Ok(actor) if actor.is_operator() || actor.company == Some(self.buyer) => {
                Some(Ok(Url(self.address.clone())))
            }
            Ok(_) => None,
            Err(error) => Some(Err(error)),
        }
    }
}
