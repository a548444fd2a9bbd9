//! Places where a test can make something go wrong. A running server has nobody to ask: one branch at each place.

use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use thiserror::Error;

/// Where something can go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// A transaction has written everything and is about to commit.
    BeforeCommit,
    /// A transaction has committed; nobody knows it yet.
    AfterCommit,
    /// Between two parts of what a command writes; the word names the part that comes next.
    BeforeWriting(&'static str),
    /// A payment provider is about to be called.
    BeforeProviderCall,
    /// A payment provider has answered; nothing is noted yet.
    AfterProviderCall,
    /// Everything is done but the answer to the caller.
    BeforeReply,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BeforeCommit => f.write_str("before commit"),
            Self::AfterCommit => f.write_str("after commit"),
            Self::BeforeWriting(part) => write!(f, "before writing the {part}"),
            Self::BeforeProviderCall => f.write_str("before the provider's call"),
            Self::AfterProviderCall => f.write_str("after the provider's call"),
            Self::BeforeReply => f.write_str("before the reply"),
        }
    }
}

/// What went wrong on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Injected {
    /// As if the database or the network had failed.
    #[error("a fault was injected {0}")]
    Failure(Place),
    /// As if the transaction had lost against another one.
    #[error("a lost transaction was injected {0}")]
    Lost(Place),
}

/// Somebody who makes things go wrong: answers an error, waits, or panics.
pub trait Saboteur: Send + Sync {
    /// The code has come to a place.
    fn reached(&self, place: Place) -> BoxFuture<'_, Result<(), Injected>>;
}

/// The hook that the code asks; empty in a running server.
#[derive(Clone, Default)]
pub struct Faults(Option<Arc<dyn Saboteur>>);

impl Faults {
    /// Lets a test's saboteur have its way.
    pub fn by(saboteur: Arc<dyn Saboteur>) -> Self {
        Self(Some(saboteur))
    }

    /// Tells that the code has come to a place, and fails where somebody wants it to.
    pub async fn at(&self, place: Place) -> Result<(), Injected> {
        match &self.0 {
            None => Ok(()),
            Some(saboteur) => saboteur.reached(place).await,
        }
    }
}

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Faults(injected)" } else { "Faults(none)" })
    }
}
