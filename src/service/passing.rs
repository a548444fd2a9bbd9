//! Which errors pass by themselves: one rule for all work that the server does without a caller.

use super::Error;
use crate::domain::error::{Code, Refusal};
use crate::store;

/// Whether an error is of the moment and says nothing of what was tried: a lost transaction, a lock or a connection that was
/// not to be had, a database that is away.
pub(crate) fn may_pass(error: &Error) -> bool {
    match error {
        Error::Denied(refusal) => refusal.code == Code::Overloaded,
        Error::Refused(_) => false,
        Error::Internal(inner) => inner.downcast_ref().is_some_and(|error: &store::Error| match error {
            store::Error::Retry
            | store::Error::LockTimeout
            | store::Error::Busy(_)
            | store::Error::Unavailable(_) => true,
            store::Error::Database(_) => !error.is_unreadable() && !error.is_refusal(),
            store::Error::Constraint(_) | store::Error::ZeroByte | store::Error::Corrupt(_) => false,
        }),
    }
}

/// What a caller is told of a failure that is load or absence and no fault: the database had no time or was away. None where
/// something else failed.
///
/// A commit whose answer was lost may have counted, so nothing is said of whether a mutation was done: with the same key it is
/// done once.
pub(super) fn overload(error: &anyhow::Error) -> Option<Refusal> {
    let message = match error.downcast_ref::<store::Error>()? {
        store::Error::Busy(_) => {
            "The server has too much to do, or its database is away. Try again in a second, a mutation with the same idempotency key."
        }
        store::Error::Unavailable(_) => {
            "The database does not answer at the moment. Try again in a second; whether a mutation was done is not known, so send \
             it again with the same idempotency key."
        }
        // A lock that is not to be had is told where it happens. Who loses against others five times in a row meets a fault.
        store::Error::Retry
        | store::Error::LockTimeout
        | store::Error::Constraint(_)
        | store::Error::ZeroByte
        | store::Error::Corrupt(_)
        | store::Error::Database(_) => return None,
    };
    tracing::warn!(error = format!("{error:#}"), "a caller was told to come back");
    Some(Refusal::new(Code::Overloaded, message))
}

#[cfg(test)]
mod tests {
    use super::*;
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
