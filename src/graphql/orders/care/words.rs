//! The closed lists of inspections, returns and after-sales service.

use async_graphql::Enum;

use crate::graphql::enums::mirror;

mirror! {
    /// How far an inspection got.
    InspectionStatus = "crate::domain::order::InspectionStatus" {
        /// The buyer is to pay the fee.
        Booked,
        /// The fee is in escrow; the inspector is to accept.
        Paid,
        /// The inspector comes on the day, once the goods are packed.
        Scheduled,
        /// The report leaves something open; the inspector reports again.
        Pending,
        /// The goods failed; the buyer waives, asks for rework or opens a case.
        Failed,
        /// The supplier works on the goods again; the inspector looks again.
        Rework,
        /// The goods passed.
        Passed,
        /// The buyer takes the goods in writing as they are.
        Waived,
        /// The inspection could not take place; the fee goes back.
        NotPerformed,
        /// No report came in time; the fee goes back.
        Breached,
        /// The buyer or the end of the order called it off; a fee that was paid goes back.
        Cancelled,
        /// Nobody paid or accepted in time; a fee that was paid goes back.
        Lapsed,
    }
}

mirror! {
    /// Where an inspection's fee is.
    InspectionFeeStatus = "crate::domain::order::InspectionFeeStatus" {
        /// To be paid by the buyer.
        Due,
        /// In an escrow of its own.
        Held,
        /// The inspector's.
        Earned,
        /// The inspector's, and made good to the buyer by the supplier at fault.
        Reimbursed,
        /// On its way back to the buyer.
        Refunded,
    }
}

mirror! {
    /// What an inspector found.
    InspectionVerdict = "crate::domain::order::InspectionVerdict" {
        /// Everything is as agreed; the goods may leave.
        Pass,
        /// Something is left open; another report follows.
        Pending,
        /// The goods are not as agreed; they may not leave.
        Fail,
        /// The inspection could not take place.
        NotPerformed,
    }
}

mirror! {
    /// How far a return got.
    EasyReturnStatus = "crate::domain::order::ReturnStatus" {
        /// The buyer is to ship the goods to the warehouse.
        Approved,
        /// The goods are on their way to the warehouse.
        Shipped,
        /// The warehouse took them; everything that was paid goes back.
        Refunded,
        /// The warehouse refused them.
        Rejected,
        /// The goods were not shipped in time.
        Expired,
    }
}

mirror! {
    /// Why goods go back.
    EasyReturnGround = "crate::domain::order::ReturnGround" {
        /// They arrived damaged.
        Damaged,
        /// They do not work as they should.
        Defective,
    }
}

mirror! {
    /// How far a request for a promised service got.
    AfterSalesStatus = "crate::domain::order::AfterSalesStatus" {
        /// The supplier is to answer.
        Requested,
        /// The supplier will give the service.
        Accepted,
        /// The supplier says that it was given; the buyer confirms or objects.
        Fulfilled,
        /// The service was given.
        Confirmed,
        /// The service was not given; the buyer takes the compensation or opens a dispute, else the clock compensates.
        Failed,
        /// Made good with money.
        Compensated,
        /// A dispute decides.
        Disputed,
        /// The buyer, or the end of the order, took it back.
        Withdrawn,
    }
}

mirror! {
    /// Why a service counts as not given.
    AfterSalesFailure = "crate::domain::order::AfterSalesFailure" {
        /// The supplier refused.
        Refused,
        /// The supplier did not answer in time.
        NotAnswered,
        /// The supplier did not give it in time.
        NotFulfilled,
        /// The buyer says that it was not given as promised.
        Rejected,
    }
}

/// What a supplier answers to a request for a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum AfterSalesAnswer {
    /// It will give the service.
    Accept,
    /// It has given the service; `note` is the proof.
    Fulfil,
    /// It will not; `note` says why.
    Refuse,
}

/// What a buyer makes of a request for a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum AfterSalesOutcome {
    /// The service was given.
    Confirm,
    /// It was not given as promised; `objection` says what is missing.
    Reject,
    /// Take the compensation at once.
    Compensate,
    /// Let a dispute decide.
    Dispute,
    /// Take the request back.
    Withdraw,
}
