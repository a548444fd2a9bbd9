//! The schema's history: forward, back and forward again on both databases; that the entities fit the tables; and
//! what the database itself refuses.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use sea_orm::{
    ConnectOptions, ConnectionTrait, Database as Connector, DatabaseConnection, DbBackend, Statement,
};

use super::database::{Backend, Database};

/// The columns of each table: name and type.
type Tables = BTreeMap<String, BTreeMap<String, String>>;

/// Where the migration tool keeps its own record.
const RECORD: &str = "seaql_migrations";

/// One connection without the settings that would refuse a made-up row.
async fn bare(database: &Database) -> DatabaseConnection {
    let mut options = ConnectOptions::new(database.url.clone());
    options.max_connections(1).sqlx_logging(false);
    options
        .map_sqlx_sqlite_opts(|sqlite| sqlite.foreign_keys(false).pragma("ignore_check_constraints", "ON"));
    Connector::connect(options).await.unwrap()
}

/// The first columns of the rows as texts.
async fn texts(connection: &DatabaseConnection, sql: &str, columns: usize) -> Vec<Vec<String>> {
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    let rows = connection.query_all_raw(statement).await.unwrap();
    let read =
        |row: &sea_orm::QueryResult| (0..columns).map(|index| row.try_get_by_index(index).unwrap()).collect();
    rows.iter().map(read).collect()
}

async fn tables(connection: &DatabaseConnection) -> Tables {
    let sql = if connection.get_database_backend() == DbBackend::Postgres {
        "SELECT table_name::text, column_name::text, data_type::text FROM information_schema.columns \
                       WHERE table_schema = 'public'"
    } else {
        "SELECT m.name, c.name, c.type FROM sqlite_schema m, pragma_table_info(m.name) c \
                       WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'"
    };
    let rows = texts(connection, sql, 3).await;
    let mut tables = Tables::new();
    for row in rows {
        tables.entry(row[0].clone()).or_default().insert(row[1].clone(), row[2].clone());
    }
    tables.remove(RECORD);
    tables
}

/// Everything that the database knows by name beside tables: indexes, triggers, views, functions.
async fn objects(connection: &DatabaseConnection) -> BTreeSet<String> {
    let sql = if connection.get_database_backend() == DbBackend::Postgres {
        "SELECT 'index ' || indexname FROM pg_indexes WHERE schemaname = 'public' \
             UNION ALL SELECT 'trigger ' || tgname || ' on ' || tgrelid::regclass FROM pg_trigger WHERE NOT tgisinternal \
             UNION ALL SELECT 'function ' || proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace \
             UNION ALL SELECT 'constraint ' || conname FROM pg_constraint \
                 WHERE connamespace = 'public'::regnamespace AND contype IN ('c', 'f', 'u')"
    } else {
        "SELECT type || ' ' || name FROM sqlite_schema WHERE type <> 'table' AND name NOT LIKE 'sqlite_%'"
    };
    let rows = texts(connection, sql, 1).await.into_iter().map(|mut row| row.remove(0));
    rows.filter(|name| !name.contains(RECORD)).collect()
}

async fn forward_back_forward(backend: Backend) {
    let Some(database) = Database::empty(backend).await else { return };
    let db = database.open(None).await;
    assert!(!db.pending_migrations().await.unwrap().is_empty());
    db.migrate().await.unwrap();
    assert_eq!(db.pending_migrations().await.unwrap(), Vec::<String>::new());
    let connection = bare(&database).await;
    let first = (tables(&connection).await, objects(&connection).await);
    assert!(first.0.len() > 5, "{:?}", first.0.keys());
    db.migrate_down().await.unwrap();
    assert_eq!(tables(&connection).await, Tables::new(), "a way back leaves tables behind");
    assert_eq!(objects(&connection).await, BTreeSet::new(), "a way back leaves objects behind");
    db.migrate().await.unwrap();
    assert_eq!((tables(&connection).await, objects(&connection).await), first);
    connection.close().await.unwrap();
    db.close().await.unwrap();
    database.remove().await;
}

/// The columns that an entity's file declares, by table.
fn entities() -> Vec<(String, BTreeSet<String>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("entity/src");
    let mut out = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let text = std::fs::read_to_string(entry.path()).unwrap();
        let Some((_, rest)) = text.split_once("table_name = \"") else { continue };
        let (table, rest) = rest.split_once('"').unwrap();
        let model = rest.split("\n}").next().unwrap();
        let mut columns = BTreeSet::new();
        let mut renamed = None;
        for line in model.lines().map(str::trim) {
            if let Some((_, name)) = line.split_once("column_name = \"") {
                renamed = name.split('"').next();
            }
            let Some((name, kind)) = line.strip_prefix("pub ").and_then(|line| line.split_once(": ")) else {
                continue;
            };
            if ["HasMany<", "HasOne<", "BelongsTo<"].iter().any(|relation| kind.starts_with(relation)) {
                continue;
            }
            let name = renamed.take().unwrap_or(name);
            columns.insert(name.trim_start_matches("r#").to_owned());
        }
        out.push((table.to_owned(), columns));
    }
    assert!(!out.is_empty());
    out
}

async fn entities_fit(backend: Backend) {
    let Some(database) = Database::migrated(backend).await else { return };
    let connection = bare(&database).await;
    let tables = tables(&connection).await;
    for (table, columns) in entities() {
        let Some(found) = tables.get(&table) else {
            // What only one database has is its own matter.
            continue;
        };
        // Columns that the database computes, such as a search vector, are nobody's to write.
        let found: BTreeSet<_> =
            found.iter().filter(|(_, kind)| *kind != "tsvector").map(|(name, _)| name.clone()).collect();
        assert_eq!(columns, found, "the columns of {table}");
    }
    connection.close().await.unwrap();
    database.remove().await;
}

/// Makes a row without regard to rules, and sees that nobody can change or remove it.
async fn append_only_tables_refuse(backend: Backend) {
    let Some(database) = Database::migrated(backend).await else { return };
    let connection = bare(&database).await;
    let names = objects(&connection).await;
    let guarded: BTreeSet<String> = names
        .iter()
        .filter_map(|name| name.strip_prefix("trigger ")?.split(" on ").next()?.strip_suffix("_no_update"))
        .map(str::to_owned)
        .collect();
    for table in [
        "policy",
        "contract",
        "posting",
        "transfer",
        "event_log",
        "exchange_rate",
        "audit_log_entry",
        "audit_log_concern",
    ] {
        assert!(guarded.contains(table), "{table} can be changed; guarded are {guarded:?}");
    }
    let tables = tables(&connection).await;
    for table in &guarded {
        free_of_rules(&connection, table).await;
        insert_anything(&connection, table, &tables[table]).await;
        let column = tables[table].keys().next().unwrap();
        for sql in [format!("UPDATE {table} SET {column} = {column}"), format!("DELETE FROM {table}")] {
            let error = connection.execute_unprepared(&sql).await.expect_err(&sql).to_string();
            assert!(error.contains("append-only"), "{sql}: {error}");
        }
        assert_eq!(texts(&connection, &format!("SELECT '' FROM {table}"), 1).await.len(), 1, "{table}");
    }
    connection.close().await.unwrap();
    database.remove().await;
}

/// PostgreSQL has no switch for its rules as SQLite has: those of this throw-away database are dropped.
async fn free_of_rules(connection: &DatabaseConnection, table: &str) {
    if connection.get_database_backend() != DbBackend::Postgres {
        return;
    }
    let sql = format!(
        "SELECT conname::text FROM pg_constraint WHERE conrelid = '{table}'::regclass AND contype IN ('c', 'f')"
    );
    for row in texts(connection, &sql, 1).await {
        connection
            .execute_unprepared(&format!("ALTER TABLE {table} DROP CONSTRAINT {}", row[0]))
            .await
            .unwrap();
    }
}

async fn insert_anything(connection: &DatabaseConnection, table: &str, columns: &BTreeMap<String, String>) {
    let value = |kind: &str| match kind {
        "INTEGER" | "bigint" => "1",
        "boolean" => "TRUE",
        "BLOB" => "x'00'",
        "bytea" => "'\\x00'",
        _ => "'x'",
    };
    let names: Vec<_> = columns.keys().map(|name| format!("\"{name}\"")).collect();
    let values: Vec<_> = columns.values().map(|kind| value(kind)).collect();
    let overriding = if connection.get_database_backend() == DbBackend::Postgres {
        "OVERRIDING SYSTEM VALUE "
    } else {
        ""
    };
    let sql =
        format!("INSERT INTO {table} ({}) {overriding}VALUES ({})", names.join(", "), values.join(", "));
    if let Err(error) = connection.execute_unprepared(&sql).await {
        panic!("{sql}: {error}");
    }
}

macro_rules! on_each_database {
    ($($name:ident => $check:ident;)*) => {$(
        mod $name {
            use super::super::database::Backend;

            #[tokio::test]
            async fn sqlite() {
                super::$check(Backend::Sqlite).await;
            }

            #[tokio::test]
            async fn postgres() {
                super::$check(Backend::Postgres).await;
            }
        }
    )*};
}

on_each_database! {
    history_goes_forward_and_back => forward_back_forward;
    entities_have_the_columns_of_their_tables => entities_fit;
    append_only_tables_take_no_change => append_only_tables_refuse;
}

/// Only PostgreSQL can empty a table at once, which fires no trigger of rows.
#[tokio::test]
async fn append_only_tables_are_not_emptied_at_once() {
    let Some(database) = Database::migrated(Backend::Postgres).await else { return };
    let connection = bare(&database).await;
    let sql = "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger \
               WHERE NOT tgisinternal AND tgfoid = 'refuse_change'::regproc";
    let tables = texts(&connection, sql, 1).await.concat();
    for table in ["transfer", "event_log", "audit_log_entry", "order_region"] {
        assert!(tables.iter().any(|guarded| guarded == table), "{table} is not guarded: {tables:?}");
    }
    for table in &tables {
        // With what points at it: otherwise a foreign key refuses it before the trigger is asked.
        let sql = format!("TRUNCATE {table} CASCADE");
        let error = connection.execute_unprepared(&sql).await.expect_err(&sql).to_string();
        assert!(error.contains(&format!("{table} is append-only")), "{sql}: {error}");
    }
    // Nor by way of a table that may be emptied.
    let error =
        connection.execute_unprepared("TRUNCATE orders CASCADE").await.expect_err("orders").to_string();
    assert!(error.contains("append-only"), "{error}");
    connection.close().await.unwrap();
    database.remove().await;
}
