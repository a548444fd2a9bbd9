//! The calls that providers were asked, as operators see them.

use serde_json::json;

use crate::app::App;
use crate::domain::actor::{Actor, Role, Scope};
use crate::domain::cursor::{self, Key};
use crate::domain::error::{Code, Refusal};
use crate::domain::ids::ProviderMessageId;
use crate::domain::page::{Page, Slice};
use crate::domain::provider::{ProviderCall, RequestStatus};
use crate::service::orders::{Begun, Claimed, Envelope, Made, may_retry};
use crate::service::payouts::time_cursor;
use crate::service::{Result, require_role, require_scope};
use crate::store;

/// The name of the list in cursors.
const LIST: &str = "provider-calls";

/// A call, and whether it answers an earlier command with the same key.
#[derive(Debug, Clone)]
pub struct Retried {
    /// The call.
    pub call: ProviderCall,
    /// Whether this is the answer to an earlier command.
    pub replayed: bool,
}

fn operates(actor: &Actor) -> Result<()> {
    require_scope(actor, Scope::PlatformOperate)?;
    require_role(actor, &[Role::Operator])
}

/// The calls that providers were asked, newest first; operators only.
pub async fn list(
    app: &App,
    actor: &Actor,
    status: Option<RequestStatus>,
    page: &Page,
    count: bool,
) -> Result<Slice<ProviderCall>> {
    operates(actor)?;
    let place = |cursor: &Option<String>| cursor.as_deref().map(|text| time_cursor(LIST, text)).transpose();
    let wanted = (page, place(&page.after)?, place(&page.before)?);
    let cursor = |call: &ProviderCall| {
        cursor::encode(LIST, &[Key::Int(call.created_at.micros()), Key::Text(call.id.to_string())])
    };
    Ok(store::payments::calls(&app.db, status, wanted, count, cursor).await?)
}

/// An operator has a stalled call made again, under the same key.
pub async fn retry(app: &App, actor: &Actor, id: ProviderMessageId, envelope: &Envelope) -> Result<Retried> {
    operates(actor)?;
    let mut attempt = 1;
    loop {
        match try_retry(app, actor, id, envelope).await {
            Err(error) if may_retry(&error, attempt) => attempt += 1,
            answer => return answer,
        }
    }
}

async fn try_retry(app: &App, actor: &Actor, id: ProviderMessageId, envelope: &Envelope) -> Result<Retried> {
    let path = ["input", "providerCallId"];
    let not_found = || Refusal::not_found("provider call").at(&path);
    let input = json!({ "call": id });
    let claimed = match Claimed::begin(app, actor, envelope, "retryProviderCall", &input).await? {
        Begun::Fresh(claimed) => claimed,
        Begun::Replayed(_) => {
            let call = store::payments::call(&app.db, id).await?.ok_or_else(not_found)?;
            return Ok(Retried { call, replayed: true });
        }
    };
    let call = store::payments::call(&claimed.tx, id).await?.ok_or_else(not_found)?;
    let stalled = call.status == RequestStatus::Stalled;
    if !stalled || !store::payments::send_again(&claimed.tx, &call, app.clock.now()).await? {
        let message = format!("Only a stalled call is made again by hand; this one is {}.", call.status);
        return Err(Refusal::new(Code::TransitionRefused, message).at(&path).into());
    }
    let call = store::payments::call(&claimed.tx, id).await?.ok_or_else(not_found)?;
    claimed.finish(app, &Made { subject: Some(id.to_string()), ..Made::default() }).await?;
    Ok(Retried { call, replayed: false })
}
