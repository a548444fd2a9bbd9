//! Companies, members and partner apps.

use entity::{company, member, partner_app, partner_app_company};
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use super::{Db, Error, Reader, Result, Tx, parse};
use crate::domain::actor::Role;
use crate::domain::event::FIRST_HASH;
use crate::domain::ids::{AppId, CompanyId, MemberId, SupplierId};
use crate::domain::party::{Company, Member, PartnerApp, scopes_from_text, scopes_to_text};
use crate::domain::time::Timestamp;

/// Writes a new company.
pub async fn insert_company(tx: &Tx, company: &Company, created_at: Timestamp) -> Result<()> {
    insert_companies(tx, std::slice::from_ref(company), created_at).await
}

/// Writes new companies, some hundred at once.
pub async fn insert_companies(tx: &Tx, companies: &[Company], created_at: Timestamp) -> Result<()> {
    let rows = companies.iter().map(|company| company::Model {
        id: company.id.to_string(),
        name: company.name.clone(),
        country: company.country.clone(),
        plan: company.plan.to_string(),
        active: company.active,
        external_reference: company.external_reference.clone(),
        version: company.version,
        event_seq: 0,
        event_hash: FIRST_HASH.to_owned(),
        created_at: created_at.micros(),
    });
    // Made before anything is waited for: a closure over borrowed rows would keep the whole command from moving between threads.
    let rows: Vec<_> = rows.collect();
    super::catalogue::insert_all::<company::Entity>(tx, rows).await
}

/// The companies with these ids, in no order; ids of none are left out.
pub async fn companies(reader: &impl Reader, ids: &[CompanyId]) -> Result<Vec<Company>> {
    let ids = ids.iter().map(ToString::to_string);
    let rows = company::Entity::find().filter(company::COLUMN.id.is_in(ids)).all(reader.connection()).await?;
    rows.into_iter().map(company_from_row).collect()
}

/// The company with the partner's own id.
pub async fn company_by_reference(reader: &impl Reader, reference: &str) -> Result<Option<Company>> {
    let row = company::Entity::find()
        .filter(company::COLUMN.external_reference.eq(reference))
        .one(reader.connection())
        .await?;
    row.map(company_from_row).transpose()
}

fn company_from_row(row: company::Model) -> Result<Company> {
    Ok(Company {
        id: parse("company.id", &row.id)?,
        name: row.name,
        country: row.country,
        plan: parse("company.plan", &row.plan)?,
        active: row.active,
        version: row.version,
        external_reference: row.external_reference,
    })
}

/// Writes a new member.
pub async fn insert_member(tx: &Tx, member: &Member, created_at: Timestamp) -> Result<()> {
    let row = member::ActiveModel {
        id: Set(member.id.to_string()),
        company_id: Set(member.company.to_string()),
        name: Set(member.name.clone()),
        role: Set(member.role.to_string()),
        active: Set(member.active),
        created_at: Set(created_at.micros()),
    };
    member::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// A member by its id.
pub async fn member(reader: &impl Reader, id: MemberId) -> Result<Option<Member>> {
    let row = member::Entity::find_by_id(id.to_string()).one(reader.connection()).await?;
    row.map(|row| {
        Ok(Member {
            id: parse("member.id", &row.id)?,
            company: parse("member.company_id", &row.company_id)?,
            name: row.name,
            role: parse("member.role", &row.role)?,
            active: row.active,
        })
    })
    .transpose()
}

/// Writes a new app.
pub async fn insert_app(tx: &Tx, app: &PartnerApp, created_at: Timestamp) -> Result<()> {
    let row = partner_app::ActiveModel {
        id: Set(app.id.to_string()),
        name: Set(app.name.clone()),
        role: Set(app.role.to_string()),
        scopes: Set(scopes_to_text(app.scopes)),
        active: Set(app.active),
        trusted_documents_only: Set(app.trusted_documents_only),
        created_at: Set(created_at.micros()),
    };
    partner_app::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Lets an app act for a company.
pub async fn link_app(tx: &Tx, app: AppId, company: CompanyId) -> Result<()> {
    let row = partner_app_company::ActiveModel {
        app_id: Set(app.to_string()),
        company_id: Set(company.to_string()),
    };
    partner_app_company::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Whether an app acts for a company, or a person belongs to it.
pub async fn belongs_to(
    reader: &impl Reader,
    app: Option<AppId>,
    member: Option<MemberId>,
    company: CompanyId,
) -> Result<bool> {
    let text = |id: Option<String>| id.unwrap_or_default();
    let statement = reader.sql(
        "SELECT 1 AS found FROM partner_app_company WHERE app_id = ? AND company_id = ? \
         UNION ALL SELECT 1 FROM member WHERE id = ? AND company_id = ?",
        [
            text(app.map(|id| id.to_string())),
            company.to_string(),
            text(member.map(|id| id.to_string())),
            company.to_string(),
        ],
    );
    Ok(reader.connection().query_one_raw(statement).await?.is_some())
}

/// Switches an app on or off; whether there is such an app.
pub async fn set_app_active(tx: &Tx, app: AppId, active: bool) -> Result<bool> {
    let statement = tx.sql(
        "UPDATE partner_app SET active = ? WHERE id = ?",
        [sea_orm::Value::from(active), app.to_string().into()],
    );
    Ok(tx.connection().execute_raw(statement).await?.rows_affected() == 1)
}

/// The oldest active app of a role that acts for the company, with a company that it acts for; with any or no
/// company where none is asked for.
pub async fn app_of_role(
    db: &Db,
    role: Role,
    company: Option<CompanyId>,
) -> Result<Option<(AppId, Option<CompanyId>)>> {
    let company = company.map(|id| id.to_string()).unwrap_or_default();
    let statement = db.sql(
        "SELECT a.id AS app, l.company_id AS company FROM partner_app a \
         LEFT JOIN partner_app_company l ON l.app_id = a.id \
         WHERE a.role = ? AND a.active AND (? = '' OR l.company_id = ?) \
         ORDER BY a.id, l.company_id LIMIT 1",
        [role.to_string(), company.clone(), company],
    );
    let Some(row) = db.connection().query_one_raw(statement).await? else { return Ok(None) };
    let company: Option<String> = row.try_get("", "company")?;
    let company = company.map(|text| parse("partner_app_company.company_id", &text)).transpose()?;
    Ok(Some((parse("partner_app.id", &row.try_get::<String>("", "app")?)?, company)))
}

/// The oldest company of exactly this name.
pub async fn company_by_name(reader: &impl Reader, name: &str) -> Result<Option<Company>> {
    let row = company::Entity::find()
        .filter(company::COLUMN.name.eq(name))
        .order_by_asc(company::COLUMN.id)
        .one(reader.connection())
        .await?;
    row.map(company_from_row).transpose()
}

/// What an app may do, seen with the company and the person that a token names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The app.
    pub app: PartnerApp,
    /// Whether the company is active and the app acts for it; true where the token names none.
    pub acts_for_company: bool,
    /// Whether the person is an active member of that company; true where the token names none.
    pub is_member: bool,
    /// The supplier that the company is, if it is one.
    pub supplier: Option<SupplierId>,
}

/// An app and how it stands to a company and a person, in one statement; none where there is no such app.
pub async fn standing(
    reader: &impl Reader,
    app: AppId,
    company: Option<CompanyId>,
    member: Option<MemberId>,
) -> Result<Option<Standing>> {
    let text = |id: Option<String>| id.unwrap_or_default();
    let statement = reader.sql(
        "SELECT a.id, a.name, a.role, a.scopes, a.active, a.trusted_documents_only, c.id AS company, m.id AS member, s.id AS supplier \
         FROM partner_app a \
         LEFT JOIN partner_app_company l ON l.app_id = a.id AND l.company_id = ? \
         LEFT JOIN company c ON c.id = l.company_id AND c.active \
         LEFT JOIN member m ON m.company_id = c.id AND m.active AND m.id = ? \
         LEFT JOIN supplier s ON s.company_id = c.id \
         WHERE a.id = ?",
        [text(company.map(|id| id.to_string())), text(member.map(|id| id.to_string())), app.to_string()],
    );
    let Some(row) = reader.connection().query_one_raw(statement).await? else { return Ok(None) };
    let scopes: String = row.try_get("", "scopes")?;
    let found = |column: &str| row.try_get::<Option<String>>("", column).map(|value| value.is_some());
    Ok(Some(Standing {
        app: PartnerApp {
            id: parse("partner_app.id", &row.try_get::<String>("", "id")?)?,
            name: row.try_get("", "name")?,
            role: parse("partner_app.role", &row.try_get::<String>("", "role")?)?,
            scopes: scopes_from_text(&scopes)
                .map_err(|_| Error::Corrupt(format!("partner_app.scopes holds {scopes:?}")))?,
            active: row.try_get("", "active")?,
            trusted_documents_only: row.try_get("", "trusted_documents_only")?,
        },
        acts_for_company: company.is_none() || found("company")?,
        is_member: member.is_none() || found("member")?,
        supplier: row
            .try_get::<Option<String>>("", "supplier")?
            .map(|id| parse("supplier.id", &id))
            .transpose()?,
    }))
}
