//! What suppliers' orders add up to, entry by entry and day by day; what a review says beside its score, and who found
//! it helpful; the signals that warn of suppliers and products.

use sea_orm_migration::prelude::*;

use crate::dialect::{append_only, drop_tables, run};

/// See the module.
#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

const METRICS: &[&str] = &[
    // One row for each act that changes a supplier's metrics, written in the act's own transaction. Nobody waits for
    // anybody else to write one; a job adds them to `supplier_metrics` and `supplier_metrics_day`.
    "CREATE TABLE metric_entry (
        entry_number :serial,
        supplier_id :id NOT NULL REFERENCES supplier (id),
        subject_id :id NOT NULL,
        day :int NOT NULL,
        orders_placed :int NOT NULL CHECK (orders_placed IN (0, 1)),
        orders_completed :int NOT NULL CHECK (orders_completed IN (0, 1)),
        orders_cancelled :int NOT NULL CHECK (orders_cancelled IN (0, 1)),
        dispatched :int NOT NULL CHECK (dispatched IN (0, 1)),
        dispatched_late :int NOT NULL CHECK (dispatched_late BETWEEN 0 AND dispatched),
        delivered :int NOT NULL CHECK (delivered IN (0, 1)),
        delivered_late :int NOT NULL CHECK (delivered_late BETWEEN 0 AND delivered),
        disputes :int NOT NULL CHECK (disputes IN (0, 1)),
        buyers :int NOT NULL CHECK (buyers IN (0, 1)),
        returning_buyers :int NOT NULL CHECK (returning_buyers IN (0, 1)),
        responses :int NOT NULL CHECK (responses IN (0, 1)),
        response_seconds :int NOT NULL CHECK (response_seconds >= 0 AND (responses = 1 OR response_seconds = 0)),
        added :bool NOT NULL DEFAULT :false
    ) :strict",
    "CREATE INDEX metric_entry_pending ON metric_entry (supplier_id) WHERE NOT added",
    "CREATE INDEX metric_entry_subject ON metric_entry (subject_id)",
    "CREATE INDEX metric_entry_supplier ON metric_entry (supplier_id, day)",
    // How often a company has bought from a supplier: the second time it has come again.
    "CREATE TABLE supplier_buyer (
        supplier_id :id NOT NULL REFERENCES supplier (id),
        buyer_id :id NOT NULL REFERENCES company (id),
        orders :int NOT NULL CHECK (orders > 0),
        PRIMARY KEY (supplier_id, buyer_id)
    ) :strict",
    "CREATE TABLE supplier_metrics_day (
        supplier_id :id NOT NULL REFERENCES supplier (id),
        day :int NOT NULL,
        source :word NOT NULL CHECK (source IN ('ORDERS', 'HISTORY')),
        orders_placed :int NOT NULL CHECK (orders_placed >= 0),
        orders_completed :int NOT NULL CHECK (orders_completed >= 0),
        orders_cancelled :int NOT NULL CHECK (orders_cancelled >= 0),
        dispatched :int NOT NULL CHECK (dispatched >= 0),
        dispatched_late :int NOT NULL CHECK (dispatched_late BETWEEN 0 AND dispatched),
        delivered :int NOT NULL CHECK (delivered >= 0),
        delivered_late :int NOT NULL CHECK (delivered_late BETWEEN 0 AND delivered),
        disputes :int NOT NULL CHECK (disputes >= 0),
        responses :int NOT NULL CHECK (responses >= 0),
        response_seconds :int NOT NULL CHECK (response_seconds >= 0),
        PRIMARY KEY (supplier_id, day, source)
    ) :strict",
];

const REVIEWS: &[&str] = &[
    "ALTER TABLE review ADD COLUMN attachments :json NOT NULL DEFAULT '[]'",
    "ALTER TABLE review ADD COLUMN helpful :int NOT NULL DEFAULT 0 CHECK (helpful >= 0)",
    // What proves the purchase without naming the buyer: the masked number, the day, the hash of the contract.
    "ALTER TABLE review ADD COLUMN order_number :text",
    "ALTER TABLE review ADD COLUMN completed_on :int",
    "ALTER TABLE review ADD COLUMN contract_hash :word",
    "CREATE INDEX review_of_product_helpful ON review (product_id, helpful, created_at, id) WHERE status = 'PUBLISHED'",
    "CREATE INDEX review_of_store_helpful ON review (supplier_id, helpful, created_at, id)
        WHERE status = 'PUBLISHED' AND kind = 'STORE'",
    "CREATE INDEX review_of_product_score ON review (product_id, score, created_at, id) WHERE status = 'PUBLISHED'",
    "CREATE INDEX review_of_store_score ON review (supplier_id, score, created_at, id)
        WHERE status = 'PUBLISHED' AND kind = 'STORE'",
    // The lowest score first and the newest among equals: from the largest down in every key, as all lists are.
    "CREATE INDEX review_of_product_lowest ON review (product_id, (6 - score), created_at, id)
        WHERE status = 'PUBLISHED'",
    "CREATE INDEX review_of_store_lowest ON review (supplier_id, (6 - score), created_at, id)
        WHERE status = 'PUBLISHED' AND kind = 'STORE'",
    "CREATE TABLE review_helpful (
        review_id :id NOT NULL REFERENCES review (id) ON DELETE CASCADE,
        company_id :id NOT NULL REFERENCES company (id),
        marked_at :time NOT NULL,
        PRIMARY KEY (review_id, company_id)
    ) :strict",
    "CREATE TABLE review_moderation (
        moderation_number :serial,
        review_id :id NOT NULL,
        status :word NOT NULL CHECK (status IN ('PUBLISHED', 'HIDDEN')),
        reason :text NOT NULL CHECK (length(reason) BETWEEN 1 AND 1000),
        moderated_by :id NOT NULL,
        moderated_at :time NOT NULL
    ) :strict",
    "CREATE INDEX review_moderation_review ON review_moderation (review_id)",
    // The parts of the scores beside `rating`, which searches read whole.
    "CREATE TABLE rating_part (
        subject_id :id NOT NULL,
        part :word NOT NULL CHECK (part IN ('PRODUCT_QUALITY', 'SUPPLIER_SERVICE', 'ON_TIME_DISPATCH')),
        count :int NOT NULL CHECK (count >= 0),
        sum :int NOT NULL CHECK (sum BETWEEN count AND 5 * count),
        PRIMARY KEY (subject_id, part)
    ) :strict",
    "CREATE TABLE rating_day (
        subject_id :id NOT NULL,
        day :int NOT NULL,
        stars1 :int NOT NULL CHECK (stars1 >= 0),
        stars2 :int NOT NULL CHECK (stars2 >= 0),
        stars3 :int NOT NULL CHECK (stars3 >= 0),
        stars4 :int NOT NULL CHECK (stars4 >= 0),
        stars5 :int NOT NULL CHECK (stars5 >= 0),
        PRIMARY KEY (subject_id, day)
    ) :strict",
];

const SIGNALS: &[&str] = &[
    // What an operator set; a rule without a row has the figures of `domain::risk`.
    "CREATE TABLE risk_rule (
        code :word PRIMARY KEY,
        enabled :bool NOT NULL,
        threshold :int NOT NULL CHECK (threshold >= 0),
        window_days :int NOT NULL CHECK (window_days >= 0),
        minimum :int NOT NULL CHECK (minimum >= 0),
        version :int NOT NULL CHECK (version >= 1),
        set_by :id NOT NULL,
        set_at :time NOT NULL
    ) :strict",
    "CREATE TABLE risk_signal (
        signal_number :serial,
        supplier_id :id REFERENCES supplier (id),
        product_id :id REFERENCES product (id) ON DELETE CASCADE,
        code :word NOT NULL,
        severity :word NOT NULL CHECK (severity IN ('LOW', 'MEDIUM', 'HIGH')),
        evidence :json NOT NULL,
        observed_at :time NOT NULL,
        ended_at :time CHECK (ended_at >= observed_at),
        CHECK ((supplier_id IS NULL) <> (product_id IS NULL))
    ) :strict",
    "CREATE UNIQUE INDEX risk_signal_of_supplier ON risk_signal (supplier_id, code) WHERE ended_at IS NULL",
    "CREATE UNIQUE INDEX risk_signal_of_product ON risk_signal (product_id, code) WHERE ended_at IS NULL",
    "CREATE INDEX risk_signal_code ON risk_signal (code) WHERE ended_at IS NULL",
    // Suppliers, products and categories to look at, now or when time alone may change what holds of them. Whoever
    // changes a fact adds a row and waits for nobody.
    "CREATE TABLE risk_look (
        look_number :serial,
        subject_id :id NOT NULL,
        due_at :time NOT NULL
    ) :strict",
    "CREATE INDEX risk_look_due ON risk_look (due_at)",
    "CREATE INDEX risk_look_subject ON risk_look (subject_id)",
    // A walk over all suppliers and products, after a rule was set: where it stands, none where it is over. Locked by
    // whoever looks, so that one node looks at a time.
    "CREATE TABLE risk_walk (
        name :word PRIMARY KEY,
        position :id
    ) :strict",
    "INSERT INTO risk_walk (name, position) VALUES ('all', '')",
    // The middle price of what a category offers by the same unit in the same currency.
    "CREATE TABLE category_price (
        category_id :id NOT NULL REFERENCES category (id),
        currency :word NOT NULL CHECK (length(currency) = 3),
        unit :text NOT NULL,
        median :int NOT NULL CHECK (median >= 0),
        products :int NOT NULL CHECK (products > 0),
        counted_at :time NOT NULL,
        PRIMARY KEY (category_id, currency, unit)
    ) :strict",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for part in [METRICS, REVIEWS, SIGNALS] {
            run(manager, part).await?;
        }
        append_only(manager, "review_moderation").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(
            manager,
            &[
                "category_price",
                "risk_walk",
                "risk_look",
                "risk_signal",
                "risk_rule",
                "rating_day",
                "rating_part",
                "review_moderation",
                "review_helpful",
                "supplier_metrics_day",
                "supplier_buyer",
                "metric_entry",
            ],
        )
        .await?;
        run(
            manager,
            &[
                "DROP INDEX review_of_product_helpful",
                "DROP INDEX review_of_store_helpful",
                "DROP INDEX review_of_product_score",
                "DROP INDEX review_of_store_score",
                "DROP INDEX review_of_product_lowest",
                "DROP INDEX review_of_store_lowest",
                "ALTER TABLE review DROP COLUMN attachments",
                "ALTER TABLE review DROP COLUMN helpful",
                "ALTER TABLE review DROP COLUMN order_number",
                "ALTER TABLE review DROP COLUMN completed_on",
                "ALTER TABLE review DROP COLUMN contract_hash",
            ],
        )
        .await
    }
}
