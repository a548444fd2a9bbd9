//! Rows into a database as fast as it takes them: `COPY` on PostgreSQL, long inserts on SQLite.

use sea_orm::{
    ActiveModelTrait, ActiveValue, ConnectOptions, ConnectionTrait, Database as Connector,
    DatabaseConnection, DbBackend, EntityTrait, Iden, Iterable, Statement, Value,
};

/// Rows of one insert on SQLite.
const AT_ONCE: usize = 500;

/// A connection for writing, without the guards that a server needs.
pub struct Sink {
    connection: DatabaseConnection,
    indexes: Vec<String>,
}

impl Sink {
    /// Opens it and takes the listing's indexes away until [`Sink::close`].
    pub async fn open(url: &str) -> Self {
        let mut options = ConnectOptions::new(url.to_owned());
        options.max_connections(1).sqlx_logging(false);
        let connection = Connector::connect(options).await.unwrap();
        let mut sink = Self { connection, indexes: Vec::new() };
        if sink.is_postgres() {
            // The rows fit by the way they are made; checking each reference would only take time.
            sink.run("SET session_replication_role = replica").await;
        } else {
            sink.run("PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF").await;
            sink.run("PRAGMA cache_size = -400000").await;
        }
        let text = if sink.is_postgres() {
            "SELECT indexname::text AS name, indexdef::text AS text FROM pg_indexes WHERE tablename = 'product_listing' \
             AND indexname NOT IN (SELECT conname FROM pg_constraint)"
        } else {
            "SELECT name, sql AS text FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL \
             AND tbl_name = 'product_listing'"
        };
        let statement = Statement::from_string(sink.connection.get_database_backend(), text);
        for row in sink.connection.query_all_raw(statement).await.unwrap() {
            let name: String = row.try_get("", "name").unwrap();
            sink.indexes.push(row.try_get("", "text").unwrap());
            sink.run(&format!("DROP INDEX {name}")).await;
        }
        sink
    }

    pub fn is_postgres(&self) -> bool {
        self.connection.get_database_backend() == DbBackend::Postgres
    }

    /// Runs statements.
    pub async fn run(&self, text: &str) {
        self.connection.execute_unprepared(text).await.unwrap();
    }

    /// Writes rows. Columns that are not set, such as a number that the database counts, are left out.
    pub async fn write<E: EntityTrait>(&self, rows: &[E::ActiveModel]) {
        let Some(first) = rows.first() else { return };
        let columns: Vec<E::Column> =
            E::Column::iter().filter(|column| !matches!(first.get(*column), ActiveValue::NotSet)).collect();
        let names: Vec<String> = columns.iter().map(|column| column.unquoted().to_owned()).collect();
        let table = E::default().table_name().to_owned();
        let value = |row: &E::ActiveModel, column: E::Column| row.get(column).into_value().unwrap();
        if self.is_postgres() {
            let mut text = String::new();
            for row in rows {
                for (place, column) in columns.iter().enumerate() {
                    text.push_str(if place == 0 { "" } else { "\t" });
                    copied(&mut text, &value(row, *column));
                }
                text.push('\n');
            }
            let pool = self.connection.get_postgres_connection_pool();
            let mut connection = pool.acquire().await.unwrap();
            let copy = format!("COPY {table} ({}) FROM STDIN", names.join(", "));
            let mut stream = connection.copy_in_raw(&copy).await.unwrap();
            stream.send(text.into_bytes()).await.unwrap();
            stream.finish().await.unwrap();
            return;
        }
        for chunk in rows.chunks(AT_ONCE) {
            let mut text = format!("INSERT INTO {table} ({}) VALUES ", names.join(", "));
            for (number, row) in chunk.iter().enumerate() {
                text.push_str(if number == 0 { "(" } else { ", (" });
                for (place, column) in columns.iter().enumerate() {
                    text.push_str(if place == 0 { "" } else { ", " });
                    literal(&mut text, &value(row, *column));
                }
                text.push(')');
            }
            self.run(&text).await;
        }
    }

    /// Makes the indexes anew, and what the database knows of its data.
    pub async fn close(self) {
        for index in &self.indexes {
            self.run(index).await;
        }
        if self.is_postgres() {
            self.run("INSERT INTO search_word SELECT DISTINCT unnest(string_to_array(trim(title_terms), ' ')) FROM product_listing").await;
            self.run("VACUUM ANALYZE").await;
        } else {
            self.run("INSERT INTO product_search (rowid, search_terms) SELECT listing_number, search_terms FROM product_listing").await;
            self.run("INSERT INTO supplier_search (rowid, search_terms) SELECT listing_number, search_terms FROM supplier_listing").await;
            self.run("ANALYZE").await;
        }
        self.connection.close().await.unwrap();
    }
}

/// A value in PostgreSQL's text form.
fn copied(text: &mut String, value: &Value) {
    match value {
        Value::String(Some(word)) => {
            for character in word.chars() {
                match character {
                    '\\' => text.push_str("\\\\"),
                    '\t' => text.push_str("\\t"),
                    '\n' => text.push_str("\\n"),
                    '\r' => text.push_str("\\r"),
                    other => text.push(other),
                }
            }
        }
        Value::BigInt(Some(number)) => text.push_str(&number.to_string()),
        Value::Bool(Some(truth)) => text.push(if *truth { 't' } else { 'f' }),
        Value::String(None) | Value::BigInt(None) | Value::Bool(None) => text.push_str("\\N"),
        other => panic!("no listing holds {other:?}"),
    }
}

/// A value as SQLite reads it.
fn literal(text: &mut String, value: &Value) {
    match value {
        Value::String(Some(word)) => {
            text.push('\'');
            text.push_str(&word.replace('\'', "''"));
            text.push('\'');
        }
        Value::BigInt(Some(number)) => text.push_str(&number.to_string()),
        Value::Bool(Some(truth)) => text.push(if *truth { '1' } else { '0' }),
        Value::String(None) | Value::BigInt(None) | Value::Bool(None) => text.push_str("NULL"),
        other => panic!("no listing holds {other:?}"),
    }
}
