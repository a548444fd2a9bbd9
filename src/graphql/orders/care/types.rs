//! Inspections, returns and requests for services as partners see them.

use async_graphql::{ComplexObject, Context, ID, Result, SimpleObject};

use super::words::{
    AfterSalesFailure, AfterSalesStatus, EasyReturnGround, EasyReturnStatus, InspectionFeeStatus,
    InspectionStatus, InspectionVerdict,
};
use crate::domain;
use crate::domain::ids::CompanyId;
use crate::domain::order::Order;
use crate::graphql::catalogue::AfterSalesLabel;
use crate::graphql::company::Company;
use crate::graphql::context::ContextExt;
use crate::graphql::orders::payloads::moved;
use crate::graphql::orders::payment_page::PaymentPage;
use crate::graphql::orders::words::PaymentStatus;
use crate::graphql::scalars::{CountryCode, Date, DateTime, Money, Url};
use crate::service::orders::Outcome;

/// A picture, film or document of a report.
#[derive(Debug, Clone, SimpleObject)]
pub struct InspectionMedia {
    /// Where it is.
    url: Url,
    /// The SHA-256 of what it shows, in lower-case hexadecimal.
    sha256: String,
}

/// What an inspector reported.
#[derive(Debug, Clone, SimpleObject)]
pub struct InspectionReport {
    /// What was found.
    verdict: InspectionVerdict,
    /// In words.
    findings: String,
    /// What shows it. At most 50.
    media: Vec<InspectionMedia>,
    /// When it came.
    submitted_at: DateTime,
}

/// The buyer's word that the goods may leave although they did not pass.
#[derive(Debug, Clone, SimpleObject)]
pub struct InspectionWaiver {
    /// In writing.
    statement: String,
    /// When the buyer gave it.
    given_at: DateTime,
}

/// One try to pay an inspection's fee.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct InspectionPayment {
    /// Its id.
    id: ID,
    /// How far it got.
    status: PaymentStatus,
    /// The provider.
    provider: String,
    #[graphql(skip)]
    page: Option<PaymentPage>,
    /// Why it failed.
    failure: Option<String>,
    /// When it was made.
    created_at: DateTime,
}

#[ComplexObject]
impl InspectionPayment {
    /// The provider's page where the buyer pays, for the buyer and the platform's staff; null for others, and until the provider
    /// has answered.
    async fn session_url(&self, ctx: &Context<'_>) -> Option<Result<Url>> {
        self.page.as_ref()?.shown(ctx)
    }
}

/// An independent look at the goods before they leave.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct Inspection {
    #[graphql(skip)]
    key: ID,
    #[graphql(skip)]
    inspector_id: CompanyId,
    /// Its number in the order, from 1.
    number: u32,
    /// How far it got.
    status: InspectionStatus,
    /// The number of the inspector's accreditation on the day of the booking.
    accreditation_number: String,
    /// The day of the inspection, in the supplier's zone.
    inspect_on: Date,
    /// What it costs; paid by the buyer.
    fee: Money,
    /// Where the fee is.
    fee_status: InspectionFeeStatus,
    /// Tries to pay the fee, oldest first. At most 100.
    payments: Vec<InspectionPayment>,
    /// When it was booked.
    booked_at: DateTime,
    /// When the inspector accepted.
    accepted_at: Option<DateTime>,
    /// The last instant of the report; null where none is awaited.
    report_due_at: Option<DateTime>,
    /// How much of the goods the supplier declared packed, in percent.
    packed_percent: Option<u32>,
    /// What was reported, oldest first. At most 100.
    reports: Vec<InspectionReport>,
    /// The buyer's waiver.
    waiver: Option<InspectionWaiver>,
    /// What the buyer wants mended before the next look.
    rework_instructions: Option<String>,
}

#[ComplexObject]
impl Inspection {
    /// Its id.
    pub async fn id(&self) -> ID {
        self.key.clone()
    }

    /// The inspection company.
    async fn inspector(&self, ctx: &Context<'_>) -> Result<Option<Company>> {
        Ok(ctx.loaders()?.company(self.inspector_id).await?.map(|company| Company::from(&*company)))
    }
}

impl Inspection {
    /// The one that a command made or moved.
    pub(super) fn moved(done: &Outcome) -> Option<Self> {
        let known = moved(done, &done.order.inspections, |known| known.id.to_string())?;
        Some(Self::new(known, &done.order))
    }

    /// An inspection of an order.
    pub fn new(known: &domain::order::Inspection, order: &Order) -> Self {
        let payment = |part: &domain::order::FeePayment| InspectionPayment {
            id: part.id.to_string().into(),
            status: part.status.into(),
            provider: part.provider.clone(),
            page: PaymentPage::of(part.session_url.as_deref(), order),
            failure: part.failure.clone(),
            created_at: DateTime(part.created_at),
        };
        let media = |media: &domain::order::ReportMedia| InspectionMedia {
            url: Url(media.url.clone()),
            sha256: media.sha256.clone(),
        };
        let report = |report: &domain::order::InspectionReport| InspectionReport {
            verdict: report.verdict.into(),
            findings: report.findings.clone(),
            media: report.media.iter().map(media).collect(),
            submitted_at: DateTime(report.submitted_at),
        };
        Self {
            key: known.id.to_string().into(),
            inspector_id: known.inspector,
            number: known.seq,
            status: known.status.into(),
            accreditation_number: known.accreditation_number.clone(),
            inspect_on: Date(known.day),
            fee: order.money(known.fee_minor).into(),
            fee_status: known.fee.into(),
            payments: known.payments.iter().take(100).map(payment).collect(),
            booked_at: DateTime(known.booked_at),
            accepted_at: known.accepted_at.map(DateTime),
            report_due_at: known.report_due_at.map(DateTime),
            packed_percent: known.packed_percent,
            reports: known.reports.iter().take(100).map(report).collect(),
            waiver: known.waiver.as_ref().map(|waiver| InspectionWaiver {
                statement: waiver.statement.clone(),
                given_at: DateTime(waiver.given_at),
            }),
            rework_instructions: known.rework.clone(),
        }
    }
}

/// Goods on their way back to a warehouse near the buyer.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct EasyReturn {
    #[graphql(skip)]
    key: ID,
    #[graphql(skip)]
    warehouse_id: CompanyId,
    /// How far it got.
    status: EasyReturnStatus,
    /// Why the goods go back.
    ground: EasyReturnGround,
    /// What is wrong, in the buyer's words.
    description: String,
    /// In which country the warehouse is.
    warehouse_country: CountryCode,
    /// Where exactly.
    warehouse_address: String,
    /// Whether the buyer sends the goods free of charge, as with guaranteed orders.
    free_shipping: bool,
    /// When it was asked for and approved.
    requested_at: DateTime,
    /// The last instant of shipping; after it the return is over.
    ship_by: DateTime,
    /// Who carries the goods.
    carrier: Option<String>,
    /// The carrier's number.
    tracking_number: Option<String>,
    /// When they left.
    shipped_at: Option<DateTime>,
    /// When the warehouse took or refused them.
    received_at: Option<DateTime>,
    /// Why the warehouse refused them.
    rejection_reason: Option<String>,
    /// What goes back to the buyer.
    refunded: Option<Money>,
}

#[ComplexObject]
impl EasyReturn {
    /// Its id.
    pub async fn id(&self) -> ID {
        self.key.clone()
    }

    /// The company that receives the goods.
    async fn warehouse(&self, ctx: &Context<'_>) -> Result<Option<Company>> {
        Ok(ctx.loaders()?.company(self.warehouse_id).await?.map(|company| Company::from(&*company)))
    }
}

impl EasyReturn {
    /// The one that a command made or moved.
    pub(super) fn moved(done: &Outcome) -> Option<Self> {
        let known = moved(done, &done.order.returns, |known| known.id.to_string())?;
        Some(Self::new(known, &done.order))
    }

    /// A return of an order.
    pub fn new(known: &domain::order::EasyReturn, order: &Order) -> Self {
        Self {
            key: known.id.to_string().into(),
            warehouse_id: known.warehouse.company,
            status: known.status.into(),
            ground: known.ground.into(),
            description: known.description.clone(),
            warehouse_country: CountryCode(known.warehouse.country.clone()),
            warehouse_address: known.warehouse.address.clone(),
            free_shipping: known.free_shipping,
            requested_at: DateTime(known.requested_at),
            ship_by: DateTime(known.ship_by),
            carrier: known.carrier.clone(),
            tracking_number: known.tracking_number.clone(),
            shipped_at: known.shipped_at.map(DateTime),
            received_at: known.received_at.map(DateTime),
            rejection_reason: known.rejection.clone(),
            refunded: known.refunded_minor.map(|minor| order.money(minor).into()),
        }
    }
}

/// A request for a service that the contract promises.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct AfterSalesRequest {
    #[graphql(skip)]
    key: ID,
    /// Its number in the order, from 1.
    number: u32,
    /// How far it got.
    status: AfterSalesStatus,
    /// The order line that it is for.
    order_line_id: ID,
    /// Which service the contract promises.
    label: AfterSalesLabel,
    /// What is wrong, in the buyer's words.
    description: String,
    /// When it was asked for.
    requested_at: DateTime,
    /// The last instant of the next act; null where nobody has to act.
    due_at: Option<DateTime>,
    /// The supplier's words on it.
    answer: Option<String>,
    /// What proves that the service was given.
    proof: Option<String>,
    /// Why it counts as not given.
    failure: Option<AfterSalesFailure>,
    /// The buyer's words on a service that was not given as promised.
    objection: Option<String>,
    /// What the buyer was compensated with.
    compensation: Option<Money>,
    /// When nothing was left to do.
    ended_at: Option<DateTime>,
}

#[ComplexObject]
impl AfterSalesRequest {
    /// Its id.
    pub async fn id(&self) -> ID {
        self.key.clone()
    }
}

impl AfterSalesRequest {
    /// The one that a command made or moved.
    pub(super) fn moved(done: &Outcome) -> Option<Self> {
        let known = moved(done, &done.order.after_sales, |known| known.id.to_string())?;
        Some(Self::new(known, &done.order))
    }

    /// A request of an order.
    pub fn new(known: &domain::order::AfterSalesRequest, order: &Order) -> Self {
        Self {
            key: known.id.to_string().into(),
            number: known.seq,
            status: known.status.into(),
            order_line_id: known.line_id.to_string().into(),
            label: known.label.into(),
            description: known.description.clone(),
            requested_at: DateTime(known.requested_at),
            due_at: known.due_at.map(DateTime),
            answer: known.answer.clone(),
            proof: known.proof.clone(),
            failure: known.failure.map(Into::into),
            objection: known.objection.clone(),
            compensation: known.compensation_minor.map(|minor| order.money(minor).into()),
            ended_at: known.ended_at.map(DateTime),
        }
    }
}

/// What an accredited inspector takes for an inspection.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct AccreditedInspector {
    #[graphql(skip)]
    company_id: CompanyId,
    /// The number of the accreditation.
    accreditation_number: String,
    /// What an inspection costs, by currency. At most 200.
    fees: Vec<Money>,
    /// The last instant at which it can be booked and inspect.
    valid_until: DateTime,
}

#[ComplexObject]
impl AccreditedInspector {
    /// The inspection company.
    async fn company(&self, ctx: &Context<'_>) -> Result<Option<Company>> {
        Ok(ctx.loaders()?.company(self.company_id).await?.map(|company| Company::from(&*company)))
    }
}

impl From<domain::accreditation::Accreditation> for AccreditedInspector {
    fn from(known: domain::accreditation::Accreditation) -> Self {
        let fee = |(currency, minor): (&domain::money::Currency, &i64)| {
            domain::money::Money::new(*minor, *currency).into()
        };
        Self {
            company_id: known.company,
            fees: known.fees.iter().map(fee).collect(),
            accreditation_number: known.number,
            valid_until: DateTime(known.valid_until),
        }
    }
}
