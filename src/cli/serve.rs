//! `surety serve`: from settings to a listening server, and its orderly end.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::config::Config;
use crate::domain::actor::Role;
use crate::{http, jobs, service};

use super::{connect_durably, internal, open, say, token};

/// Serves until the process is told to stop.
pub(super) async fn serve(config: Config) -> anyhow::Result<()> {
    // What is wrong with the certificate is said before anything else is begun.
    let scheme = match &config.tls {
        Some(settings) => http::tls::Tls::open(settings).await.map(|_| "https")?,
        None => "http",
    };
    let listen = config.listen;
    let listener = TcpListener::bind(listen).await.with_context(|| {
        format!("cannot listen on {listen}; set SURETY_LISTEN to a free address, or stop what runs there")
    })?;
    let metrics = bind_metrics(config.operations.metrics_listen).await?;
    let db = connect_durably(&config).await?;
    let sandbox = config.is_sandbox();
    if sandbox {
        db.migrate().await?;
    }
    let app = open(config, db).await?;
    if sandbox {
        internal(service::demo::seed(&app).await)?;
    } else {
        // Better found out now than by the first upload; a sandbox makes its directory when it needs one.
        internal(app.content.open().await)?;
    }
    greet(&app, &format!("{scheme}://{}", listener.local_addr()?)).await?;
    if let Some(listener) = &metrics {
        say(&format!("  Metrics    http://{}/metrics", listener.local_addr()?))?;
    }
    let shutdown = CancellationToken::new();
    let stop = shutdown.clone();
    tokio::spawn(async move {
        told_to_stop().await;
        tracing::info!("stopping: requests under way are finished");
        stop.cancel();
    });
    // The node goes on following the log until its last stream is told where it stands.
    let idle = CancellationToken::new();
    if let Some(listener) = metrics {
        tokio::spawn(http::telemetry::serve(Arc::clone(&app), listener, idle.clone()));
    }
    let mut jobs = tokio::spawn(jobs::run(Arc::clone(&app), shutdown.clone(), idle.clone()));
    let mut served = std::pin::pin!(http::serve(app, listener, shutdown.clone()));
    // Neither goes on without the other: a node without its jobs would keep no deadline.
    tokio::select! {
        answer = &mut served => {
            idle.cancel();
            jobs.await.context("the node's jobs ended badly")?;
            answer
        }
        ended = &mut jobs => {
            shutdown.cancel();
            let answer = served.await;
            ended.context("the node's jobs ended badly")?;
            answer
        }
    }
}

/// Takes the address of the metrics, where one is set.
async fn bind_metrics(address: Option<SocketAddr>) -> anyhow::Result<Option<TcpListener>> {
    let Some(address) = address else { return Ok(None) };
    let listener = TcpListener::bind(address).await.with_context(|| {
        format!("cannot listen on {address}; set SURETY_METRICS_LISTEN to a free address, or leave it unset")
    })?;
    Ok(Some(listener))
}

/// Says where everything is; a sandbox hands out tokens to paste.
async fn greet(app: &App, address: &str) -> anyhow::Result<()> {
    let mode = if app.config.is_sandbox() { "sandbox" } else { "production" };
    say(&format!("Surety {} ({mode}) listens on {address}", env!("CARGO_PKG_VERSION")))?;
    say(&format!("  GraphQL    {address}/graphql"))?;
    if !app.config.is_sandbox() {
        return Ok(());
    }
    say(&format!("  GraphiQL   {address}/"))?;
    if app.keys.signer(app.clock.now()).is_none() {
        return Ok(());
    }
    say(&format!("Tokens for {} days, to paste as {{\"Authorization\": \"Bearer …\"}}:", token::DAYS))?;
    for role in [Role::Storefront, Role::Buyer, Role::Supplier, Role::Operator] {
        if let Some(token) = token::sign(app, role, None, token::DAYS).await? {
            say(&format!("\n{role}\nBearer {token}"))?;
        }
    }
    Ok(())
}

/// Waits for Ctrl-C, or on Unix for SIGTERM. Where a signal cannot be listened to, the other one still counts.
async fn told_to_stop() {
    let interrupted = async {
        if let Err(error) = tokio::signal::ctrl_c().await {
            tracing::error!(%error, "Ctrl-C cannot be listened to");
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(error) => {
                tracing::error!(%error, "SIGTERM cannot be listened to");
                std::future::pending::<()>().await;
            }
        }
    };
    #[cfg(not(unix))]
    let terminated = std::future::pending::<()>();
    tokio::select! {
        () = interrupted => {}
        () = terminated => {}
    }
}
