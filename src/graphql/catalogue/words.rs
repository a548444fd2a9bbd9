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

mirror! {
    /// The order of reviews.
    ReviewSort = "crate::domain::review::ReviewSort" {
        /// The newest first.
        Newest,
        /// The one that most companies found helpful first, of equal ones the newest.
        MostHelpful,
        /// The highest score first, of equal ones the newest.
        HighestScore,
        /// The lowest score first, of equal ones the newest.
        LowestScore,
    }
}

mirror! {
    /// Whether a review is visible.
    ReviewStatus = "crate::domain::review::ReviewStatus" {
        /// Everybody sees it, and ratings count it.
        Published,
        /// Moderation hid it: only its buyer, its supplier and operators see it, and no rating counts it.
        Hidden,
    }
}

mirror! {
    /// Over which time figures are counted, up to now; days are those of UTC.
    MetricsPeriod = "crate::domain::metrics::MetricsPeriod" {
        /// What happened in the last 90 days, today included.
        Last90Days,
        /// What happened in the last 365 days, today included.
        Last365Days,
        /// Everything on record.
        AllTime,
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
