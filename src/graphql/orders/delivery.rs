//! Deliveries in the schema: receipt by shipment, more time, loss, and what late goods entitle to.

use async_graphql::{Context, ID, Object, Result, SimpleObject};

use super::mutation::{ctx_actor, ctx_app};
use super::payloads::{moved, order_payload, part_payload, shipment_payload};
use super::regions::Shipment;
use super::types::Order;
use super::words::{CompensationCause, ContractParty};
use crate::domain;
use crate::graphql::error::{UserError, user_errors};
use crate::graphql::inputs::command_input;
use crate::graphql::scalars::{DateTime, Money};
use crate::service;
use crate::service::orders::{Outcome, delivery};

/// A broken promise that was made good.
#[derive(Debug, Clone, SimpleObject)]
pub struct Compensation {
    /// Its id.
    id: ID,
    /// Which promise was broken.
    cause: CompensationCause,
    /// How much the buyer got.
    amount: Money,
    /// Days begun between the promise and the goods.
    days_late: i32,
    /// Whether the supplier paid, out of escrow; otherwise the platform did, as credit for later orders.
    paid_by_supplier: bool,
    /// When it was granted.
    granted_at: DateTime,
}

impl Compensation {
    pub(super) fn new(known: &domain::order::Compensation, order: &domain::order::Order) -> Self {
        Self {
            id: known.id.to_string().into(),
            cause: known.cause.into(),
            amount: order.money(known.amount_minor).into(),
            days_late: i32::try_from(known.days_late).unwrap_or(i32::MAX),
            paid_by_supplier: known.cause == domain::order::CompensationCause::LateDispatch,
            granted_at: DateTime(known.granted_at),
        }
    }

    /// The one that a command made.
    fn moved(done: &Outcome) -> Option<Self> {
        let known = moved(done, &done.order.compensations, |known| known.id.to_string())?;
        Some(Self::new(known, &done.order))
    }
}

command_input! {
    /// What `confirmShipmentReceipt` takes.
    ConfirmShipmentReceiptInput on shipment {}
}
command_input! {
    /// What `reportShipmentLost` takes.
    ReportShipmentLostInput on shipment {
        /// What is known of the loss, 1 to 1000 characters.
        reason: String,
    }
}
command_input! {
    /// What `extendReceipt` takes.
    ExtendReceiptInput on order {}
}
command_input! {
    /// What `cancelForNonDispatch` takes.
    CancelForNonDispatchInput on order {}
}
command_input! {
    /// What `cancelForUnpaidBalance` takes.
    CancelForUnpaidBalanceInput on order {}
}
command_input! {
    /// What `claimLateDelivery` takes.
    ClaimLateDeliveryInput on order {}
}

shipment_payload! {
    /// What `confirmShipmentReceipt` answers.
    ConfirmShipmentReceiptPayload
}
shipment_payload! {
    /// What `reportShipmentLost` answers.
    ReportShipmentLostPayload
}
order_payload! {
    /// What `extendReceipt` answers.
    ExtendReceiptPayload
}
order_payload! {
    /// What `cancelForNonDispatch` answers.
    CancelForNonDispatchPayload
}
order_payload! {
    /// What `cancelForUnpaidBalance` answers.
    CancelForUnpaidBalancePayload
}
part_payload! {
    /// What `claimLateDelivery` answers.
    ClaimLateDeliveryPayload,
    /// The credit; null where the claim was refused.
    compensation: Compensation = Compensation::moved
}

/// The side that an actor stands on.
pub(super) const fn side(kind: domain::order::ActorKind) -> ContractParty {
    match kind {
        domain::order::ActorKind::Supplier => ContractParty::Supplier,
        _ => ContractParty::Buyer,
    }
}

/// The commands on deliveries.
#[derive(Debug, Default)]
pub struct DeliveryMutation;

/// The commands on deliveries.
#[Object]
impl DeliveryMutation {
    /// Confirms that a shipment is there in satisfactory condition: where the contract releases share by share, its share
    /// of the escrow goes to the supplier less the fee. The last one completes the order. Roles: buyer. Scope:
    /// `escrow:write`.
    async fn confirm_shipment_receipt(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which shipment.")] input: ConfirmShipmentReceiptInput,
    ) -> Result<ConfirmShipmentReceiptPayload> {
        let answer = async {
            let (shipment, envelope) = (input.shipment()?, input.envelope());
            delivery::confirm_shipment_receipt(ctx_app(ctx)?, ctx_actor(ctx)?, shipment, &envelope).await
        };
        answer.await.try_into()
    }

    /// Gives the buyer more time to object before receipt confirms itself; how much, the contract's policy says. A buyer
    /// does so once, a supplier any number of times, each before the time is over. Roles: buyer, supplier. Scope:
    /// `orders:write`.
    async fn extend_receipt(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which order.")] input: ExtendReceiptInput,
    ) -> Result<ExtendReceiptPayload> {
        let answer = async {
            delivery::extend_receipt(ctx_app(ctx)?, ctx_actor(ctx)?, input.order()?, &input.envelope()).await
        };
        answer.await.try_into()
    }

    /// Says that a shipment is lost: nothing confirms itself by it, its goods count as not dispatched and can be sent anew.
    /// A buyer says so once the promised delivery is over. Roles: buyer, supplier, carrier, operator. Scope:
    /// `orders:write`.
    async fn report_shipment_lost(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which shipment, and what is known.")] input: ReportShipmentLostInput,
    ) -> Result<ReportShipmentLostPayload> {
        let answer = async {
            let (shipment, envelope) = (input.shipment()?, input.envelope());
            let (app, actor) = (ctx_app(ctx)?, ctx_actor(ctx)?);
            delivery::report_shipment_lost(app, actor, shipment, &input.reason, &envelope).await
        };
        answer.await.try_into()
    }

    /// Ends an order of which nothing left by the dispatch deadline and the contract's grace after it: everything that was
    /// paid goes back, no fee is taken. Roles: buyer. Scope: `escrow:write`.
    async fn cancel_for_non_dispatch(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which order.")] input: CancelForNonDispatchInput,
    ) -> Result<CancelForNonDispatchPayload> {
        let answer = async {
            let (order, envelope) = (input.order()?, input.envelope());
            delivery::cancel_for_non_dispatch(ctx_app(ctx)?, ctx_actor(ctx)?, order, &envelope).await
        };
        answer.await.try_into()
    }

    /// Ends an order whose balance is overdue. Before anything left the deposit goes back, less what the contract lets the
    /// supplier keep; after everything was delivered what was paid goes to the supplier, less the fee. Roles: supplier. Scope: `escrow:write`.
    async fn cancel_for_unpaid_balance(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which order.")] input: CancelForUnpaidBalanceInput,
    ) -> Result<CancelForUnpaidBalancePayload> {
        let answer = async {
            let (order, envelope) = (input.order()?, input.envelope());
            delivery::cancel_for_unpaid_balance(ctx_app(ctx)?, ctx_actor(ctx)?, order, &envelope).await
        };
        answer.await.try_into()
    }

    /// Claims the credit for a guaranteed delivery that came late or not at all: once for an order, within the contract's
    /// time after the promised delivery. The credit is the platform's and pays for later orders. Roles: buyer. Scope:
    /// `escrow:write`.
    async fn claim_late_delivery(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which order.")] input: ClaimLateDeliveryInput,
    ) -> Result<ClaimLateDeliveryPayload> {
        let answer = async {
            let (order, envelope) = (input.order()?, input.envelope());
            delivery::claim_late_delivery(ctx_app(ctx)?, ctx_actor(ctx)?, order, &envelope).await
        };
        answer.await.try_into()
    }
}
