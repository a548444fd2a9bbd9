//! Threads and messages in the schema.

mod words;

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result, SimpleObject};

use super::company::Company;
use super::files::File;
use super::orders::Order;
use super::quotes::Quote;
use crate::domain;
use crate::domain::error::Refusal;
use crate::domain::message::Subject;
use crate::domain::page::Slice;
use crate::graphql::connection::{connection, page_arguments};
use crate::graphql::context::{ContextExt, caller};
use crate::graphql::error::{UserError, top_level, user_errors};
use crate::graphql::inputs::{command_input, id, ids};
use crate::graphql::scalars::{Cursor, DateTime};
use crate::service;
use crate::service::messages::{self, SendMessage, Sent};
use crate::service::orders::Envelope;
pub use words::RiskSeverity;
use words::{MessageRiskCode, SenderRole};

/// Something in a message that its reader should be warned of. It is found by rules and may be wrong: judge yourself.
#[derive(Debug, Clone, SimpleObject)]
pub struct MessageRiskSignal {
    /// What the message gives away.
    code: MessageRiskCode,
    /// How bad it can become.
    severity: RiskSeverity,
    /// What it means, for a person.
    explanation: &'static str,
    /// The words that show it, as they read without disguise; at most 80 characters.
    evidence: String,
}

impl MessageRiskSignal {
    /// What is to be said of a payment that was made off the platform.
    pub(in crate::graphql) fn of_payment(note: &str) -> Self {
        let code = domain::off_platform::RiskCode::PaymentOutside;
        Self {
            code: code.into(),
            severity: code.severity().into(),
            explanation: "A payment was made outside the platform. It is not in escrow, has no cover and cannot be claimed back here.",
            evidence: note.chars().take(80).collect(),
        }
    }
}

impl From<&domain::off_platform::RiskSignal> for MessageRiskSignal {
    fn from(signal: &domain::off_platform::RiskSignal) -> Self {
        Self {
            code: signal.code.into(),
            severity: signal.severity.into(),
            explanation: signal.code.explanation(),
            evidence: signal.evidence.clone(),
        }
    }
}

/// What buyer and supplier say to each other about an order or a quote. Nothing in it is ever changed.
#[derive(Debug, Clone)]
pub struct Thread(pub domain::message::Thread);

/// What buyer and supplier say to each other about an order or a quote. Nothing in it is ever changed.
#[Object]
impl Thread {
    /// Its id; there is one for each order and each quote, also before the first message.
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// The order that it is about. Scope: `orders:read`.
    async fn order(&self, ctx: &Context<'_>) -> Result<Option<Order>> {
        match self.0.subject {
            Subject::Order(id) => ctx.loaders()?.order(id).await,
            Subject::Quote(_) => Ok(None),
        }
    }

    /// The quote that it is about. Scope: `orders:read`.
    async fn quote(&self, ctx: &Context<'_>) -> Result<Option<Quote>> {
        match self.0.subject {
            Subject::Quote(id) => ctx.loaders()?.quote(id).await,
            Subject::Order(_) => Ok(None),
        }
    }

    /// Who buys.
    async fn buyer(&self, ctx: &Context<'_>) -> Result<Option<Company>> {
        Ok(ctx.loaders()?.company(self.0.buyer).await?.map(|company| Company::from(&*company)))
    }

    /// The supplier's company.
    async fn supplier_company(&self, ctx: &Context<'_>) -> Result<Option<Company>> {
        Ok(ctx.loaders()?.company(self.0.supplier).await?.map(|company| Company::from(&*company)))
    }

    /// The messages, oldest first.
    async fn messages(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start or behind `after`: 0 to 100, 20 unless given.")]
        first: Option<i32>,
        #[graphql(desc = "Only messages behind this cursor.")] after: Option<Cursor>,
        #[graphql(desc = "How many from the end or before `before`: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only messages before this cursor.")] before: Option<Cursor>,
    ) -> Result<MessageConnection> {
        let page = page_arguments(first, after, last, before, None);
        let page = page.check().map_err(service::Error::from)?;
        let found = ctx.loaders()?.messages((self.0.id, page)).await?;
        let mut slice = found
            .transpose()
            .map_err(|refusal| top_level(&refusal))?
            .map_or_else(empty, |slice| (*slice).clone().map(Message));
        if ctx.look_ahead().field("totalCount").exists() {
            slice.total = Some(ctx.loaders()?.message_count(self.0.id).await?);
        }
        Ok(MessageConnection(slice))
    }
}

fn empty() -> Slice<Message> {
    Slice { rows: Vec::new(), has_previous: false, has_next: false, total: None }
}

connection!(MessageConnection, MessageEdge, Message, "messages");

/// What somebody said. Its hash makes it evidence.
#[derive(Debug, Clone)]
pub struct Message(pub Arc<domain::message::Message>);

/// What somebody said. Its hash makes it evidence.
#[Object]
impl Message {
    /// Its id.
    async fn id(&self) -> ID {
        self.0.content.id.to_string().into()
    }

    /// Its place in the thread, from 1, without gaps.
    async fn sequence(&self) -> i32 {
        i32::try_from(self.0.content.seq).unwrap_or(i32::MAX)
    }

    /// The company that said it.
    async fn sender(&self, ctx: &Context<'_>) -> Result<Option<Company>> {
        Ok(ctx.loaders()?.company(self.0.content.sender_id).await?.map(|company| Company::from(&*company)))
    }

    /// In which part it spoke.
    async fn sender_role(&self) -> SenderRole {
        self.0.content.sender_role.into()
    }

    /// The words.
    async fn body(&self) -> &str {
        &self.0.content.body
    }

    /// Files that came with it. At most 20.
    async fn attachments(&self) -> Vec<File> {
        self.0.content.attachments.iter().map(File::from).collect()
    }

    /// When it was said.
    async fn sent_at(&self) -> DateTime {
        DateTime(self.0.content.sent_at)
    }

    /// The SHA-256 of `document`, in lower-case hexadecimal.
    async fn sha256(&self) -> &str {
        &self.0.sha256
    }

    /// What was said, by whom, where and when, in canonical JSON (RFC 8785): hash its bytes to check `sha256`.
    #[expect(clippy::unused_async, reason = "the Object macro wants resolvers that may fail to be async")]
    async fn document(&self) -> Result<String> {
        self.0.content.canonical().map_err(|error| crate::graphql::error::internal(&error.into()))
    }

    /// What in it asks to pay or talk off the platform; empty where nothing does. At most one of each code.
    async fn risk_signals(&self) -> Vec<MessageRiskSignal> {
        self.0.risk_signals.iter().map(MessageRiskSignal::from).collect()
    }
}

/// Reading messages.
#[derive(Debug, Default)]
pub struct MessageQuery;

/// Reading messages.
#[Object]
impl MessageQuery {
    /// The thread of one of your orders or quotes; null where there is none. Roles: buyer, supplier, operator. Scope:
    /// `orders:read`.
    async fn thread(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id, as in `order.thread`.")] id: ID,
    ) -> Result<Option<Thread>> {
        let found = match id.parse() {
            Ok(id) => messages::find(ctx.app()?, ctx.actor()?, id).await?,
            Err(_) => messages::none(ctx.actor()?)?,
        };
        Ok(found.map(Thread))
    }
}

command_input! {
    /// What `sendMessage` takes.
    SendMessageInput {
        /// The thread, as in `order.thread` or `quote.thread`.
        thread_id: ID,
        /// The words, at most 10000 characters; may be empty where files are attached.
        #[graphql(default)]
        body: String,
        /// Files to send along, uploaded before; the other party may read them from then on. At most 20.
        #[graphql(validator(max_items = 20))]
        attachment_ids: Option<Vec<ID>>,
    }
}

impl SendMessageInput {
    fn read(self) -> Result<(SendMessage, Envelope), Refusal> {
        let envelope = self.envelope();
        let wish = SendMessage {
            thread: id("thread", &["input", "threadId"], &self.thread_id)?,
            body: self.body,
            attachments: ids("file", &["input", "attachmentIds"], self.attachment_ids.as_deref())?,
        };
        Ok((wish, envelope))
    }
}

/// What `sendMessage` answers.
#[derive(Debug, Clone, SimpleObject)]
pub struct SendMessagePayload {
    /// The message; null where it was refused.
    message: Option<Message>,
    /// The thread that it is in.
    thread: Option<Thread>,
    /// Whether this answers an earlier command with the same key.
    replayed: bool,
    /// What you can mend; empty where the command was done. Nothing was changed otherwise.
    user_errors: Vec<UserError>,
}

impl TryFrom<service::Result<Sent>> for SendMessagePayload {
    type Error = async_graphql::Error;

    fn try_from(answer: service::Result<Sent>) -> Result<Self> {
        Ok(match user_errors(answer)? {
            Ok(sent) => Self {
                message: Some(Message(Arc::new(sent.message))),
                thread: Some(Thread(sent.thread)),
                replayed: sent.replayed,
                user_errors: Vec::new(),
            },
            Err(user_errors) => Self { message: None, thread: None, replayed: false, user_errors },
        })
    }
}

/// Writing messages.
#[derive(Debug, Default)]
pub struct MessageMutation;

/// Writing messages.
#[Object]
impl MessageMutation {
    /// Says something about an order or a quote. It cannot be changed or taken back, and can serve as evidence. Roles:
    /// buyer, supplier. Scope: `messages:write`.
    async fn send_message(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What you say, and where.")] input: SendMessageInput,
    ) -> Result<SendMessagePayload> {
        let answer = async {
            let (wish, envelope) = input.read()?;
            let (app, actor) = caller(ctx)?;
            messages::send(app, actor, &wish, &envelope).await
        };
        answer.await.try_into()
    }
}
