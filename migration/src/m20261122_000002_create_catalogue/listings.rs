//! The rows that searches read, and what searches by words and by mistyped words need.

pub(super) const LISTINGS: &[&str] = &[
    // A badge's `_until` is the instant at which it lapses, 0 without it, the largest number without an end:
    // `> now` is the whole question.
    "CREATE TABLE supplier_listing (
        listing_number :serial,
        supplier_id :id NOT NULL UNIQUE REFERENCES supplier (id) ON DELETE CASCADE,
        name :text NOT NULL,
        country :word NOT NULL,
        specialisation :word,
        gold_until :time NOT NULL,
        verified_until :time NOT NULL,
        verified_pro_until :time NOT NULL,
        trade_assurance_until :time NOT NULL,
        rating_thousandths :int NOT NULL,
        rating_count :int NOT NULL,
        orders_completed :int NOT NULL,
        on_time_dispatch :int NOT NULL,
        response_seconds :int NOT NULL,
        established_on :int NOT NULL,
        boost :int NOT NULL,
        rank_score :int NOT NULL,
        created_at :time NOT NULL,
        title_terms :text NOT NULL,
        search_terms :text NOT NULL,
        card :json NOT NULL
    ) :strict",
    "CREATE INDEX supplier_listing_rank ON supplier_listing (rank_score, supplier_id)",
    "CREATE INDEX supplier_listing_rating ON supplier_listing (rating_thousandths, rating_count, supplier_id)",
    "CREATE INDEX supplier_listing_created ON supplier_listing (created_at, supplier_id)",
    "CREATE INDEX supplier_listing_country ON supplier_listing (country, rank_score, supplier_id)",
    "CREATE INDEX supplier_listing_completed ON supplier_listing (orders_completed, supplier_id)",
    "CREATE INDEX supplier_listing_dispatch ON supplier_listing (on_time_dispatch, supplier_id)",
    "CREATE INDEX supplier_listing_response ON supplier_listing (response_seconds, supplier_id)",
    "CREATE INDEX supplier_listing_established ON supplier_listing (established_on, supplier_id)",
    "CREATE TABLE product_listing (
        listing_number :serial,
        product_id :id NOT NULL UNIQUE REFERENCES product (id) ON DELETE CASCADE,
        supplier_id :id NOT NULL REFERENCES supplier (id),
        external_reference :text,
        category_path :word NOT NULL,
        country :word NOT NULL,
        specialisation :word,
        gold_until :time NOT NULL,
        verified_until :time NOT NULL,
        verified_pro_until :time NOT NULL,
        trade_assurance_until :time NOT NULL,
        guaranteed_until :time NOT NULL,
        easy_return_until :time NOT NULL,
        guaranteed :bool NOT NULL,
        easy_return :bool NOT NULL,
        sample_available :bool NOT NULL,
        customisable :bool NOT NULL,
        after_sales_label :word,
        currency :word NOT NULL,
        minimum_order_quantity :int NOT NULL,
        order_unit_price :int NOT NULL,
        lowest_unit_price :int NOT NULL,
        highest_unit_price :int NOT NULL,
        comparable_unit_price :int NOT NULL,
        comparable_lowest_unit_price :int NOT NULL,
        comparable_highest_unit_price :int NOT NULL,
        exchange_rate_number :int NOT NULL,
        lead_days :int NOT NULL,
        rating_thousandths :int NOT NULL,
        rating_count :int NOT NULL,
        boost :int NOT NULL,
        rank_score :int NOT NULL,
        created_at :time NOT NULL,
        title_terms :text NOT NULL,
        search_terms :text NOT NULL,
        card :json NOT NULL
    ) :strict",
    "CREATE INDEX product_listing_rank ON product_listing (rank_score, product_id)",
    // The last two are for a price at a quantity: they tell in the index which ladders cannot hold it.
    "CREATE INDEX product_listing_price ON product_listing
        (comparable_unit_price, currency, order_unit_price, product_id,
        comparable_lowest_unit_price, comparable_highest_unit_price)",
    // Without a price, or a rate to compare it by, a product stands last in either direction.
    "CREATE INDEX product_listing_price_high ON product_listing (
        (CASE WHEN comparable_unit_price = 9223372036854775807 THEN -1 ELSE comparable_unit_price END), currency,
        (CASE WHEN order_unit_price = 9223372036854775807 THEN -1 ELSE order_unit_price END), product_id,
        comparable_lowest_unit_price, comparable_highest_unit_price)",
    // Ladders that rise: only imported ones may.
    "CREATE INDEX product_listing_rising ON product_listing (comparable_unit_price, comparable_highest_unit_price)
        WHERE comparable_highest_unit_price > comparable_unit_price",
    "CREATE INDEX product_listing_currency ON product_listing (currency, order_unit_price)",
    // The listings that were compared by an older rate.
    "CREATE INDEX product_listing_rate ON product_listing (currency, exchange_rate_number)",
    "CREATE INDEX product_listing_rating ON product_listing (rating_thousandths, rating_count, product_id)",
    "CREATE INDEX product_listing_created ON product_listing (created_at, product_id)",
    "CREATE INDEX product_listing_quantity ON product_listing (minimum_order_quantity, product_id)",
    "CREATE INDEX product_listing_lead ON product_listing (lead_days, product_id)",
    "CREATE INDEX product_listing_supplier ON product_listing (supplier_id, rank_score, product_id)",
    "CREATE INDEX product_listing_category ON product_listing (category_path, rank_score, product_id)",
    "CREATE INDEX product_listing_country ON product_listing (country, rank_score, product_id)",
    // What few products have, in the order of the rank.
    "CREATE INDEX product_listing_guaranteed ON product_listing (rank_score, product_id) WHERE guaranteed",
    "CREATE INDEX product_listing_easy_return ON product_listing (rank_score, product_id) WHERE easy_return",
    "CREATE INDEX product_listing_sample ON product_listing (rank_score, product_id) WHERE sample_available",
    "CREATE INDEX product_listing_pro ON product_listing (rank_score, product_id) WHERE verified_pro_until > 0",
    "CREATE INDEX product_listing_reference ON product_listing (external_reference)",
];

/// The words of a listing row are tokens that the program made (`domain::search`), in their places, so both databases
/// index them verbatim and find the same rows. `¶` stands between two fields: it takes a place, so that no phrase reaches
/// across, and is no word.
pub(super) const SEARCH_SQLITE: &[&str] = &[
    "CREATE VIRTUAL TABLE supplier_search USING fts5 (
        search_terms, content = '', contentless_delete = 1, tokenize = 'ascii', prefix = '3')",
    "CREATE VIRTUAL TABLE product_search USING fts5 (
        search_terms, content = '', contentless_delete = 1, tokenize = 'ascii', prefix = '3')",
];

pub(super) const SEARCH_POSTGRES: &[&str] = &[
    "CREATE FUNCTION search_vector_of(terms TEXT) RETURNS tsvector LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
        SELECT coalesce(string_agg(term || ':' || place, ' '), '')::tsvector
        FROM unnest(string_to_array(terms, ' ')) WITH ORDINALITY AS t (term, place) WHERE term <> '¶' AND term <> '' $$",
    "ALTER TABLE supplier_listing ADD COLUMN search_vector tsvector
        GENERATED ALWAYS AS (search_vector_of(search_terms)) STORED",
    "CREATE INDEX supplier_listing_search ON supplier_listing USING gin (search_vector)",
    "ALTER TABLE product_listing ADD COLUMN search_vector tsvector
        GENERATED ALWAYS AS (search_vector_of(search_terms)) STORED",
    "CREATE INDEX product_listing_search ON product_listing USING gin (search_vector)",
    // Points and facets read many rows and few columns: cards and words lie beside the rows, so many rows fit a page.
    "ALTER TABLE product_listing SET (toast_tuple_target = 512)",
    // Words that a mistyped one may have meant. Not unique: two transactions that bring the same word never wait for each
    // other, and a word that is there twice does no harm.
    "CREATE TABLE search_word (word TEXT COLLATE \"C\" NOT NULL)",
    "CREATE INDEX search_word_word ON search_word (word)",
];

/// Typing errors are only seen with the extension `pg_trgm`. Where it is not to be had — not installed, or the role may not
/// create it — everything else works, and searches answer `typoTolerant: false`. `docs/SEARCH.md` says how to mend that
/// later: the same two statements, by a role that may.
pub(super) const NEAR_WORDS: &str = "DO $$
    BEGIN
        CREATE EXTENSION IF NOT EXISTS pg_trgm;
        CREATE INDEX search_word_near ON search_word USING gist (word gist_trgm_ops);
    EXCEPTION WHEN OTHERS THEN
        RAISE WARNING 'no search for mistyped words: % (docs/SEARCH.md says how to mend it)', SQLERRM;
    END $$";

/// Somebody else may need the extension: then it stays.
pub(super) const FORGET_NEAR_WORDS: &str = "DO $$
    BEGIN
        DROP EXTENSION IF EXISTS pg_trgm;
    EXCEPTION WHEN OTHERS THEN
        RAISE NOTICE 'pg_trgm stays: %', SQLERRM;
    END $$";
