//! What a search can be narrowed by, with counts: one statement for all facets.

use sea_orm::{ConnectionTrait, Value};

use super::parse;
use super::query::{Conditions, Sql, badge_column};
use crate::domain::badge::BadgeKind;
use crate::domain::search::{Facet, FacetKind, FacetValue, ProductSearch, SupplierSearch};
use crate::domain::time::Timestamp;
use crate::store::{Reader, Result};

/// Values of one facet at most.
const MAXIMUM_VALUES: usize = 50;
/// The average scores by which a search can be narrowed, in thousandths with the filter's decimal.
const RATINGS: [(i64, &str); 3] = [(4_500, "4.5"), (4_000, "4"), (3_000, "3")];

/// The facets of a product search.
pub async fn products(reader: &impl Reader, search: &ProductSearch) -> Result<Vec<Facet>> {
    let mut conditions = Conditions::new(reader, "product", search.now);
    conditions.query(search.query.as_ref());
    conditions.product(&search.filter);
    let mut parts = found(
        "SELECT l.product_id, l.supplier_id, l.category_path, l.country, l.specialisation, l.gold_until, \
         l.verified_until, l.verified_pro_until, l.trade_assurance_until, l.guaranteed, l.easy_return, \
         l.sample_available, l.rating_thousandths FROM product_listing l",
        conditions,
    );
    of_suppliers(&mut parts, search.now, search.filter.supplier.certified_on.unwrap_or(search.now.day()));
    for (kind, column) in [
        (FacetKind::Guaranteed, "guaranteed"),
        (FacetKind::EasyReturn, "easy_return"),
        (FacetKind::SampleAvailable, "sample_available"),
    ] {
        parts.bind(
            &format!(" UNION ALL SELECT '{kind}', 'true', 'true', count(*) FROM found WHERE {column} = ?"),
            [true],
        );
    }
    let below = match search.filter.category {
        Some(category) => ("c.parent_id = ?", Some(category.to_string())),
        None => ("c.parent_id IS NULL", None),
    };
    parts.bind(
        &format!(
            " UNION ALL SELECT 'CATEGORY', c.id, c.name, CAST(sum(p.times) AS {INTEGER}) \
             FROM (SELECT category_path, count(*) AS times FROM found GROUP BY category_path) p \
             JOIN category c ON substr(p.category_path, 1, length(c.path)) = c.path \
             WHERE {} GROUP BY c.id, c.name",
            below.0
        ),
        below.1,
    );
    let day = search.filter.supplier.certified_on.unwrap_or(search.now.day()).number();
    parts.bind(
        " UNION ALL SELECT 'PRODUCT_CERTIFICATION', c.standard, c.standard, count(DISTINCT f.product_id) \
         FROM found f JOIN product_certificate pc ON pc.product_id = f.product_id \
         JOIN certificate c ON c.id = pc.certificate_id \
         WHERE c.kind = 'PRODUCT' AND c.valid_from <= ? AND c.valid_until >= ? GROUP BY c.standard",
        [day, day],
    );
    read(reader, parts).await
}

/// The facets of a supplier search.
pub async fn suppliers(reader: &impl Reader, search: &SupplierSearch) -> Result<Vec<Facet>> {
    let mut conditions = Conditions::new(reader, "supplier", search.now);
    conditions.query(search.query.as_ref());
    conditions.supplier(&search.filter);
    let mut parts = found(
        "SELECT l.supplier_id, l.country, l.specialisation, l.gold_until, l.verified_until, \
         l.verified_pro_until, l.trade_assurance_until, l.rating_thousandths FROM supplier_listing l",
        conditions,
    );
    of_suppliers(&mut parts, search.now, search.filter.certified_on.unwrap_or(search.now.day()));
    read(reader, parts).await
}

/// A whole number's type that both databases know.
const INTEGER: &str = "BIGINT";

/// The rows found, for every facet to count.
fn found(select: &str, conditions: Conditions<'_>) -> Sql {
    let mut sql = Sql::new(format!("WITH found AS ({select} WHERE 1 = 1"));
    sql.append(conditions.finish());
    sql.push(") SELECT 'NONE' AS kind, '' AS value, '' AS label, 0 AS times WHERE 1 = 0");
    sql
}

/// The facets that suppliers and their products share.
fn of_suppliers(sql: &mut Sql, now: Timestamp, day: crate::domain::time::Day) {
    for badge in BadgeKind::ALL {
        if let Some(column) = badge_column(*badge) {
            let text = format!(
                " UNION ALL SELECT 'BADGE', '{badge}', '{badge}', count(*) FROM found WHERE {column} > ?"
            );
            sql.bind(&text, [now.micros()]);
        }
    }
    for (kind, column) in [(FacetKind::Specialisation, "specialisation"), (FacetKind::Country, "country")] {
        sql.push(&format!(
            " UNION ALL SELECT '{kind}', {column}, {column}, count(*) FROM found \
             WHERE {column} IS NOT NULL GROUP BY {column}"
        ));
    }
    for (least, word) in RATINGS {
        let text = format!(
            " UNION ALL SELECT 'RATING', '{word}', '{word}', count(*) FROM found WHERE rating_thousandths >= ?"
        );
        sql.bind(&text, [least]);
    }
    let values: [Value; 2] = [day.number().into(), day.number().into()];
    sql.bind(
        &format!(
            " UNION ALL SELECT 'MANAGEMENT_CERTIFICATION', c.standard, c.standard, CAST(sum(p.times) AS {INTEGER}) \
             FROM (SELECT supplier_id, count(*) AS times FROM found GROUP BY supplier_id) p \
             JOIN (SELECT DISTINCT supplier_id, standard FROM certificate \
             WHERE kind = 'MANAGEMENT' AND valid_from <= ? AND valid_until >= ?) c \
             ON c.supplier_id = p.supplier_id GROUP BY c.standard"
        ),
        values,
    );
}

async fn read(reader: &impl Reader, sql: Sql) -> Result<Vec<Facet>> {
    let rows = reader.connection().query_all_raw(sql.statement(reader)).await?;
    let mut facets: Vec<Facet> = Vec::new();
    for row in rows {
        let kind: FacetKind = parse("facet", &row.try_get::<String>("", "kind")?)?;
        let value = FacetValue {
            value: row.try_get("", "value")?,
            label: row.try_get("", "label")?,
            count: row.try_get("", "times")?,
        };
        if value.count == 0 {
            continue;
        }
        match facets.iter_mut().find(|facet| facet.kind == kind) {
            Some(facet) => facet.values.push(value),
            None => facets.push(Facet { kind, values: vec![value] }),
        }
    }
    for facet in &mut facets {
        facet
            .values
            .sort_by(|left, right| right.count.cmp(&left.count).then_with(|| left.value.cmp(&right.value)));
        facet.values.truncate(MAXIMUM_VALUES);
    }
    facets.sort_by_key(|facet| facet.kind);
    Ok(facets)
}
