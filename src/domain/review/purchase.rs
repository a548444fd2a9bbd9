//! Who may review what: only a buyer whose order completed, once for each product and once for the store.

use serde::{Deserialize, Serialize};

use super::ReviewSubject;
use crate::domain::error::{Code, Refusal};
use crate::domain::order::{Order, OrderState, OrderStatus};
use crate::domain::time::{Day, Timestamp};

/// What proves that the reviewer bought, without saying who that is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purchase {
    /// The number of the order with most of it masked.
    pub order_number: String,
    /// The day on which receipt was confirmed.
    pub completed_on: Day,
    /// The hash of the contract that was sealed last.
    pub contract_hash: String,
}

/// Whether the buyer of an order may review this subject of it now; answers the proof of the purchase. Whether it was
/// reviewed before is the store's to say.
pub fn admit(order: &Order, subject: ReviewSubject, now: Timestamp) -> Result<Purchase, Refusal> {
    let (OrderState::Completed { completed_at, .. } | OrderState::Closed { completed_at, .. }) = order.state
    else {
        return Err(not_completed(order.status()));
    };
    let sealed = order.contract.as_ref().ok_or_else(|| not_completed(order.status()))?;
    if let ReviewSubject::Product(product) = subject
        && !order.terms.lines.iter().any(|line| line.product_id == product)
    {
        let message = "The order holds no such product. Review one of its lines, or the store.";
        return Err(Refusal::new(Code::ProductNotInOrder, message).at(&["input", "productId"]));
    }
    let last = completed_at.plus(order.terms.policy.review_window);
    if now > last {
        let message = format!("Reviews of this order were possible until {last}.");
        return Err(Refusal::new(Code::DeadlinePassed, message).at(&["input", "orderId"]));
    }
    Ok(Purchase {
        order_number: mask(&order.number),
        completed_on: completed_at.day(),
        contract_hash: sealed.hash.clone(),
    })
}

fn not_completed(status: OrderStatus) -> Refusal {
    let message = format!("The order is {status}. It can be reviewed once it is COMPLETED.");
    Refusal::new(Code::OrderNotCompleted, message).at(&["input", "orderId"])
}

/// A number of which only the last four characters can be read.
pub fn mask(number: &str) -> String {
    let length = number.chars().count();
    number
        .chars()
        .enumerate()
        .map(
            |(place, character)| {
                if place + 4 >= length || !character.is_alphanumeric() { character } else { '*' }
            },
        )
        .collect()
}

/// A supplier's answer has 1 to 10000 characters.
pub fn check_reply(text: &str) -> Result<(), Refusal> {
    if text.trim().is_empty() || text.chars().count() > 10_000 {
        return Err(Refusal::invalid(&["input", "text"], "An answer has 1 to 10000 characters."));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_masked_but_for_their_end() {
        for (number, masked) in
            [("20260504-QK3F9Z7W2A", "********-******7W2A"), ("AB", "AB"), ("", ""), ("ABCDE", "*BCDE")]
        {
            assert_eq!(mask(number), masked);
        }
    }

    #[test]
    fn answers_have_words() {
        assert!(check_reply("Thank you.").is_ok() && check_reply(&"x".repeat(10_000)).is_ok());
        for text in ["", " \n", &"x".repeat(10_001)] {
            assert!(check_reply(text).is_err());
        }
    }
}
