//! What an app shows to prove itself: secrets, which only it knows, and publishable storefront keys, which everybody may.

use super::actor::Role;
use super::contract::{hexadecimal, sha256_hex};
use super::error::Refusal;
use super::ids::{AppId, AppSecretId, CompanyId, StorefrontKeyId};
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
/// No token ends later than this, whoever signed it: `surety token` signs for 365 days at most. A token that was taken back is
/// remembered for as long, so none outlives its revocation.
pub const TOKEN_LIFETIME_MAX: Span = Span::days(366);

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

/// What an issuer of tokens may sign for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mandate {
    /// The apps that its tokens may be for; every one where none.
    pub apps: Option<Vec<AppId>>,
    /// The companies that its tokens may act for; every one, and none, where none.
    pub companies: Option<Vec<CompanyId>>,
}

impl Mandate {
    /// Everything: what the platform's own issuer may.
    pub const EVERYTHING: Self = Self { apps: None, companies: None };

    /// Whether a token of this app, role and company may come from the issuer. One that is bound by companies alone signs for no
    /// app of the platform's staff, which acts on everybody's orders whichever company it is linked with.
    pub fn covers(&self, app: AppId, role: Role, company: Option<CompanyId>) -> bool {
        let app_fits = self.apps.as_ref().is_none_or(|known| known.contains(&app));
        let names = |known: &Vec<CompanyId>| company.is_some_and(|company| known.contains(&company));
        let company_fits = self.companies.as_ref().is_none_or(names);
        let staff_fits = role != Role::Operator || self.companies.is_none() || self.apps.is_some();
        app_fits && company_fits && staff_fits
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
    fn an_issuer_signs_for_what_it_is_listed_for() {
        let (app, other) = (AppId::from_u128(1), AppId::from_u128(2));
        let (acme, rival) = (CompanyId::from_u128(3), CompanyId::from_u128(4));
        let of_app = Mandate { apps: Some(vec![app]), companies: None };
        let of_company = Mandate { apps: None, companies: Some(vec![acme]) };
        let of_both = Mandate { apps: Some(vec![app]), companies: Some(vec![acme]) };
        for (mandate, app, role, company, covers) in [
            (&Mandate::EVERYTHING, other, Role::Operator, None, true),
            (&of_app, app, Role::Buyer, Some(rival), true),
            (&of_app, app, Role::Operator, None, true),
            (&of_app, other, Role::Buyer, Some(acme), false),
            (&of_company, other, Role::Buyer, Some(acme), true),
            (&of_company, other, Role::Buyer, Some(rival), false),
            (&of_company, other, Role::Carrier, None, false),
            (&of_company, other, Role::Operator, Some(acme), false),
            (&of_both, app, Role::Operator, Some(acme), true),
            (&of_both, app, Role::Supplier, Some(rival), false),
            (&of_both, other, Role::Supplier, Some(acme), false),
        ] {
            assert_eq!(mandate.covers(app, role, company), covers, "{mandate:?} {app} {role} {company:?}");
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
