//! `surety verify`: the books, computed again.

use crate::config::Config;
use crate::service::{metrics, verification};

use super::{connect, internal, open, say};

/// Checks the books and says what differs.
pub(super) async fn verify(config: Config) -> anyhow::Result<()> {
    let db = connect(&config).await?;
    let app = open(config, db).await?;
    let found = internal(verification::verify(&app).await)?;
    say(&format!("accounts: {} recomputed", found.accounts))?;
    say(&format!("orders: {} recomputed", found.orders))?;
    say(&format!("events: {} hashed again", found.events))?;
    for problem in &found.problems {
        say(&format!("differs: {problem}"))?;
    }
    let drifted = internal(metrics::check(&app).await)?;
    for problem in &drifted {
        say(&format!("metrics differ: {problem}"))?;
    }
    anyhow::ensure!(
        found.problem_count == 0,
        "{} differences; payouts stop until a check finds none",
        found.problem_count
    );
    say("the books add up")?;
    anyhow::ensure!(
        drifted.is_empty(),
        "{} differences in metrics and ratings; payouts go on",
        drifted.len()
    );
    say("metrics and ratings add up")?;
    Ok(())
}
