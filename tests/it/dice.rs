//! Chance that comes back: numbers from a seed, and counts that the environment can raise.

/// Draws numbers that look like chance and are the same each time.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// Another series for each pair of seed and place.
    pub fn new(seed: u64, place: u64) -> Self {
        Self(seed ^ place.wrapping_mul(0xa076_1d64_78bd_642f))
    }

    /// The next 64 bits.
    pub fn draw(&mut self) -> u64 {
        // SplitMix64: a counter, mixed.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to `sides - 1`.
    pub fn below(&mut self, sides: usize) -> usize {
        usize::try_from(self.draw() % sides as u64).unwrap()
    }

    /// Whether something happens that happens so many times in a hundred.
    pub fn percent(&mut self, chance: usize) -> bool {
        self.below(100) < chance
    }

    /// One of them.
    pub fn one_of<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}

/// How often something is done: the variable of this name, or what the usual run can afford.
pub fn count(variable: &str, usual: usize) -> usize {
    super::postgres::variable(variable)
        .map_or(usual, |text| text.parse().unwrap_or_else(|_| panic!("{variable} is no number: {text}")))
}

/// The seed of a run: `SURETY_SEED`, or always the same.
pub fn seed() -> u64 {
    super::postgres::variable("SURETY_SEED").map_or(20_261_122, |text| text.parse().unwrap())
}
