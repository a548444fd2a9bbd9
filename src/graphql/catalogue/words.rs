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
    BadgeEndedBy = "crate::domain::badge::EndedBy" {
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
    /// What made a version of a product.
    ProductVersionAction = "crate::domain::sheet::VersionAction" {
        /// It was created.
        Created,
        /// Its fields were changed.
        Updated,
        /// It was published.
        Published,
        /// It was withdrawn.
        Withdrawn,
        /// An import of history wrote it, before it was written here.
        Imported,
    }
}

mirror! {
    /// What is not wrong about a product and still keeps buyers away.
    #[expect(clippy::enum_variant_names, reason = "each names what is not there")]
    ProductAdvice = "crate::domain::sheet::Advice" {
        /// It stands in no category.
        NoCategory,
        /// It promises no lead time.
        NoLeadTimes,
        /// It has no picture.
        NoMedia,
        /// It has no description.
        NoDescription,
    }
}

mirror! {
    /// What becomes of the other rows when one is rejected.
    ImportErrorPolicy = "crate::service::products::ErrorPolicy" {
        /// Nothing is written.
        AllOrNothing,
        /// The others are written.
        SkipInvalid,
    }
}

mirror! {
    /// What became of a row.
    ImportRowOutcome = "crate::service::products::RowOutcome" {
        /// A product was made.
        Created,
        /// The product was changed.
        Updated,
        /// The product says so already.
        Unchanged,
        /// The row was not written; its errors say why.
        Rejected,
        /// The row is good, but nothing was written because another one is not.
        NotApplied,
    }
}

mirror! {
    /// What changed in the catalogue.
    ChangeKind = "crate::domain::change::ChangeKind" {
        /// A product.
        Product,
        /// A supplier.
        Supplier,
        /// A category.
        Category,
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
        /// The lowest price at the minimum order quantity first, compared in dollars by the exchange rates of today; then
        /// those whose currency has no rate, by currency and price; without a price last. See `priceComparison`.
        PriceLowFirst,
        /// The highest price at the minimum order quantity first, compared in dollars by the exchange rates of today; then
        /// those whose currency has no rate; without a price last. See `priceComparison`.
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
        /// The largest part of orders dispatched in time first; without a dispatch last.
        OnTimeDispatch,
        /// The quickest answers to enquiries first; without an answer last.
        ResponseTime,
        /// The longest established first; unknown ones last.
        Established,
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
        /// The categories below the one searched in, it itself and those beside it; those at the top without one.
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
        /// Made to specification.
        Customisable,
        /// The service after the sale.
        AfterSales,
        /// The least average score.
        Rating,
        /// The price at the minimum order quantity, compared in dollars by the exchange rates of today.
        Price,
        /// The minimum order quantity, at most this.
        MinimumOrderQuantity,
        /// The lead time at the minimum order quantity in days, at most this.
        LeadTime,
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
