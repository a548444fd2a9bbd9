//! Whether the server can do its work.

use crate::app::App;

use super::Result;

/// Whether the database answers.
pub async fn ready(app: &App) -> Result<()> {
    Ok(app.db.answers().await?)
}
