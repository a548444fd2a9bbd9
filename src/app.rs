//! The composition root: everything impure enters here and is handed down.

use std::sync::Arc;

use crate::clock::Clock;
use crate::config::Config;
use crate::ids::IdGenerator;
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
}

impl App {
    /// Puts the parts together.
    pub fn new(db: Db, clock: Clock, config: Config) -> Arc<Self> {
        Arc::new(Self { db, clock, ids: IdGenerator::default(), config })
    }
}
