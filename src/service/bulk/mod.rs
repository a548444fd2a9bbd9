//! Bulk operations: asked for, looked at, called off; their files removed when their time is over.

mod download;
mod pages;
mod runner;

use serde_json::{Map, Value, json};

use crate::app::App;
use crate::domain::actor::{Actor, Scope};
use crate::domain::bulk::{BulkOperation, BulkOwner, BulkPart, BulkProgress, BulkQuery, BulkStatus};
use crate::domain::cursor::{self, Key};
use crate::domain::error::{Code, Refusal};
use crate::domain::ids::BulkOperationId;
use crate::domain::language::Preferences;
use crate::domain::page::{Page, Slice};
use crate::domain::time::{Span, Timestamp};
use crate::store::bulk::End;
use crate::store::{self, Tx};

use super::files::ADDRESS_LIFETIME;
use super::files::token::{self, Purpose};
use super::orders::{Begun, Claimed, Envelope, Made, may_retry};
use super::payouts::time_cursor;
use super::{Error, Result, require_scope};

pub use download::{Download, content, open};
pub use pages::{BulkPage, Pages, Plan};
pub use runner::work_once;

/// The name of the list in cursors.
const LIST: &str = "bulk-operations";

/// An operation, and whether it answers an earlier command with the same key.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The operation.
    pub operation: BulkOperation,
    /// Whether this is the answer to an earlier command.
    pub replayed: bool,
}

/// The instant of the machine: exports have nothing to do with the sandbox's clock.
async fn now_of(app: &App, tx: &Tx) -> Result<Timestamp> {
    Ok(tx.now(&app.clock, Span::ZERO).await?)
}

/// Where the parts of an operation lie in the content store.
fn folder(id: BulkOperationId) -> String {
    format!("bulk/{id}")
}

/// Where a part lies. The turn is in the name, so that a node that lost the operation without knowing it cannot write
/// over what another one wrote since.
fn place_of(id: BulkOperationId, part: &BulkPart) -> String {
    format!("{}/{:06}-{}.jsonl", folder(id), part.number, part.turn)
}

/// Asks for the whole result of a query.
pub async fn run(
    app: &App,
    actor: &Actor,
    (query, variables): (String, Map<String, Value>),
    languages: Preferences,
    envelope: &Envelope,
) -> Result<Asked> {
    require_scope(actor, Scope::BulkRun)?;
    let plan = app.pages.plan(&query, &variables).map_err(Error::Refused)?;
    let asked = BulkQuery { query, variables, document: plan.document, languages };
    let mut attempt = 1;
    loop {
        match try_run(app, actor, &asked, plan.after.as_deref(), envelope).await {
            Err(error) if may_retry(&error, attempt) => attempt += 1,
            answer => return answer,
        }
    }
}

async fn try_run(
    app: &App,
    actor: &Actor,
    asked: &BulkQuery,
    after: Option<&str>,
    envelope: &Envelope,
) -> Result<Asked> {
    let input = json!({ "query": asked.query, "variables": asked.variables });
    let claimed = match Claimed::begin(app, actor, envelope, "runBulkQuery", &input).await? {
        Begun::Fresh(claimed) => claimed,
        Begun::Replayed(made) => return replay(app, &made).await,
    };
    let (Some(partner), Some(role)) = (actor.app, actor.role) else {
        return Err(anyhow::anyhow!("a key was claimed for nobody").into());
    };
    if let Some(open) = store::bulk::open_of(&claimed.tx, partner, actor.company).await? {
        return Err(in_progress(Some(open.id)).into());
    }
    let now = now_of(app, &claimed.tx).await?;
    let operation = BulkOperation {
        id: app.ids.make(now),
        owner: BulkOwner {
            app: partner,
            company: actor.company,
            member: actor.member,
            role,
            scopes: actor.scopes,
        },
        asked: asked.clone(),
        status: BulkStatus::Created,
        progress: BulkProgress { cursor: after.map(str::to_owned), ..BulkProgress::default() },
        sha256: None,
        failure: None,
        turn: 0,
        attempts: 0,
        created_at: now,
        started_at: None,
        ended_at: None,
        expires_at: None,
    };
    match store::bulk::insert(&claimed.tx, &operation).await {
        Ok(()) => {}
        // Two asked in the same moment.
        Err(store::Error::Constraint(_)) => return Err(in_progress(None).into()),
        Err(other) => return Err(other.into()),
    }
    claimed.finish(app, &Made::of(operation.id)).await?;
    Ok(Asked { operation, replayed: false })
}

fn in_progress(other: Option<BulkOperationId>) -> Refusal {
    let which = other.map_or_else(String::new, |id| format!(" ({id})"));
    let message = format!(
        "A bulk operation of this app and company is not over yet{which}. Wait for it, or cancel it."
    );
    Refusal::new(Code::BulkOperationInProgress, message)
}

async fn replay(app: &App, made: &Made) -> Result<Asked> {
    let id: BulkOperationId = made.subject()?;
    let operation = store::bulk::load(&app.db, id).await?;
    let operation = operation.ok_or_else(|| anyhow::anyhow!("{id} is gone"))?;
    Ok(Asked { operation, replayed: true })
}

/// Calls an operation off. What was written until then can be fetched.
pub async fn cancel(app: &App, actor: &Actor, id: BulkOperationId, envelope: &Envelope) -> Result<Asked> {
    require_scope(actor, Scope::BulkRun)?;
    let mut attempt = 1;
    loop {
        match try_cancel(app, actor, id, envelope).await {
            Err(error) if may_retry(&error, attempt) => attempt += 1,
            answer => return answer,
        }
    }
}

async fn try_cancel(app: &App, actor: &Actor, id: BulkOperationId, envelope: &Envelope) -> Result<Asked> {
    let path = ["input", "bulkOperationId"];
    let input = json!({ "bulkOperation": id });
    let claimed = match Claimed::begin(app, actor, envelope, "cancelBulkOperation", &input).await? {
        Begun::Fresh(claimed) => claimed,
        Begun::Replayed(made) => return replay(app, &made).await,
    };
    let found = store::bulk::lock(&claimed.tx, id).await?.filter(|found| found.is_of(actor));
    let found = found.ok_or_else(|| Refusal::not_found("bulk operation").at(&path))?;
    found.cancel().map_err(|refusal| refusal.at(&path))?;
    let now = now_of(app, &claimed.tx).await?;
    let times = (now, now.plus(app.config.bulk.kept_for));
    store::bulk::end(&claimed.tx, &found, &End::Cancelled, times).await?;
    let operation = store::bulk::load(&claimed.tx, id).await?;
    let operation = operation.ok_or_else(|| anyhow::anyhow!("{id} is gone"))?;
    claimed.finish(app, &Made::of(id)).await?;
    Ok(Asked { operation, replayed: false })
}

/// One of the actor's own; one of others answers as one that does not exist.
pub async fn find(app: &App, actor: &Actor, id: BulkOperationId) -> Result<Option<BulkOperation>> {
    require_scope(actor, Scope::BulkRun)?;
    Ok(store::bulk::load(&app.db, id).await?.filter(|found| found.is_of(actor)))
}

/// What an id of no operation finds: nothing, for those who may ask.
pub fn none(actor: &Actor) -> Result<Option<BulkOperation>> {
    require_scope(actor, Scope::BulkRun).map(|()| None)
}

/// The actor's own, newest first.
pub async fn list(
    app: &App,
    actor: &Actor,
    statuses: &[BulkStatus],
    page: &Page,
    count: bool,
) -> Result<Slice<BulkOperation>> {
    require_scope(actor, Scope::BulkRun)?;
    let partner = actor.app.ok_or_else(|| anyhow::anyhow!("a scope was granted to nobody"))?;
    let place = |cursor: &Option<String>| cursor.as_deref().map(|text| time_cursor(LIST, text)).transpose();
    let wanted = (page, place(&page.after)?, place(&page.before)?);
    let cursor = |found: &BulkOperation| {
        cursor::encode(LIST, &[Key::Int(found.created_at.micros()), Key::Text(found.id.to_string())])
    };
    Ok(store::bulk::list(&app.db, (partner, actor.company), statuses, wanted, count, cursor).await?)
}

/// Where what was written can be fetched for a while; none before the operation is over, when the file was removed, and
/// where an operation ended early before anything was written.
pub async fn address(app: &App, operation: &BulkOperation) -> Result<Option<String>> {
    let is_empty = operation.status != BulkStatus::Completed && operation.progress.objects == 0;
    if is_empty || !operation.status.has_file() {
        return Ok(None);
    }
    let expires_at = app.clock.now().plus(ADDRESS_LIFETIME);
    let token = token::make(app, Purpose::Bulk, operation.id, expires_at).await?;
    Ok(Some(format!("{}/bulk/{}?token={token}", app.config.public_url, operation.id)))
}

/// Removes files whose time is over; the node's jobs call it. First nobody is told an address any more, then the parts
/// go, then they are forgotten: whoever dies in between leaves the rest to the next.
pub async fn remove_old(app: &App) -> Result<()> {
    while let Some(old) = store::bulk::to_be_removed(&app.db, app.clock.now()).await? {
        let tx = app.db.begin().await?;
        store::bulk::expire(&tx, old.id).await?;
        tx.commit().await?;
        app.content.remove_folder(&folder(old.id)).await?;
        let tx = app.db.begin().await?;
        store::bulk::forget_parts(&tx, old.id).await?;
        tx.commit().await?;
    }
    Ok(())
}
