//! Price ladders as suppliers write them: in order, without holes, falling.

use serde::Serialize;

use crate::domain::error::{Code, Refusal};
use crate::domain::ladder::{Ladder, MAXIMUM_QUANTITY, MAXIMUM_STEPS};
use crate::domain::money::{Currency, UnitPrice};

/// One step of a price ladder as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StepDraft {
    /// The step holds from this quantity on.
    pub minimum: i64,
    /// The last quantity at which it holds, where that is said.
    pub maximum: Option<i64>,
    /// The price of one unit.
    pub unit_price: UnitPrice,
    /// The currency, where it is said again.
    pub currency: Option<Currency>,
}

/// A price ladder as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LadderDraft {
    /// The currency of every step.
    pub currency: Currency,
    /// The steps, as they came.
    pub breaks: Vec<StepDraft>,
}

/// A ladder that is in order, without holes, and falls; every reason against it, each at its step.
pub(super) fn written_ladder(draft: LadderDraft) -> Result<Ladder, Vec<Refusal>> {
    let LadderDraft { currency, breaks } = draft;
    if breaks.is_empty() || breaks.len() > MAXIMUM_STEPS {
        let message = format!("A price ladder has 1 to {MAXIMUM_STEPS} steps.");
        return Err(vec![Refusal::invalid(&["priceLadder", "breaks"], message)]);
    }
    let mut refusals = Vec::new();
    for (index, step) in breaks.iter().enumerate() {
        let place = index.to_string();
        let mut refuse = |code, field: &str, message: String| {
            refusals.push(Refusal::new(code, message).at(&["priceLadder", "breaks", &place, field]));
        };
        if !(1..=MAXIMUM_QUANTITY).contains(&step.minimum) {
            let message = format!("A step begins at 1 to {MAXIMUM_QUANTITY}.");
            refuse(Code::InvalidInput, "minimumQuantity", message);
        }
        if step.unit_price.millionths() <= 0 {
            refuse(Code::InvalidInput, "unitPrice", "A unit price is more than zero.".to_owned());
        }
        if step.currency.is_some_and(|other| other != currency) {
            refuse(Code::CurrencyMismatch, "currencyCode", format!("The ladder is in {currency}."));
        }
        if step.maximum.is_some_and(|last| last < step.minimum) {
            refuse(Code::LadderNotInOrder, "maximumQuantity", "A step ends behind its begin.".to_owned());
        }
        match (step.maximum, breaks.get(index + 1)) {
            (Some(last), Some(next)) if last.saturating_add(1) < next.minimum => {
                let message = format!("There is no price between {last} and {}.", next.minimum);
                refuse(Code::LadderHasHole, "maximumQuantity", message);
            }
            (Some(last), Some(next)) if last >= next.minimum => {
                let message = format!("The next step begins at {}, before this one ends.", next.minimum);
                refuse(Code::LadderNotInOrder, "maximumQuantity", message);
            }
            (Some(_), None) => {
                let message = "The last step has no end: larger quantities would have no price.";
                refuse(Code::LadderHasHole, "maximumQuantity", message.to_owned());
            }
            _ => {}
        }
    }
    refusals.extend(order_of(breaks.iter().map(|step| (step.minimum, step.unit_price))));
    if !refusals.is_empty() {
        return Err(refusals);
    }
    let steps = breaks.into_iter().map(|step| (step.minimum, step.unit_price)).collect();
    Ladder::new(currency, steps).map_err(|refusal| vec![refusal])
}

/// What speaks against the order of a ladder's steps: quantities rise, prices fall.
pub(super) fn order_of(steps: impl Iterator<Item = (i64, UnitPrice)>) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    let mut last: Option<(i64, UnitPrice)> = None;
    for (index, (quantity, price)) in steps.enumerate() {
        let place = index.to_string();
        let at =
            |field: &str| ["priceLadder".to_owned(), "breaks".to_owned(), place.clone(), field.to_owned()];
        if let Some((before, dearer)) = last {
            if quantity <= before {
                let message = if quantity == before {
                    format!("Two steps begin at {quantity}.")
                } else {
                    format!("This step begins at {quantity}, the one before it at {before}.")
                };
                let refusal = Refusal::new(Code::LadderNotInOrder, message);
                refusals.push(Refusal { field: at("minimumQuantity").to_vec(), ..refusal });
            } else if price >= dearer {
                let message = format!("The unit price has to fall at {quantity}.");
                let refusal = Refusal::new(Code::LadderPriceRises, message);
                refusals.push(Refusal { field: at("unitPrice").to_vec(), ..refusal });
            }
        }
        last = Some((quantity, price));
    }
    refusals
}
