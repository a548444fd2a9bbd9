//! Red flags and the figures of their rules in the schema.

use async_graphql::{Context, Object, Result, SimpleObject};

use super::context::{ContextExt, caller};
use super::enums::mirror;
use super::error::{UserError, user_errors};
use super::messages::RiskSeverity;
use super::scalars::DateTime;
use crate::domain::risk::{Rule, RuleChange, Signal};
use crate::graphql::inputs::command_input;
use crate::service;
use crate::service::care::Kept;
use crate::service::risk;

mirror! {
    /// What is odd about a supplier or a product. `docs/REVIEWS-AND-SIGNALS.md` has each rule.
    RiskSignalCode = "crate::domain::risk::SignalCode" {
        /// The price at the minimum order quantity is far below the median of the like in the category.
        PriceFarBelowMedian,
        /// The price falls too far with quantity.
        DiscountTooDeep,
        /// A business licence ends soon.
        LicenceExpiring,
        /// A business licence has ended and none took its place.
        LicenceExpired,
        /// A certificate ends soon.
        CertificateExpiring,
        /// A certificate has ended and none took its place.
        CertificateExpired,
        /// Few orders were completed so far.
        NoTrackRecord,
        /// Many reviews came in a short time.
        ReviewBurst,
        /// Too many orders left late.
        PoorOnTimeRate,
        /// The supplier asked buyers to pay or talk off the platform.
        OffPlatformRequest,
    }
}

/// Something that a buyer should be warned of. It is found by rules and may be wrong: judge yourself. It blocks nothing.
#[derive(Debug, Clone, SimpleObject)]
pub struct RiskSignal {
    /// What is odd.
    code: RiskSignalCode,
    /// How bad it can become.
    severity: RiskSeverity,
    /// When it was first seen; it stands until its fact ends.
    observed_at: DateTime,
    /// What it means and what to do, for a person.
    explanation: &'static str,
    /// What it was found by. At most 10.
    evidence: Vec<RiskEvidence>,
}

/// A fact that a signal was found by.
#[derive(Debug, Clone, SimpleObject)]
pub struct RiskEvidence {
    /// What it is, such as `medianUnitPrice`; the name of the standard or issuer where it is a paper.
    name: String,
    /// How much: plain decimals, days in ISO 8601, or words.
    value: String,
}

impl From<&Signal> for RiskSignal {
    fn from(signal: &Signal) -> Self {
        let evidence = signal.evidence.iter();
        Self {
            code: signal.code.into(),
            severity: signal.severity.into(),
            observed_at: DateTime(signal.observed_at),
            explanation: signal.code.explanation(),
            evidence: evidence
                .map(|fact| RiskEvidence { name: fact.name.clone(), value: fact.value.clone() })
                .collect(),
        }
    }
}

/// The figures of a rule.
#[derive(Debug, Clone, SimpleObject)]
pub struct RiskRule {
    /// The signal that it raises.
    code: RiskSignalCode,
    /// Whether it signals at all.
    enabled: bool,
    /// What the figures below mean for this rule.
    meaning: &'static str,
    /// A share in percent; null where the rule has none.
    threshold: Option<i32>,
    /// A time in days; null where the rule has none.
    window_days: Option<i32>,
    /// A least number; null where the rule has none.
    minimum: Option<i32>,
    /// Rises by one with each change; 0 before the first.
    version: i32,
}

impl From<Rule> for RiskRule {
    fn from(rule: Rule) -> Self {
        // No figure of a rule may be zero: then the rule has none.
        let figure = |value: i64| i32::try_from(value).ok().filter(|value| *value > 0);
        Self {
            code: rule.code.into(),
            enabled: rule.enabled,
            meaning: rule.meaning(),
            threshold: figure(rule.threshold),
            window_days: figure(rule.window_days),
            minimum: figure(rule.minimum),
            version: i32::try_from(rule.version).unwrap_or(i32::MAX),
        }
    }
}

/// Reading the rules of signals.
#[derive(Debug, Default)]
pub struct RiskQuery;

/// Reading the rules of signals.
#[Object]
impl RiskQuery {
    /// Every rule with its figures. At most 10. Roles: operator. Scope: `platform:operate`.
    async fn risk_rules(&self, ctx: &Context<'_>) -> Result<Vec<RiskRule>> {
        let rules = risk::rules(ctx.app()?, ctx.actor()?).await?;
        Ok(rules.into_iter().map(RiskRule::from).collect())
    }
}

command_input! {
    /// What `setRiskRule` takes; a figure that is absent stays as it is.
    SetRiskRuleInput at version of rule {
        /// The rule, by the signal that it raises.
        code: RiskSignalCode,
        /// Whether it signals at all; switched off, its signals end.
        enabled: Option<bool>,
        /// A share in percent, where the rule has one.
        threshold: Option<i32>,
        /// A time in days, where the rule has one.
        window_days: Option<i32>,
        /// A least number, where the rule has one.
        minimum: Option<i32>,
    }
}

impl SetRiskRuleInput {
    fn change(&self) -> RuleChange {
        RuleChange {
            enabled: self.enabled,
            threshold: self.threshold.map(i64::from),
            window_days: self.window_days.map(i64::from),
            minimum: self.minimum.map(i64::from),
        }
    }
}

/// What `setRiskRule` answers.
#[derive(Debug, Clone, SimpleObject)]
pub struct SetRiskRulePayload {
    /// The rule after the command; null where it was refused.
    risk_rule: Option<RiskRule>,
    /// Whether this answers an earlier command with the same key.
    replayed: bool,
    /// What you can mend; empty where the command was done. Nothing was changed otherwise.
    user_errors: Vec<UserError>,
}

impl TryFrom<service::Result<Kept<Rule>>> for SetRiskRulePayload {
    type Error = async_graphql::Error;

    fn try_from(answer: service::Result<Kept<Rule>>) -> Result<Self> {
        Ok(match user_errors(answer)? {
            Ok(Kept { value, replayed }) => {
                Self { risk_rule: Some(value.into()), replayed, user_errors: Vec::new() }
            }
            Err(user_errors) => Self { risk_rule: None, replayed: false, user_errors },
        })
    }
}

/// Setting the rules of signals.
#[derive(Debug, Default)]
pub struct RiskMutation;

/// Setting the rules of signals.
#[Object]
impl RiskMutation {
    /// Sets the figures of a rule, or switches it on or off. Every supplier and product is looked at again within minutes.
    /// Roles: operator. Scope: `platform:operate`. Errors: `INVALID_INPUT`, `VERSION_CONFLICT`.
    async fn set_risk_rule(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which rule, and what changes.")] input: SetRiskRuleInput,
    ) -> Result<SetRiskRulePayload> {
        let answer = async {
            let (app, actor) = caller(ctx)?;
            risk::set_rule(app, actor, (input.code.into(), input.change()), &input.envelope()).await
        };
        answer.await.try_into()
    }
}
