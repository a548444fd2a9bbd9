//! The only place where refusals and failures become GraphQL errors.

use async_graphql::{ComplexObject, Context, Enum, Error, ErrorExtensions, Interface, SimpleObject};
use uuid::Uuid;

use crate::domain::error::{Code, Detail, Refusal, with_codes};
use crate::service;

use super::catalogue::{Node, find_node};
use super::orders::words::BlockReason;
use super::scalars::Money;
use super::trust::words::BadgeCriterionKind;

impl From<service::Error> for Error {
    fn from(error: service::Error) -> Self {
        Self::from(&error)
    }
}

impl From<&service::Error> for Error {
    fn from(error: &service::Error) -> Self {
        match error {
            service::Error::Denied(refusal) => top_level(refusal),
            service::Error::Refused(refusals) => match refusals.first() {
                Some(refusal) => top_level(refusal),
                None => internal(&anyhow::anyhow!("refused without a reason")),
            },
            service::Error::Internal(error) => {
                service::overload(error).map_or_else(|| internal(error), |refusal| top_level(&refusal))
            }
        }
    }
}

/// A refusal as a top-level error with its code. One that says that something failed inside is a failure of ours.
pub fn top_level(refusal: &Refusal) -> Error {
    if refusal.code == Code::Internal {
        return internal(&anyhow::anyhow!("{}", refusal.message));
    }
    Error::new(&refusal.message).extend_with(|_, extensions| {
        extensions.set("code", refusal.code.as_str());
        if !refusal.field.is_empty() {
            extensions.set("field", refusal.field.clone());
        }
    })
}

/// A failure of ours: a fixed text and an id for the caller, the detail for the log, once. The text does not say that nothing was
/// changed: what fails behind the commit, or while its answer is lost, was done.
pub fn internal(error: &anyhow::Error) -> Error {
    let incident = Uuid::from_bytes(crate::ids::random_bytes()).simple().to_string();
    tracing::error!(incident, error = format!("{error:#}"), "internal error");
    let message = "Something failed inside. A mutation may have been done: send it again with the same idempotency key.";
    Error::new(message).extend_with(|_, extensions| {
        extensions.set("code", Code::Internal.as_str());
        extensions.set("incidentId", incident.as_str());
    })
}

macro_rules! error_codes {
    ($($(#[doc = $doc:literal])* $name:ident => $text:literal;)*) => {
        /// Why something was refused. Documented in `docs/ERRORS.md`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
        #[graphql(remote = "Code")]
        pub enum ErrorCode {$(
            $(#[doc = $doc])*
            $name,
        )*}
    };
}

with_codes!(error_codes);

/// What the caller can mend. Nothing was changed.
#[derive(Debug, Clone, Interface)]
#[graphql(
    field(name = "code", ty = "&ErrorCode", desc = "Which mistake."),
    field(name = "field", ty = "&Option<Vec<String>>", desc = "The path of the input field at fault."),
    field(name = "message", ty = "&String", desc = "What is wrong and what to do, for a person.")
)]
pub enum UserError {
    /// A mistake in the input.
    InputError(InputError),
    /// The object's state does not allow the command.
    TransitionRefused(TransitionRefused),
    /// The object moved on.
    VersionConflict(VersionConflict),
    /// Another amount is due.
    AmountMismatch(AmountMismatch),
    /// A badge cannot be granted.
    BadgeRefused(BadgeRefused),
}

/// A mistake in the input.
#[derive(Debug, Clone, SimpleObject)]
pub struct InputError {
    /// Which mistake.
    code: ErrorCode,
    /// The path of the input field at fault.
    field: Option<Vec<String>>,
    /// What is wrong and what to do, for a person.
    message: String,
}

/// The object's state does not allow the command.
#[derive(Debug, Clone, SimpleObject)]
pub struct TransitionRefused {
    /// Always `TRANSITION_REFUSED` or a code that says more.
    code: ErrorCode,
    /// The path of the input field at fault.
    field: Option<Vec<String>>,
    /// What is wrong and what to do, for a person.
    message: String,
    /// The object's status, such as `SHIPPED`.
    from: String,
    /// What you can do with it now: words of `OrderAction` for an order, of `QuoteAction` for a quote, and `PUBLISH_PRODUCT` or
    /// `WITHDRAW_PRODUCT` for a product. At most one of each.
    allowed_actions: Vec<String>,
    /// What stands in the way, most important first; only orders know it. At most one of each.
    blocked_by: Vec<BlockReason>,
}

/// The object was changed since the version that the caller expected.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct VersionConflict {
    /// Always `VERSION_CONFLICT`.
    code: ErrorCode,
    /// The path of the input field at fault.
    field: Option<Vec<String>>,
    /// What is wrong and what to do, for a person.
    message: String,
    /// The version that the caller expected.
    expected_version: i32,
    /// The version that is current.
    current_version: i32,
    /// The names of the object's fields that differ between the two versions. At most one of each field. Null where the version that
    /// you expected is not kept: only products keep theirs, see `Product.versions`. What happened since then to an order or a
    /// supplier is told by the events in `Order.timeline` and `Supplier.events`, each with the version that it belongs to.
    changed_fields: Option<Vec<String>>,
    #[graphql(skip)]
    subject: String,
}

/// The object was changed since the version that the caller expected.
#[ComplexObject]
impl VersionConflict {
    /// The object as it is now, to decide again by; null where your token may not read it, and for a rule, which has no id.
    async fn current(&self, ctx: &Context<'_>) -> Result<Option<Node>, Error> {
        find_node(ctx, &self.subject).await
    }
}

/// Another amount is due.
#[derive(Debug, Clone, SimpleObject)]
pub struct AmountMismatch {
    /// Always `AMOUNT_MISMATCH`.
    code: ErrorCode,
    /// The path of the input field at fault.
    field: Option<Vec<String>>,
    /// What is wrong and what to do, for a person.
    message: String,
    /// What is due.
    expected: Money,
    /// What came.
    actual: Money,
}

/// A badge cannot be granted yet.
#[derive(Debug, Clone, SimpleObject)]
pub struct BadgeRefused {
    /// Always `BADGE_CRITERIA_UNMET`.
    code: ErrorCode,
    /// The path of the input field at fault.
    field: Option<Vec<String>>,
    /// What is wrong and what to do, for a person.
    message: String,
    /// The criteria that are not met. At most one of each.
    unmet_criteria: Vec<BadgeCriterionKind>,
}

impl From<Refusal> for UserError {
    fn from(refusal: Refusal) -> Self {
        let code = ErrorCode::from(refusal.code);
        let field = (!refusal.field.is_empty()).then_some(refusal.field);
        let message = refusal.message;
        let words = |list: Vec<&'static str>| list.into_iter().map(str::to_owned).collect();
        let small = |version: i64| i32::try_from(version).unwrap_or(i32::MAX);
        match refusal.detail {
            None => Self::InputError(InputError { code, field, message }),
            Some(Detail::Transition { from, allowed_actions, blocked_by }) => {
                Self::TransitionRefused(TransitionRefused {
                    code,
                    field,
                    message,
                    from: from.to_owned(),
                    allowed_actions: words(allowed_actions),
                    blocked_by: blocked_by.into_iter().map(BlockReason::from).collect(),
                })
            }
            Some(Detail::Version { subject, expected, current, changed_fields }) => {
                Self::VersionConflict(VersionConflict {
                    code,
                    field,
                    message,
                    expected_version: small(expected),
                    current_version: small(current),
                    changed_fields: changed_fields.map(|list| words(list.into_vec())),
                    subject,
                })
            }
            Some(Detail::Amount { expected, actual }) => Self::AmountMismatch(AmountMismatch {
                code,
                field,
                message,
                expected: expected.into(),
                actual: actual.into(),
            }),
            Some(Detail::Badge { unmet }) => {
                let unmet_criteria = unmet.into_iter().map(BadgeCriterionKind::from).collect();
                Self::BadgeRefused(BadgeRefused { code, field, message, unmet_criteria })
            }
        }
    }
}

/// Splits a use case's answer: what the caller can mend is data, all else is a top-level error. Every mutation's answer comes
/// through here, so here the audit log hears how it ended.
pub fn user_errors<T>(answer: service::Result<T>) -> Result<Result<T, Vec<UserError>>, Error> {
    service::audit_log::note_answer(&answer);
    match answer {
        Ok(value) => Ok(Ok(value)),
        Err(service::Error::Refused(refusals)) => {
            // A failure of ours is nothing that the caller can mend.
            match refusals.iter().find(|refusal| refusal.code == Code::Internal) {
                Some(failure) => Err(top_level(failure)),
                None => Ok(Err(refusals.into_iter().map(UserError::from).collect())),
            }
        }
        Err(other) => Err(other.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_of_ours_has_an_incident_and_no_detail_wherever_it_is_said() {
        let failure = Refusal::new(Code::Internal, "The order lacks its dates.");
        let refused = user_errors::<()>(Err(service::Error::Refused(vec![failure.clone()]))).unwrap_err();
        let denied = Error::from(service::Error::Denied(failure));
        for error in [refused, denied] {
            assert!(!error.message.contains("dates"), "{error:?}");
            let extensions = error.extensions.unwrap();
            assert_eq!(extensions.get("code"), Some(&Code::Internal.as_str().into()));
            assert!(extensions.get("incidentId").is_some(), "{extensions:?}");
        }
        let refusal = Refusal::not_found("order");
        let told = user_errors::<()>(Err(service::Error::Refused(vec![refusal]))).unwrap().unwrap_err();
        assert_eq!(told.len(), 1);
    }
}
