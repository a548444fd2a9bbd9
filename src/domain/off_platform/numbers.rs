//! Bank accounts and wallets by their form.

use super::text::Plain;

/// Countries with the length of their account numbers (IBAN registry).
const IBAN_LENGTHS: [(&str, usize); 36] = [
    ("ae", 23),
    ("at", 20),
    ("be", 16),
    ("bg", 22),
    ("ch", 21),
    ("cy", 28),
    ("cz", 24),
    ("de", 22),
    ("dk", 18),
    ("ee", 20),
    ("es", 24),
    ("fi", 18),
    ("fr", 27),
    ("gb", 22),
    ("gr", 27),
    ("hr", 21),
    ("hu", 28),
    ("ie", 22),
    ("is", 26),
    ("it", 27),
    ("li", 21),
    ("lt", 20),
    ("lu", 20),
    ("lv", 21),
    ("mt", 31),
    ("nl", 18),
    ("no", 15),
    ("pl", 28),
    ("pt", 25),
    ("ro", 24),
    ("sa", 24),
    ("se", 24),
    ("si", 19),
    ("sk", 24),
    ("tr", 26),
    ("ua", 29),
];

/// The first valid IBAN of a text, with or without blanks inside.
pub(super) fn iban(plain: &Plain) -> Option<String> {
    let text = plain.text.as_bytes();
    (0..text.len()).find_map(|start| {
        if start > 0 && text[start - 1].is_ascii_alphanumeric() {
            return None;
        }
        let country = text.get(start..start + 2)?;
        let (_, length) = IBAN_LENGTHS.iter().find(|(known, _)| known.as_bytes() == country)?;
        let account: Vec<u8> = text[start..]
            .iter()
            .copied()
            .take_while(|byte| byte.is_ascii_alphanumeric() || b" -.".contains(byte))
            .filter(u8::is_ascii_alphanumeric)
            .take(*length)
            .collect();
        (account.len() == *length && checks(&account))
            .then(|| String::from_utf8_lossy(&account).to_uppercase())
    })
}

/// ISO 7064: moved by four, letters as numbers, the rest of a division by 97 is one.
fn checks(account: &[u8]) -> bool {
    let (head, tail) = account.split_at(4.min(account.len()));
    let rest = tail.iter().chain(head).fold(0_u32, |rest, byte| {
        let value = char::from(*byte).to_digit(36).unwrap_or_default();
        if value < 10 { (rest * 10 + value) % 97 } else { (rest * 100 + value) % 97 }
    });
    rest == 1
}

/// The first address of a wallet.
pub(super) fn wallet(plain: &Plain) -> Option<String> {
    let mut words = plain.text.split(|character: char| !character.is_ascii_alphanumeric());
    let found = words.find(|word| {
        let ethereum = word
            .strip_prefix("0x")
            .is_some_and(|rest| rest.len() == 40 && rest.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let bitcoin = word.strip_prefix("bc1").is_some_and(|rest| (25..=60).contains(&rest.len()));
        ethereum || bitcoin
    });
    found.map(str::to_owned)
}
