//! Reading the public catalogue. Everything here is public to whoever may read the catalogue at all: the root fields
//! ask for the scope, what hangs below them needs no further right.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use crate::app::App;
use crate::domain::actor::{Actor, Scope};
use crate::domain::audit::Media;
use crate::domain::badge::BadgeAward;
use crate::domain::category::Category;
use crate::domain::error::{Code, Refusal};
use crate::domain::evidence::{EvidenceId, EvidenceKind, Recorded};
use crate::domain::export::ExportVolume;
use crate::domain::ids::{AuditId, CategoryId, ProductId, SupplierId};
use crate::domain::language::Translation;
use crate::domain::page::{Page, Slice};
use crate::domain::product::ProductCard;
use crate::domain::supplier::SupplierCard;
use crate::domain::time::Timestamp;
use crate::store;
use crate::store::catalogue::{badges, categories, evidence, lists, pages, products, suppliers};
use crate::store::trust::evidence as records;

use super::{Error, Result, require_scope};

pub use crate::store::catalogue::lists::ListedProduct;
pub use crate::store::catalogue::pages::{ProductKey, ProductPage, SupplierPage, SupplierSelection};

/// A page of a list, or why its cursor was refused; shared, as loaders hand it out many times.
pub type Paged<T> = Option<std::result::Result<Arc<Slice<T>>, Refusal>>;

/// Awards that one supplier or product shows at most to those who also look at what ended.
const AWARDS_SHOWN: i64 = 100;

/// The instant at which badges and certificates must hold to be shown. In a sandbox it counts what the clock was
/// advanced by as this node last saw it, so that reading costs no statement.
pub fn now(app: &App) -> Timestamp {
    app.clock.now().plus(app.sandbox_offset())
}

/// One listed product; drafts and withdrawn ones are as good as absent but for those who write them. A reference means
/// the caller's own product where the caller is a supplier, otherwise any supplier's; one that several have is refused.
pub async fn product(
    app: &App,
    actor: &Actor,
    key: ProductKey,
    with_supplier: bool,
) -> Result<Option<ProductPage>> {
    require_scope(actor, Scope::CatalogRead)?;
    let key = match key {
        ProductKey::Reference(None, reference) => ProductKey::Reference(actor.supplier, reference),
        other => other,
    };
    let mut found = pages::products(&app.db, &key, with_supplier).await?;
    if found.len() > 1 {
        let message = "Several suppliers use this reference. Look the product up by its id.";
        return Err(Error::Denied(Refusal::new(Code::InvalidInput, message).at(&["externalReference"])));
    }
    if found.is_empty() && super::products::writes(actor) {
        let card = super::products::own(app, actor, &key).await?;
        return Ok(card.map(|card| ProductPage { card, supplier: None }));
    }
    Ok(found.pop())
}

/// One listed supplier with the first of its products, where they are asked for; one statement.
pub async fn supplier(
    app: &App,
    actor: &Actor,
    id: SupplierId,
    selection: &SupplierSelection,
) -> Result<Option<SupplierPage>> {
    require_scope(actor, Scope::CatalogRead)?;
    Ok(pages::supplier(&app.db, id, selection).await?)
}

/// A page of the categories at the top.
pub async fn top_categories(app: &App, actor: &Actor, page: &Page) -> Result<Slice<Category>> {
    require_scope(actor, Scope::CatalogRead)?;
    categories::top(&app.db, page).await?.map_err(Error::Denied)
}

/// How many categories lie at the top.
pub async fn count_top_categories(app: &App) -> Result<i64> {
    Ok(categories::count_top(&app.db).await?)
}

/// Whether the caller may read the catalogue, for lookups that go through the functions below.
pub fn may_read(actor: &Actor) -> Result<()> {
    require_scope(actor, Scope::CatalogRead)
}

/// The cards of listed products, and of the caller's own whatever their state, for loaders.
pub async fn products_by_id(
    app: &App,
    actor: &Actor,
    ids: &[ProductId],
) -> Result<HashMap<ProductId, Option<Arc<ProductCard>>>> {
    let mut cards = pages::product_cards(&app.db, ids).await?;
    if cards.len() < ids.len() && super::products::writes(actor) {
        let listed: Vec<ProductId> = cards.iter().map(|card| card.product.id).collect();
        let missing: Vec<ProductId> = ids.iter().copied().filter(|id| !listed.contains(id)).collect();
        cards.extend(super::products::own_cards(app, actor, &missing).await?);
    }
    Ok(cards.into_iter().map(|card| (card.product.id, Some(Arc::new(card)))).collect())
}

/// The cards of listed suppliers, for loaders.
pub async fn suppliers_by_id(
    app: &App,
    ids: &[SupplierId],
) -> Result<HashMap<SupplierId, Option<Arc<SupplierCard>>>> {
    let cards = pages::supplier_cards(&app.db, ids).await?;
    Ok(cards.into_iter().map(|card| (card.supplier.id, Some(Arc::new(card)))).collect())
}

/// Categories, for loaders.
pub async fn categories_by_id(
    app: &App,
    ids: &[CategoryId],
) -> Result<HashMap<CategoryId, Option<Arc<Category>>>> {
    let found = categories::load(&app.db, ids).await?;
    Ok(found.into_iter().map(|category| (category.id, Some(Arc::new(category)))).collect())
}

/// The descriptions of products, for loaders.
pub async fn product_descriptions(app: &App, ids: &[ProductId]) -> Result<HashMap<ProductId, String>> {
    Ok(products::descriptions(&app.db, ids).await?)
}

/// What is said of products in further languages, for loaders.
pub async fn product_translations(
    app: &App,
    ids: &[ProductId],
) -> Result<HashMap<ProductId, Arc<Vec<Translation>>>> {
    Ok(shared(products::translations(&app.db, ids).await?))
}

/// The descriptions of suppliers, for loaders.
pub async fn supplier_descriptions(app: &App, ids: &[SupplierId]) -> Result<HashMap<SupplierId, String>> {
    Ok(suppliers::descriptions(&app.db, ids).await?)
}

/// The awards of suppliers, for loaders: those in force first, then those that ended however they did.
pub async fn supplier_awards(
    app: &App,
    ids: &[SupplierId],
) -> Result<HashMap<SupplierId, Arc<Vec<BadgeAward>>>> {
    Ok(shared(badges::shown_of_suppliers(&app.db, ids, (now(app), AWARDS_SHOWN)).await?))
}

/// The awards of products, for loaders: those in force first, then those that ended however they did.
pub async fn product_awards(
    app: &App,
    ids: &[ProductId],
) -> Result<HashMap<ProductId, Arc<Vec<BadgeAward>>>> {
    Ok(shared(badges::shown_of_products(&app.db, ids, (now(app), AWARDS_SHOWN)).await?))
}

/// Records of evidence by supplier and kind, withdrawn and expired ones included, for loaders.
pub async fn evidence_of(
    app: &App,
    keys: &[(SupplierId, EvidenceKind)],
) -> Result<HashMap<(SupplierId, EvidenceKind), Arc<Vec<Recorded>>>> {
    let mut found = HashMap::new();
    for &kind in EvidenceKind::ALL {
        let of_kind = keys.iter().filter(|(_, wanted)| *wanted == kind);
        let ids: Vec<SupplierId> = of_kind.map(|(supplier, _)| *supplier).collect();
        for (supplier, records) in records::of_suppliers(&app.db, kind, &ids).await? {
            found.insert((supplier, kind), Arc::new(records));
        }
    }
    Ok(found)
}

/// Records of evidence by their ids, withdrawn ones included, for loaders.
pub async fn evidence_by_id(
    app: &App,
    ids: &[EvidenceId],
) -> Result<HashMap<EvidenceId, Option<Arc<Recorded>>>> {
    let found = records::load(&app.db, ids).await?;
    Ok(found.into_iter().map(|known| (known.evidence.id(), Some(Arc::new(known)))).collect())
}

/// How much suppliers export, for loaders.
pub async fn export_volumes(
    app: &App,
    ids: &[SupplierId],
) -> Result<HashMap<SupplierId, Option<Arc<ExportVolume>>>> {
    let found = store::trust::exports::of_suppliers(&app.db, ids).await?;
    Ok(found.into_iter().map(|(id, volume)| (id, Some(Arc::new(volume)))).collect())
}

/// The certificates that cover products, withdrawn and expired ones included, for loaders.
pub async fn product_certificates(
    app: &App,
    ids: &[ProductId],
) -> Result<HashMap<ProductId, Arc<Vec<Recorded>>>> {
    Ok(shared(records::certificates_of_products(&app.db, ids).await?))
}

/// The media of audits, for loaders.
pub async fn audit_media(app: &App, ids: &[AuditId]) -> Result<HashMap<AuditId, Arc<Vec<Media>>>> {
    Ok(shared(evidence::media_of_audits(&app.db, ids).await?))
}

/// Pages of suppliers' products, for loaders; one statement for all suppliers with the same page.
pub async fn product_pages(
    app: &App,
    keys: &[(SupplierId, Page)],
) -> Result<HashMap<(SupplierId, Page), Paged<ListedProduct>>> {
    let mut found = HashMap::new();
    for (page, ids) in by_page(keys) {
        spread(&mut found, page, &ids, lists::products(&app.db, &ids, page).await?);
    }
    Ok(found)
}

/// Pages of the categories below others, for loaders; one statement for all with the same page.
pub async fn category_pages(
    app: &App,
    keys: &[(CategoryId, Page)],
) -> Result<HashMap<(CategoryId, Page), Paged<Category>>> {
    let mut found = HashMap::new();
    for (page, ids) in by_page(keys) {
        spread(&mut found, page, &ids, lists::categories(&app.db, &ids, page).await?);
    }
    Ok(found)
}

/// How many products suppliers list, for loaders.
pub async fn product_counts(app: &App, ids: &[SupplierId]) -> Result<HashMap<SupplierId, i64>> {
    Ok(lists::count_products(&app.db, ids).await?)
}

/// How many categories lie directly below others, for loaders.
pub async fn category_counts(app: &App, ids: &[CategoryId]) -> Result<HashMap<CategoryId, i64>> {
    Ok(lists::count_categories(&app.db, ids).await?)
}

fn shared<Id: Eq + Hash, T>(found: HashMap<Id, Vec<T>>) -> HashMap<Id, Arc<Vec<T>>> {
    found.into_iter().map(|(id, values)| (id, Arc::new(values))).collect()
}

/// The subjects of each distinct page.
pub(super) fn by_page<Subject: Copy>(keys: &[(Subject, Page)]) -> HashMap<&Page, Vec<Subject>> {
    let mut groups: HashMap<&Page, Vec<Subject>> = HashMap::new();
    for (subject, page) in keys {
        groups.entry(page).or_default().push(*subject);
    }
    groups
}

/// Hands a group's slices, or its refusal, to every key of the group.
pub(super) fn spread<Subject: Copy + Eq + Hash, T>(
    found: &mut HashMap<(Subject, Page), Paged<T>>,
    page: &Page,
    subjects: &[Subject],
    slices: std::result::Result<HashMap<Subject, Slice<T>>, Refusal>,
) {
    match slices {
        Ok(mut slices) => {
            for subject in subjects {
                if let Some(slice) = slices.remove(subject) {
                    found.insert((*subject, page.clone()), Some(Ok(Arc::new(slice))));
                }
            }
        }
        Err(refusal) => {
            for subject in subjects {
                found.insert((*subject, page.clone()), Some(Err(refusal.clone())));
            }
        }
    }
}
