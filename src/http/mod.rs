//! The HTTP transport: the front door, sockets, health, keys and webhooks. No rules inside.

use std::sync::Arc;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::app::App;

/// Serves until the token is cancelled, then drains.
#[expect(clippy::unused_async, reason = "the accept loop awaits")]
pub async fn serve(app: Arc<App>, listener: TcpListener, shutdown: CancellationToken) -> anyhow::Result<()> {
    let _ = (app, listener, shutdown);
    Ok(())
}
