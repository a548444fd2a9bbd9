//! Writes the catalogue: the same rows as the program would, made by its own functions, past its transactions.

use entity::{
    category, certificate, company, product, product_certificate, product_lead_time, product_listing,
    product_price, sample_offer, supplier, supplier_listing,
};
use sea_orm::{ConnectionTrait, IntoActiveModel, Statement, TryIntoModel};
use surety::app::App;
use surety::domain::category::Category;
use surety::domain::exchange::{PerDollar, RateSheet};
use surety::domain::money::Currency;
use surety::domain::product::ProductCard;
use surety::domain::supplier::SupplierCard;
use surety::domain::time::Timestamp;
use surety::store::catalogue::comparable::RatesUsed;
use surety::store::catalogue::{products, rows};
use surety::store::exchange;

use super::goods::{self, SHELF};
use super::sink::Sink;

/// Suppliers that are written at once, with their products.
const BATCH: u64 = 100;

/// Fills the database.
pub async fn catalogue(app: &App, url: &str, products: u64) {
    let now = app.clock.now();
    let rates = [("EUR", "0.92"), ("CNY", "7.1"), ("JPY", "149.5")]
        .map(|(code, rate)| (Currency::parse(code).unwrap(), PerDollar::parse(rate).unwrap()));
    let sheet = RateSheet { valid_from: now.day(), source: "benchmark".to_owned(), rates: rates.to_vec() };
    let tx = app.db.begin().await.unwrap();
    exchange::insert_rates(&tx, &sheet.check(now).unwrap()).await.unwrap();
    tx.commit().await.unwrap();
    let entries = exchange::entries_on(&app.db, now.day()).await.unwrap();
    let rates = RatesUsed::new(
        entries.into_iter().map(|entry| (entry.rate.currency, entry.rate.per_dollar, entry.number)),
    );
    let categories = goods::categories();
    let sink = Sink::open(url).await;
    sink.write::<category::Entity>(
        &categories.iter().map(|known| category_row(known, now)).collect::<Vec<_>>(),
    )
    .await;
    let suppliers = goods::suppliers(products);
    let mut from = 0;
    while from < suppliers {
        let to = (from + BATCH).min(suppliers);
        sink.run("BEGIN").await;
        write(&sink, from..to, products, (&categories, &rates), now).await;
        sink.run("COMMIT").await;
        from = to;
        if from % 2_000 == 0 {
            eprintln!("{from} of {suppliers} suppliers");
        }
    }
    sink.close().await;
}

async fn write(
    sink: &Sink,
    suppliers: std::ops::Range<u64>,
    products_in_all: u64,
    (categories, rates): (&[Category], &RatesUsed),
    now: Timestamp,
) {
    let cards: Vec<SupplierCard> = suppliers.clone().map(|number| goods::supplier(number, now)).collect();
    let sellers: Vec<supplier_listing::ActiveModel> =
        cards.iter().map(|card| rows::supplier_row(card, now).unwrap()).collect();
    sink.write::<company::Entity>(&cards.iter().map(company_row).collect::<Vec<_>>()).await;
    sink.write::<supplier::Entity>(&cards.iter().map(supplier_row).collect::<Vec<_>>()).await;
    sink.write::<supplier_listing::Entity>(&sellers).await;
    let (mut proofs, mut covers) = (Vec::new(), Vec::new());
    for number in suppliers.clone() {
        for (proof, covered) in goods::certificates(number, products_in_all, now) {
            covers.extend(covered.into_iter().map(|product| {
                let (product_id, certificate_id) = (product.to_string(), proof.id.to_string());
                product_certificate::Model { product_id, certificate_id }.into_active_model()
            }));
            proofs.push(certificate_row(&proof, now));
        }
    }
    sink.write::<certificate::Entity>(&proofs).await;
    let numbers = suppliers.start * SHELF..(suppliers.end * SHELF).min(products_in_all);
    let (mut goods_rows, mut listings, mut prices, mut times, mut samples) =
        (vec![], vec![], vec![], vec![], vec![]);
    for number in numbers {
        let (card, place) = goods::product(number, now);
        let category = &categories[goods::index(place)];
        let card = ProductCard { category_name: Some(category.name.clone()), ..card };
        let seller = sellers[goods::index(number / SHELF - suppliers.start)].clone();
        let seller = supplier_listing::ActiveModel { listing_number: sea_orm::ActiveValue::Set(0), ..seller }
            .try_into_model()
            .unwrap();
        listings.push(rows::product_row(&card, Some(category), &seller, rates, now).unwrap());
        let product = &card.product;
        let id = product.id.to_string();
        prices.extend(product.ladder.breaks().iter().map(|step| {
            let (min_quantity, unit_price) = (step.min_quantity, step.unit_price.millionths());
            product_price::Model { product_id: id.clone(), min_quantity, unit_price }.into_active_model()
        }));
        times.extend(product.lead_times.steps().iter().map(|step| {
            product_lead_time::Model {
                product_id: id.clone(),
                min_quantity: step.min_quantity,
                days: step.days,
            }
            .into_active_model()
        }));
        samples.extend(product.sample_offer.map(|offer| {
            sample_offer::Model {
                product_id: id.clone(),
                price_minor: offer.price_minor,
                maximum_quantity: offer.maximum_quantity,
                lead_days: offer.lead_days,
            }
            .into_active_model()
        }));
        goods_rows.push(products::row_of(product).unwrap().into_active_model());
    }
    sink.write::<product::Entity>(&goods_rows).await;
    sink.write::<product_price::Entity>(&prices).await;
    sink.write::<product_lead_time::Entity>(&times).await;
    sink.write::<sample_offer::Entity>(&samples).await;
    sink.write::<product_certificate::Entity>(&covers).await;
    sink.write::<product_listing::Entity>(&listings).await;
}

fn category_row(known: &Category, now: Timestamp) -> category::ActiveModel {
    category::Model {
        id: known.id.to_string(),
        parent_id: known.parent.map(|id| id.to_string()),
        name: known.name.clone(),
        path: known.path.clone(),
        depth: known.depth,
        external_reference: None,
        created_at: now.micros(),
    }
    .into_active_model()
}

fn company_row(card: &SupplierCard) -> company::ActiveModel {
    company::Model {
        id: card.supplier.company.to_string(),
        name: card.supplier.name.clone(),
        country: card.supplier.country.clone(),
        plan: "STANDARD".to_owned(),
        active: true,
        external_reference: None,
        version: 1,
        event_seq: 0,
        event_hash: surety::domain::event::FIRST_HASH.to_owned(),
        created_at: card.supplier.created_at.micros(),
    }
    .into_active_model()
}

fn supplier_row(card: &SupplierCard) -> supplier::ActiveModel {
    let known = &card.supplier;
    supplier::Model {
        id: known.id.to_string(),
        company_id: known.company.to_string(),
        specialisation: known.specialisation.map(|word| word.to_string()),
        description: known.description.clone(),
        established_on: known.established_on.map(surety::domain::time::Day::number),
        external_reference: None,
        suspended_at: None,
        suspended_reason: None,
        imported: true,
        version: 1,
        event_seq: 0,
        event_hash: surety::domain::event::FIRST_HASH.to_owned(),
        created_at: known.created_at.micros(),
    }
    .into_active_model()
}

fn certificate_row(proof: &surety::domain::audit::Certificate, now: Timestamp) -> certificate::ActiveModel {
    certificate::Model {
        id: proof.id.to_string(),
        supplier_id: proof.supplier.to_string(),
        kind: proof.kind.to_string(),
        standard: proof.standard.clone(),
        issuer: proof.issuer.clone(),
        number: proof.number.clone(),
        scope: proof.scope.clone(),
        valid_from: proof.valid_from.number(),
        valid_until: proof.valid_until.number(),
        sha256: None,
        created_at: now.micros(),
    }
    .into_active_model()
}

/// Bytes of the database on disk.
pub async fn size(url: &str) -> i64 {
    let connection = sea_orm::Database::connect(url).await.unwrap();
    let backend = connection.get_database_backend();
    let text = if backend == sea_orm::DbBackend::Postgres {
        "SELECT pg_database_size(current_database()) AS size"
    } else {
        "SELECT page_count * page_size AS size FROM pragma_page_count, pragma_page_size"
    };
    let row = connection.query_one_raw(Statement::from_string(backend, text)).await.unwrap().unwrap();
    let size = row.try_get("", "size").unwrap();
    connection.close().await.unwrap();
    size
}
