//! The category tree, and what is made in each of its leaves.

use super::Workshop;
use crate::domain::category::Category;
use crate::domain::error::Refusal;
use crate::domain::ids::CategoryId;

/// A kind of goods: how it is sold, and what it is made of in which sizes.
#[derive(Debug)]
pub(super) struct Article {
    /// The leaf of the tree.
    pub(super) leaf: &'static str,
    /// What it is called.
    pub(super) noun: &'static str,
    /// What a quantity counts.
    pub(super) unit: &'static str,
    /// What one costs at the least quantity, in cents of a dollar, before material and size.
    pub(super) cents: i64,
    /// The least quantity.
    pub(super) least: i64,
    /// Quantities are multiples of it.
    pub(super) step: i64,
    /// Days to dispatch.
    pub(super) days: i64,
    /// What it is made of, cheapest first.
    pub(super) materials: &'static [&'static str],
    /// Its sizes, smallest first.
    pub(super) sizes: &'static [&'static str],
    /// The certificate that such goods carry.
    pub(super) standard: &'static str,
    /// What it is for.
    pub(super) purpose: &'static str,
}

/// Top categories with their leaves.
const TREE: [(&str, &[&str]); 9] = [
    ("Home textiles", &["Towels", "Bed linen"]),
    ("Kitchen and table", &["Drinkware", "Cookware"]),
    ("Bags and packaging", &["Shopping bags", "Boxes", "Bottles and jars"]),
    ("Lighting", &["Panel lights", "Outdoor lights"]),
    ("Electrical parts", &["Cables", "Power supplies"]),
    ("Machinery", &["Pumps", "Packaging machines"]),
    ("Hardware", &["Fasteners", "Hand tools", "Bearings"]),
    ("Furniture", &["Chairs", "Tables"]),
    ("Care and protection", &["Gloves", "Soap and care"]),
];

macro_rules! articles {
    ($($leaf:literal, $noun:literal, $unit:literal, $cents:literal / $least:literal x $step:literal, $days:literal,
        [$($material:literal),*], [$($size:literal),*], $standard:literal, $purpose:literal;)*) => {
        /// Everything that is made.
        pub(super) const ARTICLES: &[Article] = &[$(Article {
            leaf: $leaf, noun: $noun, unit: $unit, cents: $cents, least: $least, step: $step, days: $days,
            materials: &[$($material),*], sizes: &[$($size),*], standard: $standard, purpose: $purpose,
        }),*];
    };
}

articles! {
    "Towels", "Bath towel", "piece", 310 / 200 x 50, 18, ["carded cotton", "combed cotton", "organic cotton", "linen and cotton"], ["50 × 90 cm", "70 × 140 cm", "100 × 150 cm"], "OEKO-TEX STANDARD 100", "hotels, gyms and shops";
    "Towels", "Kitchen towel", "piece", 95 / 500 x 100, 14, ["cotton", "half linen", "linen"], ["45 × 65 cm", "50 × 70 cm", "60 × 80 cm"], "OEKO-TEX STANDARD 100", "gastronomy and households";
    "Bed linen", "Duvet cover", "piece", 1240 / 100 x 20, 25, ["percale", "satin", "flannel", "washed linen"], ["140 × 200 cm", "155 × 220 cm", "200 × 200 cm"], "OEKO-TEX STANDARD 100", "hotels and shops";
    "Drinkware", "Insulated bottle", "piece", 420 / 300 x 50, 20, ["steel, single wall", "steel, double wall", "titanium"], ["350 ml", "500 ml", "750 ml", "1 l"], "FDA 21 CFR", "brands, events and outdoor shops";
    "Drinkware", "Stoneware mug", "piece", 165 / 400 x 48, 22, ["white glaze", "speckled glaze", "reactive glaze"], ["200 ml", "300 ml", "450 ml"], "FDA 21 CFR", "cafés and gift shops";
    "Cookware", "Frying pan", "piece", 780 / 150 x 10, 28, ["aluminium", "carbon steel", "cast iron", "tri-ply steel"], ["20 cm", "24 cm", "28 cm"], "LFGB", "kitchen shops and restaurants";
    "Shopping bags", "Canvas bag", "piece", 115 / 500 x 100, 12, ["cotton 140 g", "cotton 220 g", "recycled cotton", "jute"], ["30 × 35 cm", "38 × 42 cm", "45 × 40 cm"], "GOTS", "shops, fairs and events";
    "Boxes", "Shipping box", "piece", 42 / 1000 x 50, 8, ["single wall board", "double wall board", "recycled board"], ["20 × 15 × 10 cm", "40 × 30 × 20 cm", "60 × 40 × 40 cm"], "FSC", "online shops and warehouses";
    "Bottles and jars", "Storage jar", "piece", 58 / 1200 x 24, 16, ["clear glass", "amber glass", "recycled glass"], ["125 ml", "250 ml", "500 ml", "1 l"], "FDA 21 CFR", "food makers and cosmetics";
    "Panel lights", "LED panel", "piece", 1650 / 50 x 10, 21, ["3000 K", "4000 K", "4000 K, dimmable", "5000 K, dimmable"], ["30 × 30 cm", "60 × 60 cm", "30 × 120 cm"], "CE", "offices, schools and shops";
    "Outdoor lights", "Bollard light", "piece", 3400 / 20 x 5, 26, ["aluminium", "steel", "corten steel"], ["40 cm", "65 cm", "90 cm"], "CE", "gardens, hotels and towns";
    "Cables", "USB-C cable", "piece", 88 / 1000 x 100, 10, ["PVC", "braided nylon", "silicone"], ["0.5 m", "1 m", "2 m"], "RoHS", "brands and device makers";
    "Cables", "Solar cable", "metre", 46 / 2000 x 500, 9, ["tinned copper, black", "tinned copper, red"], ["4 mm²", "6 mm²", "10 mm²"], "TÜV 2 PfG 1169", "installers of solar plants";
    "Power supplies", "DIN rail power supply", "piece", 1420 / 40 x 10, 15, ["plastic housing", "metal housing"], ["30 W", "60 W", "120 W", "240 W"], "CE", "builders of control cabinets";
    "Pumps", "Centrifugal pump", "piece", 18900 / 5 x 1, 35, ["cast iron", "bronze", "stainless steel"], ["0.75 kW", "1.5 kW", "3 kW", "5.5 kW"], "CE", "water works, farms and industry";
    "Packaging machines", "Band sealer", "piece", 42500 / 2 x 1, 40, ["painted steel", "stainless steel"], ["table top", "on wheels", "with printer"], "CE", "food makers and packers";
    "Fasteners", "Hex bolt", "piece", 7 / 10000 x 500, 11, ["zinc-plated 8.8", "hot-dip galvanised 8.8", "A2 steel", "A4 steel"], ["M6 × 30", "M8 × 40", "M10 × 60", "M12 × 80"], "ISO 898-1", "builders and machine makers";
    "Hand tools", "Socket set", "set", 1180 / 60 x 6, 19, ["carbon steel", "chrome vanadium", "S2 steel"], ["24 parts", "46 parts", "94 parts"], "GS", "garages and workshops";
    "Bearings", "Ball bearing", "piece", 64 / 500 x 50, 13, ["open", "metal shields", "rubber seals"], ["608", "6001", "6204", "6306"], "ISO 15", "machine makers and repair shops";
    "Chairs", "Stacking chair", "piece", 2150 / 80 x 4, 30, ["beech", "oak", "steel and ply"], ["seat 43 cm", "seat 46 cm", "bar 76 cm"], "EN 16139", "cafés, schools and halls";
    "Tables", "Folding table", "piece", 3900 / 40 x 2, 32, ["laminate", "birch ply", "oak veneer"], ["120 × 60 cm", "160 × 80 cm", "180 × 80 cm"], "EN 15372", "conference rooms and caterers";
    "Gloves", "Work glove", "pair", 74 / 1200 x 120, 12, ["nitrile on polyester", "latex on cotton", "PU on nylon", "cut-resistant fibre"], ["size 8", "size 9", "size 10", "size 11"], "EN 388", "builders, logistics and gardens";
    "Soap and care", "Bar soap", "piece", 61 / 1500 x 100, 17, ["olive oil", "shea butter", "goat milk"], ["60 g", "100 g", "150 g"], "ISO 22716", "shops, hotels and gift makers";
}

/// The tree as it is written.
pub(super) struct Tree {
    categories: Vec<Category>,
}

impl Tree {
    /// Every category, parents first.
    pub(super) fn categories(&self) -> &[Category] {
        &self.categories
    }

    /// The category with this name.
    pub(super) fn leaf(&self, name: &str) -> Option<CategoryId> {
        self.categories.iter().find(|category| category.name == name).map(|category| category.id)
    }
}

/// Makes the tree.
pub(super) fn tree(shop: &Workshop<'_>) -> Result<Tree, Refusal> {
    let mut categories = Vec::new();
    let make = |parent: Option<&Category>, name: &str| {
        let reference = name.to_lowercase().replace(' ', "-");
        Category::new(shop.app.ids.make(shop.now), parent, name.to_owned(), Some(format!("demo:{reference}")))
    };
    for (name, leaves) in TREE {
        let top = make(None, name)?;
        let below = leaves.iter().map(|leaf| make(Some(&top), leaf)).collect::<Result<Vec<_>, _>>()?;
        categories.push(top);
        categories.extend(below);
    }
    Ok(Tree { categories })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_article_has_its_leaf_and_fits_its_steps() {
        let leaves: Vec<_> = TREE.iter().flat_map(|(_, leaves)| leaves.iter()).collect();
        for article in ARTICLES {
            assert!(leaves.contains(&&article.leaf), "{}", article.noun);
            assert!(article.materials.len() * article.sizes.len() >= 6, "{}", article.noun);
        }
        for leaf in leaves {
            assert!(ARTICLES.iter().any(|article| article.leaf == *leaf), "{leaf}");
        }
    }
}
