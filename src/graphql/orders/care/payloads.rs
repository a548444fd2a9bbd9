//! What the commands on inspections, returns and after-sales service answer.

use async_graphql::{Context, Object, Result, SimpleObject};

use super::types::{AccreditedInspector, AfterSalesRequest, EasyReturn, Inspection};
use crate::domain::accreditation::Accreditation;
use crate::domain::order::Warehouse;
use crate::graphql::company::Company;
use crate::graphql::context::ContextExt;
use crate::graphql::error::{UserError, user_errors};
use crate::graphql::orders::payloads::part_payload;
use crate::graphql::orders::types::Order;
use crate::graphql::scalars::CountryCode;
use crate::service;
use crate::service::care::Kept;
use crate::service::orders::Outcome;

/// Declares a payload that names a part of the order.
macro_rules! care_payload {
    ($(#[doc = $doc:literal])+ $name:ident { $part_doc:literal $part:ident: $kind:ident }) => {
        part_payload! {
            $(#[doc = $doc])+
            $name,
            #[doc = $part_doc]
            $part: $kind = $kind::moved
        }
    };
}

care_payload! {
    /// What `bookInspection` answers.
    BookInspectionPayload { "The inspection: send the buyer to the `sessionUrl` of its payment." inspection: Inspection }
}
care_payload! {
    /// What `createInspectionPaymentSession` answers.
    CreateInspectionPaymentSessionPayload { "The inspection with its new payment." inspection: Inspection }
}
care_payload! {
    /// What `cancelInspection` answers.
    CancelInspectionPayload { "The inspection." inspection: Inspection }
}
care_payload! {
    /// What `acceptInspection` answers.
    AcceptInspectionPayload { "The inspection." inspection: Inspection }
}
care_payload! {
    /// What `declarePacked` answers.
    DeclarePackedPayload { "The inspection." inspection: Inspection }
}
care_payload! {
    /// What `submitInspectionReport` answers.
    SubmitInspectionReportPayload { "The inspection." inspection: Inspection }
}
care_payload! {
    /// What `waiveInspection` answers.
    WaiveInspectionPayload { "The inspection." inspection: Inspection }
}
care_payload! {
    /// What `requestRework` answers.
    RequestReworkPayload { "The inspection." inspection: Inspection }
}
care_payload! {
    /// What `requestEasyReturn` answers.
    RequestEasyReturnPayload { "The return: where the goods go, and until when." easy_return: EasyReturn }
}
care_payload! {
    /// What `shipReturn` answers.
    ShipReturnPayload { "The return." easy_return: EasyReturn }
}
care_payload! {
    /// What `receiveReturn` answers.
    ReceiveReturnPayload { "The return." easy_return: EasyReturn }
}
care_payload! {
    /// What `requestAfterSalesService` answers.
    RequestAfterSalesServicePayload { "The request." after_sales_request: AfterSalesRequest }
}
care_payload! {
    /// What `respondToAfterSales` answers.
    RespondToAfterSalesPayload { "The request." after_sales_request: AfterSalesRequest }
}
care_payload! {
    /// What `resolveAfterSales` answers.
    ResolveAfterSalesPayload { "The request." after_sales_request: AfterSalesRequest }
}

/// What `accreditInspector` answers.
#[derive(Debug, Clone, SimpleObject)]
pub struct AccreditInspectorPayload {
    /// The accreditation.
    accredited_inspector: Option<AccreditedInspector>,
    /// Whether this answers an earlier command with the same key.
    replayed: bool,
    /// What you can mend; empty where the command was done. Nothing was changed otherwise.
    user_errors: Vec<UserError>,
}

impl TryFrom<service::Result<Kept<Accreditation>>> for AccreditInspectorPayload {
    type Error = async_graphql::Error;

    fn try_from(answer: service::Result<Kept<Accreditation>>) -> Result<Self> {
        Ok(match user_errors(answer)? {
            Ok(Kept { value, replayed }) => {
                Self { accredited_inspector: Some(value.into()), replayed, user_errors: Vec::new() }
            }
            Err(user_errors) => Self { accredited_inspector: None, replayed: false, user_errors },
        })
    }
}

/// Where the returns of a country go.
#[derive(Debug, Clone)]
pub struct ReturnWarehouse(Warehouse);

/// Where the returns of a country go.
#[Object]
impl ReturnWarehouse {
    /// The country whose returns go there.
    async fn country_code(&self) -> CountryCode {
        CountryCode(self.0.country.clone())
    }

    /// The company that receives them.
    async fn warehouse(&self, ctx: &Context<'_>) -> Result<Option<Company>> {
        Ok(ctx.loaders()?.company(self.0.company).await?.map(|company| Company::from(&*company)))
    }

    /// Where exactly.
    async fn address(&self) -> &str {
        &self.0.address
    }
}

/// What `openReturnWarehouse` answers.
#[derive(Debug, Clone, SimpleObject)]
pub struct OpenReturnWarehousePayload {
    /// The warehouse as it is from now on; null where it was refused.
    return_warehouse: Option<ReturnWarehouse>,
    /// Whether this answers an earlier command with the same key.
    replayed: bool,
    /// What you can mend; empty where the command was done. Nothing was changed otherwise.
    user_errors: Vec<UserError>,
}

impl TryFrom<service::Result<Kept<Warehouse>>> for OpenReturnWarehousePayload {
    type Error = async_graphql::Error;

    fn try_from(answer: service::Result<Kept<Warehouse>>) -> Result<Self> {
        Ok(match user_errors(answer)? {
            Ok(Kept { value, replayed }) => {
                Self { return_warehouse: Some(ReturnWarehouse(value)), replayed, user_errors: Vec::new() }
            }
            Err(user_errors) => Self { return_warehouse: None, replayed: false, user_errors },
        })
    }
}
