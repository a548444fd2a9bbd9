//! Quotes: asked, answered, renegotiated, accepted, ordered by; and every way they end.

use sea_orm::{ConnectionTrait, Value as SqlValue};
use serde_json::{Value, json};
use surety::domain::time::Span;
use surety::store::Reader;
use surety::store::catalogue::listing;

use super::trade::Trade;
use super::world::{Answer, Party, World, on_both};

const QUOTE: &str = "id status version currencyCode validUntil endReason availableActions thread { id } order { id } \
    rounds { number destinationCountry sampleFirst lines { productId quantity specification targetUnitPrice } \
    answer { lines { unitPrice minimumOrderQuantity leadDays } freight { amount } transitDays validUntil note } }";

impl Party {
    /// Gives a command on quotes.
    pub async fn quotes(&self, mutation: &str, input: Value) -> Answer {
        let kind = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
        let query = format!(
            "mutation($input: {kind}!) {{ {mutation}(input: $input) {{ replayed quote {{ {QUOTE} }} \
             userErrors {{ code field message ... on TransitionRefused {{ from allowedActions }} }} }} }}"
        );
        self.asks(&query, json!({ "input": input })).await
    }

    async fn quote(&self, quote: &Value) -> Value {
        let query = format!("query($id: ID!) {{ quote(id: $id) {{ {QUOTE} }} }}");
        self.asks(&query, json!({ "id": quote["id"] })).await.good()["quote"].clone()
    }
}

impl Trade {
    fn enquiry(&self, quantity: i64) -> Value {
        json!({ "idempotencyKey": self.key(), "supplierId": self.supplier.actor.supplier, "destinationCountry": "DE", "sampleFirst": true,
            "lines": [{ "productId": self.product.to_string(), "quantity": quantity, "specification": "navy", "targetUnitPrice": "1.8" }] })
    }

    /// The buyer asks for a quote.
    pub async fn asks_for(&self, quantity: i64) -> Value {
        self.buyer.quotes("requestQuote", self.enquiry(quantity)).await.good()["requestQuote"]["quote"]
            .clone()
    }

    fn figures(&self, quote: &Value, price: &str) -> Value {
        let until = self.world.now().plus(Span::days(7)).to_string();
        json!({ "idempotencyKey": self.key(), "quoteId": quote["id"], "validUntil": until, "transitDays": 21, "note": "CNF",
            "freight": { "amount": "99.00", "currencyCode": "USD" },
            "lines": [{ "productId": self.product.to_string(), "unitPrice": price, "minimumOrderQuantity": 300, "leadDays": 12 }] })
    }

    /// A quote that the supplier answered with this price.
    pub async fn answered(&self, price: &str) -> Value {
        let quote = self.asks_for(500).await;
        self.supplier.quotes("answerQuote", self.figures(&quote, price)).await.good()["answerQuote"]["quote"]
            .clone()
    }

    fn on_quote(&self, quote: &Value, more: &Value) -> Value {
        let mut input = json!({ "idempotencyKey": self.key(), "quoteId": quote["id"] });
        input.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
        input
    }

    async fn accepts(&self, quote: &Value) -> Answer {
        self.buyer.quotes("acceptQuote", self.on_quote(quote, &json!({ "round": 1 }))).await
    }

    /// A quote at this price, accepted.
    pub async fn agreed(&self, price: &str) -> Value {
        let quote = self.answered(price).await;
        self.accepts(&quote).await.good()["acceptQuote"]["quote"].clone()
    }

    /// What `placeOrder` takes to order by a quote.
    pub fn order_by(&self, quote: &Value, quantity: i64) -> Value {
        let mut wish = self.wish(quantity);
        wish["quoteId"] = quote["id"].clone();
        wish
    }
}

async fn refused_by_sql(w: &World, sql: &str) {
    let statement = w.app.db.sql(sql, std::iter::empty::<SqlValue>());
    let error = w.app.db.connection().execute_raw(statement).await.unwrap_err().to_string();
    assert!(error.contains("append-only"), "{sql}: {error}");
}

on_both! {
    async fn an_order_takes_the_accepted_figures(w) {
        let trade = w.trade().await;
        let quote = trade.asks_for(500).await;
        assert_eq!((&quote["status"], &quote["availableActions"]), (&json!("REQUESTED"), &json!(["WITHDRAW"])));
        assert_eq!(trade.supplier.quote(&quote).await["availableActions"], json!(["ANSWER", "DECLINE"]));
        let quote = trade.supplier.quotes("answerQuote", trade.figures(&quote, "1.99")).await.good()["answerQuote"]["quote"].clone();
        assert_eq!((&quote["status"], &quote["version"]), (&json!("ANSWERED"), &json!(2)));
        let lines = json!([{ "productId": trade.product.to_string(), "quantity": 800, "specification": "navy, zipped", "targetUnitPrice": "1.75" }]);
        let again = trade.on_quote(&quote, &json!({ "lines": lines, "destinationCountry": "DE", "note": "and faster" }));
        let quote = trade.buyer.quotes("renegotiateQuote", again).await.good()["renegotiateQuote"]["quote"].clone();
        assert_eq!((&quote["status"], &quote["validUntil"]), (&json!("REQUESTED"), &Value::Null));
        let quote = trade.supplier.quotes("answerQuote", trade.figures(&quote, "1.8725")).await.good()["answerQuote"]["quote"].clone();
        let rounds = quote["rounds"].as_array().unwrap();
        assert_eq!(rounds.iter().map(|round| &round["number"]).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(rounds[0]["answer"]["lines"][0]["unitPrice"], "1.99", "the first answer stays as it was");
        assert_eq!(rounds[1]["answer"]["lines"][0]["unitPrice"], "1.8725");
        assert_eq!((&rounds[0]["lines"][0]["targetUnitPrice"], &rounds[1]["lines"][0]["quantity"]), (&json!("1.80"), &json!(800)));
        trade.buyer.quotes("acceptQuote", trade.on_quote(&quote, &json!({ "round": 1 }))).await.refused("TERMS_MISMATCH");
        let accepted = trade.buyer.quotes("acceptQuote", trade.on_quote(&quote, &json!({ "round": 2 }))).await.good();
        assert_eq!(accepted["acceptQuote"]["quote"]["status"], "ACCEPTED");
        let order = trade.places(trade.order_by(&quote, 801)).await.good()["placeOrder"]["order"].clone();
        let fields = "total { minorUnits } freightTotal { minorUnits } lines { unitPrice specification total { minorUnits } } quote { id status } termsHash";
        let seen = trade.order(&order, fields).await;
        assert_eq!(seen["lines"][0]["unitPrice"], "1.8725");
        assert_eq!(seen["lines"][0]["specification"], "navy, zipped");
        assert_eq!(seen["lines"][0]["total"]["minorUnits"], "149987", "801 × 1.8725 = 1499.8725");
        assert_eq!((&seen["freightTotal"]["minorUnits"], &seen["total"]["minorUnits"]), (&json!("9900"), &json!("159887")));
        assert_eq!((&seen["quote"]["id"], &seen["quote"]["status"]), (&quote["id"], &json!("ORDERED")));
        assert_eq!(trade.supplier.quote(&quote).await["order"]["id"], order["id"]);
        let order = trade.confirms(&order).await;
        let order = trade.pays(&order).await;
        let dates = trade.order(&order, "dispatchBy deliveryBy contract { document dispatchWithin }").await;
        assert_eq!(dates["dispatchBy"], w.now().plus(Span::days(12)).to_string());
        assert_eq!(dates["deliveryBy"], w.now().plus(Span::days(33)).to_string());
        assert!(dates["contract"]["document"].as_str().unwrap().contains(quote["id"].as_str().unwrap()));
        trade.places(trade.order_by(&quote, 801)).await.refused("TRANSITION_REFUSED");
    }

    async fn an_answer_holds_until_its_last_instant(w) {
        for (late, good) in [(-1, true), (0, true), (1, false)] {
            let trade = w.trade().await;
            let (open, agreed) = (trade.answered("1.5").await, trade.agreed("1.5").await);
            w.passes(Span::seconds(7 * 86_400 + late));
            let before = w.contents().await;
            let answers = [trade.accepts(&open).await, trade.places(trade.order_by(&agreed, 300)).await];
            for answer in answers {
                if good {
                    answer.good();
                } else {
                    answer.refused("DEADLINE_PASSED");
                }
            }
            if !good {
                w.contents().await.same_as(&before);
                for quote in [&open, &agreed] {
                    let seen = trade.buyer.quote(quote).await;
                    assert_eq!((&seen["status"], &seen["availableActions"]), (&json!("EXPIRED"), &json!(["RENEGOTIATE"])));
                }
                let list = "query($of: [QuoteStatus!]) { quotes(filter: { statuses: $of }) { totalCount nodes { id } } }";
                for (of, count) in [(json!(["EXPIRED"]), 2), (json!(["ANSWERED", "ACCEPTED"]), 0), (json!([]), 2)] {
                    let found = trade.buyer.asks(list, json!({ "of": of })).await.good();
                    assert_eq!((&found["quotes"]["totalCount"], found["quotes"]["nodes"].as_array().unwrap().len()), (&json!(count), count));
                }
                let lines = json!([{ "productId": trade.product.to_string(), "quantity": 500 }]);
                let again = trade.on_quote(&agreed, &json!({ "lines": lines, "destinationCountry": "DE" }));
                trade.buyer.quotes("renegotiateQuote", again).await.good();
                let renewed = trade.supplier.quotes("answerQuote", trade.figures(&agreed, "1.6")).await.good();
                assert_eq!(renewed["answerQuote"]["quote"]["status"], "ANSWERED");
            }
        }
    }

    async fn an_order_by_a_quote_is_what_was_quoted(w) {
        let trade = w.trade().await;
        let quote = trade.agreed("1.5").await;
        let unanswered = trade.asks_for(500).await;
        let other = w.product(trade.supplier.actor.supplier.unwrap(), "Mug");
        w.stock(std::slice::from_ref(&other)).await;
        let before = w.contents().await;
        let changed = |field: &str, value: Value| {
            let mut wish = trade.order_by(&quote, 300);
            wish[field] = value;
            wish
        };
        let one = |product: String| json!([{ "productId": product, "quantity": 300 }]);
        let two = json!([{ "productId": trade.product.to_string(), "quantity": 300 }, { "productId": other.id.to_string(), "quantity": 300 }]);
        for (wish, code) in [
            (trade.order_by(&quote, 299), "BELOW_MINIMUM_ORDER_QUANTITY"),
            (changed("lines", one(other.id.to_string())), "QUOTE_MISMATCH"),
            (changed("lines", two), "QUOTE_MISMATCH"),
            (changed("destinationCountry", json!("FR")), "QUOTE_MISMATCH"),
            (changed("kind", json!("SAMPLE")), "QUOTE_MISMATCH"),
            (changed("incoterm", json!("FCA")), "QUOTE_MISMATCH"),
            (changed("currencyCode", json!("EUR")), "QUOTE_MISMATCH"),
            (changed("freight", json!({ "amount": "98.00", "currencyCode": "USD" })), "QUOTE_MISMATCH"),
            (changed("quoteId", json!("quote_01h2xcejqtf2nbrexx3vqjhp41")), "NOT_FOUND"),
            (changed("quoteId", unanswered["id"].clone()), "TRANSITION_REFUSED"),
        ] {
            trade.places(wish).await.refused(code);
        }
        let mut price = trade.order_by(&quote, 300);
        price["lines"][0]["expectedUnitPrice"] = json!("1.49");
        trade.places(price).await.refused("AMOUNT_MISMATCH");
        let stranger = w.buyer("stranger").await;
        let query = "mutation($input: PlaceOrderInput!) { placeOrder(input: $input) { userErrors { code field } } }";
        stranger.asks(query, json!({ "input": trade.order_by(&quote, 300) })).await.refused("NOT_FOUND");
        let tables = ["company", "partner_app", "partner_app_company"];
        w.contents().await.without(&tables).same_as(&before.without(&tables));
        let mut check = trade.order_by(&quote, 300);
        check["validateOnly"] = json!(true);
        trade.places(check).await.good();
        trade.places(trade.order_by(&quote, 300)).await.good();
    }

    async fn one_quote_is_good_for_one_order_also_at_once(w) {
        let trade = w.trade().await;
        for _ in 0..5 {
            let quote = trade.agreed("1.5").await;
            let (one, two) = tokio::join!(trade.places(trade.order_by(&quote, 300)), trade.places(trade.order_by(&quote, 400)));
            let done = [&one, &two].iter().filter(|answer| answer.codes().is_empty()).count();
            assert_eq!(done, 1, "{:#} {:#}", one.0, two.0);
            let loser = if one.codes().is_empty() { two } else { one };
            loser.refused("TRANSITION_REFUSED");
        }
    }

    async fn both_sides_can_end_it(w) {
        let trade = w.trade().await;
        let (asked, answered) = (|| trade.asks_for(500), || trade.answered("1.5"));
        for (quote, party, mutation, status) in [
            (asked().await, &trade.supplier, "declineQuote", "DECLINED"),
            (asked().await, &trade.buyer, "withdrawQuote", "WITHDRAWN"),
            (answered().await, &trade.buyer, "declineQuote", "DECLINED"),
            (answered().await, &trade.supplier, "withdrawQuote", "WITHDRAWN"),
        ] {
            let ended = party.quotes(mutation, trade.on_quote(&quote, &json!({ "reason": "sold out" }))).await.good();
            let ended = &ended[mutation]["quote"];
            assert_eq!((&ended["status"], &ended["endReason"], &ended["availableActions"]), (&json!(status), &json!("sold out"), &json!([])));
            trade.accepts(&quote).await.refused("TRANSITION_REFUSED");
        }
        let quote = asked().await;
        trade.buyer.quotes("declineQuote", trade.on_quote(&quote, &json!({}))).await.refused("TRANSITION_REFUSED");
        trade.supplier.quotes("withdrawQuote", trade.on_quote(&quote, &json!({}))).await.refused("TRANSITION_REFUSED");
        let agreed = trade.agreed("1.5").await;
        trade.supplier.quotes("withdrawQuote", trade.on_quote(&agreed, &json!({}))).await.refused("TRANSITION_REFUSED");
    }

    async fn strangers_see_nothing_and_change_nothing(w) {
        let trade = w.trade().await;
        let quote = trade.answered("1.5").await;
        let strangers = [w.buyer("stranger").await, w.seller("other mill").await];
        let operator = w.operator().await;
        let before = w.contents().await;
        for stranger in &strangers {
            assert_eq!(stranger.quote(&quote).await, Value::Null);
            let found = stranger.asks("query($id: ID!) { node(id: $id) { id } quotes { totalCount } }", json!({ "id": quote["id"] })).await.good();
            assert_eq!(found, json!({ "node": null, "quotes": { "totalCount": 0 } }));
            for (mutation, more) in [("acceptQuote", json!({ "round": 1 })), ("declineQuote", json!({})), ("withdrawQuote", json!({}))] {
                stranger.quotes(mutation, trade.on_quote(&quote, &more)).await.refused("NOT_FOUND");
            }
        }
        trade.supplier.quotes("acceptQuote", trade.on_quote(&quote, &json!({ "round": 1 }))).await.refused("FORBIDDEN");
        operator.quotes("acceptQuote", trade.on_quote(&quote, &json!({ "round": 1 }))).await.refused("FORBIDDEN");
        trade.buyer.quotes("answerQuote", trade.figures(&quote, "1")).await.refused("FORBIDDEN");
        assert_eq!(operator.quote(&quote).await["status"], "ANSWERED");
        let stale = trade.on_quote(&quote, &json!({ "round": 1, "expectedVersion": 1 }));
        trade.buyer.quotes("acceptQuote", stale).await.refused("VERSION_CONFLICT");
        w.contents().await.same_as(&before);
    }

    async fn suppliers_outside_trade_assurance_can_be_asked(w) {
        let trade = w.trade().await;
        let seller = w.seller("Free Mill").await;
        let supplier = seller.actor.supplier.unwrap();
        let tx = w.app.db.begin().await.unwrap();
        listing::refresh_suppliers(&tx, &[supplier], w.now()).await.unwrap();
        tx.commit().await.unwrap();
        let product = w.product(supplier, "Rope");
        w.stock(std::slice::from_ref(&product)).await;
        let mut enquiry = trade.enquiry(100);
        enquiry["supplierId"] = json!(supplier);
        enquiry["lines"][0]["productId"] = json!(product.id);
        let quote = trade.buyer.quotes("requestQuote", enquiry).await.good()["requestQuote"]["quote"].clone();
        let mut figures = trade.figures(&quote, "3");
        figures["lines"][0]["productId"] = json!(product.id);
        seller.quotes("answerQuote", figures).await.good();
        trade.accepts(&quote).await.good();
        let mut wish = trade.order_by(&quote, 300);
        wish["lines"][0]["productId"] = json!(product.id);
        trade.places(wish).await.refused("SUPPLIER_NOT_ENROLLED");
        assert_eq!(trade.buyer.quote(&quote).await["status"], "ACCEPTED");
    }

    async fn wrong_requests_and_answers_are_refused(w) {
        let trade = w.trade().await;
        let quote = trade.asks_for(500).await;
        let other = w.listed_supplier("Other", "DE", None, &[]).await;
        let before = w.contents().await;
        for (pointer, value, code) in [
            ("/supplierId", json!(other), "INVALID_INPUT"),
            ("/lines", json!([]), "INVALID_INPUT"),
            ("/lines/0/quantity", json!(0), "INVALID_INPUT"),
            ("/lines/0/productId", json!("product_01h2xcejqtf2nbrexx3vqjhp41"), "NOT_FOUND"),
            ("/lines/0/targetUnitPrice", json!("1.2345678"), "AMOUNT_OUT_OF_RANGE"),
            ("/lines/0/specification", json!("x".repeat(5_001)), "INVALID_INPUT"),
            ("/currencyCode", json!("EUR"), "CURRENCY_MISMATCH"),
            ("/note", json!("x".repeat(5_001)), "INVALID_INPUT"),
        ] {
            let mut enquiry = trade.enquiry(100);
            enquiry["currencyCode"] = json!("USD");
            enquiry["note"] = json!("");
            *enquiry.pointer_mut(pointer).unwrap() = value;
            trade.buyer.quotes("requestQuote", enquiry).await.refused(code);
        }
        for (pointer, value, code) in [
            ("/lines/0/unitPrice", json!("0"), "AMOUNT_OUT_OF_RANGE"),
            ("/lines/0/unitPrice", json!("-1"), "AMOUNT_OUT_OF_RANGE"),
            ("/lines/0/minimumOrderQuantity", json!(0), "INVALID_INPUT"),
            ("/lines/0/leadDays", json!(-1), "INVALID_INPUT"),
            ("/lines/0/productId", json!("product_01h2xcejqtf2nbrexx3vqjhp41"), "INVALID_INPUT"),
            ("/lines", json!([]), "INVALID_INPUT"),
            ("/freight/amount", json!("-1"), "AMOUNT_OUT_OF_RANGE"),
            ("/freight/currencyCode", json!("EUR"), "CURRENCY_MISMATCH"),
            ("/validUntil", json!(w.now().to_string()), "INVALID_INPUT"),
            ("/validUntil", json!(w.now().plus(Span::days(366)).to_string()), "INVALID_INPUT"),
            ("/transitDays", json!(-1), "INVALID_INPUT"),
        ] {
            let mut figures = trade.figures(&quote, "1.5");
            *figures.pointer_mut(pointer).unwrap() = value;
            trade.supplier.quotes("answerQuote", figures).await.refused(code);
        }
        w.contents().await.same_as(&before);
    }

    async fn rounds_stay_and_keys_are_good_for_one_command(w) {
        let trade = w.trade().await;
        let enquiry = trade.enquiry(500);
        let first = trade.buyer.quotes("requestQuote", enquiry.clone()).await.good()["requestQuote"].clone();
        let again = trade.buyer.quotes("requestQuote", enquiry.clone()).await.good()["requestQuote"].clone();
        assert_eq!((&again["replayed"], &again["quote"]), (&json!(true), &first["quote"]));
        let mut other = enquiry;
        other["lines"][0]["quantity"] = json!(501);
        trade.buyer.quotes("requestQuote", other).await.refused("IDEMPOTENCY_KEY_REUSED");
        let figures = trade.figures(&first["quote"], "1.5");
        trade.supplier.quotes("answerQuote", figures.clone()).await.good();
        let again = trade.supplier.quotes("answerQuote", figures).await.good()["answerQuote"].clone();
        assert_eq!((&again["replayed"], &again["quote"]["version"]), (&json!(true), &json!(2)));
        let before = w.contents().await;
        refused_by_sql(&w, "UPDATE quote_request SET document = '{}'").await;
        refused_by_sql(&w, "UPDATE quote_answer SET document = '{}'").await;
        refused_by_sql(&w, "DELETE FROM quote_answer").await;
        w.contents().await.same_as(&before);
    }
}
