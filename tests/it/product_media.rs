//! Pictures of products: uploaded for the public, and public while the product is.

use serde_json::{Value, json};
use surety::domain::contract::sha256_hex;

use super::products::{blamed, mug_with};
use super::world::{Party, on_both};

impl Party {
    /// Announces a picture for the catalogue and sends it.
    async fn uploads_picture(&self, words: &str) -> Value {
        let (status, file) = self.sends_as_picture(png(words)).await;
        assert_eq!(status, 204);
        file
    }

    /// The same with any content; the status and the file.
    async fn sends_as_picture(&self, content: Vec<u8>) -> (u16, Value) {
        let data = self.announces(picture(&content)).await.good();
        let url = data["createUpload"]["upload"]["url"].as_str().unwrap();
        let path = url[url.find("/uploads/").unwrap()..].to_owned();
        let put =
            self.world.http.put(self.world.url(&path)).header("content-type", "image/png").body(content);
        (put.send().await.unwrap().status().as_u16(), data["createUpload"]["file"]["id"].clone())
    }
}

/// A picture as far as its first bytes go.
fn png(words: &str) -> Vec<u8> {
    [b"\x89PNG\r\n\x1a\n", words.as_bytes()].concat()
}

fn picture(content: &[u8]) -> Value {
    json!({ "idempotencyKey": sha256_hex(content), "fileName": "mug.png", "contentType": "image/png", "byteSize": content.len(),
        "sha256": sha256_hex(content), "purpose": "CATALOGUE_MEDIA" })
}

on_both! {
    async fn a_picture_is_public_while_its_product_is(w) {
        let seller = w.shop("Acme").await;
        let file = seller.uploads_picture("picture").await;
        let media = json!([{ "fileId": file, "kind": "IMAGE", "alternativeText": "A mug", "width": 640, "height": 480 }]);
        let product = seller.writes(mug_with(&json!({ "media": media }))).await;
        let url = product["media"][0]["url"].as_str().unwrap().to_owned();
        let path = &url[url.find("/media/").unwrap()..];
        let get = || w.http.get(w.url(path)).send();
        assert_eq!(get().await.unwrap().status(), 404, "a draft's pictures are nobody's");
        seller.on_product("publishProduct", json!({ "productId": product["id"] })).await.good();
        let answer = get().await.unwrap();
        assert_eq!(answer.status(), 200);
        let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(header("content-type"), "image/png");
        assert_eq!(header("cache-control"), "public, max-age=300");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("content-security-policy"), "default-src 'none'; sandbox");
        let tag = header("etag");
        assert_eq!(tag, format!("\"{}\"", sha256_hex(&png("picture"))));
        assert_eq!(answer.bytes().await.unwrap().as_ref(), png("picture"));
        for known in [tag.clone(), format!("\"other\", W/{tag}"), "*".to_owned()] {
            let answer = w.http.get(w.url(path)).header("if-none-match", known).send().await.unwrap();
            assert_eq!((answer.status().as_u16(), answer.bytes().await.unwrap().len()), (304, 0));
        }
        let query = "query($id: ID!) { product(id: $id) { media { id url sha256 contentType fileId alternativeText width height } } }";
        let seen = w.execute(&w.anonymous(), query, json!({ "id": product["id"] })).await.good()["product"]["media"][0].clone();
        assert_eq!((&seen["sha256"], &seen["contentType"], &seen["fileId"]), (&json!(sha256_hex(&png("picture"))), &json!("image/png"), &file));
        let reordered = json!([{ "url": "https://cdn.example/a.webp", "kind": "IMAGE" }, { "fileId": file, "kind": "IMAGE" }]);
        seller.changes(&product, json!({ "media": reordered })).await.good();
        let after = w.execute(&w.anonymous(), query, json!({ "id": product["id"] })).await.good()["product"]["media"].clone();
        assert_eq!((&after[1]["id"], &after[1]["sha256"], &after[1]["alternativeText"]), (&seen["id"], &seen["sha256"], &json!("")));
        assert_eq!(get().await.unwrap().status(), 200);
        seller.on_product("withdrawProduct", json!({ "productId": product["id"] })).await.good();
        assert_eq!(get().await.unwrap().status(), 404);
        for path in ["/media/x", "/media/file_01h2xcejqtf2nbrexx3vqjhp41", "/media/..%2f..%2fetc"] {
            assert_eq!(w.http.get(w.url(path)).send().await.unwrap().status(), 404, "{path}");
        }
    }

    async fn content_has_to_be_of_the_announced_type(w) {
        let seller = w.shop("Acme").await;
        let (status, file) = seller.sends_as_picture(b"<html><script>alert(1)</script>".to_vec()).await;
        assert_eq!(status, 422);
        let media = json!([{ "fileId": file, "kind": "IMAGE" }]);
        let answer = seller.on_product("createProduct", json!({ "product": mug_with(&json!({ "media": media })) })).await;
        assert_eq!(blamed(&answer), [("UPLOAD_PENDING".to_owned(), "input.product.media.0.fileId".to_owned())]);
        assert_eq!(seller.sends_as_picture(png("mug")).await.0, 204);
    }

    async fn only_what_was_uploaded_for_it_is_shown(w) {
        let (seller, other) = (w.shop("Acme").await, w.shop("Brico").await);
        let (drawing, foreign) = (seller.uploads("drawing.pdf", b"drawing").await, other.uploads_picture("theirs").await);
        let pending = seller.announces(picture(b"pending")).await.good()["createUpload"]["file"]["id"].clone();
        let own = seller.uploads_picture("own").await;
        let before = w.contents().await;
        for (media, code, field) in [
            (json!({ "fileId": drawing, "kind": "DOCUMENT" }), "INVALID_INPUT", "fileId"),
            (json!({ "fileId": foreign, "kind": "IMAGE" }), "NOT_FOUND", "fileId"),
            (json!({ "fileId": pending, "kind": "IMAGE" }), "UPLOAD_PENDING", "fileId"),
            (json!({ "fileId": own, "kind": "VIDEO" }), "INVALID_INPUT", "kind"),
            (json!({ "fileId": own, "url": "https://a.example", "kind": "IMAGE" }), "INVALID_INPUT", "fileId"),
        ] {
            let answer = seller.on_product("createProduct", json!({ "product": mug_with(&json!({ "media": [media] })) })).await;
            assert_eq!(blamed(&answer), [(code.to_owned(), format!("input.product.media.0.{field}"))], "{media}");
        }
        for (field, value) in [("contentType", json!("image/svg+xml")), ("contentType", json!("text/plain")), ("byteSize", json!((10 << 20) + 1))] {
            let mut input = picture(b"x");
            input[field] = value;
            let answer = seller.announces(input).await;
            assert_eq!(answer.0["data"]["createUpload"]["userErrors"][0]["field"], json!(["input", field]));
        }
        w.contents().await.same_as(&before);
        w.buyer("buyer").await.announces(picture(b"x")).await.refused("FORBIDDEN");
    }
}
