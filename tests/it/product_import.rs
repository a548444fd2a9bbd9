//! Many products at once: every row answered for itself.

use serde_json::{Value, json};
use surety::domain::audit::CertificateKind;

use super::products::{mug, mug_with};
use super::world::{Answer, Party, on_both};

const IMPORT: &str = "mutation($input: ImportProductsInput!) { importProducts(input: $input) { \
    createdCount updatedCount unchangedCount rejectedCount replayed userErrors { code field } \
    results { index externalReference outcome product { id title version status } advice userErrors { code field message } } } }";

impl Party {
    async fn imports(&self, policy: &str, rows: &Value, key: &str) -> Answer {
        let input = json!({ "idempotencyKey": key, "errorPolicy": policy, "products": rows });
        self.asks(IMPORT, json!({ "input": input })).await
    }
}

fn row(reference: &str) -> Value {
    mug_with(&json!({ "externalReference": reference }))
}

fn outcomes(answer: &Value) -> Vec<&str> {
    answer["results"].as_array().unwrap().iter().map(|it| it["outcome"].as_str().unwrap()).collect()
}

on_both! {
    async fn rows_make_and_change_products_by_their_reference(w) {
        let (seller, buyer) = (w.shop("Acme").await, w.buyer("buyer").await);
        let rows = json!([row("A"), mug_with(&json!({ "externalReference": "B", "publish": true }))]);
        let first = seller.imports("ALL_OR_NOTHING", &rows, "1").await.good()["importProducts"].clone();
        assert_eq!(outcomes(&first), ["CREATED", "CREATED"]);
        assert_eq!((&first["createdCount"], &first["rejectedCount"]), (&json!(2), &json!(0)));
        assert_eq!(first["results"][0]["advice"], json!(["NO_CATEGORY", "NO_LEAD_TIMES", "NO_MEDIA", "NO_DESCRIPTION"]));
        assert_eq!(first["results"][1]["product"]["status"], "PUBLISHED");
        assert_eq!(buyer.finds(&first["results"][0]["product"]).await, Value::Null);
        let rows = json!([row("A"), { "externalReference": "B", "title": "Blue mug" }, row("C")]);
        let second = seller.imports("ALL_OR_NOTHING", &rows, "2").await.good()["importProducts"].clone();
        assert_eq!(outcomes(&second), ["UNCHANGED", "UPDATED", "CREATED"]);
        assert_eq!(second["results"][1]["product"], json!({ "id": first["results"][1]["product"]["id"], "title": "Blue mug", "version": 2, "status": "PUBLISHED" }));
        assert_eq!(buyer.finds(&first["results"][1]["product"]).await["title"], "Blue mug");
        let before = w.contents().await;
        let again = seller.imports("ALL_OR_NOTHING", &rows, "2").await.good()["importProducts"].clone();
        assert_eq!(again["replayed"], true);
        assert_eq!(outcomes(&again), ["UNCHANGED", "UPDATED", "CREATED"], "the first answer, though nothing would change now");
        seller.imports("SKIP_INVALID", &rows, "2").await.refused("IDEMPOTENCY_KEY_REUSED");
        w.contents().await.same_as(&before);
        let other = w.shop("Brico").await.imports("ALL_OR_NOTHING", &json!([row("A")]), "1").await.good();
        assert_eq!(outcomes(&other["importProducts"]), ["CREATED"], "references are each supplier's own");
    }

    async fn rows_that_are_broken_in_any_way_are_answered_one_by_one(w) {
        let seller = w.shop("Acme").await;
        let foreign = w.shop("Brico").await.actor.supplier.unwrap();
        w.certificate(foreign, CertificateKind::Product, "CE", &[]).await;
        let certificate = w.certificates_of(&[foreign]).await[&foreign][0].id;
        let ladder = |reference: &str, breaks: Value| mug_with(&json!({ "externalReference": reference, "priceLadder": { "currencyCode": "USD", "breaks": breaks } }));
        let broken = [
            (json!(null), "INVALID_INPUT", ""),
            (json!("text"), "INVALID_INPUT", ""),
            (json!([1, 2]), "INVALID_INPUT", ""),
            (json!({}), "INVALID_INPUT", "externalReference"),
            (mug(), "INVALID_INPUT", "externalReference"),
            (json!({ "externalReference": "N" }), "INVALID_INPUT", "title"),
            (mug_with(&json!({ "externalReference": 7 })), "INVALID_INPUT", "externalReference"),
            (mug_with(&json!({ "externalReference": "T", "titel": "x" })), "INVALID_INPUT", "titel"),
            (mug_with(&json!({ "externalReference": "T", "priceLadder": { "currencyCode": "USD", "breaks": [{ "minimumQuantity": 100, "price": "1" }] } })), "INVALID_INPUT", "priceLadder.breaks.0.price"),
            (mug_with(&json!({ "externalReference": "T", "publish": "yes" })), "INVALID_INPUT", "publish"),
            (mug_with(&json!({ "externalReference": "T", "minimumOrderQuantity": "many" })), "INVALID_INPUT", "minimumOrderQuantity"),
            (mug_with(&json!({ "externalReference": "T", "minimumOrderQuantity": 1e12 })), "INVALID_INPUT", "minimumOrderQuantity"),
            (ladder("L1", json!([{ "minimumQuantity": 100, "unitPrice": "1,50" }])), "INVALID_INPUT", "priceLadder.breaks.0.unitPrice"),
            (ladder("L2", json!([{ "minimumQuantity": 100, "unitPrice": "1" }, { "minimumQuantity": 50, "unitPrice": "0.5" }])), "LADDER_NOT_IN_ORDER", "priceLadder.breaks.1.minimumQuantity"),
            (ladder("L3", json!([{ "minimumQuantity": 101, "unitPrice": "1" }])), "LADDER_HAS_HOLE", "priceLadder.breaks.0.minimumQuantity"),
            (ladder("L4", json!([{ "minimumQuantity": 100, "unitPrice": "1", "currencyCode": "EUR" }])), "CURRENCY_MISMATCH", "priceLadder.breaks.0.currencyCode"),
            (mug_with(&json!({ "externalReference": "T", "priceLadder": { "currencyCode": "DOLLAR", "breaks": [] } })), "INVALID_INPUT", "priceLadder.currencyCode"),
            (mug_with(&json!({ "externalReference": "T", "certificationIds": [certificate] })), "NOT_FOUND", "certificationIds.0"),
            (mug_with(&json!({ "externalReference": "U", "title": "x".repeat(301) })), "INVALID_INPUT", "title"),
            (row("good"), "REFERENCE_IN_USE", "externalReference"),
        ];
        let mut rows = vec![row("good")];
        rows.extend(broken.iter().map(|(row, ..)| row.clone()));
        let rows = json!(rows);
        let before = w.contents().await;
        let nothing = seller.imports("ALL_OR_NOTHING", &rows, "1").await.good()["importProducts"].clone();
        assert_eq!((outcomes(&nothing)[0], &nothing["results"][0]["product"]), ("NOT_APPLIED", &Value::Null));
        w.contents().await.same_as(&before);
        let done = seller.imports("SKIP_INVALID", &rows, "1").await.good()["importProducts"].clone();
        assert_eq!((&done["createdCount"], &done["rejectedCount"]), (&json!(1), &json!(broken.len())));
        for (index, (_, code, field)) in broken.iter().enumerate() {
            let result = &done["results"][index + 1];
            assert_eq!(result["outcome"], "REJECTED", "{result:#}");
            let error = &result["userErrors"][0];
            let path: Vec<_> = error["field"].as_array().unwrap().iter().map(|part| part.as_str().unwrap()).collect();
            let wanted = format!("input.products.{}{}{field}", index + 1, if field.is_empty() { "" } else { "." });
            assert_eq!((error["code"].as_str().unwrap(), path.join(".")), (*code, wanted), "{result:#}");
        }
        let replayed = seller.imports("SKIP_INVALID", &rows, "1").await.good()["importProducts"].clone();
        assert_eq!(replayed["results"], done["results"], "errors are kept, too");
    }

    async fn a_broken_row_keeps_its_reference_and_says_what_is_wanted(w) {
        let seller = w.shop("Acme").await;
        let number = json!({ "currencyCode": "USD", "breaks": [{ "minimumQuantity": 100, "unitPrice": 2.5 }] });
        let rows = json!([
            mug_with(&json!({ "externalReference": "ERP-4711", "priceLadder": number })),
            { "externalReference": "ERP-4712", "publish": "yes" },
            { "externalReference": "ERP-4713", "title": "no\0pe" },
            { "externalReference": "ERP\0", "title": "Mug" },
            { "externalReference": 4714 },
        ]);
        let done = seller.imports("SKIP_INVALID", &rows, "1").await.good()["importProducts"].clone();
        let references: Vec<_> = done["results"].as_array().unwrap().iter().map(|it| it["externalReference"].clone()).collect();
        assert_eq!(json!(references), json!(["ERP-4711", "ERP-4712", "ERP-4713", null, null]));
        assert_eq!(
            done["results"][0]["userErrors"],
            json!([{ "code": "INVALID_INPUT", "message": "This is a decimal number, written as a string such as \"2.50\".",
                "field": ["input", "products", "0", "priceLadder", "breaks", "0", "unitPrice"] }])
        );
        let again = seller.imports("SKIP_INVALID", &rows, "1").await.good()["importProducts"].clone();
        assert_eq!((&again["replayed"], &again["results"]), (&json!(true), &done["results"]));
    }

    async fn a_text_that_cannot_be_kept_is_its_row_s_alone(w) {
        let seller = w.shop("Acme").await;
        let bad = mug_with(&json!({ "externalReference": "B", "attributes": [{ "name": "colour", "value": "re\0d" }] }));
        let strange = json!({ "externalReference": "C", "ti\0tle": "x" });
        let rows = json!([row("A"), bad, strange, "\0"]);
        let done = seller.imports("SKIP_INVALID", &rows, "1").await.good()["importProducts"].clone();
        assert_eq!(outcomes(&done), ["CREATED", "REJECTED", "REJECTED", "REJECTED"]);
        let blamed = |index: usize| done["results"][index]["userErrors"][0]["field"].clone();
        assert_eq!(blamed(1), json!(["input", "products", "1", "attributes", "0", "value"]));
        assert_eq!((blamed(2), blamed(3)), (json!(["input", "products", "2"]), json!(["input", "products", "3"])));
        let again = seller.imports("SKIP_INVALID", &rows, "1").await.good()["importProducts"].clone();
        assert_eq!((&again["replayed"], &again["results"]), (&json!(true), &done["results"]));
        let mut other = rows;
        other[1]["attributes"][0]["value"] = json!("re\0");
        seller.imports("SKIP_INVALID", &other, "1").await.refused("IDEMPOTENCY_KEY_REUSED");
    }

    async fn calls_have_their_bounds(w) {
        let seller = w.shop("Acme").await;
        let before = w.contents().await;
        let many: Vec<_> = (0..251).map(|number| row(&number.to_string())).collect();
        for rows in [json!([]), json!(many)] {
            seller.imports("SKIP_INVALID", &rows, "1").await.refused("INVALID_INPUT");
        }
        w.buyer("buyer").await.imports("SKIP_INVALID", &json!([row("A")]), "1").await.refused("FORBIDDEN");
        let input = json!({ "idempotencyKey": "k", "products": [row("A")], "validateOnly": true });
        let checked = seller.asks(IMPORT, json!({ "input": input })).await.good()["importProducts"].clone();
        assert_eq!((outcomes(&checked)[0], &checked["results"][0]["product"]), ("CREATED", &Value::Null));
        let allowed = ["company", "partner_app", "partner_app_company"];
        w.contents().await.without(&allowed).same_as(&before.without(&allowed));
        let rows = json!(many[..250]);
        let done = seller.sends(IMPORT, json!({ "input": { "idempotencyKey": "all", "products": rows } })).await.good();
        assert_eq!(done["importProducts"]["createdCount"], 250);
    }
}
