//! Trust: what is on record of a supplier, and the badges that follow from it. Every command locks the supplier's row,
//! so that evidence, awards and the chain of its events change one after the other.

mod badges;
mod clock;
mod documents;
mod evidence;
mod read;
mod standing;

use serde_json::{Value, json};

use crate::app::App;
use crate::domain::actor::{Actor, Role, Scope};
use crate::domain::badge::{
    BadgeAward, BadgeKind, BadgeSubject, Eligibility, EndedBy, Revocation, Settlement, SupplierFacts,
    supplier_eligibility,
};
use crate::domain::error::{Code, Detail, Refusal};
use crate::domain::event::{EventDraft, EventType};
use crate::domain::evidence::Recorded;
use crate::domain::export::ExportVolume;
use crate::domain::ids::{CompanyId, SupplierId};
use crate::domain::supplier::{Supplier, SupplierMetrics};
use crate::domain::time::Timestamp;
use crate::domain::trust::{TrustFigures, TrustPolicy};
use crate::store::catalogue::{badges as awards, listing, metrics, suppliers};
use crate::store::{self, Reader, Tx};

use super::orders::{Begun, Claimed, Envelope, Made, now_in};
use super::{Error, Result, require_role, require_scope};

pub use super::care::Kept;
pub use badges::{Award, award, product_standing, revoke, supplier_standing};
pub use clock::{refresh_exports, sweep};
pub use documents::{Review, SubmitDocument, review, submit};
pub use evidence::{Document, Parts, Source, new_id, record, withdraw};
pub use read::{AsOf, DocumentFilter, as_of, document, documents, documents_of, events};
pub use standing::{enrol, reinstate, suspend, withdraw_enrolment};

/// Runs a command, again where its transaction lost against another one, a bounded number of times.
macro_rules! retry {
    ($work:expr) => {{
        let mut attempt = 1;
        loop {
            match $work.await {
                Err(error) if $crate::service::orders::may_retry(&error, attempt) => attempt += 1,
                answer => break answer,
            }
        }
    }};
}
use retry;

/// A command on a supplier under way: its key is claimed, the supplier locked, the clock read after that.
struct OnSupplier<'a> {
    claimed: Claimed<'a>,
    supplier: Supplier,
    now: Timestamp,
}

/// How a command on a supplier begins.
enum Opened<'a> {
    /// It is to be done.
    Fresh(Box<OnSupplier<'a>>),
    /// It was done before.
    Replayed(Made),
}

/// What every command names: its operation, its input, and the supplier with the input field that names it.
struct Request<'r> {
    operation: &'r str,
    input: &'r Value,
    supplier: SupplierId,
    path: &'r [&'r str],
}

async fn open<'a>(
    app: &App,
    actor: &Actor,
    request: Request<'_>,
    envelope: &'a Envelope,
) -> Result<Opened<'a>> {
    let claimed = match Claimed::begin(app, actor, envelope, request.operation, request.input).await? {
        Begun::Fresh(claimed) => claimed,
        Begun::Replayed(made) => return Ok(Opened::Replayed(made)),
    };
    let supplier = suppliers::lock(&claimed.tx, request.supplier).await?;
    let supplier = supplier.ok_or_else(|| Refusal::not_found("supplier").at(request.path))?;
    let now = now_in(app, &claimed.tx).await?;
    if actor.is_operator() {
        demand_unrelated(&claimed.tx, actor, supplier.company).await?;
    }
    if let Some(expected) = envelope.expected_version.filter(|version| *version != supplier.version) {
        let message = "The supplier was changed since you read it. Read it again and decide again.";
        let refusal = Refusal::new(Code::VersionConflict, message).at(&["input", "expectedVersion"]);
        let subject = supplier.id.to_string();
        let (current, changed_fields) = (supplier.version, None);
        return Err(refusal.with(Detail::Version { subject, expected, current, changed_fields }).into());
    }
    Ok(Opened::Fresh(Box::new(OnSupplier { claimed, supplier, now })))
}

/// Ends a command: the rules are asked again, the change counted and its events told, the listing made anew, the answer
/// kept.
async fn close(app: &App, work: OnSupplier<'_>, mut told: Vec<EventDraft>, made: &Made) -> Result<()> {
    let OnSupplier { claimed, mut supplier, now } = work;
    told.extend(settle(app, &claimed.tx, &supplier, now).await?);
    suppliers::change(&claimed.tx, &mut supplier).await?;
    store::events::append_to_supplier(&claimed.tx, &supplier, &told, now, &app.ids).await?;
    listing::refresh_suppliers(&claimed.tx, &[supplier.id], now).await?;
    claimed.finish(app, made).await
}

fn require_staff(actor: &Actor) -> Result<()> {
    require_scope(actor, Scope::PlatformOperate)?;
    require_role(actor, &[Role::Operator])
}

/// The supplier that the actor acts for.
pub fn own_supplier(actor: &Actor) -> Result<SupplierId> {
    require_scope(actor, Scope::CatalogWrite)?;
    require_role(actor, &[Role::Supplier])?;
    actor.supplier.ok_or_else(|| {
        let message = "Your company is no supplier yet.";
        Error::Denied(Refusal::new(Code::Forbidden, message))
    })
}

/// Nobody decides on a company that it belongs to: neither by its token, nor by its person, nor by its app.
pub(super) async fn demand_unrelated(tx: &Tx, actor: &Actor, company: CompanyId) -> Result<()> {
    let by_token = actor.company == Some(company);
    if by_token || store::parties::belongs_to(tx, actor.app, actor.member, company).await? {
        let message = "You belong to a company that this is about; somebody else has to decide.";
        return Err(Error::Denied(Refusal::new(Code::Forbidden, message)));
    }
    Ok(())
}

/// A reason has 1 to 1000 characters.
fn check_reason(reason: &str) -> Result<()> {
    if reason.trim().is_empty() || reason.chars().count() > 1_000 {
        return Err(Refusal::invalid(&["input", "reason"], "A reason has 1 to 1000 characters.").into());
    }
    Ok(())
}

/// The policy that holds now; a new platform begins with the first version.
async fn policy(app: &App, tx: &Tx, now: Timestamp) -> Result<TrustPolicy> {
    if let Some(policy) = store::trust::policies::at(tx, now).await? {
        return Ok(policy);
    }
    let policy = first_policy();
    store::trust::policies::insert(tx, app.ids.make(now), &policy, now).await.map_err(
        |error| match error {
            // Another node began the platform at the same time: then its version is there.
            store::Error::Constraint(_) => store::Error::Retry,
            other => other,
        },
    )?;
    Ok(policy)
}

/// The version that a new platform begins with.
fn first_policy() -> TrustPolicy {
    TrustPolicy { version: 1, valid_from: Timestamp::from_micros(0), figures: TrustFigures::initial() }
}

/// Everything that the rules look at.
struct Known {
    supplier: Supplier,
    records: Vec<Recorded>,
    awards: Vec<BadgeAward>,
    metrics: SupplierMetrics,
    export: Option<ExportVolume>,
}

impl Known {
    async fn of(reader: &impl Reader, supplier: &Supplier) -> Result<Self> {
        let ids = [supplier.id];
        Ok(Self {
            supplier: supplier.clone(),
            records: store::trust::evidence::of_supplier(reader, supplier.id).await?,
            awards: awards::of_suppliers(reader, &ids).await?.remove(&supplier.id).unwrap_or_default(),
            metrics: metrics::load(reader, &ids).await?.remove(&supplier.id).unwrap_or_default(),
            export: store::trust::exports::of_suppliers(reader, &ids).await?.remove(&supplier.id),
        })
    }

    fn eligibility(&self, kind: BadgeKind, policy: &TrustPolicy, now: Timestamp) -> Eligibility {
        let facts = SupplierFacts {
            supplier: &self.supplier,
            records: &self.records,
            awards: &self.awards,
            metrics: self.metrics,
            export: self.export.as_ref(),
        };
        supplier_eligibility(kind, facts, policy, now)
    }
}

/// Badges that rest on evidence: whenever it changes, the rules are asked again.
const BY_EVIDENCE: [BadgeKind; 3] = [BadgeKind::Gold, BadgeKind::Verified, BadgeKind::VerifiedPro];

/// Asks the rules again about every award in force that they granted: one whose criteria are no longer all met lapses,
/// one that rests on something else now is replaced. The supplier is locked; answers what is to be told.
async fn settle(app: &App, tx: &Tx, supplier: &Supplier, now: Timestamp) -> Result<Vec<EventDraft>> {
    let mut told = Vec::new();
    let held = awards::of_suppliers(tx, &[supplier.id]).await?.remove(&supplier.id).unwrap_or_default();
    let held: Vec<BadgeAward> = held
        .into_iter()
        .filter(|award| award.policy_version.is_some() && award.in_force(now))
        .filter(|award| BY_EVIDENCE.contains(&award.kind))
        .collect();
    if held.is_empty() {
        return Ok(told);
    }
    let (policy, known) = (policy(app, tx, now).await?, Known::of(tx, supplier).await?);
    for award in held {
        let stands = known.eligibility(award.kind, &policy, now);
        match award.settle(&stands) {
            Settlement::Stands => {}
            Settlement::Lapses => {
                let reason = stands.missing();
                told.push(ended(EventType::BadgeLapsed, &award, now, &reason).with("actor", "RULES"));
                end(tx, &award, Revocation { at: now, reason, by: EndedBy::Rules }).await?;
            }
            Settlement::Replaced => {
                let next = granted(app, award.subject, &stands, now);
                let reason = format!("Replaced by {}.", next.id);
                end(tx, &award, Revocation { at: now, reason, by: EndedBy::Rules }).await?;
                awards::grant(tx, &next, None).await?;
                told.push(
                    awarded(&next, &stands).with("replaces", award.id.to_string()).with("actor", "RULES"),
                );
            }
        }
    }
    Ok(told)
}

/// Ends an award that is in force, the end being told by the caller.
async fn end(tx: &Tx, award: &BadgeAward, mut revocation: Revocation) -> Result<()> {
    // An award of this very instant ends at it.
    revocation.at = revocation.at.max(award.granted_at);
    revocation.reason = revocation.reason.chars().take(1_000).collect();
    awards::revoke(tx, award.id, &revocation).await?;
    Ok(awards::note_told(tx, &[award.id]).await?)
}

/// An award that the rules grant now.
fn granted(app: &App, subject: BadgeSubject, stands: &Eligibility, now: Timestamp) -> BadgeAward {
    BadgeAward {
        id: app.ids.make(now),
        subject,
        kind: stands.kind,
        issuer: PLATFORM.to_owned(),
        evidence: stands.evidence(),
        granted_at: now,
        expires_at: stands.until(),
        revoked: None,
        policy_version: Some(stands.policy_version),
    }
}

/// Who grants badges by the rules.
const PLATFORM: &str = "Surety";

/// What is told of an award: on what evidence, by which version of the policy, and each criterion with its fact.
fn awarded(award: &BadgeAward, stands: &Eligibility) -> EventDraft {
    let criteria: Vec<Value> = stands
        .findings
        .iter()
        .map(|finding| json!({ "criterion": finding.criterion, "fact": finding.fact }))
        .collect();
    let evidence: Vec<String> = award.evidence.iter().map(ToString::to_string).collect();
    let draft = about(EventDraft::new(EventType::BadgeAwarded), award)
        .with("policyVersion", stands.policy_version)
        .with("evidence", evidence)
        .with("criteria", criteria);
    match award.expires_at {
        Some(end) => draft.with("expiresAt", end.to_string()),
        None => draft,
    }
}

/// What is told of the end of an award.
fn ended(kind: EventType, award: &BadgeAward, at: Timestamp, reason: &str) -> EventDraft {
    about(EventDraft::new(kind), award).with("endedAt", at.to_string()).with("reason", reason)
}

fn about(draft: EventDraft, award: &BadgeAward) -> EventDraft {
    let draft = draft.with("awardId", award.id.to_string()).with("badge", award.kind.as_str());
    match award.subject {
        BadgeSubject::Supplier(_) => draft,
        BadgeSubject::Product(id) => draft.with("productId", id.to_string()),
    }
}

/// A state that does not allow a command.
fn conflict(path: &[&str], message: impl Into<String>) -> Error {
    Refusal::new(Code::StateConflict, message).at(path).into()
}
