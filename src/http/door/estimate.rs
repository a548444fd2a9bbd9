//! What an operation would cost, by all checks that it would have to pass, and without being made ready to run.

use crate::service::costs::Estimate;

use super::cost::Scale;
use super::refusal::Refused;
use super::request::Parameters;
use super::{Door, choose};

impl Door {
    /// Weighs an operation of any kind.
    pub fn estimate(&self, parameters: &Parameters) -> Result<Estimate, Refused> {
        let prepared = self.prepare(parameters.document()?)?;
        let operation = choose(&prepared, parameters.operation_name.as_deref())?;
        let coerced = self.coerce(&prepared, operation, &parameters.variables)?;
        let weight = prepared.weigh(operation, &coerced);
        Ok(Estimate {
            requested: weight.cost,
            maximum: self.limits.cost,
            costliest: Scale::new(&prepared.document, &coerced).costliest(operation),
            fits: weight.cost <= self.limits.cost && weight.values <= self.limits.values,
        })
    }
}
