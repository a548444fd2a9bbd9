//! Who may inspect and where returns go: kept by the platform's staff.

use serde_json::json;

use crate::app::App;
use crate::domain::accreditation::Accreditation;
use crate::domain::actor::{Actor, Role, Scope};
use crate::domain::error::Refusal;
use crate::domain::ids::CompanyId;
use crate::domain::order::Warehouse;
use crate::store;

use super::orders::{Begun, Claimed, Envelope, Made, now_in};
use super::{Result, require_role, require_scope};

/// What was kept, and whether it answers an earlier command with the same key.
#[derive(Debug, Clone)]
pub struct Kept<T> {
    /// What is on record now.
    pub value: T,
    /// Whether this is the answer to an earlier command.
    pub replayed: bool,
}

fn require_staff(actor: &Actor) -> Result<()> {
    require_scope(actor, Scope::PlatformOperate)?;
    require_role(actor, &[Role::Operator])
}

async fn require_company(app: &App, company: CompanyId, field: &str) -> Result<()> {
    if store::parties::companies(&app.db, &[company]).await?.is_empty() {
        return Err(Refusal::not_found("company").at(&["input", field]).into());
    }
    Ok(())
}

/// Accredits an inspection company, or changes its accreditation; inspections that are booked keep theirs.
pub async fn accredit_inspector(
    app: &App,
    actor: &Actor,
    accreditation: Accreditation,
    envelope: &Envelope,
) -> Result<Kept<Accreditation>> {
    require_staff(actor)?;
    require_company(app, accreditation.company, "inspectorId").await?;
    let input = json!({
        "company": accreditation.company,
        "number": accreditation.number,
        "fees": accreditation.fees,
        "validUntil": accreditation.valid_until,
    });
    let claimed = match Claimed::begin(app, actor, envelope, "accreditInspector", &input).await? {
        Begun::Fresh(claimed) => claimed,
        Begun::Replayed(_) => return Ok(Kept { value: accreditation, replayed: true }),
    };
    let now = now_in(app, &claimed.tx).await?;
    let accreditation = accreditation.check(now)?;
    store::care::accredit(&claimed.tx, &accreditation, now).await?;
    claimed.finish(app, &Made::default()).await?;
    Ok(Kept { value: accreditation, replayed: false })
}

/// Says where the returns of a country go; returns that are under way keep their warehouse.
pub async fn open_warehouse(
    app: &App,
    actor: &Actor,
    warehouse: Warehouse,
    envelope: &Envelope,
) -> Result<Kept<Warehouse>> {
    require_staff(actor)?;
    require_company(app, warehouse.company, "warehouseId").await?;
    let length = warehouse.address.trim().chars().count();
    if !(1..=500).contains(&length) {
        return Err(Refusal::invalid(&["input", "address"], "An address has 1 to 500 characters.").into());
    }
    let input = json!({ "warehouse": warehouse });
    let claimed = match Claimed::begin(app, actor, envelope, "openReturnWarehouse", &input).await? {
        Begun::Fresh(claimed) => claimed,
        Begun::Replayed(_) => return Ok(Kept { value: warehouse, replayed: true }),
    };
    let now = now_in(app, &claimed.tx).await?;
    store::care::open_warehouse(&claimed.tx, &warehouse, now).await?;
    claimed.finish(app, &Made::default()).await?;
    Ok(Kept { value: warehouse, replayed: false })
}

/// The inspection companies that may be booked now.
pub async fn inspectors(app: &App) -> Result<Vec<Accreditation>> {
    let now = super::orders::now(app).await?;
    let all = store::care::accreditations(&app.db).await?;
    Ok(all.into_iter().filter(|known| known.valid_until >= now).collect())
}
