//! What providers send, read and checked: the form, the amounts, the names.

use serde::Deserialize;

use crate::domain::error::{Code, Refusal};
use crate::domain::ids::PaymentId;
use crate::domain::money::{Currency, MAXIMUM_MINOR, Money};
use crate::domain::order::{ChargebackVerdict, PaymentReport};
use crate::domain::payout::PayoutReport;

type Result<T> = std::result::Result<T, Refusal>;

#[derive(Deserialize)]
struct Raw {
    #[serde(rename = "type")]
    kind: String,
    data: serde_json::Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PaymentData {
    payment_id: String,
    payment_reference: Option<String>,
    reference: String,
    amount_minor: String,
    currency: String,
    reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RefundData {
    refund_id: String,
    reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PayoutData {
    payout_id: String,
    reason: Option<String>,
}

/// A message whose form was checked.
pub(super) enum Message {
    /// How a payment stands.
    Payment(PaymentMessage),
    /// How a charge-back stands.
    Chargeback(ChargebackMessage),
    /// How a refund ended.
    Refund {
        /// The refund, of an order or of set-aside money.
        subject: String,
        /// Why it failed; nothing where the money reached the buyer.
        failure: Option<String>,
    },
    /// How a payout ended.
    Payout {
        /// The payout.
        subject: String,
        /// How it ended.
        report: PayoutReport,
    },
}

/// How a charge-back stands.
pub(super) struct ChargebackMessage {
    /// Our payment; none where the name is not one of ours.
    pub payment: Option<PaymentId>,
    /// The provider's own name of the payment, where it tells it: the only name of money that came for no payment of ours.
    pub payment_reference: Option<String>,
    /// The provider's own name of the charge-back.
    pub reference: String,
    /// How much.
    pub amount: Money,
    /// Why, in the bank's words.
    pub reason: Option<String>,
    /// How it stands.
    pub verdict: ChargebackVerdict,
}

/// How a payment stands.
pub(super) struct PaymentMessage {
    /// Our payment; none where the name is not one of ours.
    pub payment: Option<PaymentId>,
    /// The provider's own name of it.
    pub reference: String,
    /// How much.
    pub amount: Money,
    /// How it stands.
    pub verdict: PaymentReport,
}

fn bad(message: &str) -> Refusal {
    Refusal::new(Code::BadRequest, message)
}

/// Reads a message's bytes.
pub(super) fn read(body: &[u8]) -> Result<Message> {
    let raw: Raw = serde_json::from_slice(body).map_err(|_| form())?;
    match raw.kind.split_once('.') {
        Some(("payment", event)) => payment(event, decode(raw.data)?).map(Message::Payment),
        Some(("chargeback", event)) => chargeback(event, decode(raw.data)?).map(Message::Chargeback),
        Some(("refund", event)) => {
            let data: RefundData = decode(raw.data)?;
            let failure = match event {
                "succeeded" => None,
                "failed" => Some(reason(data.reason)?),
                _ => return Err(unknown()),
            };
            Ok(Message::Refund { subject: name(data.refund_id)?, failure })
        }
        Some(("payout", event)) => {
            let data: PayoutData = decode(raw.data)?;
            let report = match event {
                "paid" => PayoutReport::Paid,
                "failed" => PayoutReport::Failed { reason: reason(data.reason)? },
                "returned" => PayoutReport::Returned { reason: reason(data.reason)? },
                _ => return Err(unknown()),
            };
            Ok(Message::Payout { subject: name(data.payout_id)?, report })
        }
        _ => Err(unknown()),
    }
}

fn form() -> Refusal {
    bad("The message is not of the documented form.")
}

fn unknown() -> Refusal {
    bad("The message's type is unknown.")
}

fn decode<T: serde::de::DeserializeOwned>(data: serde_json::Value) -> Result<T> {
    serde_json::from_value(data).map_err(|_| form())
}

fn name(text: String) -> Result<String> {
    if text.is_empty() || text.len() > 200 {
        return Err(bad("The reference has 1 to 200 characters."));
    }
    no_zero(text)
}

fn reason(text: Option<String>) -> Result<String> {
    no_zero(text.unwrap_or_else(|| "The provider gave no reason.".to_owned()))
}

fn no_zero(text: String) -> Result<String> {
    if text.contains('\0') { Err(bad("No text may hold the character U+0000.")) } else { Ok(text) }
}

fn amount(data: &PaymentData) -> Result<Money> {
    let currency = Currency::parse(&data.currency).map_err(|_| bad("The currency is unknown."))?;
    let minor: i64 = data.amount_minor.parse().map_err(|_| bad("The amount is no whole number."))?;
    if minor <= 0 {
        return Err(bad("The amount is more than zero."));
    }
    if minor > MAXIMUM_MINOR {
        return Err(bad("The amount is larger than any payment can be."));
    }
    Ok(Money::new(minor, currency))
}

fn chargeback(event: &str, data: PaymentData) -> Result<ChargebackMessage> {
    let verdict = match event {
        "opened" => ChargebackVerdict::Opened,
        "won" => ChargebackVerdict::Won,
        "lost" => ChargebackVerdict::Lost,
        _ => return Err(unknown()),
    };
    let amount = amount(&data)?;
    let payment = data.payment_id.parse().ok();
    let payment_reference = data.payment_reference.map(name).transpose()?;
    let reason = data.reason.map(no_zero).transpose()?;
    Ok(ChargebackMessage {
        payment,
        payment_reference,
        reference: name(data.reference)?,
        amount,
        reason,
        verdict,
    })
}

fn payment(event: &str, data: PaymentData) -> Result<PaymentMessage> {
    let amount = amount(&data)?;
    let reference = name(data.reference)?;
    let verdict = match event {
        "processing" => PaymentReport::Processing,
        "succeeded" => PaymentReport::Succeeded { amount, reference: reference.clone() },
        "failed" => PaymentReport::Failed { reason: reason(data.reason)? },
        _ => return Err(unknown()),
    };
    Ok(PaymentMessage { payment: data.payment_id.parse().ok(), reference, amount, verdict })
}
