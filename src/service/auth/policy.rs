//! What documents a session's app runs, for connections that outlast a change of it.

use super::Session;
use crate::app::App;

/// Brings up to date whether a session's app runs trusted documents only; at most as old as what is known of apps. Where the
/// database does not answer, what held before holds on.
pub async fn look_at_policy(app: &App, session: &mut Session) {
    let Some(grant) = &session.grant else { return };
    match app.standings.of(app, grant, app.clock.now()).await {
        Ok(Some(standing)) => session.trusted_documents_only = standing.app.trusted_documents_only,
        // Whether the caller may go on at all is another question.
        Ok(None) => {}
        Err(error) => tracing::warn!(?error, "an app's document policy could not be looked at again"),
    }
}
