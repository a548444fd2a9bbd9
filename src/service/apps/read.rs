//! Looking at partner apps.

use std::collections::HashMap;
use std::sync::Arc;

use crate::app::App;
use crate::domain::actor::{Actor, Role, Scope};
use crate::domain::credential::{AppSecret, StorefrontKey};
use crate::domain::cursor::{self, Key};
use crate::domain::ids::{AppId, CompanyId};
use crate::domain::page::{Page, Slice};
use crate::domain::party::PartnerApp;
use crate::domain::time::Timestamp;
use crate::service::Result;
use crate::service::payouts::time_cursor;
use crate::store::{self, Reader};

use super::require_staff;

/// The name of the list in cursors.
const LIST: &str = "partner-apps";

/// An app with what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppRow {
    /// The app.
    pub app: PartnerApp,
    /// When it was made.
    pub created_at: Timestamp,
    /// The companies that it acts for, the first hundred.
    pub companies: Vec<CompanyId>,
    /// The secrets that count now, newest first.
    pub secrets: Vec<AppSecret>,
    /// The storefront keys that count now, newest first.
    pub keys: Vec<StorefrontKey>,
}

/// What belongs to each of some apps, in three statements.
async fn with_parts(
    reader: &impl Reader,
    apps: Vec<(PartnerApp, Timestamp)>,
    now: Timestamp,
) -> Result<HashMap<AppId, AppRow>> {
    let ids: Vec<_> = apps.iter().map(|(app, _)| app.id).collect();
    let row = |(app, created_at): (PartnerApp, Timestamp)| {
        let (companies, secrets, keys) = (Vec::new(), Vec::new(), Vec::new());
        (app.id, AppRow { app, created_at, companies, secrets, keys })
    };
    let mut rows: HashMap<AppId, AppRow> = apps.into_iter().map(row).collect();
    for (app, company) in store::apps::companies_of(reader, &ids).await? {
        if let Some(row) = rows.get_mut(&app) {
            row.companies.push(company);
        }
    }
    for secret in store::apps::secrets_of(reader, &ids, now).await? {
        if let Some(row) = rows.get_mut(&secret.app) {
            row.secrets.push(secret);
        }
    }
    for key in store::apps::keys_of(reader, &ids).await? {
        if let Some(row) = rows.get_mut(&key.app) {
            row.keys.push(key);
        }
    }
    Ok(rows)
}

/// An app as it is now, also as a transaction sees it.
pub(super) async fn row(reader: &impl Reader, id: AppId, now: Timestamp) -> Result<Option<AppRow>> {
    let found = store::apps::apps(reader, &[id]).await?;
    Ok(with_parts(reader, found, now).await?.remove(&id))
}

/// Apps by their ids: any of them for the platform's staff, its own for everybody else. One of others answers as one that does
/// not exist.
pub async fn by_ids(app: &App, actor: &Actor, ids: &[AppId]) -> Result<HashMap<AppId, Option<Arc<AppRow>>>> {
    let is_staff = actor.role == Some(Role::Operator) && actor.scopes.contains(Scope::PlatformOperate);
    let shown: Vec<_> = ids.iter().copied().filter(|id| is_staff || actor.app == Some(*id)).collect();
    let found = store::apps::apps(&app.db, &shown).await?;
    let rows = with_parts(&app.db, found, app.clock.now()).await?;
    Ok(rows.into_iter().map(|(id, row)| (id, Some(Arc::new(row)))).collect())
}

/// Every app, newest first; for the platform's staff.
pub async fn apps(app: &App, actor: &Actor, page: &Page, count: bool) -> Result<Slice<AppRow>> {
    require_staff(actor)?;
    let place = |cursor: &Option<String>| cursor.as_deref().map(|text| time_cursor(LIST, text)).transpose();
    let wanted = (page, place(&page.after)?, place(&page.before)?);
    let cursor = |(app, created_at): &(PartnerApp, Timestamp)| {
        cursor::encode(LIST, &[Key::Int(created_at.micros()), Key::Text(app.id.to_string())])
    };
    let found = store::apps::list_apps(&app.db, wanted, count, cursor).await?;
    let listed = found.rows.iter().map(|(_, row)| row.clone()).collect();
    let mut rows = with_parts(&app.db, listed, app.clock.now()).await?;
    Ok(found.map(|(app, created_at)| {
        let bare = AppRow {
            app: app.clone(),
            created_at,
            companies: Vec::new(),
            secrets: Vec::new(),
            keys: Vec::new(),
        };
        rows.remove(&app.id).unwrap_or(bare)
    }))
}
