//! The conditions of a search as SQL that both databases read alike, each with the facet that it belongs to.

use sea_orm::{DbBackend, Value};
use serde_json::json;

use super::query::Sql;
use super::{is_one_of, list_of};
use crate::domain::audit::CertificateKind;
use crate::domain::badge::BadgeKind;
use crate::domain::money::Currency;
use crate::domain::search::{
    ConvertedPrice, FacetKind, OfferFilter, PriceFilter, ProductSearch, SearchQuery, SupplierSearch,
    VettingFilter,
};
use crate::domain::time::{Day, Timestamp};
use crate::store::Reader;

/// The price of a product for a quantity.
const PRICE_FOR: &str = "(SELECT p.unit_price FROM product_price p WHERE p.product_id = l.product_id \
     AND p.min_quantity <= ? ORDER BY p.min_quantity DESC LIMIT 1)";

/// Whether a certificate named `c` still counts.
pub(super) const NOT_WITHDRAWN: &str =
    "NOT EXISTS (SELECT 1 FROM evidence_record e WHERE e.id = c.id AND e.withdrawn_at IS NOT NULL)";

/// Conditions on a listing row named `l`.
pub(super) struct Conditions<'a> {
    backend: DbBackend,
    now: Timestamp,
    /// `product` or `supplier`.
    kind: &'a str,
    parts: Vec<(Option<FacetKind>, Sql)>,
}

impl<'a> Conditions<'a> {
    fn new(reader: &impl Reader, kind: &'a str, now: Timestamp) -> Self {
        Self { backend: reader.backend(), now, kind, parts: Vec::new() }
    }

    /// What must hold of a product that a search finds.
    pub(super) fn of_products(reader: &impl Reader, search: &ProductSearch) -> Self {
        let filter = &search.filter;
        let mut all = Self::new(reader, "product", search.now);
        all.words(search.words());
        all.vetting(&filter.vetting);
        all.offer(&filter.offer);
        if let Some(supplier) = filter.supplier {
            all.bind(None, "l.supplier_id = ?", [supplier.to_string()]);
        }
        all.one_of(FacetKind::AfterSales, "l.after_sales_label", &filter.after_sales_labels);
        if let Some(price) = filter.price {
            all.price(price, search.converted.as_ref());
        }
        if let Some(quantity) = filter.minimum_order_quantity {
            let kind = Some(FacetKind::MinimumOrderQuantity);
            if let Some(least) = quantity.least {
                all.bind(kind, "l.minimum_order_quantity >= ?", [least]);
            }
            if let Some(most) = quantity.most {
                all.bind(kind, "l.minimum_order_quantity <= ?", [most]);
            }
        }
        if let Some(lead) = filter.lead_time {
            let kind = Some(FacetKind::LeadTime);
            match lead.quantity {
                None => all.bind(kind, "l.lead_days <= ?", [lead.most_days]),
                Some(quantity) => all.bind(
                    kind,
                    "(SELECT t.days FROM product_lead_time t WHERE t.product_id = l.product_id \
                     AND t.min_quantity <= ? ORDER BY t.min_quantity DESC LIMIT 1) <= ?",
                    [quantity, lead.most_days],
                ),
            }
        }
        all
    }

    /// What must hold of a supplier that a search finds.
    pub(super) fn of_suppliers(reader: &impl Reader, search: &SupplierSearch) -> Self {
        let filter = &search.filter;
        let mut all = Self::new(reader, "supplier", search.now);
        all.words(search.words());
        all.vetting(&filter.vetting);
        if filter.offers != OfferFilter::default() {
            let mut offered = Self::new(reader, "product", search.now);
            offered.offer(&filter.offers);
            // The rows inside are named `l` as well; the list of their suppliers needs nothing of the row outside.
            let mut within =
                Sql::new("l.supplier_id IN (SELECT l.supplier_id FROM product_listing l WHERE 1 = 1");
            within.append(offered.all()).push(")");
            all.parts.push((None, within));
        }
        if let Some(least) = filter.minimum_on_time_dispatch {
            all.bind(None, "l.on_time_dispatch >= ?", [least]);
        }
        if let Some(most) = filter.most_response_seconds {
            all.bind(None, "l.response_seconds <= ?", [most]);
        }
        if let Some(years) = filter.least_years {
            all.bind(None, "l.established_on <= ?", [search.now.day().years_ago(years).number()]);
        }
        all
    }

    /// Leaves out what belongs to a facet.
    pub(super) fn without(mut self, kind: FacetKind) -> Self {
        self.parts.retain(|(known, _)| *known != Some(kind));
        self
    }

    /// All of them, each beginning with ` AND `.
    pub(super) fn all(self) -> Sql {
        conjunction(self.parts.into_iter().map(|(_, part)| part))
    }

    /// Those that belong to none of these facets, as [`Conditions::all`]; and one condition for each facet that
    /// the search is narrowed by.
    pub(super) fn apart(self, kinds: &[FacetKind]) -> (Sql, Vec<(FacetKind, Sql)>) {
        let mut rest = Vec::new();
        let mut apart: Vec<(FacetKind, Sql)> = Vec::new();
        for (kind, part) in self.parts {
            match kind.filter(|kind| kinds.contains(kind)) {
                None => rest.push(part),
                Some(kind) => match apart.iter_mut().find(|(known, _)| *known == kind) {
                    Some((_, all)) => {
                        all.push(" AND ").append(part);
                    }
                    None => apart.push((kind, part)),
                },
            }
        }
        (conjunction(rest), apart)
    }

    fn bind(
        &mut self,
        kind: Option<FacetKind>,
        text: &str,
        values: impl IntoIterator<Item = impl Into<Value>>,
    ) {
        let mut part = Sql::default();
        part.bind(text, values);
        self.parts.push((kind, part));
    }

    /// The rows in which every clause occurs. Terms are letters and digits only, so they need no escape in either
    /// database's query language.
    fn words(&mut self, query: Option<&SearchQuery>) {
        let Some(query) = query else { return };
        if self.backend == DbBackend::Postgres {
            self.bind(None, "l.search_vector @@ ?::tsquery", [tsquery(query)]);
        } else {
            let kind = self.kind;
            let text =
                format!("l.listing_number IN (SELECT rowid FROM {kind}_search WHERE {kind}_search MATCH ?)");
            let clauses: Vec<String> = query
                .clauses()
                .iter()
                .map(|clause| {
                    format!("\"{}\"{}", clause.terms.join(" "), if clause.is_prefix { "*" } else { "" })
                })
                .collect();
            self.bind(None, &text, [clauses.join(" ")]);
        }
    }

    fn vetting(&mut self, filter: &VettingFilter) {
        for badge in &filter.badges {
            let kind = Some(FacetKind::Badge);
            match badge_column(*badge, self.kind) {
                // The first half is what the partial index of a rare badge is for.
                Some(column) => {
                    let text = format!("l.{column} > 0 AND l.{column} > ?");
                    self.bind(kind, &text, [self.now.micros()]);
                }
                // No supplier carries a product's badge.
                None => self.parts.push((kind, Sql::new("1 = 0"))),
            }
        }
        self.one_of(FacetKind::Specialisation, "l.specialisation", &filter.specialisations);
        self.one_of(FacetKind::Country, "l.country", &filter.countries);
        let day = filter.certified_on.unwrap_or(self.now.day());
        for standard in &filter.management_certifications {
            self.certified(CertificateKind::Management, standard, day);
        }
        for standard in &filter.product_certifications {
            self.certified(CertificateKind::Product, standard, day);
        }
        if let Some(least) = filter.minimum_rating_thousandths {
            self.bind(Some(FacetKind::Rating), "l.rating_thousandths >= ?", [least]);
        }
    }

    fn offer(&mut self, filter: &OfferFilter) {
        self.flag(FacetKind::Guaranteed, "guaranteed", filter.guaranteed);
        self.flag(FacetKind::EasyReturn, "easy_return", filter.easy_return);
        self.flag(FacetKind::SampleAvailable, "sample_available", filter.sample_available);
        self.flag(FacetKind::Customisable, "customisable", filter.customisable);
        if let Some(category) = filter.category {
            // Whatever follows a path sorts before the path with a tilde, which no id holds.
            self.bind(
                Some(FacetKind::Category),
                "l.category_path >= (SELECT path FROM category WHERE id = ?) \
                 AND l.category_path < (SELECT path || '~' FROM category WHERE id = ?)",
                [category.to_string(), category.to_string()],
            );
        }
    }

    fn price(&mut self, filter: PriceFilter, converted: Option<&ConvertedPrice>) {
        let kind = Some(FacetKind::Price);
        match (converted, filter.quantity) {
            (Some(converted), None) => {
                let (least, most) = converted.dollars;
                self.bind(kind, "l.comparable_unit_price BETWEEN ? AND ?", [least, most]);
            }
            (Some(converted), Some(quantity)) => self.converted_at(converted, quantity),
            (None, quantity) => {
                let (least, most) = filter.bounds();
                let mut part = Sql::default();
                part.bind("l.currency = ?", [filter.currency.code()]);
                match quantity {
                    None => part.bind(" AND l.order_unit_price BETWEEN ? AND ?", [least, most]),
                    Some(quantity) => part.bind(
                        &format!(
                            " AND l.lowest_unit_price <= ? AND l.highest_unit_price >= ? \
                             AND {PRICE_FOR} BETWEEN ? AND ?"
                        ),
                        [most, least, quantity, least, most],
                    ),
                };
                self.parts.push((kind, part));
            }
        }
    }

    /// A price at a quantity, whatever its currency. All but the last follows from the last; it is what the indexes of
    /// prices can tell, so that only few ladders are read.
    fn converted_at(&mut self, converted: &ConvertedPrice, quantity: i64) {
        let (least, most) = converted.dollars;
        let bound = |pick: fn(&(Currency, i64, i64)) -> i64| {
            let bounds = converted.ranges.iter().map(|range| (range.0.to_string(), json!(pick(range))));
            serde_json::Value::Object(bounds.collect()).to_string()
        };
        let of_currency = if self.backend == DbBackend::Postgres {
            "(?::jsonb->>l.currency)::bigint"
        } else {
            "? ->> l.currency"
        };
        // A ladder that rises, as imported history may, asks less for its least quantity than for others.
        let text = format!(
            "l.comparable_unit_price >= COALESCE((SELECT min(r.comparable_unit_price) FROM product_listing r \
             WHERE r.comparable_highest_unit_price > r.comparable_unit_price AND r.comparable_unit_price < ? \
             AND r.comparable_highest_unit_price >= ?), ?) \
             AND l.comparable_lowest_unit_price <= ? AND l.comparable_highest_unit_price >= ? \
             AND {PRICE_FOR} BETWEEN {of_currency} AND {of_currency}"
        );
        let values: [Value; 8] = [
            least.into(),
            least.into(),
            least.into(),
            most.into(),
            least.into(),
            quantity.into(),
            bound(|range| range.1).into(),
            bound(|range| range.2).into(),
        ];
        self.bind(Some(FacetKind::Price), &text, values);
    }

    fn certified(&mut self, kind: CertificateKind, standard: &str, day: Day) {
        let covers = if kind == CertificateKind::Product && self.kind == "product" {
            "JOIN product_certificate pc ON pc.certificate_id = c.id AND pc.product_id = l.product_id"
        } else {
            ""
        };
        let facet = match kind {
            CertificateKind::Management => FacetKind::ManagementCertification,
            CertificateKind::Product => FacetKind::ProductCertification,
        };
        let values: [Value; 4] =
            [kind.as_str().into(), standard.into(), day.number().into(), day.number().into()];
        self.bind(
            Some(facet),
            &format!(
                "EXISTS (SELECT 1 FROM certificate c {covers} WHERE c.supplier_id = l.supplier_id \
                 AND c.kind = ? AND c.standard = ? AND c.valid_from <= ? AND c.valid_until >= ? AND {NOT_WITHDRAWN})"
            ),
            values,
        );
    }

    fn one_of<T: std::fmt::Display>(&mut self, kind: FacetKind, column: &str, values: &[T]) {
        match values {
            [] => {}
            // An index on the column and the order then gives the page in its order; a list would have all its rows sorted.
            [only] => self.bind(Some(kind), &format!("{column} = ?"), [only.to_string()]),
            several => self.bind(Some(kind), &is_one_of(self.backend, column), [list_of(several)]),
        }
    }

    /// A truth value is written out: only then does a partial index fit.
    fn flag(&mut self, kind: FacetKind, column: &str, wanted: Option<bool>) {
        if let Some(wanted) = wanted {
            let not = if wanted { "" } else { "NOT " };
            self.parts.push((Some(kind), Sql::new(format!("{not}l.{column}"))));
        }
    }
}

fn conjunction(parts: impl IntoIterator<Item = Sql>) -> Sql {
    let mut sql = Sql::default();
    for part in parts {
        sql.push(" AND ").append(part);
    }
    sql
}

/// A query in PostgreSQL's words.
fn tsquery(query: &SearchQuery) -> String {
    let clauses: Vec<String> = query
        .clauses()
        .iter()
        .map(|clause| {
            let terms: Vec<String> = clause.terms.iter().map(|term| format!("'{term}'")).collect();
            format!("({}{})", terms.join(" <-> "), if clause.is_prefix { ":*" } else { "" })
        })
        .collect();
    clauses.join(" & ")
}

/// The column of a listing that says until when a badge is held.
pub(super) fn badge_column(kind: BadgeKind, listing: &str) -> Option<&'static str> {
    match kind {
        BadgeKind::Gold => Some("gold_until"),
        BadgeKind::Verified => Some("verified_until"),
        BadgeKind::VerifiedPro => Some("verified_pro_until"),
        BadgeKind::TradeAssurance => Some("trade_assurance_until"),
        BadgeKind::Guaranteed => (listing == "product").then_some("guaranteed_until"),
        BadgeKind::EasyReturn => (listing == "product").then_some("easy_return_until"),
    }
}
