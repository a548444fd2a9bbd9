//! One text of SQL for SQLite and PostgreSQL.
//!
//! Words with a colon stand for what differs:
//!
//! | word | SQLite | PostgreSQL | holds |
//! |---|---|---|---|
//! | `:id` | `TEXT` | `TEXT COLLATE "C"` | a `TypeID` |
//! | `:text` | `TEXT` | `TEXT` | any text |
//! | `:word` | `TEXT` | `TEXT COLLATE "C"` | a word of a closed list, a code, a hash |
//! | `:int` | `INTEGER` | `BIGINT` | a whole number; money in minor units |
//! | `:time` | `INTEGER` | `BIGINT` | microseconds since 1970 in UTC |
//! | `:bool` | `INTEGER` | `BOOLEAN` | a truth value |
//! | `:true` `:false` | `1` `0` | `TRUE` `FALSE` | |
//! | `:json` | `TEXT` | `TEXT` | JSON, byte for byte as written |
//! | `:strict` | `STRICT` | | ends a CREATE TABLE |
//! | `:serial` | `INTEGER PRIMARY KEY AUTOINCREMENT` | `BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY` | |

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

const WORDS: [(&str, &str, &str); 12] = [
    (":id", "TEXT", "TEXT COLLATE \"C\""),
    (":text", "TEXT", "TEXT"),
    (":word", "TEXT", "TEXT COLLATE \"C\""),
    (":int", "INTEGER", "BIGINT"),
    (":time", "INTEGER", "BIGINT"),
    (":bool", "INTEGER", "BOOLEAN"),
    (":true", "1", "TRUE"),
    (":false", "0", "FALSE"),
    (":json", "TEXT", "TEXT"),
    (":strict", "STRICT", ""),
    (":serial", "INTEGER PRIMARY KEY AUTOINCREMENT", "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"),
    (":bytes", "BLOB", "BYTEA"),
];

/// Whether the migration runs on PostgreSQL.
pub fn is_postgres(manager: &SchemaManager<'_>) -> bool {
    manager.get_database_backend() == DbBackend::Postgres
}

/// Runs statements one by one, in the dialect of the database.
pub async fn run(manager: &SchemaManager<'_>, statements: &[&str]) -> Result<(), DbErr> {
    let postgres = is_postgres(manager);
    if postgres {
        // An index of many rows takes longer than any statement of a request may.
        manager.get_connection().execute_unprepared("SET LOCAL statement_timeout = 0").await?;
    }
    for statement in statements {
        manager.get_connection().execute_unprepared(&translate(statement, postgres)).await?;
    }
    Ok(())
}

/// Forbids UPDATE, DELETE and TRUNCATE on a table by triggers.
pub async fn append_only(manager: &SchemaManager<'_>, table: &str) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    for verb in ["UPDATE", "DELETE"] {
        let name = format!("{table}_no_{}", verb.to_lowercase());
        let sql = if is_postgres(manager) {
            format!(
                "CREATE TRIGGER {name} BEFORE {verb} ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()"
            )
        } else {
            format!(
                "CREATE TRIGGER {name} BEFORE {verb} ON {table} \
                 BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        };
        connection.execute_unprepared(&sql).await?;
    }
    refuse_truncation(manager, table).await
}

/// Forbids TRUNCATE, which fires no trigger of rows, also where it comes from another table by CASCADE. SQLite has no such
/// statement.
async fn refuse_truncation(manager: &SchemaManager<'_>, table: &str) -> Result<(), DbErr> {
    if is_postgres(manager) {
        let sql = format!(
            "CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} \
             FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        );
        manager.get_connection().execute_unprepared(&sql).await?;
    }
    Ok(())
}

/// Forbids UPDATE and DELETE on the rows of a table whose column is this word, and TRUNCATE, which would take them along.
pub async fn append_only_rows(
    manager: &SchemaManager<'_>,
    table: &str,
    column: &str,
    word: &str,
) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    for verb in ["UPDATE", "DELETE"] {
        let name = format!("{table}_{}_kept_on_{}", word.to_lowercase(), verb.to_lowercase());
        let when = format!("WHEN (OLD.{column} = '{word}')");
        let sql = if is_postgres(manager) {
            format!(
                "CREATE TRIGGER {name} BEFORE {verb} ON {table} FOR EACH ROW {when} EXECUTE FUNCTION refuse_change()"
            )
        } else {
            format!(
                "CREATE TRIGGER {name} BEFORE {verb} ON {table} {when} \
                 BEGIN SELECT RAISE(ABORT, '{table} of {word} is append-only'); END"
            )
        };
        connection.execute_unprepared(&sql).await?;
    }
    refuse_truncation(manager, table).await
}

/// Drops tables in the given order.
pub async fn drop_tables(manager: &SchemaManager<'_>, tables: &[&str]) -> Result<(), DbErr> {
    for table in tables {
        manager.get_connection().execute_unprepared(&format!("DROP TABLE IF EXISTS {table}")).await?;
    }
    Ok(())
}

/// Replaces the `:words`; a word ends at the first character that is no letter.
fn translate(sql: &str, postgres: bool) -> String {
    let mut out = String::with_capacity(sql.len());
    let mut rest = sql;
    while let Some(start) = rest.find(':') {
        let (before, from) = rest.split_at(start);
        out.push_str(before);
        // PostgreSQL's cast is no word of ours.
        if let Some(after) = from.strip_prefix("::") {
            out.push_str("::");
            rest = after;
            continue;
        }
        let end = from[1..].find(|c: char| !c.is_ascii_lowercase()).map_or(from.len(), |end| end + 1);
        let (word, after) = from.split_at(end);
        match WORDS.iter().find(|(known, ..)| *known == word) {
            Some((_, sqlite, pg)) => out.push_str(if postgres { pg } else { sqlite }),
            None => out.push_str(word),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::translate;

    #[test]
    fn words_are_replaced_and_casts_are_left_alone() {
        assert_eq!(translate("a :id, b :int DEFAULT 1", true), "a TEXT COLLATE \"C\", b BIGINT DEFAULT 1");
        assert_eq!(translate("a :bool DEFAULT :true", false), "a INTEGER DEFAULT 1");
        assert_eq!(translate("x()::text || ':unknown'", true), "x()::text || ':unknown'");
    }
}
