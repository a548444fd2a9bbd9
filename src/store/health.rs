//! Whether the database answers.

use sea_orm::ConnectionTrait;

use super::{Db, Reader, Result};

impl Db {
    /// Asks the database for nothing, to see that it answers.
    pub async fn answers(&self) -> Result<()> {
        self.connection().query_one_raw(self.sql("SELECT 1", std::iter::empty::<sea_orm::Value>())).await?;
        Ok(())
    }
}
