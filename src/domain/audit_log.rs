//! The audit log: who did what with which token, one line for each mutation that somebody sent.
//!
//! A line holds ids, words and hashes. It never holds the input, a name, a secret or a text that a caller chose.

use serde_json::Value;

use super::actor::{Actor, Role};
use super::contract::sha256_hex;
use super::error::Code;
use super::ids::{AppId, AuditLogEntryId, CompanyId, MemberId, OrderId, is_id};
use super::time::Timestamp;
use super::words::words;

/// Hexadecimal digits of a digest that names something without telling it.
const DIGEST_DIGITS: usize = 16;

words! {
    /// How a mutation ended, as a word.
    OutcomeKind {
        /// It was done.
        Done => "DONE",
        /// It had been done before with the same key, and was answered from then.
        Replayed => "REPLAYED",
        /// It was checked and nothing was changed, as was asked for (`validateOnly`).
        Validated => "VALIDATED",
        /// It was refused, or failed inside; nothing was changed.
        Refused => "REFUSED",
    }
}

/// How a mutation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Done,
    /// It had been done before with the same key.
    Replayed,
    /// It was checked only.
    Validated,
    /// It was refused for this reason, the first where there were several.
    Refused(Code),
}

impl Outcome {
    /// Its word.
    pub const fn kind(self) -> OutcomeKind {
        match self {
            Self::Done => OutcomeKind::Done,
            Self::Replayed => OutcomeKind::Replayed,
            Self::Validated => OutcomeKind::Validated,
            Self::Refused(_) => OutcomeKind::Refused,
        }
    }

    /// Why it was refused.
    pub const fn code(self) -> Option<Code> {
        match self {
            Self::Done | Self::Replayed | Self::Validated => None,
            Self::Refused(code) => Some(code),
        }
    }
}

/// Who acts, as a line keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Author {
    /// The app.
    pub app: AppId,
    /// The acting company; none for the platform's own apps.
    pub company: Option<CompanyId>,
    /// The person, where the token names one.
    pub member: Option<MemberId>,
    /// The role.
    pub role: Role,
}

impl Author {
    /// The author that a caller is; a caller without a token is nobody, and leaves no line.
    pub fn of(actor: &Actor) -> Option<Self> {
        let (app, role) = actor.app.zip(actor.role)?;
        Some(Self { app, company: actor.company, member: actor.member, role })
    }

    /// The company whose own act it is. What the platform's staff do is no company's, also where their token names one.
    pub fn owner(&self) -> Option<CompanyId> {
        self.company.filter(|_| self.role != Role::Operator)
    }
}

/// What a command is about: ids, whether or not they name something that is there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subject {
    /// The order.
    pub order: Option<OrderId>,
    /// What it is about, an id of any type; the order itself where it is about nothing else.
    pub id: Option<String>,
}

/// What the log says of the input of a command.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Input {
    /// The first 16 digits of the idempotency key's SHA-256: a caller may write anything into a key.
    pub key_digest: Option<String>,
    /// The SHA-256 of the field's arguments in the form of RFC 8785, so that whoever sent them can show that they are meant.
    pub sha256: Option<String>,
}

/// A line as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its id.
    pub id: AuditLogEntryId,
    /// When the server began with the command, by the clock of the machine: a sandbox's days do not count.
    pub occurred_at: Timestamp,
    /// The mutation's field.
    pub operation: String,
    /// Who acted.
    pub author: Author,
    /// The token's own id, or the first 16 digits of its hash; never the token.
    pub token: Option<String>,
    /// The request's id, which the log of the server has as well.
    pub request: Option<String>,
    /// What it is about.
    pub subject: Subject,
    /// How it ended.
    pub outcome: Outcome,
    /// What was sent.
    pub input: Input,
}

/// A line as it is read: lines are kept for ever, so one may come from another release. A word that this one does not know is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line<Within = Inside> {
    /// Its id.
    pub id: AuditLogEntryId,
    /// When the server began with the command.
    pub occurred_at: Timestamp,
    /// The mutation's field.
    pub operation: String,
    /// The part that whoever acted played.
    pub role: Option<Role>,
    /// What it is about.
    pub subject: Subject,
    /// How it ended.
    pub outcome: OutcomeKind,
    /// Why it was refused.
    pub code: Option<Code>,
    /// The rest.
    pub inside: Within,
}

/// Who sees a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// The platform.
    Operator,
    /// A company.
    Company(CompanyId),
}

/// What only the acting company and the platform see of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inside {
    /// The app.
    pub app: AppId,
    /// The acting company; none for the platform's own apps.
    pub company: Option<CompanyId>,
    /// The person, where the token named one.
    pub member: Option<MemberId>,
    /// The token.
    pub token: Option<String>,
    /// The request.
    pub request: Option<String>,
    /// What was sent.
    pub input: Input,
}

/// A line as a reader sees it: without the rest for a company that the act of another one concerns.
pub type Shown = Line<Option<Inside>>;

impl Line {
    /// What a reader may see: a company all of its own acts; of the acts of others that concern it, what was done to what, when
    /// and in which part.
    pub fn shown_to(self, reader: Reader) -> Shown {
        // An act in a part that is not known may be the staff's.
        let is_staff = self.role.is_none_or(|role| role == Role::Operator);
        let whole = match reader {
            Reader::Operator => true,
            Reader::Company(company) => !is_staff && self.inside.company == Some(company),
        };
        let Self { id, occurred_at, operation, role, subject, outcome, code, inside } = self;
        Shown { id, occurred_at, operation, role, subject, outcome, code, inside: whole.then_some(inside) }
    }
}

/// The first digits of the SHA-256 of what is named and not told.
pub fn digest(text: &str) -> String {
    let mut digits = sha256_hex(text.as_bytes());
    digits.truncate(DIGEST_DIGITS);
    digits
}

/// The ids in the arguments of a command, in the order of the members' names.
pub fn ids_in(arguments: &Value) -> Vec<String> {
    match arguments {
        Value::String(text) if is_id(text) => vec![text.clone()],
        Value::Array(items) => items.iter().flat_map(ids_in).collect(),
        Value::Object(members) => members.values().flat_map(ids_in).collect(),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}

/// What a command with these ids in its arguments is about: the order that it names, and the first other thing.
pub fn subject_of(ids: &[String]) -> Subject {
    let order = ids.iter().find_map(|id| id.parse::<OrderId>().ok());
    let other = ids.iter().find(|id| id.parse::<OrderId>().is_err());
    Subject { order, id: other.cloned().or_else(|| order.map(|order| order.to_string())) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::ids::TypedId;

    const ORDER: &str = "order_01h2xcejqtf2nbrexx3vqjhp41";
    const DISPUTE: &str = "dispute_01h2xcejqtf2nbrexx3vqjhp42";

    #[test]
    fn only_ids_are_taken_from_arguments() {
        let arguments = json!({ "input": {
            "orderId": ORDER, "note": "jane.doe@example.com", "more": [{ "id": DISPUTE }, 7, null, "jane_doe", "order_jane"],
        } });
        assert_eq!(ids_in(&arguments), [DISPUTE, ORDER]);
        let subject = subject_of(&ids_in(&arguments));
        assert_eq!(
            (subject.order.map(|id| id.to_string()).as_deref(), subject.id.as_deref()),
            (Some(ORDER), Some(DISPUTE))
        );
        assert_eq!(subject_of(&[ORDER.to_owned()]).id.as_deref(), Some(ORDER));
        assert_eq!(subject_of(&[]), Subject::default());
    }

    #[test]
    fn another_company_sees_the_act_and_nothing_of_the_actor() {
        let company = CompanyId::from_u128;
        let inside = Inside {
            app: TypedId::from_u128(1),
            company: Some(company(2)),
            member: None,
            token: Some(digest("token")),
            request: None,
            input: Input::default(),
        };
        let line = Line {
            id: TypedId::from_u128(3),
            occurred_at: Timestamp::from_micros(0),
            operation: "confirmOrder".to_owned(),
            role: Some(Role::Supplier),
            subject: Subject::default(),
            outcome: OutcomeKind::Done,
            code: None,
            inside,
        };
        assert!(line.clone().shown_to(Reader::Company(company(2))).inside.is_some());
        assert!(line.clone().shown_to(Reader::Operator).inside.is_some());
        assert_eq!(line.clone().shown_to(Reader::Company(company(4))).inside, None);
        // Staff stay staff, whichever company their token names; and nobody says of a role that is not known that it is not theirs.
        for role in [Some(Role::Operator), None] {
            let by_staff = Line { role, ..line.clone() };
            assert_eq!(by_staff.clone().shown_to(Reader::Company(company(2))).inside, None);
            assert!(by_staff.shown_to(Reader::Operator).inside.is_some());
        }
    }
}
