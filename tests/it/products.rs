//! Writing products: what is refused, who sees what, versions, prices of the past.

use serde_json::{Value, json};
use surety::domain::audit::CertificateKind;
use surety::domain::badge::{BadgeKind, BadgeSubject};
use surety::domain::ids::{ProductId, SupplierId};
use surety::domain::product::{GuaranteedTerms, Product};
use surety::domain::time::Span;
use surety::store::catalogue::{badges, listing};

use super::shelf::dollars;
use super::world::{Answer, Party, World, on_both};

const SEEN: &str = "id version status title description unit minimumOrderQuantity orderIncrement language \
    attributes { name value } priceLadder { currencyCode breaks { minimumQuantity unitPrice { amount } } } \
    leadTimes { minimumQuantity dispatchWithin } sampleOffer { price { amount } maximumQuantity dispatchWithin } \
    customisable easyReturn afterSalesService { label term } guaranteedTerms { dispatchWithin deliveryWithin } \
    externalReference category { name } certifications { standard } media { url kind title alternativeText width height }";

/// What a product cannot do without.
pub fn mug() -> Value {
    json!({ "title": "Steel mug", "unit": "piece", "minimumOrderQuantity": 100,
        "priceLadder": { "currencyCode": "USD", "breaks": [
            { "minimumQuantity": 100, "unitPrice": "2.50" }, { "minimumQuantity": 1000, "unitPrice": "2.00" }] } })
}

/// The same with some fields changed.
pub fn mug_with(fields: &Value) -> Value {
    let mut product = mug();
    for (name, value) in fields.as_object().unwrap() {
        product[name] = value.clone();
    }
    product
}

impl World {
    /// A seller that is listed.
    pub async fn shop(&self, name: &str) -> Party {
        let seller = self.seller(name).await;
        let badge = BadgeSubject::Supplier(seller.actor.supplier.unwrap());
        let award = self.award(badge, BadgeKind::TradeAssurance, Some(Span::days(365)));
        let tx = self.app.db.begin().await.unwrap();
        badges::insert_badges(&tx, &[award]).await.unwrap();
        listing::refresh_suppliers(&tx, &[seller.actor.supplier.unwrap()], self.now()).await.unwrap();
        tx.commit().await.unwrap();
        seller
    }

    /// A key that was never used.
    pub fn key(&self) -> String {
        self.app.ids.make::<ProductId>(self.now()).to_string()
    }
}

impl Party {
    /// A command on a product; the key is a new one unless given.
    pub async fn on_product(&self, mutation: &str, mut input: Value) -> Answer {
        if input["idempotencyKey"].is_null() {
            input["idempotencyKey"] = json!(self.world.key());
        }
        let kind = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
        let query = format!(
            "mutation($input: {kind}!) {{ {mutation}(input: $input) {{ product {{ {SEEN} }} advice replayed \
             userErrors {{ __typename code field message }} }} }}"
        );
        self.asks(&query, json!({ "input": input })).await
    }

    /// A new product.
    pub async fn writes(&self, product: Value) -> Value {
        let data = self.on_product("createProduct", json!({ "product": product })).await.good();
        data["createProduct"]["product"].clone()
    }

    /// A new product that is offered.
    pub async fn offers(&self, product: Value) -> Value {
        let data =
            self.on_product("createProduct", json!({ "product": product, "publish": true })).await.good();
        data["createProduct"]["product"].clone()
    }

    /// A product with something different.
    pub async fn changes(&self, product: &Value, fields: Value) -> Answer {
        self.on_product("updateProduct", json!({ "productId": product["id"], "product": fields })).await
    }

    /// A product as this party finds it.
    pub async fn finds(&self, product: &Value) -> Value {
        let query = format!("query($id: ID!) {{ product(id: $id) {{ {SEEN} }} }}");
        self.asks(&query, json!({ "id": product["id"] })).await.good()["product"].clone()
    }
}

/// The codes and fields of an answer's errors, in their order.
pub fn blamed(answer: &Answer) -> Vec<(String, String)> {
    let payload = answer.0["data"].as_object().unwrap().values().next().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let path = |value: &Value| value.as_array().unwrap().iter().map(text).collect::<Vec<_>>().join(".");
    let errors = payload["userErrors"].as_array().unwrap().iter();
    errors.map(|error| (text(&error["code"]), path(&error["field"]))).collect()
}

/// Every way to a product for somebody who should not see it.
async fn hidden_from(who: &Party, product: &Value, supplier: SupplierId) {
    let query = "query($id: ID!, $supplier: ID!, $title: String) { product(id: $id) { id } node(id: $id) { id } nodes(ids: [$id]) { id } \
        products(query: $title) { totalCount } supplier(id: $supplier) { products { totalCount nodes { id } } } }";
    let variables = json!({ "id": product["id"], "supplier": supplier, "title": product["title"] });
    let seen = who.asks(query, variables).await.good();
    assert_eq!(
        seen,
        json!({ "product": null, "node": null, "nodes": [null], "products": { "totalCount": 0 },
            "supplier": { "products": { "totalCount": 0, "nodes": [] } } })
    );
    let line = json!([{ "productId": product["id"], "quantity": 100 }]);
    let preview = "query($id: ID!) { protectionPreview(input: { productId: $id, quantity: 100, destinationCountry: \"DE\" }) { protections { kind } } }";
    who.asks(preview, json!({ "id": product["id"] })).await.refused("NOT_FOUND");
    let quote = "mutation($supplier: ID!, $lines: [QuoteRequestLineInput!]!, $key: String!) { requestQuote(input: { idempotencyKey: $key, \
        supplierId: $supplier, lines: $lines, destinationCountry: \"DE\" }) { userErrors { code } } }";
    let key = who.world.key();
    who.asks(quote, json!({ "supplier": supplier, "lines": line, "key": key })).await.refused("NOT_FOUND");
    let order = "mutation($lines: [OrderLineInput!]!, $key: String!) { placeOrder(input: { idempotencyKey: $key, \
        lines: $lines, destinationCountry: \"DE\" }) { order { id } userErrors { code } } }";
    let answer = who.asks(order, json!({ "lines": line, "key": key })).await;
    assert!(
        !answer.codes().is_empty() && answer.0["data"]["placeOrder"]["order"].is_null(),
        "{:#}",
        answer.0
    );
}

on_both! {
    async fn a_product_is_written_offered_changed_and_withdrawn(w) {
        let (seller, buyer) = (w.shop("Acme").await, w.buyer("buyer").await);
        let supplier = seller.actor.supplier.unwrap();
        let cups = w.category(None, "Cups").await;
        w.certificate(supplier, CertificateKind::Product, "CE", &[]).await;
        let certificate = w.certificates_of(&[supplier]).await[&supplier][0].id;
        let whole = mug_with(&json!({
            "description": "Holds tea.", "attributes": [{ "name": "material", "value": "steel" }], "orderIncrement": 50,
            "categoryId": cups.id, "leadTimes": [{ "minimumQuantity": 1, "leadDays": 7 }, { "minimumQuantity": 1000, "leadDays": 21 }],
            "sampleOffer": { "price": { "amount": "5.00", "currencyCode": "USD" }, "maximumQuantity": 3, "leadDays": 2 },
            "customisable": true, "easyReturn": true, "certificationIds": [certificate],
            "afterSalesService": { "label": "FREE_REPLACEMENT_PARTS", "termDays": 365 },
            "guaranteedTerms": { "dispatchWithinHours": 72, "deliveryWithinDays": 20 }, "externalReference": "M-1",
            "media": [{ "url": "https://cdn.example/mug.webp", "kind": "IMAGE", "title": "Front", "alternativeText": "A mug", "width": 800, "height": 600 }],
        }));
        let draft = seller.writes(whole).await;
        assert_eq!((&draft["status"], &draft["version"], &draft["language"]), (&json!("DRAFT"), &json!(1), &json!("en")));
        assert_eq!(draft["category"]["name"], "Cups");
        assert_eq!(draft["certifications"], json!([{ "standard": "CE" }]));
        assert_eq!(draft["media"], json!([{ "url": "https://cdn.example/mug.webp", "kind": "IMAGE", "title": "Front", "alternativeText": "A mug", "width": 800, "height": 600 }]));
        assert_eq!(draft["sampleOffer"], json!({ "price": { "amount": "5.00" }, "maximumQuantity": 3, "dispatchWithin": "P2D" }));
        hidden_from(&buyer, &draft, supplier).await;
        hidden_from(&w.buyer("another").await, &draft, supplier).await;
        for owner in [&seller, &w.operator().await] {
            assert_eq!(owner.finds(&draft).await, draft);
        }
        assert_eq!(w.shop("Brico").await.finds(&draft).await, Value::Null);

        let publish = json!({ "productId": draft["id"], "expectedVersion": 1 });
        let offered = seller.on_product("publishProduct", publish).await.good()["publishProduct"]["product"].clone();
        assert_eq!((&offered["status"], &offered["version"]), (&json!("PUBLISHED"), &json!(2)));
        assert_eq!(buyer.finds(&draft).await, offered);

        w.passes(Span::hours(1));
        let stale = json!({ "productId": draft["id"], "expectedVersion": 1, "product": { "title": "Cup" } });
        let refused = seller.on_product("updateProduct", stale).await;
        refused.refused("VERSION_CONFLICT");
        assert_eq!(refused.0["data"]["updateProduct"]["userErrors"][0]["__typename"], "VersionConflict");
        let patch = json!({ "title": "Steel cup", "description": null, "sampleOffer": null, "certificationIds": [], "orderIncrement": null,
            "priceLadder": { "currencyCode": "USD", "breaks": [{ "minimumQuantity": 100, "maximumQuantity": 499, "unitPrice": "2.40" }, { "minimumQuantity": 500, "unitPrice": "2.1", "currencyCode": "USD" }] } });
        let changed = seller.changes(&draft, patch).await.good()["updateProduct"]["product"].clone();
        for (field, value) in [("title", json!("Steel cup")), ("description", json!("")), ("sampleOffer", Value::Null), ("certifications", json!([])),
            ("orderIncrement", json!(1)), ("version", json!(3)), ("unit", json!("piece")), ("easyReturn", json!(true)), ("media", draft["media"].clone())] {
            assert_eq!(changed[field], value, "{field}");
        }
        assert_eq!(buyer.finds(&draft).await, changed);
        let same = seller.changes(&draft, json!({ "title": "Steel cup", "description": null })).await.good();
        assert_eq!(same["updateProduct"]["product"], changed, "what is not different is no change");

        w.passes(Span::hours(1));
        let withdrawn = seller.on_product("withdrawProduct", json!({ "productId": draft["id"] })).await.good()["withdrawProduct"]["product"].clone();
        assert_eq!((&withdrawn["status"], &withdrawn["version"]), (&json!("WITHDRAWN"), &json!(4)));
        hidden_from(&buyer, &draft, supplier).await;
        let again = seller.on_product("withdrawProduct", json!({ "productId": draft["id"] })).await;
        assert_eq!(again.0["data"]["withdrawProduct"]["userErrors"][0]["__typename"], "TransitionRefused");

        let query = "query($id: ID!, $after: Cursor) { product(id: $id) {
            versions(first: 3, after: $after) { nodes { version action changedFields role companyId appId } pageInfo { hasNextPage endCursor } }
            priceHistory { nodes { validFrom validUntil priceLadder { breaks { unitPrice { amount } } } } } } }";
        let seen = seller.asks(query, json!({ "id": draft["id"] })).await.good()["product"].clone();
        let versions = &seen["versions"];
        let said: Vec<_> = versions["nodes"].as_array().unwrap().iter().map(|it| (it["version"].clone(), it["action"].clone(), it["changedFields"].clone())).collect();
        assert_eq!(said, [
            (json!(4), json!("WITHDRAWN"), json!(["status"])),
            (json!(3), json!("UPDATED"), json!(["title", "description", "orderIncrement", "priceLadder", "sampleOffer", "certifications"])),
            (json!(2), json!("PUBLISHED"), json!(["status"])),
        ]);
        assert_eq!(versions["nodes"][0]["role"], "SUPPLIER");
        assert_eq!(versions["nodes"][0]["companyId"], json!(seller.company.as_ref().unwrap().id));
        let rest = seller.asks(query, json!({ "id": draft["id"], "after": versions["pageInfo"]["endCursor"] })).await.good();
        assert_eq!(rest["product"]["versions"]["nodes"][0]["action"], "CREATED");
        assert_eq!(rest["product"]["versions"]["pageInfo"]["hasNextPage"], false);
        let prices = &seen["priceHistory"]["nodes"];
        assert_eq!(prices[0]["priceLadder"]["breaks"][0]["unitPrice"]["amount"], "2.40");
        assert_eq!((&prices[0]["validFrom"], &prices[0]["validUntil"]), (&json!("2026-05-04T13:00:00Z"), &Value::Null));
        assert_eq!((&prices[1]["validFrom"], &prices[1]["validUntil"]), (&json!("2026-05-04T12:00:00Z"), &json!("2026-05-04T13:00:00Z")));
        assert_eq!(prices.as_array().unwrap().len(), 2);
    }

    async fn a_stale_command_learns_what_changed_since(w) {
        let seller = w.shop("Acme").await;
        let german = |text: &str| json!([{ "language": "de", "title": "Becher", "description": text }]);
        let whole = mug_with(&json!({ "description": "Keeps warm.", "translations": german("Warm.") }));
        let draft = seller.writes(whole).await;
        seller.on_product("publishProduct", json!({ "productId": draft["id"] })).await.good();
        seller.changes(&draft, json!({ "title": "Cup", "translations": german("Lange warm.") })).await.good();
        let stale = async |version: i64| {
            let query = "mutation($input: WithdrawProductInput!) { withdrawProduct(input: $input) { userErrors { __typename code \
                ... on VersionConflict { expectedVersion currentVersion changedFields } } } }";
            let input = json!({ "idempotencyKey": w.key(), "productId": draft["id"], "expectedVersion": version });
            let answer = seller.asks(query, json!({ "input": input })).await;
            answer.refused("VERSION_CONFLICT");
            answer.0["data"]["withdrawProduct"]["userErrors"][0]["changedFields"].clone()
        };
        assert_eq!(stale(1).await, json!(["title", "texts", "status"]));
        assert_eq!(stale(2).await, json!(["title", "texts"]));
        seller.changes(&draft, json!({ "title": "Steel mug" })).await.good();
        assert_eq!(stale(1).await, json!(["texts", "status"]), "what is as it was then is no difference");
        assert_eq!(stale(3).await, json!(["title"]));
        for never in [0, 9] {
            assert_eq!(stale(never).await, Value::Null, "{never}");
        }
    }

    async fn everything_that_does_not_fit_is_named_and_nothing_is_written(w) {
        let (seller, other) = (w.shop("Acme").await, w.shop("Brico").await);
        let (own, foreign) = (seller.actor.supplier.unwrap(), other.actor.supplier.unwrap());
        w.certificate(own, CertificateKind::Management, "ISO 9001", &[]).await;
        w.certificate(foreign, CertificateKind::Product, "CE", &[]).await;
        let certificates = w.certificates_of(&[own, foreign]).await;
        let (management, others) = (certificates[&own][0].id, certificates[&foreign][0].id);
        seller.writes(mug_with(&json!({ "externalReference": "taken" }))).await;
        let breaks = |steps: &[(i64, &str)]| {
            let steps: Vec<_> = steps.iter().map(|(at, price)| json!({ "minimumQuantity": at, "unitPrice": price })).collect();
            json!({ "priceLadder": { "currencyCode": "USD", "breaks": steps } })
        };
        let ladder = |steps: Value| json!({ "priceLadder": { "currencyCode": "USD", "breaks": steps } });
        let many: Vec<_> = (0..51).map(|step| json!({ "minimumQuantity": 100 + step, "unitPrice": format!("{}", 99 - step) })).collect();
        let before = w.contents().await;
        let mut wrong = Vec::new();
        for (fields, code, field) in [
            (json!({ "title": " " }), "INVALID_INPUT", "title"),
            (json!({ "title": null }), "INVALID_INPUT", "title"),
            (json!({ "unit": "" }), "INVALID_INPUT", "unit"),
            (json!({ "description": "x".repeat(20_001) }), "INVALID_INPUT", "description"),
            (json!({ "attributes": [{ "name": "", "value": "x" }] }), "INVALID_INPUT", "attributes.0"),
            (json!({ "minimumOrderQuantity": 0 }), "INVALID_INPUT", "minimumOrderQuantity"),
            (json!({ "orderIncrement": 0 }), "INVALID_INPUT", "orderIncrement"),
            (json!({ "categoryId": "category_01h2xcejqtf2nbrexx3vqjhp41" }), "NOT_FOUND", "categoryId"),
            (json!({ "categoryId": "nonsense" }), "NOT_FOUND", "categoryId"),
            (json!({ "priceLadder": null }), "INVALID_INPUT", "priceLadder"),
            (breaks(&[]), "INVALID_INPUT", "priceLadder.breaks"),
            (ladder(json!(many)), "INVALID_INPUT", "priceLadder.breaks"),
            (breaks(&[(200, "2")]), "LADDER_HAS_HOLE", "priceLadder.breaks.0.minimumQuantity"),
            (breaks(&[(100, "2"), (500, "2.5")]), "LADDER_PRICE_RISES", "priceLadder.breaks.1.unitPrice"),
            (breaks(&[(100, "2"), (500, "2")]), "LADDER_PRICE_RISES", "priceLadder.breaks.1.unitPrice"),
            (breaks(&[(100, "2"), (100, "1")]), "LADDER_NOT_IN_ORDER", "priceLadder.breaks.1.minimumQuantity"),
            (breaks(&[(500, "2"), (100, "3")]), "LADDER_NOT_IN_ORDER", "priceLadder.breaks.1.minimumQuantity"),
            (breaks(&[(100, "0")]), "INVALID_INPUT", "priceLadder.breaks.0.unitPrice"),
            (breaks(&[(100, "1.1234567")]), "AMOUNT_OUT_OF_RANGE", "priceLadder.breaks.0.unitPrice"),
            (ladder(json!([{ "minimumQuantity": 100, "unitPrice": "2", "currencyCode": "EUR" }])), "CURRENCY_MISMATCH", "priceLadder.breaks.0.currencyCode"),
            (ladder(json!([{ "minimumQuantity": 100, "maximumQuantity": 400, "unitPrice": "2" }, { "minimumQuantity": 500, "unitPrice": "1" }])), "LADDER_HAS_HOLE", "priceLadder.breaks.0.maximumQuantity"),
            (ladder(json!([{ "minimumQuantity": 100, "maximumQuantity": 900, "unitPrice": "2" }, { "minimumQuantity": 500, "unitPrice": "1" }])), "LADDER_NOT_IN_ORDER", "priceLadder.breaks.0.maximumQuantity"),
            (ladder(json!([{ "minimumQuantity": 100, "maximumQuantity": 900, "unitPrice": "2" }])), "LADDER_HAS_HOLE", "priceLadder.breaks.0.maximumQuantity"),
            (json!({ "leadTimes": [{ "minimumQuantity": 10, "leadDays": 1 }, { "minimumQuantity": 5, "leadDays": 2 }] }), "INVALID_INPUT", "leadTimes"),
            (json!({ "leadTimes": [{ "minimumQuantity": 101, "leadDays": 1 }] }), "INVALID_INPUT", "leadTimes"),
            (json!({ "sampleOffer": { "price": { "amount": "1", "currencyCode": "EUR" }, "maximumQuantity": 1, "leadDays": 1 } }), "CURRENCY_MISMATCH", "sampleOffer.price"),
            (json!({ "sampleOffer": { "price": { "amount": "1", "currencyCode": "USD" }, "maximumQuantity": 0, "leadDays": 1 } }), "INVALID_INPUT", "sampleOffer"),
            (json!({ "afterSalesService": { "label": "FREE_REPLACEMENT_PARTS", "termDays": 0 } }), "INVALID_INPUT", "afterSalesService"),
            (json!({ "guaranteedTerms": { "dispatchWithinHours": 169, "deliveryWithinDays": 20 } }), "INVALID_INPUT", "guaranteedTerms"),
            (json!({ "guaranteedTerms": { "dispatchWithinHours": 72, "deliveryWithinDays": 2 } }), "INVALID_INPUT", "guaranteedTerms"),
            (json!({ "certificationIds": [others] }), "NOT_FOUND", "certificationIds.0"),
            (json!({ "certificationIds": [management] }), "CERTIFICATE_NOT_VALID", "certificationIds.0"),
            (json!({ "media": [{ "kind": "IMAGE" }] }), "INVALID_INPUT", "media.0.fileId"),
            (json!({ "media": [{ "kind": "IMAGE", "url": "https://a b" }] }), "INVALID_INPUT", "media.0.url"),
            (json!({ "media": [{ "kind": "FACTORY_REPORT", "url": "https://a.example" }] }), "INVALID_INPUT", "media.0.kind"),
            (json!({ "media": [{ "kind": "IMAGE", "url": "https://a.example", "width": 0 }] }), "INVALID_INPUT", "media.0.width"),
            (json!({ "media": [{ "kind": "IMAGE", "url": "https://a.example" }, { "kind": "IMAGE", "url": "https://a.example" }] }), "INVALID_INPUT", "media.1"),
            (json!({ "media": [{ "kind": "IMAGE", "fileId": "file_01h2xcejqtf2nbrexx3vqjhp41" }] }), "NOT_FOUND", "media.0.fileId"),
            (json!({ "translations": [{ "language": "de", "title": "Becher" }, { "language": "de", "title": "Tasse" }] }), "INVALID_INPUT", "translations.1.language"),
            (json!({ "translations": [{ "language": "en", "title": "Mug" }] }), "INVALID_INPUT", "translations.0.language"),
            (json!({ "translations": [{ "language": "de", "title": "" }] }), "INVALID_INPUT", "translations.0.title"),
            (json!({ "externalReference": "" }), "INVALID_INPUT", "externalReference"),
            (json!({ "externalReference": "taken" }), "REFERENCE_IN_USE", "externalReference"),
        ] {
            let answer = seller.on_product("createProduct", json!({ "product": mug_with(&fields) })).await;
            let (found, wanted) = (blamed(&answer), [(code.to_owned(), format!("input.product.{field}"))]);
            if found != wanted {
                wrong.push(format!("{fields}: {found:?}, not {wanted:?}"));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        let negative = seller.on_product("createProduct", json!({ "product": mug_with(&breaks(&[(100, "-1")])) })).await;
        assert_eq!(negative.0["data"]["createProduct"]["userErrors"][0]["message"], "A price is not negative.");
        // A step that ends before it begins, and the next one that begins before it, too.
        let turned = ladder(json!([{ "minimumQuantity": 100, "maximumQuantity": 50, "unitPrice": "2" }, { "minimumQuantity": 51, "unitPrice": "1" }]));
        let turned = seller.on_product("createProduct", json!({ "product": mug_with(&turned) })).await;
        let both = ["0.maximumQuantity", "1.minimumQuantity"];
        assert_eq!(blamed(&turned), both.map(|at| ("LADDER_NOT_IN_ORDER".to_owned(), format!("input.product.priceLadder.breaks.{at}"))));
        w.contents().await.same_as(&before);
        let empty = seller.on_product("createProduct", json!({ "product": {} })).await;
        let missing = ["title", "unit", "minimumOrderQuantity", "priceLadder"].map(|field| ("INVALID_INPUT".to_owned(), format!("input.product.{field}")));
        assert_eq!(blamed(&empty), missing);
        let several = seller.on_product("createProduct", json!({ "product": mug_with(&json!({ "title": "", "orderIncrement": 0, "externalReference": "taken" })) })).await;
        assert_eq!(blamed(&several).len(), 3, "every reason at once: {:#}", several.0);
        w.contents().await.same_as(&before);
        w.passes(Span::days(400));
        w.certificate(own, CertificateKind::Product, "RoHS", &[]).await;
        let fresh = w.certificates_of(&[own]).await[&own].iter().find(|it| it.standard == "RoHS").unwrap().id;
        let product = seller.writes(mug_with(&json!({ "certificationIds": [fresh] }))).await;
        w.passes(Span::days(400));
        let lapsed = seller.on_product("createProduct", json!({ "product": mug_with(&json!({ "certificationIds": [fresh] })) })).await;
        assert_eq!(blamed(&lapsed)[0].0, "CERTIFICATE_NOT_VALID");
        seller.changes(&product, json!({ "title": "Cup", "certificationIds": [fresh] })).await.good();
    }

    async fn suppliers_write_their_own_and_operators_anybodys(w) {
        let (seller, other, operator) = (w.shop("Acme").await, w.shop("Brico").await, w.operator().await);
        let product = seller.offers(mug()).await;
        let before = w.contents().await;
        for (mutation, input) in [
            ("updateProduct", json!({ "productId": product["id"], "product": { "title": "Mine" } })),
            ("withdrawProduct", json!({ "productId": product["id"] })),
            ("publishProduct", json!({ "productId": product["id"] })),
            ("createProduct", json!({ "product": mug(), "supplierId": seller.actor.supplier })),
        ] {
            other.on_product(mutation, input.clone()).await.refused("NOT_FOUND");
            w.buyer("buyer").await.on_product(mutation, input).await.refused("FORBIDDEN");
        }
        operator.on_product("createProduct", json!({ "product": mug() })).await.refused("INVALID_INPUT");
        let nobody = json!({ "product": mug(), "supplierId": "supplier_01h2xcejqtf2nbrexx3vqjhp41" });
        operator.on_product("createProduct", nobody).await.refused("NOT_FOUND");
        let allowed = ["company", "partner_app", "partner_app_company"];
        w.contents().await.without(&allowed).same_as(&before.without(&allowed));
        let made = operator.on_product("createProduct", json!({ "product": mug_with(&json!({ "title": "Theirs" })), "supplierId": seller.actor.supplier })).await;
        let made = made.good()["createProduct"]["product"].clone();
        operator.changes(&product, json!({ "title": "Corrected" })).await.good();
        let list = "query($filter: OwnProductFilterInput) { ownProducts(filter: $filter, first: 10) { totalCount nodes { id title status } } }";
        let seen = seller.asks(list, json!({ "filter": { "statuses": ["DRAFT"] } })).await.good();
        assert_eq!(seen["ownProducts"], json!({ "totalCount": 1, "nodes": [{ "id": made["id"], "title": "Theirs", "status": "DRAFT" }] }));
        assert_eq!(seller.asks(list, json!({})).await.good()["ownProducts"]["totalCount"], 2);
        assert_eq!(other.asks(list, json!({ "filter": { "supplierId": seller.actor.supplier } })).await.good()["ownProducts"]["nodes"], json!([]));
        assert_eq!(operator.asks(list, json!({ "filter": { "supplierId": seller.actor.supplier } })).await.good()["ownProducts"]["totalCount"], 2);
        w.buyer("buyer").await.asks(list, json!({})).await.refused("FORBIDDEN");
        let versions = "query($id: ID!) { product(id: $id) { versions { nodes { role } } } }";
        assert_eq!(w.buyer("buyer").await.asks(versions, json!({ "id": product["id"] })).await.good()["product"]["versions"], Value::Null);
        assert_eq!(seller.asks(versions, json!({ "id": product["id"] })).await.good()["product"]["versions"]["nodes"][0]["role"], "OPERATOR");
    }

    async fn a_command_happens_once_and_a_check_never(w) {
        let seller = w.shop("Acme").await;
        let before = w.contents().await;
        let check = json!({ "product": mug_with(&json!({ "externalReference": "A" })), "validateOnly": true });
        let seen = seller.on_product("createProduct", check).await.good();
        assert_eq!(seen["createProduct"]["product"]["title"], "Steel mug");
        assert_eq!(seen["createProduct"]["advice"], json!(["NO_CATEGORY", "NO_LEAD_TIMES", "NO_MEDIA", "NO_DESCRIPTION"]));
        w.contents().await.same_as(&before);
        let input = json!({ "idempotencyKey": "once", "product": mug() });
        let first = seller.on_product("createProduct", input.clone()).await.good()["createProduct"].clone();
        let after = w.contents().await;
        let second = seller.on_product("createProduct", input).await.good()["createProduct"].clone();
        assert_eq!((&second["replayed"], &second["product"]), (&json!(true), &first["product"]));
        seller.on_product("createProduct", json!({ "idempotencyKey": "once", "product": mug_with(&json!({ "title": "Else" })) })).await.refused("IDEMPOTENCY_KEY_REUSED");
        seller.on_product("updateProduct", json!({ "productId": first["product"]["id"], "product": { "title": "Else" }, "validateOnly": true })).await.good();
        w.contents().await.same_as(&after);
    }

    async fn a_ladder_may_begin_below_the_minimum_order_quantity(w) {
        let seller = w.shop("Acme").await;
        let ladder = json!({ "currencyCode": "USD", "breaks": [{ "minimumQuantity": 1, "unitPrice": "3" }, { "minimumQuantity": 500, "unitPrice": "2" }] });
        let product = seller.offers(mug_with(&json!({ "priceLadder": ladder }))).await;
        seller.changes(&product, json!({ "description": "With a lid." })).await.good();
        let price = "query($id: ID!) { product(id: $id) { description unitPrice(quantity: 100) { amount } } }";
        let seen = seller.asks(price, json!({ "id": product["id"] })).await.good()["product"].clone();
        assert_eq!(seen, json!({ "description": "With a lid.", "unitPrice": { "amount": "3.00" } }));
        seller.on_product("withdrawProduct", json!({ "productId": product["id"] })).await.good();
        seller.on_product("publishProduct", json!({ "productId": product["id"] })).await.good();
        let behind = seller.changes(&product, json!({ "priceLadder": { "currencyCode": "USD", "breaks": [{ "minimumQuantity": 101, "unitPrice": "3" }] } })).await;
        assert_eq!(blamed(&behind), [("LADDER_HAS_HOLE".to_owned(), "input.product.priceLadder.breaks.0.minimumQuantity".to_owned())]);
    }

    async fn what_an_import_keeps_is_refused_when_it_is_spoken_of_or_published(w) {
        let seller = w.shop("Acme").await;
        let rising = Product { imported: true, ladder: dollars(&[(20, "1"), (50, "3")]), ..w.product(seller.actor.supplier.unwrap(), "Old mug") };
        w.stock(std::slice::from_ref(&rising)).await;
        let product = json!({ "id": rising.id });
        let before = w.contents().await;
        let is_at = |code: &str, field: &str| (code.to_owned(), format!("input.{field}"));
        let answer = seller.changes(&product, json!({ "minimumOrderQuantity": 15 })).await;
        assert_eq!(blamed(&answer), [is_at("LADDER_HAS_HOLE", "product.minimumOrderQuantity")]);
        let again = json!({ "currencyCode": "USD", "breaks": [{ "minimumQuantity": 20, "unitPrice": "1" }, { "minimumQuantity": 50, "unitPrice": "3" }] });
        let answer = seller.changes(&product, json!({ "priceLadder": again })).await;
        assert_eq!(blamed(&answer), [is_at("LADDER_PRICE_RISES", "product.priceLadder.breaks.1.unitPrice")]);
        w.contents().await.same_as(&before);
        seller.changes(&product, json!({ "title": "New mug" })).await.good();
        seller.on_product("withdrawProduct", json!({ "productId": rising.id })).await.good();
        let answer = seller.on_product("publishProduct", json!({ "productId": rising.id })).await;
        assert_eq!(blamed(&answer), ["LADDER_PRICE_RISES", "LADDER_HAS_HOLE"].map(|code| is_at(code, "productId")));
        let message = answer.0["data"]["publishProduct"]["userErrors"][0]["message"].as_str().unwrap().to_owned();
        assert!(message.ends_with("This is about the product's `priceLadder.breaks.1.unitPrice`."), "{message}");
        let mended = json!({ "minimumOrderQuantity": 20, "priceLadder": { "currencyCode": "USD", "breaks": [{ "minimumQuantity": 20, "unitPrice": "1" }] } });
        seller.changes(&product, mended).await.good();
        seller.on_product("publishProduct", json!({ "productId": rising.id })).await.good();
        let query = "query($id: ID!) { product(id: $id) { versions { nodes { version action } } priceHistory { nodes { priceLadder { breaks { minimumQuantity } } } } } }";
        let seen = seller.asks(query, json!({ "id": rising.id })).await.good()["product"].clone();
        let actions: Vec<_> = seen["versions"]["nodes"].as_array().unwrap().iter().map(|it| it["action"].as_str().unwrap()).collect();
        assert_eq!(actions, ["PUBLISHED", "UPDATED", "WITHDRAWN", "UPDATED", "IMPORTED"]);
        assert_eq!(seen["priceHistory"]["nodes"].as_array().unwrap().len(), 2);
    }

    async fn a_guaranteed_badge_ends_with_its_offer(w) {
        let seller = w.shop("Acme").await;
        let mug = Product {
            guaranteed: Some(GuaranteedTerms { dispatch_within_hours: 72, delivery_days: 20 }),
            ladder: dollars(&[(10, "2")]),
            ..w.product(seller.actor.supplier.unwrap(), "Mug")
        };
        w.stock(std::slice::from_ref(&mug)).await;
        let award = w.award(BadgeSubject::Product(mug.id), BadgeKind::Guaranteed, None);
        let tx = w.app.db.begin().await.unwrap();
        badges::insert_badges(&tx, &[award]).await.unwrap();
        listing::refresh_products(&tx, &[mug.id], w.now()).await.unwrap();
        tx.commit().await.unwrap();
        let held = async || {
            let query = "query($id: ID!) { product(id: $id) { badges { kind } } }";
            seller.asks(query, json!({ "id": mug.id })).await.good()["product"]["badges"].as_array().unwrap().len()
        };
        let product = json!({ "id": mug.id });
        seller.changes(&product, json!({ "title": "Better mug" })).await.good();
        assert_eq!(held().await, 1, "a title is no offer");
        seller.changes(&product, json!({ "priceLadder": { "currencyCode": "USD", "breaks": [{ "minimumQuantity": 10, "unitPrice": "3" }] } })).await.good();
        assert_eq!(held().await, 0);
    }
}
