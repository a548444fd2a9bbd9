//! How much a supplier exports, and where that puts it among the exporters of its country. Computed, never typed in.

use super::ids::SupplierId;
use super::money::{BasisPoints, Money};
use super::time::Timestamp;

/// What a supplier sold to buyers abroad in the year before the computation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportVolume {
    /// The supplier.
    pub supplier: SupplierId,
    /// Its country, ISO 3166-1 alpha-2.
    pub country: String,
    /// The goods of its completed orders of buyers abroad, in dollars by the rates of their days.
    pub volume: Money,
    /// How many orders these are.
    pub orders: i64,
    /// Orders that are left out, as no exchange rate was on record for their day.
    pub unpriced_orders: i64,
    /// Its place among the exporters of its country; none without an export.
    pub place: Option<ExportPlace>,
    /// When this was computed.
    pub computed_at: Timestamp,
}

/// A place among the exporters of a country: equal volumes share the better one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExportPlace {
    /// From 1.
    pub place: i64,
    /// Suppliers of the country that exported.
    pub exporters: i64,
}

impl ExportPlace {
    /// Whether it is among the first of this share. The first one of a small country is: shares are rounded up to whole
    /// exporters.
    pub fn is_among(self, share: BasisPoints) -> bool {
        let counted = i128::from(self.exporters) * i128::from(share.0);
        // Rounded up to a whole exporter.
        i128::from(self.place) * 10_000 < counted + 10_000
    }

    /// The share of exporters up to this one, in percent with two digits.
    pub fn top_percent(self) -> Option<String> {
        super::review::ratio(i128::from(self.place) * 100, i128::from(self.exporters), 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_fifth_is_rounded_up_to_whole_exporters() {
        let fifth = BasisPoints(2_000);
        for (place, exporters, among) in [
            (1, 1, true),
            (1, 4, true),
            (2, 5, false),
            (2, 6, true),
            (2, 10, true),
            (3, 10, false),
            (200, 1_000, true),
            (201, 1_000, false),
            (201, 1_001, true),
        ] {
            assert_eq!(ExportPlace { place, exporters }.is_among(fifth), among, "{place} of {exporters}");
        }
        assert_eq!(ExportPlace { place: 1, exporters: 3 }.top_percent().as_deref(), Some("33.33"));
    }
}
