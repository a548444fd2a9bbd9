//! The commands on quotes, each a line: read the input, ask the service, wrap the answer.

use async_graphql::{Context, Object, Result, SimpleObject};

use super::inputs::{
    AcceptQuoteInput, AnswerQuoteInput, DeclineQuoteInput, RenegotiateQuoteInput, RequestQuoteInput,
    WithdrawQuoteInput,
};
use super::types::Quote;
use crate::graphql::context::caller;
use crate::graphql::error::{UserError, user_errors};
use crate::service;
use crate::service::quotes::{self, Outcome};

/// Declares a payload of a command on a quote.
macro_rules! quote_payload {
    ($(#[doc = $doc:literal])+ $name:ident) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, SimpleObject)]
        pub struct $name {
            /// The quote after the command; null where it was refused.
            quote: Option<Quote>,
            /// Whether this answers an earlier command with the same key.
            replayed: bool,
            /// What you can mend; empty where the command was done. Nothing was changed otherwise.
            user_errors: Vec<UserError>,
        }

        impl TryFrom<service::Result<Outcome>> for $name {
            type Error = async_graphql::Error;

            fn try_from(answer: service::Result<Outcome>) -> Result<Self> {
                Ok(match user_errors(answer)? {
                    Ok(done) => Self { quote: Some(Quote(done.quote)), replayed: done.replayed, user_errors: Vec::new() },
                    Err(user_errors) => Self { quote: None, replayed: false, user_errors },
                })
            }
        }
    };
}

quote_payload! {
    /// What `requestQuote` answers.
    RequestQuotePayload
}
quote_payload! {
    /// What `renegotiateQuote` answers.
    RenegotiateQuotePayload
}
quote_payload! {
    /// What `answerQuote` answers.
    AnswerQuotePayload
}
quote_payload! {
    /// What `acceptQuote` answers.
    AcceptQuotePayload
}
quote_payload! {
    /// What `declineQuote` answers.
    DeclineQuotePayload
}
quote_payload! {
    /// What `withdrawQuote` answers.
    WithdrawQuotePayload
}

/// The commands on quotes.
#[derive(Debug, Default)]
pub struct QuoteMutation;

/// The commands on quotes.
#[Object]
impl QuoteMutation {
    /// Asks a supplier for figures, also one outside Trade Assurance. Roles: buyer. Scope: `orders:write`.
    async fn request_quote(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What you ask for, and whom.")] input: RequestQuoteInput,
    ) -> Result<RequestQuotePayload> {
        let answer = async {
            let ((app, actor), (wish, envelope)) = (caller(ctx)?, input.read()?);
            quotes::request(app, actor, &wish, &envelope).await
        };
        answer.await.try_into()
    }

    /// Asks again for something else, after an answer or when it does not hold any more: a new round. Roles: buyer.
    /// Scope: `orders:write`.
    async fn renegotiate_quote(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which quote, and what you ask for now.")] input: RenegotiateQuoteInput,
    ) -> Result<RenegotiateQuotePayload> {
        let answer = async {
            let (app, actor) = caller(ctx)?;
            quotes::renegotiate(app, actor, input.quote()?, input.request()?, &input.envelope()).await
        };
        answer.await.try_into()
    }

    /// Names the figures that you would sell at; they hold until `validUntil`. Roles: supplier. Scope: `orders:write`.
    async fn answer_quote(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which quote, and your figures.")] input: AnswerQuoteInput,
    ) -> Result<AnswerQuotePayload> {
        let answer = async {
            let ((app, actor), (figures, currency)) = (caller(ctx)?, input.answer()?);
            quotes::answer(app, actor, input.quote()?, figures, currency, &input.envelope()).await
        };
        answer.await.try_into()
    }

    /// Takes the answer: `placeOrder` with `quoteId` orders by it while it holds. Roles: buyer. Scope: `orders:write`.
    async fn accept_quote(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which quote, and which round.")] input: AcceptQuoteInput,
    ) -> Result<AcceptQuotePayload> {
        let answer = async {
            let (app, actor) = caller(ctx)?;
            let round = u32::try_from(input.round).unwrap_or_default();
            quotes::accept(app, actor, input.quote()?, round, &input.envelope()).await
        };
        answer.await.try_into()
    }

    /// Says no to what the other party said: the supplier to the request, the buyer to the answer. Roles: buyer,
    /// supplier. Scope: `orders:write`.
    async fn decline_quote(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which quote, and why.")] input: DeclineQuoteInput,
    ) -> Result<DeclineQuotePayload> {
        let answer = async {
            let (app, actor) = caller(ctx)?;
            quotes::decline(app, actor, input.quote()?, input.reason.clone(), &input.envelope()).await
        };
        answer.await.try_into()
    }

    /// Takes back what you said yourself: the buyer the request, the supplier the answer that was not accepted yet.
    /// Roles: buyer, supplier. Scope: `orders:write`.
    async fn withdraw_quote(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which quote, and why.")] input: WithdrawQuoteInput,
    ) -> Result<WithdrawQuotePayload> {
        let answer = async {
            let (app, actor) = caller(ctx)?;
            quotes::withdraw(app, actor, input.quote()?, input.reason.clone(), &input.envelope()).await
        };
        answer.await.try_into()
    }
}
