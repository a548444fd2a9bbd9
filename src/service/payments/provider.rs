//! The port to a payment provider. Money is held by a licensed provider; here are only its sessions and messages.

use thiserror::Error;

use crate::domain::ids::PaymentId;
use crate::domain::money::Money;

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
    #[error("no provider is connected")]
    NotConnected,
}

/// The connected provider.
#[derive(Debug)]
pub enum Provider {
    /// Ours, which settles on command.
    Sandbox(SandboxProvider),
    /// One whose messages we receive and whose sessions are opened by the deployment's own connector.
    External {
        /// Its name in `/webhooks/payments/{provider}`.
        name: String,
    },
}

impl Provider {
    /// Its name in rows, accounts and `/webhooks/payments/{provider}`.
    pub fn name(&self) -> &str {
        match self {
            Self::Sandbox(_) => SandboxProvider::NAME,
            Self::External { name } => name,
        }
    }

    /// Opens a session; asking twice for one payment answers the same session.
    pub fn open_session(&self, payment: PaymentId, amount: Money) -> Result<Session, ProviderError> {
        match self {
            Self::Sandbox(sandbox) => Ok(sandbox.open_session(payment, amount)),
            Self::External { .. } => Err(ProviderError::NotConnected),
        }
    }

    /// Asks for a refund; its end is told by a message. Asking twice under one name gives the money back once.
    pub fn refund(&self, _name: &str, _amount: Money) -> Result<(), ProviderError> {
        self.take()
    }

    /// Asks for a payout; its end is told by a message. Asking twice under one name pays once.
    pub fn payout(&self, _name: &str, _amount: Money) -> Result<(), ProviderError> {
        self.take()
    }

    /// The sandbox takes every call and settles it later, by itself or on command.
    const fn take(&self) -> Result<(), ProviderError> {
        match self {
            Self::Sandbox(_) => Ok(()),
            Self::External { .. } => Err(ProviderError::NotConnected),
        }
    }
}
