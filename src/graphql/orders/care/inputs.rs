//! What the commands on inspections, returns and after-sales service take.

use async_graphql::{ID, InputObject};

use super::words::{AfterSalesAnswer, AfterSalesOutcome, EasyReturnGround, InspectionVerdict};
use crate::domain;
use crate::domain::accreditation::Accreditation;
use crate::domain::error::Refusal;
use crate::graphql::orders::inputs::{MoneyInput, id};
use crate::graphql::scalars::{CountryCode, Date, DateTime, Url};
use crate::service::orders::Envelope;
use crate::service::orders::inspections::Findings;

type Refused<T> = Result<T, Refusal>;

/// Declares an input of a command: what it names, the envelope, and what else it takes.
macro_rules! named_input {
    ($(#[doc = $doc:literal])+ $name:ident ($id_doc:literal $field:ident: $what:literal as $kind:ty, $path:literal) {
        $($(#[$attribute:meta])+ $more:ident: $more_kind:ty,)*
    }) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, InputObject)]
        pub struct $name {
            #[doc = $id_doc]
            $field: ID,
            /// Makes the command happen once however often it is sent; 1 to 255 characters.
            idempotency_key: String,
            /// The order's version that you saw; a stale one is refused.
            expected_version: Option<i32>,
            /// Check everything, change nothing.
            #[graphql(default)]
            validate_only: bool,
            $($(#[$attribute])+ pub(super) $more: $more_kind,)*
        }

        impl $name {
            pub(super) fn named(&self) -> Refused<$kind> {
                id($what, &["input", $path], &self.$field)
            }

            pub(super) fn envelope(&self) -> Envelope {
                Envelope {
                    idempotency_key: self.idempotency_key.clone(),
                    expected_version: self.expected_version.map(i64::from),
                    validate_only: self.validate_only,
                }
            }
        }
    };
}

named_input! {
    /// What `bookInspection` takes.
    BookInspectionInput ("The order." order_id: "order" as domain::ids::OrderId, "orderId") {
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

named_input! {
    /// What `createInspectionPaymentSession` takes.
    CreateInspectionPaymentSessionInput (
        "The inspection." inspection_id: "inspection" as domain::ids::InspectionId, "inspectionId"
    ) {}
}

named_input! {
    /// What `cancelInspection` takes.
    CancelInspectionInput (
        "The inspection." inspection_id: "inspection" as domain::ids::InspectionId, "inspectionId"
    ) {}
}

named_input! {
    /// What `acceptInspection` takes.
    AcceptInspectionInput (
        "The inspection." inspection_id: "inspection" as domain::ids::InspectionId, "inspectionId"
    ) {}
}

named_input! {
    /// What `declarePacked` takes.
    DeclarePackedInput ("The order." order_id: "order" as domain::ids::OrderId, "orderId") {
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

named_input! {
    /// What `submitInspectionReport` takes.
    SubmitInspectionReportInput (
        "The inspection." inspection_id: "inspection" as domain::ids::InspectionId, "inspectionId"
    ) {
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

named_input! {
    /// What `waiveInspection` takes.
    WaiveInspectionInput (
        "The inspection." inspection_id: "inspection" as domain::ids::InspectionId, "inspectionId"
    ) {
        /// Your word that the goods may leave as they are, at most 2000 characters; kept as evidence.
        statement: String,
    }
}

named_input! {
    /// What `requestRework` takes.
    RequestReworkInput (
        "The inspection." inspection_id: "inspection" as domain::ids::InspectionId, "inspectionId"
    ) {
        /// What is to be mended, at most 2000 characters; the supplier and the inspector read it.
        instructions: String,
    }
}

named_input! {
    /// What `requestEasyReturn` takes.
    RequestEasyReturnInput ("The order." order_id: "order" as domain::ids::OrderId, "orderId") {
        /// Why the goods go back.
        ground: EasyReturnGround,
        /// What is wrong, at most 2000 characters.
        description: String,
    }
}

named_input! {
    /// What `shipReturn` takes.
    ShipReturnInput ("The return." easy_return_id: "return" as domain::ids::ReturnId, "easyReturnId") {
        /// Who carries the goods, at most 200 characters.
        carrier: String,
        /// The carrier's number, at most 200 characters.
        tracking_number: String,
    }
}

named_input! {
    /// What `receiveReturn` takes.
    ReceiveReturnInput ("The return." easy_return_id: "return" as domain::ids::ReturnId, "easyReturnId") {
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

named_input! {
    /// What `requestAfterSalesService` takes.
    RequestAfterSalesServiceInput ("The order." order_id: "order" as domain::ids::OrderId, "orderId") {
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

named_input! {
    /// What `respondToAfterSales` takes.
    RespondToAfterSalesInput (
        "The request." after_sales_request_id: "after-sales request" as domain::ids::AfterSalesRequestId,
        "afterSalesRequestId"
    ) {
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

named_input! {
    /// What `resolveAfterSales` takes.
    ResolveAfterSalesInput (
        "The request." after_sales_request_id: "after-sales request" as domain::ids::AfterSalesRequestId,
        "afterSalesRequestId"
    ) {
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

/// Declares an input of a command of the platform's staff.
macro_rules! staff_input {
    ($(#[doc = $doc:literal])+ $name:ident { $($(#[$attribute:meta])+ $field:ident: $kind:ty,)* }) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, InputObject)]
        pub struct $name {
            $($(#[$attribute])+ $field: $kind,)*
            /// Makes the command happen once however often it is sent; 1 to 255 characters.
            idempotency_key: String,
            /// Check everything, change nothing.
            #[graphql(default)]
            validate_only: bool,
        }

        impl $name {
            pub(super) fn envelope(&self) -> Envelope {
                Envelope {
                    idempotency_key: self.idempotency_key.clone(),
                    expected_version: None,
                    validate_only: self.validate_only,
                }
            }
        }
    };
}

staff_input! {
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

staff_input! {
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
