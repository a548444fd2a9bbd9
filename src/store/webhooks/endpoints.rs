//! Endpoints and the secrets that deliveries to them are signed with.

use sea_orm::{ConnectionTrait, QueryResult, Value};

use crate::domain::ids::{AppId, CompanyId, WebhookEndpointId};
use crate::domain::page::{Page, Slice};
use crate::domain::party::{scopes_from_text, scopes_to_text};
use crate::domain::time::Timestamp;
use crate::domain::webhook::breaker::Health;
use crate::domain::webhook::{WebhookEndpoint, WebhookOwner, WebhookSecret};
use crate::store::keyset::{Key, List, page};
use crate::store::{Error, Reader, Result, Tx, parse};

pub(super) const COLUMNS: &str = "id, app_id, company_id, role, scopes, url, event_types, document, ordered, state, \
    disabled_reason, disabled_at, failing_since, consecutive_failures, open_until, version, created_at, updated_at";

pub(super) fn read(row: &QueryResult) -> Result<WebhookEndpoint> {
    let text = |column: &str| row.try_get::<String>("", column);
    let some = |column: &str| row.try_get::<Option<String>>("", column);
    let time = |column: &str| row.try_get::<Option<i64>>("", column).map(|it| it.map(Timestamp::from_micros));
    let scopes = text("scopes")?;
    let event_types = text("event_types")?;
    Ok(WebhookEndpoint {
        id: parse("webhook_endpoint.id", &text("id")?)?,
        owner: WebhookOwner {
            app: parse("webhook_endpoint.app_id", &text("app_id")?)?,
            company: some("company_id")?.map(|id| parse("webhook_endpoint.company_id", &id)).transpose()?,
            role: parse("webhook_endpoint.role", &text("role")?)?,
            scopes: scopes_from_text(&scopes)
                .map_err(|_| Error::Corrupt(format!("webhook_endpoint.scopes holds {scopes:?}")))?,
        },
        url: text("url")?,
        event_types: serde_json::from_str(&event_types)
            .map_err(|error| Error::Corrupt(format!("webhook_endpoint.event_types: {error}")))?,
        document: some("document")?,
        ordered: row.try_get("", "ordered")?,
        state: parse("webhook_endpoint.state", &text("state")?)?,
        disabled_reason: some("disabled_reason")?
            .map(|word| parse("webhook_endpoint.disabled_reason", &word))
            .transpose()?,
        disabled_at: time("disabled_at")?,
        health: Health {
            failing_since: time("failing_since")?,
            consecutive_failures: row.try_get("", "consecutive_failures")?,
            open_until: time("open_until")?,
        },
        version: row.try_get("", "version")?,
        created_at: Timestamp::from_micros(row.try_get("", "created_at")?),
        updated_at: Timestamp::from_micros(row.try_get("", "updated_at")?),
    })
}

async fn one(reader: &impl Reader, id: WebhookEndpointId, suffix: &str) -> Result<Option<WebhookEndpoint>> {
    let text = format!("SELECT {COLUMNS} FROM webhook_endpoint WHERE id = ? AND deleted_at IS NULL{suffix}");
    let row = reader.connection().query_one_raw(reader.sql(&text, [id.to_string()])).await?;
    row.as_ref().map(read).transpose()
}

/// An endpoint that was not deleted.
pub async fn endpoint(reader: &impl Reader, id: WebhookEndpointId) -> Result<Option<WebhookEndpoint>> {
    one(reader, id, "").await
}

/// The same, locked until the transaction ends; new deliveries to it are not held up.
pub async fn lock_endpoint(tx: &Tx, id: WebhookEndpointId) -> Result<Option<WebhookEndpoint>> {
    one(tx, id, if tx.is_postgres() { " FOR NO KEY UPDATE" } else { "" }).await
}

/// Locks an endpoint that is deleted or gone until the transaction ends; false where it is neither, or somebody else has it.
pub async fn lock_ended(tx: &Tx, id: WebhookEndpointId) -> Result<bool> {
    let suffix = if tx.is_postgres() { " FOR NO KEY UPDATE SKIP LOCKED" } else { "" };
    let text = format!(
        "SELECT id FROM webhook_endpoint WHERE id = ? AND (deleted_at IS NOT NULL OR disabled_reason = 'GONE'){suffix}"
    );
    Ok(tx.connection().query_one_raw(tx.sql(&text, [id.to_string()])).await?.is_some())
}

fn changeable(endpoint: &WebhookEndpoint) -> Result<[Value; 14]> {
    let time = |at: Option<Timestamp>| Value::from(at.map(Timestamp::micros));
    let event_types =
        serde_json::to_string(&endpoint.event_types).map_err(|error| Error::Corrupt(error.to_string()))?;
    Ok([
        endpoint.url.clone().into(),
        event_types.into(),
        endpoint.document.clone().into(),
        endpoint.ordered.into(),
        endpoint.state.as_str().into(),
        endpoint.disabled_reason.map(|reason| reason.as_str().to_owned()).into(),
        time(endpoint.disabled_at),
        time(endpoint.health.failing_since),
        endpoint.health.consecutive_failures.into(),
        time(endpoint.health.open_until),
        endpoint.version.into(),
        endpoint.updated_at.micros().into(),
        endpoint.owner.role.as_str().into(),
        scopes_to_text(endpoint.owner.scopes).into(),
    ])
}

/// Writes a new endpoint.
pub async fn insert_endpoint(tx: &Tx, endpoint: &WebhookEndpoint) -> Result<()> {
    let owner = endpoint.owner;
    let mut values = changeable(endpoint)?.to_vec();
    values.extend([
        endpoint.id.to_string().into(),
        owner.app.to_string().into(),
        owner.company.map(|id| id.to_string()).into(),
        endpoint.created_at.micros().into(),
    ]);
    let text = "INSERT INTO webhook_endpoint (url, event_types, document, ordered, state, disabled_reason, disabled_at, \
        failing_since, consecutive_failures, open_until, version, updated_at, role, scopes, id, app_id, company_id, \
        created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    tx.connection().execute_raw(tx.sql(text, values)).await?;
    Ok(())
}

/// Writes what can change of an endpoint, the rights that it is rendered with among it. Its row is locked.
pub async fn update_endpoint(tx: &Tx, endpoint: &WebhookEndpoint) -> Result<()> {
    let mut values = changeable(endpoint)?.to_vec();
    values.push(endpoint.id.to_string().into());
    let text = "UPDATE webhook_endpoint SET url = ?, event_types = ?, document = ?, ordered = ?, state = ?, \
        disabled_reason = ?, disabled_at = ?, failing_since = ?, consecutive_failures = ?, open_until = ?, version = ?, \
        updated_at = ?, role = ?, scopes = ? WHERE id = ?";
    tx.connection().execute_raw(tx.sql(text, values)).await?;
    Ok(())
}

/// Nobody sees an endpoint any more. It is disabled.
pub async fn delete(tx: &Tx, id: WebhookEndpointId, now: Timestamp) -> Result<()> {
    let values: [Value; 2] = [now.micros().into(), id.to_string().into()];
    tx.connection()
        .execute_raw(tx.sql("UPDATE webhook_endpoint SET deleted_at = ? WHERE id = ?", values))
        .await?;
    Ok(())
}

/// A list of the endpoints of an app and company.
fn list_of<'a>(app: AppId, company: Option<CompanyId>) -> List<'a> {
    let mut list = List::new(COLUMNS, "webhook_endpoint", "created_at", "id");
    list.narrow("deleted_at IS NULL AND app_id = ?", [app.to_string().into()]);
    match company {
        Some(company) => list.narrow("company_id = ?", [company.to_string().into()]),
        None => list.narrow("company_id IS NULL", []),
    }
    list
}

/// Those of an app and company, newest first.
pub async fn list_endpoints(
    reader: &impl Reader,
    (app, company): (AppId, Option<CompanyId>),
    wanted: (&Page, Option<Key>, Option<Key>),
    count: bool,
    cursor: impl Fn(&WebhookEndpoint) -> String,
) -> Result<Slice<WebhookEndpoint>> {
    page(reader, &list_of(app, company), wanted, count, read, cursor).await
}

/// How many an app and company have. The app's row is locked until the transaction ends: of two that make the last one they
/// may have, the second sees the first one's.
pub async fn lock_count_of(tx: &Tx, app: AppId, company: Option<CompanyId>) -> Result<i64> {
    if tx.is_postgres() {
        let statement =
            tx.sql("SELECT id FROM partner_app WHERE id = ? FOR NO KEY UPDATE", [app.to_string()]);
        tx.connection().query_one_raw(statement).await?;
    }
    let list = list_of(app, company);
    let text = format!("SELECT count(*) AS total FROM webhook_endpoint WHERE {}", list.conditions());
    let row = tx.connection().query_one_raw(tx.sql(&text, list.values.clone())).await?;
    row.map_or(Ok(0), |row| Ok(row.try_get("", "total")?))
}

/// The enabled ones that may hear what these companies hear: theirs, and the platform's.
pub async fn enabled_of(
    reader: &impl Reader,
    companies: impl IntoIterator<Item = CompanyId>,
) -> Result<Vec<WebhookEndpoint>> {
    let values: Vec<Value> = companies.into_iter().map(|id| id.to_string().into()).collect();
    let marks = vec!["?"; values.len()].join(", ");
    let theirs = if values.is_empty() { String::new() } else { format!(" OR company_id IN ({marks})") };
    let text = format!(
        "SELECT {COLUMNS} FROM webhook_endpoint WHERE state = 'ENABLED' AND (company_id IS NULL{theirs}) ORDER BY id"
    );
    let rows = reader.connection().query_all_raw(reader.sql(&text, values)).await?;
    rows.iter().map(read).collect()
}

/// A secret as it is kept.
#[derive(Clone)]
pub struct SealedSecret {
    /// What may be shown.
    pub secret: WebhookSecret,
    /// The secret itself, sealed.
    pub sealed: String,
}

impl std::fmt::Debug for SealedSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SealedSecret({:?})", self.secret)
    }
}

fn secret(row: &QueryResult) -> Result<SealedSecret> {
    let until: Option<i64> = row.try_get("", "signs_until")?;
    let secret = WebhookSecret {
        number: row.try_get("", "number")?,
        created_at: Timestamp::from_micros(row.try_get("", "created_at")?),
        signs_until: until.map(Timestamp::from_micros),
    };
    Ok(SealedSecret { secret, sealed: row.try_get("", "sealed")? })
}

/// Keeps a new secret.
pub async fn insert_secret(tx: &Tx, endpoint: WebhookEndpointId, new: &SealedSecret) -> Result<()> {
    let values: [Value; 4] = [
        endpoint.to_string().into(),
        new.secret.number.into(),
        new.sealed.clone().into(),
        new.secret.created_at.micros().into(),
    ];
    let text = "INSERT INTO webhook_secret (endpoint_id, number, sealed, created_at) VALUES (?, ?, ?, ?)";
    tx.connection().execute_raw(tx.sql(text, values)).await?;
    Ok(())
}

/// The newest secret gives way: it signs until an instant.
pub async fn end_secrets(tx: &Tx, endpoint: WebhookEndpointId, until: Timestamp) -> Result<()> {
    let values: [Value; 2] = [until.micros().into(), endpoint.to_string().into()];
    let text = "UPDATE webhook_secret SET signs_until = ? WHERE endpoint_id = ? AND signs_until IS NULL";
    tx.connection().execute_raw(tx.sql(text, values)).await?;
    Ok(())
}

/// The secrets of an endpoint that sign at an instant, newest first.
pub async fn signing_secrets(
    reader: &impl Reader,
    endpoint: WebhookEndpointId,
    now: Timestamp,
) -> Result<Vec<SealedSecret>> {
    let values: [Value; 2] = [endpoint.to_string().into(), now.micros().into()];
    let text = "SELECT number, sealed, created_at, signs_until FROM webhook_secret WHERE endpoint_id = ? \
                AND (signs_until IS NULL OR signs_until > ?) ORDER BY number DESC";
    let rows = reader.connection().query_all_raw(reader.sql(text, values)).await?;
    rows.iter().map(secret).collect()
}

/// The same of several endpoints, as far as they may be shown.
pub async fn secrets_of(
    reader: &impl Reader,
    endpoints: &[WebhookEndpointId],
    now: Timestamp,
) -> Result<Vec<(WebhookEndpointId, WebhookSecret)>> {
    if endpoints.is_empty() {
        return Ok(Vec::new());
    }
    let marks = vec!["?"; endpoints.len()].join(", ");
    let mut values: Vec<Value> = endpoints.iter().map(|id| id.to_string().into()).collect();
    values.push(now.micros().into());
    let text = format!(
        "SELECT endpoint_id, number, sealed, created_at, signs_until FROM webhook_secret WHERE endpoint_id IN ({marks}) \
         AND (signs_until IS NULL OR signs_until > ?) ORDER BY endpoint_id, number DESC"
    );
    let rows = reader.connection().query_all_raw(reader.sql(&text, values)).await?;
    let owned = |row: &QueryResult| {
        let endpoint: String = row.try_get("", "endpoint_id")?;
        Ok((parse("webhook_secret.endpoint_id", &endpoint)?, secret(row)?.secret))
    };
    rows.iter().map(owned).collect()
}
