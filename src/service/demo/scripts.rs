//! What happens to the demo's orders, and when: data, told in days before now.

use crate::domain::order::OrderKind;

/// One thing that happens to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    /// The buyer places it, or leaves it a draft.
    Place {
        /// Leave it a draft.
        draft: bool,
    },
    /// The supplier confirms the terms.
    Confirm,
    /// The supplier says no.
    Decline,
    /// The buyer gives it up.
    Cancel,
    /// The buyer opens a payment session.
    Open,
    /// The money of the open session is on its way.
    Processing,
    /// The money of the open session fails to come.
    Fail,
    /// The buyer pays what is due.
    Pay,
    /// The goods are ready to leave.
    Ready,
    /// Half of the goods leave.
    DispatchHalf,
    /// Everything that is left leaves.
    Dispatch,
    /// The last shipment arrives.
    Deliver,
    /// The buyer has everything.
    Receive,
}

/// An order and its acts.
#[derive(Debug)]
pub(super) struct Script {
    /// Which buyer, by its place in the cast.
    pub(super) buyer: usize,
    /// Which house, by its place in the cast.
    pub(super) house: usize,
    /// How the order comes about.
    pub(super) kind: OrderKind,
    /// The part that starts production, in percent.
    pub(super) deposit: Option<i64>,
    /// How many days ago each act happens.
    pub(super) acts: &'static [(i64, Act)],
}

/// Days ago at which the first act happens, at most.
pub(super) const LONGEST: i64 = 150;

use Act::{
    Cancel, Confirm, Decline, Deliver, Dispatch, DispatchHalf, Fail, Open, Pay, Place, Processing, Ready,
    Receive,
};

const PLACE: Act = Place { draft: false };

const fn script(buyer: usize, house: usize, acts: &'static [(i64, Act)]) -> Script {
    Script { buyer, house, kind: OrderKind::Standard, deposit: None, acts }
}

/// Every order. The first buyer and the first house have one in every state.
pub(super) const SCRIPTS: &[Script] = &[
    script(0, 0, &[(2, Place { draft: true })]),
    script(0, 0, &[(3, PLACE)]),
    script(0, 0, &[(9, PLACE), (7, Confirm)]),
    script(0, 0, &[(12, PLACE), (10, Confirm), (1, Open), (1, Processing)]),
    script(0, 0, &[(16, PLACE), (14, Confirm), (13, Pay)]),
    script(0, 0, &[(30, PLACE), (28, Confirm), (27, Pay), (2, Ready)]),
    script(0, 0, &[(34, PLACE), (33, Confirm), (31, Pay), (4, DispatchHalf)]),
    script(0, 0, &[(40, PLACE), (38, Confirm), (36, Pay), (9, Dispatch)]),
    script(0, 0, &[(45, PLACE), (44, Confirm), (42, Pay), (20, Dispatch), (1, Deliver)]),
    script(0, 0, &[(62, PLACE), (60, Confirm), (59, Pay), (38, Dispatch), (12, Deliver), (10, Receive)]),
    script(0, 0, &[(148, PLACE), (147, Confirm), (145, Pay), (120, Dispatch), (95, Deliver), (93, Receive)]),
    script(0, 0, &[(50, PLACE), (49, Decline)]),
    script(0, 0, &[(70, PLACE), (66, Confirm), (60, Cancel)]),
    script(0, 0, &[(44, PLACE)]),
    script(0, 1, &[(120, PLACE), (118, Confirm)]),
    Script { deposit: Some(30), ..script(0, 0, &[(20, PLACE), (18, Confirm), (17, Pay)]) },
    Script {
        deposit: Some(40),
        ..script(2, 5, &[(50, PLACE), (48, Confirm), (46, Pay), (12, Pay), (8, Dispatch)])
    },
    Script {
        kind: OrderKind::Sample,
        ..script(0, 0, &[(14, PLACE), (13, Confirm), (12, Pay), (8, Dispatch), (3, Deliver)])
    },
    Script {
        kind: OrderKind::Sample,
        ..script(3, 3, &[(25, PLACE), (24, Confirm), (24, Pay), (20, Dispatch), (16, Deliver), (15, Receive)])
    },
    Script { kind: OrderKind::Guaranteed, ..script(0, 0, &[(6, PLACE), (6, Pay)]) },
    Script {
        kind: OrderKind::Guaranteed,
        ..script(1, 2, &[(30, PLACE), (29, Pay), (27, Dispatch), (18, Deliver)])
    },
    // Late: the dispatch deadline passed with money in escrow.
    script(1, 3, &[(60, PLACE), (58, Confirm), (56, Pay)]),
    // The first payment fails, the second one holds.
    script(1, 4, &[(26, PLACE), (25, Confirm), (24, Open), (24, Fail), (22, Pay)]),
    script(2, 7, &[(55, PLACE), (54, Confirm), (52, Pay), (25, Dispatch), (14, Deliver), (13, Receive)]),
    script(2, 1, &[(33, PLACE), (31, Confirm), (30, Pay), (11, Dispatch)]),
    script(3, 6, &[(5, PLACE), (4, Confirm), (4, Pay)]),
    script(1, 6, &[(1, PLACE)]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acts_come_in_their_order() {
        for script in SCRIPTS {
            assert!(script.acts.is_sorted_by(|left, right| left.0 >= right.0), "{script:?}");
            assert!(script.acts.iter().all(|(days, _)| (0..=LONGEST).contains(days)), "{script:?}");
            assert!(matches!(script.acts.first(), Some((_, Place { .. }))), "{script:?}");
        }
    }
}
