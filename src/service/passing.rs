//! Which errors pass by themselves: one rule for all work that the server does without a caller.

use super::Error;
use crate::domain::error::Code;
use crate::store;

/// Whether an error is of the moment and says nothing of what was tried: a lost transaction, a lock or a connection that was
/// not to be had, a database that is away.
pub(crate) fn may_pass(error: &Error) -> bool {
    match error {
        Error::Denied(refusal) => refusal.code == Code::Overloaded,
        Error::Refused(_) => false,
        Error::Internal(inner) => inner.downcast_ref().is_some_and(|error: &store::Error| match error {
            store::Error::Retry | store::Error::LockTimeout => true,
            store::Error::Database(_) => !error.is_unreadable() && !error.is_refusal(),
            store::Error::Constraint(_) | store::Error::ZeroByte | store::Error::Corrupt(_) => false,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::error::Refusal;
    use crate::faults::{Injected, Place};

    #[test]
    fn only_what_may_pass_is_tried_again() {
        for error in
            [store::Error::Retry, store::Error::LockTimeout, Injected::Failure(Place::BeforeCommit).into()]
        {
            assert!(may_pass(&error.clone().into()), "{error}");
        }
        for error in [
            store::Error::Corrupt("a row".to_owned()),
            store::Error::Constraint("a rule".to_owned()),
            store::Error::ZeroByte,
        ] {
            assert!(!may_pass(&error.clone().into()), "{error}");
        }
        assert!(!may_pass(&Error::Internal(anyhow::anyhow!("something else"))));
        assert!(!may_pass(&Refusal::not_found("webhook endpoint").into()));
    }
}
