//! Whether a badge can be granted: criterion by criterion, each with the fact behind it.

use super::BadgeKind;
use crate::domain::error::{Code, Detail, Refusal};
use crate::domain::evidence::EvidenceId;
use crate::domain::time::Timestamp;
use crate::domain::words::words;

words! {
    /// What has to hold for a badge.
    BadgeCriterion {
        /// A paid membership is in force.
        MembershipInForce => "MEMBERSHIP_IN_FORCE",
        /// An agency checked the capacity, and the supplier passed.
        CapacityChecked => "CAPACITY_CHECKED",
        /// An agency checked the credentials, and the supplier passed.
        CredentialsChecked => "CREDENTIALS_CHECKED",
        /// A third-party audit was passed, and none since was failed.
        AuditPassed => "AUDIT_PASSED",
        /// A passed audit looked at the company profile.
        CompanyProfileAudited => "COMPANY_PROFILE_AUDITED",
        /// A passed audit looked at capacity and process of the production, on site. Custom manufacturers only.
        OnsiteProductionAudited => "ONSITE_PRODUCTION_AUDITED",
        /// Among the first exporters of the country; the policy's share of them is rounded up to whole places.
        ExportRank => "EXPORT_RANK",
        /// Years of experience in the industry or in export.
        Experience => "EXPERIENCE",
        /// Successful client cases.
        ClientCases => "CLIENT_CASES",
        /// Orders dispatched in time.
        OnTimeDispatch => "ON_TIME_DISPATCH",
        /// Few orders that went to a dispute.
        DisputeRate => "DISPUTE_RATE",
        /// Fast answers to buyers.
        ResponseTime => "RESPONSE_TIME",
        /// Recognised awards.
        IndustryAwards => "INDUSTRY_AWARDS",
        /// Patents.
        Patents => "PATENTS",
        /// Valid certificates.
        Certifications => "CERTIFICATIONS",
        /// Advanced manufacturing capabilities.
        ManufacturingCapability => "MANUFACTURING_CAPABILITY",
        /// The supplier is not suspended.
        NotSuspended => "NOT_SUSPENDED",
        /// The platform did not take it out of Trade Assurance lately.
        NotExpelled => "NOT_EXPELLED",
        /// The product is offered.
        Published => "PUBLISHED",
        /// One price that holds from the minimum order quantity on.
        FixedPrice => "FIXED_PRICE",
        /// The price includes freight.
        FreightIncluded => "FREIGHT_INCLUDED",
        /// Dispatch is promised within the time that the policy allows.
        DispatchPromised => "DISPATCH_PROMISED",
        /// Delivery is promised.
        DeliveryPromised => "DELIVERY_PROMISED",
        /// The platform's logistics carry it.
        PlatformLogistics => "PLATFORM_LOGISTICS",
        /// The product carries the Easy Return mark.
        EasyReturnMarked => "EASY_RETURN_MARKED",
        /// The supplier is enrolled in Trade Assurance.
        SupplierProtected => "SUPPLIER_PROTECTED",
    }
}

/// A criterion as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which criterion.
    pub criterion: BadgeCriterion,
    /// Whether it is met.
    pub met: bool,
    /// The fact behind it, in a sentence.
    pub fact: String,
    /// The records that it rests on.
    pub evidence: Vec<EvidenceId>,
    /// Since when it is met, where that is known.
    pub since: Option<Timestamp>,
    /// The first instant at which it is no longer met if nothing happens; none without an end.
    pub until: Option<Timestamp>,
}

impl Finding {
    /// A criterion that rests on no record.
    pub(super) fn of(criterion: BadgeCriterion, met: bool, fact: impl Into<String>) -> Self {
        Self { criterion, met, fact: fact.into(), evidence: Vec::new(), since: None, until: None }
    }
}

/// How a supplier or product stands to a badge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Eligibility {
    /// Which badge.
    pub kind: BadgeKind,
    /// The version of the policy whose figures were used.
    pub policy_version: i64,
    /// The criteria, in the order of the rule.
    pub findings: Vec<Finding>,
}

impl Eligibility {
    /// Whether every criterion is met.
    pub fn is_met(&self) -> bool {
        !self.findings.is_empty() && self.findings.iter().all(|finding| finding.met)
    }

    /// The first instant at which a criterion is no longer met; none without an end.
    pub fn until(&self) -> Option<Timestamp> {
        self.findings.iter().filter_map(|finding| finding.until).min()
    }

    /// The records that all criteria rest on, each once.
    pub fn evidence(&self) -> Vec<EvidenceId> {
        let mut ids: Vec<EvidenceId> =
            self.findings.iter().flat_map(|finding| finding.evidence.iter().copied()).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// The criteria that are not met.
    pub fn unmet(&self) -> Vec<BadgeCriterion> {
        let unmet = self.findings.iter().filter(|finding| !finding.met);
        unmet.map(|finding| finding.criterion).collect()
    }

    /// What is missing, in a sentence.
    pub fn missing(&self) -> String {
        let unmet = self.findings.iter().filter(|finding| !finding.met);
        unmet.map(|finding| finding.fact.as_str()).collect::<Vec<_>>().join(" ")
    }

    /// Refuses the badge with what is missing.
    pub fn demand(&self, path: &[&str]) -> Result<(), Refusal> {
        if self.is_met() {
            return Ok(());
        }
        let message = format!("{} cannot be granted. {}", self.kind, self.missing());
        let refusal = Refusal::new(Code::BadgeCriteriaUnmet, message).at(path);
        Err(refusal.with(Detail::Badge { unmet: self.unmet() }))
    }
}
