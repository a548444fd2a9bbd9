//! Who acts: an app for a company in a role, within granted scopes.

use std::fmt;
use std::str::FromStr;

use super::ids::{AppId, CompanyId, MemberId, SupplierId};
use super::words::words;

/// The part that a token's holder plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// A storefront that reads the public catalogue.
    Storefront,
    /// Acts for a buying company.
    Buyer,
    /// Acts for a supplier.
    Supplier,
    /// Acts for an independent inspection company.
    Inspector,
    /// Reports deliveries.
    Carrier,
    /// Receives returns.
    Warehouse,
    /// The platform's staff.
    Operator,
}

impl Role {
    /// Every role, in the order of their rank in documents.
    pub const ALL: [Self; 7] = [
        Self::Storefront,
        Self::Buyer,
        Self::Supplier,
        Self::Inspector,
        Self::Carrier,
        Self::Warehouse,
        Self::Operator,
    ];

    /// The word in tokens.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Storefront => "storefront",
            Self::Buyer => "buyer",
            Self::Supplier => "supplier",
            Self::Inspector => "inspector",
            Self::Carrier => "carrier",
            Self::Warehouse => "warehouse",
            Self::Operator => "operator",
        }
    }

    /// The scopes that a token of this role may hold at most.
    pub const fn scopes(self) -> &'static [Scope] {
        use Scope::{
            BulkRun, CatalogRead, CatalogWrite, DocumentsManage, EscrowWrite, InspectionsWrite,
            MessagesWrite, OrdersRead, OrdersWrite, PlatformOperate, ReviewsWrite, WebhooksManage,
        };
        match self {
            Self::Storefront => &[CatalogRead, WebhooksManage, BulkRun, DocumentsManage],
            Self::Buyer => &[
                CatalogRead,
                OrdersRead,
                OrdersWrite,
                EscrowWrite,
                ReviewsWrite,
                MessagesWrite,
                WebhooksManage,
                BulkRun,
                DocumentsManage,
            ],
            Self::Supplier => &[
                CatalogRead,
                CatalogWrite,
                OrdersRead,
                OrdersWrite,
                EscrowWrite,
                ReviewsWrite,
                MessagesWrite,
                WebhooksManage,
                BulkRun,
                DocumentsManage,
            ],
            Self::Inspector => &[CatalogRead, OrdersRead, InspectionsWrite, MessagesWrite, DocumentsManage],
            Self::Carrier | Self::Warehouse => &[OrdersRead, OrdersWrite, DocumentsManage],
            Self::Operator => &[
                CatalogRead,
                CatalogWrite,
                OrdersRead,
                OrdersWrite,
                EscrowWrite,
                ReviewsWrite,
                MessagesWrite,
                InspectionsWrite,
                WebhooksManage,
                BulkRun,
                DocumentsManage,
                PlatformOperate,
            ],
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or(UnknownWord)
    }
}

/// What a token may do, as printed by `@requiresScope` in the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Scope {
    /// Read the public catalogue; may be granted to callers without a token.
    CatalogRead,
    /// Write the own catalogue.
    CatalogWrite,
    /// Read the own orders.
    OrdersRead,
    /// Place and move the own orders.
    OrdersWrite,
    /// Move money: payment sessions, receipt, refunds.
    EscrowWrite,
    /// Write reviews and replies.
    ReviewsWrite,
    /// Write messages.
    MessagesWrite,
    /// Answer inspections.
    InspectionsWrite,
    /// Manage webhook endpoints.
    WebhooksManage,
    /// Run bulk queries.
    BulkRun,
    /// Register the app's trusted documents, and say whether it runs others.
    DocumentsManage,
    /// Act as the platform.
    PlatformOperate,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 12] = [
        Self::CatalogRead,
        Self::CatalogWrite,
        Self::OrdersRead,
        Self::OrdersWrite,
        Self::EscrowWrite,
        Self::ReviewsWrite,
        Self::MessagesWrite,
        Self::InspectionsWrite,
        Self::WebhooksManage,
        Self::BulkRun,
        Self::DocumentsManage,
        Self::PlatformOperate,
    ];

    /// The word in tokens and in the schema, such as `orders:read`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CatalogRead => "catalog:read",
            Self::CatalogWrite => "catalog:write",
            Self::OrdersRead => "orders:read",
            Self::OrdersWrite => "orders:write",
            Self::EscrowWrite => "escrow:write",
            Self::ReviewsWrite => "reviews:write",
            Self::MessagesWrite => "messages:write",
            Self::InspectionsWrite => "inspections:write",
            Self::WebhooksManage => "webhooks:manage",
            Self::BulkRun => "bulk:run",
            Self::DocumentsManage => "documents:manage",
            Self::PlatformOperate => "platform:operate",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Scope {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text).ok_or(UnknownWord)
    }
}

/// A word that names no role or scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("unknown word")]
pub struct UnknownWord;

/// A set of scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct ScopeSet(u16);

impl ScopeSet {
    /// Whether the scope is in the set.
    pub const fn contains(self, scope: Scope) -> bool {
        self.0 & (1 << scope as u8) != 0
    }

    /// Only what is in both sets.
    #[must_use]
    pub const fn intersect(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The scopes of the set, in their order.
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.into_iter().filter(move |&scope| self.contains(scope))
    }
}

impl FromIterator<Scope> for ScopeSet {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().fold(0, |bits, scope| bits | 1 << scope as u8))
    }
}

/// The authenticated caller of one request, or the anonymous one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Actor {
    /// The app that called; none for callers without a token.
    pub app: Option<AppId>,
    /// The company that it acts for; none for storefronts and the platform.
    pub company: Option<CompanyId>,
    /// The person, where the token names one.
    pub member: Option<MemberId>,
    /// The supplier that the company is, where the role is [`Role::Supplier`].
    pub supplier: Option<SupplierId>,
    /// The role; none for callers without a token.
    pub role: Option<Role>,
    /// What the token may do.
    pub scopes: ScopeSet,
}

impl Actor {
    /// The caller without a token: may read the public catalogue where the configuration lets it.
    pub fn anonymous(may_read_catalogue: bool) -> Self {
        let scopes = may_read_catalogue.then_some(Scope::CatalogRead).into_iter().collect();
        Self { app: None, company: None, member: None, supplier: None, role: None, scopes }
    }

    /// Whether the actor is the platform's staff.
    pub fn is_operator(&self) -> bool {
        self.role == Some(Role::Operator)
    }

    /// Whether nobody authenticated.
    pub fn is_anonymous(&self) -> bool {
        self.role.is_none()
    }
}

words! {
    /// Who caused an event.
    EventActor {
        /// The buyer's company.
        Buyer => "BUYER",
        /// The supplier's company.
        Supplier => "SUPPLIER",
        /// The platform's staff.
        Operator => "OPERATOR",
        /// The platform's staff, where it took a badge away.
        Platform => "PLATFORM",
        /// An independent inspection company.
        Inspector => "INSPECTOR",
        /// A carrier.
        Carrier => "CARRIER",
        /// A warehouse that receives returns.
        Warehouse => "WAREHOUSE",
        /// A payment provider, by a signed message.
        Provider => "PROVIDER",
        /// The rules: what something rested on changed.
        Rules => "RULES",
        /// The clock.
        Clock => "CLOCK",
    }
}
