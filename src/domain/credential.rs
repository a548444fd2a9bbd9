//! What an app shows to prove itself: secrets, which only it knows, and publishable storefront keys, which everybody may.

use super::contract::{hexadecimal, sha256_hex};
use super::error::Refusal;
use super::ids::{AppId, AppSecretId, StorefrontKeyId};
use super::time::{Span, Timestamp};
use super::words::words;

/// Secrets of an app that count at once at most.
pub const SECRETS_MAX: usize = 5;
/// Storefront keys of an app at most.
pub const STOREFRONT_KEYS_MAX: usize = 20;
/// Origins of a storefront key at most.
pub const ORIGINS_MAX: usize = 20;
/// Companies that an app is made with at most.
pub const COMPANIES_MAX: usize = 100;
/// How long the earlier secrets go on at most once a new one was made.
pub const ROTATION_MAX: Span = Span::days(30);
/// Tokens of an app that are taken back at once at most.
pub const REVOKED_TOKENS_MAX: i64 = 1_000;
/// Bytes of a token's id at most.
pub const TOKEN_ID_MAX: usize = 100;

/// Random bytes of a secret: as many bits as SHA-256 has, so that its hash needs no slow function to be safe.
pub const SECRET_BYTES: usize = 32;
/// Random bytes of a storefront key.
pub const STOREFRONT_KEY_BYTES: usize = 24;
/// Hexadecimal digits of the check that ends a secret or key: a typing mistake and a scanner's chance hit are told apart
/// without the database.
const CHECK_DIGITS: usize = 8;

words! {
    /// Which kind of server something was made by: it counts on no server of the other kind.
    Environment {
        /// A sandbox.
        Sandbox => "sandbox",
        /// The real thing.
        Production => "production",
    }
}

/// A secret as its owner gets to see it, once: `surety_secret_`, the environment, the bytes and a check in hexadecimal.
pub fn secret_text(environment: Environment, random: &[u8; SECRET_BYTES]) -> String {
    with_check(format!("{}{}", secret_prefix(environment), hexadecimal(random)))
}

/// A storefront key: `pk_`, the environment, the bytes and a check in hexadecimal.
pub fn storefront_key_text(environment: Environment, random: &[u8; STOREFRONT_KEY_BYTES]) -> String {
    with_check(format!("{}{}", storefront_key_prefix(environment), hexadecimal(random)))
}

/// Whether a text can be a secret of this environment.
pub fn is_secret(text: &str, environment: Environment) -> bool {
    has_form(text, &secret_prefix(environment), SECRET_BYTES)
}

/// Whether a text can be a storefront key of this environment.
pub fn is_storefront_key(text: &str, environment: Environment) -> bool {
    has_form(text, &storefront_key_prefix(environment), STOREFRONT_KEY_BYTES)
}

fn secret_prefix(environment: Environment) -> String {
    format!("surety_secret_{environment}_")
}

fn storefront_key_prefix(environment: Environment) -> String {
    format!("pk_{environment}_")
}

fn check_of(body: &str) -> String {
    let mut digits = sha256_hex(body.as_bytes());
    digits.truncate(CHECK_DIGITS);
    digits
}

fn with_check(body: String) -> String {
    let check = check_of(&body);
    body + &check
}

fn has_form(text: &str, prefix: &str, bytes: usize) -> bool {
    let length = prefix.len() + bytes * 2 + CHECK_DIGITS;
    if text.len() != length || !text.is_ascii() || !text.starts_with(prefix) {
        return false;
    }
    let (body, check) = text.split_at(length - CHECK_DIGITS);
    check == check_of(body)
}

/// A secret of an app, as far as it may be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppSecret {
    /// Its id.
    pub id: AppSecretId,
    /// The app that proves itself with it.
    pub app: AppId,
    /// When it was made.
    pub created_at: Timestamp,
    /// Until when it counts; none for the newest.
    pub expires_at: Option<Timestamp>,
    /// When it was used last, to the hour; none where it never was.
    pub last_used_at: Option<Timestamp>,
}

/// A publishable key: whoever has it reads the catalogue as the storefront.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StorefrontKey {
    /// Its id.
    pub id: StorefrontKeyId,
    /// The storefront.
    pub app: AppId,
    /// The key itself; it is no secret.
    pub key: String,
    /// The web origins that it counts for, such as `https://shop.example.com`; every one where there are none.
    pub origins: Vec<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was used last, to the hour; none where it never was.
    pub last_used_at: Option<Timestamp>,
}

impl StorefrontKey {
    /// Whether it counts for a page of this origin. Programs send none, and could say what they like.
    pub fn counts_for(&self, origin: Option<&str>) -> bool {
        let Some(origin) = origin else { return true };
        self.origins.is_empty() || self.origins.iter().any(|known| known.eq_ignore_ascii_case(origin))
    }
}

/// Checks web origins: scheme and host, and nothing behind them.
pub fn check_origins(origins: &[String]) -> Result<(), Refusal> {
    let path = ["input", "allowedOrigins"];
    if origins.len() > ORIGINS_MAX {
        return Err(Refusal::invalid(&path, format!("A key has {ORIGINS_MAX} origins at most.")));
    }
    match origins.iter().find(|origin| !is_origin(origin)) {
        None => Ok(()),
        Some(bad) => Err(Refusal::invalid(
            &path,
            format!("{bad:?} is no origin; write https://shop.example.com, without a slash at its end."),
        )),
    }
}

fn is_origin(text: &str) -> bool {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    host.is_some_and(|host| {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
        (1..=255).contains(&host.len()) && host.bytes().all(fits)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::TypedId;

    #[test]
    fn a_secret_is_told_from_everything_else() {
        let text = secret_text(Environment::Production, &[7; SECRET_BYTES]);
        assert!(text.starts_with("surety_secret_production_0707"));
        assert!(is_secret(&text, Environment::Production));
        assert!(!is_secret(&text, Environment::Sandbox), "of another environment");
        assert!(!is_storefront_key(&text, Environment::Production));
        for place in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[place] ^= 1;
            let changed = String::from_utf8(bytes).unwrap();
            assert!(!is_secret(&changed, Environment::Production), "{changed}");
        }
        for other in ["", "surety_secret_production_", "é", &text[1..], &format!("{text}0")] {
            assert!(!is_secret(other, Environment::Production), "{other}");
        }
    }

    #[test]
    fn a_storefront_key_counts_for_its_origins() {
        let mut key = StorefrontKey {
            id: StorefrontKeyId::from_u128(1),
            app: AppId::from_u128(2),
            key: storefront_key_text(Environment::Sandbox, &[1; STOREFRONT_KEY_BYTES]),
            origins: Vec::new(),
            created_at: Timestamp::from_seconds(0),
            last_used_at: None,
        };
        assert!(is_storefront_key(&key.key, Environment::Sandbox));
        assert!(key.counts_for(None) && key.counts_for(Some("https://anywhere.example.com")));
        key.origins = vec!["https://shop.example.com".to_owned()];
        assert!(key.counts_for(None) && key.counts_for(Some("https://Shop.example.com")));
        for other in ["https://shop.example.com.evil.example", "http://shop.example.com", "null", ""] {
            assert!(!key.counts_for(Some(other)), "{other}");
        }
    }

    #[test]
    fn origins_have_no_more_than_scheme_and_host() {
        let good = ["https://shop.example.com", "http://localhost:3000", "https://[::1]:8080"];
        assert_eq!(check_origins(&good.map(str::to_owned)), Ok(()));
        for bad in ["*", "shop.example.com", "https://", "https://a/", "https://u@a", "https://a?x", "null"] {
            assert!(check_origins(&[bad.to_owned()]).is_err(), "{bad}");
        }
        assert!(check_origins(&vec!["https://a".to_owned(); ORIGINS_MAX + 1]).is_err());
    }
}
