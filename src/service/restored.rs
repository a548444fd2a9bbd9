//! After the database was restored from a copy: readers' places may lie behind what was lost.

use crate::app::App;
use crate::domain::contract::hexadecimal;
use crate::ids::random_bytes;
use crate::store;

use super::Result;

/// Begins another life of the event log and of the feed of changes: every cursor that was handed out before is refused
/// with `CURSOR_EPOCH_CHANGED`, so that no reader goes on from a place that means something else now.
pub async fn begin_life(app: &App) -> Result<()> {
    let epoch = hexadecimal(&random_bytes::<16>());
    let tx = app.db.begin().await?;
    store::events::begin_life(&tx, &epoch).await?;
    store::catalogue::changes::begin_life(&tx, &epoch).await?;
    Ok(tx.commit().await?)
}
