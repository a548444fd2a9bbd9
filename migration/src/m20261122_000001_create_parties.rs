//! Companies, their members, partner apps, and the versioned policy figures.

use sea_orm_migration::prelude::*;

use crate::dialect::{append_only, drop_tables, is_postgres, run};

/// See the module.
#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if is_postgres(manager) {
            run(
                manager,
                &["CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
                            RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"],
            )
            .await?;
        }
        run(
            manager,
            &[
                "CREATE TABLE company (
                    id :id PRIMARY KEY,
                    name :text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
                    country :word NOT NULL CHECK (length(country) = 2),
                    plan :word NOT NULL DEFAULT 'STANDARD' CHECK (plan IN ('STANDARD', 'ENTERPRISE', 'ENTERPRISE_PRO')),
                    active :bool NOT NULL DEFAULT :true,
                    external_reference :text UNIQUE,
                    version :int NOT NULL DEFAULT 1,
                    event_seq :int NOT NULL DEFAULT 0 CHECK (event_seq >= 0),
                    event_hash :word NOT NULL DEFAULT '0000000000000000000000000000000000000000000000000000000000000000'
                        CHECK (length(event_hash) = 64),
                    created_at :time NOT NULL
                ) :strict",
                "CREATE TABLE member (
                    id :id PRIMARY KEY,
                    company_id :id NOT NULL REFERENCES company (id),
                    name :text NOT NULL,
                    role :word NOT NULL CHECK (role IN ('OWNER', 'PURCHASER', 'SELLER', 'FINANCE', 'READER')),
                    active :bool NOT NULL DEFAULT :true,
                    created_at :time NOT NULL
                ) :strict",
                "CREATE INDEX member_company ON member (company_id)",
                "CREATE TABLE partner_app (
                    id :id PRIMARY KEY,
                    name :text NOT NULL,
                    role :word NOT NULL CHECK (role IN ('storefront', 'buyer', 'supplier', 'inspector', 'carrier', 'warehouse', 'operator')),
                    scopes :text NOT NULL,
                    active :bool NOT NULL DEFAULT :true,
                    created_at :time NOT NULL
                ) :strict",
                "CREATE TABLE partner_app_company (
                    app_id :id NOT NULL REFERENCES partner_app (id),
                    company_id :id NOT NULL REFERENCES company (id),
                    PRIMARY KEY (app_id, company_id)
                ) :strict",
                "CREATE TABLE policy (
                    id :id PRIMARY KEY,
                    version :int NOT NULL UNIQUE,
                    valid_from :time NOT NULL,
                    figures :json NOT NULL,
                    created_at :time NOT NULL
                ) :strict",
            ],
        )
        .await?;
        append_only(manager, "policy").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["policy", "partner_app_company", "partner_app", "member", "company"]).await?;
        if is_postgres(manager) {
            run(manager, &["DROP FUNCTION refuse_change()"]).await?;
        }
        Ok(())
    }
}
