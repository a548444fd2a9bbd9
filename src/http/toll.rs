//! What callers pay at the door: the cost of an operation before it runs, less what it did not cost after it.

use super::Http;
use super::door::refusal::Refused;
use super::door::report::{CostReport, ThrottleStatus};
use super::door::request::Parameters;
use super::door::{Admitted, Trail, Transport};
use crate::domain::throttle::Payer;
use crate::domain::time::Span;
use crate::service::throttle::{self, Receipt, Standing};

/// What a request costs at least, and what one costs that the door refuses: it was read and validated.
const LEAST: i64 = 1;
/// Points that each message of a subscription costs at most before anything is taken for it: an event with its order, both
/// sides and some lines is what subscriptions are for, and what they cost to begin with pays for that. A checkpoint is one object.
const MESSAGE_ALLOWANCE: u64 = 10;

/// Admits a request at its price. Refused with 429 where the caller has too few points: nobody who has none makes the server
/// read a document.
pub async fn admit<E>(
    http: &Http<E>,
    payer: &Payer,
    parameters: &Parameters,
    transport: Transport,
) -> Result<(Admitted, Option<Receipt>), Refused> {
    demand(http, payer).await?;
    match http.door.admit(parameters, transport) {
        Ok(admitted) => {
            let cost = admitted.trail.cost();
            let (_, receipt) = pay(http, payer, points_of(cost), Some(cost)).await?;
            Ok((admitted, receipt))
        }
        Err(refused) => Err(refuse(http, payer, refused).await),
    }
}

/// Refuses who has no point left with 429, before the server does anything for them.
pub async fn demand<E>(http: &Http<E>, payer: &Payer) -> Result<(), Refused> {
    let standing = throttle::standing(&http.app, payer).await;
    if standing.is_some_and(|standing| standing.currently_available < LEAST)
        && let (_, Some(receipt)) = pay(http, payer, LEAST, None).await?
    {
        // Other nodes gave some back meanwhile.
        throttle::settle(&http.app, receipt, 0).await;
    }
    Ok(())
}

/// Takes what a refused request costs, or one whose body was read for nothing: the refusal, or that of a caller who cannot pay for it.
pub async fn refuse<E>(http: &Http<E>, payer: &Payer, mut refused: Refused) -> Refused {
    let requested = refused.cost.and_then(|report| report.requested_query_cost);
    match pay(http, payer, LEAST, requested).await {
        Ok((standing, _)) => {
            if let Some(report) = &mut refused.cost {
                report.throttle_status = standing.map(ThrottleStatus::from);
            }
            refused
        }
        Err(throttled) => throttled,
    }
}

/// Takes what a refused request costs where reading it, or looking up what it means, was refused. A server that has too much to do
/// takes nothing for saying so.
pub async fn priced<E, T>(http: &Http<E>, payer: &Payer, read: Result<T, Refused>) -> Result<T, Refused> {
    match read {
        Err(refused) if !refused.status.is_server_error() => Err(refuse(http, payer, refused).await),
        read => read,
    }
}

/// Gives back what the operation did not cost in the end, and says how the caller stands then.
pub async fn settle<E>(http: &Http<E>, trail: &Trail, receipt: Option<Receipt>, actual: u64) -> CostReport {
    let standing = match receipt {
        Some(receipt) => throttle::settle(&http.app, receipt, points_of(actual)).await,
        None => None,
    };
    CostReport {
        requested_query_cost: Some(trail.cost()),
        actual_query_cost: Some(actual),
        throttle_status: standing.map(ThrottleStatus::from),
    }
}

/// Takes what a message of a subscription cost beyond the allowance; it ran already, so what is not there is owed. Answers after
/// how many seconds the same subscription can be paid again where a whole bucket is owed, and it has to end.
pub async fn owe<E>(http: &Http<E>, payer: &Payer, trail: &Trail, cost: u64) -> Option<u32> {
    let beyond = cost.saturating_sub(MESSAGE_ALLOWANCE);
    if beyond == 0 {
        return None;
    }
    let again = points_of(trail.cost());
    let standing = throttle::owe(&http.app, payer, points_of(beyond), again).await?;
    standing.retry_after.filter(|_| standing.is_exhausted()).map(seconds_of)
}

/// Gives everything back, since the server did nothing for it.
pub async fn give_back<E>(http: &Http<E>, receipt: Option<Receipt>) {
    if let Some(receipt) = receipt {
        throttle::settle(&http.app, receipt, 0).await;
    }
}

/// The refusal of a token that was not looked at, since too many others from its network were refused.
pub fn too_many_tokens(wait: Span) -> Refused {
    let seconds = seconds_of(wait);
    let mut refused = Refused::throttled(seconds, CostReport::not_run(None, None));
    for error in &mut refused.errors {
        error.message = format!(
            "Too many tokens from your network address were refused; try again in {seconds} seconds."
        );
    }
    refused
}

/// Takes points; where nothing is throttled there is neither standing nor receipt.
async fn pay<E>(
    http: &Http<E>,
    payer: &Payer,
    points: i64,
    requested: Option<u64>,
) -> Result<(Option<Standing>, Option<Receipt>), Refused> {
    let Some((standing, receipt)) = throttle::charge(&http.app, payer, points).await else {
        return Ok((None, None));
    };
    match standing.retry_after {
        None => Ok((Some(standing), receipt)),
        Some(wait) => {
            Err(Refused::throttled(seconds_of(wait), CostReport::not_run(requested, Some(standing))))
        }
    }
}

fn seconds_of(wait: Span) -> u32 {
    u32::try_from(wait.as_seconds().max(1)).unwrap_or(u32::MAX)
}

/// What is taken for a cost.
fn points_of(cost: u64) -> i64 {
    i64::try_from(cost).unwrap_or(i64::MAX).max(LEAST)
}
