//! Who sells in the demo marketplace.

use super::Workshop;
use crate::domain::error::Refusal;
use crate::domain::party::{Company, CompanyDraft, Plan};
use crate::domain::supplier::{Specialisation, Supplier};
use crate::domain::time::{Day, Span};
use crate::service::Error;

use Specialisation::{BrandHolder, CustomManufacturer, Multispecialty};

/// How far a house has come on the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Standing {
    /// On record, nothing proven.
    Plain,
    /// A member whose credentials were checked.
    Gold,
    /// Its audit was passed.
    Verified,
    /// And its capability is proven.
    Pro,
}

use Standing::{Gold, Plain, Pro, Verified};

/// A house that makes or trades.
#[derive(Debug)]
pub(super) struct Maker {
    pub(super) name: &'static str,
    pub(super) country: &'static str,
    pub(super) city: &'static str,
    pub(super) year: i64,
    pub(super) specialisation: Specialisation,
    pub(super) standing: Standing,
    /// Whether orders with it are protected.
    pub(super) protected: bool,
    pub(super) currency: &'static str,
    /// What it makes, by the nouns of the articles.
    pub(super) makes: &'static [&'static str],
}

macro_rules! makers {
    ($($name:literal $country:literal $city:literal $year:literal $specialisation:ident $standing:ident
        $protected:literal $currency:literal [$($noun:literal),*];)*) => {
        /// Every house; the first one is whom the demo's supplier token acts for.
        pub(super) const MAKERS: &[Maker] = &[$(Maker {
            name: $name, country: $country, city: $city, year: $year, specialisation: $specialisation,
            standing: $standing, protected: $protected, currency: $currency, makes: &[$($noun),*],
        }),*];
    };
}

makers! {
    "Porto Têxtil Lda" "PT" "Guimarães" 1987 CustomManufacturer Pro true "USD" ["Bath towel", "Duvet cover", "Canvas bag"];
    "Lindgren Ljus AB" "SE" "Borås" 1994 BrandHolder Pro true "EUR" ["LED panel", "Bollard light"];
    "Shenlan Precision Hardware Co." "CN" "Ningbo" 2003 CustomManufacturer Pro true "USD" ["Hex bolt", "Ball bearing"];
    "Yuhai Drinkware Co." "CN" "Yongkang" 2008 CustomManufacturer Verified true "USD" ["Insulated bottle", "Stoneware mug"];
    "Qingfeng Electric Co." "CN" "Shenzhen" 2011 CustomManufacturer Pro true "CNY" ["USB-C cable", "DIN rail power supply"];
    "Donglai Packaging Machinery" "CN" "Wenzhou" 2001 CustomManufacturer Verified true "USD" ["Band sealer"];
    "Harbour Light Trading" "HK" "Kwun Tong" 2015 Multispecialty Gold true "USD" ["USB-C cable", "LED panel", "Canvas bag"];
    "Sakura Kiln Works" "JP" "Tajimi" 1962 BrandHolder Pro true "JPY" ["Stoneware mug"];
    "Minato Bearing Seisakusho" "JP" "Sakai" 1971 CustomManufacturer Verified true "JPY" ["Ball bearing"];
    "Hanseom Tools" "KR" "Daegu" 1998 BrandHolder Verified true "USD" ["Socket set", "Work glove"];
    "Formosa Bicycle Fasteners" "TW" "Changhua" 1989 CustomManufacturer Verified true "USD" ["Hex bolt", "Socket set"];
    "Mekong Glovewear" "VN" "Binh Duong" 2012 CustomManufacturer Verified true "USD" ["Work glove", "Canvas bag"];
    "Lotus Home Furnishing" "VN" "Quy Nhon" 2005 CustomManufacturer Gold true "USD" ["Stacking chair", "Folding table"];
    "Siam Garden Care" "TH" "Chiang Mai" 2009 BrandHolder Gold true "USD" ["Bar soap", "Storage jar"];
    "Nusantara Wood Works" "ID" "Jepara" 1996 CustomManufacturer Verified true "USD" ["Stacking chair", "Folding table"];
    "Deccan Cotton Mills" "IN" "Karur" 1979 CustomManufacturer Pro true "USD" ["Kitchen towel", "Bath towel", "Duvet cover"];
    "Ahmed Pump Industries" "IN" "Coimbatore" 1984 CustomManufacturer Verified true "USD" ["Centrifugal pump"];
    "Jaipur Paper and Board" "IN" "Jaipur" 2010 Multispecialty Plain false "USD" ["Shipping box", "Canvas bag"];
    "Padma Jute Products" "BD" "Khulna" 2006 CustomManufacturer Verified true "USD" ["Canvas bag"];
    "Anatolia Linen House" "TR" "Denizli" 1991 BrandHolder Pro true "USD" ["Bath towel", "Kitchen towel"];
    "Bosphorus Cookware" "TR" "Bursa" 1999 CustomManufacturer Verified true "EUR" ["Frying pan"];
    "Weserwerk Armaturen GmbH" "DE" "Minden" 1958 CustomManufacturer Pro true "EUR" ["Centrifugal pump", "Hex bolt"];
    "Nordstern Schalttechnik GmbH" "DE" "Chemnitz" 1993 BrandHolder Verified true "EUR" ["DIN rail power supply", "Solar cable"];
    "Fonderia Valsesia Srl" "IT" "Borgosesia" 1966 BrandHolder Verified true "EUR" ["Frying pan", "Bollard light"];
    "Tavolo e Sedia Srl" "IT" "Manzano" 1974 CustomManufacturer Gold true "EUR" ["Stacking chair", "Folding table"];
    "Savonnerie du Luberon" "FR" "Apt" 1948 BrandHolder Verified true "EUR" ["Bar soap"];
    "Verrerie de l'Adour" "FR" "Bayonne" 1981 CustomManufacturer Gold true "EUR" ["Storage jar"];
    "Cartonajes Ebro SA" "ES" "Zaragoza" 1988 CustomManufacturer Verified true "EUR" ["Shipping box"];
    "Szklarnia Karkonosze" "PL" "Jelenia Góra" 1997 CustomManufacturer Gold true "EUR" ["Storage jar", "Stoneware mug"];
    "Bohemia Ložiska sro" "CZ" "Brno" 1992 CustomManufacturer Verified true "EUR" ["Ball bearing", "Hex bolt"];
    "Atlas Argan Coopérative" "MA" "Agadir" 2013 BrandHolder Plain true "USD" ["Bar soap"];
    "Nile Delta Cotton Co." "EG" "Mahalla" 1983 CustomManufacturer Gold true "USD" ["Duvet cover", "Bath towel"];
    "Gulf Lamps and Panels" "KW" "Shuwaikh" 2002 Multispecialty Verified true "KWD" ["LED panel", "Bollard light"];
    "Taller Oaxaca" "MX" "Oaxaca" 2014 BrandHolder Plain false "USD" ["Stoneware mug"];
    "Great Lakes Fixings" "US" "Erie" 1977 Multispecialty Gold true "USD" ["Hex bolt", "Socket set", "Work glove"];
    "Serra Móveis Ltda" "BR" "Bento Gonçalves" 1986 CustomManufacturer Verified true "USD" ["Folding table", "Stacking chair"];
}

/// The houses as they are written, in the order of [`MAKERS`].
pub(super) struct Houses {
    pub(super) companies: Vec<Company>,
    pub(super) suppliers: Vec<Supplier>,
}

impl Houses {
    /// Each supplier with what it is made from.
    pub(super) fn each(&self) -> impl Iterator<Item = (&'static Maker, &Supplier)> {
        MAKERS.iter().zip(&self.suppliers)
    }
}

/// Makes every house.
pub(super) fn houses(shop: &mut Workshop<'_>) -> Result<Houses, Error> {
    let (mut companies, mut suppliers) = (Vec::new(), Vec::new());
    for maker in MAKERS {
        let draft = CompanyDraft {
            name: maker.name.to_owned(),
            country: maker.country.to_owned(),
            plan: Plan::Standard,
            external_reference: None,
        };
        let company = Company::new(shop.app.ids.make(shop.now), draft).map_err(Error::Refused)?;
        let supplier = supplier(shop, maker, &company)?;
        companies.push(company);
        suppliers.push(supplier);
    }
    Ok(Houses { companies, suppliers })
}

fn supplier(shop: &mut Workshop<'_>, maker: &Maker, company: &Company) -> Result<Supplier, Refusal> {
    let goods: Vec<String> = maker.makes.iter().map(|noun| format!("{}s", noun.to_lowercase())).collect();
    let goods = goods.join(" and ");
    let (city, year) = (maker.city, maker.year);
    let first = match maker.specialisation {
        CustomManufacturer => format!("We make {goods} in {city} to our buyers' drawings and samples."),
        Multispecialty => {
            format!("From {city} we bring {goods} together for shops that order many things at once.")
        }
        BrandHolder => format!("{goods} under our own name, designed and finished in {city}."),
    };
    let people = shop.dice.between(3, 42) * 10;
    let second = format!("Founded in {year}; {people} people work with us today.");
    let third = shop.dice.word(&[
        "Samples leave within a week.",
        "Every batch is tested before it leaves the house.",
        "We pack for sea freight and label to your list.",
        "Small first orders are welcome.",
        "Drawings and test reports come with every order.",
    ]);
    let month = shop.dice.between(1, 12);
    let age = Span::days(shop.dice.between(200, 2_400));
    let supplier = Supplier {
        id: shop.app.ids.make(shop.now),
        company: company.id,
        name: maker.name.to_owned(),
        country: maker.country.to_owned(),
        specialisation: Some(maker.specialisation),
        description: format!("{first} {second} {third}"),
        established_on: Day::parse(&format!("{year:04}-{month:02}-15")),
        external_reference: Some(format!("demo:{}", maker.name.to_lowercase().replace(' ', "-"))),
        suspended: None,
        imported: false,
        version: 1,
        created_at: shop.now.minus(age),
    };
    supplier.check()
}

#[cfg(test)]
mod tests {
    use super::super::articles::ARTICLES;
    use super::*;

    #[test]
    fn houses_are_many_and_make_what_there_is() {
        let mut countries: Vec<_> = MAKERS.iter().map(|maker| maker.country).collect();
        countries.sort_unstable();
        countries.dedup();
        assert!(MAKERS.len() >= 30 && countries.len() >= 12);
        for maker in MAKERS {
            for noun in maker.makes {
                assert!(ARTICLES.iter().any(|article| article.noun == *noun), "{noun}");
            }
        }
        for article in ARTICLES {
            assert!(MAKERS.iter().any(|maker| maker.makes.contains(&article.noun)), "{}", article.noun);
        }
    }
}
