//! Chance that comes back: the same case for the same seed and number.

/// Pieces that parsers have to look at twice.
const PIECES: [&str; 32] = [
    "\"",
    "\"\"\"",
    "\\",
    "\\u{1F600}",
    "\\uD83D\\uDE00",
    "\\u0000",
    "\0",
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    "$",
    "@skip(if: true)",
    "...",
    "#",
    ",",
    "\u{feff}",
    "\r\n",
    "\u{202e}",
    "é",
    "😀",
    "null",
    "true",
    "-0",
    "1e400",
    "9223372036854775808",
    "-1",
    "__typename",
    "'; DROP TABLE orders; --",
    "%",
];

/// `SplitMix64`: a counter, mixed.
#[derive(Debug, Clone)]
pub struct Chance(u64);

impl Chance {
    /// Another series for each pair of seed and case.
    pub fn new(seed: u64, case: u64) -> Self {
        let mut chance = Self(seed ^ case.wrapping_mul(0xa076_1d64_78bd_642f));
        chance.draw();
        chance
    }

    /// The next 64 bits.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to `sides - 1`; 0 where there is no side.
    pub fn below(&mut self, sides: usize) -> usize {
        let sides = u64::try_from(sides.max(1)).unwrap();
        usize::try_from(self.draw() % sides).unwrap()
    }

    /// Whether something happens that happens so many times in a hundred.
    pub fn percent(&mut self, chance: usize) -> bool {
        self.below(100) < chance
    }

    /// One of them.
    pub fn one_of<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    /// A text of any characters.
    pub fn text(&mut self) -> String {
        let mut text = String::new();
        for _ in 0..self.below(12) {
            match self.below(4) {
                0 => {
                    let piece = *self.one_of(&PIECES);
                    text.push_str(piece);
                }
                1 => text.push(char::from_u32(u32::try_from(self.below(0x11_0000)).unwrap()).unwrap_or('?')),
                _ => text.push(char::from(b' ' + u8::try_from(self.below(95)).unwrap())),
            }
        }
        text
    }

    /// The same bytes with some of them changed, lost, doubled, or others put in.
    pub fn bytes_like(&mut self, original: &[u8]) -> Vec<u8> {
        let mut bytes = original.to_vec();
        for _ in 0..=self.below(4) {
            let place = self.below(bytes.len() + 1);
            let end = (place + self.below(8)).min(bytes.len());
            match self.below(6) {
                0 if place < bytes.len() => bytes[place] ^= 1 << self.below(8),
                1 => drop(bytes.drain(place..end)),
                2 => {
                    let again = bytes[place..end].to_vec();
                    bytes.splice(place..place, again);
                }
                3 => bytes.truncate(place),
                4 => bytes.insert(place, self.draw().to_le_bytes()[0]),
                _ => {
                    let piece = *self.one_of(&PIECES);
                    bytes.splice(place..end, piece.bytes());
                }
            }
        }
        bytes
    }

    /// The same of a text.
    pub fn text_like(&mut self, original: &str) -> String {
        String::from_utf8_lossy(&self.bytes_like(original.as_bytes())).into_owned()
    }
}
