//! How the database would answer a search: for the benchmark that demands indexes, and for an operator who wonders.

use sea_orm::{ConnectionTrait, QueryResult, Statement};

use super::facets::{Wanted, counting};
use super::search::product_page;
use crate::domain::error::Refusal;
use crate::domain::page::Page;
use crate::domain::search::{COUNTED_ROWS, FacetKind, ProductSearch};
use crate::store::{Reader, Result};

/// The plan of a page of products, a line for each step. The inner refusal is a bad cursor's.
pub async fn of_page(
    reader: &impl Reader,
    search: &ProductSearch,
    page: &Page,
) -> Result<std::result::Result<Vec<String>, Refusal>> {
    match product_page(reader, search, page, false) {
        Ok((_, sql)) => Ok(Ok(explain(reader, sql.statement(reader)).await?)),
        Err(refusal) => Ok(Err(refusal)),
    }
}

/// The plan of the facets of products, a line for each step.
pub async fn of_facets(
    reader: &impl Reader,
    search: &ProductSearch,
    kinds: &[FacetKind],
) -> Result<Vec<String>> {
    let wanted = Wanted { kinds, most_rows: COUNTED_ROWS };
    explain(reader, counting(reader, search, &wanted).sql().statement(reader)).await
}

async fn explain(reader: &impl Reader, mut statement: Statement) -> Result<Vec<String>> {
    let (verb, column) = if reader.backend() == sea_orm::DbBackend::Postgres {
        ("EXPLAIN", "QUERY PLAN")
    } else {
        ("EXPLAIN QUERY PLAN", "detail")
    };
    statement.sql = format!("{verb} {}", statement.sql);
    let rows = reader.connection().query_all_raw(statement).await?;
    rows.iter().map(|row: &QueryResult| Ok(row.try_get("", column)?)).collect()
}
