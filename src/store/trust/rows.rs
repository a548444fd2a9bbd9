//! Evidence as rows of the tables of its kinds.

use entity::{agency_check, audit, certificate, licence, media, membership, track_record};
use sea_orm::{FromQueryResult, QueryResult};

use crate::domain::audit::{Audit, AuditScope, Certificate, Licence};
use crate::domain::evidence::{AgencyCheck, Evidence, EvidenceKind, Membership, TrackRecord};
use crate::domain::time::{Day, Timestamp};
use crate::store::catalogue::{evidence::media_from, insert_all};
use crate::store::{Result, Tx, parse};

fn day(number: i64) -> Day {
    Day::from_number(number)
}

/// The table of a kind.
pub(super) const fn table(kind: EvidenceKind) -> &'static str {
    match kind {
        EvidenceKind::Membership => "membership",
        EvidenceKind::AgencyCheck => "agency_check",
        EvidenceKind::Audit => "audit",
        EvidenceKind::Certificate => "certificate",
        EvidenceKind::Licence => "licence",
        EvidenceKind::Media => "media",
        EvidenceKind::TrackRecord => "track_record",
    }
}

/// The order in which a kind is shown, by columns of its table `t`.
pub(super) const fn order(kind: EvidenceKind) -> &'static str {
    match kind {
        EvidenceKind::Membership | EvidenceKind::Certificate => "t.valid_until DESC, t.id DESC",
        EvidenceKind::AgencyCheck => "t.checked_on DESC, t.id DESC",
        EvidenceKind::Audit => "t.reported_on DESC, t.id DESC",
        EvidenceKind::Licence => "t.valid_from DESC, t.id DESC",
        EvidenceKind::Media => "t.position, t.id DESC",
        EvidenceKind::TrackRecord => "t.since_on DESC, t.id DESC",
    }
}

/// Writes what records say into the tables of their kinds.
pub(super) async fn insert(tx: &Tx, records: &[(&Evidence, Timestamp)]) -> Result<()> {
    /// The rows of one kind.
    macro_rules! rows_of {
        ($kind:ident, $entity:ident, $row:expr) => {{
            let row = $row;
            let rows: Vec<_> = records
                .iter()
                .filter_map(|(evidence, at)| match evidence {
                    Evidence::$kind(known) => Some(row(known, *at)),
                    _ => None,
                })
                .collect();
            insert_all::<$entity::Entity>(tx, rows).await?;
        }};
    }
    rows_of!(Membership, membership, membership_row);
    rows_of!(AgencyCheck, agency_check, agency_check_row);
    rows_of!(Audit, audit, audit_row);
    rows_of!(Certificate, certificate, certificate_row);
    rows_of!(Licence, licence, licence_row);
    rows_of!(TrackRecord, track_record, track_record_row);
    let shown: Vec<_> = records
        .iter()
        .filter_map(|(evidence, _)| match evidence {
            Evidence::Media(known) => Some(known),
            _ => None,
        })
        .collect();
    crate::store::catalogue::evidence::put_media(tx, shown).await
}

fn membership_row(known: &Membership, _: Timestamp) -> membership::Model {
    membership::Model {
        id: known.id.to_string(),
        supplier_id: known.supplier.to_string(),
        reference: known.reference.clone(),
        paid_on: known.paid_on.number(),
        valid_from: known.valid_from.number(),
        valid_until: known.valid_until.number(),
    }
}

fn agency_check_row(known: &AgencyCheck, _: Timestamp) -> agency_check::Model {
    agency_check::Model {
        id: known.id.to_string(),
        supplier_id: known.supplier.to_string(),
        agency: known.agency.clone(),
        reference: known.reference.clone(),
        capacity: known.capacity,
        credentials: known.credentials,
        passed: known.passed,
        findings: known.findings.clone(),
        checked_on: known.checked_on.number(),
        valid_until: known.valid_until.number(),
    }
}

fn audit_row(known: &Audit, at: Timestamp) -> audit::Model {
    audit::Model {
        id: known.id.to_string(),
        supplier_id: known.supplier.to_string(),
        institution: known.institution.clone(),
        auditor: known.auditor.clone(),
        online: known.online,
        onsite: known.onsite,
        company_profile: known.scope.company_profile,
        production_capacity: known.scope.production_capacity,
        production_process: known.scope.production_process,
        management_controls: known.scope.management_controls,
        passed: known.passed,
        reported_on: known.reported_on.number(),
        valid_until: known.valid_until.number(),
        created_at: at.micros(),
    }
}

fn certificate_row(known: &Certificate, at: Timestamp) -> certificate::Model {
    certificate::Model {
        id: known.id.to_string(),
        supplier_id: known.supplier.to_string(),
        kind: known.kind.to_string(),
        standard: known.standard.clone(),
        issuer: known.issuer.clone(),
        number: known.number.clone(),
        scope: known.scope.clone(),
        valid_from: known.valid_from.number(),
        valid_until: known.valid_until.number(),
        sha256: known.sha256.clone(),
        created_at: at.micros(),
    }
}

fn licence_row(known: &Licence, at: Timestamp) -> licence::Model {
    licence::Model {
        id: known.id.to_string(),
        supplier_id: known.supplier.to_string(),
        issuer: known.issuer.clone(),
        number: known.number.clone(),
        scope: known.scope.clone(),
        valid_from: known.valid_from.number(),
        valid_until: known.valid_until.map(Day::number),
        sha256: known.sha256.clone(),
        created_at: at.micros(),
    }
}

fn track_record_row(known: &TrackRecord, _: Timestamp) -> track_record::Model {
    track_record::Model {
        id: known.id.to_string(),
        supplier_id: known.supplier.to_string(),
        kind: known.kind.to_string(),
        title: known.title.clone(),
        issuer: known.issuer.clone(),
        number: known.number.clone(),
        description: known.description.clone(),
        since_on: known.since_on.number(),
        valid_until: known.valid_until.map(Day::number),
    }
}

/// Reads what a row of a kind's table says.
pub(super) fn read(kind: EvidenceKind, row: &QueryResult) -> Result<Evidence> {
    Ok(match kind {
        EvidenceKind::Membership => {
            let row = membership::Model::from_query_result(row, "")?;
            Evidence::Membership(Membership {
                id: parse("membership.id", &row.id)?,
                supplier: parse("membership.supplier_id", &row.supplier_id)?,
                reference: row.reference,
                paid_on: day(row.paid_on),
                valid_from: day(row.valid_from),
                valid_until: day(row.valid_until),
            })
        }
        EvidenceKind::AgencyCheck => {
            Evidence::AgencyCheck(agency_check_from(agency_check::Model::from_query_result(row, "")?)?)
        }
        EvidenceKind::Audit => Evidence::Audit(audit_from(audit::Model::from_query_result(row, "")?)?),
        EvidenceKind::Certificate => {
            Evidence::Certificate(certificate_from(certificate::Model::from_query_result(row, "")?)?)
        }
        EvidenceKind::Licence => {
            let row = licence::Model::from_query_result(row, "")?;
            Evidence::Licence(Licence {
                id: parse("licence.id", &row.id)?,
                supplier: parse("licence.supplier_id", &row.supplier_id)?,
                issuer: row.issuer,
                number: row.number,
                scope: row.scope,
                valid_from: day(row.valid_from),
                valid_until: row.valid_until.map(day),
                sha256: row.sha256,
            })
        }
        EvidenceKind::Media => Evidence::Media(media_from(media::Model::from_query_result(row, "")?)?),
        EvidenceKind::TrackRecord => {
            Evidence::TrackRecord(track_record_from(track_record::Model::from_query_result(row, "")?)?)
        }
    })
}

fn agency_check_from(row: agency_check::Model) -> Result<AgencyCheck> {
    Ok(AgencyCheck {
        id: parse("agency_check.id", &row.id)?,
        supplier: parse("agency_check.supplier_id", &row.supplier_id)?,
        agency: row.agency,
        reference: row.reference,
        capacity: row.capacity,
        credentials: row.credentials,
        passed: row.passed,
        findings: row.findings,
        checked_on: day(row.checked_on),
        valid_until: day(row.valid_until),
    })
}

fn track_record_from(row: track_record::Model) -> Result<TrackRecord> {
    Ok(TrackRecord {
        id: parse("track_record.id", &row.id)?,
        supplier: parse("track_record.supplier_id", &row.supplier_id)?,
        kind: parse("track_record.kind", &row.kind)?,
        title: row.title,
        issuer: row.issuer,
        number: row.number,
        description: row.description,
        since_on: day(row.since_on),
        valid_until: row.valid_until.map(day),
    })
}

fn audit_from(row: audit::Model) -> Result<Audit> {
    Ok(Audit {
        id: parse("audit.id", &row.id)?,
        supplier: parse("audit.supplier_id", &row.supplier_id)?,
        institution: row.institution,
        auditor: row.auditor,
        online: row.online,
        onsite: row.onsite,
        scope: AuditScope {
            company_profile: row.company_profile,
            production_capacity: row.production_capacity,
            production_process: row.production_process,
            management_controls: row.management_controls,
        },
        passed: row.passed,
        reported_on: day(row.reported_on),
        valid_until: day(row.valid_until),
    })
}

fn certificate_from(row: certificate::Model) -> Result<Certificate> {
    Ok(Certificate {
        id: parse("certificate.id", &row.id)?,
        supplier: parse("certificate.supplier_id", &row.supplier_id)?,
        kind: parse("certificate.kind", &row.kind)?,
        standard: row.standard,
        issuer: row.issuer,
        number: row.number,
        scope: row.scope,
        valid_from: day(row.valid_from),
        valid_until: day(row.valid_until),
        sha256: row.sha256,
    })
}
