//! Prices that look too good to be true.

use super::{Finding, ProductFacts, Rules, SignalCode, Verdict, fact};
use crate::domain::off_platform::Severity;

/// The price at the minimum order quantity is below a share of the median of the like; below half of that share it is
/// worse.
pub(super) fn far_below_median(facts: &ProductFacts, rules: &Rules) -> Verdict {
    let Some(rule) = rules.enabled(SignalCode::PriceFarBelowMedian) else { return Verdict::NOTHING };
    let price = facts.ladder.unit_price(facts.minimum_order_quantity);
    let (Some(price), Some(median)) = (price, facts.median) else { return Verdict::NOTHING };
    let (asked, middle) = (i128::from(price.millionths()), i128::from(median.price.millionths()));
    let share = i128::from(rule.threshold);
    if median.products < rule.minimum || asked * 100 >= middle * share {
        return Verdict::NOTHING;
    }
    let severity = if asked * 200 < middle * share { Severity::High } else { Severity::Medium };
    let decimals = facts.ladder.currency().exponent();
    let evidence = vec![
        fact("unitPrice", price.decimal(decimals)),
        fact("medianUnitPrice", median.price.decimal(decimals)),
        fact("currency", facts.ladder.currency()),
        fact("productsCompared", median.products),
    ];
    found(SignalCode::PriceFarBelowMedian, severity, evidence)
}

/// The lowest price of the ladder is too far below its first one.
pub(super) fn discount_too_deep(facts: &ProductFacts, rules: &Rules) -> Verdict {
    let Some(rule) = rules.enabled(SignalCode::DiscountTooDeep) else { return Verdict::NOTHING };
    let first = facts.ladder.unit_price(facts.minimum_order_quantity);
    let (Some(first), Some(lowest)) = (first, facts.ladder.lowest()) else { return Verdict::NOTHING };
    let (from, to) = (i128::from(first.millionths()), i128::from(lowest.millionths()));
    // The discount in percent is (from - to) / from.
    if from == 0 || (from - to) * 100 <= from * i128::from(rule.threshold) {
        return Verdict::NOTHING;
    }
    let decimals = facts.ladder.currency().exponent();
    let evidence = vec![
        fact("firstUnitPrice", first.decimal(decimals)),
        fact("lowestUnitPrice", lowest.decimal(decimals)),
        fact("currency", facts.ladder.currency()),
        fact("discountPercent", (from - to) * 100 / from),
    ];
    found(SignalCode::DiscountTooDeep, Severity::Medium, evidence)
}

fn found(code: SignalCode, severity: Severity, evidence: Vec<super::Fact>) -> Verdict {
    Verdict { finding: Some(Finding { code, severity, evidence }), look_again: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{ProductId, TypedId};
    use crate::domain::ladder::Ladder;
    use crate::domain::money::{Currency, UnitPrice};
    use crate::domain::risk::{Median, ReviewPace, Rule, RuleChange};

    fn price(text: &str) -> UnitPrice {
        UnitPrice::parse(text).unwrap()
    }

    fn facts(breaks: &[(i64, &str)], median: Option<(&str, i64)>) -> ProductFacts {
        let breaks = breaks.iter().map(|&(at, text)| (at, price(text))).collect();
        ProductFacts {
            id: ProductId::from_u128(1),
            ladder: Ladder::imported(Currency::USD, breaks).unwrap().0,
            minimum_order_quantity: 10,
            median: median.map(|(text, products)| Median { price: price(text), products }),
            certificates: Vec::new(),
            reviews: ReviewPace::default(),
        }
    }

    #[test]
    fn prices_far_below_the_median_signal() {
        for (asked, median, severity) in [
            ("4.00", Some(("10.00", 5)), None),
            ("3.99", Some(("10.00", 5)), Some(Severity::Medium)),
            ("2.00", Some(("10.00", 5)), Some(Severity::Medium)),
            ("1.99", Some(("10.00", 5)), Some(Severity::High)),
            ("0.00", Some(("10.00", 5)), Some(Severity::High)),
            ("0.00", Some(("0.00", 5)), None),
            ("1.00", Some(("10.00", 4)), None),
            ("1.00", None, None),
        ] {
            let verdict = far_below_median(&facts(&[(1, asked)], median), &Rules::new(&[]));
            assert_eq!(verdict.finding.map(|finding| finding.severity), severity, "{asked} {median:?}");
        }
        let hole = far_below_median(&facts(&[(100, "1")], Some(("10", 5))), &Rules::new(&[]));
        assert_eq!(hole, Verdict::NOTHING, "without a price at the minimum there is nothing to compare");
    }

    #[test]
    fn deep_discounts_signal_and_say_how_deep() {
        let signals = |breaks: &[(i64, &str)]| {
            let finding = discount_too_deep(&facts(breaks, None), &Rules::new(&[])).finding?;
            finding.evidence.into_iter().find(|fact| fact.name == "discountPercent").map(|fact| fact.value)
        };
        assert_eq!(signals(&[(1, "10"), (100, "3.00")]), None);
        assert_eq!(signals(&[(1, "10"), (100, "2.99")]).as_deref(), Some("70"));
        assert_eq!(signals(&[(1, "10"), (100, "0")]).as_deref(), Some("100"));
        assert_eq!(signals(&[(1, "0")]), None);
    }

    #[test]
    fn rules_that_are_switched_off_say_nothing() {
        let off = RuleChange { enabled: Some(false), ..RuleChange::default() };
        let rules: Vec<_> =
            SignalCode::ALL.iter().map(|code| Rule::initial(*code).with(off).unwrap()).collect();
        let rules = Rules::new(&rules);
        let odd = facts(&[(1, "10"), (100, "1")], Some(("1000", 9)));
        assert_eq!(far_below_median(&odd, &rules), Verdict::NOTHING);
        assert_eq!(discount_too_deep(&odd, &rules), Verdict::NOTHING);
    }
}
