//! Settings of the wake-ups between nodes over NATS.

use url::Url;

use super::{ConfigError, refuse};

/// The address without which nothing else here counts.
const ADDRESS: &str = "SURETY_NATS_URL";
/// NATS' own port.
const PORT: u16 = 4_222;
/// No subject is longer.
const SUBJECT_BYTES_MAX: usize = 200;

/// How nodes tell each other over NATS that the log grew.
#[derive(Clone, PartialEq, Eq)]
pub struct NatsSettings {
    /// `SURETY_NATS_URL` as scheme, host and port, without what stands before the host.
    pub server: String,
    /// What stood before the host: what this program shows the server.
    pub login: Option<NatsLogin>,
    /// `SURETY_NATS_SUBJECT`: what hints are published under.
    pub subject: String,
}

/// What a NATS server is shown. It has no `Debug`, so that no secret gets into the log.
#[derive(Clone, PartialEq, Eq)]
pub enum NatsLogin {
    /// A token alone.
    Token(String),
    /// A name and its password.
    User {
        /// The name.
        name: String,
        /// Its password.
        password: String,
    },
}

impl std::fmt::Debug for NatsSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NatsSettings({} at {})", self.subject, self.server)
    }
}

impl NatsSettings {
    /// Whether the address asks for TLS, so that no server that the first one names is spoken to without it.
    pub fn is_tls(&self) -> bool {
        self.server.starts_with("tls://")
    }
}

pub(super) fn read(
    lookup: &impl Fn(&str) -> Option<String>,
    database_url: &str,
) -> Result<Option<NatsSettings>, ConfigError> {
    read_as_built(cfg!(feature = "nats"), lookup, database_url)
}

/// The same for a program that was built with NATS or without it.
fn read_as_built(
    with_nats: bool,
    lookup: &impl Fn(&str) -> Option<String>,
    database_url: &str,
) -> Result<Option<NatsSettings>, ConfigError> {
    let subject = lookup("SURETY_NATS_SUBJECT");
    let Some(address) = lookup("SURETY_NATS_URL") else {
        if subject.is_some() {
            return Err(refuse(
                ADDRESS,
                "a subject is set and no address; set where NATS answers, or unset SURETY_NATS_SUBJECT",
            ));
        }
        return Ok(None);
    };
    if !with_nats {
        return Err(refuse(
            ADDRESS,
            "this program was built without NATS; build it with cargo build --release --features nats, or unset this: \
             nodes then wake each other by PostgreSQL",
        ));
    }
    if database_url.starts_with("sqlite:") {
        return Err(refuse(
            ADDRESS,
            "SQLite serves one node, which has nobody to wake; unset this, or set SURETY_DATABASE_URL to a PostgreSQL server",
        ));
    }
    // What was set is not repeated: it may hold a password.
    let (server, login) = server(&address).ok_or_else(|| {
        refuse(
            ADDRESS,
            "this is no address of one NATS server; write nats://nats.internal:4222 or tls://nats.internal:4222, where needed \
             with name:password@ or token@ before the host (and @, :, / and % in them as %40, %3A, %2F and %25)",
        )
    })?;
    let subject = subject.unwrap_or_else(|| "surety.events".to_owned());
    if !is_subject(&subject) {
        return Err(refuse(
            "SURETY_NATS_SUBJECT",
            format!(
                "{subject:?} is no subject; write words of letters, digits, - and _ with dots between, such as surety.events"
            ),
        ));
    }
    Ok(Some(NatsSettings { server, login, subject }))
}

/// The address without its secrets, and these; none where it is not one.
fn server(address: &str) -> Option<(String, Option<NatsLogin>)> {
    let url = Url::parse(address).ok()?;
    let host = url.host_str()?;
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    let is_host = !host.is_empty() && (host.starts_with('[') || host.bytes().all(is_name));
    let is_bare = matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none();
    if !matches!(url.scheme(), "nats" | "tls") || !is_host || !is_bare {
        return None;
    }
    let login = match (url.username(), url.password()) {
        ("", None) => None,
        ("", Some(_)) => return None,
        (token, None) => Some(NatsLogin::Token(decoded(token)?)),
        (name, Some(password)) => {
            Some(NatsLogin::User { name: decoded(name)?, password: decoded(password)? })
        }
    };
    Some((format!("{}://{host}:{}", url.scheme(), url.port().unwrap_or(PORT)), login))
}

/// A text in which `%` and two digits stand for a byte.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let (high, low) = (digit(rest.next())?, digit(rest.next())?);
        bytes.push(u8::try_from(high * 16 + low).ok()?);
    }
    String::from_utf8(bytes).ok()
}

/// Whether a text is a subject that names one thing: NATS' own wildcards would let a node hear what is not meant for it.
fn is_subject(text: &str) -> bool {
    let is_word = |word: &str| {
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    text.len() <= SUBJECT_BYTES_MAX && text.split('.').all(is_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATABASE: &str = "postgres://surety@db.internal/surety";

    fn set(url: &str, subject: &str) -> Result<Option<NatsSettings>, ConfigError> {
        read_as_built(true, &given(url, subject), DATABASE)
    }

    fn given(url: &str, subject: &str) -> impl Fn(&str) -> Option<String> {
        let (url, subject) = (url.to_owned(), subject.to_owned());
        move |name| {
            let value = if name == ADDRESS { &url } else { &subject };
            Some(value.clone()).filter(|value| !value.is_empty())
        }
    }

    #[test]
    fn without_an_address_there_is_none() {
        for with_nats in [true, false] {
            assert!(read_as_built(with_nats, &given("", ""), DATABASE).unwrap().is_none());
        }
        assert_eq!(set("", "other").unwrap_err().variable, ADDRESS, "a subject for nobody");
    }

    #[test]
    fn a_program_without_it_and_a_database_of_one_node_refuse_it() {
        let address = given("nats://name:secret@nats.internal", "");
        let without = read_as_built(false, &address, DATABASE).unwrap_err();
        assert!(without.variable == ADDRESS && without.problem.contains("--features nats"), "{without}");
        let alone = read_as_built(true, &address, "sqlite://surety.db").unwrap_err();
        assert!(alone.variable == ADDRESS && alone.problem.contains("one node"), "{alone}");
    }

    #[test]
    fn an_address_is_told_apart_from_its_secrets() {
        for (address, server) in [
            ("nats://nats.internal", "nats://nats.internal:4222"),
            ("nats://127.0.0.1:4333/", "nats://127.0.0.1:4333"),
            ("tls://[::1]:4222", "tls://[::1]:4222"),
            ("nats://name:s%40%25cret@nats_1.internal", "nats://nats_1.internal:4222"),
        ] {
            let found = set(address, "").unwrap().unwrap();
            assert_eq!((found.server.as_str(), found.subject.as_str()), (server, "surety.events"));
            assert_eq!(found.is_tls(), address.starts_with("tls"));
            assert!(!format!("{found:?}").contains("cret"), "secrets stay out of the log");
        }
        let login = |address: &str| set(address, "").unwrap().unwrap().login;
        assert!(login("nats://nats.internal").is_none());
        assert!(login("nats://t%3Aken@nats.internal") == Some(NatsLogin::Token("t:ken".to_owned())));
        let user = NatsLogin::User { name: "name".to_owned(), password: "s@%cret".to_owned() };
        assert!(login("nats://name:s%40%25cret@nats.internal") == Some(user));
    }

    #[test]
    fn what_is_no_address_is_refused_and_not_repeated() {
        for wrong in [
            "nats.internal",
            "nats.internal:4222",
            "127.0.0.1:4222",
            "nats:secret",
            "nats://",
            "nats://secret@",
            "http://name:secret@nats.internal",
            "ws://nats.internal",
            "nats://:secret@nats.internal",
            "nats://name:secret%4@nats.internal",
            "nats://name:secret%FF@nats.internal",
            "nats://nats.internal:70000",
            "nats://nats.internal/secret",
            "nats://nats.internal?x",
            "nats://nats.internal#x",
            "nats://a.internal,b.internal",
            "nats://a.internal:4222,nats://b.internal:4222",
            "nats://a.internal,nats://b.internal",
        ] {
            let refused = set(wrong, "").unwrap_err();
            assert!(refused.variable == ADDRESS && !refused.problem.contains("secret"), "{wrong}: {refused}");
        }
    }

    #[test]
    fn a_subject_names_one_thing() {
        let subject = |text: &str| set("nats://nats.internal", text).map(|found| found.unwrap().subject);
        assert_eq!(subject("eu-1.surety_live.events").unwrap(), "eu-1.surety_live.events");
        let long = "x".repeat(201);
        for wrong in
            ["surety.*", ">", "surety..events", ".surety", "surety.", "surety events", "$SYS", long.as_str()]
        {
            assert_eq!(subject(wrong).unwrap_err().variable, "SURETY_NATS_SUBJECT", "{wrong}");
        }
    }
}
