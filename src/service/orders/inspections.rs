//! Inspections: booked and paid by the buyer, accepted and reported by the inspector, answered by both parties.

use serde_json::json;

use crate::app::App;
use crate::domain::actor::{Actor, Role, Scope};
use crate::domain::error::{Code, Refusal};
use crate::domain::file::is_sha256;
use crate::domain::ids::{CompanyId, InspectionId, OrderId, PaymentId};
use crate::domain::order::{ActorKind, Command, InspectionCommand, InspectionVerdict, Order, ReportMedia};
use crate::domain::time::Day;
use crate::service::payments::open_session;
use crate::service::{Result, require_scope};
use crate::store;

use super::command::{Request, run};
use super::envelope::{Envelope, Made, Outcome};
use super::region::{Named, Right, check_text, run_named};
use super::{on_order, part_of};

const BUYER: &[ActorKind] = &[ActorKind::Buyer];
const SUPPLIER: &[ActorKind] = &[ActorKind::Supplier];
const INSPECTOR: &[ActorKind] = &[ActorKind::Inspector];
/// Pictures, films and documents of a report.
const MAXIMUM_MEDIA: usize = 50;

fn named(inspection: InspectionId) -> Named<'static> {
    Named { id: inspection.to_string(), what: "inspection", field: "inspectionId" }
}

/// Books an accredited inspector for a day and opens a payment session of the fee (I01).
pub async fn book(
    app: &App,
    actor: &Actor,
    order: OrderId,
    (inspector, day): (CompanyId, Day),
    envelope: &Envelope,
) -> Result<Outcome> {
    require_scope(actor, Scope::OrdersWrite)?;
    let path = ["input", "inspectorId"];
    let found = store::orders::load(&app.db, &[order]).await?.pop();
    let known = found.filter(|order| part_of(actor, order).is_some());
    let known = known.ok_or_else(|| Refusal::not_found("order").at(&["input", "orderId"]))?;
    let accredited = store::care::accreditation_of(&app.db, inspector).await?;
    let accredited = accredited.ok_or_else(|| Refusal::not_found("accredited inspector").at(&path))?;
    if [known.buyer(), known.supplier_company].contains(&inspector) {
        return Err(Refusal::invalid(&path, "An inspector is independent of both parties.").into());
    }
    // The day is judged in the supplier's zone; the contract's currency and calendar never change.
    let fee_minor = accredited.fee(known.terms.currency, known.calendar().end(day))?;
    let input = json!({ "order": order, "inspector": inspector, "inspectOn": day });
    let operation = "bookInspection";
    let request = Request { order, envelope, operation, input, scope: Scope::OrdersWrite, parts: BUYER };
    let answer = run(app, actor, request, |now| {
        let payment: PaymentId = app.ids.make(now);
        let command = InspectionCommand::Book {
            inspector,
            accreditation_number: accredited.number.clone(),
            fee_minor,
            day,
            payment,
            provider: app.provider.name().to_owned(),
        };
        (Command::Inspection(command), Made { payment: Some(payment), ..Made::default() })
    });
    with_session(app, answer.await?, envelope).await
}

/// Opens another payment session of the fee (I02).
pub async fn open_payment(
    app: &App,
    actor: &Actor,
    inspection: InspectionId,
    envelope: &Envelope,
) -> Result<Outcome> {
    let payment: PaymentId = app.ids.make(app.clock.now());
    let provider = app.provider.name();
    let right = Right {
        operation: "createInspectionPaymentSession",
        input: json!({ "inspection": inspection }),
        scope: Scope::EscrowWrite,
        parts: BUYER,
    };
    let command = |made| {
        let command = InspectionCommand::OpenPayment { inspection, payment, provider: provider.to_owned() };
        (Command::Inspection(command), Made { payment: Some(payment), ..made })
    };
    let answer = run_named(app, actor, named(inspection), right, envelope, |_| true, command).await?;
    with_session(app, answer, envelope).await
}

/// Asks the provider for the session after the commit.
async fn with_session(app: &App, mut outcome: Outcome, envelope: &Envelope) -> Result<Outcome> {
    if let Some(payment) = outcome.made.payment.filter(|_| !envelope.validate_only) {
        Box::pin(open_session(app, payment)).await?;
        if let Some(found) = store::orders::load(&app.db, &[outcome.order.id]).await?.pop() {
            outcome.order = found;
        }
    }
    Ok(outcome)
}

/// Whether the actor's company is the inspector, where it acts as one.
fn is_inspector(actor: &Actor, inspection: InspectionId) -> impl Fn(&Order) -> bool {
    let company = actor.company.filter(|_| actor.role == Some(Role::Inspector));
    move |order| {
        let known = order.inspections.iter().find(|known| known.id == inspection);
        company.is_none() || known.is_some_and(|known| Some(known.inspector) == company)
    }
}

/// Gives a command that names an inspection and needs nothing but itself.
async fn give(
    app: &App,
    actor: &Actor,
    inspection: InspectionId,
    right: Right<'_>,
    envelope: &Envelope,
    command: InspectionCommand,
) -> Result<Outcome> {
    let concerned = is_inspector(actor, inspection);
    let command = |made| (Command::Inspection(command.clone()), made);
    run_named(app, actor, named(inspection), right, envelope, concerned, command).await
}

/// Calls an inspection off (I07).
pub async fn cancel(
    app: &App,
    actor: &Actor,
    inspection: InspectionId,
    envelope: &Envelope,
) -> Result<Outcome> {
    let input = json!({ "inspection": inspection });
    let right = Right { operation: "cancelInspection", input, scope: Scope::OrdersWrite, parts: BUYER };
    give(app, actor, inspection, right, envelope, InspectionCommand::Cancel { inspection }).await
}

/// The inspector will come (I08).
pub async fn accept(
    app: &App,
    actor: &Actor,
    inspection: InspectionId,
    envelope: &Envelope,
) -> Result<Outcome> {
    let input = json!({ "inspection": inspection });
    let right =
        Right { operation: "acceptInspection", input, scope: Scope::InspectionsWrite, parts: INSPECTOR };
    give(app, actor, inspection, right, envelope, InspectionCommand::Accept { inspection }).await
}

/// The supplier declares how much of the goods is packed (T08).
pub async fn declare_packed(
    app: &App,
    actor: &Actor,
    order: OrderId,
    percent: u32,
    envelope: &Envelope,
) -> Result<Outcome> {
    let input = json!({ "order": order, "percent": percent });
    let command = Command::Inspection(InspectionCommand::DeclarePacked { percent });
    let (name, right) = ((order, "declarePacked", input), (Scope::OrdersWrite, SUPPLIER));
    on_order(app, actor, name, right, envelope, command).await
}

/// What an inspector found.
#[derive(Debug, Clone)]
pub struct Findings {
    /// The verdict.
    pub verdict: InspectionVerdict,
    /// In words.
    pub findings: String,
    /// What shows it.
    pub media: Vec<ReportMedia>,
}

/// The inspector reports (T09, T10, I09, I10).
pub async fn report(
    app: &App,
    actor: &Actor,
    inspection: InspectionId,
    found: Findings,
    envelope: &Envelope,
) -> Result<Outcome> {
    require_scope(actor, Scope::InspectionsWrite)?;
    check_text("findings", &found.findings, 10_000)?;
    if found.media.len() > MAXIMUM_MEDIA {
        let message = format!("A report has at most {MAXIMUM_MEDIA} media.");
        return Err(Refusal::invalid(&["input", "media"], message).into());
    }
    for (index, media) in found.media.iter().enumerate() {
        let index = index.to_string();
        if !is_sha256(&media.sha256) {
            let message = "A SHA-256 is 64 digits of lower-case hexadecimal.";
            return Err(Refusal::invalid(&["input", "media", &index, "sha256"], message).into());
        }
        if media.url.chars().count() > 2_000 {
            let message = "An address has at most 2000 characters.";
            return Err(Refusal::new(Code::InvalidInput, message)
                .at(&["input", "media", &index, "url"])
                .into());
        }
    }
    let Findings { verdict, findings, media } = found;
    let input = json!({ "inspection": inspection, "verdict": verdict, "findings": findings, "media": media });
    let right = Right {
        operation: "submitInspectionReport",
        input,
        scope: Scope::InspectionsWrite,
        parts: INSPECTOR,
    };
    let command = InspectionCommand::Report { inspection, verdict, findings, media };
    give(app, actor, inspection, right, envelope, command).await
}

/// The buyer takes the goods as they are, in writing (T09w).
pub async fn waive(
    app: &App,
    actor: &Actor,
    inspection: InspectionId,
    statement: &str,
    envelope: &Envelope,
) -> Result<Outcome> {
    require_scope(actor, Scope::OrdersWrite)?;
    check_text("statement", statement, 2_000)?;
    let input = json!({ "inspection": inspection, "statement": statement });
    let right = Right { operation: "waiveInspection", input, scope: Scope::OrdersWrite, parts: BUYER };
    let command = InspectionCommand::Waive { inspection, statement: statement.to_owned() };
    give(app, actor, inspection, right, envelope, command).await
}

/// The buyer wants the goods mended and inspected again (T10w).
pub async fn request_rework(
    app: &App,
    actor: &Actor,
    inspection: InspectionId,
    instructions: &str,
    envelope: &Envelope,
) -> Result<Outcome> {
    require_scope(actor, Scope::OrdersWrite)?;
    check_text("instructions", instructions, 2_000)?;
    let input = json!({ "inspection": inspection, "instructions": instructions });
    let right = Right { operation: "requestRework", input, scope: Scope::OrdersWrite, parts: BUYER };
    let command = InspectionCommand::Rework { inspection, instructions: instructions.to_owned() };
    give(app, actor, inspection, right, envelope, command).await
}
