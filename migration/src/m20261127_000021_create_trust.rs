//! What the badges rest on: records of evidence, what suppliers submit for review, the trust policy, and how much each
//! supplier exports.

use sea_orm_migration::prelude::*;

use crate::dialect::{append_only, drop_tables, run};

/// See the module.
#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

const TABLES: &[&str] = &[
    // What every record of evidence has; what it says lies in the table of its kind. Nothing is ever deleted.
    // `ends_at` is the first instant at which it no longer holds; `natural_key` its issuer and number.
    "CREATE TABLE evidence_record (
        id :id PRIMARY KEY,
        kind :word NOT NULL CHECK (kind IN ('MEMBERSHIP', 'AGENCY_CHECK', 'AUDIT', 'CERTIFICATE', 'LICENCE', 'MEDIA',
            'TRACK_RECORD')),
        supplier_id :id NOT NULL REFERENCES supplier (id),
        file_id :id REFERENCES stored_file (id),
        file_sha256 :word CHECK (length(file_sha256) = 64),
        recorded_by :id REFERENCES partner_app (id),
        recorded_at :time NOT NULL,
        ends_at :time,
        end_told :bool NOT NULL DEFAULT :false,
        natural_key :text,
        withdrawn_at :time,
        withdrawn_reason :text CHECK (length(withdrawn_reason) BETWEEN 1 AND 1000),
        CHECK ((file_id IS NULL) = (file_sha256 IS NULL)),
        CHECK ((withdrawn_at IS NULL) = (withdrawn_reason IS NULL))
    ) :strict",
    // A number of an issuer is on record once, unless the record was withdrawn.
    "CREATE UNIQUE INDEX evidence_record_once ON evidence_record (kind, natural_key) WHERE withdrawn_at IS NULL",
    "CREATE INDEX evidence_record_supplier ON evidence_record (supplier_id, kind, recorded_at)",
    "CREATE INDEX evidence_record_end ON evidence_record (ends_at) WHERE end_told = :false AND withdrawn_at IS NULL",
    "CREATE TABLE membership (
        id :id PRIMARY KEY REFERENCES evidence_record (id),
        supplier_id :id NOT NULL REFERENCES supplier (id),
        reference :text NOT NULL CHECK (length(reference) BETWEEN 1 AND 200),
        paid_on :int NOT NULL,
        valid_from :int NOT NULL,
        valid_until :int NOT NULL,
        CHECK (valid_until >= valid_from)
    ) :strict",
    "CREATE INDEX membership_supplier ON membership (supplier_id, valid_until)",
    "CREATE TABLE agency_check (
        id :id PRIMARY KEY REFERENCES evidence_record (id),
        supplier_id :id NOT NULL REFERENCES supplier (id),
        agency :text NOT NULL CHECK (length(agency) BETWEEN 1 AND 200),
        reference :text NOT NULL CHECK (length(reference) BETWEEN 1 AND 200),
        capacity :bool NOT NULL,
        credentials :bool NOT NULL,
        passed :bool NOT NULL,
        findings :text NOT NULL CHECK (length(findings) <= 2000),
        checked_on :int NOT NULL,
        valid_until :int NOT NULL,
        CHECK (capacity OR credentials),
        CHECK (valid_until >= checked_on)
    ) :strict",
    "CREATE INDEX agency_check_supplier ON agency_check (supplier_id, checked_on)",
    "CREATE TABLE track_record (
        id :id PRIMARY KEY REFERENCES evidence_record (id),
        supplier_id :id NOT NULL REFERENCES supplier (id),
        kind :word NOT NULL CHECK (kind IN ('CLIENT_CASE', 'INDUSTRY_AWARD', 'PATENT', 'MANUFACTURING_CAPABILITY',
            'EXPERIENCE')),
        title :text NOT NULL CHECK (length(title) BETWEEN 1 AND 300),
        issuer :text NOT NULL CHECK (length(issuer) BETWEEN 1 AND 200),
        number :text CHECK (length(number) BETWEEN 1 AND 200),
        description :text NOT NULL CHECK (length(description) <= 2000),
        since_on :int NOT NULL,
        valid_until :int,
        CHECK (valid_until >= since_on)
    ) :strict",
    "CREATE INDEX track_record_supplier ON track_record (supplier_id, kind)",
    // `evidence_id` becomes a record by acceptance; a refused document is answered by another one that names it.
    "CREATE TABLE verification_document (
        id :id PRIMARY KEY,
        supplier_id :id NOT NULL REFERENCES supplier (id),
        kind :word NOT NULL CHECK (kind IN ('CERTIFICATE', 'LICENCE', 'MEDIA', 'TRACK_RECORD')),
        file_id :id NOT NULL REFERENCES stored_file (id),
        file_sha256 :word NOT NULL CHECK (length(file_sha256) = 64),
        claims :json NOT NULL,
        status :word NOT NULL CHECK (status IN ('SUBMITTED', 'ACCEPTED', 'REFUSED')),
        replaces_id :id UNIQUE REFERENCES verification_document (id),
        evidence_id :id UNIQUE REFERENCES evidence_record (id),
        refusal_reason :text CHECK (length(refusal_reason) BETWEEN 1 AND 1000),
        submitted_by :id NOT NULL REFERENCES partner_app (id),
        submitted_at :time NOT NULL,
        reviewed_by :id REFERENCES partner_app (id),
        reviewed_at :time,
        CHECK ((status = 'SUBMITTED') = (reviewed_at IS NULL)),
        CHECK ((reviewed_at IS NULL) = (reviewed_by IS NULL)),
        CHECK ((status = 'ACCEPTED') = (evidence_id IS NOT NULL)),
        CHECK ((status = 'REFUSED') = (refusal_reason IS NOT NULL))
    ) :strict",
    "CREATE INDEX verification_document_supplier ON verification_document (supplier_id, submitted_at, id)",
    "CREATE INDEX verification_document_status ON verification_document (status, submitted_at, id)",
    "CREATE TABLE trust_policy (
        id :id PRIMARY KEY,
        version :int NOT NULL UNIQUE,
        valid_from :time NOT NULL,
        figures :json NOT NULL,
        created_at :time NOT NULL
    ) :strict",
    // Computed from completed orders, never typed in; cents of a dollar.
    "CREATE TABLE export_volume (
        supplier_id :id PRIMARY KEY REFERENCES supplier (id),
        country :word NOT NULL CHECK (length(country) = 2),
        volume_cents :int NOT NULL CHECK (volume_cents >= 0),
        orders :int NOT NULL CHECK (orders >= 0),
        unpriced_orders :int NOT NULL CHECK (unpriced_orders >= 0),
        place :int CHECK (place >= 1),
        exporters :int CHECK (exporters >= place),
        computed_at :time NOT NULL,
        CHECK ((place IS NULL) = (exporters IS NULL))
    ) :strict",
    "CREATE INDEX export_volume_country ON export_volume (country, volume_cents)",
    // When a job that one node does for all last ran; its row is the lock. Of counts of history nobody asks when.
    "CREATE TABLE job_run (
        job :word PRIMARY KEY CHECK (job IN ('EXPORT_VOLUME', 'HISTORY_COUNT')),
        ran_at :time
    ) :strict",
    "INSERT INTO job_run (job) VALUES ('EXPORT_VOLUME'), ('HISTORY_COUNT')",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, TABLES).await?;
        append_only(manager, "trust_policy").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = [
            "job_run",
            "export_volume",
            "trust_policy",
            "verification_document",
            "track_record",
            "agency_check",
            "membership",
            "evidence_record",
        ];
        drop_tables(manager, &tables).await
    }
}
