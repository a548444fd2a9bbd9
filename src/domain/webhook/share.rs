//! Who gets a node's places: one for each endpoint before anybody has a second one, so that no backlog is in another's way.

use std::collections::BTreeMap;

use crate::domain::ids::{AppId, CompanyId};

/// Deliveries of one app for one company that are under way at once, over all nodes: its endpoints that hang keep an eighth of
/// one node busy and no more.
pub const TENANT_MAX: i64 = 64;

/// An app for a company, or for the platform.
pub type Tenant = (AppId, Option<CompanyId>);

/// A node's places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Places {
    /// Those that nothing is sent on.
    pub free: i64,
    /// How many of them only a rested endpoint gets: one that nothing is under way to and whose last attempt succeeded. However
    /// many hang, there is a place for the first event of one that does not.
    pub reserved: i64,
}

impl Places {
    /// Whether nothing but the reserve is left.
    pub const fn are_reserved(self) -> bool {
        self.free <= self.reserved
    }
}

/// What could be sent to an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wish {
    /// Whose it is.
    pub tenant: Tenant,
    /// Deliveries that are under way to it.
    pub under_way: i64,
    /// How many may be.
    pub room: i64,
    /// Whether its last attempt failed.
    pub fails: bool,
    /// Deliveries that are due.
    pub due: i64,
}

/// How many places each wish gets, round by round in the order of the wishes. `under_way` is what is under way to tenants.
pub fn share(wishes: &[Wish], places: Places, under_way: &BTreeMap<Tenant, i64>) -> Vec<i64> {
    let (mut granted, mut of_tenants, mut free) = (vec![0_i64; wishes.len()], under_way.clone(), places.free);
    loop {
        let before = free;
        for (wish, granted) in wishes.iter().zip(&mut granted) {
            let busy = wish.under_way + *granted;
            let open = if busy == 0 && !wish.fails { free } else { free - places.reserved };
            let of_tenant = of_tenants.entry(wish.tenant).or_default();
            if *granted < wish.due && busy < wish.room && *of_tenant < TENANT_MAX && open > 0 {
                *granted += 1;
                *of_tenant += 1;
                free -= 1;
            }
        }
        if free == before {
            return granted;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::ids::TypedId;

    fn tenant(number: u128) -> Tenant {
        (AppId::from_u128(number), None)
    }

    fn wish(number: u128, due: i64) -> Wish {
        Wish { tenant: tenant(number), under_way: 0, room: 8, fails: false, due }
    }

    const ROOMY: Places = Places { free: 512, reserved: 128 };

    #[test]
    fn everybody_gets_one_before_anybody_gets_two() {
        let wishes = [wish(1, 9), wish(2, 1), wish(3, 3)];
        let granted = |free| share(&wishes, Places { free, reserved: 0 }, &BTreeMap::new());
        assert_eq!(granted(2), [1, 1, 0]);
        assert_eq!(granted(4), [2, 1, 1]);
        assert_eq!(granted(100), [8, 1, 3]);
        assert_eq!(granted(0), [0, 0, 0]);
        assert_eq!(granted(-1), [0, 0, 0]);
    }

    #[test]
    fn the_reserve_is_for_the_first_delivery_to_one_that_is_well() {
        let wishes = [
            Wish { under_way: 1, ..wish(1, 5) },
            Wish { fails: true, ..wish(2, 5) },
            wish(3, 5),
            Wish { fails: true, room: 1, ..wish(4, 5) },
        ];
        let scarce = Places { free: 5, reserved: 5 };
        assert!(scarce.are_reserved() && !ROOMY.are_reserved());
        assert_eq!(share(&wishes, scarce, &BTreeMap::new()), [0, 0, 1, 0]);
        assert_eq!(share(&wishes, ROOMY, &BTreeMap::new()), [5, 5, 5, 1]);
    }

    #[test]
    fn a_tenant_gets_no_more_than_its_part() {
        let wishes = [wish(1, 8); 20];
        let granted = share(&wishes, ROOMY, &BTreeMap::new());
        assert_eq!(granted.iter().sum::<i64>(), TENANT_MAX);
        assert!(granted.iter().all(|granted| (3..=4).contains(granted)), "{granted:?}");
        let busy = BTreeMap::from([(tenant(1), TENANT_MAX - 1)]);
        assert_eq!(share(&[wish(1, 8), wish(2, 8)], ROOMY, &busy), [1, 8]);
    }

    proptest! {
        #[test]
        fn no_bound_is_passed(
            wishes in prop::collection::vec((0_u128..4, 0_i64..9, prop_oneof![Just(1_i64), Just(8)], any::<bool>(), 0_i64..20), 0..40),
            free in 0_i64..100,
            reserved in 0_i64..30,
        ) {
            let wishes: Vec<Wish> = wishes
                .into_iter()
                .map(|(number, under_way, room, fails, due)| Wish { tenant: tenant(number), under_way, room, fails, due })
                .collect();
            let granted = share(&wishes, Places { free, reserved }, &BTreeMap::new());
            prop_assert!(granted.iter().sum::<i64>() <= free);
            for (wish, granted) in wishes.iter().zip(&granted) {
                prop_assert!(*granted == 0 || (*granted <= wish.due && wish.under_way + granted <= wish.room));
            }
            for number in 0..4 {
                let of_tenant = wishes.iter().zip(&granted).filter(|(wish, _)| wish.tenant == tenant(number));
                prop_assert!(of_tenant.map(|(_, granted)| granted).sum::<i64>() <= TENANT_MAX);
            }
        }
    }
}
