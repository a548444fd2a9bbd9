//! The closed lists of the catalogue as GraphQL enums.

use async_graphql::Enum;

use crate::graphql::enums::mirror;

mirror! {
    /// What an award says about a supplier or a product.
    BadgeKind = "crate::domain::badge::BadgeKind" {
        /// Paid membership in force, capacity and credentials checked by a third party.
        Gold,
        /// A third-party audit was passed; lapses a year after the report.
        Verified,
        /// Everything of `VERIFIED`, and proven export, experience, service and capability.
        VerifiedPro,
        /// Enrolled in the protection programme and in good standing.
        TradeAssurance,
        /// A product with fixed price, freight included, and promised dispatch and delivery.
        Guaranteed,
        /// A product that can be returned locally, free of charge, when damaged or defective.
        EasyReturn,
    }
}

mirror! {
    /// Who ended a badge before its time.
    EndedBy = "crate::domain::badge::EndedBy" {
        /// The platform's staff.
        Platform,
        /// The supplier itself.
        Supplier,
        /// The rules: what it rested on no longer holds.
        Rules,
    }
}

mirror! {
    /// What a record of evidence is.
    EvidenceKind = "crate::domain::evidence::EvidenceKind" {
        /// A paid membership.
        Membership,
        /// A third-party agency's check of capacity or credentials.
        AgencyCheck,
        /// A third-party audit.
        Audit,
        /// A management or product certificate.
        Certificate,
        /// A business licence.
        Licence,
        /// A factory report, film, panorama or tour.
        Media,
        /// A client case, award, patent, capability or experience.
        TrackRecord,
    }
}

mirror! {
    /// What an entry of a track record is.
    TrackRecordKind = "crate::domain::evidence::TrackRecordKind" {
        /// Work for a client that the client attests.
        ClientCase,
        /// A recognised award.
        IndustryAward,
        /// A patent.
        Patent,
        /// An advanced way of making.
        ManufacturingCapability,
        /// Since when it has been in the industry or has exported.
        Experience,
    }
}

mirror! {
    /// What a verified supplier is good at.
    Specialisation = "crate::domain::supplier::Specialisation" {
        /// Makes goods to the buyer's specification.
        CustomManufacturer,
        /// Trades in many kinds of goods.
        Multispecialty,
        /// Owns the brand of its goods.
        BrandHolder,
    }
}

mirror! {
    /// What a document, picture or tour is.
    MediaKind = "crate::domain::audit::MediaKind" {
        /// A picture.
        Image,
        /// A film.
        Video,
        /// A report on a factory.
        FactoryReport,
        /// A film of an inspection.
        InspectionVideo,
        /// A panorama of 360°.
        Panorama,
        /// A tour in virtual reality.
        VrTour,
        /// Any other document.
        Document,
    }
}

mirror! {
    /// What a certificate is about.
    CertificateKind = "crate::domain::audit::CertificateKind" {
        /// How the supplier is managed: ISO 9001, ISO 14001, BSCI, …
        Management,
        /// What the goods are: CE, RoHS, FDA, …
        Product,
    }
}

mirror! {
    /// Whether a product is offered.
    ProductStatus = "crate::domain::product::ProductStatus" {
        /// Being written; nobody else sees it.
        Draft,
        /// Offered.
        Published,
        /// No longer offered.
        Withdrawn,
    }
}

mirror! {
    /// Which service the supplier promises after the sale.
    AfterSalesLabel = "crate::domain::product::AfterSalesLabel" {
        /// Spare parts at no charge.
        FreeReplacementParts,
        /// Service at the buyer's place, and spare parts at no charge.
        OnsiteServiceAndFreeReplacementParts,
    }
}

mirror! {
    /// The order of products.
    ProductSort = "crate::domain::search::ProductSort" {
        /// The best match first; without a query the best rank. See `ProductSearchEdge.ranking`.
        Relevance,
        /// By currency, then the lowest price at the minimum order quantity first; without a price last.
        PriceLowFirst,
        /// By currency, then the highest price at the minimum order quantity first; without a price last.
        PriceHighFirst,
        /// The best average first, of equal ones the most reviewed.
        Rating,
        /// The newest first.
        Newest,
        /// The lowest minimum order quantity first.
        MinimumOrderQuantity,
        /// The shortest lead time at the minimum order quantity first; unknown ones last.
        LeadTime,
    }
}

mirror! {
    /// The order of suppliers.
    SupplierSort = "crate::domain::search::SupplierSort" {
        /// The best match first; without a query the best rank. See `SupplierSearchEdge.ranking`.
        Relevance,
        /// The best average first, of equal ones the most reviewed.
        Rating,
        /// The newest first.
        Newest,
        /// The most completed orders first.
        OrdersCompleted,
    }
}

mirror! {
    /// By which property a search can be narrowed.
    FacetKind = "crate::domain::search::FacetKind" {
        /// The supplier's badges in force.
        Badge,
        /// The supplier's specialisation.
        Specialisation,
        /// The supplier's country.
        Country,
        /// The categories directly below the one searched in, or at the top.
        Category,
        /// The supplier's valid management standards.
        ManagementCertification,
        /// The standards that the product is validly certified by.
        ProductCertification,
        /// Guaranteed terms.
        Guaranteed,
        /// The Easy Return mark.
        EasyReturn,
        /// A sample offer.
        SampleAvailable,
        /// The least average score.
        Rating,
    }
}

/// What a review is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum ReviewKind {
    /// One product of an order.
    Product,
    /// The supplier as a whole.
    Store,
}
