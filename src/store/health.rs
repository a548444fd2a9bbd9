//! Whether the database answers.

use sea_orm::ConnectionTrait;

use super::{Db, Reader, Result};

impl Db {
    /// Asks the database for nothing, to see that it answers.
    pub async fn answers(&self) -> Result<()> {
        self.connection().query_one_raw(self.sql("SELECT 1", std::iter::empty::<sea_orm::Value>())).await?;
        Ok(())
    }

    /// The open connections of this node's pool.
    pub fn open_connections(&self) -> u32 {
        if self.is_postgres() {
            self.connection.get_postgres_connection_pool().size()
        } else {
            self.connection.get_sqlite_connection_pool().size()
        }
    }
}
