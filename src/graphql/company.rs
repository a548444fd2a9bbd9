//! A company as others see it.

use async_graphql::{ID, SimpleObject};

use crate::domain;
use crate::domain::ids::CompanyId;
use crate::graphql::scalars::CountryCode;

/// A legal entity, as the public sees it.
#[derive(Debug, Clone, SimpleObject)]
pub struct Company {
    /// Identifies the company.
    id: ID,
    /// The legal name.
    name: String,
    /// Where it is seated; `ZZ` where that is not known.
    country: CountryCode,
}

impl Company {
    /// The public face of a company.
    pub(super) fn new(id: CompanyId, name: &str, country: &str) -> Self {
        Self { id: id.to_string().into(), name: name.to_owned(), country: CountryCode(country.to_owned()) }
    }
}

impl From<&domain::party::Company> for Company {
    fn from(company: &domain::party::Company) -> Self {
        Self::new(company.id, &company.name, &company.country)
    }
}
