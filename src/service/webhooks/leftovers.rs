//! What is still owed to endpoints that are deleted or gone: cancelled in batches, each a transaction of its own.

use crate::app::App;
use crate::domain::ids::WebhookEndpointId;
use crate::service::Result;
use crate::store;

use super::{now_of, worker};

/// Endpoints that are looked for at once.
const ENDPOINTS: u32 = 100;

/// Cancels what is left of endpoints that ended, and forgets what was settled long ago; the node's jobs call it.
pub async fn forget(app: &App) -> Result<()> {
    loop {
        let mut cancelled = 0;
        for id in store::webhooks::ended_with_leftovers(&app.db, ENDPOINTS).await? {
            cancelled += cancel_of(app, id).await?;
        }
        // Also where another node is at it.
        if cancelled == 0 {
            break;
        }
    }
    worker::forget(app).await
}

/// Cancels everything that is owed to an endpoint that is deleted or gone, unless somebody else is at it; how many deliveries
/// that were.
pub(super) async fn cancel_of(app: &App, id: WebhookEndpointId) -> Result<u64> {
    let mut all = 0;
    loop {
        let tx = app.db.begin().await?;
        if !store::webhooks::lock_ended(&tx, id).await? {
            tx.rollback().await?;
            return Ok(all);
        }
        let now = now_of(app, &tx).await?;
        let count = store::webhooks::cancel_pending(&tx, id, now).await?;
        tx.commit().await?;
        all += count;
        if count < u64::from(store::webhooks::CANCELLED_AT_ONCE) {
            return Ok(all);
        }
    }
}
