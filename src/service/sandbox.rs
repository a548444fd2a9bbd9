//! What only a sandbox does: advance the clock.

use serde_json::json;

use crate::app::App;
use crate::domain::actor::{Actor, Scope};
use crate::domain::error::{Code, Refusal};
use crate::domain::time::{Span, Timestamp};
use crate::store;

use super::orders::{Begun, Claimed, Envelope, Made, retrying};
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

/// What an advance of the clock came to.
#[derive(Debug, Clone, Copy)]
pub struct Advance {
    /// The instant that it is now.
    pub now: Timestamp,
    /// How many timers fired by this call.
    pub fired: u64,
    /// Whether an earlier command with the same key had advanced it.
    pub replayed: bool,
}

/// Advances the sandbox's clock and lets every timer fire that is over then, through the same code as production. Where it was
/// advanced with this key before, what is still over fires.
pub async fn advance_clock(app: &App, actor: &Actor, by: Span, envelope: &Envelope) -> Result<Advance> {
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
    let input = json!({ "seconds": by.as_seconds() });
    let attempt = async || {
        let begun = Claimed::begin(app, actor, envelope, "advanceSandboxClock", &input).await?;
        let Begun::Fresh(claimed) = begun else { return Ok(None) };
        let offset = store::settings::advance_clock(&claimed.tx, by).await?;
        claimed.finish(app, &Made::default()).await?;
        Ok(Some(offset))
    };
    let advanced = retrying(attempt).await?;
    match advanced {
        Some(offset) => {
            app.see_sandbox_offset(offset);
            app.wake.jumped();
        }
        None => look_at_clock(app).await?,
    }
    // Time passes for the provider, too: what it was asked for arrives.
    payments::work_off(app).await?;
    payments::sandbox::settle_asked(app).await?;
    let fired = deadlines::sweep(app).await?;
    metrics::add_up(app).await?;
    trust::sweep(app).await?;
    risk::sweep(app).await?;
    Ok(Advance { now: super::orders::now(app).await?, fired, replayed: advanced.is_none() })
}
