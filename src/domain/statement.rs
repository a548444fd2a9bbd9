//! A statement: what a company's accounts held, what changed them, what they hold; to the cent.

use super::ids::{OrderId, TransferId};
use super::ledger::{AccountKind, TransferCode};
use super::money::{Currency, Money};
use super::time::Timestamp;

/// One side of a movement, as the company whose account it is sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its id: the movement's, and which side.
    pub id: String,
    /// The movement.
    pub transfer: TransferId,
    /// The order that it belongs to.
    pub order: Option<OrderId>,
    /// That order's number.
    pub order_number: Option<String>,
    /// What the movement is.
    pub code: TransferCode,
    /// Which of the accounts.
    pub account: AccountKind,
    /// Whose account: the company's, or the order's.
    pub account_subject: String,
    /// In which currency.
    pub currency: Currency,
    /// What it added, in minor units; below zero where it took.
    pub change_minor: i64,
    /// What the account held after it.
    pub balance_minor: i64,
    /// Its number among the movements of the account, without gaps.
    pub version: i64,
    /// When.
    pub booked_at: Timestamp,
}

/// The header of the CSV form.
pub const CSV_HEADER: &str = "booked_at,entry,order,account,what,change,balance,currency\r\n";

impl Entry {
    /// The entry as a line of CSV. No field needs quotes: ids, numbers, words of closed lists.
    pub fn csv(&self) -> String {
        let money = |minor| Money::new(minor, self.currency).decimal();
        format!(
            "{},{},{},{},{},{},{},{}\r\n",
            self.booked_at,
            self.id,
            self.order_number.as_deref().unwrap_or_default(),
            self.account,
            self.code,
            money(self.change_minor),
            money(self.balance_minor),
            self.currency
        )
    }
}
