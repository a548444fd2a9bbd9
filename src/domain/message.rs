//! Messages: what buyer and supplier say to each other about an order or an enquiry. What was said stays said.

use serde::{Deserialize, Serialize};

use super::actor::Role;
use super::contract::{ContractError, sha256_hex};
use super::error::Refusal;
use super::file::{Attachment, MAXIMUM_ATTACHMENTS};
use super::ids::{CompanyId, FileId, MemberId, MessageId, OrderId, QuoteId, ThreadId};
use super::off_platform::RiskSignal;
use super::time::Timestamp;

/// Characters of a message at most.
pub const MAXIMUM_BODY: usize = 10_000;

/// What a thread is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject {
    /// An order.
    Order(OrderId),
    /// An enquiry.
    Quote(QuoteId),
}

/// Who talks about what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Thread {
    /// Its id, which follows from its subject.
    pub id: ThreadId,
    /// What it is about.
    pub subject: Subject,
    /// The buying company.
    pub buyer: CompanyId,
    /// The supplier's company.
    pub supplier: CompanyId,
}

impl Thread {
    /// The thread of an order.
    pub const fn of_order(order: OrderId, buyer: CompanyId, supplier: CompanyId) -> Self {
        Self { id: ThreadId::of_order(order), subject: Subject::Order(order), buyer, supplier }
    }

    /// The thread of an enquiry.
    pub const fn of_quote(quote: QuoteId, buyer: CompanyId, supplier: CompanyId) -> Self {
        Self { id: ThreadId::of_quote(quote), subject: Subject::Quote(quote), buyer, supplier }
    }
}

/// What somebody said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// What the hash is taken over.
    pub content: Content,
    /// The SHA-256 of the canonical content in lower-case hexadecimal.
    pub sha256: String,
    /// What in it asks to leave the platform.
    pub risk_signals: Vec<RiskSignal>,
}

/// What a message says, by whom, where and when: the evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Content {
    /// The message.
    pub id: MessageId,
    /// Where it was said.
    pub thread_id: ThreadId,
    /// Its place in the thread, from one, without gaps.
    pub seq: i64,
    /// The company that said it.
    pub sender_id: CompanyId,
    /// The company's part.
    pub sender_role: SenderRole,
    /// The person, where the token named one.
    pub member_id: Option<MemberId>,
    /// The words.
    pub body: String,
    /// The files that came with it.
    pub attachments: Vec<Attachment>,
    /// When it was said, in microseconds since 1970 as text.
    #[serde(with = "instant_text")]
    pub sent_at: Timestamp,
}

super::words::words! {
    /// In which part a company speaks.
    SenderRole {
        /// It buys.
        Buyer => "BUYER",
        /// It sells.
        Supplier => "SUPPLIER",
    }
}

impl SenderRole {
    /// The part of an actor's role, where it has one in a thread.
    pub const fn of(role: Role) -> Option<Self> {
        match role {
            Role::Buyer => Some(Self::Buyer),
            Role::Supplier => Some(Self::Supplier),
            Role::Storefront | Role::Inspector | Role::Carrier | Role::Warehouse | Role::Operator => None,
        }
    }
}

impl Content {
    /// The canonical bytes: RFC 8785.
    pub fn canonical(&self) -> Result<String, ContractError> {
        serde_json_canonicalizer::to_string(self).map_err(|_| ContractError::NotCanonical)
    }

    /// The message with its hash and with what the words give away.
    pub fn seal(self) -> Result<Message, ContractError> {
        let sha256 = sha256_hex(self.canonical()?.as_bytes());
        let risk_signals = super::off_platform::off_platform(&self.body);
        Ok(Message { content: self, sha256, risk_signals })
    }
}

/// Checks what somebody wants to say; the words may only be missing where files speak.
pub fn check(body: &str, attachments: &[FileId]) -> Result<(), Vec<Refusal>> {
    let mut refusals = Vec::new();
    if body.chars().count() > MAXIMUM_BODY {
        let message = format!("A message has at most {MAXIMUM_BODY} characters.");
        refusals.push(Refusal::invalid(&["input", "body"], message));
    }
    if body.trim().is_empty() && attachments.is_empty() {
        refusals.push(Refusal::invalid(&["input", "body"], "Say something, or attach a file."));
    }
    refusals.extend(check_attachments(attachments).err());
    if refusals.is_empty() { Ok(()) } else { Err(refusals) }
}

/// Checks a list of files: not too many, none twice.
pub fn check_attachments(attachments: &[FileId]) -> Result<(), Refusal> {
    if attachments.len() > MAXIMUM_ATTACHMENTS {
        let message = format!("At most {MAXIMUM_ATTACHMENTS} files at once.");
        return Err(Refusal::invalid(&["input", "attachmentIds"], message));
    }
    let twice = attachments.iter().enumerate().any(|(index, file)| attachments[..index].contains(file));
    if twice {
        return Err(Refusal::invalid(&["input", "attachmentIds"], "A file is named twice."));
    }
    Ok(())
}

/// Instants as strings of microseconds: no reader's number type can round them.
mod instant_text {
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::domain::time::Timestamp;

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature is serde's")]
    pub fn serialize<S: Serializer>(instant: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&instant.micros())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map(Timestamp::from_micros).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::TypedId;

    #[test]
    fn the_hash_covers_every_field() {
        let content = Content {
            id: MessageId::from_u128(1),
            thread_id: ThreadId::from_u128(2),
            seq: 1,
            sender_id: CompanyId::from_u128(3),
            sender_role: SenderRole::Buyer,
            member_id: None,
            body: "Hello".to_owned(),
            attachments: Vec::new(),
            sent_at: Timestamp::from_micros(i64::MAX),
        };
        let first = content.clone().seal().unwrap();
        assert_eq!(serde_json::from_str::<Content>(&content.canonical().unwrap()).unwrap(), content);
        assert!(content.canonical().unwrap().contains("\"9223372036854775807\""));
        for other in [
            Content { seq: 2, ..content.clone() },
            Content { body: "Hello ".to_owned(), ..content.clone() },
            Content { sender_role: SenderRole::Supplier, ..content.clone() },
            Content { sent_at: Timestamp::from_micros(i64::MAX - 1), ..content.clone() },
        ] {
            assert_ne!(other.seal().unwrap().sha256, first.sha256);
        }
    }

    #[test]
    fn words_or_files_are_needed() {
        let file = FileId::from_u128(1);
        assert!(check("hello", &[]).is_ok() && check(" ", &[file]).is_ok());
        assert!(check(" \n", &[]).is_err() && check("hello", &[file, file]).is_err());
        assert!(
            check(&"x".repeat(MAXIMUM_BODY), &[]).is_ok()
                && check(&"x".repeat(MAXIMUM_BODY + 1), &[]).is_err()
        );
        let many: Vec<_> = (0..21).map(FileId::from_u128).collect();
        assert!(check("", &many[..20]).is_ok() && check("", &many).is_err());
    }
}
