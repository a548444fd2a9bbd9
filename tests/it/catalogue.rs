//! What is written into the catalogue comes back, and its listings follow.

use surety::domain::badge::{BadgeKind, EndedBy, Revocation};
use surety::domain::product::{Product, ProductStatus, SampleOffer};
use surety::domain::review::{Rating, ReviewSubject};
use surety::store::catalogue::{badges, listing, products, ratings, reviews, suppliers};

use super::shelf::dollars;
use super::world::on_both;

on_both! {
    async fn a_product_comes_back_as_it_was_written(w) {
        let supplier = w.listed_supplier("Acme", "DE", None, &[BadgeKind::TradeAssurance]).await;
        let cup = Product {
            sample_offer: Some(SampleOffer { price_minor: 400, maximum_quantity: 2, lead_days: 3 }),
            external_reference: Some("cup-1".to_owned()),
            ..w.product(supplier, "Steel cup")
        };
        w.stock(std::slice::from_ref(&cup)).await;
        let db = &w.app.db;
        assert_eq!(products::load(db, &[cup.id]).await.unwrap(), std::slice::from_ref(&cup));
        let found = products::by_references(db, supplier, &["cup-1", "cup-2"]).await.unwrap();
        assert_eq!(found.get("cup-1"), Some(&cup.id));

        let changed = Product { version: 2, ladder: dollars(&[(5, "9")]), sample_offer: None, ..cup.clone() };
        let tx = db.begin().await.unwrap();
        assert!(products::replace_product(&tx, &changed).await.unwrap());
        assert!(!products::replace_product(&tx, &changed).await.unwrap(), "the version moved on");
        tx.commit().await.unwrap();
        assert_eq!(products::load(db, &[cup.id]).await.unwrap(), [changed]);
    }

    async fn a_badge_protects_until_it_ends(w) {
        let supplier = w.listed_supplier("Acme", "DE", None, &[BadgeKind::TradeAssurance]).await;
        let card = suppliers::load(&w.app.db, &[supplier]).await.unwrap().remove(0);
        assert!(card.is_protected(w.now()));
        let revocation = Revocation { at: w.now(), reason: "left".to_owned(), by: EndedBy::Supplier };
        let tx = w.app.db.begin().await.unwrap();
        assert!(badges::revoke(&tx, card.badges[0].id, &revocation).await.unwrap());
        assert!(!badges::revoke(&tx, card.badges[0].id, &revocation).await.unwrap());
        listing::refresh_suppliers(&tx, &[supplier], w.now()).await.unwrap();
        tx.commit().await.unwrap();
        let card = suppliers::load(&w.app.db, &[supplier]).await.unwrap().remove(0);
        assert!(!card.is_protected(w.now()));
    }

    async fn ratings_follow_their_rows(w) {
        let supplier = w.listed_supplier("Acme", "DE", None, &[]).await;
        let cup = w.product(supplier, "Steel cup");
        w.stock(std::slice::from_ref(&cup)).await;
        let written = w.reviewed(supplier, ReviewSubject::Product(cup.id), &[5, 4, 1]).await;
        w.reviewed(supplier, ReviewSubject::Store, &[2]).await;
        let rating = |subject: String| {
            let w = w.clone();
            async move { ratings::load(&w.app.db, std::slice::from_ref(&subject)).await.unwrap()[&subject] }
        };
        assert_eq!(rating(cup.id.to_string()).await, Rating { distribution: [1, 0, 0, 1, 1] });
        assert_eq!(rating(supplier.to_string()).await, Rating { distribution: [0, 1, 0, 0, 0] });
        let tx = w.app.db.begin().await.unwrap();
        assert!(reviews::moderate(&tx, &written[2], Some("insults")).await.unwrap());
        assert!(!reviews::moderate(&tx, &written[2], Some("again")).await.unwrap());
        tx.commit().await.unwrap();
        assert_eq!(rating(cup.id.to_string()).await, Rating { distribution: [0, 0, 0, 1, 1] });
        assert_eq!(ratings::differences(&w.app.db).await.unwrap(), Vec::<String>::new());
    }

    async fn withdrawing_takes_a_product_off_the_listing(w) {
        let supplier = w.listed_supplier("Acme", "DE", None, &[]).await;
        let cup = w.product(supplier, "Steel cup");
        w.stock(std::slice::from_ref(&cup)).await;
        let withdrawn = Product { status: ProductStatus::Withdrawn, version: 2, ..cup };
        let tx = w.app.db.begin().await.unwrap();
        assert!(products::replace_product(&tx, &withdrawn).await.unwrap());
        listing::refresh_products(&tx, &[withdrawn.id], w.now()).await.unwrap();
        tx.commit().await.unwrap();
    }
}
