//! One loader for each kind of lookup below the root fields, new for each request: keys that are asked for at the same
//! time are looked up in one statement.
//!
//! A loader is never shared between requests: it would serve stale rows, and rows that another caller may see.

use std::collections::HashMap;
use std::fmt::Debug;
use std::hash::Hash;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use ::dataloader::BatchFn;
use ::dataloader::cached::Loader;
use async_graphql::Error;
use futures_util::future::BoxFuture;

use crate::app::App;
use crate::domain::actor::Actor;
use crate::domain::audit::Media;
use crate::domain::badge::BadgeAward;
use crate::domain::category::Category;
use crate::domain::deadline::Deadline;
use crate::domain::event::Event;
use crate::domain::evidence::{EvidenceId, EvidenceKind, Recorded};
use crate::domain::export::ExportVolume;
use crate::domain::ids::{
    AppId, AuditId, CategoryId, CompanyId, DeadlineId, DisputeId, FileId, OrderId, ProductId, QuoteId,
    ReviewId, SupplierId, ThreadId, WebhookDeliveryId,
};
use crate::domain::language::Translation;
use crate::domain::message::Message;
use crate::domain::metrics::MetricsPeriod;
use crate::domain::order::Evidence;
use crate::domain::page::Page;
use crate::domain::party::Company;
use crate::domain::product::ProductCard;
use crate::domain::review::{PartRating, Rating, Review, ScorePart};
use crate::domain::risk::Signal;
use crate::domain::supplier::{SupplierCard, SupplierMetrics};
use crate::domain::suspense::SuspenseItem;
use crate::domain::webhook::WebhookAttempt;
use crate::service;
use crate::service::apps::AppRow;
use crate::service::catalogue::{self, ListedProduct, Paged};
use crate::service::orders::{Entry, OrderKey};
use crate::service::products::{self, DatedLadder, Version};
use crate::service::reviews::{self, ReviewsOf, ReviewsWanted};
use crate::service::{messages, parties};

use super::error::internal;
use super::files::{self, File};
use super::orders::{self, Dispute, Order};
use super::quotes::{self, Quote};

/// How often a loader lets others run before it looks up: enough for every row of a page to hand in its key.
const YIELDS: usize = 10;

/// Keys that are looked up in one statement at most.
const BATCH: usize = 1_000;

/// What a loader remembers for a key: a value, or the failure that all keys of its batch share.
type Loaded<Value> = Result<Value, Arc<service::Error>>;
/// A service function that looks up many keys.
type Via<Key, Value> =
    fn(Arc<App>, Arc<Actor>, Vec<Key>) -> BoxFuture<'static, service::Result<HashMap<Key, Value>>>;

/// Looks up a batch by a service function.
pub struct Batch<Key, Value> {
    app: Arc<App>,
    actor: Arc<Actor>,
    via: Via<Key, Value>,
}

impl<Key, Value> BatchFn<Key, Loaded<Value>> for Batch<Key, Value>
where
    Key: Eq + Hash + Clone + Debug,
    Value: Default + Clone,
{
    /// An answer for every key: the loader panics or fails on a key without one.
    async fn load(&mut self, keys: &[Key]) -> HashMap<Key, Loaded<Value>> {
        match (self.via)(Arc::clone(&self.app), Arc::clone(&self.actor), keys.to_vec()).await {
            Ok(mut found) => {
                keys.iter().map(|key| (key.clone(), Ok(found.remove(key).unwrap_or_default()))).collect()
            }
            Err(error) => {
                let error = Arc::new(error);
                keys.iter().map(|key| (key.clone(), Err(Arc::clone(&error)))).collect()
            }
        }
    }
}

/// How a loader reaches its service function: `public` ones need no caller, `own` ones narrow by the caller.
macro_rules! lookup {
    (public $via:path) => {
        |app, _, keys| Box::pin(async move { $via(&app, &keys).await })
    };
    (own $via:path) => {
        |app, actor, keys| Box::pin(async move { $via(&app, &actor, &keys).await })
    };
}

macro_rules! loaders {
    ($($(#[$doc:meta])* $name:ident: $key:ty => $value:ty, $how:ident $via:path;)*) => {
        /// The loaders that share what they have looked up. Each is made where it is first asked for: most requests need none or a
        /// few of them, and making all would cost them more than what they ask for.
        #[derive(Default)]
        struct Shared {$(
            $name: OnceLock<Loader<$key, Loaded<$value>, Batch<$key, $value>>>,
        )*}

        impl Loaders {
            $(
                $(#[$doc])*
                pub async fn $name(&self, key: $key) -> Result<$value, Error> {
                    let shared = self.shared();
                    let loader = shared.$name.get_or_init(|| self.loader(lookup!($how $via)));
                    // Tokio's budget would make some rows of a long page wait at the loader's lock, and miss the batch.
                    match tokio::task::unconstrained(loader.try_load(key)).await {
                        Ok(Ok(value)) => Ok(value),
                        Ok(Err(error)) => Err((&*error).into()),
                        Err(error) => Err(internal(&error.into())),
                    }
                }
            )*
        }
    };
}

/// The loaders of one request.
pub struct Loaders {
    app: Arc<App>,
    actor: Arc<Actor>,
    shared: RwLock<Arc<Shared>>,
}

impl Loaders {
    /// Fresh loaders for this caller.
    pub fn for_request(app: &Arc<App>, actor: &Arc<Actor>) -> Self {
        Self { app: Arc::clone(app), actor: Arc::clone(actor), shared: RwLock::default() }
    }

    /// Forgets what was looked up. A stream lives long, and each of its events is answered from fresh rows; the commands of
    /// one document run one after the other, and none is answered with what was there before it.
    pub fn forget(&self) {
        *self.shared.write().unwrap_or_else(PoisonError::into_inner) = Arc::default();
    }

    fn loader<Key, Value>(&self, via: Via<Key, Value>) -> Loader<Key, Loaded<Value>, Batch<Key, Value>>
    where
        Key: Eq + Hash + Clone + Debug,
        Value: Default + Clone,
    {
        let batch = Batch { app: Arc::clone(&self.app), actor: Arc::clone(&self.actor), via };
        Loader::new(batch).with_yield_count(YIELDS).with_max_batch_size(BATCH)
    }

    fn shared(&self) -> Arc<Shared> {
        Arc::clone(&self.shared.read().unwrap_or_else(PoisonError::into_inner))
    }
}

loaders! {
    /// A listed product, or one of the caller's own.
    product: ProductId => Option<Arc<ProductCard>>, own catalogue::products_by_id;
    /// A listed supplier.
    supplier: SupplierId => Option<Arc<SupplierCard>>, public catalogue::suppliers_by_id;
    /// A category.
    category: CategoryId => Option<Arc<Category>>, public catalogue::categories_by_id;
    /// A review that the caller may see.
    review: ReviewId => Option<Arc<Review>>, own reviews::reviews_by_id;
    /// A product's description.
    product_description: ProductId => String, public catalogue::product_descriptions;
    /// What is said of a product in further languages, descriptions included.
    product_translations: ProductId => Arc<Vec<Translation>>, public catalogue::product_translations;
    /// A page of a product's former prices, newest first.
    price_history: (ProductId, Page) => Paged<DatedLadder>, public products::price_pages;
    /// A page of a product's versions, newest first.
    product_versions: (ProductId, Page) => Paged<Version>, own products::version_pages;
    /// A supplier's description.
    supplier_description: SupplierId => String, public catalogue::supplier_descriptions;
    /// A supplier's awards, those in force first, then those that ended.
    supplier_awards: SupplierId => Arc<Vec<BadgeAward>>, public catalogue::supplier_awards;
    /// A product's awards, those in force first, then those that ended.
    product_awards: ProductId => Arc<Vec<BadgeAward>>, public catalogue::product_awards;
    /// A supplier's evidence of one kind, with what was withdrawn.
    evidence_of: (SupplierId, EvidenceKind) => Arc<Vec<Recorded>>, public catalogue::evidence_of;
    /// A record of evidence.
    record: EvidenceId => Option<Arc<Recorded>>, public catalogue::evidence_by_id;
    /// How much a supplier exports.
    export_volume: SupplierId => Option<Arc<ExportVolume>>, public catalogue::export_volumes;
    /// The certificates that cover a product, with those that were withdrawn.
    product_certificates: ProductId => Arc<Vec<Recorded>>, public catalogue::product_certificates;
    /// An audit's media.
    audit_media: AuditId => Arc<Vec<Media>>, public catalogue::audit_media;
    /// A page of the reviews of a product or store.
    reviews: (ReviewsWanted, Page) => Paged<Arc<Review>>, public reviews::review_pages;
    /// How many reviews of a product or store are wanted.
    review_count: ReviewsWanted => i64, public reviews::review_counts;
    /// How the parts of the scores of a product or store add up.
    rating_parts: ReviewsOf => Arc<Vec<(ScorePart, PartRating)>>, public reviews::rating_parts;
    /// How a product or store was rated in a period.
    recent_rating: (ReviewsOf, MetricsPeriod) => Rating, public reviews::recent_ratings;
    /// What a supplier's orders add up to over a period.
    metrics: (SupplierId, MetricsPeriod) => SupplierMetrics, public service::metrics::of_suppliers;
    /// The signals of a supplier, worst first.
    supplier_signals: SupplierId => Arc<Vec<Signal>>, public service::risk::of_suppliers;
    /// The signals of a product, worst first.
    product_signals: ProductId => Arc<Vec<Signal>>, public service::risk::of_products;
    /// A page of a supplier's products, best rank first.
    products: (SupplierId, Page) => Paged<ListedProduct>, public catalogue::product_pages;
    /// A page of the categories below one, by name.
    categories: (CategoryId, Page) => Paged<Category>, public catalogue::category_pages;
    /// An app that the caller may see.
    partner_app: AppId => Option<Arc<AppRow>>, own service::apps::by_ids;
    /// A company.
    company: CompanyId => Option<Arc<Company>>, public parties::companies_by_id;
    /// An order that the caller may see.
    order: OrderId => Option<Order>, own orders::nodes_by_id;
    /// The movements of a visible order's money.
    transfers: OrderKey => Arc<Vec<Entry>>, public service::orders::entries;
    /// The timers of a visible order.
    deadlines: OrderKey => Arc<Vec<Deadline>>, public service::orders::deadlines;
    /// A timer of an order that the caller may see.
    deadline: DeadlineId => Option<Deadline>, own service::deadlines::by_ids;
    /// What happened to a visible order.
    timeline: OrderKey => Arc<Vec<Event>>, public service::orders::timelines;
    /// What was set aside for a visible order.
    suspense_items: OrderKey => Arc<Vec<SuspenseItem>>, public service::payments::suspense::of_orders;
    /// A quote that the caller may see.
    quote: QuoteId => Option<Quote>, own quotes::nodes_by_id;
    /// A file that the caller may read.
    file: FileId => Option<File>, own files::nodes_by_id;
    /// A page of a visible thread's messages, oldest first.
    messages: (ThreadId, Page) => Paged<Arc<Message>>, public messages::pages;
    /// How many messages a visible thread has.
    message_count: ThreadId => i64, public messages::counts;
    /// A dispute that the caller may read.
    dispute: DisputeId => Option<Dispute>, own orders::disputes_by_id;
    /// What was shown in a dispute.
    evidence: DisputeId => Arc<Vec<Evidence>>, public service::orders::disputes::shown_in;
    /// What became of each attempt at a webhook that the caller was shown.
    webhook_attempts: WebhookDeliveryId => Arc<Vec<WebhookAttempt>>, public service::webhooks::attempts;
    /// How many products a supplier lists.
    product_count: SupplierId => i64, public catalogue::product_counts;
    /// How many categories lie directly below one.
    category_count: CategoryId => i64, public catalogue::category_counts;
}

impl Debug for Loaders {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Loaders")
    }
}
