//! Who may inspect, and where returns go.

use entity::{accredited_inspector, return_warehouse};
use sea_orm::{ActiveValue::Set, EntityTrait, QueryOrder, sea_query::OnConflict};

use super::{Error, Reader, Result, Tx, parse};
use crate::domain::accreditation::Accreditation;
use crate::domain::ids::CompanyId;
use crate::domain::order::Warehouse;
use crate::domain::time::Timestamp;

/// Writes an accreditation, anew or in place of the company's former one.
pub async fn accredit(tx: &Tx, accreditation: &Accreditation, now: Timestamp) -> Result<()> {
    use accredited_inspector::Column;
    let fees =
        serde_json::to_string(&accreditation.fees).map_err(|error| Error::Corrupt(error.to_string()))?;
    let row = accredited_inspector::ActiveModel {
        company_id: Set(accreditation.company.to_string()),
        accreditation_number: Set(accreditation.number.clone()),
        fees: Set(fees),
        valid_until: Set(accreditation.valid_until.micros()),
        created_at: Set(now.micros()),
        updated_at: Set(now.micros()),
    };
    let conflict = OnConflict::column(Column::CompanyId)
        .update_columns([Column::AccreditationNumber, Column::Fees, Column::ValidUntil, Column::UpdatedAt])
        .to_owned();
    accredited_inspector::Entity::insert(row)
        .on_conflict(conflict)
        .exec_without_returning(tx.connection())
        .await?;
    Ok(())
}

fn accreditation(row: accredited_inspector::Model) -> Result<Accreditation> {
    Ok(Accreditation {
        company: parse("accredited_inspector.company_id", &row.company_id)?,
        number: row.accreditation_number,
        fees: serde_json::from_str(&row.fees)
            .map_err(|error| Error::Corrupt(format!("accredited_inspector.fees: {error}")))?,
        valid_until: Timestamp::from_micros(row.valid_until),
    })
}

/// The accreditation of a company.
pub async fn accreditation_of(reader: &impl Reader, company: CompanyId) -> Result<Option<Accreditation>> {
    let row = accredited_inspector::Entity::find_by_id(company.to_string()).one(reader.connection()).await?;
    row.map(accreditation).transpose()
}

/// All accreditations, oldest first.
pub async fn accreditations(reader: &impl Reader) -> Result<Vec<Accreditation>> {
    let rows = accredited_inspector::Entity::find()
        .order_by_asc(accredited_inspector::Column::CompanyId)
        .all(reader.connection())
        .await?;
    rows.into_iter().map(accreditation).collect()
}

/// Writes where returns of a country go.
pub async fn open_warehouse(tx: &Tx, warehouse: &Warehouse, now: Timestamp) -> Result<()> {
    use return_warehouse::Column;
    let row = return_warehouse::ActiveModel {
        country: Set(warehouse.country.clone()),
        company_id: Set(warehouse.company.to_string()),
        address: Set(warehouse.address.clone()),
        updated_at: Set(now.micros()),
    };
    let conflict = OnConflict::column(Column::Country)
        .update_columns([Column::CompanyId, Column::Address, Column::UpdatedAt])
        .to_owned();
    return_warehouse::Entity::insert(row)
        .on_conflict(conflict)
        .exec_without_returning(tx.connection())
        .await?;
    Ok(())
}

/// Where returns of a country go.
pub async fn warehouse_in(reader: &impl Reader, country: &str) -> Result<Option<Warehouse>> {
    let row = return_warehouse::Entity::find_by_id(country.to_owned()).one(reader.connection()).await?;
    row.map(|row| {
        Ok(Warehouse {
            company: parse("return_warehouse.company_id", &row.company_id)?,
            country: row.country,
            address: row.address,
        })
    })
    .transpose()
}
