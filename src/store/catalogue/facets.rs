//! What a search can be narrowed by, with counts: one statement for all facets.
//!
//! A row that misses the filter in one facet only still counts for that facet, so each facet's counts are those of
//! everything else in the filter. The rows are gathered in arms: those that meet the whole filter, and for each facet
//! that narrows those that miss it there alone. Each arm keeps its conditions, so that an index serves it, and has a
//! bound of its own, so that many rows that miss never crowd out those that meet.

use sea_orm::{ConnectionTrait, Value};

use super::conditions::{Conditions, NOT_WITHDRAWN, badge_column};
use super::parse;
use super::query::Sql;
use crate::domain::badge::BadgeKind;
use crate::domain::ids::CategoryId;
use crate::domain::product::AfterSalesLabel;
use crate::domain::search::{
    Facet, FacetKind, FacetValue, LEAD_DAYS, PriceRange, ProductSearch, QUANTITIES, RATINGS, SupplierSearch,
};
use crate::domain::time::{Day, Timestamp};
use crate::store::{Reader, Result};

/// Values of one facet at most.
const MAXIMUM_VALUES: usize = 50;

/// What a search asks of facets.
pub struct Wanted<'a> {
    /// Which facets.
    pub kinds: &'a [FacetKind],
    /// Rows that are counted in each arm at most; [`COUNTED_ROWS`](crate::domain::search::COUNTED_ROWS) but in tests.
    pub most_rows: i64,
}

const OF_SUPPLIERS: &str = "l.supplier_id, l.country, l.specialisation, l.gold_until, l.verified_until, \
     l.verified_pro_until, l.trade_assurance_until, l.rating_thousandths";
const OF_PRODUCTS: &str = "l.product_id, l.category_path, l.guaranteed_until, l.easy_return_until, l.guaranteed, l.easy_return, l.sample_available, \
     l.customisable, l.after_sales_label, l.comparable_unit_price, l.minimum_order_quantity, l.lead_days";

/// The facets of a product search, of these kinds.
pub async fn products(
    reader: &impl Reader,
    search: &ProductSearch,
    wanted: &Wanted<'_>,
) -> Result<Vec<Facet>> {
    let count = counting(reader, search, wanted);
    let select = |kind, value: &str| search.filter.selects(kind, value);
    read(reader, count, select, |kind| search.filter.vetting.asked(kind)).await
}

/// The statement for the facets of a product search.
pub(super) fn counting(reader: &impl Reader, search: &ProductSearch, wanted: &Wanted<'_>) -> Counting {
    let columns = format!("{OF_SUPPLIERS}, {OF_PRODUCTS}");
    let (base, apart) = Conditions::of_products(reader, search).apart(wanted.kinds);
    let day = search.filter.vetting.certified_on.unwrap_or(search.now.day());
    let mut count = Counting::begin(&format!("{columns} FROM product_listing l"), &base, apart, wanted);
    count.flags(search.now, "product");
    count.groups();
    count.categories(search.filter.offer.category);
    count.management(day, "MANAGEMENT", FacetKind::ManagementCertification);
    count.coverage(day);
    count
}

/// The facets of a supplier search, of these kinds.
pub async fn suppliers(
    reader: &impl Reader,
    search: &SupplierSearch,
    wanted: &Wanted<'_>,
) -> Result<Vec<Facet>> {
    let (base, apart) = Conditions::of_suppliers(reader, search).apart(wanted.kinds);
    let day = search.filter.vetting.certified_on.unwrap_or(search.now.day());
    let mut count = Counting::begin(&format!("{OF_SUPPLIERS} FROM supplier_listing l"), &base, apart, wanted);
    count.flags(search.now, "supplier");
    count.groups();
    count.management(day, "MANAGEMENT", FacetKind::ManagementCertification);
    count.management(day, "PRODUCT", FacetKind::ProductCertification);
    let select = |kind, value: &str| search.filter.selects(kind, value);
    read(reader, count, select, |kind| search.filter.vetting.asked(kind)).await
}

/// A value that a row has or has not: kind, value, label, condition with its placeholders' values.
struct Flag {
    kind: FacetKind,
    value: String,
    label: String,
    condition: Sql,
}

/// The statement as it is made.
pub(super) struct Counting {
    sql: Sql,
    kinds: Vec<FacetKind>,
    most_rows: i64,
    /// The facets that the search is narrowed by, in the order of their bits.
    narrowed: Vec<FacetKind>,
    /// The parts that read what was gathered.
    parts: Sql,
    /// The steps of measures, in their order.
    steps: Vec<(FacetKind, String)>,
}

impl Counting {
    /// Gathers the rows that meet the filter (`missed` is 0), and those that miss it in one facet alone (its bit).
    fn begin(select: &str, base: &Sql, apart: Vec<(FacetKind, Sql)>, wanted: &Wanted<'_>) -> Self {
        let mut sql = Sql::new("WITH found AS MATERIALIZED (");
        let missing = std::iter::once(None).chain((0..apart.len()).map(Some));
        for missed in missing {
            let bit = missed.map_or(0, |place| 1_u64 << place);
            let union = if missed.is_none() { "" } else { " UNION ALL " };
            sql.push(&format!("{union}SELECT * FROM (SELECT {bit} AS missed, {select} WHERE 1 = 1"));
            sql.append(base.clone());
            for (place, (_, condition)) in apart.iter().enumerate() {
                let end = if missed == Some(place) { ") IS NOT TRUE" } else { ")" };
                sql.push(" AND (").append(condition.clone()).push(end);
            }
            // One more than is counted shows that there are more.
            sql.push(&format!(" LIMIT {}) arm{bit}", wanted.most_rows + 1));
        }
        sql.push(")");
        let parts = Sql::new(
            "SELECT 'FOUND' AS kind, CAST(missed AS TEXT) AS value, '' AS label, count(*) AS times \
             FROM found GROUP BY missed",
        );
        let narrowed = apart.into_iter().map(|(kind, _)| kind).collect();
        let (kinds, most_rows) = (wanted.kinds.to_vec(), wanted.most_rows);
        Self { sql, kinds, most_rows, narrowed, parts, steps: Vec::new() }
    }

    /// The facets whose counts are no more than lower bounds where the arm `missed` holds too many rows.
    fn inexact(&self, missed: &str) -> Vec<FacetKind> {
        match self.narrowed.iter().enumerate().find(|(place, _)| (1_u64 << place).to_string() == missed) {
            Some((_, kind)) => vec![*kind],
            None => self.kinds.clone(),
        }
    }

    fn wants(&self, kind: FacetKind) -> bool {
        self.kinds.contains(&kind)
    }

    /// The rows that count for a facet: those that miss nothing, or the filter in this facet alone.
    fn counts_for(&self, kind: FacetKind) -> String {
        match self.narrowed.iter().position(|known| *known == kind) {
            None => "missed = 0".to_owned(),
            Some(bit) => format!("missed IN (0, {})", 1_u64 << bit),
        }
    }

    /// Counts everything that a row has or has not in one pass.
    fn flags(&mut self, now: Timestamp, listing: &str) {
        let flags: Vec<Flag> =
            all_flags(now, listing).into_iter().filter(|flag| self.wants(flag.kind)).collect();
        if flags.is_empty() {
            return;
        }
        self.steps = flags.iter().map(|flag| (flag.kind, flag.value.clone())).collect();
        self.sql.push(", flags AS MATERIALIZED (SELECT ");
        for (place, flag) in flags.into_iter().enumerate() {
            let counted = self.counts_for(flag.kind);
            self.sql.push(if place == 0 { "" } else { ", " });
            self.sql.push(&format!("sum(CASE WHEN {counted} AND ")).append(flag.condition);
            self.sql.push(&format!(" THEN 1 ELSE 0 END) AS f{place}"));
            self.parts.push(&format!(
                " UNION ALL SELECT '{}', '{}', '{}', f{place} FROM flags",
                flag.kind, flag.value, flag.label
            ));
        }
        self.sql.push(" FROM found)");
    }

    /// Counts what a row has one of.
    fn groups(&mut self) {
        for (kind, column) in [(FacetKind::Specialisation, "specialisation"), (FacetKind::Country, "country")]
        {
            if self.wants(kind) {
                let counted = self.counts_for(kind);
                self.parts.push(&format!(
                    " UNION ALL SELECT '{kind}', {column}, {column}, count(*) FROM found \
                     WHERE {column} IS NOT NULL AND {counted} GROUP BY {column}"
                ));
            }
        }
    }

    /// Counts the categories below the chosen one, it itself and those beside it; those at the top without a choice.
    fn categories(&mut self, chosen: Option<CategoryId>) {
        if !self.wants(FacetKind::Category) {
            return;
        }
        let counted = self.counts_for(FacetKind::Category);
        let mut text = format!(
            " UNION ALL SELECT 'CATEGORY', c.id, c.name, CAST(coalesce(sum(p.times), 0) AS BIGINT) FROM category c LEFT JOIN \
             (SELECT category_path, count(*) AS times FROM found WHERE {counted} GROUP BY category_path) p \
             ON substr(p.category_path, 1, length(c.path)) = c.path WHERE "
        );
        let mut values: Vec<Value> = Vec::new();
        match chosen {
            None => text.push_str("c.parent_id IS NULL"),
            Some(chosen) => {
                text.push_str(
                    "(c.parent_id = ? OR c.parent_id IS NOT DISTINCT FROM \
                     (SELECT parent_id FROM category WHERE id = ?))",
                );
                values = vec![chosen.to_string().into(), chosen.to_string().into()];
            }
        }
        text.push_str(" GROUP BY c.id, c.name");
        self.parts.bind(&text, values);
    }

    /// Counts the standards that suppliers are certified by.
    fn management(&mut self, day: Day, certificates: &str, kind: FacetKind) {
        if !self.wants(kind) {
            return;
        }
        let counted = self.counts_for(kind);
        self.parts.bind(
            &format!(
                " UNION ALL SELECT '{kind}', c.standard, c.standard, CAST(sum(p.times) AS BIGINT) \
                 FROM (SELECT supplier_id, count(*) AS times FROM found WHERE {counted} GROUP BY supplier_id) p \
                 JOIN (SELECT DISTINCT supplier_id, standard FROM certificate c \
                 WHERE kind = '{certificates}' AND valid_from <= ? AND valid_until >= ? AND {NOT_WITHDRAWN}) c \
                 ON c.supplier_id = p.supplier_id GROUP BY c.standard"
            ),
            [day.number(), day.number()],
        );
    }

    /// Counts the standards that products are certified by. `CROSS JOIN` is a join like any other that SQLite reads in the
    /// order of its tables: left to itself it looks at every certificate beside every row found.
    fn coverage(&mut self, day: Day) {
        let kind = FacetKind::ProductCertification;
        if !self.wants(kind) {
            return;
        }
        let counted = self.counts_for(kind);
        self.parts.bind(
            &format!(
                " UNION ALL SELECT '{kind}', c.standard, c.standard, count(DISTINCT f.product_id) \
                 FROM found f CROSS JOIN product_certificate pc CROSS JOIN certificate c \
                 WHERE pc.product_id = f.product_id AND c.id = pc.certificate_id AND c.kind = 'PRODUCT' \
                 AND c.valid_from <= ? AND c.valid_until >= ? AND {NOT_WITHDRAWN} AND f.{counted} GROUP BY c.standard"
            ),
            [day.number(), day.number()],
        );
    }

    /// The whole statement.
    pub(super) fn sql(&self) -> Sql {
        let mut sql = self.sql.clone();
        sql.push(" ").append(self.parts.clone());
        sql
    }
}

/// Everything that a row has or has not. The values are words of ours, so they can stand in the text.
fn all_flags(now: Timestamp, listing: &str) -> Vec<Flag> {
    let mut flags = Vec::new();
    let mut add = |kind, value: &str, label: &str, text: &str, values: &[i64]| {
        let mut condition = Sql::default();
        condition.bind(text, values.iter().copied());
        flags.push(Flag { kind, value: value.to_owned(), label: label.to_owned(), condition });
    };
    for badge in BadgeKind::ALL {
        if let Some(column) = badge_column(*badge, listing) {
            let word = badge.as_str();
            add(FacetKind::Badge, word, word, &format!("{column} > ?"), &[now.micros()]);
        }
    }
    for (kind, column) in [
        (FacetKind::Guaranteed, "guaranteed"),
        (FacetKind::EasyReturn, "easy_return"),
        (FacetKind::SampleAvailable, "sample_available"),
        (FacetKind::Customisable, "customisable"),
    ] {
        add(kind, "true", "true", column, &[]);
    }
    for label in AfterSalesLabel::ALL {
        let text = format!("after_sales_label = '{label}'");
        add(FacetKind::AfterSales, label.as_str(), label.as_str(), &text, &[]);
    }
    for (least, word) in RATINGS {
        add(FacetKind::Rating, word, &format!("{word} and more"), "rating_thousandths >= ?", &[least]);
    }
    for range in PriceRange::all() {
        let most = range.maximum.map_or(i64::MAX - 1, crate::domain::money::UnitPrice::millionths);
        let word = range.word();
        let bounds = [range.minimum.millionths(), most];
        add(FacetKind::Price, &word, &range.label(), "comparable_unit_price BETWEEN ? AND ?", &bounds);
    }
    for most in QUANTITIES {
        let word = most.to_string();
        add(
            FacetKind::MinimumOrderQuantity,
            &word,
            &format!("at most {most}"),
            "minimum_order_quantity <= ?",
            &[most],
        );
    }
    for days in LEAD_DAYS {
        let word = days.to_string();
        add(FacetKind::LeadTime, &word, &format!("at most {days} days"), "lead_days <= ?", &[days]);
    }
    flags
}

async fn read(
    reader: &impl Reader,
    counting: Counting,
    selects: impl Fn(FacetKind, &str) -> bool,
    asked: impl Fn(FacetKind) -> Vec<String>,
) -> Result<Vec<Facet>> {
    let rows = reader.connection().query_all_raw(counting.sql().statement(reader)).await?;
    let mut facets: Vec<Facet> =
        counting.kinds.iter().map(|&kind| Facet { kind, values: Vec::new(), is_exact: true }).collect();
    for row in rows {
        let kind: String = row.try_get("", "kind")?;
        let value: String = row.try_get("", "value")?;
        // Without a row found the sums are of nothing.
        let count = row.try_get::<Option<i64>>("", "times")?.unwrap_or(0);
        if kind == "FOUND" {
            if count > counting.most_rows {
                let inexact = counting.inexact(&value);
                let short = facets.iter_mut().filter(|facet| inexact.contains(&facet.kind));
                short.for_each(|facet| facet.is_exact = false);
            }
            continue;
        }
        let kind: FacetKind = parse("facet", &kind)?;
        let is_selected = selects(kind, &value);
        // What is asked for stays in sight, also where nothing has it.
        if count == 0 && !is_selected {
            continue;
        }
        if let Some(facet) = facets.iter_mut().find(|facet| facet.kind == kind) {
            let label = row.try_get("", "label")?;
            facet.values.push(FacetValue { value, label, count, is_selected });
        }
    }
    for facet in &mut facets {
        for value in asked(facet.kind) {
            if facet.values.iter().all(|known| known.value != value) {
                let label = value.clone();
                facet.values.push(FacetValue { value, label, count: 0, is_selected: true });
            }
        }
        sort(facet, &counting.steps);
    }
    facets.retain(|facet| !facet.values.is_empty());
    Ok(facets)
}

/// Puts steps into their order, anything else the most frequent first; what is asked for is never cut off.
fn sort(facet: &mut Facet, steps: &[(FacetKind, String)]) {
    let kind = facet.kind;
    if kind.is_in_steps() {
        let step = |value: &FacetValue| steps.iter().position(|known| *known == (kind, value.value.clone()));
        facet.values.sort_by_key(step);
    } else {
        facet
            .values
            .sort_by(|left, right| right.count.cmp(&left.count).then_with(|| left.value.cmp(&right.value)));
    }
    let mut place = 0;
    facet.values.retain(|value| {
        place += 1;
        place <= MAXIMUM_VALUES || value.is_selected
    });
}
