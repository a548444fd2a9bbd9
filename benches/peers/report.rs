//! The table, ready to be pasted.

use super::children::Kind;
use super::load::Round;
use super::questions::Question;

/// One row.
pub struct Line {
    /// On which database.
    pub database: String,
    /// What was asked.
    pub question: Question,
    /// Over how many connections.
    pub connections: usize,
    /// Statements a request of the product, in tenths.
    pub statements: u64,
    /// Bytes of an answer.
    pub bytes: usize,
    /// Each target's rounds.
    pub rounds: Vec<(Kind, Vec<Round>)>,
}

/// Prints every row.
pub fn print(lines: &[Line]) {
    println!(
        "\nsurety / floor / constant; medians over rounds\n\n\
         | database | query | conn. | req/s | req/s ratio floor, constant | p50 ms | p99 ms | server CPU µs/request \
         | CPU ratio floor | statements | bytes |\n|---|---|---|---|---|---|---|---|---|---|---|"
    );
    for line in lines {
        println!(
            "| {} | {} | {} | {} | {}, {} | {} | {} | {} | {} | {} | {} |",
            line.database,
            line.question.label(),
            line.connections,
            line.all(|round| round.rate.to_string(), |round| Some(round.rate)),
            line.ratio(Kind::Floor, |round| Some(round.rate)),
            line.ratio(Kind::Constant, |round| Some(round.rate)),
            line.all(|round| millis(round.p50), |round| Some(round.p50)),
            line.all(|round| millis(round.p99), |round| Some(round.p99)),
            line.all(
                |round| round.cpu.map_or_else(|| "–".to_owned(), |cpu| cpu.to_string()),
                |round| round.cpu
            ),
            line.ratio(Kind::Floor, |round| round.cpu),
            tenths(line.statements),
            line.bytes,
        );
    }
}

impl Line {
    fn of(&self, kind: Kind) -> &[Round] {
        self.rounds
            .iter()
            .find(|(found, _)| *found == kind)
            .map(|(_, rounds)| rounds.as_slice())
            .unwrap_or_default()
    }

    /// The median round of every target by a figure, shown.
    fn all(&self, show: impl Fn(&Round) -> String, figure: impl Fn(&Round) -> Option<u64>) -> String {
        let shown = Kind::ALL.map(|kind| {
            let mut rounds: Vec<&Round> = self.of(kind).iter().collect();
            rounds.sort_by_key(|round| figure(round));
            rounds.get(rounds.len() / 2).map_or_else(|| "–".to_owned(), |round| show(round))
        });
        shown.join(" / ")
    }

    /// The median over rounds of the product's figure by another target's.
    fn ratio(&self, other: Kind, figure: impl Fn(&Round) -> Option<u64>) -> String {
        let pairs = self.of(Kind::Surety).iter().zip(self.of(other));
        let ratios = pairs.filter_map(|(ours, theirs)| Some(figure(ours)? * 1_000 / figure(theirs)?.max(1)));
        let mut ratios: Vec<u64> = ratios.collect();
        ratios.sort_unstable();
        ratios.get(ratios.len() / 2).map_or_else(|| "–".to_owned(), |ratio| format!("{}×", millis(*ratio)))
    }
}

/// Thousandths with two digits behind the point.
fn millis(thousandths: u64) -> String {
    format!("{}.{:02}", thousandths / 1_000, thousandths % 1_000 / 10)
}

fn tenths(number: u64) -> String {
    format!("{}.{}", number / 10, number % 10)
}
