//! How nodes tell each other that the log grew, beside the database. Whatever is told is a hint: it may be lost, come late,
//! twice or out of turn, and a node that hears none reads the log all the same.

use std::fmt::Debug;

use crate::app::App;
use crate::config::Config;
use crate::service::Result;
use crate::store::events::Growth;

/// Carries hints from node to node.
#[async_trait::async_trait]
pub trait Herald: Debug + Send + Sync {
    /// Whether a hint can be told now; otherwise the database has to.
    fn is_connected(&self) -> bool;

    /// Tells the other nodes and waits for nobody; false where the hint was dropped.
    fn tell(&self, grown: &Growth) -> bool;

    /// Hears what other nodes tell and wakes this one's follower, for as long as that goes on.
    async fn listen(&self, app: &App) -> Result<()>;
}

/// The herald that the settings name; none where only the database wakes nodes.
#[cfg(feature = "nats")]
pub fn herald(config: &Config) -> Option<Box<dyn Herald>> {
    let settings = config.nats.clone()?;
    Some(Box::new(super::nats::Nats::new(settings)))
}

/// None: the settings of a program that was built without NATS name no herald, or stop the start.
#[cfg(not(feature = "nats"))]
pub fn herald(_config: &Config) -> Option<Box<dyn Herald>> {
    None
}
