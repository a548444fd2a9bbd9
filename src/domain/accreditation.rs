//! Which inspection companies may be booked, and what they cost.

use super::error::{Code, Refusal};
use super::ids::CompanyId;
use super::money::{Currency, MAXIMUM_MINOR};
use super::policy::Amounts;
use super::time::Timestamp;

/// An inspection company that the platform has accredited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accreditation {
    /// The company.
    pub company: CompanyId,
    /// The number under which its accreditation is kept.
    pub number: String,
    /// What an inspection costs, by currency, in minor units.
    pub fees: Amounts,
    /// The last instant at which it can be booked and inspect.
    pub valid_until: Timestamp,
}

impl Accreditation {
    /// The same, checked: a number, at least one fee, each more than zero, and a future.
    pub fn check(self, now: Timestamp) -> Result<Self, Refusal> {
        let length = self.number.trim().chars().count();
        if !(1..=100).contains(&length) {
            let message = "An accreditation number has 1 to 100 characters.";
            return Err(Refusal::invalid(&["input", "accreditationNumber"], message));
        }
        if self.fees.is_empty() {
            let message = "Name the fee in at least one currency.";
            return Err(Refusal::invalid(&["input", "fees"], message));
        }
        if self.fees.values().any(|fee| !(1..=MAXIMUM_MINOR).contains(fee)) {
            let message = "A fee is more than zero, and not beyond what can be kept.";
            return Err(Refusal::new(Code::AmountOutOfRange, message).at(&["input", "fees"]));
        }
        if self.valid_until <= now {
            let message = "An accreditation is valid until an instant to come.";
            return Err(Refusal::invalid(&["input", "validUntil"], message));
        }
        Ok(self)
    }

    /// The fee of an inspection that takes place at an instant.
    pub fn fee(&self, currency: Currency, at: Timestamp) -> Result<i64, Refusal> {
        let path = ["input", "inspectorId"];
        if at > self.valid_until {
            let message = "The inspector's accreditation ends before that day.";
            return Err(Refusal::invalid(&path, message));
        }
        let missing = || {
            let message = format!("The inspector has no fee in {currency}.");
            Refusal::new(Code::CurrencyMismatch, message).at(&path)
        };
        self.fees.get(&currency).copied().ok_or_else(missing)
    }
}
