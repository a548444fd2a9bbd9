//! Settings: what each mode refuses, and that the program says so and ends with its own exit code.

use std::collections::HashMap;
use std::process::Command;

use surety::config::{Config, Mode};
use surety::domain::throttle::Terms;

/// What calls to the payment gateway are signed with.
const SECRET: &str = "whsec_Z2F0ZXdheS1nYXRld2F5LWdhdGV3YXktZ2F0ZXdheQ==";
/// Two webhook secrets, the newer one first.
const SECRETS: &str =
    "whsec_bmV3LXNlY3JldC1uZXctc2VjcmV0LW5ldy1zZWNyZXQ=,whsec_b2xkLXNlY3JldC1vbGQtc2VjcmV0LW9sZC1zZWNyZXQ=";

/// Everything that production needs.
const PRODUCTION: &[(&str, &str)] = &[
    ("SURETY_MODE", "production"),
    ("SURETY_DATABASE_URL", "postgres://surety@db.example.com/surety"),
    ("SURETY_ISSUER", "https://id.example.com"),
    ("SURETY_JWKS", "https://id.example.com/jwks.json"),
    ("SURETY_CORS_ORIGINS", "https://shop.example.com, https://app.example.com"),
    ("SURETY_TRUSTED_PROXY", "true"),
    ("SURETY_PAYMENT_WEBHOOK_SECRETS", SECRETS),
    ("SURETY_PAYMENT_GATEWAY_URL", "https://payments.example.com/surety"),
    ("SURETY_PAYMENT_GATEWAY_SECRET", SECRET),
    ("SURETY_PUBLIC_URL", "https://api.example.com"),
    ("SURETY_WEBHOOK_KEY", "d2ViaG9va3Mtd2ViaG9va3Mtd2ViaG9va3Mtd2ViaG8="),
    ("SURETY_CONTENT_DIRECTORY", "/var/lib/surety/content"),
];

fn read(base: &[(&str, &str)], changes: &[(&str, &str)]) -> Result<Config, (String, String)> {
    let mut variables: HashMap<&str, &str> = base.iter().copied().collect();
    variables.extend(changes.iter().copied());
    variables.retain(|_, value| !value.is_empty());
    Config::from_lookup(|name| variables.get(name).map(ToString::to_string))
        .map_err(|error| (error.variable.to_owned(), error.problem))
}

#[test]
fn a_sandbox_needs_no_settings() {
    let config = read(&[], &[]).unwrap();
    assert_eq!(config.mode, Mode::Sandbox);
    assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.database_url, "sqlite://surety.db");
    assert!(config.jwks.is_none() && config.anonymous_catalogue && !config.trusted_proxy);
    assert!(read(&[], &[("SURETY_CORS_ORIGINS", "*")]).is_ok());
}

#[test]
fn the_schema_is_told_unless_it_is_switched_off() {
    for base in [&[][..], PRODUCTION] {
        let open = read(base, &[]).unwrap().operations;
        assert!(open.introspection && open.suggestions);
        let changes = [("SURETY_INTROSPECTION", "false"), ("SURETY_SUGGESTIONS", "0")];
        let closed = read(base, &changes).unwrap().operations;
        assert!(!closed.introspection && !closed.suggestions);
    }
    let (variable, _) = read(&[], &[("SURETY_INTROSPECTION", "maybe")]).map(|_| ()).unwrap_err();
    assert_eq!(variable, "SURETY_INTROSPECTION");
}

#[test]
fn so_many_callers_are_held_open() {
    assert_eq!(read(&[], &[]).unwrap().operations.sockets, 4_096);
    assert_eq!(read(&[], &[("SURETY_SOCKETS", "20000")]).unwrap().operations.sockets, 20_000);
    for wrong in ["15", "100001", "-1", "many"] {
        let (variable, problem) = read(&[], &[("SURETY_SOCKETS", wrong)]).unwrap_err();
        assert!(variable == "SURETY_SOCKETS" && problem.contains("16 to 100000"), "{problem}");
    }
}

#[test]
fn production_is_complete() {
    let config = read(PRODUCTION, &[]).unwrap();
    assert_eq!(config.mode, Mode::Production);
    assert_eq!(config.cors_origins, ["https://shop.example.com", "https://app.example.com"]);
    assert_eq!(config.payment_webhook_secrets, SECRETS.split(',').collect::<Vec<_>>());
}

#[test]
fn production_refuses_what_only_a_sandbox_may_have() {
    for (variable, value, says) in [
        ("SURETY_ISSUER", "", "issuer of your tokens"),
        ("SURETY_ISSUER", "https://sandbox.surety.invalid", "issuer of your tokens"),
        ("SURETY_JWKS", "", "does not sign with keys that nobody named"),
        ("SURETY_SIGNING_KEYS", "surety-keys.json", "leave one of both unset"),
        ("SURETY_JWKS", "http://id.example.com/jwks.json", "can be forged"),
        ("SURETY_CORS_ORIGINS", "*", "does not serve every origin"),
        ("SURETY_CORS_ORIGINS", "https://shop.example.com,*", "does not serve every origin"),
        ("SURETY_TRUSTED_PROXY", "", "must not travel in clear"),
        ("SURETY_TRUSTED_PROXY", "false", "must not travel in clear"),
        ("SURETY_PAYMENT_WEBHOOK_SECRETS", "", "webhook secret"),
        ("SURETY_PAYMENT_WEBHOOK_SECRETS", " , ", "webhook secret"),
        ("SURETY_PAYMENT_GATEWAY_URL", "", "by the payment provider's gateway"),
        ("SURETY_PAYMENT_GATEWAY_URL", "http://payments.example.com", "no address for payments"),
        ("SURETY_PAYMENT_GATEWAY_URL", "http://127.0.0.1:9000", "no address for payments"),
        ("SURETY_PAYMENT_GATEWAY_SECRET", "", "are signed"),
        // An empty key is known to everybody, and a secret that cannot be read would refuse every message.
        ("SURETY_PAYMENT_WEBHOOK_SECRETS", "whsec_", "24 bytes"),
        ("SURETY_PAYMENT_WEBHOOK_SECRETS", "whsec_c2hvcnQ=", "24 bytes"),
        ("SURETY_PAYMENT_WEBHOOK_SECRETS", "bmV3LXNlY3JldC1uZXctc2VjcmV0LW5ldy1zZWNyZXQ=", "24 bytes"),
        (
            "SURETY_PAYMENT_WEBHOOK_SECRETS",
            "whsec_bmV3LXNlY3JldC1uZXctc2VjcmV0LW5ldy1zZWNyZXQ=,whsec_?",
            "24 bytes",
        ),
        // What stands in examples, or was to be replaced, is known to everybody.
        ("SURETY_PAYMENT_WEBHOOK_SECRETS", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "nobody else knows"),
        (
            "SURETY_PAYMENT_WEBHOOK_SECRETS",
            "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
            "nobody else knows",
        ),
        (
            "SURETY_PAYMENT_GATEWAY_SECRET",
            "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
            "everybody knows",
        ),
        ("SURETY_WEBHOOK_KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "everybody knows"),
        ("SURETY_WEBHOOK_KEY", "", "not in the database"),
        ("SURETY_WEBHOOK_KEY", "c2hvcnQ=", "32 bytes"),
        ("SURETY_WEBHOOK_LOCAL", "true", "into its own network"),
        ("SURETY_PUBLIC_URL", "", "where callers reach it"),
        ("SURETY_PUBLIC_URL", "http://api.example.com", "is no address"),
        ("SURETY_CONTENT_DIRECTORY", "", "backed up"),
    ] {
        let (blamed, problem) = read(PRODUCTION, &[(variable, value)]).unwrap_err();
        assert_eq!(blamed, variable);
        assert!(problem.contains(says), "{variable}={value}: {problem}");
    }
}

#[test]
fn tls_is_the_servers_own_or_a_proxys() {
    let files = [("SURETY_TLS_CERTIFICATE", "server.crt"), ("SURETY_TLS_KEY", "server.key")];
    let own = [files.as_slice(), &[("SURETY_TRUSTED_PROXY", "")]].concat();
    let found = read(PRODUCTION, &own).unwrap().tls.unwrap();
    assert_eq!((found.certificate.to_str(), found.key.to_str()), (Some("server.crt"), Some("server.key")));
    assert!(read(PRODUCTION, &files).is_ok(), "a proxy may come by TLS too");
    assert_eq!(read(&[], &[]).unwrap().tls, None);
    assert_eq!(read(&[], &files).unwrap().public_url, "https://127.0.0.1:8080");
    for (present, absent) in [(files[0], files[1]), (files[1], files[0])] {
        let (blamed, problem) = read(&[], &[present]).unwrap_err();
        assert!(blamed == absent.0 && problem.contains(present.0), "{blamed}: {problem}");
    }
}

#[test]
fn production_signs_with_keys_that_were_named_for_an_audience_that_was_said() {
    let own = ("SURETY_SIGNING_KEYS", "/etc/surety/keys.json");
    let (variable, problem) = read(PRODUCTION, &[("SURETY_JWKS", ""), own]).unwrap_err();
    assert!(variable == "SURETY_AUDIENCE" && problem.contains("whom they are for"), "{variable}: {problem}");
    let audience = ("SURETY_AUDIENCE", "https://api.example.com");
    let config = read(PRODUCTION, &[("SURETY_JWKS", ""), own, audience]).unwrap();
    assert_eq!(config.signing_keys.to_str(), Some(own.1));
    let issuer = read(PRODUCTION, &[("SURETY_JWKS", ""), own, audience, ("SURETY_ISSUER", "")]);
    assert_eq!(issuer.unwrap_err().0, "SURETY_ISSUER");
    // What is for a sandbox is for no other, also where nobody set anything.
    assert_ne!(read(&[], &[]).unwrap().audience, read(PRODUCTION, &[]).unwrap().audience);
}

#[test]
fn malformed_settings_name_their_variable() {
    for (variable, value) in [
        ("SURETY_MODE", "Production"),
        ("SURETY_LISTEN", "8080"),
        ("SURETY_LISTEN", "localhost:8080"),
        ("SURETY_DATABASE_CONNECTIONS", "0"),
        ("SURETY_DATABASE_CONNECTIONS", "many"),
        ("SURETY_TRUSTED_PROXY", "yes"),
        ("SURETY_ANONYMOUS_CATALOGUE", "maybe"),
        ("SURETY_PUBLIC_URL", "api.example.com"),
        ("SURETY_PUBLIC_URL", "https://api.example.com/"),
        ("SURETY_UPLOAD_BYTES", "0"),
        ("SURETY_UPLOAD_BYTES", "much"),
        ("SURETY_UPLOAD_TYPES", "application/pdf, text/html"),
        ("SURETY_UPLOAD_TYPES", "image/svg+xml"),
        ("SURETY_UPLOAD_TYPES", "pdf"),
        ("SURETY_METRICS_LISTEN", "9090"),
        ("SURETY_METRICS_LISTEN", "127.0.0.1:8080"),
        ("SURETY_TOKEN_MINUTES", "14"),
        ("SURETY_TOKEN_MINUTES", "61"),
        ("SURETY_SOCKETS_PER_TENANT", "0"),
        ("SURETY_SOCKETS_PER_TENANT", "100001"),
        ("SURETY_COST_CAPACITY", "-1"),
        ("SURETY_COST_CAPACITY", "1000000001"),
        ("SURETY_COST_RESTORE_RATE", "0"),
        ("SURETY_COST_RESTORE_RATE", "1000001"),
    ] {
        assert_eq!(read(&[], &[(variable, value)]).unwrap_err().0, variable, "{value}");
    }
    let keys_without_issuer = read(&[], &[("SURETY_JWKS", "jwks.json")]).unwrap_err();
    assert_eq!(keys_without_issuer.0, "SURETY_ISSUER");
}

#[test]
fn callers_are_throttled_unless_the_capacity_is_none() {
    let terms = |settings: &[(&str, &str)]| read(&[], settings).unwrap().operations.throttle;
    assert_eq!(terms(&[]), Some(Terms { capacity: 20_000, restore_rate: 1_000 }));
    let set = [("SURETY_COST_CAPACITY", "1"), ("SURETY_COST_RESTORE_RATE", "1000000")];
    assert_eq!(terms(&set), Some(Terms { capacity: 1, restore_rate: 1_000_000 }));
    assert_eq!(terms(&[("SURETY_COST_CAPACITY", "0")]), None);
}

#[test]
fn a_gateway_has_an_address_and_a_secret() {
    let url = ("SURETY_PAYMENT_GATEWAY_URL", "http://127.0.0.1:9000/pay");
    let secret = ("SURETY_PAYMENT_GATEWAY_SECRET", SECRET);
    assert_eq!(read(&[], &[]).unwrap().payment_gateway, None);
    let found = read(&[], &[url, secret]).unwrap().payment_gateway.unwrap();
    assert_eq!((found.url.as_str(), found.timeout.as_millis()), (url.1, 10_000));
    assert!(!format!("{found:?}").contains("whsec"), "secrets stay out of the log");
    for host in ["[::1]", "[::1]:9000", "localhost", "localhost:9000", "127.0.0.1"] {
        assert!(read(&[], &[(url.0, &format!("http://{host}/x")), secret]).is_ok(), "{host}");
    }
    for (variable, value) in [
        (url.0, "http://127.0.0.1.example.com"),
        (url.0, "http://localhost.example.com:80/"),
        (url.0, "http://user@127.0.0.1/"),
        (url.0, "http://10.0.0.1/"),
        (url.0, "https://"),
        (url.0, "https:///pay"),
        (url.0, "https://pay.example.com/#x"),
        (url.0, "https://pay.example .com/"),
        (url.0, "pay.example.com"),
        (secret.0, ""),
        (secret.0, "whsec_c2hvcnQ="),
        (secret.0, "whsec_no base 64"),
        (secret.0, "c2VjcmV0"),
        ("SURETY_PAYMENT_GATEWAY_TIMEOUT", "49"),
        ("SURETY_PAYMENT_GATEWAY_TIMEOUT", "20001"),
        ("SURETY_PAYMENT_GATEWAY_TIMEOUT", "long"),
    ] {
        let mut settings = vec![url, secret];
        settings.push((variable, value));
        assert_eq!(read(&[], &settings).unwrap_err().0, variable, "{value}");
    }
    assert_eq!(read(&[], &[secret]).unwrap_err().0, url.0, "a secret for nobody");
}

#[test]
fn content_lies_in_a_directory_or_in_a_bucket() {
    use surety::config::ContentPlace;
    let place = |settings: &[(&str, &str)]| read(&[], settings).map(|config| config.content);
    assert_eq!(place(&[]).unwrap(), ContentPlace::Directory("surety.db-content".into()));
    let beside = place(&[("SURETY_DATABASE_URL", "sqlite:///var/x.db?mode=rwc")]).unwrap();
    assert_eq!(beside, ContentPlace::Directory("/var/x.db-content".into()));
    let bucket = [
        ("SURETY_CONTENT_BUCKET", "files"),
        ("SURETY_CONTENT_ACCESS_KEY", "key"),
        ("SURETY_CONTENT_SECRET_KEY", "word"),
    ];
    let ContentPlace::Bucket(found) = place(&bucket).unwrap() else { panic!("a bucket was named") };
    assert_eq!(
        (found.bucket.as_str(), found.region.as_str(), found.endpoint.as_ref()),
        ("files", "us-east-1", None)
    );
    assert!(!format!("{found:?}").contains("word"), "secrets stay out of the log");
    assert_eq!(place(&bucket[..2]).unwrap_err().0, "SURETY_CONTENT_SECRET_KEY");
    let both = [bucket.as_slice(), &[("SURETY_CONTENT_DIRECTORY", "x")]].concat();
    assert_eq!(place(&both).unwrap_err().0, "SURETY_CONTENT_DIRECTORY");
    let clear = [
        bucket.as_slice(),
        &[("SURETY_CONTENT_ENDPOINT", "http://s3.internal"), ("SURETY_CONTENT_DIRECTORY", "")],
    ];
    assert_eq!(read(PRODUCTION, &clear.concat()).unwrap_err().0, "SURETY_CONTENT_ENDPOINT");
}

/// Runs the program with these settings only; what it printed and its exit code.
pub fn surety(arguments: &[&str], settings: &[(&str, &str)]) -> (Option<i32>, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_surety"));
    program.args(arguments).current_dir(folder.path()).env_clear().envs(settings.iter().copied());
    let output = program.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn the_program_says_what_to_mend_and_ends_with_2() {
    let (code, out, err) = surety(&[], &[("SURETY_MODE", "production")]);
    assert_eq!((code, out.as_str()), (Some(2), ""));
    assert!(err.starts_with("surety: SURETY_ISSUER: production needs the issuer"), "{err}");
    let (code, _, err) = surety(&["check"], &[("SURETY_LOG", "surety=loud")]);
    assert_eq!(code, Some(2));
    assert!(err.starts_with("surety: SURETY_LOG: "), "{err}");
    let (code, ..) = surety(&["token", "--role", "emperor"], &[]);
    assert_eq!(code, Some(2));
}

#[test]
fn verbs_answer_on_a_fresh_machine() {
    let (code, out, _) = surety(&["schema"], &[]);
    assert_eq!((code, out), (Some(0), surety::graphql::sdl::sdl()));
    let (code, out, err) = surety(&["check"], &[]);
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains("keys: none yet") && out.contains("database: none yet"), "{out}");
    let (code, out, _) = surety(&["migrate"], &[]);
    assert_eq!(code, Some(0));
    assert!(out.contains("applied m20261122_000001_create_parties"), "{out}");
    let (code, _, err) = surety(&["token", "--role", "buyer"], &[]);
    assert_eq!(code, Some(1));
    assert!(err.contains("run surety migrate"), "{err}");
}

#[test]
fn production_refuses_a_database_that_lags_behind() {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite://{}", folder.path().join("surety.db").display());
    let keys = folder.path().join("jwks.json");
    let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
    std::fs::write(&keys, format!(r#"{{"keys":[{{"kty":"OKP","crv":"Ed25519","kid":"k","x":"{x}"}}]}}"#))
        .unwrap();
    let mut settings = PRODUCTION.to_vec();
    settings.retain(|(name, _)| !["SURETY_DATABASE_URL", "SURETY_JWKS"].contains(name));
    settings.extend([
        ("SURETY_DATABASE_URL", database.as_str()),
        ("SURETY_JWKS", keys.to_str().unwrap()),
        ("SURETY_LISTEN", "127.0.0.1:0"),
    ]);
    for verb in ["serve", "check"] {
        // What an earlier start left behind: a file without our tables.
        std::fs::File::create(folder.path().join("surety.db")).unwrap();
        let (code, _, err) = surety(&[verb], &settings);
        assert_eq!(code, Some(1), "{verb}");
        assert!(err.contains("run surety migrate"), "{verb}: {err}");
    }
    assert_eq!(surety(&["migrate"], &settings).0, Some(0));
    let (code, out, err) = surety(&["check"], &settings);
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains("migrations: all done"), "{out}");
}

#[test]
fn import_reports_each_rejected_row() {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite://{}", folder.path().join("surety.db").display());
    let keys = folder.path().join("keys.json").display().to_string();
    let settings = [("SURETY_DATABASE_URL", database.as_str()), ("SURETY_SIGNING_KEYS", keys.as_str())];
    assert_eq!(surety(&["migrate"], &settings).0, Some(0));
    let files = folder.path().join("files");
    std::fs::create_dir(&files).unwrap();
    std::fs::write(files.join("suppliers.csv"), "supplier,name,country\ns-1,Acme,DE\ns-2,,DE\n").unwrap();
    let report = folder.path().join("problems.jsonl");
    let arguments = ["import", files.to_str().unwrap(), "--report", report.to_str().unwrap()];
    let (code, out, err) = surety(&arguments, &settings);
    assert_eq!(code, Some(1), "{out}{err}");
    assert!(err.contains("suppliers.csv:3: rejected: name: "), "{err}");
    assert!(err.contains("surety: 1 rows were rejected"), "{err}");
    assert!(out.contains("suppliers.csv"), "{out}");
    assert_eq!(std::fs::read_to_string(&report).unwrap().lines().count(), 1);
    std::fs::write(files.join("suppliers.csv"), "supplier,name,country\ns-1,Acme,DE\ns-2,Brico,PT\n")
        .unwrap();
    let (code, out, err) = surety(&arguments, &settings);
    assert_eq!(code, Some(0), "{out}{err}");
}
