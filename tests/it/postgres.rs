//! A private PostgreSQL for one test process.
//!
//! With `TEST_DATABASE_URL` set, that server is used. Otherwise one cluster is made in a temporary folder with the
//! binaries of the machine. It cannot outlive the test process: its keeper is a shell that waits for the end of a
//! pipe which only the test process holds, then stops the server and removes the folder.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

/// Where the tests' databases can be made.
#[derive(Debug)]
pub struct Server {
    /// The address up to the database's name.
    before_name: String,
    /// The address behind the database's name.
    after_name: String,
    /// The administrator's database.
    maintenance: String,
    _keeper: Option<Child>,
}

impl Server {
    /// The address of a database of this server.
    pub fn url(&self, database: &str) -> String {
        format!("{}{database}{}", self.before_name, self.after_name)
    }

    /// The address of the database that every server has.
    pub fn maintenance_url(&self) -> String {
        self.url(&self.maintenance)
    }
}

/// The server of this process; none where PostgreSQL is not to be had and not demanded.
pub fn server() -> Option<&'static Server> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    SERVER
        .get_or_init(|| {
            let found = match variable("TEST_DATABASE_URL") {
                Some(url) => Some(given(&url)),
                None => binaries().map(|folder| start(&folder)),
            };
            match &found {
                Some(_) => {}
                None if variable("SURETY_REQUIRE_POSTGRES").as_deref() == Some("1") => panic!(
                    "SURETY_REQUIRE_POSTGRES=1, but TEST_DATABASE_URL is not set and no initdb is found on this machine"
                ),
                None => say("postgres half: did not run (no TEST_DATABASE_URL and no initdb on this machine)"),
            }
            found
        })
        .as_ref()
}

/// Prints a line past the capture of the test runner, which hides what passing tests print.
pub fn say(line: &str) {
    std::io::stderr().write_all(format!("{line}\n").as_bytes()).unwrap();
}

/// A setting of the tests' own.
pub fn variable(name: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "the tests' own settings are not the program's")]
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Splits `postgres://user:word@host:port/name?options` around the name.
fn given(url: &str) -> Server {
    let (address, options) = match url.split_once('?') {
        Some((address, options)) => (address, format!("?{options}")),
        None => (url, String::new()),
    };
    let (before, name) = address.rsplit_once('/').expect("TEST_DATABASE_URL ends in /name");
    Server {
        before_name: format!("{before}/"),
        after_name: options,
        maintenance: name.to_owned(),
        _keeper: None,
    }
}

/// The folder with the newest `initdb` and `pg_ctl` of this machine.
pub fn binaries() -> Option<PathBuf> {
    let on_path = variable("PATH").unwrap_or_default();
    let on_path = on_path
        .split(':')
        .filter_map(|folder| Path::new(folder).join("initdb").canonicalize().ok())
        .filter_map(|program| program.parent().map(Path::to_path_buf));
    let mut packaged: Vec<_> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(Result::ok)
        .filter_map(|entry| {
            Some((entry.file_name().to_str()?.parse::<u32>().ok()?, entry.path().join("bin")))
        })
        .collect();
    packaged.sort_unstable();
    let packaged = packaged.into_iter().rev().map(|(_, folder)| folder);
    on_path
        .chain(packaged)
        .find(|folder| ["initdb", "pg_ctl", "postgres"].iter().all(|program| folder.join(program).is_file()))
}

/// What the keeper does. `$1` is the folder of the binaries, `$2` the folder to work in.
const KEEPER: &str = r#"
cd "$2" || exit 1
finish() { "$1/pg_ctl" -D data -m immediate stop >/dev/null 2>&1; cd /; rm -rf "$2"; }
"$1/initdb" -D data -A trust -U postgres -E UTF8 --locale=C.UTF-8 --no-sync >initdb.log 2>&1 ||
    { cat initdb.log; finish "$1" "$2"; exit 1; }
cat >>data/postgresql.conf <<EOF
listen_addresses = ''
unix_socket_directories = '$2'
max_connections = 400
shared_buffers = 64MB
fsync = off
synchronous_commit = off
full_page_writes = off
autovacuum = off
max_wal_size = 2GB
EOF
"$1/pg_ctl" -D data -l server.log -w start >start.log 2>&1 </dev/null ||
    { cat start.log server.log; finish "$1" "$2"; exit 1; }
echo ready
read -r _
finish "$1" "$2"
"#;

fn start(binaries: &Path) -> Server {
    let folder = tempfile::Builder::new().prefix("surety-postgres-").tempdir().unwrap().keep();
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o700)).unwrap();
    let mut shell = Command::new("sh");
    shell
        .args(["-c", KEEPER, "keeper"])
        .arg(binaries)
        .arg(&folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0);
    if let Some((user, group)) = unprivileged(&folder) {
        chown(&folder, Some(user), Some(group)).unwrap();
        shell.uid(user).gid(group);
    }
    let mut keeper = shell.spawn().expect("sh starts");
    let mut lines = BufReader::new(keeper.stdout.take().unwrap()).lines();
    let mut said = Vec::new();
    loop {
        match lines.next() {
            Some(Ok(line)) if line == "ready" => break,
            Some(Ok(line)) => said.push(line),
            Some(Err(error)) => panic!("the private PostgreSQL cannot be read: {error}"),
            None => panic!("the private PostgreSQL does not start:\n{}", said.join("\n")),
        }
    }
    Server {
        before_name: "postgres://postgres@localhost/".to_owned(),
        after_name: format!("?host={}", folder.display()),
        maintenance: "postgres".to_owned(),
        _keeper: Some(keeper),
    }
}

/// PostgreSQL refuses to run as root: the user and group to run it as, where we are root.
pub fn unprivileged(ours: &Path) -> Option<(u32, u32)> {
    use std::os::unix::fs::MetadataExt;
    if std::fs::metadata(ours).unwrap().uid() != 0 {
        return None;
    }
    let users = std::fs::read_to_string("/etc/passwd").unwrap();
    ["postgres", "nobody"].iter().find_map(|wanted| {
        let line = users.lines().find(|line| line.split(':').next() == Some(wanted))?;
        let mut parts = line.split(':').skip(2);
        Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
    })
}
