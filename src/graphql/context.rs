//! What a resolver may reach: the app and the caller.

use std::sync::Arc;

use async_graphql::{Context, Error};

use crate::app::App;
use crate::domain::actor::Actor;
use crate::service;

use super::error::internal;
use super::loaders::Loaders;

/// Shorthands on the request's context.
pub trait ContextExt {
    /// The application.
    fn app(&self) -> Result<&Arc<App>, Error>;
    /// The caller.
    fn actor(&self) -> Result<&Arc<Actor>, Error>;
    /// The loaders of this request.
    fn loaders(&self) -> Result<&Loaders, Error>;
}

impl ContextExt for Context<'_> {
    fn app(&self) -> Result<&Arc<App>, Error> {
        self.data().map_err(|_| missing("App"))
    }

    fn actor(&self) -> Result<&Arc<Actor>, Error> {
        self.data().map_err(|_| missing("Actor"))
    }

    fn loaders(&self) -> Result<&Loaders, Error> {
        self.data().map_err(|_| missing("Loaders"))
    }
}

/// The server forgot to put a part into the request: our fault, not the caller's.
fn missing(part: &str) -> Error {
    internal(&anyhow::anyhow!("the request context lacks its {part}"))
}

/// The application and the caller, as commands need them: a part that is missing is a failure of ours. What an earlier
/// command of the same document made the loaders remember is forgotten.
pub(super) fn caller<'a>(ctx: &'a Context<'_>) -> service::Result<(&'a Arc<App>, &'a Arc<Actor>)> {
    let missing = |_| anyhow::anyhow!("the request lacks the app or the caller");
    ctx.loaders().map_err(missing)?.forget();
    Ok((ctx.app().map_err(missing)?, ctx.actor().map_err(missing)?))
}
