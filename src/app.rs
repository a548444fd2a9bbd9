//! The composition root: everything impure enters here and is handed down.

use std::sync::Arc;

use crate::clock::Clock;
use crate::config::Config;
use crate::ids::IdGenerator;
use crate::service::auth::Standings;
use crate::service::keys::Keys;
use crate::store::Db;

/// What every use case works with; cheap to clone behind its [`Arc`].
#[derive(Debug)]
pub struct App {
    /// The database.
    pub db: Db,
    /// The injected clock.
    pub clock: Clock,
    /// Makes ids.
    pub ids: IdGenerator,
    /// The deployment's settings.
    pub config: Config,
    /// The keys that tokens are checked and signed with.
    pub keys: Keys,
    /// What apps were found to be, remembered for seconds.
    pub standings: Standings,
}

impl App {
    /// Puts the parts together.
    pub fn new(db: Db, clock: Clock, config: Config, keys: Keys) -> Arc<Self> {
        Arc::new(Self {
            db,
            clock,
            ids: IdGenerator::default(),
            config,
            keys,
            standings: Standings::default(),
        })
    }
}
