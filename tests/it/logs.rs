//! The log of a server that runs as a process of its own: what it wrote of the traffic that it had.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::database::Database;
use super::traffic::Node;

/// A running server whose log is read.
pub struct Logged {
    /// The server.
    pub node: Node,
    folder: PathBuf,
}

impl Logged {
    /// Starts one that writes down all that this program can say.
    pub async fn start(database: &Arc<Database>, settings: &[(&str, &str)]) -> Self {
        let folder = database.folder.path().to_owned();
        let mut all = vec![("SURETY_LOG", "surety=trace,info")];
        all.extend(settings.iter().copied());
        Self { node: Node::start_with(&all, &database.url, &folder).await, folder }
    }

    /// The address of a path of it.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.node.address)
    }

    /// What it has written so far: an event is written before the answer that it belongs to is sent.
    pub fn text(&self) -> String {
        read(&self.folder)
    }
}

fn read(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("server.log")).unwrap()
}
