//! Writing the catalogue: texts in several languages, media by file, former versions, dated prices, and the feed of
//! changes.

use sea_orm_migration::prelude::*;

use crate::dialect::{append_only, drop_tables, is_postgres, run};

/// See the module.
#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

const COLUMNS: &[&str] = &[
    "ALTER TABLE product ADD COLUMN language :word NOT NULL DEFAULT 'en' CHECK (length(language) BETWEEN 2 AND 35)",
    // Without a foreign key: SQLite could not take the column away again.
    "ALTER TABLE media ADD COLUMN file_id :id",
    "ALTER TABLE media ADD COLUMN alternative_text :text NOT NULL DEFAULT '' CHECK (length(alternative_text) <= 500)",
    "ALTER TABLE media ADD COLUMN content_type :word",
    "ALTER TABLE media ADD COLUMN width :int CHECK (width BETWEEN 1 AND 100000)",
    "ALTER TABLE media ADD COLUMN height :int CHECK (height BETWEEN 1 AND 100000)",
    "CREATE INDEX media_file ON media (file_id)",
    "ALTER TABLE stored_file ADD COLUMN purpose :word NOT NULL DEFAULT 'DOCUMENT'
        CHECK (purpose IN ('DOCUMENT', 'CATALOGUE_MEDIA'))",
    // Suppliers page through everything of theirs, whatever its status.
    "CREATE INDEX product_of_supplier ON product (supplier_id, created_at, id)",
    "CREATE INDEX product_created ON product (created_at, id)",
];

const TABLES: &[&str] = &[
    "CREATE TABLE product_text (
        product_id :id NOT NULL REFERENCES product (id) ON DELETE CASCADE,
        language :word NOT NULL CHECK (length(language) BETWEEN 2 AND 35),
        position :int NOT NULL,
        title :text NOT NULL CHECK (length(title) BETWEEN 1 AND 300),
        description :text NOT NULL DEFAULT '' CHECK (length(description) <= 20000),
        attributes :json NOT NULL DEFAULT '[]',
        PRIMARY KEY (product_id, language)
    ) :strict",
    // A version as it was written; what an import wrote is kept when it is written over.
    "CREATE TABLE product_version (
        product_id :id NOT NULL REFERENCES product (id),
        version :int NOT NULL CHECK (version >= 1),
        action :word NOT NULL CHECK (action IN ('CREATED', 'UPDATED', 'PUBLISHED', 'WITHDRAWN', 'IMPORTED')),
        changed_fields :json NOT NULL,
        app_id :id,
        company_id :id,
        role :word,
        document :json NOT NULL,
        changed_at :time NOT NULL,
        PRIMARY KEY (product_id, version),
        CHECK ((action = 'IMPORTED') = (role IS NULL))
    ) :strict",
    // The ladders that were shown in public, each from its day.
    "CREATE TABLE product_price_history (
        product_id :id NOT NULL REFERENCES product (id),
        number :int NOT NULL CHECK (number >= 1),
        valid_from :time NOT NULL,
        ladder :json NOT NULL,
        PRIMARY KEY (product_id, number)
    ) :strict",
    // One row for each thing that is or was listed: at which place it changed last, and each of its fields.
    "CREATE TABLE catalogue_change (
        subject_id :id PRIMARY KEY,
        kind :word NOT NULL CHECK (kind IN ('PRODUCT', 'SUPPLIER', 'CATEGORY')),
        seq :int NOT NULL UNIQUE CHECK (seq > 0),
        removed :bool NOT NULL,
        fields :json NOT NULL,
        changed_at :time NOT NULL
    ) :strict",
    "CREATE INDEX catalogue_change_kind ON catalogue_change (kind, seq)",
    "CREATE INDEX catalogue_change_removed ON catalogue_change (changed_at) WHERE removed",
    // Tombstones up to `floor` may be gone.
    "CREATE TABLE change_head (
        id :int PRIMARY KEY CHECK (id = 1),
        seq :int NOT NULL CHECK (seq >= 0),
        floor :int NOT NULL CHECK (floor BETWEEN 0 AND seq),
        epoch :word NOT NULL
    ) :strict",
];

/// Business transactions append here; any node gives the committed rows their places (store/catalogue/changes.rs).
const OUTBOX: &[&str] = &["CREATE TABLE change_outbox (
        id :serial,
        subject_id :id NOT NULL,
        kind :word NOT NULL,
        removed :bool NOT NULL,
        fields :json NOT NULL,
        changed_at :time NOT NULL
    )"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for part in [COLUMNS, TABLES] {
            run(manager, part).await?;
        }
        let epoch = if is_postgres(manager) {
            run(manager, OUTBOX).await?;
            "replace(gen_random_uuid()::text, '-', '')"
        } else {
            "lower(hex(randomblob(16)))"
        };
        run(
            manager,
            &[&format!("INSERT INTO change_head (id, seq, floor, epoch) VALUES (1, 0, 0, {epoch})")],
        )
        .await?;
        append_only(manager, "product_version").await?;
        append_only(manager, "product_price_history").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = [
            "change_outbox",
            "change_head",
            "catalogue_change",
            "product_price_history",
            "product_version",
            "product_text",
        ];
        drop_tables(manager, &tables).await?;
        run(
            manager,
            &[
                "DROP INDEX product_created",
                "DROP INDEX product_of_supplier",
                "ALTER TABLE stored_file DROP COLUMN purpose",
                "DROP INDEX media_file",
                "ALTER TABLE media DROP COLUMN height",
                "ALTER TABLE media DROP COLUMN width",
                "ALTER TABLE media DROP COLUMN content_type",
                "ALTER TABLE media DROP COLUMN alternative_text",
                "ALTER TABLE media DROP COLUMN file_id",
                "ALTER TABLE product DROP COLUMN language",
            ],
        )
        .await
    }
}
