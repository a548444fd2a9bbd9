//! Files: what was announced, what has come, and who may read it.

use entity::{file_reader, stored_file};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, Value};

use super::{Reader, Result, Tx, parse};
use crate::domain::file::StoredFile;
use crate::domain::ids::{CompanyId, FileId};
use crate::domain::time::Timestamp;

/// Writes a file that was announced.
pub async fn insert(tx: &Tx, file: &StoredFile) -> Result<()> {
    let row = stored_file::ActiveModel {
        id: Set(file.id.to_string()),
        company_id: Set(file.owner.map(|owner| owner.to_string())),
        name: Set(file.name.clone()),
        content_type: Set(file.content_type.clone()),
        byte_size: Set(file.size),
        sha256: Set(file.sha256.clone()),
        status: Set(file.status.to_string()),
        created_at: Set(file.created_at.micros()),
        stored_at: Set(file.stored_at.map(Timestamp::micros)),
        purpose: Set(file.purpose.to_string()),
    };
    stored_file::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// The files with these ids, in the order of their ids; unknown ids are left out.
pub async fn load(reader: &impl Reader, ids: &[FileId]) -> Result<Vec<StoredFile>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = stored_file::Entity::find()
        .filter(stored_file::Column::Id.is_in(ids.iter().map(ToString::to_string)))
        .order_by_asc(stored_file::Column::Id)
        .all(reader.connection())
        .await?;
    rows.into_iter().map(from_row).collect()
}

/// The files with these ids that a company uploaded or was given to read.
pub async fn readable(reader: &impl Reader, ids: &[FileId], company: CompanyId) -> Result<Vec<StoredFile>> {
    let files = load(reader, ids).await?;
    let is_own = |id: &FileId| files.iter().any(|file| file.id == *id && file.owner == Some(company));
    // A file of others costs as much as one that does not exist.
    let others: Vec<String> = ids.iter().filter(|id| !is_own(id)).map(ToString::to_string).collect();
    if others.is_empty() {
        return Ok(files);
    }
    let granted = file_reader::Entity::find()
        .filter(file_reader::Column::CompanyId.eq(company.to_string()))
        .filter(file_reader::Column::FileId.is_in(others))
        .all(reader.connection())
        .await?;
    let is_granted = |file: &StoredFile| granted.iter().any(|row| row.file_id == file.id.to_string());
    Ok(files.into_iter().filter(|file| file.owner == Some(company) || is_granted(file)).collect())
}

/// Notes that the content of a file has come and is what was announced; whether it was not noted before.
pub async fn mark_stored(tx: &Tx, id: FileId, now: Timestamp) -> Result<bool> {
    let values: [Value; 2] = [now.micros().into(), id.to_string().into()];
    let statement = tx.sql(
        "UPDATE stored_file SET status = 'STORED', stored_at = ? WHERE id = ? AND status = 'PENDING'",
        values,
    );
    Ok(tx.connection().execute_raw(statement).await?.rows_affected() == 1)
}

/// Lets companies read files.
pub async fn grant(tx: &Tx, files: &[FileId], companies: &[CompanyId], now: Timestamp) -> Result<()> {
    if files.is_empty() || companies.is_empty() {
        return Ok(());
    }
    let rows = files.iter().flat_map(|file| {
        companies.iter().map(move |company| file_reader::ActiveModel {
            file_id: Set(file.to_string()),
            company_id: Set(company.to_string()),
            granted_at: Set(now.micros()),
        })
    });
    let known = OnConflict::columns([file_reader::Column::FileId, file_reader::Column::CompanyId])
        .do_nothing()
        .to_owned();
    file_reader::Entity::insert_many(rows).on_conflict(known).exec_without_returning(tx.connection()).await?;
    Ok(())
}

fn from_row(row: stored_file::Model) -> Result<StoredFile> {
    Ok(StoredFile {
        id: parse("stored_file.id", &row.id)?,
        owner: row.company_id.as_deref().map(|id| parse("stored_file.company_id", id)).transpose()?,
        name: row.name,
        content_type: row.content_type,
        size: row.byte_size,
        sha256: row.sha256,
        status: parse("stored_file.status", &row.status)?,
        created_at: Timestamp::from_micros(row.created_at),
        stored_at: row.stored_at.map(Timestamp::from_micros),
        purpose: parse("stored_file.purpose", &row.purpose)?,
    })
}
