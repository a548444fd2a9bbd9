//! Commands that name a part of an order, such as an inspection, and not the order itself.

use serde_json::Value;

use crate::app::App;
use crate::domain::actor::{Actor, Scope};
use crate::domain::error::{Code, Refusal};
use crate::domain::ids::OrderId;
use crate::domain::order::{ActorKind, Command, Order};
use crate::service::{Error, Result, require_scope};
use crate::store;

use super::command::{Request, run};
use super::envelope::{Envelope, Made, Outcome};
use super::part_of;

/// A part of an order as a caller names it.
pub(super) struct Named<'a> {
    /// Its id.
    pub(super) id: String,
    /// What it is, for people.
    pub(super) what: &'a str,
    /// The input field that names it.
    pub(super) field: &'a str,
}

impl Named<'_> {
    fn not_found(&self) -> Refusal {
        Refusal::not_found(self.what).at(&["input", self.field])
    }
}

/// Who may give a command, by which right, under which name.
pub(super) struct Right<'a> {
    pub(super) operation: &'a str,
    pub(super) input: Value,
    pub(super) scope: Scope,
    pub(super) parts: &'a [ActorKind],
}

/// Runs a command on the order that the named part belongs to. `is_concerned` says whether the actor's company is the one
/// that the part concerns; it never changes, so no lock is needed to look. What the caller may not see is not there.
pub(super) async fn run_named(
    app: &App,
    actor: &Actor,
    named: Named<'_>,
    right: Right<'_>,
    envelope: &Envelope,
    is_concerned: impl Fn(&Order) -> bool,
    command: impl Fn(Made) -> (Command, Made),
) -> Result<Outcome> {
    require_scope(actor, right.scope)?;
    let order: OrderId =
        store::orders::of_region(&app.db, &named.id).await?.ok_or_else(|| named.not_found())?;
    let found = store::orders::load(&app.db, &[order]).await?.pop();
    let seen = found.is_some_and(|order| part_of(actor, &order).is_some() && is_concerned(&order));
    if !seen {
        return Err(named.not_found().into());
    }
    let Right { operation, input, scope, parts } = right;
    let request = Request { order, envelope, operation, input, scope, parts };
    let answer = run(app, actor, request, |_| command(Made::default())).await;
    answer.map_err(|error| match error {
        Error::Refused(refusals) if refusals.iter().any(|refusal| refusal.code == Code::NotFound) => {
            named.not_found().into()
        }
        other => other,
    })
}

/// Checks a text of the input.
pub(super) fn check_text(field: &str, text: &str, most: usize) -> Result<()> {
    if text.trim().is_empty() || text.chars().count() > most {
        let message = format!("This has 1 to {most} characters.");
        return Err(Refusal::invalid(&["input", field], message).into());
    }
    Ok(())
}
