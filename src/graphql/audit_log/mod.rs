//! The audit log: who did what with which token, and the root of the mutations that writes it.

mod watched;

pub use watched::{Sent, Watched};

use async_graphql::{ComplexObject, Context, ID, InputObject, Object, Result, SimpleObject};

use super::apps::PartnerAppRole;
use super::connection::{connection, page_arguments};
use super::context::ContextExt;
use super::enums::mirror;
use super::error::ErrorCode;
use super::inputs::id;
use super::scalars::{Cursor, DateTime};
use crate::domain::audit_log::{Input, Inside, Shown};
use crate::domain::error::Refusal;
use crate::service::Error;
use crate::service::audit_log::{self, EntryFilter};

mirror! {
    /// How a mutation ended.
    AuditLogOutcome = "crate::domain::audit_log::OutcomeKind" {
        /// It was done.
        Done,
        /// It had been done before with the same idempotency key, and was answered from then.
        Replayed,
        /// It was checked and nothing was changed, as was asked for (`validateOnly`).
        Validated,
        /// It was refused, or failed inside; nothing was changed.
        Refused,
    }
}

connection!(AuditLogEntryConnection, AuditLogEntryEdge, AuditLogEntry, "entries of the audit log");

/// One mutation that somebody sent, or a token that was got or taken back: who did what with which token, and how it ended. It holds neither the input nor the token.
/// Of what other companies did you see those acts that concern you: what was done to what, when, and in which role.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct AuditLogEntry {
    #[graphql(skip)]
    key: ID,
    /// When the server began with it, by its own clock: the days that a sandbox was advanced by do not count.
    occurred_at: DateTime,
    /// The mutation's field, such as `confirmOrder`; `oauth/token` where a token was got at that path, and `oauth/revoke` where
    /// one was taken back there.
    operation: String,
    /// How it ended. Others' acts are always `DONE`.
    outcome: AuditLogOutcome,
    /// The role of whoever did it; what the platform's staff did is `OPERATOR`. Null where a role is on record that this server
    /// does not know.
    role: Option<PartnerAppRole>,
    /// The order that it is about, or that its input named.
    order_id: Option<ID>,
    /// What it is about, or what its input named first: an id of any type.
    subject_id: Option<ID>,
    /// Whether your company did it, and you see all of it; always true for operators.
    is_own: bool,
    /// Why it was refused, the first reason of several; null where it was not, and where a code is on record that this server does
    /// not know.
    error_code: Option<ErrorCode>,
    /// The company that it was done for; null for the platform's own apps, and for other companies' acts.
    company_id: Option<ID>,
    /// The app that did it; null for other companies' acts.
    app_id: Option<ID>,
    /// The person, where the token names one; null for other companies' acts.
    member_id: Option<ID>,
    /// What names the token: its own id (`jti`), or the first 16 hexadecimal digits of its SHA-256; of `oauth/token` and
    /// `oauth/revoke` the token that they are about. Null for other companies' acts, and where no request from outside asked
    /// for it.
    token_id: Option<String>,
    /// The request's id, as its answer had it in `x-request-id`: the caller's own where it sent one; null for other companies' acts.
    request_id: Option<String>,
    /// The first 16 hexadecimal digits of the SHA-256 of the idempotency key; null for other companies' acts.
    idempotency_key_digest: Option<String>,
    /// The SHA-256 of the field's arguments as they were sent, as JSON in the form of RFC 8785, in hexadecimal; of `oauth/token`
    /// that of an object with the `scope` and the `company` that were asked for. Null for other companies' acts.
    input_sha256: Option<String>,
}

#[ComplexObject]
impl AuditLogEntry {
    /// Its id.
    pub async fn id(&self) -> ID {
        self.key.clone()
    }
}

impl From<Shown> for AuditLogEntry {
    fn from(shown: Shown) -> Self {
        let is_own = shown.inside.is_some();
        let (app, company, member, token, request, input) = match shown.inside {
            Some(Inside { app, company, member, token, request, input }) => {
                (Some(app), company, member, token, request, input)
            }
            None => (None, None, None, None, None, Input::default()),
        };
        Self {
            key: shown.id.into(),
            occurred_at: DateTime(shown.occurred_at),
            operation: shown.operation,
            outcome: shown.outcome.into(),
            role: shown.role.map(PartnerAppRole::from),
            order_id: shown.subject.order.map(ID::from),
            subject_id: shown.subject.id.map(ID::from),
            is_own,
            error_code: shown.code.map(ErrorCode::from),
            company_id: company.map(ID::from),
            app_id: app.map(ID::from),
            member_id: member.map(ID::from),
            token_id: token,
            request_id: request,
            idempotency_key_digest: input.key_digest,
            input_sha256: input.sha256,
        }
    }
}

/// Which entries of the audit log.
#[derive(Debug, Clone, Default, InputObject)]
pub struct AuditLogEntryFilterInput {
    /// Only of these mutations, by the names of their fields, or by `oauth/token` and `oauth/revoke`; at most 20.
    #[graphql(validator(max_items = 20))]
    operations: Option<Vec<String>>,
    /// Only those that ended so.
    outcome: Option<AuditLogOutcome>,
    /// Only what this app did for your company.
    app_id: Option<ID>,
    /// Only what was done with this token for your company, by its `tokenId`.
    token_id: Option<String>,
    /// Only at or after this instant.
    from: Option<DateTime>,
    /// Only before this instant.
    before: Option<DateTime>,
    /// Only about this object or order.
    subject_id: Option<ID>,
}

impl AuditLogEntryFilterInput {
    fn read(self) -> Result<EntryFilter, Refusal> {
        Ok(EntryFilter {
            operations: self.operations.unwrap_or_default(),
            outcome: self.outcome.map(Into::into),
            app: self.app_id.as_ref().map(|app| id("app", &["filter", "appId"], app)).transpose()?,
            token: self.token_id,
            from: self.from.map(|from| from.0),
            before: self.before.map(|before| before.0),
            subject: self.subject_id.map(|subject| subject.0),
        })
    }
}

/// Reading the audit log.
#[derive(Debug, Default)]
pub struct AuditLogQuery;

/// Reading the audit log.
#[Object]
impl AuditLogQuery {
    /// Who did what with which token, newest first: every mutation of your company's apps, the tokens that they got and took
    /// back, and what others did that concerns your company. Operators see all. Entries are kept for ever, and nobody can change one. One can appear up to a minute after
    /// its `occurredAt`, behind entries that are newer: to follow the log, ask with `filter.from` a minute before what you have
    /// read, and leave out what you know by its `id`. Scope: `orders:read`.
    async fn audit_log_entries(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which entries.")] filter: Option<AuditLogEntryFilterInput>,
        #[graphql(desc = "How many from the start or behind `after`: 0 to 100, 20 unless given.")]
        first: Option<i32>,
        #[graphql(desc = "Only entries behind this cursor.")] after: Option<Cursor>,
        #[graphql(desc = "How many from the end or before `before`: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only entries before this cursor.")] before: Option<Cursor>,
    ) -> Result<AuditLogEntryConnection> {
        let page = page_arguments(first, after, last, before, None).check().map_err(Error::from)?;
        let count = ctx.look_ahead().field("totalCount").exists();
        let filter = filter.unwrap_or_default().read().map_err(Error::from)?;
        let slice = audit_log::entries(ctx.app()?, ctx.actor()?, &filter, &page, count).await?;
        Ok(AuditLogEntryConnection(slice.map(AuditLogEntry::from)))
    }
}
