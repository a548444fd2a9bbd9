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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::TypedId;

    #[test]
    fn no_cell_is_a_formula_or_breaks_its_line() {
        let entry = Entry {
            id: "transfer_00000000000000000000000001-D".to_owned(),
            transfer: TransferId::from_u128(1),
            order: Some(OrderId::from_u128(2)),
            order_number: Some("20260504-0123456789".to_owned()),
            code: TransferCode::Deposit,
            account: AccountKind::SupplierPayable,
            account_subject: "company_00000000000000000000000003".to_owned(),
            currency: Currency::parse("USD").unwrap(),
            change_minor: -1_050,
            balance_minor: 0,
            version: 1,
            booked_at: Timestamp::from_seconds(1_777_896_000),
        };
        for &code in TransferCode::ALL {
            for &account in AccountKind::ALL {
                let line = Entry { code, account, ..entry.clone() }.csv();
                let cells: Vec<&str> = line.trim_end_matches("\r\n").split(',').collect();
                assert_eq!(cells.len(), CSV_HEADER.split(',').count(), "{line}");
                for cell in cells {
                    let number = cell.strip_prefix('-').unwrap_or(cell);
                    let begins_plainly = number.starts_with(|first: char| first.is_ascii_alphanumeric());
                    let is_number = number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
                    assert!(begins_plainly && (is_number || number == cell), "{cell:?} of {line}");
                    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
                    assert!(cell.bytes().all(is_plain), "{cell:?} of {line}");
                }
            }
        }
    }
}
