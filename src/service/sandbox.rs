//! What only a sandbox does: advance the clock.

use crate::app::App;
use crate::domain::actor::{Actor, Scope};
use crate::domain::error::{Code, Refusal};
use crate::domain::time::{Span, Timestamp};
use crate::store;

use super::{Error, Result, deadlines, metrics, payments, require_scope, risk, trust};

/// How far one call may advance the clock.
const MOST: Span = Span::days(366);

/// Looks how far other nodes have advanced the sandbox's clock; the node's jobs call it.
pub async fn look_at_clock(app: &App) -> Result<()> {
    if app.config.is_sandbox() {
        app.see_sandbox_offset(store::settings::clock_offset(&app.db).await?);
    }
    Ok(())
}

/// Advances the sandbox's clock and lets every timer fire that is over then, through the same code as production.
/// Answers the instant that it is now and how many timers fired.
pub async fn advance_clock(app: &App, actor: &Actor, by: Span) -> Result<(Timestamp, u64)> {
    require_scope(actor, Scope::OrdersWrite)?;
    if !app.config.is_sandbox() {
        return Err(Error::Denied(Refusal::new(Code::SandboxOnly, "Only a sandbox has a clock to advance.")));
    }
    if by <= Span::ZERO || by > MOST {
        return Err(Refusal::invalid(
            &["input", "by"],
            "The clock goes forward, by at most 366 days at once.",
        )
        .into());
    }
    let tx = app.db.begin().await?;
    let offset = store::settings::advance_clock(&tx, by).await?;
    tx.commit().await?;
    app.see_sandbox_offset(offset);
    app.wake.jumped();
    // Time passes for the provider, too: what it was asked for arrives.
    payments::work_off(app).await?;
    payments::sandbox::settle_asked(app).await?;
    let fired = deadlines::sweep(app).await?;
    metrics::add_up(app).await?;
    trust::sweep(app).await?;
    risk::sweep(app).await?;
    Ok((super::orders::now(app).await?, fired))
}
