//! What the commands on inspections, returns and after-sales service take.

use async_graphql::{ID, InputObject};

use super::words::{AfterSalesAnswer, AfterSalesOutcome, EasyReturnGround, InspectionVerdict};
use crate::domain;
use crate::domain::accreditation::Accreditation;
use crate::domain::error::Refusal;
use crate::graphql::inputs::{Refused, command_input, id};
use crate::graphql::orders::inputs::MoneyInput;
use crate::graphql::scalars::{CountryCode, Date, DateTime, Url};
use crate::service::orders::inspections::Findings;

command_input! {
    /// What `bookInspection` takes.
    BookInspectionInput on order {
        /// The inspection company; see `accreditedInspectors`.
        inspector_id: ID,
        /// The day of the inspection in the supplier's zone: a working day, as many working days ahead as the policy says, and
        /// no later than the dispatch deadline.
        inspect_on: Date,
    }
}

impl BookInspectionInput {
    pub(super) fn booking(&self) -> Refused<(domain::ids::CompanyId, domain::time::Day)> {
        Ok((id("company", &["input", "inspectorId"], &self.inspector_id)?, self.inspect_on.0))
    }
}

command_input! {
    /// What `createInspectionPaymentSession` takes.
    CreateInspectionPaymentSessionInput on inspection {}
}

command_input! {
    /// What `cancelInspection` takes.
    CancelInspectionInput on inspection {}
}

command_input! {
    /// What `acceptInspection` takes.
    AcceptInspectionInput on inspection {}
}

command_input! {
    /// What `declarePacked` takes.
    DeclarePackedInput on order {
        /// How much of the goods is finished and packed, in percent; as much as the policy demands, at most 100.
        packed_percent: i32,
    }
}

impl DeclarePackedInput {
    pub(super) fn percent(&self) -> u32 {
        u32::try_from(self.packed_percent).unwrap_or(0)
    }
}

/// A picture, film or document of a report.
#[derive(Debug, Clone, InputObject)]
pub struct InspectionMediaInput {
    /// Where it is, at most 2000 characters.
    url: Url,
    /// The SHA-256 of what it shows, in lower-case hexadecimal.
    sha256: String,
}

command_input! {
    /// What `submitInspectionReport` takes.
    SubmitInspectionReportInput on inspection {
        /// What was found.
        verdict: InspectionVerdict,
        /// In words, at most 10000 characters.
        findings: String,
        /// What shows it; at most 50.
        #[graphql(default, validator(max_items = 50))]
        media: Vec<InspectionMediaInput>,
    }
}

impl SubmitInspectionReportInput {
    pub(super) fn found(&self) -> Findings {
        let media = |media: &InspectionMediaInput| domain::order::ReportMedia {
            url: media.url.0.clone(),
            sha256: media.sha256.clone(),
        };
        Findings {
            verdict: self.verdict.into(),
            findings: self.findings.clone(),
            media: self.media.iter().map(media).collect(),
        }
    }
}

command_input! {
    /// What `waiveInspection` takes.
    WaiveInspectionInput on inspection {
        /// Your word that the goods may leave as they are, at most 2000 characters; kept as evidence.
        statement: String,
    }
}

command_input! {
    /// What `requestRework` takes.
    RequestReworkInput on inspection {
        /// What is to be mended, at most 2000 characters; the supplier and the inspector read it.
        instructions: String,
    }
}

command_input! {
    /// What `requestEasyReturn` takes.
    RequestEasyReturnInput on order {
        /// Why the goods go back.
        ground: EasyReturnGround,
        /// What is wrong, at most 2000 characters.
        description: String,
    }
}

command_input! {
    /// What `shipReturn` takes.
    ShipReturnInput on easy_return {
        /// Who carries the goods, at most 200 characters.
        carrier: String,
        /// The carrier's number, at most 200 characters.
        tracking_number: String,
    }
}

command_input! {
    /// What `receiveReturn` takes.
    ReceiveReturnInput on easy_return {
        /// Whether the goods are taken: everything that was paid goes back to the buyer.
        accepted: bool,
        /// Why they are refused, at most 2000 characters; needed where `accepted` is false, and only then.
        rejection_reason: Option<String>,
    }
}

impl ReceiveReturnInput {
    pub(super) fn rejection(&self) -> Refused<Option<String>> {
        if self.accepted == self.rejection_reason.is_some() {
            let message = "Say why the goods are refused, and only then.";
            return Err(Refusal::invalid(&["input", "rejectionReason"], message));
        }
        Ok(self.rejection_reason.clone())
    }
}

command_input! {
    /// What `requestAfterSalesService` takes.
    RequestAfterSalesServiceInput on order {
        /// The order line whose contract promises the service.
        order_line_id: ID,
        /// What is wrong, at most 2000 characters.
        description: String,
    }
}

impl RequestAfterSalesServiceInput {
    pub(super) fn line(&self) -> Refused<domain::ids::OrderLineId> {
        id("order line", &["input", "orderLineId"], &self.order_line_id)
    }
}

command_input! {
    /// What `respondToAfterSales` takes.
    RespondToAfterSalesInput on after_sales_request {
        /// What you answer.
        answer: AfterSalesAnswer,
        /// What you have to say, at most 2000 characters; the proof with `FULFIL`, the reason with `REFUSE`.
        note: Option<String>,
    }
}

impl RespondToAfterSalesInput {
    pub(super) fn words(&self) -> Refused<domain::order::AfterSalesAnswer> {
        use domain::order::AfterSalesAnswer::{Accept, Fulfil, Refuse};
        let needed = || {
            let message = "Add the proof of the service, or the reason of a refusal.";
            self.note.clone().ok_or_else(|| Refusal::invalid(&["input", "note"], message))
        };
        Ok(match self.answer {
            AfterSalesAnswer::Accept => Accept { note: self.note.clone() },
            AfterSalesAnswer::Fulfil => Fulfil { proof: needed()? },
            AfterSalesAnswer::Refuse => Refuse { reason: needed()? },
        })
    }
}

command_input! {
    /// What `resolveAfterSales` takes.
    ResolveAfterSalesInput on after_sales_request {
        /// What you make of it.
        outcome: AfterSalesOutcome,
        /// What is missing, at most 2000 characters; needed with `REJECT`.
        objection: Option<String>,
    }
}

impl ResolveAfterSalesInput {
    pub(super) fn words(&self) -> Refused<domain::order::AfterSalesOutcome> {
        use domain::order::AfterSalesOutcome::{Compensate, Confirm, Dispute, Reject, Withdraw};
        let missing = || Refusal::invalid(&["input", "objection"], "Say what is missing.");
        Ok(match self.outcome {
            AfterSalesOutcome::Confirm => Confirm,
            AfterSalesOutcome::Reject => Reject { objection: self.objection.clone().ok_or_else(missing)? },
            AfterSalesOutcome::Compensate => Compensate,
            AfterSalesOutcome::Dispute => Dispute,
            AfterSalesOutcome::Withdraw => Withdraw,
        })
    }
}

command_input! {
    /// What `accreditInspector` takes.
    AccreditInspectorInput {
        /// The inspection company.
        inspector_id: ID,
        /// The number of its accreditation, at most 100 characters.
        accreditation_number: String,
        /// What an inspection costs, one amount for each currency; at most 200.
        #[graphql(validator(max_items = 200))]
        fees: Vec<MoneyInput>,
        /// The last instant at which it can be booked and inspect.
        valid_until: DateTime,
    }
}

impl AccreditInspectorInput {
    pub(super) fn accreditation(&self) -> Refused<Accreditation> {
        let mut fees = domain::policy::Amounts::new();
        for (index, fee) in self.fees.iter().enumerate() {
            let index = index.to_string();
            let path = ["input", "fees", &index];
            let fee = fee.read(&path)?;
            if fees.insert(fee.currency, fee.minor).is_some() {
                return Err(Refusal::invalid(&path, "Name one fee for each currency."));
            }
        }
        Ok(Accreditation {
            company: id("company", &["input", "inspectorId"], &self.inspector_id)?,
            number: self.accreditation_number.clone(),
            fees,
            valid_until: self.valid_until.0,
        })
    }
}

command_input! {
    /// What `openReturnWarehouse` takes.
    OpenReturnWarehouseInput {
        /// The country whose returns go there; each has one warehouse.
        country_code: CountryCode,
        /// The company that receives them.
        warehouse_id: ID,
        /// Where exactly, at most 500 characters.
        address: String,
    }
}

impl OpenReturnWarehouseInput {
    pub(super) fn warehouse(&self) -> Refused<domain::order::Warehouse> {
        Ok(domain::order::Warehouse {
            company: id("company", &["input", "warehouseId"], &self.warehouse_id)?,
            country: self.country_code.0.clone(),
            address: self.address.clone(),
        })
    }
}
