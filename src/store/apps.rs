//! Partner apps as the platform keeps them: their secrets, their storefront keys, and tokens that were taken back.

use sea_orm::{ConnectionTrait, QueryResult, Value};

use super::keyset::{Key, List, page};
use super::{Error, Reader, Result, Tx, parse};
use crate::domain::credential::{AppSecret, COMPANIES_MAX, StorefrontKey};
use crate::domain::ids::{AppId, AppSecretId, CompanyId, StorefrontKeyId};
use crate::domain::page::{Page, Slice};
use crate::domain::party::{PartnerApp, scopes_from_text};
use crate::domain::time::Timestamp;

const APP_COLUMNS: &str = "id, name, role, scopes, active, trusted_documents_only, created_at";
const SECRET_COLUMNS: &str = "id, app_id, created_at, expires_at, last_used_at";
const KEY_COLUMNS: &str = "id, app_id, key, origins, created_at, last_used_at";

fn read_app(row: &QueryResult) -> Result<(PartnerApp, Timestamp)> {
    let text = |column: &str| row.try_get::<String>("", column);
    let scopes = text("scopes")?;
    let app = PartnerApp {
        id: parse("partner_app.id", &text("id")?)?,
        name: text("name")?,
        role: parse("partner_app.role", &text("role")?)?,
        scopes: scopes_from_text(&scopes)
            .map_err(|_| Error::Corrupt(format!("partner_app.scopes holds {scopes:?}")))?,
        active: row.try_get("", "active")?,
        trusted_documents_only: row.try_get("", "trusted_documents_only")?,
    };
    Ok((app, Timestamp::from_micros(row.try_get("", "created_at")?)))
}

/// Apps and when they were made; ids of none are left out.
pub async fn apps(reader: &impl Reader, ids: &[AppId]) -> Result<Vec<(PartnerApp, Timestamp)>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let (marks, values) = marks(ids);
    let text = format!("SELECT {APP_COLUMNS} FROM partner_app WHERE id IN ({marks})");
    let rows = reader.connection().query_all_raw(reader.sql(&text, values)).await?;
    rows.iter().map(read_app).collect()
}

/// An app, locked until the transaction ends: of two that change its secrets, the second sees what the first one did.
pub async fn lock_app(tx: &Tx, id: AppId) -> Result<Option<(PartnerApp, Timestamp)>> {
    let suffix = if tx.is_postgres() { " FOR NO KEY UPDATE" } else { "" };
    let text = format!("SELECT {APP_COLUMNS} FROM partner_app WHERE id = ?{suffix}");
    let row = tx.connection().query_one_raw(tx.sql(&text, [id.to_string()])).await?;
    row.as_ref().map(read_app).transpose()
}

/// Every app, newest first.
pub async fn list_apps(
    reader: &impl Reader,
    wanted: (&Page, Option<Key>, Option<Key>),
    count: bool,
    cursor: impl Fn(&(PartnerApp, Timestamp)) -> String,
) -> Result<Slice<(PartnerApp, Timestamp)>> {
    let list = List::new(APP_COLUMNS, "partner_app", "created_at", "id");
    page(reader, &list, wanted, count, read_app, cursor).await
}

fn marks(ids: &[AppId]) -> (String, Vec<Value>) {
    (vec!["?"; ids.len()].join(", "), ids.iter().map(|id| id.to_string().into()).collect())
}

/// The companies that apps act for, the first ones of each.
pub async fn companies_of(reader: &impl Reader, apps: &[AppId]) -> Result<Vec<(AppId, CompanyId)>> {
    if apps.is_empty() {
        return Ok(Vec::new());
    }
    let (marks, values) = marks(apps);
    let text = format!(
        "SELECT app_id, company_id FROM (SELECT app_id, company_id, row_number() OVER (PARTITION BY app_id \
         ORDER BY company_id) AS place FROM partner_app_company WHERE app_id IN ({marks})) listed \
         WHERE place <= {COMPANIES_MAX} ORDER BY app_id, company_id"
    );
    let rows = reader.connection().query_all_raw(reader.sql(&text, values)).await?;
    let read = |row: &QueryResult| {
        let text = |column: &str| row.try_get::<String>("", column);
        let app = parse("partner_app_company.app_id", &text("app_id")?)?;
        Ok((app, parse("partner_app_company.company_id", &text("company_id")?)?))
    };
    rows.iter().map(read).collect()
}

/// The company that an app acts for, where it is only one.
pub async fn only_company(reader: &impl Reader, app: AppId) -> Result<Option<CompanyId>> {
    let text = "SELECT company_id FROM partner_app_company WHERE app_id = ? LIMIT 2";
    let rows = reader.connection().query_all_raw(reader.sql(text, [app.to_string()])).await?;
    match rows.as_slice() {
        [row] => {
            Ok(Some(parse("partner_app_company.company_id", &row.try_get::<String>("", "company_id")?)?))
        }
        _ => Ok(None),
    }
}

fn time(row: &QueryResult, column: &str) -> Result<Option<Timestamp>> {
    Ok(row.try_get::<Option<i64>>("", column)?.map(Timestamp::from_micros))
}

fn read_secret(row: &QueryResult) -> Result<AppSecret> {
    let text = |column: &str| row.try_get::<String>("", column);
    Ok(AppSecret {
        id: parse("app_secret.id", &text("id")?)?,
        app: parse("app_secret.app_id", &text("app_id")?)?,
        created_at: Timestamp::from_micros(row.try_get("", "created_at")?),
        expires_at: time(row, "expires_at")?,
        last_used_at: time(row, "last_used_at")?,
    })
}

/// Keeps a new secret by its hash.
pub async fn insert_secret(tx: &Tx, secret: &AppSecret, hash: &str) -> Result<()> {
    let values: [Value; 5] = [
        secret.id.to_string().into(),
        secret.app.to_string().into(),
        hash.into(),
        secret.created_at.micros().into(),
        secret.expires_at.map(Timestamp::micros).into(),
    ];
    let text = "INSERT INTO app_secret (id, app_id, hash, created_at, expires_at) VALUES (?, ?, ?, ?, ?)";
    tx.connection().execute_raw(tx.sql(text, values)).await?;
    Ok(())
}

/// The secrets of apps that count at an instant, newest first.
pub async fn secrets_of(reader: &impl Reader, apps: &[AppId], now: Timestamp) -> Result<Vec<AppSecret>> {
    if apps.is_empty() {
        return Ok(Vec::new());
    }
    let (marks, mut values) = marks(apps);
    values.push(now.micros().into());
    let text = format!(
        "SELECT {SECRET_COLUMNS} FROM app_secret WHERE app_id IN ({marks}) AND revoked_at IS NULL \
         AND (expires_at IS NULL OR expires_at > ?) ORDER BY app_id, created_at DESC, id DESC"
    );
    let rows = reader.connection().query_all_raw(reader.sql(&text, values)).await?;
    rows.iter().map(read_secret).collect()
}

/// The ids and hashes of an app's secrets that count at an instant, newest first.
pub async fn hashes_of(
    reader: &impl Reader,
    app: AppId,
    now: Timestamp,
) -> Result<Vec<(AppSecretId, String)>> {
    let values: [Value; 2] = [app.to_string().into(), now.micros().into()];
    let text = "SELECT id, hash FROM app_secret WHERE app_id = ? AND revoked_at IS NULL \
                AND (expires_at IS NULL OR expires_at > ?) ORDER BY created_at DESC, id DESC";
    let rows = reader.connection().query_all_raw(reader.sql(text, values)).await?;
    let read = |row: &QueryResult| {
        let id: String = row.try_get("", "id")?;
        Ok((parse("app_secret.id", &id)?, row.try_get::<String>("", "hash")?))
    };
    rows.iter().map(read).collect()
}

/// The secrets that an app has give way: they count until an instant, or until earlier where they already did.
pub async fn end_secrets(tx: &Tx, app: AppId, until: Timestamp) -> Result<()> {
    let values: [Value; 3] = [until.micros().into(), app.to_string().into(), until.micros().into()];
    let text = "UPDATE app_secret SET expires_at = ? WHERE app_id = ? AND revoked_at IS NULL \
                AND (expires_at IS NULL OR expires_at > ?)";
    tx.connection().execute_raw(tx.sql(text, values)).await?;
    Ok(())
}

/// Whose secret it is, whatever became of it.
pub async fn app_of_secret(reader: &impl Reader, id: AppSecretId) -> Result<Option<AppId>> {
    let text = "SELECT app_id FROM app_secret WHERE id = ?";
    let row = reader.connection().query_one_raw(reader.sql(text, [id.to_string()])).await?;
    row.map(|row| parse("app_secret.app_id", &row.try_get::<String>("", "app_id")?)).transpose()
}

/// A secret counts no more.
pub async fn revoke_secret(tx: &Tx, id: AppSecretId, now: Timestamp) -> Result<()> {
    let values: [Value; 2] = [now.micros().into(), id.to_string().into()];
    let text = "UPDATE app_secret SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL";
    tx.connection().execute_raw(tx.sql(text, values)).await?;
    Ok(())
}

fn read_key(row: &QueryResult) -> Result<StorefrontKey> {
    let text = |column: &str| row.try_get::<String>("", column);
    Ok(StorefrontKey {
        id: parse("storefront_key.id", &text("id")?)?,
        app: parse("storefront_key.app_id", &text("app_id")?)?,
        key: text("key")?,
        origins: serde_json::from_str(&text("origins")?)
            .map_err(|error| Error::Corrupt(format!("storefront_key.origins: {error}")))?,
        created_at: Timestamp::from_micros(row.try_get("", "created_at")?),
        last_used_at: time(row, "last_used_at")?,
    })
}

/// Keeps a new storefront key.
pub async fn insert_key(tx: &Tx, key: &StorefrontKey) -> Result<()> {
    let origins = serde_json::to_string(&key.origins).map_err(|error| Error::Corrupt(error.to_string()))?;
    let values: [Value; 5] = [
        key.id.to_string().into(),
        key.app.to_string().into(),
        key.key.clone().into(),
        origins.into(),
        key.created_at.micros().into(),
    ];
    let text = "INSERT INTO storefront_key (id, app_id, key, origins, created_at) VALUES (?, ?, ?, ?, ?)";
    tx.connection().execute_raw(tx.sql(text, values)).await?;
    Ok(())
}

/// The storefront keys of apps that were not taken back, newest first.
pub async fn keys_of(reader: &impl Reader, apps: &[AppId]) -> Result<Vec<StorefrontKey>> {
    if apps.is_empty() {
        return Ok(Vec::new());
    }
    let (marks, values) = marks(apps);
    let text = format!(
        "SELECT {KEY_COLUMNS} FROM storefront_key WHERE app_id IN ({marks}) AND revoked_at IS NULL \
         ORDER BY app_id, created_at DESC, id DESC"
    );
    let rows = reader.connection().query_all_raw(reader.sql(&text, values)).await?;
    rows.iter().map(read_key).collect()
}

/// The storefront key with this text, unless it was taken back.
pub async fn key_by_text(reader: &impl Reader, key: &str) -> Result<Option<StorefrontKey>> {
    let text = format!("SELECT {KEY_COLUMNS} FROM storefront_key WHERE key = ? AND revoked_at IS NULL");
    let row = reader.connection().query_one_raw(reader.sql(&text, [key])).await?;
    row.as_ref().map(read_key).transpose()
}

/// A storefront key, whatever became of it.
pub async fn key(reader: &impl Reader, id: StorefrontKeyId) -> Result<Option<StorefrontKey>> {
    let text = format!("SELECT {KEY_COLUMNS} FROM storefront_key WHERE id = ?");
    let row = reader.connection().query_one_raw(reader.sql(&text, [id.to_string()])).await?;
    row.as_ref().map(read_key).transpose()
}

/// A storefront key counts no more.
pub async fn revoke_key(tx: &Tx, id: StorefrontKeyId, now: Timestamp) -> Result<()> {
    let values: [Value; 2] = [now.micros().into(), id.to_string().into()];
    let text = "UPDATE storefront_key SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL";
    tx.connection().execute_raw(tx.sql(text, values)).await?;
    Ok(())
}

/// Notes that secrets and keys were used at an instant, unless they were noted as used after `since`.
pub async fn note_used(
    tx: &Tx,
    (secrets, keys): (&[AppSecretId], &[StorefrontKeyId]),
    used_at: Timestamp,
    since: Timestamp,
) -> Result<()> {
    let secrets = ("app_secret", secrets.iter().map(ToString::to_string).collect::<Vec<_>>());
    let keys = ("storefront_key", keys.iter().map(ToString::to_string).collect::<Vec<_>>());
    for (table, ids) in [secrets, keys] {
        if ids.is_empty() {
            continue;
        }
        let marks = vec!["?"; ids.len()].join(", ");
        let mut values: Vec<Value> = vec![used_at.micros().into()];
        values.extend(ids.into_iter().map(Value::from));
        values.push(since.micros().into());
        let text = format!(
            "UPDATE {table} SET last_used_at = ? WHERE id IN ({marks}) \
             AND (last_used_at IS NULL OR last_used_at <= ?)"
        );
        tx.connection().execute_raw(tx.sql(&text, values)).await?;
    }
    Ok(())
}

/// Takes a token back until it would have ended by itself; until the later instant where it is taken back already.
pub async fn revoke_token(
    tx: &Tx,
    (app, token): (AppId, &str),
    until: Timestamp,
    now: Timestamp,
) -> Result<()> {
    let values: [Value; 4] =
        [app.to_string().into(), token.into(), until.micros().into(), now.micros().into()];
    let text = "INSERT INTO revoked_token (app_id, token, revoked_until, created_at) VALUES (?, ?, ?, ?) \
                ON CONFLICT (app_id, token) DO UPDATE SET revoked_until = excluded.revoked_until \
                WHERE revoked_token.revoked_until < excluded.revoked_until";
    tx.connection().execute_raw(tx.sql(text, values)).await?;
    Ok(())
}

/// How many tokens of an app are taken back at an instant.
pub async fn count_revoked(reader: &impl Reader, app: AppId, now: Timestamp) -> Result<i64> {
    let values: [Value; 2] = [app.to_string().into(), now.micros().into()];
    let text = "SELECT count(*) AS total FROM revoked_token WHERE app_id = ? AND revoked_until > ?";
    let row = reader.connection().query_one_raw(reader.sql(text, values)).await?;
    row.map_or(Ok(0), |row| Ok(row.try_get("", "total")?))
}

/// Every token that is taken back at an instant.
pub async fn revoked(reader: &impl Reader, now: Timestamp) -> Result<Vec<(AppId, String)>> {
    let text = "SELECT app_id, token FROM revoked_token WHERE revoked_until > ?";
    let rows = reader.connection().query_all_raw(reader.sql(text, [now.micros()])).await?;
    let read = |row: &QueryResult| {
        let app: String = row.try_get("", "app_id")?;
        Ok((parse("revoked_token.app_id", &app)?, row.try_get::<String>("", "token")?))
    };
    rows.iter().map(read).collect()
}

/// Whether a token that was taken back has ended by itself.
pub async fn has_ended_revoked(reader: &impl Reader, now: Timestamp) -> Result<bool> {
    let text = "SELECT 1 AS found FROM revoked_token WHERE revoked_until <= ? LIMIT 1";
    Ok(reader.connection().query_one_raw(reader.sql(text, [now.micros()])).await?.is_some())
}

/// Forgets tokens that have ended by themselves.
pub async fn forget_revoked(tx: &Tx, now: Timestamp) -> Result<()> {
    let text = "DELETE FROM revoked_token WHERE revoked_until <= ?";
    tx.connection().execute_raw(tx.sql(text, [now.micros()])).await?;
    Ok(())
}
