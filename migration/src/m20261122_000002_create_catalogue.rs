//! The public catalogue: suppliers with the evidence behind their badges, products with their ladders, reviews with
//! their aggregates, and the listing rows that searches read.

mod listings;

use sea_orm_migration::prelude::*;

use self::listings::{FORGET_NEAR_WORDS, LISTINGS, NEAR_WORDS, SEARCH_POSTGRES, SEARCH_SQLITE};
use crate::dialect::{drop_tables, is_postgres, run};

/// See the module.
#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

const SUPPLIERS: &[&str] = &[
    "CREATE TABLE supplier (
        id :id PRIMARY KEY,
        company_id :id NOT NULL UNIQUE REFERENCES company (id),
        specialisation :word CHECK (specialisation IN ('CUSTOM_MANUFACTURER', 'MULTISPECIALTY', 'BRAND_HOLDER')),
        description :text NOT NULL DEFAULT '' CHECK (length(description) <= 10000),
        established_on :int,
        external_reference :text UNIQUE CHECK (length(external_reference) BETWEEN 1 AND 255),
        suspended_at :time,
        suspended_reason :text,
        imported :bool NOT NULL DEFAULT :false,
        version :int NOT NULL DEFAULT 1 CHECK (version >= 1),
        event_seq :int NOT NULL DEFAULT 0,
        event_hash :word NOT NULL DEFAULT '0000000000000000000000000000000000000000000000000000000000000000',
        created_at :time NOT NULL,
        CHECK ((suspended_at IS NULL) = (suspended_reason IS NULL))
    ) :strict",
    "CREATE TABLE supplier_metrics (
        supplier_id :id PRIMARY KEY REFERENCES supplier (id) ON DELETE CASCADE,
        orders_placed :int NOT NULL DEFAULT 0 CHECK (orders_placed >= 0),
        orders_completed :int NOT NULL DEFAULT 0 CHECK (orders_completed >= 0),
        orders_cancelled :int NOT NULL DEFAULT 0 CHECK (orders_cancelled >= 0),
        dispatched :int NOT NULL DEFAULT 0 CHECK (dispatched >= 0),
        dispatched_late :int NOT NULL DEFAULT 0 CHECK (dispatched_late BETWEEN 0 AND dispatched),
        delivered :int NOT NULL DEFAULT 0 CHECK (delivered >= 0),
        delivered_late :int NOT NULL DEFAULT 0 CHECK (delivered_late BETWEEN 0 AND delivered),
        disputes :int NOT NULL DEFAULT 0 CHECK (disputes >= 0),
        buyers :int NOT NULL DEFAULT 0 CHECK (buyers >= 0),
        returning_buyers :int NOT NULL DEFAULT 0 CHECK (returning_buyers BETWEEN 0 AND buyers),
        responses :int NOT NULL DEFAULT 0 CHECK (responses >= 0),
        response_seconds :int NOT NULL DEFAULT 0 CHECK (response_seconds >= 0),
        updated_at :time NOT NULL
    ) :strict",
    "CREATE TABLE audit (
        id :id PRIMARY KEY,
        supplier_id :id NOT NULL REFERENCES supplier (id),
        institution :text NOT NULL CHECK (length(institution) > 0),
        auditor :text NOT NULL CHECK (length(auditor) > 0),
        online :bool NOT NULL,
        onsite :bool NOT NULL,
        company_profile :bool NOT NULL,
        production_capacity :bool NOT NULL,
        production_process :bool NOT NULL,
        management_controls :bool NOT NULL,
        passed :bool NOT NULL,
        reported_on :int NOT NULL,
        valid_until :int NOT NULL,
        created_at :time NOT NULL,
        CHECK (valid_until >= reported_on),
        CHECK (online OR onsite)
    ) :strict",
    "CREATE INDEX audit_supplier ON audit (supplier_id, reported_on)",
    "CREATE TABLE certificate (
        id :id PRIMARY KEY,
        supplier_id :id NOT NULL REFERENCES supplier (id),
        kind :word NOT NULL CHECK (kind IN ('MANAGEMENT', 'PRODUCT')),
        standard :word NOT NULL CHECK (length(standard) BETWEEN 1 AND 100),
        issuer :text NOT NULL CHECK (length(issuer) > 0),
        number :text NOT NULL CHECK (length(number) > 0),
        scope :text NOT NULL,
        valid_from :int NOT NULL,
        valid_until :int NOT NULL,
        sha256 :word CHECK (length(sha256) = 64),
        created_at :time NOT NULL,
        CHECK (valid_until >= valid_from)
    ) :strict",
    "CREATE INDEX certificate_supplier ON certificate (supplier_id, kind, standard, valid_until)",
    "CREATE TABLE licence (
        id :id PRIMARY KEY,
        supplier_id :id NOT NULL REFERENCES supplier (id),
        issuer :text NOT NULL CHECK (length(issuer) > 0),
        number :text NOT NULL CHECK (length(number) > 0),
        scope :text NOT NULL,
        valid_from :int NOT NULL,
        valid_until :int,
        sha256 :word CHECK (length(sha256) = 64),
        created_at :time NOT NULL,
        CHECK (valid_until >= valid_from)
    ) :strict",
    "CREATE INDEX licence_supplier ON licence (supplier_id)",
];

const PRODUCTS: &[&str] = &[
    "CREATE TABLE category (
        id :id PRIMARY KEY,
        parent_id :id REFERENCES category (id),
        name :word NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
        path :word NOT NULL UNIQUE,
        depth :int NOT NULL CHECK (depth BETWEEN 0 AND 9),
        external_reference :text UNIQUE,
        created_at :time NOT NULL,
        CHECK ((parent_id IS NULL) = (depth = 0))
    ) :strict",
    "CREATE INDEX category_parent ON category (parent_id, name)",
    "CREATE TABLE product (
        id :id PRIMARY KEY,
        supplier_id :id NOT NULL REFERENCES supplier (id),
        category_id :id REFERENCES category (id),
        title :text NOT NULL CHECK (length(title) BETWEEN 1 AND 300),
        description :text NOT NULL DEFAULT '' CHECK (length(description) <= 20000),
        attributes :json NOT NULL DEFAULT '[]',
        unit :text NOT NULL CHECK (length(unit) BETWEEN 1 AND 40),
        minimum_order_quantity :int NOT NULL CHECK (minimum_order_quantity BETWEEN 1 AND 1000000000),
        order_increment :int NOT NULL DEFAULT 1 CHECK (order_increment BETWEEN 1 AND 1000000000),
        currency :word NOT NULL CHECK (length(currency) = 3),
        status :word NOT NULL CHECK (status IN ('DRAFT', 'PUBLISHED', 'WITHDRAWN')),
        customisable :bool NOT NULL DEFAULT :false,
        guaranteed_dispatch_hours :int CHECK (guaranteed_dispatch_hours BETWEEN 1 AND 168),
        guaranteed_delivery_days :int CHECK (guaranteed_delivery_days BETWEEN 1 AND 365),
        easy_return :bool NOT NULL DEFAULT :false,
        after_sales_label :word CHECK (after_sales_label IN
            ('FREE_REPLACEMENT_PARTS', 'ONSITE_SERVICE_AND_FREE_REPLACEMENT_PARTS')),
        after_sales_days :int CHECK (after_sales_days BETWEEN 1 AND 3650),
        external_reference :text CHECK (length(external_reference) BETWEEN 1 AND 255),
        imported :bool NOT NULL DEFAULT :false,
        version :int NOT NULL DEFAULT 1 CHECK (version >= 1),
        created_at :time NOT NULL,
        updated_at :time NOT NULL,
        UNIQUE (supplier_id, external_reference),
        CHECK ((guaranteed_dispatch_hours IS NULL) = (guaranteed_delivery_days IS NULL)),
        CHECK ((after_sales_label IS NULL) = (after_sales_days IS NULL))
    ) :strict",
    "CREATE INDEX product_category ON product (category_id)",
    "CREATE TABLE product_price (
        product_id :id NOT NULL REFERENCES product (id) ON DELETE CASCADE,
        min_quantity :int NOT NULL CHECK (min_quantity BETWEEN 1 AND 1000000000),
        unit_price :int NOT NULL CHECK (unit_price >= 0),
        PRIMARY KEY (product_id, min_quantity)
    ) :strict",
    "CREATE TABLE product_lead_time (
        product_id :id NOT NULL REFERENCES product (id) ON DELETE CASCADE,
        min_quantity :int NOT NULL CHECK (min_quantity BETWEEN 1 AND 1000000000),
        days :int NOT NULL CHECK (days BETWEEN 0 AND 3650),
        PRIMARY KEY (product_id, min_quantity)
    ) :strict",
    "CREATE TABLE sample_offer (
        product_id :id PRIMARY KEY REFERENCES product (id) ON DELETE CASCADE,
        price_minor :int NOT NULL CHECK (price_minor >= 0),
        maximum_quantity :int NOT NULL CHECK (maximum_quantity BETWEEN 1 AND 1000000000),
        lead_days :int NOT NULL CHECK (lead_days BETWEEN 0 AND 3650)
    ) :strict",
    "CREATE TABLE product_certificate (
        product_id :id NOT NULL REFERENCES product (id) ON DELETE CASCADE,
        certificate_id :id NOT NULL REFERENCES certificate (id),
        PRIMARY KEY (product_id, certificate_id)
    ) :strict",
    "CREATE INDEX product_certificate_certificate ON product_certificate (certificate_id)",
    "CREATE TABLE media (
        id :id PRIMARY KEY,
        supplier_id :id REFERENCES supplier (id),
        audit_id :id REFERENCES audit (id),
        product_id :id REFERENCES product (id) ON DELETE CASCADE,
        kind :word NOT NULL CHECK (kind IN
            ('IMAGE', 'VIDEO', 'FACTORY_REPORT', 'INSPECTION_VIDEO', 'PANORAMA', 'VR_TOUR', 'DOCUMENT')),
        title :text NOT NULL,
        url :text NOT NULL CHECK (url = '' OR url LIKE 'https://%' OR url LIKE 'http://%'),
        sha256 :word CHECK (length(sha256) = 64),
        position :int NOT NULL DEFAULT 0,
        CHECK ((CASE WHEN supplier_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN audit_id IS NULL THEN 0 ELSE 1 END)
            + (CASE WHEN product_id IS NULL THEN 0 ELSE 1 END) = 1)
    ) :strict",
    "CREATE INDEX media_supplier ON media (supplier_id, position)",
    "CREATE INDEX media_audit ON media (audit_id, position)",
    "CREATE INDEX media_product ON media (product_id, position)",
    // `evidence` names the records that the award rests on by their ids. `policy_version` is the version of the trust
    // policy by whose rules it was granted, none where it came otherwise; `offer_sha256` the offer that a product's
    // award is for; `end_told` whether its end was told as an event.
    "CREATE TABLE badge_award (
        id :id PRIMARY KEY,
        supplier_id :id REFERENCES supplier (id),
        product_id :id REFERENCES product (id),
        kind :word NOT NULL CHECK (kind IN
            ('GOLD', 'VERIFIED', 'VERIFIED_PRO', 'TRADE_ASSURANCE', 'GUARANTEED', 'EASY_RETURN')),
        issuer :text NOT NULL CHECK (length(issuer) > 0),
        evidence :json NOT NULL DEFAULT '[]',
        granted_at :time NOT NULL,
        expires_at :time,
        revoked_at :time,
        revoked_reason :text,
        revoked_by :word CHECK (revoked_by IN ('PLATFORM', 'SUPPLIER', 'RULES')),
        policy_version :int,
        offer_sha256 :word CHECK (length(offer_sha256) = 64),
        end_told :bool NOT NULL DEFAULT :false,
        CHECK ((supplier_id IS NULL) <> (product_id IS NULL)),
        CHECK ((product_id IS NOT NULL) = (kind IN ('GUARANTEED', 'EASY_RETURN'))),
        CHECK (expires_at > granted_at),
        CHECK (revoked_at >= granted_at),
        CHECK ((revoked_at IS NULL) = (revoked_reason IS NULL)),
        CHECK ((revoked_at IS NULL) = (revoked_by IS NULL))
    ) :strict",
    "CREATE INDEX badge_award_supplier ON badge_award (supplier_id, kind, granted_at)",
    "CREATE INDEX badge_award_product ON badge_award (product_id, kind, granted_at)",
    "CREATE INDEX badge_award_expiry ON badge_award (expires_at) WHERE end_told = :false",
    "CREATE INDEX badge_award_revocation ON badge_award (revoked_at) WHERE end_told = :false",
];

const REVIEWS: &[&str] = &[
    "CREATE TABLE review (
        id :id PRIMARY KEY,
        kind :word NOT NULL CHECK (kind IN ('PRODUCT', 'STORE')),
        supplier_id :id NOT NULL REFERENCES supplier (id),
        product_id :id REFERENCES product (id),
        buyer_company_id :id REFERENCES company (id),
        order_id :id,
        score :int NOT NULL CHECK (score BETWEEN 1 AND 5),
        product_quality :int CHECK (product_quality BETWEEN 1 AND 5),
        supplier_service :int CHECK (supplier_service BETWEEN 1 AND 5),
        on_time_dispatch :int CHECK (on_time_dispatch BETWEEN 1 AND 5),
        title :text NOT NULL DEFAULT '' CHECK (length(title) <= 300),
        body :text NOT NULL DEFAULT '' CHECK (length(body) <= 10000),
        status :word NOT NULL DEFAULT 'PUBLISHED' CHECK (status IN ('PUBLISHED', 'HIDDEN')),
        hidden_reason :text,
        reply :text CHECK (length(reply) BETWEEN 1 AND 10000),
        replied_at :time,
        external_reference :text,
        imported :bool NOT NULL DEFAULT :false,
        created_at :time NOT NULL,
        UNIQUE (supplier_id, external_reference),
        CHECK ((kind = 'PRODUCT') = (product_id IS NOT NULL)),
        CHECK (imported OR (order_id IS NOT NULL AND buyer_company_id IS NOT NULL)),
        CHECK ((reply IS NULL) = (replied_at IS NULL)),
        CHECK ((status = 'HIDDEN') = (hidden_reason IS NOT NULL))
    ) :strict",
    // An order gives one review of each product and one of the store; imported history may hold more.
    "CREATE UNIQUE INDEX review_once_per_product ON review (order_id, product_id)
        WHERE kind = 'PRODUCT' AND imported = :false",
    "CREATE UNIQUE INDEX review_once_per_store ON review (order_id) WHERE kind = 'STORE' AND imported = :false",
    "CREATE INDEX review_of_product ON review (product_id, created_at, id) WHERE status = 'PUBLISHED'",
    "CREATE INDEX review_of_store ON review (supplier_id, created_at, id)
        WHERE status = 'PUBLISHED' AND kind = 'STORE'",
    "CREATE TABLE rating (
        subject_id :id PRIMARY KEY,
        count :int NOT NULL CHECK (count >= 0),
        sum :int NOT NULL,
        stars1 :int NOT NULL CHECK (stars1 >= 0),
        stars2 :int NOT NULL CHECK (stars2 >= 0),
        stars3 :int NOT NULL CHECK (stars3 >= 0),
        stars4 :int NOT NULL CHECK (stars4 >= 0),
        stars5 :int NOT NULL CHECK (stars5 >= 0),
        CHECK (count = stars1 + stars2 + stars3 + stars4 + stars5),
        CHECK (sum = stars1 + 2 * stars2 + 3 * stars3 + 4 * stars4 + 5 * stars5)
    ) :strict",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for part in [SUPPLIERS, PRODUCTS, REVIEWS, LISTINGS] {
            run(manager, part).await?;
        }
        if !is_postgres(manager) {
            return run(manager, SEARCH_SQLITE).await;
        }
        run(manager, SEARCH_POSTGRES).await?;
        manager.get_connection().execute_unprepared(NEAR_WORDS).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if !is_postgres(manager) {
            drop_tables(manager, &["product_search", "supplier_search"]).await?;
        }
        drop_tables(manager, &["search_word"]).await?;
        drop_tables(
            manager,
            &[
                "product_listing",
                "supplier_listing",
                "rating",
                "review",
                "badge_award",
                "media",
                "product_certificate",
                "sample_offer",
                "product_lead_time",
                "product_price",
                "product",
                "category",
                "licence",
                "certificate",
                "audit",
                "supplier_metrics",
                "supplier",
            ],
        )
        .await?;
        if is_postgres(manager) {
            manager.get_connection().execute_unprepared(FORGET_NEAR_WORDS).await?;
            manager.get_connection().execute_unprepared("DROP FUNCTION search_vector_of(TEXT)").await?;
        }
        Ok(())
    }
}
