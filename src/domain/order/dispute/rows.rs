//! The rows of the dispute region.

use super::{effect, guard, verdict};
use crate::domain::order::OrderStatus as S;
use crate::domain::order::after_sales::END_REQUESTS;
use crate::domain::order::effect::{CANCEL_DEADLINES, EXPIRE_SESSIONS, OPEN_CLAIMS, RELEASE_REST};
use crate::domain::order::guard::{Guard, IS_GUARANTEED, NEEDS_SUPPLIER};
use crate::domain::order::inspection::END_INSPECTIONS;
use crate::domain::order::table::{
    ActorKind, BUYER, CLAIMABLE, CLOCK, CommandKind, FUNDED, OPERATOR, PARTIES, SUPPLIER, Target, Transition,
    row,
};

const REQUEST: &[Guard] =
    &[guard::NO_OPEN_DISPUTE, guard::CLAIMS_OPEN, guard::DISPUTES_LEFT, guard::CLAIM_WITHIN_PAID];
const ACCEPT_OF_SUPPLIER: &[Guard] = &[
    guard::NEGOTIATING,
    guard::OFFER_IS_THE_SUPPLIERS,
    guard::OFFER_ECHOED,
    guard::AGREED_WITHIN_PAID,
    guard::NO_OTHER_HOLD,
];
const ACCEPT_OF_BUYER: &[Guard] = &[
    guard::NEGOTIATING,
    guard::OFFER_IS_THE_BUYERS,
    guard::OFFER_ECHOED,
    guard::AGREED_WITHIN_PAID,
    guard::NO_OTHER_HOLD,
];
const EXECUTE: &[Guard] = &[guard::CONFIRMED, guard::NO_OTHER_HOLD];

/// The rows of refund requests and disputes.
pub(in crate::domain::order) const ROWS: &[Transition] = &[
    Transition {
        when: &[NEEDS_SUPPLIER],
        guards: REQUEST,
        effects: &[effect::OPEN, effect::HOLD_FOR_REQUEST, effect::AWAIT_ANSWER],
        ..row("T22", CLAIMABLE, CommandKind::RequestRefund, BUYER)
    },
    Transition {
        when: &[IS_GUARANTEED],
        guards: REQUEST,
        effects: &[effect::OPEN, effect::HOLD_FOR_DISPUTE, effect::AWAIT_EVIDENCE],
        ..row("T22g", CLAIMABLE, CommandKind::RequestRefund, BUYER)
    },
    Transition {
        when: &[guard::OPEN_DISPUTE],
        guards: &[guard::NEGOTIATING, guard::OFFER_WITHIN_CLAIM],
        effects: &[effect::ADD_OFFER],
        ..row("T23o", CLAIMABLE, CommandKind::OfferRefund, PARTIES)
    },
    Transition {
        when: &[guard::OPEN_DISPUTE, guard::REFUSES],
        guards: &[guard::NEGOTIATING],
        effects: &[effect::REFUSE],
        ..row("T23n", CLAIMABLE, CommandKind::RespondToRefundRequest, SUPPLIER)
    },
    Transition {
        when: &[guard::OPEN_DISPUTE, guard::ACCEPTS_PART],
        guards: &[guard::NEGOTIATING, guard::AGREED_WITHIN_PAID, guard::NO_OTHER_HOLD],
        effects: &[effect::PAY_AGREED],
        ..row("T23c", CLAIMABLE, CommandKind::RespondToRefundRequest, SUPPLIER)
    },
    Transition {
        when: &[guard::OPEN_DISPUTE, guard::ACCEPTS_ALL],
        guards: &[guard::NEGOTIATING, guard::AGREED_WITHIN_PAID, guard::NO_OTHER_HOLD],
        to: Target::Status(S::Refunded),
        effects: &[
            effect::PAY_AGREED,
            END_INSPECTIONS,
            END_REQUESTS,
            CANCEL_DEADLINES,
            EXPIRE_SESSIONS,
            effect::TELL_REFUNDED,
        ],
        ..row("T23cr", CLAIMABLE, CommandKind::RespondToRefundRequest, SUPPLIER)
    },
    Transition {
        when: &[guard::OPEN_DISPUTE, guard::SOMETHING_STAYS],
        guards: ACCEPT_OF_SUPPLIER,
        effects: &[effect::PAY_AGREED],
        ..row("T23b", CLAIMABLE, CommandKind::AcceptRefundOffer, BUYER)
    },
    Transition {
        when: &[guard::OPEN_DISPUTE, guard::ALL_GOES_BACK],
        guards: ACCEPT_OF_SUPPLIER,
        to: Target::Status(S::Refunded),
        effects: &[
            effect::PAY_AGREED,
            END_INSPECTIONS,
            END_REQUESTS,
            CANCEL_DEADLINES,
            EXPIRE_SESSIONS,
            effect::TELL_REFUNDED,
        ],
        ..row("T23br", CLAIMABLE, CommandKind::AcceptRefundOffer, BUYER)
    },
    Transition {
        when: &[guard::OPEN_DISPUTE, guard::SOMETHING_STAYS],
        guards: ACCEPT_OF_BUYER,
        effects: &[effect::PAY_AGREED],
        ..row("T23s", CLAIMABLE, CommandKind::AcceptRefundOffer, SUPPLIER)
    },
    Transition {
        when: &[guard::OPEN_DISPUTE, guard::ALL_GOES_BACK],
        guards: ACCEPT_OF_BUYER,
        to: Target::Status(S::Refunded),
        effects: &[
            effect::PAY_AGREED,
            END_INSPECTIONS,
            END_REQUESTS,
            CANCEL_DEADLINES,
            EXPIRE_SESSIONS,
            effect::TELL_REFUNDED,
        ],
        ..row("T23sr", CLAIMABLE, CommandKind::AcceptRefundOffer, SUPPLIER)
    },
    Transition {
        when: &[guard::OPEN_DISPUTE],
        guards: &[guard::NEGOTIATING],
        effects: &[effect::TELL_UNANSWERED],
        ..row("T23k", CLAIMABLE, CommandKind::ReportUnansweredRefund, CLOCK)
    },
    Transition {
        when: &[guard::OPEN_DISPUTE],
        guards: &[guard::NEGOTIATING, guard::UNANSWERED_OR_REFUSED],
        effects: &[effect::ESCALATE, effect::AWAIT_EVIDENCE],
        ..row("T24", CLAIMABLE, CommandKind::EscalateDispute, BUYER)
    },
    Transition {
        when: &[guard::OPEN_DISPUTE],
        guards: &[guard::NEGOTIATING],
        effects: &[effect::ESCALATE, effect::AWAIT_EVIDENCE],
        ..row("T24k", CLAIMABLE, CommandKind::EscalateDispute, CLOCK)
    },
    Transition {
        when: &[guard::OPEN_DISPUTE],
        guards: &[guard::UNDECIDED],
        effects: &[effect::WITHDRAW],
        ..row("T25", CLAIMABLE, CommandKind::WithdrawDispute, BUYER)
    },
    Transition {
        when: &[guard::OPEN_DISPUTE],
        guards: &[guard::UNDECIDED, guard::IN_TIME_FOR_EVIDENCE, guard::BUYER_HAS_EVIDENCE_LEFT],
        effects: &[effect::NOTE_EVIDENCE],
        ..row("T26", CLAIMABLE, CommandKind::SubmitEvidence, BUYER)
    },
    Transition {
        when: &[guard::OPEN_DISPUTE],
        guards: &[guard::UNDECIDED, guard::IN_TIME_FOR_EVIDENCE, guard::SUPPLIER_HAS_EVIDENCE_LEFT],
        effects: &[effect::NOTE_EVIDENCE],
        ..row("T26s", CLAIMABLE, CommandKind::SubmitEvidence, SUPPLIER)
    },
    Transition {
        when: &[guard::OPEN_DISPUTE],
        guards: &[guard::UNDECIDED, guard::IN_TIME_FOR_EVIDENCE, guard::INSPECTOR_HAS_EVIDENCE_LEFT],
        effects: &[effect::NOTE_EVIDENCE],
        ..row("T26i", CLAIMABLE, CommandKind::SubmitEvidence, &[ActorKind::Inspector])
    },
    Transition {
        when: &[guard::OPEN_DISPUTE],
        guards: &[guard::TAKING_EVIDENCE],
        effects: &[effect::TELL_EVIDENCE_CLOSED],
        ..row("T26k", CLAIMABLE, CommandKind::CloseEvidence, CLOCK)
    },
    Transition {
        when: &[guard::OPEN_DISPUTE],
        guards: &[
            guard::TO_BE_DECIDED,
            guard::BOTH_HEARD,
            guard::UNRELATED_OPERATOR,
            guard::NOT_THE_FIRST_DECIDER,
            guard::SUMS,
        ],
        effects: &[verdict::DECIDE],
        ..row("T27", CLAIMABLE, CommandKind::DecideDispute, OPERATOR)
    },
    Transition {
        when: &[guard::OPEN_DISPUTE],
        guards: &[
            guard::DECIDED,
            guard::CONFIRMATION_NEEDED,
            guard::UNRELATED_OPERATOR,
            guard::NOT_THE_DECIDER,
        ],
        effects: &[verdict::CONFIRM],
        ..row("T27c", CLAIMABLE, CommandKind::ConfirmDecision, OPERATOR)
    },
    Transition {
        when: &[guard::DISPUTED_CHANGED],
        guards: &[guard::NO_OTHER_HOLD],
        effects: &[verdict::REOPEN],
        ..row("T28x", CLAIMABLE, CommandKind::ExecuteDecision, CLOCK)
    },
    Transition {
        when: &[guard::BUYER_WINS],
        guards: EXECUTE,
        to: Target::Status(S::Refunded),
        effects: &[
            verdict::PAY_BUYER,
            verdict::REIMBURSE,
            verdict::FINISH,
            END_INSPECTIONS,
            END_REQUESTS,
            CANCEL_DEADLINES,
            EXPIRE_SESSIONS,
            effect::TELL_REFUNDED,
        ],
        ..row("T28r", CLAIMABLE, CommandKind::ExecuteDecision, CLOCK)
    },
    Transition {
        when: &[guard::BOTH_GET_A_PART],
        guards: EXECUTE,
        to: Target::Status(S::Settled),
        effects: &[
            verdict::PAY_BUYER,
            verdict::RELEASE_SUPPLIERS_PART,
            verdict::REIMBURSE,
            verdict::FINISH,
            END_INSPECTIONS,
            END_REQUESTS,
            CANCEL_DEADLINES,
            EXPIRE_SESSIONS,
            effect::TELL_SETTLED,
        ],
        ..row("T28", FUNDED, CommandKind::ExecuteDecision, CLOCK)
    },
    Transition {
        when: &[guard::PART_GOES_BACK],
        guards: EXECUTE,
        effects: &[verdict::PAY_BUYER, verdict::REIMBURSE, verdict::FINISH],
        ..row("T28p", &[S::Completed], CommandKind::ExecuteDecision, CLOCK)
    },
    Transition {
        when: &[guard::SUPPLIER_WINS_DELIVERED],
        guards: EXECUTE,
        to: Target::Status(S::Completed),
        effects: &[verdict::REIMBURSE, verdict::FINISH, RELEASE_REST, OPEN_CLAIMS],
        ..row("T28c", &[S::Delivered], CommandKind::ExecuteDecision, CLOCK)
    },
    Transition {
        when: &[guard::SUPPLIER_WINS],
        guards: EXECUTE,
        effects: &[verdict::REIMBURSE, verdict::FINISH],
        ..row("T28n", CLAIMABLE, CommandKind::ExecuteDecision, CLOCK)
    },
    Transition {
        when: &[guard::OPEN_DISPUTE],
        guards: &[guard::DECIDED, guard::APPEAL_LEFT, guard::IN_TIME_TO_APPEAL],
        effects: &[verdict::APPEAL],
        ..row("T29", CLAIMABLE, CommandKind::AppealDecision, PARTIES)
    },
];
