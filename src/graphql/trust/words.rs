//! The closed lists of trust as GraphQL enums.

use async_graphql::Enum;

use crate::graphql::enums::mirror;

mirror! {
    /// What has to hold for a badge.
    BadgeCriterionKind = "crate::domain::badge::BadgeCriterion" {
        /// A paid membership is in force.
        MembershipInForce,
        /// An agency checked the capacity, and the supplier passed.
        CapacityChecked,
        /// An agency checked the credentials, and the supplier passed.
        CredentialsChecked,
        /// A third-party audit was passed, and none since was failed.
        AuditPassed,
        /// A passed audit looked at the company profile.
        CompanyProfileAudited,
        /// A passed audit looked at capacity and process of the production, on site. Custom manufacturers only.
        OnsiteProductionAudited,
        /// Among the first exporters of the country: the policy's share of them is rounded up to whole places, so that the
        /// first one is always among them, also where it is the only one.
        ExportRank,
        /// Years of experience in the industry or in export.
        Experience,
        /// Successful client cases.
        ClientCases,
        /// Orders dispatched in time.
        OnTimeDispatch,
        /// Few orders that went to a dispute.
        DisputeRate,
        /// Fast answers to buyers.
        ResponseTime,
        /// Recognised awards.
        IndustryAwards,
        /// Patents.
        Patents,
        /// Valid certificates.
        Certifications,
        /// Advanced manufacturing capabilities.
        ManufacturingCapability,
        /// The supplier is not suspended.
        NotSuspended,
        /// The platform did not take it out of Trade Assurance lately.
        NotExpelled,
        /// The product is offered.
        Published,
        /// One price that holds from the minimum order quantity on.
        FixedPrice,
        /// The price includes freight.
        FreightIncluded,
        /// Dispatch is promised within the time that the policy allows.
        DispatchPromised,
        /// Delivery is promised.
        DeliveryPromised,
        /// The platform's logistics carry it.
        PlatformLogistics,
        /// The product carries the Easy Return mark.
        EasyReturnMarked,
        /// The supplier is enrolled in Trade Assurance.
        SupplierProtected,
    }
}

mirror! {
    /// How far a document under review got.
    VerificationDocumentStatus = "crate::domain::evidence::DocumentStatus" {
        /// It waits for a review.
        Submitted,
        /// It became a record of evidence.
        Accepted,
        /// It was refused, with a reason; another one may answer it.
        Refused,
    }
}

/// What the review of a document comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum VerificationVerdict {
    /// The document becomes a record of evidence.
    Accept,
    /// It is refused; say why.
    Refuse,
}
