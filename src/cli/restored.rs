//! `surety restored`: another life of the feeds, after the database was restored from a copy.

use crate::config::Config;
use crate::service::restored;

use super::{connect, internal, open, say};

/// Makes every cursor of the events and of the feed of changes one of another life.
pub(super) async fn restored(config: Config) -> anyhow::Result<()> {
    let db = connect(&config).await?;
    let app = open(config, db).await?;
    internal(restored::begin_life(&app).await)?;
    say("cursors of events and changes that were handed out before are refused; their readers begin again")?;
    Ok(())
}
