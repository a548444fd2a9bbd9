//! Typed identifiers in `TypeID` form: a type prefix and a `UUIDv7` in Crockford base 32.
//!
//! An id of one type can never be read as another: parsing checks the prefix. Inside one type ids sort by
//! the time they were made, so they serve as the tie-breaker of every cursor.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Characters of the base 32 half of an id.
const SUFFIX_LENGTH: usize = 26;

/// Why a text is not an id of the wanted type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum IdError {
    /// The prefix names another type, or none.
    #[error("not an id of this type")]
    WrongType,
    /// The part behind the prefix is not 26 characters of the alphabet, or overflows 128 bits.
    #[error("malformed id")]
    Malformed,
}

/// The value of each byte as a digit; 32 and more where it is none. Cards hold dozens of ids, so reading one is a look-up.
const DIGITS: [u8; 256] = {
    let mut digits = [u8::MAX; 256];
    let mut digit: u8 = 0;
    while digit < 32 {
        digits[ALPHABET[digit as usize] as usize] = digit;
        digit += 1;
    }
    digits
};

/// Renders 128 bits as 26 characters of Crockford base 32, most significant first.
fn encode(value: u128) -> [u8; SUFFIX_LENGTH] {
    let mut out = [0; SUFFIX_LENGTH];
    let mut rest = value;
    for place in out.iter_mut().rev() {
        *place = ALPHABET[(rest & 31) as usize];
        rest >>= 5;
    }
    out
}

fn decode(text: &str) -> Result<u128, IdError> {
    let bytes: &[u8; SUFFIX_LENGTH] = text.as_bytes().try_into().map_err(|_| IdError::Malformed)?;
    // 26 digits are 130 bits: the first one has room for two of its five.
    if DIGITS[usize::from(bytes[0])] > 7 {
        return Err(IdError::Malformed);
    }
    let mut value: u128 = 0;
    for byte in bytes {
        let digit = DIGITS[usize::from(*byte)];
        if digit > 31 {
            return Err(IdError::Malformed);
        }
        value = (value << 5) | u128::from(digit);
    }
    Ok(value)
}

/// What every typed id can do; lets generic code name the prefix.
pub trait TypedId: Sized + Copy + fmt::Display + FromStr<Err = IdError> {
    /// The prefix before the underscore, such as `order`.
    const PREFIX: &'static str;

    /// Wraps the 128 bits of a `UUIDv7`.
    fn from_u128(value: u128) -> Self;
}

macro_rules! typed_ids {
    ($($(#[$doc:meta])* $name:ident => $prefix:literal;)*) => {
        /// The prefixes of all types.
        const PREFIXES: &[&str] = &[$($prefix),*];

        $(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u128);

        impl TypedId for $name {
            const PREFIX: &'static str = $prefix;

            fn from_u128(value: u128) -> Self {
                Self(value)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!($prefix, "_"))?;
                f.write_str(std::str::from_utf8(&encode(self.0)).map_err(|_| fmt::Error)?)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                let suffix = text.strip_prefix(concat!($prefix, "_")).ok_or(IdError::WrongType)?;
                decode(suffix).map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
        )*
    };
}

/// Whether a text is an id, of whichever type.
pub fn is_id(text: &str) -> bool {
    let parts = text.split_once('_');
    parts.is_some_and(|(prefix, suffix)| PREFIXES.contains(&prefix) && decode(suffix).is_ok())
}

typed_ids! {
    /// A legal entity: buyer, supplier or both.
    CompanyId => "company";
    /// A person of a company.
    MemberId => "member";
    /// An API client of a partner.
    AppId => "app";
    /// A secret that an app proves itself with.
    AppSecretId => "secret";
    /// A publishable key of a storefront.
    StorefrontKeyId => "storefrontkey";
    /// A company in its role as a supplier.
    SupplierId => "supplier";
    /// A badge granted to a supplier or product.
    BadgeAwardId => "badge";
    /// A third-party audit of a supplier.
    AuditId => "audit";
    /// A report, video, panorama or tour that belongs to an audit, supplier or product.
    MediaId => "media";
    /// A management or product certificate.
    CertificateId => "cert";
    /// A business licence.
    LicenceId => "licence";
    /// A paid membership of a supplier.
    MembershipId => "membership";
    /// A third-party agency's check of a supplier's capacity or credentials.
    AgencyCheckId => "check";
    /// A client case, award, patent, capability or experience of a supplier.
    TrackRecordId => "record";
    /// A document that a supplier submitted for review.
    VerificationDocumentId => "document";
    /// A version of the figures that badges are granted by.
    TrustPolicyId => "trustpolicy";
    /// A node of the category tree.
    CategoryId => "category";
    /// A product that a supplier offers.
    ProductId => "product";
    /// A buyer's review of a product line or a store.
    ReviewId => "review";
    /// An order.
    OrderId => "order";
    /// A line of an order.
    OrderLineId => "line";
    /// A sealed version of an order's contract.
    ContractId => "contract";
    /// A part of the price with a due date of its own.
    InstalmentId => "instalment";
    /// One try to pay an instalment.
    PaymentId => "payment";
    /// Goods dispatched together.
    ShipmentId => "shipment";
    /// A hold that freezes an order's money.
    HoldId => "hold";
    /// An independent look at the goods before they leave.
    InspectionId => "inspection";
    /// Goods on their way back to a warehouse near the buyer.
    ReturnId => "return";
    /// A buyer's request for a promised service.
    AfterSalesRequestId => "aftersales";
    /// Money on its way back to a buyer.
    RefundId => "refund";
    /// Money on its way to a company.
    PayoutId => "payout";
    /// Money that came and fits nothing.
    SuspenseItemId => "suspense";
    /// A check of all books.
    VerificationId => "verification";
    /// A refund request and what becomes of it.
    DisputeId => "dispute";
    /// One thing that a party showed in a dispute.
    EvidenceId => "evidence";
    /// A payment that the buyer's bank took back.
    ChargebackId => "chargeback";
    /// A ledger account.
    AccountId => "account";
    /// A group of transfers that commit together.
    PostingId => "posting";
    /// One movement between two accounts.
    TransferId => "transfer";
    /// An event of the log.
    EventId => "event";
    /// A timer with a consequence.
    DeadlineId => "deadline";
    /// A version of the platform's policy figures.
    PolicyId => "policy";
    /// A call that we owe to a payment provider, or a message that one sent to us.
    ProviderMessageId => "providermessage";
    /// A proposed change of a contract.
    AmendmentId => "amendment";
    /// A payment that was made off the platform.
    OffPlatformPaymentId => "offplatform";
    /// A supplier's refused attempt to have other terms than were agreed.
    RefusedPriceChangeId => "refusedchange";
    /// A broken promise that was made good.
    CompensationId => "compensation";
    /// Content that a company uploaded.
    FileId => "file";
    /// What the parties of an order or an enquiry say to each other.
    ThreadId => "thread";
    /// One message of a thread.
    MessageId => "message";
    /// A query whose whole result is written into a file.
    BulkOperationId => "bulk";
    /// A partner's endpoint that events are sent to.
    WebhookEndpointId => "webhook";
    /// An event that is owed to an endpoint.
    WebhookDeliveryId => "delivery";
    /// A document that an app registered.
    TrustedDocumentId => "trusted";
    /// An enquiry for a price and what became of it.
    QuoteId => "quote";
    /// One line of the audit log.
    AuditLogEntryId => "auditlogentry";
}

impl ThreadId {
    /// The thread of an order: it has the order's own bits, so it is there as soon as the order is.
    pub const fn of_order(order: OrderId) -> Self {
        Self(order.0)
    }

    /// The thread of an enquiry.
    pub const fn of_quote(quote: QuoteId) -> Self {
        Self(quote.0)
    }

    /// The order whose thread this is, if it is one's.
    pub const fn as_order(self) -> OrderId {
        OrderId(self.0)
    }

    /// The enquiry whose thread this is, if it is one's.
    pub const fn as_quote(self) -> QuoteId {
        QuoteId(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trips_and_refuses_other_types() {
        let id = OrderId::from_u128(0x0188_bac7_4afa_78aa_bc3b_bd1e_ef28_d881);
        let text = id.to_string();
        assert_eq!(text, "order_01h2xcejqtf2nbrexx3vqjhp41");
        assert_eq!(text.parse(), Ok(id));
        assert_eq!(text.parse::<ProductId>(), Err(IdError::WrongType));
    }

    #[test]
    fn refuses_malformed_suffixes() {
        for suffix in
            ["", "01h2xcejqtf2nbrexx3vqjhp4", "81h2xcejqtf2nbrexx3vqjhp41", "01h2xcejqtf2nbrexx3vqjhpu1"]
        {
            assert_eq!(format!("order_{suffix}").parse::<OrderId>(), Err(IdError::Malformed), "{suffix}");
        }
    }

    #[test]
    fn sorts_as_its_text_does() {
        let (small, large) = (OrderId::from_u128(31), OrderId::from_u128(32 << 60));
        assert!(small < large && small.to_string() < large.to_string());
    }
}
