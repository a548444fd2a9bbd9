//! Creating, changing, publishing and withdrawing one product.

use serde::Serialize;
use serde_json::{Value, json};

use crate::app::App;
use crate::domain::actor::Actor;
use crate::domain::error::{Code, Detail, Refusal};
use crate::domain::ids::{ProductId, SupplierId};
use crate::domain::product::{Product, ProductCard, ProductStatus};
use crate::domain::sheet::{Advice, Move, Sheet, VersionAction, on_record};
use crate::domain::time::Timestamp;
use crate::service::orders::{Begun, Claimed, Envelope, Made, may_retry, now_in};
use crate::service::{Error, Result, files};
use crate::store::Tx;
use crate::store::catalogue::versions::{self, Author, Version};
use crate::store::catalogue::{cards, evidence, listing, products, suppliers};

use super::judge::{ProductWish, Shelf};
use super::{demand_writer, may_write, supplier_of};

/// What a command answered.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The product after it; with `validate_only` as it would be.
    pub card: ProductCard,
    /// What is not wrong and still keeps buyers away.
    pub advice: Vec<Advice>,
    /// Whether this is the answer to an earlier command with the same key.
    pub replayed: bool,
}

/// A new product.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateProduct {
    /// For whom; oneself unless named.
    pub supplier: Option<SupplierId>,
    /// What it is.
    pub wish: ProductWish,
    /// Whether it is published at once.
    pub publish: bool,
}

/// A product before and after it is written.
pub(super) struct Written {
    /// None where it is new.
    pub(super) before: Option<Sheet>,
    pub(super) after: Sheet,
    pub(super) action: VersionAction,
}

impl Written {
    /// A product changed; none where nothing is different. What is written gets the next version and its time.
    pub(super) fn change(before: Sheet, after: Sheet, action: VersionAction, now: Timestamp) -> Option<Self> {
        if after.changed_fields(&before).is_empty() {
            return None;
        }
        let product = Product { version: before.product.version + 1, updated_at: now, ..after.product };
        let after = Sheet { product, certificates: after.certificates };
        Some(Self { before: Some(before), after, action })
    }
}

/// Puts a path before the field of each refusal.
pub(super) fn under(refusals: Vec<Refusal>, path: &[&str]) -> Vec<Refusal> {
    refusals.into_iter().map(|refusal| refusal.under(path)).collect()
}

/// Creates a product.
pub async fn create(app: &App, actor: &Actor, new: &CreateProduct, envelope: &Envelope) -> Result<Outcome> {
    demand_writer(actor)?;
    let supplier = supplier_of(actor, new.supplier)?;
    settle(app, actor, &new.wish).await?;
    let mut attempt = 1;
    loop {
        match try_create(app, actor, supplier, new, envelope).await {
            Err(error) if may_retry(&error, attempt) => attempt += 1,
            answer => return answer,
        }
    }
}

/// Looks whether files that are sent past this server have come.
async fn settle(app: &App, actor: &Actor, wish: &ProductWish) -> Result<()> {
    files::settle_own(app, actor, &wish.named_files()).await
}

async fn try_create(
    app: &App,
    actor: &Actor,
    supplier: SupplierId,
    new: &CreateProduct,
    envelope: &Envelope,
) -> Result<Outcome> {
    let input = serde_json::to_value(new).map_err(anyhow::Error::from)?;
    let claimed = match Claimed::begin(app, actor, envelope, "createProduct", &input).await? {
        Begun::Fresh(claimed) => claimed,
        Begun::Replayed(made) => return replay(app, &made).await,
    };
    if !suppliers::begin_writing(&claimed.tx, supplier).await? {
        return Err(Refusal::not_found("supplier").at(&["input", "supplierId"]).into());
    }
    let now = now_in(app, &claimed.tx).await?;
    let shelf = Shelf::load(&claimed.tx, actor, supplier, &[&new.wish], now).await?;
    let after = make(app, &shelf, &new.wish, new.publish);
    let after = after.map_err(|refusals| Error::Refused(under(refusals, &["input", "product"])))?;
    let id = after.product.id;
    let written = Written { before: None, after, action: VersionAction::Created };
    finish(app, actor, claimed, id, vec![written], now).await
}

/// A new product by a wish.
pub(super) fn make(
    app: &App,
    shelf: &Shelf,
    wish: &ProductWish,
    publish: bool,
) -> std::result::Result<Sheet, Vec<Refusal>> {
    let mut missing = wish.patch.demand_whole();
    match shelf.judge(app, shelf.blank(app)?, wish) {
        Ok(mut after) if missing.is_empty() => {
            if publish {
                after.product.status = ProductStatus::Published;
            }
            Ok(after)
        }
        Ok(_) => Err(missing),
        Err(found) => {
            // What is missing is said once.
            let told =
                |refusal: &Refusal| missing.iter().any(|known| known.field.first() == refusal.field.first());
            let found: Vec<_> = found.into_iter().filter(|refusal| !told(refusal)).collect();
            missing.extend(found);
            Err(missing)
        }
    }
}

/// Changes a product.
pub async fn update(
    app: &App,
    actor: &Actor,
    id: ProductId,
    wish: &ProductWish,
    envelope: &Envelope,
) -> Result<Outcome> {
    demand_writer(actor)?;
    settle(app, actor, wish).await?;
    let input = json!({ "product": id, "wish": wish });
    run(app, actor, &Step { id, operation: "updateProduct", input, deed: Deed::Change(wish), envelope }).await
}

/// Offers a product.
pub async fn publish(app: &App, actor: &Actor, id: ProductId, envelope: &Envelope) -> Result<Outcome> {
    demand_writer(actor)?;
    let (input, deed) = (json!({ "product": id }), Deed::Move(Move::Publish));
    run(app, actor, &Step { id, operation: "publishProduct", input, deed, envelope }).await
}

/// Offers a product no longer.
pub async fn withdraw(app: &App, actor: &Actor, id: ProductId, envelope: &Envelope) -> Result<Outcome> {
    demand_writer(actor)?;
    let (input, deed) = (json!({ "product": id }), Deed::Move(Move::Withdraw));
    run(app, actor, &Step { id, operation: "withdrawProduct", input, deed, envelope }).await
}

/// One command on one product.
struct Step<'a> {
    id: ProductId,
    operation: &'a str,
    input: Value,
    deed: Deed<'a>,
    envelope: &'a Envelope,
}

enum Deed<'a> {
    Change(&'a ProductWish),
    Move(Move),
}

async fn run(app: &App, actor: &Actor, step: &Step<'_>) -> Result<Outcome> {
    let mut attempt = 1;
    loop {
        match try_run(app, actor, step).await {
            Err(error) if may_retry(&error, attempt) => attempt += 1,
            answer => return answer,
        }
    }
}

async fn try_run(app: &App, actor: &Actor, step: &Step<'_>) -> Result<Outcome> {
    let claimed = match Claimed::begin(app, actor, step.envelope, step.operation, &step.input).await? {
        Begun::Fresh(claimed) => claimed,
        Begun::Replayed(made) => return replay(app, &made).await,
    };
    let tx = &claimed.tx;
    let seen = products::load(tx, &[step.id]).await?.pop();
    let seen = seen.filter(|product| may_write(actor, product));
    let supplier = seen.ok_or_else(|| Refusal::not_found("product").at(&["input", "productId"]))?.supplier;
    suppliers::begin_writing(tx, supplier).await?;
    products::lock(tx, &[step.id]).await?;
    let before = versions::sheets(tx, &[step.id]).await?.pop();
    let before = before.ok_or_else(|| anyhow::anyhow!("{} is gone", step.id))?;
    // After the lock: a command that waited sees the time after its wait.
    let now = now_in(app, tx).await?;
    check_version(tx, &before, step.envelope.expected_version).await?;
    let (after, action) = match &step.deed {
        Deed::Change(wish) => {
            let shelf = Shelf::load(tx, actor, supplier, &[wish], now).await?;
            let after = shelf.judge(app, before.clone(), wish);
            let blamed = |refusals| Error::Refused(under(refusals, &["input", "product"]));
            (after.map_err(blamed)?, VersionAction::Updated)
        }
        Deed::Move(next) => {
            let action = match next {
                Move::Publish => VersionAction::Published,
                Move::Withdraw => VersionAction::Withdrawn,
            };
            // What is on record is no field of this command's.
            let blamed = |refusals: Vec<Refusal>| {
                let path = ["input", "productId"];
                Error::Refused(refusals.into_iter().map(|it| on_record(it, &path)).collect())
            };
            (next.apply(before.clone()).map_err(blamed)?, action)
        }
    };
    let written = Written::change(before, after, action, now).into_iter().collect();
    finish(app, actor, claimed, step.id, written, now).await
}

/// A stale version is refused with both versions, and with what differs between them: every former version is kept.
async fn check_version(tx: &Tx, before: &Sheet, expected: Option<i64>) -> Result<()> {
    let (id, current) = (before.product.id, before.product.version);
    let Some(expected) = expected.filter(|expected| *expected != current) else { return Ok(()) };
    let seen = versions::sheet_at(tx, id, expected).await?;
    let changed_fields = seen.map(|seen| before.changed_fields(&seen).into());
    let message = "The product was changed since you read it. Read it again and decide again.";
    let refusal = Refusal::new(Code::VersionConflict, message).at(&["input", "expectedVersion"]);
    let detail = Detail::Version { subject: id.to_string(), expected, current, changed_fields };
    Err(refusal.with(detail).into())
}

/// Writes what changed, keeps the answer, commits.
async fn finish(
    app: &App,
    actor: &Actor,
    claimed: Claimed<'_>,
    id: ProductId,
    written: Vec<Written>,
    now: Timestamp,
) -> Result<Outcome> {
    write(&claimed.tx, actor, &written, now).await?;
    let card = cards::own_cards(&claimed.tx, &[id]).await?.pop();
    let card = card.ok_or_else(|| anyhow::anyhow!("{id} is gone"))?;
    claimed.finish(app, &Made::of(id)).await?;
    Ok(Outcome { advice: advice(&card), card, replayed: false })
}

fn advice(card: &ProductCard) -> Vec<Advice> {
    Sheet { product: card.product.clone(), certificates: Vec::new() }.advice()
}

async fn replay(app: &App, made: &Made) -> Result<Outcome> {
    let id: ProductId = made.subject()?;
    let card = cards::own_cards(&app.db, &[id]).await?.pop();
    let card = card.ok_or_else(|| anyhow::anyhow!("{id} is gone"))?;
    Ok(Outcome { advice: advice(&card), card, replayed: true })
}

/// Writes products with their versions and listings, in a few statements whatever their number but for the changed ones.
/// Their supplier is locked, and so are those that were there.
pub(super) async fn write(tx: &Tx, actor: &Actor, all: &[Written], now: Timestamp) -> Result<()> {
    if all.is_empty() {
        return Ok(());
    }
    let created = all.iter().filter(|written| written.before.is_none()).map(|written| &written.after);
    let created: Vec<Product> = created.map(|sheet| sheet.product.clone()).collect();
    let before: Vec<Sheet> = all.iter().filter_map(|written| written.before.clone()).collect();
    versions::keep(tx, &before).await?;
    products::insert_products(tx, &created).await?;
    for written in all.iter().filter(|written| written.before.is_some()) {
        if !products::replace_product(tx, &written.after.product).await? {
            return Err(anyhow::anyhow!("{} moved on under its lock", written.after.product.id).into());
        }
    }
    let covers: Vec<_> =
        all.iter().map(|it| (it.after.product.id, it.after.certificates.as_slice())).collect();
    evidence::replace_covers(tx, &covers).await?;
    let rows = all.iter().map(|written| version(actor, written, now)).collect::<Result<Vec<_>>>()?;
    versions::insert(tx, &rows).await?;
    let ids: Vec<ProductId> = all.iter().map(|written| written.after.product.id).collect();
    Ok(listing::refresh_products(tx, &ids, now).await?)
}

fn version(actor: &Actor, written: &Written, now: Timestamp) -> Result<Version> {
    let after = &written.after;
    let changed = match &written.before {
        Some(before) => after.changed_fields(before),
        None => Vec::new(),
    };
    Ok(Version {
        product: after.product.id,
        number: after.product.version,
        action: written.action,
        changed_fields: changed.into_iter().map(str::to_owned).collect(),
        author: Some(Author { app: actor.app, company: actor.company, role: actor.role }),
        document: versions::document(after)?,
        changed_at: now,
    })
}
