//! The demo's live orders, through the order engine itself, on a clock that begins months ago and ends now.

use std::sync::Arc;

use super::cast::{Cast, House, Player};
use super::scripts::{Act, LONGEST, SCRIPTS, Script};
use crate::app::App;
use crate::clock::Clock;
use crate::config::Config;
use crate::domain::contract::ReleasePolicy;
use crate::domain::ids::OrderId;
use crate::domain::order::{BalanceDue, Order, OrderKind, ShippedLine, TransportMode};
use crate::domain::product::Product;
use crate::domain::time::{Span, Timestamp};
use crate::service::keys::Keys;
use crate::service::orders::{self, Dispatch, Envelope, LineInput, PlaceOrder};
use crate::service::payments::{self, sandbox};
use crate::service::{Error, Result, deadlines};

/// An order under way: its script and the order that came of it.
struct Story<'a> {
    number: usize,
    script: &'static Script,
    buyer: &'a Player,
    house: &'a House,
    order: Option<Order>,
}

/// Plays every script; answers how many orders came of them.
pub(super) async fn seed_orders(app: &App, cast: &Cast) -> Result<usize> {
    let now = app.clock.now();
    let begin = now.minus(Span::days(LONGEST + 1));
    let stage = stage(app, begin).await?;
    let mut stories: Vec<Story<'_>> = SCRIPTS
        .iter()
        .enumerate()
        .filter_map(|(number, script)| {
            let (buyer, house) = (cast.buyers.get(script.buyer)?, cast.houses.get(script.house)?);
            Some(Story { number, script, buyer, house, order: None })
        })
        .collect();
    let mut days: Vec<i64> =
        SCRIPTS.iter().flat_map(|script| script.acts).map(|(days_ago, _)| *days_ago).collect();
    days.sort_unstable_by(|left, right| right.cmp(left));
    days.dedup();
    for days_ago in days {
        pass_until(&stage, now.minus(Span::days(days_ago))).await?;
        for story in &mut stories {
            for (_, act) in story.script.acts.iter().filter(|(day, _)| *day == days_ago) {
                stage.clock.advance(Span::seconds(97));
                story.play(&stage, *act).await.map_err(|error| story.blame(*act, &error))?;
            }
        }
    }
    pass_until(&stage, now).await?;
    Ok(stories.iter().filter(|story| story.order.is_some()).count())
}

/// The same application on another clock.
async fn stage(app: &App, begin: Timestamp) -> Result<Arc<App>> {
    let keys = Keys::load(&app.config, begin).await.map_err(|error| Error::Internal(error.into()))?;
    // The past was paid by the sandbox's own provider, whichever is connected now.
    let config = Config { payment_gateway: None, ..app.config.clone() };
    Ok(App::new(app.db.clone(), Clock::manual(begin), config, keys))
}

/// Lets the clock go on, a day at a time, and every timer that is over fire.
async fn pass_until(stage: &App, until: Timestamp) -> Result<()> {
    while stage.clock.now() < until {
        let left = until.since(stage.clock.now()).as_seconds();
        stage.clock.advance(Span::seconds(left.clamp(1, 86_400)));
        // Refunds arrive before the clock looks whether an order may close.
        payments::work_off(stage).await?;
        sandbox::settle_asked(stage).await?;
        deadlines::sweep(stage).await?;
    }
    Ok(())
}

impl Story<'_> {
    async fn play(&mut self, stage: &App, act: Act) -> Result<()> {
        let (buyer, seller) = (&self.buyer.actor, &self.house.player.actor);
        let envelope = self.envelope(stage);
        let order = match act {
            Act::Place { draft } => {
                self.order = self.place(stage, draft, &envelope).await?;
                return Ok(());
            }
            Act::Confirm => {
                let hash = self.order()?.terms_hash.clone();
                orders::confirm(stage, seller, self.id()?, &hash, &envelope).await?.order
            }
            Act::Decline => {
                let reason = Some("Our looms are booked until the end of the season.".to_owned());
                orders::decline(stage, seller, self.id()?, reason, &envelope).await?.order
            }
            Act::Cancel => {
                let reason = Some("The client changed the colour.".to_owned());
                orders::cancel(stage, buyer, self.id()?, reason, &envelope).await?.order
            }
            Act::Open => {
                payments::create_session(stage, buyer, self.id()?, (None, false), &envelope).await?.order
            }
            Act::Processing => self.settle(stage, sandbox::Outcome::Processing).await?,
            Act::Fail => self.settle(stage, sandbox::Outcome::Failed).await?,
            Act::Pay => {
                self.order = Some(
                    payments::create_session(stage, buyer, self.id()?, (None, false), &envelope).await?.order,
                );
                self.settle(stage, sandbox::Outcome::Succeeded).await?
            }
            Act::Ready => orders::mark_ready(stage, seller, self.id()?, &envelope).await?.order,
            Act::DispatchHalf => self.dispatch(stage, true, &envelope).await?,
            Act::Dispatch => self.dispatch(stage, false, &envelope).await?,
            Act::Deliver => {
                let shipment = self.order()?.shipments.last().map(|shipment| shipment.id);
                let shipment = shipment.ok_or_else(|| anyhow::anyhow!("nothing was dispatched"))?;
                let proof = format!("POD-{:04} signed at the gate", 4_100 + self.number);
                orders::record_delivery(stage, seller, shipment, &proof, &envelope).await?.order
            }
            Act::Receive => orders::confirm_receipt(stage, buyer, self.id()?, &envelope).await?.order,
        };
        self.order = Some(order);
        Ok(())
    }

    /// A script that the order engine refuses is our own mistake, and says which.
    fn blame(&self, act: Act, error: &Error) -> Error {
        Error::Internal(anyhow::anyhow!("demo script {} cannot {act:?}: {error:?}", self.number))
    }

    fn envelope(&self, stage: &App) -> Envelope {
        let seconds = stage.clock.now().seconds();
        Envelope {
            idempotency_key: format!("demo-{}-{seconds}", self.number),
            expected_version: None,
            validate_only: false,
        }
    }

    fn order(&self) -> Result<&Order> {
        Ok(self.order.as_ref().ok_or_else(|| anyhow::anyhow!("script {} has no order yet", self.number))?)
    }

    fn id(&self) -> Result<OrderId> {
        Ok(self.order()?.id)
    }

    /// Places the order for a product that fits its kind; none where the house has no such product.
    async fn place(&self, stage: &App, draft: bool, envelope: &Envelope) -> Result<Option<Order>> {
        let kind = self.script.kind;
        let fits = |product: &&Product| match kind {
            OrderKind::Guaranteed => product.guaranteed.is_some(),
            OrderKind::Sample => product.sample_offer.is_some(),
            OrderKind::Standard => true,
        };
        let fitting: Vec<&Product> = self.house.products.iter().filter(fits).collect();
        let Some(product) = fitting.get(self.number % fitting.len().max(1)) else { return Ok(None) };
        let times = 1 + i64::try_from(self.number % 6).unwrap_or_default();
        let quantity = match kind {
            OrderKind::Sample => 1,
            _ => product.smallest_quantity() * times,
        };
        let line = LineInput {
            product: product.id,
            quantity,
            expected_unit_price: None,
            specification: None,
            attachments: Vec::new(),
        };
        let wish = PlaceOrder {
            release_policy: ReleasePolicy::OnCompletion,
            inspection: false,
            kind,
            lines: vec![line],
            currency: Some(product.ladder.currency()),
            freight: None,
            deposit_percent: self.script.deposit,
            balance_due: BalanceDue::BeforeDispatch,
            incoterm: (kind == OrderKind::Standard).then(|| "FOB".to_owned()),
            destination: self.buyer.country.clone(),
            external_reference: Some(format!("PO-{:04}", 2_600 + self.number)),
            draft,
            attachments: Vec::new(),
            quote: None,
        };
        Ok(Some(orders::place(stage, &self.buyer.actor, &wish, envelope).await?.order))
    }

    /// Ends the newest payment.
    async fn settle(&self, stage: &App, outcome: sandbox::Outcome) -> Result<Order> {
        let payment = self.order()?.payments.iter().map(|payment| payment.id).max();
        let payment = payment.ok_or_else(|| anyhow::anyhow!("no payment was opened"))?;
        sandbox::settle(stage, &self.buyer.actor, payment, outcome, None).await
    }

    async fn dispatch(&self, stage: &App, half: bool, envelope: &Envelope) -> Result<Order> {
        let lines = self.order()?.terms.lines.iter().filter(|_| half);
        let goods = Dispatch {
            lines: lines
                .map(|line| ShippedLine { line_id: line.id, quantity: line.quantity.div_euclid(2).max(1) })
                .collect(),
            carrier: "Blue Heron Logistics".to_owned(),
            carrier_company: None,
            tracking_number: format!("BHL{:06}", 310_000 + self.number * 37),
            mode: if self.script.kind == OrderKind::Standard {
                TransportMode::Sea
            } else {
                TransportMode::Air
            },
        };
        Ok(orders::dispatch(stage, &self.house.player.actor, self.id()?, goods, envelope).await?.order)
    }
}
