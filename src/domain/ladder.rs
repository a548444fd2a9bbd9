//! Ladders: what a unit costs and how long it takes, by quantity.
//!
//! A step holds from its minimum quantity up to the next step. Below the first step there is no price.

use serde::{Deserialize, Serialize};

use super::error::{Code, Refusal};
use super::money::{Currency, Money, UnitPrice};

/// Steps that a ladder has at most.
pub const MAXIMUM_STEPS: usize = 50;
/// The largest quantity that the platform counts; it fits the `Int` of the schema.
pub const MAXIMUM_QUANTITY: i64 = 1_000_000_000;

/// One step of a price ladder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceBreak {
    /// The step holds from this quantity on.
    pub min_quantity: i64,
    /// The price of one unit.
    pub unit_price: UnitPrice,
}

/// A quantity-break price ladder in one currency, lowest quantity first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ladder {
    currency: Currency,
    breaks: Vec<PriceBreak>,
}

/// What is odd about a ladder that was imported as history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Warning {
    /// There is no price at all.
    Empty,
    /// Small quantities have no price: the first step begins at this quantity.
    BeginsAt(i64),
    /// The unit price does not fall at the step that begins at this quantity.
    Rises(i64),
    /// Two steps begin at this quantity; the cheaper one was kept.
    Duplicate(i64),
}

impl std::fmt::Display for Warning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Empty => f.write_str("the price ladder is empty"),
            Self::BeginsAt(quantity) => write!(f, "there is no price below a quantity of {quantity}"),
            Self::Rises(quantity) => write!(f, "the unit price does not fall at a quantity of {quantity}"),
            Self::Duplicate(quantity) => write!(f, "two prices begin at a quantity of {quantity}"),
        }
    }
}

impl Ladder {
    /// A ladder as suppliers make one: steps in order, each larger in quantity and lower in price than the last.
    pub fn new(currency: Currency, breaks: Vec<(i64, UnitPrice)>) -> Result<Self, Refusal> {
        if breaks.is_empty() || breaks.len() > MAXIMUM_STEPS {
            return Err(invalid(format!("A price ladder has 1 to {MAXIMUM_STEPS} steps.")));
        }
        for pair in breaks.windows(2) {
            let [(quantity, price), (next_quantity, next_price)] = pair else { continue };
            if next_quantity <= quantity {
                return Err(invalid("The steps of a price ladder rise in quantity.".to_owned()));
            }
            if next_price >= price {
                return Err(invalid(format!("The unit price must fall at a quantity of {next_quantity}.")));
            }
        }
        let (ladder, _) = Self::imported(currency, breaks)?;
        Ok(ladder)
    }

    /// A ladder as it was found: sorted, kept even where it rises or has holes, and what is odd about it, each with the
    /// place among the steps as they came of the one that it is about. Only quantities that cannot be are refused.
    pub fn imported(
        currency: Currency,
        breaks: Vec<(i64, UnitPrice)>,
    ) -> Result<(Self, Vec<(usize, Warning)>), Refusal> {
        if breaks.len() > MAXIMUM_STEPS {
            return Err(invalid(format!("A price ladder has at most {MAXIMUM_STEPS} steps.")));
        }
        let mut steps: Vec<(usize, PriceBreak)> = breaks
            .into_iter()
            .map(|(min_quantity, unit_price)| PriceBreak { min_quantity, unit_price })
            .enumerate()
            .collect();
        let cannot_be = |step: &PriceBreak| !(1..=MAXIMUM_QUANTITY).contains(&step.min_quantity);
        if let Some((_, step)) = steps.iter().find(|(_, step)| cannot_be(step)) {
            return Err(invalid(format!("{} is no quantity that a step can begin at.", step.min_quantity)));
        }
        steps.sort_by_key(|(_, step)| (step.min_quantity, step.unit_price));
        let mut warnings = Vec::new();
        match steps.first() {
            None => warnings.push((0, Warning::Empty)),
            Some((place, first)) if first.min_quantity > 1 => {
                warnings.push((*place, Warning::BeginsAt(first.min_quantity)));
            }
            Some(_) => {}
        }
        let mut breaks: Vec<PriceBreak> = Vec::with_capacity(steps.len());
        for (place, step) in steps {
            match breaks.last() {
                Some(last) if last.min_quantity == step.min_quantity => {
                    warnings.push((place, Warning::Duplicate(step.min_quantity)));
                    continue;
                }
                Some(last) if last.unit_price <= step.unit_price => {
                    warnings.push((place, Warning::Rises(step.min_quantity)));
                }
                _ => {}
            }
            breaks.push(step);
        }
        Ok((Self { currency, breaks }, warnings))
    }

    /// The currency of every price.
    pub const fn currency(&self) -> Currency {
        self.currency
    }

    /// The steps, lowest quantity first.
    pub fn breaks(&self) -> &[PriceBreak] {
        &self.breaks
    }

    /// The price of one unit when `quantity` are bought; none below the first step.
    pub fn unit_price(&self, quantity: i64) -> Option<UnitPrice> {
        let behind = self.breaks.partition_point(|step| step.min_quantity <= quantity);
        self.breaks.get(behind.checked_sub(1)?).map(|step| step.unit_price)
    }

    /// The next step above `quantity`: where the price changes.
    pub fn next_break(&self, quantity: i64) -> Option<PriceBreak> {
        let behind = self.breaks.partition_point(|step| step.min_quantity <= quantity);
        self.breaks.get(behind).copied()
    }

    /// What `quantity` units cost together: multiplied exactly, rounded once. Refuses quantities without a price
    /// ([`Code::NoPriceForQuantity`]) and totals that cannot be kept ([`Code::AmountOutOfRange`]).
    pub fn line_total(&self, quantity: i64) -> Result<(UnitPrice, Money), Refusal> {
        let Some(price) = self.unit_price(quantity) else {
            let message = match self.breaks.first() {
                Some(first) => format!("The price ladder begins at a quantity of {}.", first.min_quantity),
                None => "This product has no price. Ask the supplier for a quote.".to_owned(),
            };
            return Err(Refusal::new(Code::NoPriceForQuantity, message).at(&["quantity"]));
        };
        let total = price.line_total(quantity, self.currency).map_err(|_| {
            Refusal::new(Code::AmountOutOfRange, "The line total is too large to be kept.").at(&["quantity"])
        })?;
        Ok((price, total))
    }

    /// The lowest unit price of any step.
    pub fn lowest(&self) -> Option<UnitPrice> {
        self.breaks.iter().map(|step| step.unit_price).min()
    }

    /// The highest unit price; none for an empty ladder.
    pub fn highest(&self) -> Option<UnitPrice> {
        self.breaks.iter().map(|step| step.unit_price).max()
    }
}

fn invalid(message: String) -> Refusal {
    Refusal::invalid(&["priceLadder"], message)
}

/// One step of a lead-time ladder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeadTime {
    /// The step holds from this quantity on.
    pub min_quantity: i64,
    /// Days from payment to dispatch.
    pub days: i64,
}

/// How long goods take to be dispatched, by quantity, lowest first; may be empty where nothing is known.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LeadTimes(Vec<LeadTime>);

impl LeadTimes {
    /// Lead times in rising quantities, 0 to 3650 days each.
    pub fn new(steps: Vec<(i64, i64)>) -> Result<Self, Refusal> {
        let at = &["leadTimes"];
        if steps.len() > MAXIMUM_STEPS {
            return Err(Refusal::invalid(at, format!("Lead times have at most {MAXIMUM_STEPS} steps.")));
        }
        let rising = steps.is_sorted_by(|left, right| left.0 < right.0);
        if !rising || steps.iter().any(|step| !(1..=MAXIMUM_QUANTITY).contains(&step.0)) {
            return Err(Refusal::invalid(at, "The steps of lead times rise in quantity, from 1 on."));
        }
        if steps.iter().any(|step| !(0..=3_650).contains(&step.1)) {
            return Err(Refusal::invalid(at, "A lead time has 0 to 3650 days."));
        }
        Ok(Self(steps.into_iter().map(|(min_quantity, days)| LeadTime { min_quantity, days }).collect()))
    }

    /// The steps, lowest quantity first.
    pub fn steps(&self) -> &[LeadTime] {
        &self.0
    }

    /// Days from payment to dispatch of that many; none where nothing is promised.
    pub fn days(&self, quantity: i64) -> Option<i64> {
        self.0.iter().rev().find(|step| step.min_quantity <= quantity).map(|step| step.days)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn price(text: &str) -> UnitPrice {
        UnitPrice::parse(text).unwrap()
    }

    #[test]
    fn a_step_holds_up_to_the_next() {
        let ladder =
            Ladder::new(Currency::USD, vec![(100, price("0.5133")), (1_000, price("0.087"))]).unwrap();
        assert_eq!(ladder.unit_price(99), None);
        assert_eq!(ladder.unit_price(100), Some(price("0.5133")));
        assert_eq!(ladder.unit_price(999), Some(price("0.5133")));
        assert_eq!(ladder.unit_price(9_999), Some(price("0.087")));
        assert_eq!(ladder.next_break(100).map(|step| step.min_quantity), Some(1_000));
        assert_eq!(ladder.next_break(1_000), None);
        assert_eq!(ladder.line_total(9_999).unwrap().1, Money::new(86_991, Currency::USD));
        assert_eq!(ladder.line_total(1).unwrap_err().code, Code::NoPriceForQuantity);
        let dear =
            Ladder::new(Currency::USD, vec![(1, UnitPrice::from_millionths(i64::MAX).unwrap())]).unwrap();
        assert_eq!(dear.line_total(MAXIMUM_QUANTITY).unwrap_err().code, Code::AmountOutOfRange);
    }

    #[test]
    fn strict_ladders_fall_and_imported_ones_warn() {
        let odd = vec![(10, price("2")), (5, price("1")), (5, price("1.5"))];
        assert!(Ladder::new(Currency::USD, odd.clone()).is_err());
        let (ladder, warnings) = Ladder::imported(Currency::USD, odd).unwrap();
        assert_eq!(
            warnings,
            [(1, Warning::BeginsAt(5)), (2, Warning::Duplicate(5)), (0, Warning::Rises(10))]
        );
        assert_eq!(ladder.unit_price(5), Some(price("1")));
        assert_eq!(Ladder::imported(Currency::USD, vec![]).unwrap().1, [(0, Warning::Empty)]);
        for broken in [vec![], vec![(0, price("1"))], vec![(1, price("1")), (2, price("1"))]] {
            assert_eq!(Ladder::new(Currency::USD, broken).unwrap_err().code, Code::InvalidInput);
        }
        assert!(Ladder::imported(Currency::USD, vec![(-1, price("1"))]).is_err());
    }

    #[test]
    fn lead_times_rise_in_quantity() {
        let times = LeadTimes::new(vec![(1, 7), (500, 15)]).unwrap();
        assert_eq!([times.days(0), times.days(1), times.days(500)], [None, Some(7), Some(15)]);
        for broken in [vec![(2, 1), (1, 1)], vec![(0, 1)], vec![(1, -1)], vec![(1, 3_651)]] {
            assert!(LeadTimes::new(broken).is_err());
        }
    }

    proptest! {
        #[test]
        fn the_chosen_step_is_the_greatest_that_fits(
            steps in prop::collection::vec((1_i64..500, 0_i64..1_000_000), 0..12), quantity in 0_i64..600,
        ) {
            let input = steps.iter().map(|&(at, price)| (at, UnitPrice::from_millionths(price).unwrap())).collect();
            let (ladder, _) = Ladder::imported(Currency::USD, input).unwrap();
            let greatest = steps.iter().map(|step| step.0).filter(|&at| at <= quantity).max();
            let cheapest = steps.iter().filter(|step| Some(step.0) == greatest).map(|step| step.1).min();
            prop_assert_eq!(ladder.unit_price(quantity).map(UnitPrice::millionths), cheapest);
            let next = steps.iter().map(|step| step.0).filter(|&at| at > quantity).min();
            prop_assert_eq!(ladder.next_break(quantity).map(|step| step.min_quantity), next);
        }
    }
}
