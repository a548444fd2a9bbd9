//! What apps were found to be, remembered for seconds.

use std::sync::Arc;

use super::{Grant, STANDING_AGE};
use crate::app::App;
use crate::domain::ids::{AppId, CompanyId, MemberId};
use crate::domain::time::Timestamp;
use crate::service::Result;
use crate::service::remembered::Remembered;
use crate::store::parties::{self, Standing};

/// How many standings are remembered.
const STANDINGS_MAX: usize = 10_000;

type StandingKey = (AppId, Option<CompanyId>, Option<MemberId>);

/// What apps were found to be, remembered for seconds, so that a warmed authentication costs no statement.
#[derive(Debug)]
pub struct Standings(Remembered<StandingKey, Arc<Standing>>);

impl Default for Standings {
    fn default() -> Self {
        Self(Remembered::new(STANDINGS_MAX, STANDING_AGE))
    }
}

impl Standings {
    /// Forgets everything, because an app or a company has changed.
    pub fn forget(&self) {
        self.0.forget();
    }

    pub(super) async fn of(&self, app: &App, grant: &Grant, now: Timestamp) -> Result<Option<Arc<Standing>>> {
        let key = (grant.app, grant.company, grant.member);
        if let Some(standing) = self.0.get(&key, now) {
            return Ok(Some(standing));
        }
        let begun = self.0.begin();
        let standing =
            parties::standing(&app.db, grant.app, grant.company, grant.member).await?.map(Arc::new);
        if let Some(standing) = &standing {
            self.0.keep(begun, &key, Arc::clone(standing), now);
        }
        Ok(standing)
    }
}
