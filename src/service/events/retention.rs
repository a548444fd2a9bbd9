//! Events are told for so many days; the log itself stays.

use crate::app::App;
use crate::service::Result;
use crate::store::events::head;
use crate::store::events::retention::{self, first_since};

/// Events of one transaction on SQLite: commands wait for it.
const AT_ONCE: i64 = 1_000;
/// Transactions of one turn.
const TURNS: usize = 20;

/// Ends the telling of what is older than `SURETY_EVENT_DAYS`, a bounded part in each turn.
pub async fn retain(app: &App) -> Result<()> {
    let known = head(&app.db).await?;
    if app.db.is_postgres() {
        for part in retention::missing_parts(&app.db, &known).await? {
            let tx = app.db.begin().await?;
            retention::make_part(&tx, part).await?;
            tx.commit().await?;
        }
    }
    let now = app.clock.now().plus(app.sandbox_offset());
    let oldest = first_since(&app.db, &known, now.minus(app.config.events_told_for)).await?;
    if oldest > known.oldest {
        let tx = app.db.begin().await?;
        retention::refuse_before(&tx, oldest).await?;
        tx.commit().await?;
        tracing::info!(oldest, "events before this place are no longer told");
    }
    if oldest > known.indexed_from {
        for _ in 0..TURNS {
            let tx = app.db.begin().await?;
            let goes_on = retention::forget(&tx, AT_ONCE).await?;
            tx.commit().await?;
            if !goes_on {
                break;
            }
        }
    }
    Ok(())
}
