//! What is shown of badges and evidence that ended, of badges that hang on their supplier's standing, and of numbers that
//! are claimed twice.

use serde_json::{Value, json};
use surety::domain::badge::{BadgeKind, BadgeSubject};
use surety::domain::ids::ProductId;
use surety::domain::ladder::Ladder;
use surety::domain::money::{Currency, UnitPrice};
use surety::domain::product::{GuaranteedTerms, Product};
use surety::domain::time::Span;
use surety::store::catalogue::{badges, listing, products};

use super::trust::Standing;
use super::world::{Answer, World, on_both};

impl World {
    /// What everybody sees of a product.
    async fn product_shows(&self, id: ProductId, fields: &str) -> Value {
        let query = format!("query($id: ID!) {{ product(id: $id) {{ {fields} }} }}");
        self.execute(&self.anonymous(), &query, json!({ "id": id })).await.good()["product"].clone()
    }
}

impl Standing {
    /// A listed product with Guaranteed terms and the mark of Easy Return.
    async fn guarantees(&self, title: &str) -> Product {
        let terms = GuaranteedTerms { dispatch_within_hours: 72, delivery_days: 20 };
        let cup =
            Product { guaranteed: Some(terms), easy_return: true, ..self.world.product(self.id(), title) };
        self.world.stock(std::slice::from_ref(&cup)).await;
        cup
    }

    /// Both badges of products for one, as they come with a catalogue.
    async fn brings_badges(&self, product: ProductId) {
        let w = &self.world;
        let kinds = [BadgeKind::Guaranteed, BadgeKind::EasyReturn];
        let awards = kinds.map(|kind| w.award(BadgeSubject::Product(product), kind, None));
        let tx = w.app.db.begin().await.unwrap();
        badges::insert_badges(&tx, &awards).await.unwrap();
        listing::refresh_products(&tx, &[product], w.now()).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn enrols(&self) {
        self.gives(&self.seller, "enrolInTradeAssurance", json!({}), "supplier { id }").await.good();
    }

    /// The staff withdraws a record.
    async fn withdraws(&self, evidence: &Value, reason: &str) {
        let withdrawal = json!({ "evidenceId": evidence, "reason": reason });
        self.gives(&self.staff, "withdrawEvidence", withdrawal, "evidence { id }").await.good();
    }

    /// The supplier submits a certificate with this number, in answer to a refused document where there is one.
    async fn submits(&self, (file, number): (&str, &str), replaces: Value) -> Answer {
        let document = self.seller.uploads(&format!("{file}.pdf"), format!("%PDF {file}").as_bytes()).await;
        let mut said = self.certificate(number, 100);
        said["fileId"] = document;
        said["replacesId"] = replaces;
        self.gives(&self.seller, "submitVerificationDocument", said, "verificationDocument { id }").await
    }

    /// The staff reviews a document.
    async fn reviews(&self, document: &Value, verdict: &str, reason: Value) -> Answer {
        let verdict = json!({ "verificationDocumentId": document, "verdict": verdict, "reason": reason });
        self.gives(
            &self.staff,
            "reviewVerificationDocument",
            verdict,
            "verificationDocument { evidence { id } }",
        )
        .await
    }
}

fn submitted(answer: Answer) -> Value {
    answer.good()["submitVerificationDocument"]["verificationDocument"]["id"].clone()
}

/// A number is refused at its own field.
#[track_caller]
fn in_use(answer: &Answer, mutation: &str, field: &[&str]) {
    answer.refused("REFERENCE_IN_USE");
    assert_eq!(answer.0["data"][mutation]["userErrors"][0]["field"], json!(field), "{:#}", answer.0);
}

on_both! {
    async fn what_ended_before_its_time_is_shown_with_its_reason(w) {
        let s = w.standing("brico").await;
        let anonymous = w.anonymous();
        let ended = "badges(includeLapsed: true) { kind inForce revokedAt revokedReason revokedBy }";
        let audit = s.records("recordSupplierAudit", s.audit(3, true)).await;
        s.awards("VERIFIED").await.good();
        w.passes(Span::seconds(1));
        let withdrawn = w.now().to_string();
        s.withdraws(&audit, "The auditor took it back.").await;
        assert!(s.badges().await.is_empty());
        let shown = s.shows(&anonymous, ended).await["badges"].clone();
        assert_eq!(shown.as_array().unwrap().len(), 1, "{shown:#}");
        let (first, lapsed) = (shown[0].clone(), json!(withdrawn));
        assert_eq!((&first["kind"], &first["inForce"], &first["revokedAt"]), (&json!("VERIFIED"), &json!(false), &lapsed));
        assert_eq!(first["revokedBy"], "RULES");
        assert!(first["revokedReason"].as_str().is_some_and(|reason| !reason.is_empty()), "{first:#}");
        // The record itself, with the reason that everybody reads.
        let records = "audits { id } all: audits(includeWithdrawn: true) { id withdrawnAt withdrawnReason }";
        let seen = s.shows(&anonymous, records).await;
        assert_eq!(seen["audits"], json!([]));
        assert_eq!(seen["all"], json!([{ "id": audit, "withdrawnAt": withdrawn, "withdrawnReason": "The auditor took it back." }]));
        // By hand, too; the newest first, behind what holds.
        s.records("recordSupplierAudit", s.audit(2, true)).await;
        let award = s.awards("VERIFIED").await.good()["awardBadge"]["badgeAward"]["id"].clone();
        w.passes(Span::seconds(1));
        let revocation = json!({ "badgeAwardId": award, "reason": "Audit forged." });
        s.gives(&s.staff, "revokeBadge", revocation, "badgeAward { id }").await.good();
        w.passes(Span::seconds(1));
        s.holds(BadgeKind::Gold, Some(w.now().plus(Span::days(1))), None).await;
        w.passes(Span::days(2));
        s.awards("VERIFIED").await.good();
        let shown = s.shows(&anonymous, ended).await["badges"].clone();
        let seen: Vec<_> = shown.as_array().unwrap().iter().map(|award| (&award["kind"], &award["inForce"], &award["revokedBy"])).collect();
        let (verified, gold, yes, no) = (json!("VERIFIED"), json!("GOLD"), json!(true), json!(false));
        assert_eq!(seen, [
            (&verified, &yes, &Value::Null), (&gold, &no, &Value::Null), (&verified, &no, &json!("PLATFORM")), (&verified, &no, &json!("RULES")),
        ]);
        assert_eq!(shown[2]["revokedReason"], "Audit forged.");
        assert_eq!(s.badges().await, ["VERIFIED"], "who does not ask sees what holds");
        w.log_is_whole().await;
    }

    async fn a_product_shows_what_it_lost_and_why(w) {
        let s = w.standing("brico").await;
        s.enrols().await;
        let cup = s.guarantees("Cup").await;
        s.gives(&s.staff, "awardBadge", json!({ "kind": "GUARANTEED", "productId": cup.id }), "badgeAward { id }").await.good();
        let mut paper = s.certificate("CE-1", 100);
        paper["certificate"]["kind"] = json!("PRODUCT");
        paper["productIds"] = json!([cup.id]);
        let paper = s.records("registerCertificate", paper).await;
        w.passes(Span::seconds(1));
        let dearer = Ladder::new(Currency::USD, vec![(1, UnitPrice::parse("9").unwrap())]).unwrap();
        let tx = w.app.db.begin().await.unwrap();
        assert!(products::replace_product(&tx, &Product { version: 2, ladder: dearer, ..cup.clone() }).await.unwrap());
        listing::refresh_products(&tx, &[cup.id], w.now()).await.unwrap();
        tx.commit().await.unwrap();
        s.withdraws(&paper, "Another model was tested.").await;
        let fields = "badges { kind } all: badges(includeLapsed: true) { kind inForce revokedReason revokedBy } \
            certifications { id } papers: certifications(includeWithdrawn: true) { id withdrawnReason }";
        assert_eq!(w.product_shows(cup.id, fields).await, json!({
            "badges": [],
            "all": [{ "kind": "GUARANTEED", "inForce": false, "revokedReason": "The offer changed.", "revokedBy": "RULES" }],
            "certifications": [],
            "papers": [{ "id": paper, "withdrawnReason": "Another model was tested." }],
        }));
    }

    async fn badges_of_products_end_with_the_enrolment_whoever_granted_them(w) {
        let s = w.standing("brico").await;
        s.enrols().await;
        s.holds(BadgeKind::Gold, None, None).await;
        let cup = s.guarantees("Cup").await;
        s.brings_badges(cup.id).await;
        let held = async |id: ProductId| {
            let found = w.product_shows(id, "badges { kind }").await;
            found["badges"].as_array().unwrap().len()
        };
        assert_eq!(held(cup.id).await, 2);
        let told = s.events().await.len();
        w.passes(Span::seconds(1));
        let leave = json!({ "reason": "Closed for rebuilding." });
        s.gives(&s.seller, "withdrawFromTradeAssurance", leave, "supplier { id }").await.good();
        assert_eq!(held(cup.id).await, 0);
        assert_eq!(s.badges().await, ["GOLD"], "what does not hang on the enrolment stays");
        let lost = w.product_shows(cup.id, "badges(includeLapsed: true) { inForce revokedReason revokedBy }").await;
        let gone = json!({ "inForce": false, "revokedReason": "The supplier is not enrolled in Trade Assurance.", "revokedBy": "RULES" });
        assert_eq!(lost["badges"], json!([gone, gone]));
        let events = s.events().await;
        assert_eq!(events[told..], ["TRADE_ASSURANCE_WITHDRAWN", "BADGE_LAPSED", "BADGE_LAPSED", "BADGE_LAPSED"]);
        // Who never enrolled and is suspended protects nothing either.
        let other = w.standing("other").await;
        let mug = other.guarantees("Mug").await;
        other.brings_badges(mug.id).await;
        w.passes(Span::seconds(1));
        let supplier = json!({ "supplierId": other.id() });
        let suspension = json!({ "supplierId": other.id(), "reason": "Fraud." });
        other.gives(&other.staff, "suspendSupplier", suspension, "supplier { id }").await.good();
        other.gives(&other.staff, "reinstateSupplier", supplier, "supplier { id }").await.good();
        assert_eq!(held(mug.id).await, 0);
        assert_eq!(other.events().await, ["SUPPLIER_SUSPENDED", "BADGE_LAPSED", "BADGE_LAPSED", "SUPPLIER_REINSTATED"]);
        w.log_is_whole().await;
    }

    async fn a_number_is_claimed_once_and_nobody_is_shut_out(w) {
        let (s, rival) = (w.standing("brico").await, w.standing("rival").await);
        let number = ["input", "certificate", "number"];
        let submit = "submitVerificationDocument";
        let one = submitted(s.submits(("one", "C-1"), Value::Null).await);
        let mut again = s.certificate(" c-1 ", 100);
        again["fileId"] = s.seller.uploads("again.pdf", b"%PDF again").await;
        let before = w.at_rest().await;
        in_use(&s.gives(&s.seller, submit, again, "verificationDocument { id }").await, submit, &number);
        w.contents().await.same_as(&before);
        // Whose it is finds out the review: what another supplier claims shuts nobody out.
        let theirs = submitted(rival.submits(("theirs", "C-1"), Value::Null).await);
        s.reviews(&one, "REFUSE", json!("The stamp cannot be read.")).await.good();
        let two = submitted(s.submits(("two", "C-1"), one).await);
        in_use(&s.submits(("three", "C-1"), Value::Null).await, submit, &number);
        let accepted = s.reviews(&two, "ACCEPT", Value::Null).await.good();
        let record = accepted["reviewVerificationDocument"]["verificationDocument"]["evidence"]["id"].clone();
        in_use(&rival.reviews(&theirs, "ACCEPT", Value::Null).await, "reviewVerificationDocument", &["input", "verificationDocumentId"]);
        rival.reviews(&theirs, "REFUSE", json!("It is somebody else's.")).await.good();
        // On record it is taken for everybody, also as an answer to what was refused.
        in_use(&s.submits(("four", "C-1"), Value::Null).await, submit, &number);
        in_use(&rival.submits(("five", "C-1"), theirs).await, submit, &number);
        s.withdraws(&record, "Wrong scope.").await;
        submitted(s.submits(("six", "C-1"), Value::Null).await);
        w.log_is_whole().await;
    }

    async fn a_number_on_record_is_blamed_at_its_field(w) {
        let s = w.standing("brico").await;
        let licence = json!({ "licence": { "issuer": "Trade register", "number": "L-1", "scope": "trade", "validFrom": w.day(-900) } });
        let patent = json!({ "trackRecord": { "kind": "PATENT", "title": "A hinge", "issuer": "EPO", "number": "EP1", "sinceOn": w.day(-90) } });
        for (mutation, said, field) in [
            ("registerCertificate", s.certificate("C-1", 100), ["input", "certificate", "number"]),
            ("registerLicence", licence, ["input", "licence", "number"]),
            ("recordTrackRecord", patent, ["input", "trackRecord", "number"]),
            ("grantMembership", s.membership("INV-1", 0, 100), ["input", "membership", "reference"]),
            ("recordAgencyCheck", s.check("K-1"), ["input", "agencyCheck", "reference"]),
        ] {
            s.records(mutation, said.clone()).await;
            in_use(&s.tries(mutation, said).await, mutation, &field);
        }
    }

    async fn eligibility_is_asked_of_what_can_carry_the_badge(w) {
        let s = w.standing("brico").await;
        let cup = s.guarantees("Cup").await;
        let fields = |kind: &str| format!("badgeEligibility(kind: {kind}) {{ eligible criteria {{ criterion }} }}");
        for (kind, fits_supplier) in [
            ("GOLD", true), ("VERIFIED", true), ("VERIFIED_PRO", true), ("TRADE_ASSURANCE", true), ("GUARANTEED", false), ("EASY_RETURN", false),
        ] {
            for (field, id, fits) in [("supplier", json!(s.id()), fits_supplier), ("product", json!(cup.id), !fits_supplier)] {
                let query = format!("query($id: ID!) {{ {field}(id: $id) {{ {} }} }}", fields(kind));
                let answer = s.seller.asks(&query, json!({ "id": id })).await;
                if fits {
                    let found = answer.good()[field]["badgeEligibility"]["criteria"].clone();
                    assert!(!found.as_array().unwrap().is_empty(), "{kind} of a {field}");
                } else {
                    answer.refused("INVALID_INPUT");
                    assert_eq!(answer.0["errors"][0]["extensions"]["field"], json!(["kind"]), "{:#}", answer.0);
                }
            }
        }
    }
}
