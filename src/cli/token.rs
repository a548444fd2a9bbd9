//! `surety token`: a token for an app of the sandbox's data.

use clap::Args;

use crate::app::App;
use crate::config::Config;
use crate::domain::actor::Role;
use crate::domain::time::Span;
use crate::service::auth::{Grant, issue_token};
use crate::service::parties;

use super::{connect, internal, open, say};

/// How long the tokens of a sandbox last unless asked otherwise, in days.
pub(super) const DAYS: i64 = 7;

/// Which token is wanted.
#[derive(Debug, Args)]
pub(super) struct Wish {
    /// storefront, buyer, supplier, inspector, carrier, warehouse or operator.
    #[arg(long, value_parser = role)]
    role: Role,
    /// The company to act for: its id, its external reference or its exact name.
    #[arg(long)]
    company: Option<String>,
    /// How many days the token lasts.
    #[arg(long, default_value_t = DAYS, value_parser = clap::value_parser!(i64).range(1..=365))]
    days: i64,
    /// Sign with a new key from now on; tokens of older keys stay valid until those are removed from the file.
    #[arg(long)]
    new_key: bool,
}

fn role(text: &str) -> Result<Role, String> {
    text.parse().map_err(|_| {
        let words: Vec<_> = Role::ALL.iter().map(|role| role.as_str()).collect();
        format!("a role is one of {}", words.join(", "))
    })
}

/// Prints the token and nothing else, so that it can be piped.
pub(super) async fn print(config: Config, wish: &Wish) -> anyhow::Result<()> {
    anyhow::ensure!(
        config.is_sandbox(),
        "production's tokens come from /oauth/token, for a secret of the app (docs/TOKENS.md)"
    );
    let db = connect(&config).await?;
    let app = open(config, db).await?;
    if wish.new_key {
        app.keys.rotate(app.clock.now()).await?;
    }
    let token = sign(&app, wish.role, wish.company.as_deref(), wish.days).await?;
    let whose =
        wish.company.as_ref().map(|company| format!(" that acts for {company:?}")).unwrap_or_default();
    let token = token.ok_or_else(|| {
        anyhow::anyhow!(
            "no active app has the role {}{whose}; surety serve fills an empty sandbox",
            wish.role
        )
    })?;
    say(&token)?;
    Ok(())
}

/// A token of the oldest app of a role, for a company; none where there is no such app.
pub(super) async fn sign(
    app: &App,
    role: Role,
    company: Option<&str>,
    days: i64,
) -> anyhow::Result<Option<String>> {
    let company = match company {
        None => None,
        Some(text) => match internal(parties::company_by_any(app, text).await)? {
            None => return Ok(None),
            found => found,
        },
    };
    let Some((partner, company)) = internal(parties::app_of_role(app, role, company).await)? else {
        return Ok(None);
    };
    let grant = Grant::of(partner, role, company);
    internal(issue_token(app, &grant, Span::days(days))).map(Some)
}
