//! What callers write into a path.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;

use super::routes::nowhere;

/// Answers a path that is no text as one that leads nowhere: in our words, where the library would use its own.
pub async fn demand_text(request: Request, next: Next) -> Response {
    if is_text(request.uri().path()) { next.run(request).await } else { nowhere().await }
}

/// Whether a path is UTF-8 once its escapes are read. What is no escape stands for itself.
fn is_text(path: &str) -> bool {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        let mut after = rest.clone();
        let digits = (after.next().and_then(digit), after.next().and_then(digit));
        match (byte, digits) {
            (b'%', (Some(high), Some(low))) => {
                bytes.push((high << 4) | low);
                rest = after;
            }
            _ => bytes.push(byte),
        }
    }
    std::str::from_utf8(&bytes).is_ok()
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_read_as_bytes() {
        for (path, wanted) in [
            ("/files/a", true),
            ("/files/%C3%A9", true),
            ("/files/%00", true),
            ("/files/%", true),
            ("/files/%4", true),
            ("/files/%zz", true),
            ("/files/%FF", false),
            ("/files/%c3", false),
            ("/files/a%e2%80/b", false),
        ] {
            assert_eq!(is_text(path), wanted, "{path}");
        }
    }
}
