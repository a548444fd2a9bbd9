//! What a release takes out of escrow, and our fee in it: exact in minor units, for every exponent.

use serde::{Deserialize, Serialize};

use super::money::BasisPoints;

/// The fee of a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fee {
    /// The share of what is released.
    pub rate: BasisPoints,
    /// The most that one order costs, in minor units.
    pub cap_minor: Option<i64>,
}

impl Fee {
    /// The whole fee on a sum released so far: floored, then capped.
    pub fn on(self, released_minor: i64) -> i64 {
        let fee = self.rate.of(released_minor);
        self.cap_minor.map_or(fee, |cap| fee.min(cap))
    }

    /// The fee that the next release takes: the difference to what was taken before.
    pub fn next(self, released_before: i64, share: i64) -> i64 {
        self.on(released_before.saturating_add(share)) - self.on(released_before)
    }
}

/// The share of a price that belongs to the shipments up to a cumulative quantity:
/// `ceil(price × cumulative ÷ whole)` less what was released before (V2, V8). The fee of a release per shipment is the
/// share of the whole fee by the same rule. Quantities may be weighed by their prices, so that a machine counts more than
/// its screws. `None` where it does not fit.
pub fn shipment_share(price_minor: i64, cumulative: i128, whole: i128, released_before: i64) -> Option<i64> {
    if whole <= 0 || cumulative < 0 || cumulative > whole || price_minor < 0 {
        return None;
    }
    let price = i128::from(price_minor);
    let due = price.checked_mul(cumulative)?.checked_add(whole - 1)? / whole;
    i64::try_from(due).ok()?.checked_sub(released_before)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FEE: Fee = Fee { rate: BasisPoints(200), cap_minor: Some(10_000) };

    fn shares(price: i64, quantities: &[i128]) -> Vec<(i64, i64)> {
        let whole = quantities.iter().sum();
        let (mut cumulative, mut released, mut fees) = (0, 0, 0);
        quantities
            .iter()
            .map(|quantity| {
                cumulative += quantity;
                let share = shipment_share(price, cumulative, whole, released).unwrap();
                let fee = shipment_share(FEE.on(price), cumulative, whole, fees).unwrap();
                released += share;
                fees += fee;
                (share, fee)
            })
            .collect()
    }

    #[test]
    fn golden_vectors_of_shares_and_fees() {
        // V1, V2, V4, V8 of the design.
        assert_eq!(FEE.next(0, 1_000_000), 10_000);
        assert_eq!(shares(1_000_000, &[1, 1, 1]), [(333_334, 3_334), (333_333, 3_333), (333_333, 3_333)]);
        assert_eq!(FEE.next(0, 599_999), 10_000);
        assert_eq!(
            shares(1_000, &[1, 1, 1]).iter().map(|(share, _)| *share).collect::<Vec<_>>(),
            [334, 333, 333]
        );
        assert_eq!(shipment_share(1, 2, 1, 0), None);
    }

    proptest! {
        #[test]
        fn shares_sum_to_the_price_and_fees_to_the_fee(
            price in 0_i64..=1_000_000_000_000,
            quantities in proptest::collection::vec(1_i128..1_000_000_000_000_000_000_000, 1..8),
        ) {
            let all = shares(price, &quantities);
            prop_assert_eq!(all.iter().map(|(share, _)| share).sum::<i64>(), price);
            prop_assert_eq!(all.iter().map(|(_, fee)| fee).sum::<i64>(), FEE.on(price));
            prop_assert!(all.iter().all(|(share, fee)| 0 <= *fee && fee <= share));
        }
    }
}
