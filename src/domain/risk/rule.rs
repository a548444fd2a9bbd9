//! The figures of the rules: what an operator may set, within bounds.

use std::ops::RangeInclusive;

use super::SignalCode;
use crate::domain::error::Refusal;

/// The figures of a rule. What each means is said by [`Rule::meaning`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Whose.
    pub code: SignalCode,
    /// Whether it signals at all.
    pub enabled: bool,
    /// A share in percent, where the rule has one.
    pub threshold: i64,
    /// A time in days, where the rule has one.
    pub window_days: i64,
    /// A least number, where the rule has one.
    pub minimum: i64,
    /// Rises by one with each change; 0 before the first.
    pub version: i64,
}

/// What an operator wants to change; what is absent stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct RuleChange {
    /// Whether it signals at all.
    pub enabled: Option<bool>,
    /// A share in percent.
    pub threshold: Option<i64>,
    /// A time in days.
    pub window_days: Option<i64>,
    /// A least number.
    pub minimum: Option<i64>,
}

/// The bounds of a figure and where it starts; a rule without the figure has none.
type Bounds = Option<(RangeInclusive<i64>, i64)>;

/// Threshold, window and minimum of a rule.
fn bounds(code: SignalCode) -> [Bounds; 3] {
    match code {
        SignalCode::PriceFarBelowMedian => [Some((1..=99, 40)), None, Some((2..=1_000_000, 5))],
        SignalCode::DiscountTooDeep => [Some((1..=99, 70)), None, None],
        SignalCode::LicenceExpiring | SignalCode::CertificateExpiring => [None, Some((1..=365, 30)), None],
        SignalCode::LicenceExpired | SignalCode::CertificateExpired => [None, Some((1..=3_650, 365)), None],
        SignalCode::NoTrackRecord => [None, None, Some((1..=1_000, 3))],
        SignalCode::ReviewBurst => [Some((100..=10_000, 500)), Some((1..=60, 7)), Some((2..=10_000, 10))],
        SignalCode::PoorOnTimeRate => [Some((1..=100, 80)), Some((7..=365, 365)), Some((1..=10_000, 10))],
        SignalCode::OffPlatformRequest => [None, Some((1..=365, 90)), Some((1..=1_000, 1))],
    }
}

impl Rule {
    /// The figures that a new platform starts with.
    pub fn initial(code: SignalCode) -> Self {
        let [threshold, window_days, minimum] =
            bounds(code).map(|bounds| bounds.map_or(0, |(_, initial)| initial));
        Self { code, enabled: true, threshold, window_days, minimum, version: 0 }
    }

    /// What the figures mean, for operators.
    pub const fn meaning(self) -> &'static str {
        match self.code {
            SignalCode::PriceFarBelowMedian => {
                "A price below `threshold` percent of the median signals, from `minimum` products on."
            }
            SignalCode::DiscountTooDeep => {
                "A lowest price more than `threshold` percent below the first price signals."
            }
            SignalCode::LicenceExpiring | SignalCode::CertificateExpiring => {
                "An end within `windowDays` days signals."
            }
            SignalCode::LicenceExpired | SignalCode::CertificateExpired => {
                "An end up to `windowDays` days ago signals, unless another paper took its place."
            }
            SignalCode::NoTrackRecord => "Fewer than `minimum` completed orders signal.",
            SignalCode::ReviewBurst => {
                "At least `minimum` reviews within `windowDays` days signal where they are more than `threshold` percent of \
                 the usual number."
            }
            SignalCode::PoorOnTimeRate => {
                "Less than `threshold` percent dispatched in time within `windowDays` days signals, from `minimum` \
                 dispatches on."
            }
            SignalCode::OffPlatformRequest => {
                "At least `minimum` messages of the supplier within `windowDays` days signal."
            }
        }
    }

    /// The rule with a change; a figure that the rule does not have, or out of its bounds, is refused.
    pub fn with(self, change: RuleChange) -> Result<Self, Vec<Refusal>> {
        let mut refusals = Vec::new();
        let [threshold, window, minimum] = bounds(self.code);
        let mut figure = |field: &str, bounds: Bounds, wanted: Option<i64>, kept: i64| match (wanted, bounds)
        {
            (None, _) => kept,
            (Some(value), Some((range, _))) if range.contains(&value) => value,
            (Some(_), Some((range, _))) => {
                let message = format!("For this rule it is {} to {}.", range.start(), range.end());
                refusals.push(Refusal::invalid(&["input", field], message));
                kept
            }
            (Some(_), None) => {
                refusals.push(Refusal::invalid(&["input", field], "This rule has no such figure."));
                kept
            }
        };
        let changed = Self {
            enabled: change.enabled.unwrap_or(self.enabled),
            threshold: figure("threshold", threshold, change.threshold, self.threshold),
            window_days: figure("windowDays", window, change.window_days, self.window_days),
            minimum: figure("minimum", minimum, change.minimum, self.minimum),
            version: self.version + 1,
            ..self
        };
        if refusals.is_empty() { Ok(changed) } else { Err(refusals) }
    }
}

/// All rules with their figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules(Vec<Rule>);

impl Rules {
    /// The rules that were set, and the initial figures of all others.
    pub fn new(set: &[Rule]) -> Self {
        let known = |code: SignalCode| set.iter().find(|rule| rule.code == code).copied();
        Self(
            SignalCode::ALL.iter().map(|code| known(*code).unwrap_or_else(|| Rule::initial(*code))).collect(),
        )
    }

    /// Every rule, in the order of the codes.
    pub fn all(&self) -> &[Rule] {
        &self.0
    }

    /// The figures of a rule.
    pub fn of(&self, code: SignalCode) -> Rule {
        let known = self.0.iter().find(|rule| rule.code == code).copied();
        known.unwrap_or_else(|| Rule::initial(code))
    }

    /// The figures of a rule that is switched on.
    pub(super) fn enabled(&self, code: SignalCode) -> Option<Rule> {
        Some(self.of(code)).filter(|rule| rule.enabled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initial_figures_are_within_their_own_bounds() {
        for code in SignalCode::ALL {
            let rule = Rule::initial(*code);
            let same = |value: i64| (value > 0).then_some(value);
            let change = RuleChange {
                enabled: Some(false),
                threshold: same(rule.threshold),
                window_days: same(rule.window_days),
                minimum: same(rule.minimum),
            };
            assert_eq!(rule.with(change), Ok(Rule { enabled: false, version: 1, ..rule }), "{code}");
            assert!(rule.meaning().len() > 20 && code.explanation().len() > 20);
        }
    }

    #[test]
    fn figures_out_of_bounds_or_of_other_rules_are_refused() {
        let rule = Rule::initial(SignalCode::PriceFarBelowMedian);
        let wrong = RuleChange {
            threshold: Some(100),
            window_days: Some(1),
            minimum: Some(1),
            ..RuleChange::default()
        };
        let fields: Vec<_> =
            rule.with(wrong).unwrap_err().into_iter().map(|refusal| refusal.field[1].clone()).collect();
        assert_eq!(fields, ["threshold", "windowDays", "minimum"]);
    }
}
