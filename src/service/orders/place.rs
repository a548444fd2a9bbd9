//! Placing orders: read what is offered now, fix the terms, write the order and its first transition as one.

use serde::Serialize;

use crate::app::App;
use crate::domain::actor::{Actor, Role, Scope};
use crate::domain::contract::ReleasePolicy;
use crate::domain::error::{Code, Refusal};
use crate::domain::event::EventDraft;
use crate::domain::file::Attachment;
use crate::domain::ids::{CompanyId, FileId, OrderId, ProductId, QuoteId};
use crate::domain::message;
use crate::domain::money::{Currency, Money, UnitPrice};
use crate::domain::order::{
    self, ActorKind, BalanceDue, Command, LineRequest, OrderKind, PlaceRequest, SupplierFacts,
};
use crate::domain::policy::{Figures, Policy};
use crate::domain::product::Product;
use crate::domain::time::Timestamp;
use crate::service::quotes::{self, Taken};
use crate::service::{Error, Result, files, require_role, require_scope};
use crate::store::{self, Tx};

use super::envelope::{
    Begun, Claimed, Envelope, Made, Outcome, Persist, may_retry, now_in, persist, reload, replay,
};

/// One wish of a buyer.
#[derive(Debug, Clone, Serialize)]
pub struct LineInput {
    /// The product.
    pub product: ProductId,
    /// How many units.
    pub quantity: i64,
    /// The price of one unit that the buyer saw.
    pub expected_unit_price: Option<UnitPrice>,
    /// What exactly, in words.
    pub specification: Option<String>,
    /// Files that say it exactly.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<FileId>,
}

/// What a buyer asks for.
#[derive(Debug, Clone, Serialize)]
pub struct PlaceOrder {
    /// How the order comes about.
    pub kind: OrderKind,
    /// What.
    pub lines: Vec<LineInput>,
    /// The currency that the buyer expects.
    pub currency: Option<Currency>,
    /// Carriage that both agreed on, in minor units with its currency.
    pub freight: Option<(i64, Currency)>,
    /// The part of the price that starts production, in percent.
    pub deposit_percent: Option<i64>,
    /// When the rest is due.
    pub balance_due: BalanceDue,
    /// The trade term.
    pub incoterm: Option<String>,
    /// The country where the goods go.
    pub destination: String,
    /// How escrow is released.
    pub release_policy: ReleasePolicy,
    /// Whether an inspection stands between production and dispatch.
    pub inspection: bool,
    /// The buyer's own name of the order.
    pub external_reference: Option<String>,
    /// Stop at DRAFT.
    pub draft: bool,
    /// Files that belong to the agreement as a whole.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<FileId>,
    /// The accepted quote to take the figures from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quote: Option<QuoteId>,
}

/// Places an order (T01, then T02 or T02g unless it is to stay a draft).
pub async fn place(app: &App, actor: &Actor, wish: &PlaceOrder, envelope: &Envelope) -> Result<Outcome> {
    require_scope(actor, Scope::OrdersWrite)?;
    require_role(actor, &[Role::Buyer])?;
    check(wish)?;
    let named: Vec<FileId> = wish.files().copied().collect();
    files::settle(app, actor, &named).await?;
    let mut attempt = 1;
    loop {
        match try_place(app, actor, wish, envelope).await {
            Err(error) if may_retry(&error, attempt) => attempt += 1,
            answer => return answer,
        }
    }
}

async fn try_place(app: &App, actor: &Actor, wish: &PlaceOrder, envelope: &Envelope) -> Result<Outcome> {
    let input = serde_json::to_value(wish).map_err(anyhow::Error::from)?;
    let claimed = match Claimed::begin(app, actor, envelope, "placeOrder", &input).await? {
        Begun::Fresh(claimed) => claimed,
        Begun::Replayed(made) => return replay(app, made).await,
    };
    let now = now_in(app, &claimed.tx).await?;
    let (request, taken) = gather(app, actor, &claimed.tx, wish, now).await?;
    let placed = order::place(request, now).map_err(Error::Refused)?;
    let made = Made { order: Some(placed.order.id), ..Made::default() };
    let step = if wish.draft {
        None
    } else {
        Some(order::step(&placed.order, ActorKind::Buyer, &Command::Submit, now)?)
    };
    // Written for a check, too, and undone by it: the database has the last word on the reference.
    store::orders::insert(&claimed.tx, &placed.order).await.map_err(reference_in_use)?;
    if let Some(taken) = &taken {
        taken.write(&claimed.tx).await?;
    }
    if envelope.validate_only {
        claimed.finish(app, &made).await?;
        return Ok(Outcome { order: step.map_or(placed.order, |step| step.order), replayed: false, made });
    }
    let drafted: &[EventDraft] = &placed.events;
    if let Some(step) = &step {
        // Both events at once: an order is placed often, and every statement counts.
        persist(app, &claimed.tx, Persist { before: &placed.order, untold: drafted, step, now }).await?;
    } else {
        store::events::append(&claimed.tx, &placed.order, drafted, now, &app.ids).await?;
    }
    claimed.finish(app, &made).await?;
    reload(app, made, false).await
}

fn check(wish: &PlaceOrder) -> std::result::Result<(), Refusal> {
    if wish.lines.is_empty() || wish.lines.len() > order::MAXIMUM_LINES {
        return Err(Refusal::invalid(
            &["input", "lines"],
            format!("An order has 1 to {} lines.", order::MAXIMUM_LINES),
        ));
    }
    if wish.external_reference.as_ref().is_some_and(|text| text.is_empty() || text.chars().count() > 100) {
        return Err(Refusal::invalid(
            &["input", "externalReference"],
            "A reference has 1 to 100 characters.",
        ));
    }
    message::check_attachments(&wish.attachments)?;
    for (index, line) in wish.lines.iter().enumerate() {
        let index = index.to_string();
        let path = ["input", "lines", index.as_str(), "attachmentIds"];
        message::check_attachments(&line.attachments).map_err(|refusal| refusal.at(&path))?;
    }
    Ok(())
}

impl PlaceOrder {
    /// Every file that the order refers to.
    fn files(&self) -> impl Iterator<Item = &FileId> {
        self.attachments.iter().chain(self.lines.iter().flat_map(|line| &line.attachments))
    }
}

/// The buyer's own reference is unique; the database says so last.
fn reference_in_use(error: store::Error) -> Error {
    match &error {
        store::Error::Constraint(text) if text.contains("external_reference") => {
            let message = "You use this reference for another order. Choose another one.";
            Refusal::new(Code::ReferenceInUse, message).at(&["input", "externalReference"]).into()
        }
        _ => error.into(),
    }
}

async fn gather(
    app: &App,
    actor: &Actor,
    tx: &Tx,
    wish: &PlaceOrder,
    now: Timestamp,
) -> Result<(PlaceRequest, Option<Taken>)> {
    let buyer = actor.company.ok_or_else(|| {
        Error::Denied(Refusal::new(Code::Forbidden, "Orders are placed for a company; the token names none."))
    })?;
    let id: OrderId = app.ids.make(now);
    let taken = match wish.quote {
        Some(quote) => Some(quotes::take(tx, actor, quote, id, now).await?),
        None => None,
    };
    let ids: Vec<_> = wish.lines.iter().map(|line| line.product).collect();
    let offered = store::catalogue::offers::load(tx, &ids).await?;
    let first = offered.iter().find(|(product, _)| Some(&product.id) == ids.first());
    let (_, supplier) =
        first.ok_or_else(|| Refusal::not_found("product").at(&["input", "lines", "0", "productId"]))?;
    let parties = [buyer, supplier.supplier.company];
    let gathering = Gathering { app, actor, tx, parties: &parties, taken: taken.as_ref(), now };
    let mut lines = Vec::with_capacity(wish.lines.len());
    for (index, line) in wish.lines.iter().enumerate() {
        let index = index.to_string();
        let missing = || Refusal::not_found("product").at(&["input", "lines", &index, "productId"]);
        let (product, _) =
            offered.iter().find(|(product, _)| product.id == line.product).ok_or_else(missing)?;
        lines.push(gathering.line(&index, line, product).await?);
    }
    let company = store::parties::companies(tx, &[buyer]).await?.pop();
    let company = company.ok_or_else(|| anyhow::anyhow!("the token's company {buyer} is gone"))?;
    let request = PlaceRequest {
        number: number(id, now),
        id,
        instalments: [app.ids.make(now), app.ids.make(now)],
        kind: wish.kind,
        buyer,
        plan: company.plan,
        supplier: SupplierFacts {
            id: supplier.supplier.id,
            company: supplier.supplier.company,
            country: supplier.supplier.country.clone(),
            protected: supplier.is_protected(now),
        },
        lines,
        currency: wish.currency,
        freight: wish.freight.map(|(minor, currency)| Money::new(minor, currency)),
        deposit_percent: wish.deposit_percent,
        balance_due: wish.balance_due,
        incoterm: wish.incoterm.clone(),
        destination: wish.destination.clone(),
        release_policy: wish.release_policy,
        inspection: wish.inspection,
        external_reference: wish.external_reference.clone(),
        attachments: gathering.files(&wish.attachments, &["input", "attachmentIds"]).await?,
        quoted: taken.as_ref().map(|taken| taken.quoted.clone()),
        policy: policy(app, tx, now).await?,
    };
    Ok((request, taken))
}

/// What every line of a new order is put together with.
struct Gathering<'a> {
    app: &'a App,
    actor: &'a Actor,
    tx: &'a Tx,
    parties: &'a [CompanyId],
    taken: Option<&'a Taken>,
    now: Timestamp,
}

impl Gathering<'_> {
    async fn line(&self, index: &str, line: &LineInput, product: &Product) -> Result<LineRequest> {
        let quoted = || self.taken.and_then(|taken| taken.specification(line.product));
        Ok(LineRequest {
            id: self.app.ids.make(self.now),
            product: product.clone(),
            quantity: line.quantity,
            expected_unit_price: line.expected_unit_price,
            specification: line.specification.clone().or_else(quoted),
            attachments: self.files(&line.attachments, &["input", "lines", index, "attachmentIds"]).await?,
        })
    }

    async fn files(&self, ids: &[FileId], field: &[&str]) -> Result<Vec<Attachment>> {
        files::attach(self.tx, self.actor, ids, field, self.parties, self.now).await
    }
}

/// The number that people use: the day, and enough of the id that no two meet.
fn number(id: OrderId, now: Timestamp) -> String {
    let day = now.day().to_string().replace('-', "");
    let text = id.to_string();
    let tail = text.get(text.len().saturating_sub(10)..).unwrap_or(&text).to_uppercase();
    format!("{day}-{tail}")
}

/// The figures that hold now; a new platform begins with the initial ones.
pub(super) async fn policy(app: &App, tx: &Tx, now: Timestamp) -> Result<Policy> {
    if let Some(policy) = store::policies::at(tx, now).await? {
        return Ok(policy);
    }
    let policy = Policy { version: 1, valid_from: Timestamp::from_micros(0), figures: Figures::initial() };
    store::policies::insert(tx, app.ids.make(now), &policy, now).await.map_err(|error| match error {
        // Two first orders met: the other one wrote the same row.
        store::Error::Constraint(_) => store::Error::Retry,
        other => other,
    })?;
    Ok(policy)
}
