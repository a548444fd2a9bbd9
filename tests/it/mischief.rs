//! The saboteur of the tests: notes the places that a command comes to, and lets one thing go wrong at one of them.

use std::sync::{Arc, Mutex};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use surety::faults::{Injected, Place, Saboteur};
use tokio::sync::Notify;

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// As if the database or the network had failed.
    Failure,
    /// As if the transaction had lost against another one; the code tries again by itself.
    Lost,
    /// The task dies, and with it what it holds.
    Crash,
    /// It waits until somebody lets it go.
    Delay,
}

/// What is noted, and what is to go wrong at the place with a number.
#[derive(Default)]
struct Plan {
    noting: bool,
    places: Vec<Place>,
    statements: usize,
    at_place: Option<(usize, Fault)>,
    at_every: Option<(Place, Fault)>,
    at_statement: Option<usize>,
}

/// Does nothing until it is asked to.
#[derive(Default)]
pub struct Mischief {
    plan: Mutex<Plan>,
    arrived: Notify,
    go_on: Arc<Notify>,
}

impl Mischief {
    /// Begins to note places and statements, with something that goes wrong once at the place of a number.
    pub fn plan(&self, fault: Option<(usize, Fault)>) {
        *self.plan.lock().unwrap() = Plan { noting: true, at_place: fault, ..Plan::default() };
    }

    /// Lets something go wrong whenever the code comes to a place, until the plan is another one.
    pub fn plan_every(&self, place: Place, fault: Fault) {
        *self.plan.lock().unwrap() = Plan { noting: true, at_every: Some((place, fault)), ..Plan::default() };
    }

    /// Lets the task die after so many statements, counted from zero.
    pub fn die_after(&self, statement: usize) {
        *self.plan.lock().unwrap() = Plan { noting: true, at_statement: Some(statement), ..Plan::default() };
    }

    /// Whether what was to go wrong has not gone wrong.
    pub fn is_untouched(&self) -> bool {
        self.plan.lock().unwrap().at_place.is_some()
    }

    /// Whether a task died of what it was to die after.
    pub fn has_fallen(&self) -> bool {
        self.plan.lock().unwrap().at_statement.is_none()
    }

    /// Ends it; answers the places and the number of statements since [`Mischief::plan`].
    #[track_caller]
    pub fn over(&self) -> (Vec<Place>, usize) {
        let plan = std::mem::take(&mut *self.plan.lock().unwrap());
        // Loaders read together what comes together, so the number of statements varies; places do not.
        assert!(plan.at_place.is_none(), "it did not come so far");
        (plan.places, plan.statements)
    }

    /// Waits until a task stands at its place.
    pub async fn until_delayed(&self) {
        self.arrived.notified().await;
    }

    /// Lets a delayed task go on.
    pub fn release(&self) {
        self.go_on.notify_one();
    }

    /// A statement has run.
    pub fn ran(&self, sql: &str) {
        let mut plan = self.plan.lock().unwrap();
        if !plan.noting {
            return;
        }
        plan.statements += 1;
        if plan.at_statement.is_some_and(|number| plan.statements == number + 1) {
            plan.at_statement = None;
            drop(plan);
            // Without the hook: what dies on purpose is no news.
            std::panic::resume_unwind(Box::new(format!("crashed on purpose after {sql}")));
        }
    }
}

impl Saboteur for Mischief {
    fn reached(&self, place: Place) -> BoxFuture<'_, Result<(), Injected>> {
        let fault = {
            let mut plan = self.plan.lock().unwrap();
            if !plan.noting {
                return std::future::ready(Ok(())).boxed();
            }
            plan.places.push(place);
            let number = plan.places.len() - 1;
            let once = plan.at_place.take_if(|(wanted, _)| *wanted == number).map(|(_, fault)| fault);
            once.or_else(|| plan.at_every.filter(|(wanted, _)| *wanted == place).map(|(_, fault)| fault))
        };
        async move {
            match fault {
                None => Ok(()),
                Some(Fault::Failure) => Err(Injected::Failure(place)),
                Some(Fault::Lost) => Err(Injected::Lost(place)),
                Some(Fault::Crash) => std::panic::resume_unwind(Box::new("crashed on purpose")),
                Some(Fault::Delay) => {
                    self.arrived.notify_one();
                    self.go_on.notified().await;
                    Ok(())
                }
            }
        }
        .boxed()
    }
}
