//! The use cases: authorise, load and lock, ask the domain, persist, append events — in one transaction.
//!
//! Only this layer opens transactions. It knows neither GraphQL nor HTTP.

pub mod apps;
pub mod audit_log;
pub mod auth;
pub mod bulk;
pub mod care;
pub mod catalogue;
pub mod changes;
pub mod costs;
pub mod deadlines;
pub mod demo;
pub mod deprecations;
pub mod documents;
pub mod events;
pub mod exchange;
pub mod files;
pub mod health;
pub mod import;
pub mod keys;
pub mod messages;
pub mod metrics;
pub mod oauth;
pub mod orders;
mod outbound;
pub mod parties;
mod passing;
pub mod payments;
pub mod payouts;
pub mod products;
pub mod quotes;
mod remembered;
pub mod restored;
pub mod reviews;
pub mod risk;
pub mod sandbox;
mod sealing;
pub mod search;
pub mod statements;
mod tally;
pub mod throttle;
pub mod trust;
pub mod verification;
pub mod webhooks;

use crate::domain::actor::{Actor, Role, Scope};
use crate::domain::error::{Code, Refusal};
use crate::faults::Injected;
use crate::store;

/// Why a use case did not happen. It has no `Display`, so that no detail leaks by accident.
#[derive(Debug)]
pub enum Error {
    /// The caller can mend it: travels as `userErrors` of a mutation's payload.
    Refused(Vec<Refusal>),
    /// The request as a whole is not allowed or not meaningful: travels as a top-level error.
    Denied(Refusal),
    /// Something failed inside; the detail is for the log only.
    Internal(anyhow::Error),
}

/// What a caller is told of a failure inside that passes by itself, such as a database that is away: OVERLOADED, and what to do.
/// None where it is a fault of ours.
pub fn overload(error: &anyhow::Error) -> Option<Refusal> {
    passing::overload(error)
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(vec![refusal])
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::ZeroByte => {
                Self::Denied(Refusal::invalid(&[], "No text here may hold the character U+0000."))
            }
            // A lock that is not to be had is load, not a fault.
            store::Error::LockTimeout => Self::Denied(Refusal::new(
                Code::Overloaded,
                "Somebody else is at work on this. Try again in a second.",
            )),
            other => Self::Internal(other.into()),
        }
    }
}

impl From<Injected> for Error {
    fn from(injected: Injected) -> Self {
        store::Error::from(injected).into()
    }
}

impl From<anyhow::Error> for Error {
    fn from(error: anyhow::Error) -> Self {
        Self::Internal(error)
    }
}

/// What use cases answer.
pub type Result<T> = std::result::Result<T, Error>;

/// Demands a scope: without a token UNAUTHENTICATED, without the scope FORBIDDEN.
pub fn require_scope(actor: &Actor, scope: Scope) -> Result<()> {
    if actor.scopes.contains(scope) {
        return Ok(());
    }
    Err(Error::Denied(denied(actor, format!("This needs the scope {scope}."))))
}

/// Demands one of the roles.
pub fn require_role(actor: &Actor, roles: &[Role]) -> Result<()> {
    if actor.role.is_some_and(|role| roles.contains(&role)) {
        return Ok(());
    }
    let words: Vec<_> = roles.iter().map(|role| role.as_str()).collect();
    Err(Error::Denied(denied(actor, format!("Only these roles may do this: {}.", words.join(", ")))))
}

fn denied(actor: &Actor, message: String) -> Refusal {
    if actor.is_anonymous() {
        Refusal::new(Code::Unauthenticated, "Send a valid token in the Authorization header.")
    } else {
        Refusal::new(Code::Forbidden, message)
    }
}
