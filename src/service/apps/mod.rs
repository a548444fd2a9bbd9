//! Partner apps as the platform's staff keeps them: made, switched on and off, with their secrets and storefront keys.

mod credentials;
mod manage;
mod read;

use crate::domain::actor::{Actor, Role, Scope, ScopeSet};
use crate::domain::credential::REVOKED_TOKENS_MAX;
use crate::domain::error::{Code, Refusal};
use crate::domain::ids::AppId;
use crate::domain::time::Timestamp;
use crate::store::{self, Tx};

use super::{Result, require_role, require_scope};

pub use credentials::{Rotation, create_key, revoke_key, revoke_secret, revoke_token, rotate_secret};
pub use manage::{AppDraft, create, create_company, set_active};
pub use read::{AppRow, apps, by_ids};

/// What a command on an app answered.
#[derive(Clone)]
pub struct Changed {
    /// The app after it.
    pub row: AppRow,
    /// The secret or key that it made, by its id.
    pub part: Option<String>,
    /// A new secret: shown now and never again, as nobody keeps it.
    pub secret: Option<String>,
    /// Whether this is the answer to an earlier command with the same key.
    pub replayed: bool,
}

impl std::fmt::Debug for Changed {
    /// Without the secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Changed({:?}, replayed: {})", self.row, self.replayed)
    }
}

fn require_staff(actor: &Actor) -> Result<()> {
    require_scope(actor, Scope::PlatformOperate)?;
    require_role(actor, &[Role::Operator])
}

/// Refuses to make staff mightier than whoever asks: an app of the platform's staff is made, or gets a secret, only by one that
/// holds all of its scopes. Which scopes partners' apps have is for the staff to say.
fn require_scopes_of(actor: &Actor, role: Role, scopes: ScopeSet) -> Result<()> {
    if role != Role::Operator {
        return Ok(());
    }
    scopes.iter().try_for_each(|scope| require_scope(actor, scope))
}

/// Refuses to take back more tokens of an app than nodes can be asked to remember. The app's row is locked.
pub(super) async fn check_revoked_count(tx: &Tx, app: AppId, now: Timestamp) -> Result<()> {
    if store::apps::count_revoked(tx, app, now).await? < REVOKED_TOKENS_MAX {
        return Ok(());
    }
    let message = format!(
        "{REVOKED_TOKENS_MAX} tokens of an app are taken back at once at most. Switch the app off, or wait until some have ended."
    );
    Err(Refusal::new(Code::StateConflict, message).into())
}
