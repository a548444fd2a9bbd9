//! The port to a payment provider. Money is held by a licensed provider; here are only its sessions and messages.

use thiserror::Error;

use crate::app::App;
use crate::domain::provider::{ProviderCall, ProviderRefusal};
use crate::domain::time::Timestamp;
use crate::faults::Place;
use crate::service;

use super::gateway::Gateway;
use super::message::Message;
use super::sandbox::SandboxProvider;

/// Where a buyer pays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The provider's own name of the payment.
    pub reference: String,
    /// The page that the buyer is sent to.
    pub url: String,
}

/// Why a provider did not take a call.
#[derive(Debug, Clone, Error)]
pub enum ProviderError {
    /// No provider of this name is connected.
    #[error("no provider of this name is connected")]
    NotConnected,
    /// It said no, and has done nothing.
    #[error("{because}: {reason}")]
    Refused {
        /// The word that says why.
        because: ProviderRefusal,
        /// The same for people.
        reason: String,
    },
    /// It was not reached, or did not answer in time: whether it did anything is not known.
    #[error("{0}")]
    Unreachable(String),
    /// Its answer says nothing: whether it did anything is not known.
    #[error("{0}")]
    Unclear(String),
}

/// How something stands that a provider was asked for.
pub(super) enum Standing {
    /// It knows nothing of it.
    Unknown,
    /// It is under way.
    UnderWay,
    /// What its message would say.
    Told(Box<Message>),
}

/// The connected provider.
#[derive(Debug)]
pub enum Provider {
    /// Ours, which settles on command.
    Sandbox(SandboxProvider),
    /// One that is spoken to by the protocol of `docs/PAYMENTS.md`.
    Gateway(Box<Gateway>),
}

/// Waits for a call to the connected provider, whose state is kept off the stack of the command. Every call goes this way, outside any transaction, so that tests can let
/// it fail before and after.
pub async fn ask<T>(app: &App, call: impl Future<Output = T>) -> service::Result<T> {
    app.faults().at(Place::BeforeProviderCall).await?;
    let answer = Box::pin(call).await;
    app.faults().at(Place::AfterProviderCall).await?;
    Ok(answer)
}

impl Provider {
    /// Its name in rows, accounts and `/webhooks/payments/{provider}`.
    pub fn name(&self) -> &str {
        match self {
            Self::Sandbox(_) => SandboxProvider::NAME,
            Self::Gateway(gateway) => gateway.name(),
        }
    }

    /// When it is first asked how a call stands that it has taken; never where its messages cannot be lost.
    pub fn first_question(&self, call: &ProviderCall, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Sandbox(_) => None,
            Self::Gateway(_) => call.question_at(now),
        }
    }

    /// How many calls it is asked at the same time.
    pub(super) const fn width(&self) -> usize {
        match self {
            Self::Sandbox(_) => 1,
            Self::Gateway(_) => 8,
        }
    }

    fn is_meant(&self, call: &ProviderCall) -> Result<(), ProviderError> {
        if call.provider == self.name() { Ok(()) } else { Err(ProviderError::NotConnected) }
    }

    /// Opens a session; asking twice for one payment answers the same session.
    pub async fn open_session(&self, app: &App, call: &ProviderCall) -> Result<Session, ProviderError> {
        self.is_meant(call)?;
        match self {
            Self::Sandbox(sandbox) => Ok(sandbox.open_session(&call.subject, call.amount)),
            Self::Gateway(gateway) => gateway.open_session(app, call).await,
        }
    }

    /// Asks for a refund, a payout or the end of a session. How it goes on is told by a message. Asking twice under one
    /// key does it once. The sandbox takes every call and settles it later, by itself or on command.
    pub async fn send(&self, app: &App, call: &ProviderCall) -> Result<(), ProviderError> {
        self.is_meant(call)?;
        match self {
            Self::Sandbox(_) => Ok(()),
            Self::Gateway(gateway) => gateway.send(app, call).await,
        }
    }

    /// Asks how something stands that was asked for before.
    pub(super) async fn standing(&self, app: &App, call: &ProviderCall) -> Result<Standing, ProviderError> {
        self.is_meant(call)?;
        match self {
            Self::Sandbox(_) => Ok(Standing::UnderWay),
            Self::Gateway(gateway) => gateway.standing(app, call).await,
        }
    }
}
