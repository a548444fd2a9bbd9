//! What commands on orders take.

use async_graphql::{ID, InputObject};

use super::words::{BalanceDue, Incoterm, OrderKind, ReleasePolicy, SandboxPaymentOutcome, TransportMode};
use crate::domain;
use crate::domain::error::Refusal;
use crate::domain::money::{MAXIMUM_MINOR, MoneyError, UnitPrice};
use crate::domain::order::ShippedLine;
use crate::graphql::inputs::{Refused, command_input, envelope, id, ids};
use crate::graphql::scalars::{CountryCode, CurrencyCode, Decimal, Duration};
use crate::service::orders::{Dispatch, Envelope, LineInput, PlaceOrder};

/// An amount of money that a caller states.
#[derive(Debug, Clone, InputObject)]
pub struct MoneyInput {
    /// The amount in major units, with at most the currency's decimals, such as `12.50`.
    pub amount: Decimal,
    /// The currency.
    pub currency_code: CurrencyCode,
}

impl MoneyInput {
    /// The amount, checked.
    pub fn read(&self, path: &[&str]) -> Refused<domain::money::Money> {
        let amount = domain::money::Money::parse(&self.amount.0, self.currency_code.0);
        match amount {
            Ok(amount) if amount.minor > MAXIMUM_MINOR => Err(money_refusal(MoneyError::Overflow, path)),
            amount => amount.map_err(|error| money_refusal(error, path)),
        }
    }
}

pub(in crate::graphql) fn money_refusal(error: MoneyError, path: &[&str]) -> Refusal {
    let message = match error {
        MoneyError::TooManyDecimals => "The amount has more decimals than the currency.",
        MoneyError::Overflow => "The amount is too large to be kept.",
        MoneyError::Negative => "A price is not negative.",
        MoneyError::UnknownCurrency | MoneyError::CurrencyMismatch | MoneyError::NotADecimal => {
            "The amount is not a decimal number."
        }
    };
    Refusal::new(domain::error::Code::AmountOutOfRange, message).at(path)
}

/// A line of a new order.
#[derive(Debug, Clone, InputObject)]
pub struct OrderLineInput {
    /// The product.
    product_id: ID,
    /// How many units: at least the minimum order quantity, a multiple of the increment.
    quantity: i32,
    /// The price of one unit that you saw; the order is refused if it is another one now.
    expected_unit_price: Option<Decimal>,
    /// What exactly you want, at most 5000 characters; becomes part of the contract. By a quote it is the quote's unless
    /// given.
    specification: Option<String>,
    /// Files that say it exactly, such as drawings; part of the contract by their SHA-256. At most 20.
    #[graphql(validator(max_items = 20))]
    attachment_ids: Option<Vec<ID>>,
}

command_input! {
    /// What `placeOrder` takes.
    PlaceOrderInput {
        /// How the order comes about.
        #[graphql(default_with = "OrderKind::Standard")]
        kind: OrderKind,
        /// What you buy; 1 to 100 lines of one supplier in one currency.
        #[graphql(validator(max_items = 100))]
        lines: Vec<OrderLineInput>,
        /// The currency that you expect; another one is refused.
        currency_code: Option<CurrencyCode>,
        /// Carriage that you agreed on with the supplier; part of the price.
        freight: Option<MoneyInput>,
        /// Pay this part of the price, in percent, before production and the rest before dispatch.
        deposit_percent: Option<i32>,
        /// When the rest is due beside a deposit.
        #[graphql(default_with = "BalanceDue::BeforeDispatch")]
        balance_due: BalanceDue,
        /// The trade term.
        incoterm: Option<Incoterm>,
        /// The country where the goods go.
        destination_country: CountryCode,
        /// How escrow is released.
        #[graphql(default_with = "ReleasePolicy::OnCompletion")]
        release_policy: ReleasePolicy,
        /// Whether an independent inspection stands between production and dispatch.
        #[graphql(default)]
        inspection: bool,
        /// Your own name of the order; unique among your orders, at most 100 characters.
        external_reference: Option<String>,
        /// An accepted quote of yours that still holds: price, minimum quantity, lead time and freight are its. Name each
        /// product of the quote once. A quote is good for one order.
        quote_id: Option<ID>,
        /// Files that belong to the agreement as a whole; part of the contract by their SHA-256. At most 20.
        #[graphql(validator(max_items = 20))]
        attachment_ids: Option<Vec<ID>>,
        /// Stop at DRAFT; `submitOrder` goes on.
        #[graphql(default)]
        draft: bool,
    }
}

impl PlaceOrderInput {
    pub(super) fn read(self) -> Refused<(PlaceOrder, Envelope)> {
        let envelope = self.envelope();
        let lines = self.lines.iter().enumerate().map(|(index, line)| line.read(&index.to_string()));
        let freight = self.freight.map(|freight| freight.read(&["input", "freight"])).transpose()?;
        let wish = PlaceOrder {
            kind: self.kind.into(),
            lines: lines.collect::<Refused<_>>()?,
            currency: self.currency_code.map(|code| code.0),
            freight: freight.map(|freight| (freight.minor, freight.currency)),
            deposit_percent: self.deposit_percent.map(i64::from),
            balance_due: self.balance_due.into(),
            incoterm: self.incoterm.map(|term| term.as_str().to_owned()),
            destination: self.destination_country.0,
            release_policy: self.release_policy.into(),
            inspection: self.inspection,
            external_reference: self.external_reference,
            draft: self.draft,
            attachments: ids("file", &["input", "attachmentIds"], self.attachment_ids.as_deref())?,
            quote: self.quote_id.map(|quote| id("quote", &["input", "quoteId"], &quote)).transpose()?,
        };
        Ok((wish, envelope))
    }
}

impl OrderLineInput {
    fn read(&self, index: &str) -> Refused<LineInput> {
        let path = ["input", "lines", index, "expectedUnitPrice"];
        let price = self.expected_unit_price.as_ref().map(|price| UnitPrice::parse(&price.0)).transpose();
        Ok(LineInput {
            product: id("product", &["input", "lines", index, "productId"], &self.product_id)?,
            quantity: i64::from(self.quantity),
            expected_unit_price: price.map_err(|error| money_refusal(error, &path))?,
            specification: self.specification.clone(),
            attachments: ids(
                "file",
                &["input", "lines", index, "attachmentIds"],
                self.attachment_ids.as_deref(),
            )?,
        })
    }
}

command_input! {
    /// What `submitOrder` takes.
    SubmitOrderInput on order {}
}

command_input! {
    /// What `confirmOrder` takes.
    ConfirmOrderInput on order {
        /// The hash of the terms that you accept, as in `order.termsHash`.
        terms_hash: String,
    }
}

command_input! {
    /// What `declineOrder` takes.
    DeclineOrderInput on order {
        /// Why, at most 1000 characters; the buyer reads it.
        reason: Option<String>,
    }
}

command_input! {
    /// What `cancelOrder` takes.
    CancelOrderInput on order {
        /// Why, at most 1000 characters; the other party reads it.
        reason: Option<String>,
    }
}

command_input! {
    /// What `createPaymentSession` takes.
    CreatePaymentSessionInput on order {
        /// The instalment; the first one that is due unless named.
        instalment_id: Option<ID>,
        /// Spend your company's credit first: the session is for the rest. The credit moves when that comes, or at once
        /// where it covers all; should it be spent elsewhere meanwhile, what came is set aside for you.
        #[graphql(default)]
        use_credit: bool,
    }
}

command_input! {
    /// What `markReady` takes.
    MarkReadyInput on order {}
}

command_input! {
    /// What `confirmReceipt` takes.
    ConfirmReceiptInput on order {}
}

/// How many units of an order line leave.
#[derive(Debug, Clone, InputObject)]
pub struct ShipmentLineInput {
    /// The order line.
    order_line_id: ID,
    /// How many units.
    quantity: i32,
}

command_input! {
    /// What `dispatchShipment` takes.
    DispatchShipmentInput on order {
        /// What leaves; everything that is left unless named. At most 100 lines.
        lines: Option<Vec<ShipmentLineInput>>,
        /// Who carries it, at most 200 characters.
        carrier: String,
        /// The carrier's company, where it may report the delivery here.
        carrier_id: Option<ID>,
        /// The carrier's number, at most 200 characters.
        tracking_number: String,
        /// How it travels.
        mode: TransportMode,
    }
}

impl DispatchShipmentInput {
    pub(super) fn goods(&self) -> Refused<Dispatch> {
        let line = |(index, line): (usize, &ShipmentLineInput)| {
            let index = index.to_string();
            Ok(ShippedLine {
                line_id: id("order line", &["input", "lines", &index, "orderLineId"], &line.order_line_id)?,
                quantity: i64::from(line.quantity),
            })
        };
        let carrier = self.carrier_id.as_ref().map(|company| id("company", &["input", "carrierId"], company));
        if self.lines.as_ref().is_some_and(Vec::is_empty) {
            let message = "Name at least one line, or leave the field out to dispatch all that is left.";
            return Err(Refusal::invalid(&["input", "lines"], message));
        }
        Ok(Dispatch {
            lines: self.lines.iter().flatten().enumerate().map(line).collect::<Refused<_>>()?,
            carrier: self.carrier.clone(),
            carrier_company: carrier.transpose()?,
            tracking_number: self.tracking_number.clone(),
            mode: self.mode.into(),
        })
    }
}

command_input! {
    /// What `recordDelivery` takes.
    RecordDeliveryInput on shipment {
        /// What proves the delivery, such as the number of the signed receipt; at most 500 characters.
        proof_of_delivery: String,
    }
}

/// What `settleSandboxPayment` takes.
#[derive(Debug, Clone, InputObject)]
pub struct SettleSandboxPaymentInput {
    /// The payment.
    pub(super) payment_id: ID,
    /// How it ends.
    #[graphql(default_with = "SandboxPaymentOutcome::Succeeded")]
    pub(super) outcome: SandboxPaymentOutcome,
    /// Another amount than the one that is due, to see what happens then.
    amount: Option<MoneyInput>,
}

impl SettleSandboxPaymentInput {
    pub(super) fn amount(&self) -> Refused<Option<domain::money::Money>> {
        let path = ["input", "amount"];
        let amount = self.amount.as_ref().map(|amount| amount.read(&path)).transpose()?;
        match amount {
            Some(amount) if amount.minor <= 0 => {
                Err(Refusal::new(domain::error::Code::AmountOutOfRange, "A payment is more than zero.")
                    .at(&path))
            }
            amount => Ok(amount),
        }
    }
}

/// What `advanceSandboxClock` takes.
#[derive(Debug, Clone, InputObject)]
pub struct AdvanceSandboxClockInput {
    /// Makes the command happen once however often it is sent; 1 to 255 characters.
    idempotency_key: String,
    /// How far: more than nothing, at most 366 days.
    pub(super) by: Duration,
}

impl AdvanceSandboxClockInput {
    pub(super) fn envelope(&self) -> Envelope {
        envelope(self.idempotency_key.clone(), None, false)
    }
}
