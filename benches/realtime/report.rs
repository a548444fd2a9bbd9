//! One row of a table for each figure.

/// Times in order.
#[derive(Debug, Clone, Copy)]
pub struct Spread {
    /// Within which half of them are.
    pub p50: i64,
    /// Within which 90 of 100 are.
    pub p90: i64,
    /// Within which 99 of 100 are.
    pub p99: i64,
    /// The longest.
    pub max: i64,
}

impl Spread {
    /// Of these microseconds.
    pub fn of(mut micros: Vec<i64>) -> Self {
        micros.sort_unstable();
        let at = |hundredths: usize| {
            let last = micros.len().saturating_sub(1);
            micros.get((micros.len() * hundredths / 100).min(last)).copied().unwrap_or_default()
        };
        Self { p50: at(50), p90: at(90), p99: at(99), max: at(100) }
    }
}

impl std::fmt::Display for Spread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [p50, p90, p99, max] = [self.p50, self.p90, self.p99, self.max].map(millis);
        write!(f, "p50 {p50}, p90 {p90}, p99 {p99}, max {max} ms")
    }
}

/// Milliseconds with two places.
pub fn millis(micros: i64) -> String {
    let micros = micros.max(0);
    format!("{}.{:02}", micros / 1_000, micros % 1_000 / 10)
}

/// How many times one is of the other, with one place.
pub fn ratio(one: i64, other: i64) -> String {
    let tenths = one.max(0) * 10 / other.max(1);
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// The head of the table.
pub fn head() {
    println!("| figure | goal | seen | |\n|---|---|---|---|");
}

/// A row; `meets` is none where there is no goal.
pub fn row(figure: &str, goal: &str, seen: &str, meets: Option<bool>) {
    let verdict = match meets {
        Some(true) => "pass",
        Some(false) => "falls short",
        None => "reported",
    };
    println!("| {figure} | {goal} | {seen} | {verdict} |");
}
