//! The inspection region: an independent look at the goods between production and dispatch, its fee in an escrow of its
//! own (T08 to T11, PO11).

mod effect;
mod fee;
mod guard;
mod rows;

use serde::{Deserialize, Serialize};

use super::{CommandKind, Order, PaymentReport, PaymentStatus};
use crate::domain::deadline::DeadlineKind;
use crate::domain::ids::{CompanyId, InspectionId, PaymentId};
use crate::domain::time::{Day, Timestamp};
use crate::domain::words::words;

pub(super) use effect::{END_INSPECTIONS, await_booking};
pub(super) use fee::reimburse_fees;
pub(super) use guard::NO_INSPECTION;
pub(super) use rows::ROWS;

words! {
    /// How far an inspection got.
    InspectionStatus {
        /// The buyer is to pay the fee.
        Booked => "BOOKED",
        /// The fee is in escrow; the inspector is to accept.
        Paid => "PAID",
        /// The inspector comes on the day, once the goods are packed.
        Scheduled => "SCHEDULED",
        /// The report leaves something open; the inspector reports again.
        Pending => "PENDING",
        /// The goods failed; the buyer waives, asks for rework or opens a case.
        Failed => "FAILED",
        /// The supplier works on the goods again; the inspector looks again.
        Rework => "REWORK",
        /// The goods passed.
        Passed => "PASSED",
        /// The buyer takes the goods in writing as they are.
        Waived => "WAIVED",
        /// The inspection could not take place.
        NotPerformed => "NOT_PERFORMED",
        /// No report came in time.
        Breached => "BREACHED",
        /// The buyer or the end of the order called it off.
        Cancelled => "CANCELLED",
        /// Nobody paid or accepted in time.
        Lapsed => "LAPSED",
    }
}

impl InspectionStatus {
    /// Whether it still stands between the goods and their dispatch.
    pub const fn is_open(self) -> bool {
        match self {
            Self::Booked | Self::Paid | Self::Scheduled | Self::Pending | Self::Failed | Self::Rework => true,
            Self::Passed
            | Self::Waived
            | Self::NotPerformed
            | Self::Breached
            | Self::Cancelled
            | Self::Lapsed => false,
        }
    }
}

words! {
    /// Where an inspection's fee is.
    InspectionFeeStatus {
        /// To be paid by the buyer.
        Due => "DUE",
        /// In escrow.
        Held => "HELD",
        /// The inspector's.
        Earned => "EARNED",
        /// The inspector's, and made good to the buyer by the supplier at fault.
        Reimbursed => "REIMBURSED",
        /// On its way back to the buyer.
        Refunded => "REFUNDED",
    }
}

words! {
    /// What an inspector found.
    InspectionVerdict {
        /// Everything is as agreed.
        Pass => "PASS",
        /// Something is left open.
        Pending => "PENDING",
        /// The goods are not as agreed.
        Fail => "FAIL",
        /// The inspection could not take place.
        NotPerformed => "NOT_PERFORMED",
    }
}

/// A picture, film or document of a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReportMedia {
    /// Where it is.
    pub url: String,
    /// The SHA-256 of what it shows, in lower-case hexadecimal.
    pub sha256: String,
}

/// What an inspector reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InspectionReport {
    /// What was found.
    pub verdict: InspectionVerdict,
    /// In words.
    pub findings: String,
    /// What shows it.
    pub media: Vec<ReportMedia>,
    /// When it came.
    pub submitted_at: Timestamp,
}

/// The buyer's word that the goods may leave although they did not pass.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Waiver {
    /// In writing.
    pub statement: String,
    /// When.
    pub given_at: Timestamp,
}

/// One try to pay an inspection's fee.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FeePayment {
    /// Its id.
    pub id: PaymentId,
    /// With which provider.
    pub provider: String,
    /// The provider's own name of it.
    pub provider_reference: Option<String>,
    /// How far it got.
    pub status: PaymentStatus,
    /// Why it failed.
    pub failure: Option<String>,
    /// Where the buyer pays.
    pub session_url: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// An independent look at the goods before they leave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Inspection {
    /// Its id.
    pub id: InspectionId,
    /// Its number, from one.
    pub seq: u32,
    /// How far it got.
    pub status: InspectionStatus,
    /// The inspection company.
    pub inspector: CompanyId,
    /// The number of its accreditation on the day of the booking.
    pub accreditation_number: String,
    /// The day, in the supplier's zone.
    pub day: Day,
    /// What it costs, in minor units of the order's currency.
    pub fee_minor: i64,
    /// Where the fee is.
    pub fee: InspectionFeeStatus,
    /// Tries to pay the fee.
    pub payments: Vec<FeePayment>,
    /// When it was booked.
    pub booked_at: Timestamp,
    /// When the inspector accepted.
    pub accepted_at: Option<Timestamp>,
    /// The last instant of the report.
    pub report_due_at: Option<Timestamp>,
    /// How much of the goods the supplier declared packed, in percent.
    pub packed_percent: Option<u32>,
    /// What was reported, oldest first.
    pub reports: Vec<InspectionReport>,
    /// The buyer's waiver.
    pub waiver: Option<Waiver>,
    /// What the buyer wants mended.
    pub rework: Option<String>,
    /// Since when it has its status.
    pub changed_at: Timestamp,
}

/// What is commanded of inspections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InspectionCommand {
    /// The buyer books an inspector.
    Book {
        /// The inspection company.
        inspector: CompanyId,
        /// The number of its accreditation.
        accreditation_number: String,
        /// What it takes, in minor units of the order's currency.
        fee_minor: i64,
        /// The day, in the supplier's zone.
        day: Day,
        /// The first try to pay the fee.
        payment: PaymentId,
        /// With which provider.
        provider: String,
    },
    /// The buyer tries to pay again.
    OpenPayment {
        /// Which inspection.
        inspection: InspectionId,
        /// The id of the new payment.
        payment: PaymentId,
        /// With which provider.
        provider: String,
    },
    /// The provider tells how the payment of a fee stands.
    ReportPayment {
        /// Which payment.
        payment: PaymentId,
        /// How it stands.
        report: PaymentReport,
    },
    /// The buyer calls it off.
    Cancel {
        /// Which inspection.
        inspection: InspectionId,
    },
    /// The inspector will come.
    Accept {
        /// Which inspection.
        inspection: InspectionId,
    },
    /// The supplier declares the goods packed.
    DeclarePacked {
        /// How much of them, in percent.
        percent: u32,
    },
    /// The inspector reports.
    Report {
        /// Which inspection.
        inspection: InspectionId,
        /// What was found.
        verdict: InspectionVerdict,
        /// In words.
        findings: String,
        /// What shows it.
        media: Vec<ReportMedia>,
    },
    /// The buyer takes the goods as they are.
    Waive {
        /// Which inspection.
        inspection: InspectionId,
        /// In writing.
        statement: String,
    },
    /// The buyer wants the goods mended and looked at again.
    Rework {
        /// Which inspection.
        inspection: InspectionId,
        /// What is to be mended.
        instructions: String,
    },
    /// The inspection that the contract names was not booked in time.
    Lapse,
    /// Nobody paid or accepted in time.
    Expire {
        /// Which inspection.
        inspection: InspectionId,
    },
    /// No report came in time.
    ReportOverdue {
        /// Which inspection.
        inspection: InspectionId,
    },
}

impl InspectionCommand {
    /// What is commanded, without its input.
    pub const fn kind(&self) -> CommandKind {
        match self {
            Self::Book { .. } => CommandKind::BookInspection,
            Self::OpenPayment { .. } => CommandKind::OpenInspectionPayment,
            Self::ReportPayment { .. } => CommandKind::ReportInspectionPayment,
            Self::Cancel { .. } => CommandKind::CancelInspection,
            Self::Accept { .. } => CommandKind::AcceptInspection,
            Self::DeclarePacked { .. } => CommandKind::DeclarePacked,
            Self::Report { .. } => CommandKind::SubmitInspectionReport,
            Self::Waive { .. } => CommandKind::WaiveInspection,
            Self::Rework { .. } => CommandKind::RequestRework,
            Self::Lapse => CommandKind::LapseInspection,
            Self::Expire { .. } => CommandKind::ExpireInspection,
            Self::ReportOverdue { .. } => CommandKind::ReportInspectionOverdue,
        }
    }

    /// The inspection that it names.
    pub const fn inspection(&self) -> Option<InspectionId> {
        match self {
            Self::OpenPayment { inspection, .. }
            | Self::Cancel { inspection }
            | Self::Accept { inspection }
            | Self::Report { inspection, .. }
            | Self::Waive { inspection, .. }
            | Self::Rework { inspection, .. }
            | Self::Expire { inspection }
            | Self::ReportOverdue { inspection } => Some(*inspection),
            Self::Book { .. } | Self::ReportPayment { .. } | Self::DeclarePacked { .. } | Self::Lapse => None,
        }
    }
}

impl Inspection {
    /// Whether the inspector earned the fee by a report that failed the goods, and nobody made it good: what the supplier
    /// pays where a decision finds it at fault.
    pub fn is_reimbursable(&self) -> bool {
        let failed = self.reports.iter().any(|report| report.verdict == InspectionVerdict::Fail);
        failed && self.fee == InspectionFeeStatus::Earned
    }
}

impl Order {
    /// The inspection that stands between the goods and their dispatch.
    pub fn open_inspection(&self) -> Option<&Inspection> {
        self.inspections.iter().find(|known| known.status.is_open())
    }

    /// The inspection whose fee a payment is for.
    pub fn inspection_of_payment(&self, payment: PaymentId) -> Option<&Inspection> {
        self.inspections.iter().find(|known| known.payments.iter().any(|part| part.id == payment))
    }

    /// Whether a company is, or was, to inspect the goods.
    pub fn is_inspected_by(&self, company: CompanyId) -> bool {
        self.inspections.iter().any(|known| known.inspector == company)
    }

    /// The last day on which an inspector can come and the goods still leave in time; none until that day is known.
    pub(super) fn last_inspection_day(&self) -> Option<Day> {
        let dispatch_by = self.state.schedule()?.dispatch_by?;
        let calendar = self.calendar();
        calendar.last_up_to(calendar.day(dispatch_by))
    }

    /// The last instant at which an inspection can be booked; none until the dispatch deadline is known.
    pub fn inspection_bookable_until(&self) -> Option<Timestamp> {
        let day = self.last_inspection_day()?;
        self.calendar().notice_until(day, self.terms.policy.inspection.notice_working_days)
    }

    /// The working days that hold for the supplier.
    pub fn calendar(&self) -> crate::domain::calendar::Calendar {
        // The contract keeps the calendar of the supplier's country only; without one it is Monday to Friday in UTC.
        self.terms.policy.inspection.calendars.values().next().cloned().unwrap_or_default()
    }

    /// Whether the contract's inspection passed, was waived, or was not booked by its last possible instant.
    pub(super) fn inspection_is_settled(&self, now: Timestamp) -> bool {
        use InspectionStatus::{Passed, Waived};
        let done = self.inspections.iter().any(|known| matches!(known.status, Passed | Waived));
        let known = self.state.schedule().is_some_and(|schedule| schedule.dispatch_by.is_some());
        let waits = self.deadline(DeadlineKind::InspectionBooking).is_some_and(|timer| now <= timer.due_at);
        done || !self.terms.inspection || (known && !waits)
    }
}
