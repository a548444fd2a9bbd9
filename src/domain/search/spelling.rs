//! Which word a mistyped one most likely meant. The database proposes, this decides, so that it is told in one place.

use std::cmp::Reverse;

/// Words of a query that are replaced at most; a query with more mistakes is another one.
pub const MAXIMUM_CORRECTIONS: usize = 3;

/// Whether a word is one of language: three letters and more, no digit. Part numbers are never corrected.
pub fn is_correctable(word: &str) -> bool {
    (3..=40).contains(&word.chars().count()) && word.chars().all(char::is_alphabetic)
}

/// How many letters may be wrong: one in a short word, two in a longer one.
pub fn tolerance(word: &str) -> usize {
    if word.chars().count() <= 5 { 1 } else { 2 }
}

/// The candidate that needs the fewest changes, within the tolerance; of equal ones one with the same first letter, then the first
/// by the alphabet.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let first = word.chars().next();
    candidates
        .into_iter()
        .filter(|candidate| *candidate != word)
        .map(|candidate| (distance(word, candidate), Reverse(candidate.chars().next() == first), candidate))
        .filter(|(changes, ..)| *changes <= tolerance(word))
        .min()
        .map(|(.., candidate)| candidate)
}

/// Letters to be added, left out, replaced or swapped with their neighbour to make one word of the other.
fn distance(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let width = other.len() + 1;
    let mut rows: [Vec<usize>; 3] = [vec![0; width], vec![0; width], (0..width).collect()];
    for (i, &letter) in one.iter().enumerate() {
        rows.rotate_left(1);
        let [before_last, last, row] = &mut rows;
        row[0] = i + 1;
        for (j, &against) in other.iter().enumerate() {
            let changed = last[j] + usize::from(letter != against);
            row[j + 1] = changed.min(last[j + 1] + 1).min(row[j] + 1);
            let swapped = i > 0 && j > 0 && letter == other[j - 1] && one[i - 1] == against;
            if swapped {
                row[j + 1] = row[j + 1].min(before_last[j - 1] + 1);
            }
        }
    }
    rows[2][width - 1]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_counted() {
        for (one, other, changes) in [
            ("steel", "steel", 0),
            ("stell", "steel", 1),
            ("tseel", "steel", 1),
            ("", "abc", 3),
            ("abc", "", 3),
            ("kitten", "sitting", 3),
            ("ceramci", "ceramic", 1),
            ("löffel", "loffel", 1),
            ("ab", "ba", 1),
        ] {
            assert_eq!(distance(one, other), changes, "{one} {other}");
        }
    }

    #[test]
    fn the_nearest_word_is_chosen_and_far_ones_are_not() {
        assert_eq!(nearest("stell", ["stall", "steel", "still"]), Some("stall"));
        assert_eq!(nearest("cermaic", ["ceramics", "ceramic", "certain"]), Some("ceramic"));
        assert_eq!(nearest("ups", ["cup", "cups", "upe"]), Some("upe"));
        assert_eq!(nearest("cup", ["plate", "cup"]), None);
        assert!(is_correctable("cup") && !is_correctable("m8x20") && !is_correctable("ab"));
    }
}
