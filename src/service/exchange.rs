//! Exchange rates: recorded by the platform's staff, read by everybody who reads the catalogue.

use serde_json::json;

use crate::app::App;
use crate::domain::actor::{Actor, Role, Scope};
use crate::domain::exchange::{ExchangeRate, RateSheet};
use crate::domain::time::{Day, Timestamp};
use crate::store;

use super::care::Kept;
use super::orders::{Begun, Claimed, Envelope, Made, now_in};
use super::{Result, require_role, require_scope};

/// Listings whose price is compared anew with the rates that change it.
const COMPARED_AT_ONCE: i64 = 2_000;

/// Records the rates of a day. Nothing is changed by it that was agreed: contracts carry their own figures.
pub async fn record(
    app: &App,
    actor: &Actor,
    sheet: RateSheet,
    envelope: &Envelope,
) -> Result<Kept<Vec<ExchangeRate>>> {
    require_scope(actor, Scope::PlatformOperate)?;
    require_role(actor, &[Role::Operator])?;
    let rates: Vec<_> = sheet.rates.iter().map(|(currency, rate)| json!([currency, rate])).collect();
    let input = json!({ "validFrom": sheet.valid_from.number(), "source": sheet.source, "rates": rates });
    let claimed = match Claimed::begin(app, actor, envelope, "recordExchangeRates", &input).await? {
        Begun::Fresh(claimed) => claimed,
        Begun::Replayed(made) => {
            let value = sheet.check(Timestamp::from_micros(made.subject()?))?;
            return Ok(Kept { value, replayed: true });
        }
    };
    let now = now_in(app, &claimed.tx).await?;
    let value = sheet.check(now)?;
    store::exchange::insert_rates(&claimed.tx, &value).await?;
    // Small catalogues are compared by the new rates at once, large ones by the node's jobs within seconds.
    store::catalogue::comparable::compare_anew(&claimed.tx, now.day(), COMPARED_AT_ONCE).await?;
    claimed.finish(app, &Made::of(now.micros())).await?;
    Ok(Kept { value, replayed: false })
}

/// The rates that hold on a day, today if none is given; by currency.
pub async fn rates_on(app: &App, actor: &Actor, day: Option<Day>) -> Result<Vec<ExchangeRate>> {
    require_scope(actor, Scope::CatalogRead)?;
    let day = day.unwrap_or_else(|| super::catalogue::now(app).day());
    let entries = store::exchange::entries_on(&app.db, day).await?;
    Ok(entries.into_iter().map(|entry| entry.rate).collect())
}
