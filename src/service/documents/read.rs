//! Looking at an app's documents.

use crate::app::App;
use crate::domain::actor::Actor;
use crate::domain::cursor::{self, Key};
use crate::domain::document::TrustedDocument;
use crate::domain::ids::TrustedDocumentId;
use crate::domain::page::{Page, Slice};
use crate::service::Result;
use crate::service::payouts::time_cursor;
use crate::store;

use super::owner_of;

/// The name of the list in cursors.
const DOCUMENTS: &str = "trusted-documents";

/// The documents of the actor's app, retired ones among them, newest first. Uses of the last seconds are not yet counted.
pub async fn list(app: &App, actor: &Actor, page: &Page, count: bool) -> Result<Slice<TrustedDocument>> {
    let owner = owner_of(actor)?;
    let place =
        |cursor: &Option<String>| cursor.as_deref().map(|text| time_cursor(DOCUMENTS, text)).transpose();
    let wanted = (page, place(&page.after)?, place(&page.before)?);
    let cursor = |found: &TrustedDocument| {
        cursor::encode(DOCUMENTS, &[Key::Int(found.registered_at.micros()), Key::Text(found.id.to_string())])
    };
    Ok(store::documents::list(&app.db, owner, wanted, count, cursor).await?)
}

/// One of the actor's app; one of others answers as one that does not exist.
pub async fn document(app: &App, actor: &Actor, id: TrustedDocumentId) -> Result<Option<TrustedDocument>> {
    Ok(store::documents::by_ids(&app.db, owner_of(actor)?, &[id]).await?.pop())
}

/// Whether the actor's app runs trusted documents only.
pub async fn policy(app: &App, actor: &Actor) -> Result<bool> {
    Ok(store::documents::policy(&app.db, owner_of(actor)?).await?)
}
