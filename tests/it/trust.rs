//! Evidence, documents under review, badges and standing: what staff and suppliers do, and what they may not.

use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};
use surety::domain::actor::{Actor, Role};
use surety::domain::audit::{Media, MediaDetails, MediaKind, MediaOwner};
use surety::domain::badge::{BadgeAward, BadgeKind, BadgeSubject};
use surety::domain::ids::SupplierId;
use surety::domain::time::{Span, Timestamp};
use surety::service::trust;
use surety::store::catalogue::{badges, evidence, listing};

use super::world::{Answer, Party, World, on_both};

/// A supplier with its app, and the platform's staff.
pub struct Standing {
    /// The world.
    pub world: World,
    /// The supplier.
    pub seller: Party,
    /// The staff.
    pub staff: Party,
    keys: AtomicU32,
}

impl World {
    /// A listed supplier without anything on record.
    pub async fn standing(&self, name: &str) -> Standing {
        let seller = self.seller(name).await;
        let tx = self.app.db.begin().await.unwrap();
        listing::refresh_suppliers(&tx, &[seller.actor.supplier.unwrap()], self.now()).await.unwrap();
        tx.commit().await.unwrap();
        Standing { world: self.clone(), seller, staff: self.operator().await, keys: AtomicU32::new(0) }
    }

    /// A day so many days from now.
    pub fn day(&self, offset: i64) -> String {
        self.now().plus(Span::days(offset)).day().to_string()
    }
}

impl Standing {
    /// The supplier's id.
    pub fn id(&self) -> SupplierId {
        self.seller.actor.supplier.unwrap()
    }

    /// A command with a fresh key.
    pub async fn gives(&self, party: &Party, mutation: &str, more: Value, fields: &str) -> Answer {
        let key = self.keys.fetch_add(1, Ordering::Relaxed);
        let mut input = json!({ "idempotencyKey": format!("{mutation}-{key}") });
        input.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
        self.sends(party, mutation, input, fields).await
    }

    /// A command as it is.
    pub async fn sends(&self, party: &Party, mutation: &str, input: Value, fields: &str) -> Answer {
        let kind = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
        let query = format!(
            "mutation($input: {kind}!) {{ {mutation}(input: $input) {{ {fields} replayed userErrors {{ code field message \
             ... on BadgeRefused {{ unmetCriteria }} }} }} }}"
        );
        party.asks(&query, json!({ "input": input })).await
    }

    /// The staff puts a record on file; its id.
    pub async fn records(&self, mutation: &str, said: Value) -> Value {
        let part = said.as_object().unwrap().keys().next().unwrap().clone();
        let answer = self.tries(mutation, said).await.good();
        answer[mutation][part]["id"].clone()
    }

    /// The staff tries to.
    pub async fn tries(&self, mutation: &str, mut said: Value) -> Answer {
        let part = said.as_object().unwrap().keys().next().unwrap().clone();
        said["supplierId"] = json!(self.id());
        self.gives(&self.staff, mutation, said, &format!("{part} {{ id }}")).await
    }

    /// A membership over days from now.
    pub fn membership(&self, reference: &str, from: i64, until: i64) -> Value {
        let w = &self.world;
        json!({ "membership": { "reference": reference, "paidOn": w.day(from.min(0)), "validFrom": w.day(from), "validUntil": w.day(until) } })
    }

    /// A check of everything, passed, for a year.
    pub fn check(&self, reference: &str) -> Value {
        let w = &self.world;
        json!({ "agencyCheck": { "agency": "Bureau", "reference": reference, "capacity": true, "credentials": true, "passed": true,
            "checkedOn": w.day(0), "validUntil": w.day(364) } })
    }

    /// An audit of the company profile reported so many days ago.
    pub fn audit(&self, ago: i64, passed: bool) -> Value {
        let w = &self.world;
        json!({ "audit": { "institution": "SGA", "auditor": "J. Doe", "online": true, "onsite": false,
            "scope": { "companyProfile": true }, "passed": passed, "reportedOn": w.day(-ago), "validUntil": w.day(365 - ago) } })
    }

    /// A certificate that is valid for so many days.
    pub fn certificate(&self, number: &str, days: i64) -> Value {
        let w = &self.world;
        json!({ "certificate": { "kind": "MANAGEMENT", "standard": "ISO 9001", "issuer": "TIC", "number": number,
            "scope": "all works", "validFrom": w.day(-10), "validUntil": w.day(days) } })
    }

    /// The staff grants a badge.
    pub async fn awards(&self, kind: &str) -> Answer {
        let fields = "badgeAward { id kind issuer grantedAt expiresAt inForce policyVersion evidence { __typename id } }";
        self.gives(&self.staff, "awardBadge", json!({ "kind": kind, "supplierId": self.id() }), fields).await
    }

    /// An award that came with its catalogue, or as if the rules had granted it by a version of the policy.
    pub async fn holds(&self, kind: BadgeKind, until: Option<Timestamp>, policy_version: Option<i64>) {
        let w = &self.world;
        let award = BadgeAward {
            id: w.app.ids.make(w.now()),
            subject: BadgeSubject::Supplier(self.id()),
            kind,
            issuer: "Surety".to_owned(),
            evidence: Vec::new(),
            granted_at: w.now(),
            expires_at: until,
            revoked: None,
            policy_version,
        };
        let tx = w.app.db.begin().await.unwrap();
        badges::grant(&tx, &award, None).await.unwrap();
        listing::refresh_suppliers(&tx, &[self.id()], w.now()).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Gold, on a membership for so many days and a check for a year.
    pub async fn gold(&self, days: i64) -> Value {
        self.records("grantMembership", self.membership("INV-1", 0, days)).await;
        self.records("recordAgencyCheck", self.check("K-1")).await;
        self.awards("GOLD").await.good()["awardBadge"]["badgeAward"].clone()
    }

    /// What the supplier's page shows to somebody.
    pub async fn shows(&self, actor: &std::sync::Arc<Actor>, fields: &str) -> Value {
        let query = format!("query($id: ID!) {{ supplier(id: $id) {{ {fields} }} }}");
        self.world.execute(actor, &query, json!({ "id": self.id() })).await.good()["supplier"].clone()
    }

    /// The kinds of its badges in force.
    pub async fn badges(&self) -> Vec<String> {
        let found = self.shows(&self.world.anonymous(), "badges { kind }").await;
        let kinds = found["badges"].as_array().unwrap().iter();
        kinds.map(|badge| badge["kind"].as_str().unwrap().to_owned()).collect()
    }

    /// The types of its events, oldest first.
    pub async fn events(&self) -> Vec<String> {
        let found = self.shows(&self.seller.actor, "events(first: 100) { nodes { type } }").await;
        let nodes = found["events"]["nodes"].as_array().unwrap().iter().rev();
        nodes.map(|event| event["type"].as_str().unwrap().to_owned()).collect()
    }
}

on_both! {
    async fn evidence_is_recorded_once_and_read_by_all(w) {
        let s = w.standing("brico").await;
        let content = b"%PDF certificate".to_vec();
        let file = s.staff.uploads("cert.pdf", &content).await;
        let sha256 = surety::domain::contract::sha256_hex(&content);
        let mut said = s.certificate("C-1", 100);
        said["supplierId"] = json!(s.id());
        said["fileId"] = file;
        said["fileSha256"] = json!(sha256);
        said["idempotencyKey"] = json!("once");
        let fields = "certificate { id sha256 documentSha256 }";
        let first = s.sends(&s.staff, "registerCertificate", said.clone(), fields).await.good();
        let again = s.sends(&s.staff, "registerCertificate", said.clone(), fields).await.good();
        assert_eq!(first["registerCertificate"]["certificate"], again["registerCertificate"]["certificate"]);
        assert_eq!((&first["registerCertificate"]["replayed"], &again["registerCertificate"]["replayed"]), (&json!(false), &json!(true)));
        said["certificate"]["scope"] = json!("another");
        s.sends(&s.staff, "registerCertificate", said, fields).await.refused("IDEMPOTENCY_KEY_REUSED");
        let licence = json!({ "licence": { "issuer": "Trade register", "number": "L-1", "scope": "trade", "validFrom": w.day(-900) } });
        s.records("registerLicence", licence).await;
        let patent = json!({ "trackRecord": { "kind": "PATENT", "title": "A hinge", "issuer": "EPO", "number": "EP1", "sinceOn": w.day(-90) } });
        s.records("recordTrackRecord", patent).await;
        let tour = json!({ "media": { "kind": "VR_TOUR", "title": "Hall 1", "url": "https://tours.example/1", "sha256": "ab".repeat(32) } });
        s.records("recordSupplierMedia", tour).await;
        s.records("grantMembership", s.membership("INV-1", 0, 364)).await;
        s.records("recordAgencyCheck", s.check("K-1")).await;
        let report = s.staff.uploads("report.pdf", b"%PDF report").await;
        let mut audit = s.audit(3, true);
        audit["media"] = json!([{ "kind": "FACTORY_REPORT", "title": "Report", "fileId": report },
            { "kind": "INSPECTION_VIDEO", "title": "Film", "url": "https://films.example/1", "sha256": "cd".repeat(32) }]);
        s.records("recordSupplierAudit", audit).await;
        let all = "certificates { number sha256 documentUrl } licences { number validUntil } trackRecords { kind number } media { kind sha256 } \
            memberships { reference validUntil } agencyChecks { agency passed } audits { institution media { kind url sha256 } }";
        let seen = s.shows(&w.anonymous(), all).await;
        assert_eq!(seen["certificates"][0]["sha256"], json!(sha256));
        let url = seen["certificates"][0]["documentUrl"].as_str().unwrap();
        let read = w.http.get(w.url(&url[url.find("/files/").unwrap()..])).send().await.unwrap();
        assert_eq!(read.bytes().await.unwrap(), content, "a buyer opens the document");
        assert_eq!(seen["trackRecords"], json!([{ "kind": "PATENT", "number": "EP1" }]));
        assert_eq!(seen["media"], json!([{ "kind": "VR_TOUR", "sha256": "ab".repeat(32) }]));
        assert_eq!(seen["memberships"][0]["reference"], Value::Null, "what was paid is nobody else's matter");
        let report = &seen["audits"][0]["media"][0];
        assert!(report["url"].as_str().unwrap().contains("/files/") && report["sha256"].is_string(), "{report}");
        assert_eq!(s.shows(&s.seller.actor, all).await["memberships"][0]["reference"], "INV-1");
        let query = "query($id: ID!) { node(id: $id) { id ... on Certificate { number } } }";
        let node = w.execute(&w.anonymous(), query, json!({ "id": first["registerCertificate"]["certificate"]["id"] })).await.good();
        assert_eq!(node["node"]["number"], "C-1");
        assert_eq!(s.events().await, [
            "CERTIFICATE_REGISTERED", "LICENCE_REGISTERED", "TRACK_RECORD_RECORDED", "MEDIA_RECORDED", "MEMBERSHIP_GRANTED",
            "AGENCY_CHECK_RECORDED", "AUDIT_RECORDED",
        ]);
        w.log_is_whole().await;
    }

    async fn bad_evidence_is_refused_and_changes_nothing(w) {
        let s = w.standing("brico").await;
        s.records("registerCertificate", s.certificate("C-1", 100)).await;
        let other = s.staff.uploads("other.pdf", b"%PDF other").await;
        let pending = s.staff.announced("pending.pdf", b"%PDF pending").await.id;
        let before = w.at_rest().await;
        let with = |part: &str, field: &str, value: Value| {
            let mut said = s.certificate("C-2", 100);
            said[part][field] = value;
            said
        };
        let beside = |field: &str, value: Value| {
            let mut said = s.certificate("C-2", 100);
            said[field] = value;
            said
        };
        let mut typed_otherwise = with("certificate", "number", json!("c-1"));
        typed_otherwise["certificate"]["issuer"] = json!(" tic ");
        for (said, code) in [
            (with("certificate", "validFrom", json!(w.day(1))), "INVALID_INPUT"),
            (with("certificate", "validUntil", json!(w.day(-1))), "EVIDENCE_EXPIRED"),
            (with("certificate", "validUntil", json!(w.day(-11))), "INVALID_INPUT"),
            (with("certificate", "issuer", json!(" ")), "INVALID_INPUT"),
            (with("certificate", "number", json!("C-1")), "REFERENCE_IN_USE"),
            (with("certificate", "number", json!(" C-1 ")), "REFERENCE_IN_USE"),
            (typed_otherwise, "REFERENCE_IN_USE"),
            (beside("fileId", json!("file_01h2xcejqtf2nbrexx3vqjhp41")), "NOT_FOUND"),
            (beside("fileId", pending), "UPLOAD_PENDING"),
            (beside("productIds", json!(["product_01h2xcejqtf2nbrexx3vqjhp41"])), "NOT_FOUND"),
        ] {
            s.tries("registerCertificate", said).await.refused(code);
        }
        let mut differs = beside("fileId", other);
        differs["fileSha256"] = json!("00".repeat(32));
        s.tries("registerCertificate", differs).await.refused("CONTENT_MISMATCH");
        let mut said = s.certificate("C-2", 100);
        said["supplierId"] = json!("supplier_01h2xcejqtf2nbrexx3vqjhp41");
        s.gives(&s.staff, "registerCertificate", said.clone(), "certificate { id }").await.refused("NOT_FOUND");
        said["supplierId"] = json!(s.id());
        s.gives(&s.seller, "registerCertificate", said.clone(), "certificate { id }").await.refused("FORBIDDEN");
        said["validateOnly"] = json!(true);
        s.gives(&s.staff, "registerCertificate", said, "certificate { id }").await.good();
        s.tries("recordSupplierAudit", s.audit(-1, true)).await.refused("INVALID_INPUT");
        s.tries("grantMembership", s.membership("INV", 10, 9)).await.refused("INVALID_INPUT");
        let mut unpaid = s.membership("INV", 1, 9);
        unpaid["membership"]["paidOn"] = json!(w.day(1));
        s.tries("grantMembership", unpaid).await.refused("INVALID_INPUT");
        let mut unchecked = s.check("K-9");
        unchecked["agencyCheck"]["checkedOn"] = json!(w.day(1));
        s.tries("recordAgencyCheck", unchecked).await.refused("INVALID_INPUT");
        let mut over = s.audit(5, true);
        over["audit"]["validUntil"] = json!(w.day(-1));
        s.tries("recordSupplierAudit", over).await.refused("EVIDENCE_EXPIRED");
        w.contents().await.same_as(&before);
        // What was withdrawn makes room for what is right.
        let known = s.shows(&w.anonymous(), "certificates { id }").await["certificates"][0]["id"].clone();
        let withdrawal = json!({ "evidenceId": known, "reason": "Wrong scope." });
        s.gives(&s.seller, "withdrawEvidence", withdrawal.clone(), "evidence { id }").await.refused("FORBIDDEN");
        let gone = s.gives(&s.staff, "withdrawEvidence", withdrawal.clone(), "evidence { id withdrawnReason }").await.good();
        assert_eq!(gone["withdrawEvidence"]["evidence"]["withdrawnReason"], "Wrong scope.");
        s.gives(&s.staff, "withdrawEvidence", withdrawal, "evidence { id }").await.refused("STATE_CONFLICT");
        assert_eq!(s.shows(&w.anonymous(), "certificates { id }").await["certificates"], json!([]));
        s.records("registerCertificate", s.certificate("C-1", 100)).await;
    }

    async fn a_document_is_refused_answered_and_accepted(w) {
        let s = w.standing("brico").await;
        let (first, second) = (s.seller.uploads("a.pdf", b"%PDF a").await, s.seller.uploads("b.pdf", b"%PDF b").await);
        let fields = "verificationDocument { id status kind replacesId refusalReason evidence { id } claims { ... on Certificate { number } } }";
        let mut said = s.certificate("C-7", 100);
        said["fileId"] = first;
        let one = s.gives(&s.seller, "submitVerificationDocument", said.clone(), fields).await.good();
        let one = one["submitVerificationDocument"]["verificationDocument"].clone();
        assert_eq!((&one["status"], &one["kind"], &one["claims"]["number"]), (&json!("SUBMITTED"), &json!("CERTIFICATE"), &json!("C-7")));
        s.gives(&s.staff, "submitVerificationDocument", said.clone(), fields).await.refused("FORBIDDEN");
        let queue = "query($statuses: [VerificationDocumentStatus!]) { verificationDocuments(filter: { statuses: $statuses }) { totalCount nodes { id status } } }";
        let waiting = s.staff.asks(queue, json!({ "statuses": ["SUBMITTED"] })).await.good();
        assert_eq!(waiting["verificationDocuments"]["totalCount"], 1);
        let stranger = w.standing("other").await.seller;
        assert_eq!(stranger.asks(queue, json!({})).await.good()["verificationDocuments"]["nodes"], json!([]));
        let verdict = |verdict: &str, reason: Value, id: &Value| json!({ "verificationDocumentId": id, "verdict": verdict, "reason": reason });
        let review = "reviewVerificationDocument";
        s.gives(&s.seller, review, verdict("ACCEPT", Value::Null, &one["id"]), fields).await.refused("FORBIDDEN");
        s.gives(&s.staff, review, verdict("REFUSE", Value::Null, &one["id"]), fields).await.refused("INVALID_INPUT");
        // Staff that belongs to the supplier's company has no say: neither by its token nor by its app.
        let company = s.seller.company.as_ref().unwrap().id;
        let by_token = Party { actor: std::sync::Arc::new(Actor { company: Some(company), ..(*s.staff.actor).clone() }), ..s.staff.clone() };
        s.gives(&by_token, review, verdict("ACCEPT", Value::Null, &one["id"]), fields).await.refused("FORBIDDEN");
        let linked = surety::service::parties::create_app(&w.app, "linked", Role::Operator,
            surety::domain::party::role_scopes(Role::Operator), &[company]).await.unwrap();
        let by_app = Party { actor: std::sync::Arc::new(Actor { app: Some(linked.id), ..(*s.staff.actor).clone() }), ..s.staff.clone() };
        s.gives(&by_app, review, verdict("ACCEPT", Value::Null, &one["id"]), fields).await.refused("FORBIDDEN");
        s.gives(&s.staff, review, verdict("REFUSE", json!("The stamp cannot be read."), &one["id"]), fields).await.good();
        s.gives(&s.staff, review, verdict("ACCEPT", Value::Null, &one["id"]), fields).await.refused("STATE_CONFLICT");
        assert_eq!(s.shows(&w.anonymous(), "certificates { id }").await["certificates"], json!([]));
        said["fileId"] = second;
        said["replacesId"] = one["id"].clone();
        let two = s.gives(&s.seller, "submitVerificationDocument", said.clone(), fields).await.good();
        let two = two["submitVerificationDocument"]["verificationDocument"]["id"].clone();
        s.gives(&s.seller, "submitVerificationDocument", said, fields).await.refused("STATE_CONFLICT");
        let accepted = s.gives(&s.staff, review, verdict("ACCEPT", Value::Null, &two), fields).await.good();
        let accepted = &accepted[review]["verificationDocument"];
        assert_eq!((&accepted["status"], &accepted["replacesId"]), (&json!("ACCEPTED"), &one["id"]));
        let shown = s.shows(&w.anonymous(), "certificates { id number }").await;
        assert_eq!(shown["certificates"], json!([{ "id": accepted["evidence"]["id"], "number": "C-7" }]));
        let history = s.shows(&s.seller.actor, "verificationDocuments { nodes { status refusalReason } }").await;
        assert_eq!(history["verificationDocuments"]["nodes"][1]["refusalReason"], "The stamp cannot be read.");
        assert_eq!(s.events().await, [
            "VERIFICATION_DOCUMENT_SUBMITTED", "VERIFICATION_DOCUMENT_REVIEWED", "VERIFICATION_DOCUMENT_SUBMITTED",
            "VERIFICATION_DOCUMENT_REVIEWED", "CERTIFICATE_REGISTERED",
        ]);
        w.log_is_whole().await;
    }

    async fn a_badge_is_granted_on_evidence_and_ends_with_it(w) {
        let s = w.standing("brico").await;
        let refused = s.awards("GOLD").await;
        refused.refused("BADGE_CRITERIA_UNMET");
        let unmet = &refused.0["data"]["awardBadge"]["userErrors"][0]["unmetCriteria"];
        assert_eq!(*unmet, json!(["MEMBERSHIP_IN_FORCE", "CAPACITY_CHECKED", "CREDENTIALS_CHECKED"]));
        let award = s.gold(364).await;
        assert_eq!((award["evidence"].as_array().unwrap().len(), &award["policyVersion"]), (2, &json!(1)));
        assert_eq!(award["expiresAt"], format!("{}T00:00:00Z", w.day(365)));
        s.awards("GOLD").await.refused("STATE_CONFLICT");
        s.awards("GUARANTEED").await.refused("INVALID_INPUT");
        s.awards("TRADE_ASSURANCE").await.refused("INVALID_INPUT");
        assert_eq!(s.badges().await, ["GOLD"]);
        let eligibility = "badgeEligibility(kind: GOLD) { eligible until criteria { criterion met fact evidence { id __typename } } }";
        let stands = s.shows(&s.seller.actor, eligibility).await;
        assert_eq!(stands["badgeEligibility"]["eligible"], true);
        assert_eq!(stands["badgeEligibility"]["criteria"][0]["evidence"][0]["__typename"], "Membership");
        let query = format!("query($id: ID!) {{ supplier(id: $id) {{ {eligibility} }} }}");
        w.execute(&w.anonymous(), &query, json!({ "id": s.id() })).await.refused("UNAUTHENTICATED");
        w.buyer("nosy").await.asks(&query, json!({ "id": s.id() })).await.refused("FORBIDDEN");
        w.standing("rival").await.seller.asks(&query, json!({ "id": s.id() })).await.refused("FORBIDDEN");
        // A renewed membership: another award takes its place, without a day between.
        s.records("grantMembership", s.membership("INV-2", 365, 400)).await;
        assert_eq!(s.badges().await, ["GOLD"], "what begins later changes nothing yet");
        let check = award["evidence"].as_array().unwrap().iter().find(|known| known["__typename"] == "AgencyCheck").unwrap();
        let withdrawal = json!({ "evidenceId": check["id"], "reason": "The agency took it back." });
        s.gives(&s.staff, "withdrawEvidence", withdrawal, "evidence { id }").await.good();
        assert!(s.badges().await.is_empty());
        let events = s.events().await;
        assert_eq!(events[events.len() - 2..], ["EVIDENCE_WITHDRAWN", "BADGE_LAPSED"]);
        s.records("recordAgencyCheck", s.check("K-2")).await;
        assert!(s.badges().await.is_empty(), "what lapsed does not come back by itself");
        let award = s.awards("GOLD").await.good()["awardBadge"]["badgeAward"]["id"].clone();
        let revocation = json!({ "badgeAwardId": award, "reason": "Found to be a letterbox." });
        s.gives(&s.seller, "revokeBadge", revocation.clone(), "badgeAward { id }").await.refused("FORBIDDEN");
        let gone = s.gives(&s.staff, "revokeBadge", revocation.clone(), "badgeAward { revokedReason revokedBy inForce }").await.good();
        assert_eq!(gone["revokeBadge"]["badgeAward"], json!({ "revokedReason": "Found to be a letterbox.", "revokedBy": "PLATFORM", "inForce": false }));
        s.gives(&s.staff, "revokeBadge", revocation, "badgeAward { id }").await.refused("STATE_CONFLICT");
        assert!(s.badges().await.is_empty());
        w.log_is_whole().await;
    }

    async fn a_newer_audit_replaces_the_award_and_a_failed_one_ends_it(w) {
        let s = w.standing("brico").await;
        let old = s.records("recordSupplierAudit", s.audit(300, true)).await;
        let award = s.awards("VERIFIED").await.good()["awardBadge"]["badgeAward"].clone();
        assert_eq!((&award["evidence"][0]["id"], &award["expiresAt"]), (&old, &json!(format!("{}T00:00:00Z", w.day(66)))));
        let new = s.records("recordSupplierAudit", s.audit(0, true)).await;
        let fields = "badges(includeLapsed: true) { kind expiresAt evidence { id } inForce }";
        let shown = s.shows(&w.anonymous(), fields).await;
        let (before, until) = (&award["expiresAt"], format!("{}T00:00:00Z", w.day(366)));
        let of = |until: &Value, on: &Value, holds: bool| {
            json!({ "kind": "VERIFIED", "expiresAt": until, "evidence": [{ "id": on }], "inForce": holds })
        };
        assert_eq!(shown["badges"], json!([of(&json!(until), &new, true), of(before, &old, false)]));
        w.passes(Span::days(1));
        s.records("recordSupplierAudit", s.audit(0, false)).await;
        assert!(s.badges().await.is_empty());
        assert_eq!(s.events().await, ["AUDIT_RECORDED", "BADGE_AWARDED", "AUDIT_RECORDED", "BADGE_AWARDED", "AUDIT_RECORDED", "BADGE_LAPSED"]);
        w.log_is_whole().await;
    }

    async fn enrolment_is_the_suppliers_own_and_suspension_ends_it(w) {
        let s = w.standing("brico").await;
        let enrol = || s.gives(&s.seller, "enrolInTradeAssurance", json!({}), "supplier { badges { kind } }");
        s.gives(&s.staff, "enrolInTradeAssurance", json!({}), "supplier { id }").await.refused("FORBIDDEN");
        let enrolled = enrol().await.good();
        assert_eq!(enrolled["enrolInTradeAssurance"]["supplier"]["badges"], json!([{ "kind": "TRADE_ASSURANCE" }]));
        enrol().await.refused("STATE_CONFLICT");
        let mut cup = w.product(s.id(), "Cup");
        cup.easy_return = true;
        w.stock(std::slice::from_ref(&cup)).await;
        let wish = json!({ "kind": "EASY_RETURN", "productId": cup.id });
        s.gives(&s.staff, "awardBadge", wish.clone(), "badgeAward { kind }").await.good();
        let withdraw = |reason: &str| s.gives(&s.seller, "withdrawFromTradeAssurance", json!({ "reason": reason }), "supplier { badges { kind } }");
        withdraw(" ").await.refused("INVALID_INPUT");
        withdraw("Closed for rebuilding.").await.good();
        withdraw("Again.").await.refused("STATE_CONFLICT");
        let query = "query($id: ID!) { product(id: $id) { badges { kind } } }";
        assert_eq!(w.execute(&w.anonymous(), query, json!({ "id": cup.id })).await.good()["product"]["badges"], json!([]));
        let refused = s.gives(&s.staff, "awardBadge", wish, "badgeAward { kind }").await;
        refused.refused("BADGE_CRITERIA_UNMET");
        enrol().await.good();
        let version = s.shows(&s.staff.actor, "version").await["version"].clone();
        let suspend = |version: Value, reason: &str| s.gives(&s.staff, "suspendSupplier",
            json!({ "supplierId": s.id(), "reason": reason, "expectedVersion": version }), "supplier { id suspendedReason }");
        suspend(json!(99), "Fraud.").await.refused("VERSION_CONFLICT");
        let suspended = suspend(version, "Fraud.").await.good();
        assert_eq!(suspended["suspendSupplier"]["supplier"]["suspendedReason"], "Fraud.");
        suspend(Value::Null, "Fraud.").await.refused("STATE_CONFLICT");
        assert_eq!(s.shows(&w.anonymous(), "id").await, Value::Null);
        enrol().await.refused("BADGE_CRITERIA_UNMET");
        s.gives(&s.staff, "reinstateSupplier", json!({ "supplierId": s.id() }), "supplier { id }").await.good();
        assert!(s.badges().await.is_empty(), "the supplier enrols again by itself");
        enrol().await.good();
        let award = s.shows(&w.anonymous(), "badges { id }").await["badges"][0]["id"].clone();
        s.gives(&s.staff, "revokeBadge", json!({ "badgeAwardId": award, "reason": "Dispatched late too often." }), "badgeAward { id }").await.good();
        enrol().await.refused("BADGE_CRITERIA_UNMET");
        w.passes(Span::days(90));
        enrol().await.refused("BADGE_CRITERIA_UNMET");
        w.passes(Span::seconds(1));
        enrol().await.good();
        assert_eq!(s.events().await, [
            "TRADE_ASSURANCE_ENROLLED", "BADGE_AWARDED", "BADGE_AWARDED", "TRADE_ASSURANCE_WITHDRAWN", "BADGE_LAPSED", "BADGE_LAPSED",
            "TRADE_ASSURANCE_ENROLLED", "BADGE_AWARDED", "SUPPLIER_SUSPENDED", "BADGE_LAPSED", "SUPPLIER_REINSTATED",
            "TRADE_ASSURANCE_ENROLLED", "BADGE_AWARDED", "BADGE_REVOKED", "TRADE_ASSURANCE_ENROLLED", "BADGE_AWARDED",
        ]);
        w.log_is_whole().await;
    }

    async fn a_failed_check_ends_gold_and_what_was_failed_is_recorded_whenever_it_ends(w) {
        let s = w.standing("brico").await;
        let mut failed = s.audit(5, false);
        failed["audit"]["validUntil"] = json!(w.day(-1));
        s.records("recordSupplierAudit", failed).await;
        s.gold(364).await;
        w.passes(Span::days(2));
        let mut failed = s.check("K-2");
        failed["agencyCheck"]["passed"] = json!(false);
        failed["agencyCheck"]["credentials"] = json!(false);
        failed["agencyCheck"]["checkedOn"] = json!(w.day(-1));
        failed["agencyCheck"]["validUntil"] = json!(w.day(-1));
        s.records("recordAgencyCheck", failed).await;
        assert!(s.badges().await.is_empty());
        let refused = s.awards("GOLD").await;
        refused.refused("BADGE_CRITERIA_UNMET");
        let unmet = &refused.0["data"]["awardBadge"]["userErrors"][0]["unmetCriteria"];
        assert_eq!(*unmet, json!(["CAPACITY_CHECKED"]), "the credentials were not looked at again");
        s.records("recordAgencyCheck", s.check("K-3")).await;
        s.awards("GOLD").await.good();
        w.log_is_whole().await;
    }

    async fn verified_pro_is_taken_away_with_verified(w) {
        let s = w.standing("brico").await;
        s.holds(BadgeKind::Verified, None, None).await;
        s.holds(BadgeKind::VerifiedPro, None, None).await;
        s.holds(BadgeKind::Gold, None, None).await;
        let shown = s.shows(&w.anonymous(), "badges { id kind }").await["badges"].clone();
        let verified = shown.as_array().unwrap().iter().find(|badge| badge["kind"] == "VERIFIED").unwrap();
        let revocation = json!({ "badgeAwardId": verified["id"], "reason": "The report was bought." });
        s.gives(&s.staff, "revokeBadge", revocation, "badgeAward { id }").await.good();
        assert_eq!(s.badges().await, ["GOLD"]);
        let told = s.shows(&s.seller.actor, "events(first: 2) { nodes { type badge reason } }").await["events"]["nodes"].clone();
        let of = |badge: &str| json!({ "type": "BADGE_REVOKED", "badge": badge, "reason": "The report was bought." });
        assert_eq!(told, json!([of("VERIFIED_PRO"), of("VERIFIED")]));
        w.log_is_whole().await;
    }

    async fn a_command_on_what_was_changed_since_is_refused(w) {
        let s = w.standing("brico").await;
        let version = async || s.shows(&s.staff.actor, "version").await["version"].as_i64().unwrap();
        let seen = version().await;
        let told = async || {
            let found = s.shows(&s.seller.actor, "events(first: 1) { nodes { supplierVersion } }").await;
            found["events"]["nodes"][0]["supplierVersion"].as_i64().unwrap()
        };
        s.records("grantMembership", s.membership("INV-1", 0, 9)).await;
        assert_eq!((version().await, told().await), (seen + 1, seen + 1));
        s.records("recordAgencyCheck", s.check("K-1")).await;
        let wish = |version: i64| json!({ "kind": "GOLD", "supplierId": s.id(), "expectedVersion": version });
        s.gives(&s.staff, "awardBadge", wish(seen), "badgeAward { id }").await.refused("VERSION_CONFLICT");
        s.gives(&s.staff, "awardBadge", wish(seen + 1), "badgeAward { id }").await.refused("VERSION_CONFLICT");
        s.gives(&s.staff, "awardBadge", wish(seen + 2), "badgeAward { id }").await.good();
        s.gives(&s.staff, "suspendSupplier", json!({ "supplierId": s.id(), "reason": "Fraud." }), "supplier { version }").await.good();
        s.gives(&s.staff, "reinstateSupplier", json!({ "supplierId": s.id() }), "supplier { version }").await.good();
        assert_eq!((version().await, told().await), (seen + 5, seen + 5));
        // The clock changes it, too.
        w.passes(Span::days(10));
        trust::sweep(&w.app).await.unwrap();
        assert_eq!((version().await, told().await), (seen + 6, seen + 6));
        w.log_is_whole().await;
    }

    async fn a_submission_is_judged_by_what_holds_when_it_is_reviewed(w) {
        let s = w.standing("brico").await;
        let submits = async |number: &str, days: i64| {
            let file = s.seller.uploads(&format!("{number}.pdf"), format!("%PDF {number}").as_bytes()).await;
            let mut said = s.certificate(number, days);
            said["fileId"] = file;
            let made = s.gives(&s.seller, "submitVerificationDocument", said, "verificationDocument { id }").await.good();
            made["submitVerificationDocument"]["verificationDocument"]["id"].clone()
        };
        let (taken, short) = (submits("C-1", 100).await, submits("C-2", 3).await);
        s.records("registerCertificate", s.certificate("C-1", 100)).await;
        w.passes(Span::days(4));
        let before = w.at_rest().await;
        for (id, code) in [(&taken, "REFERENCE_IN_USE"), (&short, "EVIDENCE_EXPIRED")] {
            let verdict = json!({ "verificationDocumentId": id, "verdict": "ACCEPT" });
            s.gives(&s.staff, "reviewVerificationDocument", verdict, "verificationDocument { id }").await.refused(code);
        }
        w.contents().await.same_as(&before);
    }

    async fn a_film_that_came_with_the_catalogue_can_be_withdrawn(w) {
        let s = w.standing("brico").await;
        let film = Media {
            id: w.app.ids.make(w.now()),
            owner: MediaOwner::Supplier(s.id()),
            kind: MediaKind::InspectionVideo,
            title: "Film".to_owned(),
            url: "https://media.example/film".to_owned(),
            sha256: Some("ab".repeat(32)),
            position: 0,
            details: MediaDetails::default(),
        };
        let tx = w.app.db.begin().await.unwrap();
        evidence::insert_media(&tx, std::slice::from_ref(&film), w.now()).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(s.shows(&w.anonymous(), "media { title }").await["media"], json!([{ "title": "Film" }]));
        let withdrawal = json!({ "evidenceId": film.id, "reason": "It shows another factory." });
        s.gives(&s.staff, "withdrawEvidence", withdrawal, "evidence { id }").await.good();
        assert_eq!(s.shows(&w.anonymous(), "media { title }").await["media"], json!([]));
        w.log_is_whole().await;
    }

    async fn what_is_worked_out_for_one_supplier_is_refused_for_a_list(w) {
        let s = w.standing("brico").await;
        let past = "asOf(on: \"2026-05-01\") { at }";
        for (fields, token) in [(past, s.staff.token()), ("badgeEligibility(kind: GOLD) { eligible }", s.staff.token())] {
            let one = format!("{{ supplier(id: \"{}\") {{ {fields} }} }}", s.id());
            Answer(w.graphql(&token, &one, json!({})).await).good();
            let many = format!("{{ suppliers(first: 100) {{ nodes {{ {fields} }} }} }}");
            Answer(w.graphql(&token, &many, json!({})).await).refused("QUERY_TOO_COSTLY");
        }
    }
}
