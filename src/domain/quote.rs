//! Quotes: a buyer asks, the supplier answers, both may go on until one accepts or gives up.
//!
//! ```text
//! REQUESTED --answer--> ANSWERED --accept--> ACCEPTED --order--> ORDERED
//!     |  ^                 |  |                  |
//!     |  +--renegotiate----+  |                  +--renegotiate, once it has expired--> REQUESTED
//!     +--decline, withdraw----+--> DECLINED, WITHDRAWN
//! ```
//!
//! Each round is one request and at most one answer; neither is ever changed. An answer holds until its own instant:
//! after it an answered or accepted quote counts as EXPIRED, whatever the row says. Nothing has to fire for that.

mod terms;

pub use terms::{
    MAXIMUM_LINES, MAXIMUM_NOTE, MAXIMUM_VALIDITY, QuoteAnswer, QuoteAnswerLine, QuoteRequest,
    QuoteRequestLine,
};

use super::error::{Code, Detail, Refusal};
use super::ids::{CompanyId, OrderId, QuoteId, SupplierId};
use super::money::Currency;
use super::time::Timestamp;
use super::words::words;

/// Rounds that one quote has at most.
pub const MAXIMUM_ROUNDS: u32 = 20;

words! {
    /// How far a quote got, as a reader sees it at an instant.
    QuoteStatus {
        /// The supplier is asked.
        Requested => "REQUESTED",
        /// The supplier has answered; the buyer is asked.
        Answered => "ANSWERED",
        /// The buyer accepted the answer; an order can be placed.
        Accepted => "ACCEPTED",
        /// An order took its figures.
        Ordered => "ORDERED",
        /// One side said no.
        Declined => "DECLINED",
        /// One side took its own words back.
        Withdrawn => "WITHDRAWN",
        /// The answer does not hold any more.
        Expired => "EXPIRED",
    }
}

words! {
    /// In which part a company stands to a quote.
    QuotePart {
        /// It asks.
        Buyer => "BUYER",
        /// It answers.
        Supplier => "SUPPLIER",
    }
}

words! {
    /// What a party can do with a quote.
    QuoteAction {
        /// The supplier names its figures.
        Answer => "ANSWER_QUOTE",
        /// The buyer asks again, for something else.
        Renegotiate => "RENEGOTIATE_QUOTE",
        /// The buyer takes the answer.
        Accept => "ACCEPT_QUOTE",
        /// One side says no to what the other one said.
        Decline => "DECLINE_QUOTE",
        /// One side takes back what it said itself.
        Withdraw => "WITHDRAW_QUOTE",
        /// The buyer orders by it.
        Order => "PLACE_ORDER",
    }
}

/// How far a quote got, as it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuoteState {
    /// The supplier is asked.
    Requested,
    /// The answer holds until this instant.
    Answered {
        /// The last instant at which it can be accepted.
        valid_until: Timestamp,
    },
    /// The answer was accepted and can be ordered by until this instant.
    Accepted {
        /// The last instant at which it can be ordered by.
        valid_until: Timestamp,
    },
    /// An order took its figures.
    Ordered {
        /// Which one.
        order: OrderId,
    },
    /// One side said no.
    Declined {
        /// Which side.
        by: QuotePart,
    },
    /// One side took its own words back.
    Withdrawn {
        /// Which side.
        by: QuotePart,
    },
}

/// One request and what was answered to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuoteRound {
    /// Its number, from one.
    pub number: u32,
    /// What the buyer asked for.
    pub request: QuoteRequest,
    /// When.
    pub requested_at: Timestamp,
    /// What the supplier answered.
    pub answer: Option<QuoteAnswer>,
    /// When.
    pub answered_at: Option<Timestamp>,
}

/// An enquiry and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// Its id.
    pub id: QuoteId,
    /// Rises by one with each change.
    pub version: i64,
    /// Who asks.
    pub buyer: CompanyId,
    /// Who is asked.
    pub supplier: SupplierId,
    /// The supplier's company.
    pub supplier_company: CompanyId,
    /// The currency of every figure.
    pub currency: Currency,
    /// How far it got.
    pub state: QuoteState,
    /// Why it ended, in that party's words.
    pub end_reason: Option<String>,
    /// Every round, oldest first; never empty.
    pub rounds: Vec<QuoteRound>,
    /// When it was first asked.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// What a party wants to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QuoteCommand {
    /// The supplier names its figures.
    Answer(QuoteAnswer),
    /// The buyer asks again.
    Renegotiate(QuoteRequest),
    /// The buyer takes the answer of this round.
    Accept {
        /// The round that the buyer saw; another one is refused.
        round: u32,
    },
    /// One side says no to what the other one said.
    Decline {
        /// Why.
        reason: Option<String>,
    },
    /// One side takes back what it said itself.
    Withdraw {
        /// Why.
        reason: Option<String>,
    },
    /// The buyer orders by it.
    Order {
        /// The order that takes its figures.
        order: OrderId,
    },
}

impl QuoteCommand {
    /// What kind of act it is.
    pub const fn action(&self) -> QuoteAction {
        match self {
            Self::Answer(_) => QuoteAction::Answer,
            Self::Renegotiate(_) => QuoteAction::Renegotiate,
            Self::Accept { .. } => QuoteAction::Accept,
            Self::Decline { .. } => QuoteAction::Decline,
            Self::Withdraw { .. } => QuoteAction::Withdraw,
            Self::Order { .. } => QuoteAction::Order,
        }
    }
}

impl Quote {
    /// How far it got, as seen at this instant.
    pub fn status(&self, now: Timestamp) -> QuoteStatus {
        match self.state {
            QuoteState::Answered { valid_until } | QuoteState::Accepted { valid_until }
                if now > valid_until =>
            {
                QuoteStatus::Expired
            }
            QuoteState::Requested => QuoteStatus::Requested,
            QuoteState::Answered { .. } => QuoteStatus::Answered,
            QuoteState::Accepted { .. } => QuoteStatus::Accepted,
            QuoteState::Ordered { .. } => QuoteStatus::Ordered,
            QuoteState::Declined { .. } => QuoteStatus::Declined,
            QuoteState::Withdrawn { .. } => QuoteStatus::Withdrawn,
        }
    }

    /// The round that counts.
    pub fn round(&self) -> Option<&QuoteRound> {
        self.rounds.last()
    }

    /// Until when the answer holds.
    pub fn valid_until(&self) -> Option<Timestamp> {
        self.round()?.answer.as_ref().map(|answer| answer.valid_until)
    }

    /// What a party can do at this instant.
    pub fn allowed(&self, part: QuotePart, now: Timestamp) -> Vec<QuoteAction> {
        QuoteAction::ALL.iter().copied().filter(|action| self.may(*action, part, now)).collect()
    }

    /// The one table of the machine.
    fn may(&self, action: QuoteAction, part: QuotePart, now: Timestamp) -> bool {
        use QuoteAction::{Accept, Answer, Decline, Order, Renegotiate, Withdraw};
        use QuotePart::{Buyer, Supplier};
        use QuoteStatus::{Accepted, Answered, Expired, Requested};
        match (action, part, self.status(now)) {
            (Answer | Decline, Supplier, Requested)
            | (Withdraw, Buyer, Requested)
            | (Accept | Renegotiate | Decline, Buyer, Answered)
            | (Withdraw, Supplier, Answered)
            | (Order, Buyer, Accepted)
            | (Renegotiate, Buyer, Expired) => true,
            (Answer | Renegotiate | Accept | Decline | Withdraw | Order, Buyer | Supplier, _) => false,
        }
    }

    /// The quote after a command of a party, or every reason against it; nothing of the past changes.
    pub fn step(&self, part: QuotePart, command: QuoteCommand, now: Timestamp) -> Result<Self, Vec<Refusal>> {
        self.demand(command.action(), part, now).map_err(|refusal| vec![refusal])?;
        let mut next = Self { version: self.version.saturating_add(1), updated_at: now, ..self.clone() };
        let Some(round) = next.rounds.last_mut() else {
            return Err(vec![self.refused(part, now)]);
        };
        match command {
            QuoteCommand::Answer(answer) => {
                answer.check(&round.request, self.currency, now)?;
                next.state = QuoteState::Answered { valid_until: answer.valid_until };
                (round.answer, round.answered_at) = (Some(answer), Some(now));
            }
            QuoteCommand::Renegotiate(request) => {
                request.check()?;
                let number = round.number + 1;
                if number > MAXIMUM_ROUNDS {
                    let message = format!("A quote has at most {MAXIMUM_ROUNDS} rounds. Ask for a new one.");
                    return Err(vec![Refusal::new(Code::TransitionRefused, message)]);
                }
                next.rounds.push(QuoteRound {
                    number,
                    request,
                    requested_at: now,
                    answer: None,
                    answered_at: None,
                });
                next.state = QuoteState::Requested;
            }
            QuoteCommand::Accept { round: seen } => {
                let QuoteState::Answered { valid_until } = self.state else {
                    return Err(vec![self.refused(part, now)]);
                };
                if seen != round.number {
                    let message =
                        format!("Round {} is the one that counts now. Read it first.", round.number);
                    return Err(vec![Refusal::new(Code::TermsMismatch, message).at(&["input", "round"])]);
                }
                next.state = QuoteState::Accepted { valid_until };
            }
            QuoteCommand::Decline { reason } => {
                (next.state, next.end_reason) = (QuoteState::Declined { by: part }, reason);
            }
            QuoteCommand::Withdraw { reason } => {
                (next.state, next.end_reason) = (QuoteState::Withdrawn { by: part }, reason);
            }
            QuoteCommand::Order { order } => next.state = QuoteState::Ordered { order },
        }
        Ok(next)
    }

    /// Refuses what the state does not allow; what only came too late is told so.
    fn demand(&self, action: QuoteAction, part: QuotePart, now: Timestamp) -> Result<(), Refusal> {
        if self.may(action, part, now) {
            return Ok(());
        }
        let was_open = self.valid_until().is_some_and(|until| self.may(action, part, until));
        if self.status(now) == QuoteStatus::Expired && was_open {
            let message = "The answer does not hold any more. Ask again with renegotiateQuote.";
            return Err(Refusal::new(Code::DeadlinePassed, message));
        }
        Err(self.refused(part, now))
    }

    fn refused(&self, part: QuotePart, now: Timestamp) -> Refusal {
        let message = "The state of the quote does not allow this.";
        Refusal::new(Code::TransitionRefused, message).with(Detail::Transition {
            from: self.status(now).as_str(),
            allowed_actions: self.allowed(part, now).into_iter().map(QuoteAction::as_str).collect(),
            blocked_by: Vec::new(),
        })
    }
}

#[cfg(test)]
mod tests;
