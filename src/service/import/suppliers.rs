//! Rows of `suppliers`: each is a company, and the supplier that it is.

use super::batch::{Entry, Pen, Verdict, Writable};
use crate::domain::ids::SupplierId;
use crate::domain::import::SupplierRow;
use crate::domain::party::{Company, CompanyDraft, Plan};
use crate::domain::supplier::{Supplier, Suspension};
use crate::store::catalogue::{listing, suppliers};
use crate::store::imports::{self, Known, Part};
use crate::store::{Result, parties};

impl Writable for SupplierRow {
    async fn write(pen: &Pen<'_>, entries: &[Entry<Self>]) -> Result<Vec<Verdict>> {
        let references: Vec<&str> = entries.iter().map(|entry| entry.row().supplier.as_str()).collect();
        let known = imports::suppliers(pen.tx, &references).await?;
        let (mut companies, mut created, mut updated) = (Vec::new(), Vec::new(), Vec::new());
        let mut digests: Vec<(SupplierId, &str)> = Vec::new();
        let mut verdicts = Vec::with_capacity(entries.len());
        for entry in entries {
            let known = known.get(&entry.row().supplier);
            let id = match known {
                Some(Known { digest: Some(digest), .. }) if *digest == entry.digest => {
                    verdicts.push(Verdict::unchanged());
                    continue;
                }
                Some(Known { digest: None, .. }) => {
                    verdicts.push(Verdict::not_ours("supplier", "supplier"));
                    continue;
                }
                Some(known) => known.id,
                None => pen.app.ids.make(pen.now),
            };
            let (company, supplier) = match parts(pen, entry.row(), id) {
                Ok(parts) => parts,
                Err(verdict) => {
                    verdicts.push(verdict);
                    continue;
                }
            };
            digests.push((id, &entry.digest));
            if known.is_some() {
                updated.push(supplier);
            } else {
                companies.push(company);
                created.push(supplier);
            }
            verdicts.push(Verdict::written(known.is_some()));
        }
        parties::insert_companies(pen.tx, &companies, pen.now).await?;
        suppliers::insert_suppliers(pen.tx, &created).await?;
        for supplier in &updated {
            imports::update_supplier(pen.tx, supplier).await?;
        }
        imports::note(pen.tx, Part::Supplier, &digests).await?;
        let ids: Vec<SupplierId> = digests.iter().map(|(id, _)| *id).collect();
        listing::refresh_suppliers(pen.tx, &ids, pen.now).await?;
        Ok(verdicts)
    }
}

/// The company and the supplier that a row says.
fn parts(
    pen: &Pen<'_>,
    row: &SupplierRow,
    id: SupplierId,
) -> std::result::Result<(Company, Supplier), Verdict> {
    let draft = CompanyDraft {
        name: row.name.clone(),
        country: row.country.clone(),
        plan: Plan::Standard,
        external_reference: None,
    };
    let company = Company::new(pen.app.ids.make(pen.now), draft).map_err(|refusals| {
        let messages: Vec<_> = refusals.into_iter().map(|refusal| refusal.message).collect();
        Verdict::rejected("name", messages.join(" "))
    })?;
    let supplier = Supplier {
        id,
        company: company.id,
        name: row.name.clone(),
        country: row.country.clone(),
        specialisation: row.specialisation,
        description: row.description.clone(),
        established_on: row.established_on,
        external_reference: Some(row.supplier.clone()),
        suspended: row.suspended_reason.clone().map(|reason| Suspension { at: pen.now, reason }),
        imported: true,
        version: 1,
        created_at: row.created_at.unwrap_or(pen.now),
    };
    let supplier = supplier.check().map_err(|refusal| Verdict::rejected("supplier", refusal.message))?;
    Ok((company, supplier))
}
