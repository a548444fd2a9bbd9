//! What apps name of what is deprecated.

use sea_orm::{ConnectionTrait, QueryResult, Value};

use super::{Reader, Result, Tx};
use crate::domain::deprecation::DeprecatedUse;
use crate::domain::ids::AppId;
use crate::domain::time::Timestamp;

/// Adds what a node has counted for an app: one row for each coordinate.
pub async fn add_use(tx: &Tx, app: AppId, used: &DeprecatedUse) -> Result<()> {
    let values: [Value; 5] = [
        app.to_string().into(),
        used.coordinate.clone().into(),
        used.count.into(),
        used.first_used_at.micros().into(),
        used.last_used_at.micros().into(),
    ];
    // The app may be gone by now; then nobody is left to tell.
    let text = "INSERT INTO deprecated_use (app_id, coordinate, use_count, first_used_at, last_used_at) \
                SELECT v.column1, v.column2, v.column3, v.column4, v.column5 FROM (VALUES (?, ?, ?, ?, ?)) v \
                WHERE EXISTS (SELECT 1 FROM partner_app a WHERE a.id = v.column1) \
                ON CONFLICT (app_id, coordinate) DO UPDATE SET \
                use_count = deprecated_use.use_count + excluded.use_count, last_used_at = excluded.last_used_at";
    tx.connection().execute_raw(tx.sql(text, values)).await?;
    Ok(())
}

/// What an app names, what it named last first, at most so many.
pub async fn uses_of(reader: &impl Reader, app: AppId, limit: u32) -> Result<Vec<DeprecatedUse>> {
    let values: [Value; 2] = [app.to_string().into(), i64::from(limit).into()];
    let text = "SELECT coordinate, use_count, first_used_at, last_used_at FROM deprecated_use WHERE app_id = ? \
                ORDER BY last_used_at DESC, coordinate LIMIT ?";
    let rows = reader.connection().query_all_raw(reader.sql(text, values)).await?;
    rows.iter().map(read).collect()
}

fn read(row: &QueryResult) -> Result<DeprecatedUse> {
    let time = |column: &str| row.try_get::<i64>("", column).map(Timestamp::from_micros);
    Ok(DeprecatedUse {
        coordinate: row.try_get("", "coordinate")?,
        count: row.try_get("", "use_count")?,
        first_used_at: time("first_used_at")?,
        last_used_at: time("last_used_at")?,
    })
}
