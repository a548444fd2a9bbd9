//! A PostgreSQL that may be killed: a cluster of one test, with durable settings, whose postmaster dies by SIGKILL on
//! command and comes back with what it had acknowledged.

use std::io::{BufRead, BufReader, Lines, Write};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdout, Command, Stdio};

use super::postgres::{binaries, unprivileged};

/// A cluster in a folder of its own; it ends with its keeper's standard input.
pub struct Cluster {
    keeper: Child,
    answers: Lines<BufReader<ChildStdout>>,
    /// The address of its database.
    pub url: String,
}

/// What the keeper does. `$1` is the folder of the binaries, `$2` the folder to work in. The postmaster is its own child,
/// so its death is seen at once; a start that finds shared memory of the dead still in use is made again.
const KEEPER: &str = r#"
cd "$2" || exit 1
finish() { kill -QUIT $postmaster 2>/dev/null; wait $postmaster 2>/dev/null; cd /; rm -rf "$2"; }
"$1/initdb" -D data -A trust -U postgres -E UTF8 --locale=C.UTF-8 >initdb.log 2>&1 || { cat initdb.log; finish "$1" "$2"; exit 1; }
cat >>data/postgresql.conf <<CONF
listen_addresses = ''
unix_socket_directories = '$2'
shared_buffers = 32MB
autovacuum = off
CONF
start() {
    for attempt in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        "$1/postgres" -D data >>server.log 2>&1 </dev/null &
        postmaster=$!
        while kill -0 $postmaster 2>/dev/null; do
            "$1/pg_isready" -q -h "$2" -U postgres && { echo up; return; }
            sleep 0.02
        done
        wait $postmaster
        sleep 0.1
    done
    cat server.log
    finish "$1" "$2"
    exit 1
}
start "$1" "$2"
while read -r word; do
    case $word in
    kill) kill -KILL $postmaster; wait $postmaster 2>/dev/null; echo dead ;;
    start) start "$1" "$2" ;;
    esac
done
finish "$1" "$2"
"#;

impl Cluster {
    /// Makes and starts one; none where the machine has no PostgreSQL.
    pub fn start() -> Option<Self> {
        let binaries = binaries().filter(|folder| folder.join("pg_isready").is_file())?;
        let folder = tempfile::Builder::new().prefix("surety-mortal-").tempdir().unwrap().keep();
        std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o700)).unwrap();
        let mut shell = Command::new("sh");
        shell.args(["-c", KEEPER, "keeper"]).arg(binaries).arg(&folder).process_group(0);
        shell.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        if let Some((user, group)) = unprivileged(&folder) {
            chown(&folder, Some(user), Some(group)).unwrap();
            shell.uid(user).gid(group);
        }
        let mut keeper = shell.spawn().unwrap();
        let answers = BufReader::new(keeper.stdout.take().unwrap()).lines();
        let url = format!("postgres://postgres@localhost/postgres?host={}", folder.display());
        let mut cluster = Self { keeper, answers, url };
        cluster.hears("up");
        Some(cluster)
    }

    /// Kills the postmaster as a machine that fails would; its children follow by themselves.
    pub fn dies(&mut self) {
        self.says("kill");
        self.hears("dead");
    }

    /// Starts it again; it recovers from its log first.
    pub fn rises(&mut self) {
        self.says("start");
        self.hears("up");
    }

    fn says(&mut self, word: &str) {
        writeln!(self.keeper.stdin.as_mut().unwrap(), "{word}").unwrap();
    }

    fn hears(&mut self, wanted: &str) {
        let mut said = Vec::new();
        for line in self.answers.by_ref() {
            let line = line.unwrap();
            if line == wanted {
                return;
            }
            said.push(line);
        }
        panic!("the cluster that may be killed has ended: {said:?}");
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _gone_already = self.keeper.wait();
    }
}
