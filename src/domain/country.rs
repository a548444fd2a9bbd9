//! The countries of ISO 3166-1 by their two letters, and Kosovo by the two in use.

const CODES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR \
     BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ \
     EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW \
     GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY \
     KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV \
     MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY \
     QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG \
     TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA \
     ZM ZW";

/// ISO 3166 leaves this code to users: here it says that the country is not known, as of some imported companies.
pub const UNKNOWN: &str = "ZZ";

/// Whether these two letters are a country's.
pub fn is_country(code: &str) -> bool {
    code.len() == 2 && CODES.split(' ').any(|known| known == code)
}

/// Whether a company can be kept with this code, and be found by it: a country's, or that of none known.
pub fn is_kept(code: &str) -> bool {
    code == UNKNOWN || is_country(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countries_are_known_by_two_letters() {
        assert!(["DE", "CN", "ZW", "AD", "XK"].into_iter().all(is_country));
        assert!(["ZZ", "de", "D", "DE ", "", "D E"].into_iter().all(|code| !is_country(code)));
        assert!(["DE", "ZZ"].into_iter().all(is_kept));
        assert!(["QQ", "zz", "Z", "", "DE ZZ"].into_iter().all(|code| !is_kept(code)));
    }
}
