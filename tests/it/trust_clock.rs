//! What the clock does to badges and evidence: the right instant, once, whatever happened meanwhile; and what was to be
//! seen on a past day.

use std::sync::Arc;

use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use surety::clock::Clock;
use surety::domain::badge::BadgeKind;
use surety::domain::history::{HistoryLine, HistoryOrder, Outcome};
use surety::domain::ids::{ProductId, SupplierId};
use surety::domain::import::digest_of;
use surety::domain::ladder::Ladder;
use surety::domain::money::{Currency, UnitPrice};
use surety::domain::product::{GuaranteedTerms, Product};
use surety::domain::time::{Span, Timestamp};
use surety::service::{trust, verification};
use surety::store::catalogue::{badges, listing, products};
use surety::store::trust::evidence;
use surety::store::{Reader, history};

use super::database::Database;
use super::world::{World, on_both};

impl World {
    /// A supplier sold so much abroad or at home, in minor units, so many days ago.
    async fn sold(
        &self,
        reference: &str,
        supplier: SupplierId,
        (country, currency): (&str, &str),
        (minor, ago): (i64, i64),
    ) {
        let currency = Currency::parse(currency).unwrap();
        let order = HistoryOrder {
            reference: reference.to_owned(),
            buyer: None,
            buyer_country: (!country.is_empty()).then(|| country.to_owned()),
            status: "done".to_owned(),
            outcome: Outcome::Completed,
            currency,
            placed_at: Some(self.now().minus(Span::days(ago))),
            dispatched_at: None,
            promised_at: None,
            delivered_at: None,
            subtotal: None,
            tax: None,
            freight: None,
            total: None,
            digest: digest_of([reference]),
        };
        let line = HistoryLine {
            order: reference.to_owned(),
            reference: "1".to_owned(),
            supplier,
            product: None,
            quantity: 1,
            unit_price: None,
            total: minor * 10_000,
            total_minor: minor,
            freight_minor: None,
            shipment: None,
            incoterm: None,
            dispatch_by: None,
            dispatched_at: None,
            promised_at: None,
            delivered_at: None,
            received_quantity: None,
            rejected_quantity: None,
            digest: digest_of([reference, "1"]),
        };
        let tx = self.app.db.begin().await.unwrap();
        history::put_orders(&tx, &[order]).await.unwrap();
        history::put_lines(&tx, &[line]).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn awards_for(&self, product: ProductId) -> Value {
        let query = "query($id: ID!) { product(id: $id) { badges { kind } } }";
        self.execute(&self.anonymous(), query, json!({ "id": product })).await.good()["product"]["badges"]
            .clone()
    }
}

on_both! {
    async fn gold_ends_with_the_membership_and_not_a_second_before(w) {
        let s = w.standing("brico").await;
        s.gold(9).await;
        // To the last second of the last day.
        let end = Timestamp::parse(&format!("{}T23:59:59Z", w.day(9))).unwrap();
        w.passes(end.since(w.now()));
        assert_eq!(trust::sweep(&w.app).await.unwrap(), 0);
        assert_eq!(s.badges().await, ["GOLD"]);
        let told = s.events().await.len();
        w.passes(Span::seconds(1));
        assert_eq!(trust::sweep(&w.app).await.unwrap(), 1);
        assert!(s.badges().await.is_empty());
        let events = s.events().await;
        assert_eq!(events[told..], ["MEMBERSHIP_EXPIRED", "BADGE_LAPSED"]);
        assert_eq!(trust::sweep(&w.app).await.unwrap(), 0, "an end is told once");
        assert_eq!(s.events().await.len(), told + 2);
        // Nobody looks for a month; then each end is told with its own instant.
        s.records("registerCertificate", s.certificate("C-1", 5)).await;
        let last = format!("{}T00:00:00Z", w.day(6));
        w.passes(Span::days(40));
        trust::sweep(&w.app).await.unwrap();
        let found = s.shows(&s.seller.actor, "events(first: 1) { totalCount nodes { type endedAt occurredAt evidence { id } } }").await;
        let event = &found["events"]["nodes"][0];
        assert_eq!((&event["type"], &event["endedAt"]), (&json!("CERTIFICATE_EXPIRED"), &json!(last)));
        assert_eq!(event["occurredAt"], json!(w.now().to_string()));
        assert_eq!(event["evidence"].as_array().unwrap().len(), 1);
        let verified = verification::verify(&w.app).await.unwrap();
        assert_eq!((verified.problems, i64::try_from(events.len() + 2).unwrap()), (Vec::<String>::new(), verified.events));
        w.log_is_whole().await;
    }

    async fn two_nodes_tell_an_end_once(w) {
        let s = w.standing("brico").await;
        s.gold(9).await;
        let told = s.events().await.len();
        w.passes(Span::days(30));
        let database = Arc::new(Database::at(&w.app.config.database_url));
        let other = World::on(database, Clock::manual(w.now()), &[]).await;
        let (one, two) = tokio::join!(trust::sweep(&w.app), trust::sweep(&other.app));
        assert_eq!(one.unwrap() + two.unwrap(), 1);
        assert_eq!(s.events().await[told..], ["MEMBERSHIP_EXPIRED", "BADGE_LAPSED"]);
        other.closes().await;
        w.log_is_whole().await;
    }

    async fn a_changed_chain_of_a_supplier_is_found(w) {
        let s = w.standing("brico").await;
        s.gold(9).await;
        assert_eq!(verification::verify(&w.app).await.unwrap().problem_count, 0);
        // The last event disappears together with its row's word of it: nothing but the chain's end says so.
        let text = "UPDATE supplier SET event_seq = event_seq + 1 WHERE id = ?";
        w.app.db.connection().execute_raw(w.app.db.sql(text, [s.id().to_string()])).await.unwrap();
        let found = verification::verify(&w.app).await.unwrap();
        assert_eq!(found.problem_count, 1);
        assert!(found.problems[0].contains(&s.id().to_string()), "{:?}", found.problems);
    }

    async fn a_guaranteed_badge_is_for_one_offer(w) {
        let s = w.standing("brico").await;
        s.gives(&s.seller, "enrolInTradeAssurance", json!({}), "supplier { id }").await.good();
        let mut cup = w.product(s.id(), "Cup");
        cup.guaranteed = Some(GuaranteedTerms { dispatch_within_hours: 72, delivery_days: 20 });
        w.stock(std::slice::from_ref(&cup)).await;
        let wish = json!({ "kind": "GUARANTEED", "productId": cup.id });
        s.gives(&s.staff, "awardBadge", wish, "badgeAward { kind }").await.good();
        let write = |changed: Product| {
            let w = w.clone();
            async move {
                let tx = w.app.db.begin().await.unwrap();
                assert!(products::replace_product(&tx, &changed).await.unwrap());
                listing::refresh_products(&tx, &[changed.id], w.now()).await.unwrap();
                tx.commit().await.unwrap();
            }
        };
        write(Product { version: 2, title: "Better cup".to_owned(), ..cup.clone() }).await;
        assert_eq!(w.awards_for(cup.id).await, json!([{ "kind": "GUARANTEED" }]), "words are no offer");
        w.passes(Span::seconds(1));
        let dearer = Ladder::new(Currency::USD, vec![(1, UnitPrice::parse("9").unwrap())]).unwrap();
        write(Product { version: 3, title: "Better cup".to_owned(), ladder: dearer, ..cup.clone() }).await;
        assert_eq!(w.awards_for(cup.id).await, json!([]));
        trust::sweep(&w.app).await.unwrap();
        let event = s.shows(&s.seller.actor, "events(first: 1) { nodes { type productId badge reason } }").await["events"]["nodes"][0].clone();
        assert_eq!(event, json!({ "type": "BADGE_LAPSED", "productId": cup.id, "badge": "GUARANTEED", "reason": "The offer changed." }));
        w.log_is_whole().await;
    }

    async fn a_past_day_shows_what_a_buyer_saw(w) {
        let s = w.standing("brico").await;
        let first = w.day(0);
        let award = s.gold(364).await["id"].clone();
        s.records("recordSupplierAudit", s.audit(5, true)).await;
        let certificate = s.records("registerCertificate", s.certificate("C-1", 3)).await;
        let morning = w.now().to_string();
        w.passes(Span::days(2));
        let revocation = json!({ "badgeAwardId": award, "reason": "Found false." });
        s.gives(&s.staff, "revokeBadge", revocation, "badgeAward { id }").await.good();
        let noon = w.now().to_string();
        w.passes(Span::days(10));
        let fields = "at badges { kind } audits { institution } certificates { id } memberships { id }";
        let kinds = |seen: Value| (seen["asOf"]["badges"].clone(), seen["asOf"]["certificates"].clone());
        let (gold, paper) = (json!([{ "kind": "GOLD" }]), json!([{ "id": certificate }]));
        let anonymous = w.anonymous();
        for (argument, expected) in [
            (format!("on: \"{first}\""), (gold.clone(), paper.clone())),
            (format!("at: \"{morning}\""), (gold, paper.clone())),
            ("at: \"2026-05-04T11:59:59Z\"".to_owned(), (json!([]), json!([]))),
            ("on: \"2026-05-03\"".to_owned(), (json!([]), json!([]))),
            (format!("at: \"{noon}\""), (json!([]), paper.clone())),
            ("on: \"2026-05-07\"".to_owned(), (json!([]), paper)),
            ("on: \"2026-05-08\"".to_owned(), (json!([]), json!([]))),
        ] {
            let query = format!("query($id: ID!) {{ supplier(id: $id) {{ asOf({argument}) {{ {fields} }} }} }}");
            let found = w.execute(&anonymous, &query, json!({ "id": s.id() })).await.good()["supplier"].clone();
            assert_eq!(kinds(found), expected, "{argument}");
        }
        let today = format!("asOf(on: \"{}\") {{ at }}", w.day(0));
        assert_eq!(s.shows(&anonymous, &today).await["asOf"]["at"], w.now().to_string());
        for argument in [format!("on: \"{}\"", w.day(1)), String::from("on: null"), format!("on: \"{first}\", at: \"{noon}\"")] {
            let query = format!("query($id: ID!) {{ supplier(id: $id) {{ asOf({argument}) {{ {fields} }} }} }}");
            w.execute(&anonymous, &query, json!({ "id": s.id() })).await.refused("INVALID_INPUT");
        }
    }

    async fn exports_are_counted_in_dollars_of_their_day_and_ranked_by_country(w) {
        let staff = w.operator().await;
        w.rates(&staff, &[("EUR", "0.80")]).await.good();
        let [one, two, three, abroad] = [("One", "DE"), ("Two", "DE"), ("Three", "DE"), ("Four", "CN")];
        let mut ids = Vec::new();
        for (name, country) in [one, two, three, abroad] {
            ids.push(w.listed_supplier(name, country, None, &[BadgeKind::VerifiedPro]).await);
        }
        w.passes(Span::days(1));
        w.sold("a", ids[0], ("FR", "EUR"), (80_000, 1)).await;
        w.sold("b", ids[0], ("DE", "USD"), (9_000_000, 1)).await;
        w.sold("c", ids[0], ("", "USD"), (9_000_000, 1)).await;
        w.sold("d", ids[1], ("US", "USD"), (100_001, 1)).await;
        w.sold("e", ids[1], ("US", "USD"), (9_000_000, 365)).await;
        w.sold("f", ids[2], ("US", "JPY"), (5_000, 1)).await;
        w.sold("g", ids[3], ("DE", "USD"), (1, 0)).await;
        w.works_off_exports().await;
        let fields = "metrics { exportVolume { volume { amount } orderCount unpricedOrderCount rank exporterCount topPercent computedAt } }";
        let query = format!("query($id: ID!) {{ supplier(id: $id) {{ {fields} }} }}");
        let mut volumes = Vec::new();
        for id in &ids {
            let found = w.execute(&w.anonymous(), &query, json!({ "id": id })).await.good();
            let volume = found["supplier"]["metrics"]["exportVolume"].clone();
            assert_eq!(volume["computedAt"], w.now().to_string());
            volumes.push((volume["volume"]["amount"].clone(), volume["rank"].clone(), volume["exporterCount"].clone(), volume["unpricedOrderCount"].clone()));
        }
        assert_eq!(volumes, [
            (json!("1000.00"), json!(2), json!(2), json!(0)),
            (json!("1000.01"), json!(1), json!(2), json!(0)),
            (json!("0.00"), Value::Null, Value::Null, json!(1)),
            (json!("0.01"), json!(1), json!(1), json!(0)),
        ]);
        // Once a day is enough, and one node does it.
        assert!(!trust::refresh_exports(&w.app).await.unwrap());
        w.passes(Span::hours(24));
        assert!(!trust::refresh_exports(&w.app).await.unwrap());
        w.passes(Span::seconds(1));
        assert!(trust::refresh_exports(&w.app).await.unwrap());
    }

    async fn gold_goes_on_with_a_membership_that_was_renewed_in_advance(w) {
        let s = w.standing("brico").await;
        s.gold(9).await;
        let midnight = |offset: i64| Timestamp::parse(&format!("{}T00:00:00Z", w.day(offset))).unwrap();
        let (first, second, last) = (midnight(10), midnight(101), midnight(301));
        s.records("grantMembership", s.membership("INV-2", 10, 100)).await;
        // The third one overlaps by some days.
        s.records("grantMembership", s.membership("INV-3", 97, 300)).await;
        let shown = s.shows(&w.anonymous(), "badges { kind expiresAt }").await;
        assert_eq!(shown["badges"], json!([{ "kind": "GOLD", "expiresAt": last.to_string() }]));
        for end in [first, second] {
            w.passes(end.since(w.now()));
            assert_eq!(s.badges().await, ["GOLD"], "also before the clock's worker came");
            assert_eq!(trust::sweep(&w.app).await.unwrap(), 1);
            assert_eq!(s.badges().await, ["GOLD"]);
            assert!(!s.events().await.contains(&"BADGE_LAPSED".to_owned()));
        }
        w.passes(last.since(w.now()));
        trust::sweep(&w.app).await.unwrap();
        assert!(s.badges().await.is_empty());
        let events = s.events().await;
        assert_eq!(events.iter().filter(|kind| *kind == "BADGE_LAPSED").count(), 1);
        assert_eq!(events.iter().filter(|kind| *kind == "MEMBERSHIP_EXPIRED").count(), 3);
        w.log_is_whole().await;
    }

    async fn verified_pro_lapses_daily_and_one_that_cannot_be_read_stops_nobody(w) {
        let (one, two) = (w.standing("one").await, w.standing("two").await);
        let (bad, good) = if one.id().to_string() < two.id().to_string() { (one, two) } else { (two, one) };
        for s in [&bad, &good] {
            s.holds(BadgeKind::VerifiedPro, None, Some(1)).await;
        }
        let text = "UPDATE badge_award SET evidence = '[7]' WHERE supplier_id = ?";
        w.app.db.connection().execute_raw(w.app.db.sql(text, [bad.id().to_string()])).await.unwrap();
        w.works_off_exports().await;
        assert!(good.badges().await.is_empty());
        assert_eq!(good.events().await, ["BADGE_LAPSED"]);
        assert!(!trust::refresh_exports(&w.app).await.unwrap(), "it is done for today");
        w.log_is_whole().await;
    }

    async fn ends_are_sought_by_supplier_and_not_by_record(w) {
        let (one, two) = (w.standing("one").await, w.standing("two").await);
        for (s, name) in [(&one, "A"), (&two, "B")] {
            for number in 0..3 {
                s.records("registerCertificate", s.certificate(&format!("{name}-{number}"), 1)).await;
                s.holds(BadgeKind::Gold, Some(w.now().plus(Span::days(1))), None).await;
            }
        }
        w.passes(Span::days(3));
        let (db, now) = (&w.app.db, w.now());
        assert_eq!(badges::with_ends(db, now, &[], 2).await.unwrap().len(), 2);
        assert_eq!(badges::with_ends(db, now, &[one.id()], 2).await.unwrap(), [two.id()]);
        assert_eq!(evidence::with_ends(db, now, &[], 2).await.unwrap().len(), 2);
        assert_eq!(evidence::with_ends(db, now, &[one.id()], 2).await.unwrap(), [two.id()]);
    }
}

impl World {
    async fn works_off_exports(&self) {
        assert!(trust::refresh_exports(&self.app).await.unwrap());
    }
}
