//! Companies and apps are written and read as they were.

use serde_json::json;
use surety::domain::actor::Role;
use surety::domain::error::Code;
use surety::domain::party::{CompanyDraft, Plan, role_scopes};
use surety::service::{Error, auth, parties};

use super::world::{Answer, on_both};

on_both! {
    async fn a_company_is_read_as_it_was_made(w) {
        let draft = CompanyDraft {
            name: "Brücke & Söhne".to_owned(),
            country: "AT".to_owned(),
            plan: Plan::EnterprisePro,
            external_reference: Some("crm-7".to_owned()),
        };
        let made = parties::create_company(&w.app, draft.clone()).await.unwrap();
        w.forget_statements();
        assert_eq!(parties::companies(&w.app, &[made.id]).await.unwrap(), vec![made]);
        assert_eq!(w.statements().len(), 1);
        match parties::create_company(&w.app, draft).await {
            Err(Error::Refused(refusals)) => assert_eq!(refusals[0].code, Code::ReferenceInUse),
            other => panic!("{other:?}"),
        }
    }

    async fn an_app_stands_for_its_companies_only(w) {
        let (acme, other) = (w.company("acme").await, w.company("other").await);
        let scopes = role_scopes(Role::Buyer);
        let app = parties::create_app(&w.app, "erp", Role::Buyer, scopes, &[acme.id]).await.unwrap();
        let standing = |company| surety::store::parties::standing(&w.app.db, app.id, company, None);
        let own = standing(Some(acme.id)).await.unwrap().unwrap();
        assert_eq!(own.app, app);
        assert!(own.acts_for_company);
        assert!(!standing(Some(other.id)).await.unwrap().unwrap().acts_for_company);
        assert!(standing(None).await.unwrap().unwrap().acts_for_company);
        parties::set_app_active(&w.app, app.id, false).await.unwrap();
        assert!(!standing(None).await.unwrap().unwrap().app.active);
    }

    async fn a_buyer_asks_the_schema(w) {
        let buyer = w.buyer("acme").await;
        let data = buyer.asks("{ serverVersion }", json!({})).await.good();
        assert_eq!(data["serverVersion"], env!("CARGO_PKG_VERSION"));
    }

    async fn everybody_is_answered_over_http(w) {
        let parties = [w.buyer("acme").await, w.seller("brico").await, w.operator().await, w.storefront().await];
        for party in parties {
            let data = party.sends("{ serverVersion }", json!({})).await.good();
            assert_eq!(data["serverVersion"], env!("CARGO_PKG_VERSION"));
        }
        let forged = Answer(w.graphql("forged", "{ serverVersion }", json!({})).await);
        forged.refused("UNAUTHENTICATED");
        let keys = w.http.get(w.url("/.well-known/jwks.json")).send().await.unwrap();
        assert_eq!(keys.json::<serde_json::Value>().await.unwrap(), auth::published_keys(&w.app).await);
        let actor = w.anonymous();
        assert_eq!(w.execute(&actor, "{ __typename }", json!({})).await.good()["__typename"], "Query");
    }
}
