//! Reviews and the ratings that they add up to.

mod purchase;

use serde::{Deserialize, Serialize};

use super::error::Refusal;
use super::file::Attachment;
use super::ids::{CompanyId, OrderId, ProductId, ReviewId, SupplierId};
use super::time::Timestamp;
use super::words::words;

pub use purchase::{Purchase, admit, check_reply, mask};

words! {
    /// The order of reviews.
    ReviewSort {
        /// The newest first.
        Newest => "NEWEST",
        /// The one that most companies found helpful first, of equal ones the newest.
        MostHelpful => "MOST_HELPFUL",
        /// The highest score first, of equal ones the newest.
        HighestScore => "HIGHEST_SCORE",
        /// The lowest score first, of equal ones the newest.
        LowestScore => "LOWEST_SCORE",
    }
}

/// Which reviews, in which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ReviewQuery {
    /// Whether each score, from 1 up, is wanted.
    pub scores: [bool; 5],
    /// Only those that say something, or only those that do not.
    pub with_text: Option<bool>,
    /// Only those with files, or only those without.
    pub with_media: Option<bool>,
    /// The order.
    pub sort: ReviewSort,
}

impl Default for ReviewQuery {
    fn default() -> Self {
        Self { scores: [true; 5], with_text: None, with_media: None, sort: ReviewSort::Newest }
    }
}

words! {
    /// A part of a review's score.
    ScorePart {
        /// How good the product is.
        ProductQuality => "PRODUCT_QUALITY",
        /// How good the service was.
        SupplierService => "SUPPLIER_SERVICE",
        /// How timely the dispatch was.
        OnTimeDispatch => "ON_TIME_DISPATCH",
    }
}

/// What the scores of one part add up to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PartRating {
    /// How many scores.
    pub count: i64,
    /// The sum of all scores.
    pub sum: i64,
}

impl PartRating {
    /// The mean score as a decimal with two digits, rounded half up; none without a score.
    pub fn average(self) -> Option<String> {
        ratio(i128::from(self.sum), i128::from(self.count), 2)
    }
}

words! {
    /// Whether a review is visible.
    ReviewStatus {
        /// Everybody sees it.
        Published => "PUBLISHED",
        /// Moderation hid it, with a reason.
        Hidden => "HIDDEN",
    }
}

/// What a review is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewSubject {
    /// One product of the order.
    Product(ProductId),
    /// The supplier as a whole.
    Store,
}

/// What a buyer says about a product line or a store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// Its id.
    pub id: ReviewId,
    /// Who is reviewed.
    pub supplier: SupplierId,
    /// What is reviewed.
    pub subject: ReviewSubject,
    /// Who reviews; imported history may not know.
    pub buyer: Option<CompanyId>,
    /// The order that it is about; imported history may not know.
    pub order: Option<OrderId>,
    /// 1 to 5.
    pub score: i64,
    /// The scores of its parts.
    pub sub_scores: SubScores,
    /// The headline.
    pub title: String,
    /// The text.
    pub body: String,
    /// The supplier's one answer.
    pub reply: Option<Reply>,
    /// Files that show it.
    pub attachments: Vec<Attachment>,
    /// How many companies found it helpful.
    pub helpful: i64,
    /// What proves the purchase; imported history has none.
    pub purchase: Option<Purchase>,
    /// Why moderation hid it; none while it is visible.
    pub hidden_reason: Option<String>,
    /// The source's own id of it.
    pub external_reference: Option<String>,
    /// Whether it came with an import.
    pub imported: bool,
    /// When it was written.
    pub created_at: Timestamp,
}

/// The scores of a review's parts, 1 to 5 each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SubScores {
    /// How good the product is.
    pub product_quality: Option<i64>,
    /// How good the service was.
    pub supplier_service: Option<i64>,
    /// How timely the dispatch was.
    pub on_time_dispatch: Option<i64>,
}

/// The supplier's answer to a review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// The text.
    pub text: String,
    /// When.
    pub at: Timestamp,
}

impl SubScores {
    /// The score of a part.
    pub const fn of(self, part: ScorePart) -> Option<i64> {
        match part {
            ScorePart::ProductQuality => self.product_quality,
            ScorePart::SupplierService => self.supplier_service,
            ScorePart::OnTimeDispatch => self.on_time_dispatch,
        }
    }
}

impl Review {
    /// Checks scores, lengths, and that only imported history lacks its order and buyer.
    pub fn check(self) -> Result<Self, Refusal> {
        let scores: [(&[&str], Option<i64>); 4] = [
            (&["score"], Some(self.score)),
            (&["subScores", "productQuality"], self.sub_scores.product_quality),
            (&["subScores", "supplierService"], self.sub_scores.supplier_service),
            (&["subScores", "onTimeDispatch"], self.sub_scores.on_time_dispatch),
        ];
        for (path, score) in scores {
            if score.is_some_and(|score| !(1..=5).contains(&score)) {
                return Err(Refusal::invalid(path, "A score is 1 to 5."));
            }
        }
        if self.title.chars().count() > 300 || self.body.chars().count() > 10_000 {
            return Err(Refusal::invalid(
                &["text"],
                "A title has at most 300 characters, a text at most 10000.",
            ));
        }
        if !self.imported && (self.order.is_none() || self.buyer.is_none()) {
            return Err(Refusal::invalid(&["order"], "A review names its order and its buyer."));
        }
        Ok(self)
    }

    /// Whether everybody sees it.
    pub const fn is_published(&self) -> bool {
        self.hidden_reason.is_none()
    }
}

/// How often each score was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rating {
    /// How often 1, 2, 3, 4 and 5 were given.
    pub distribution: [i64; 5],
}

impl Rating {
    /// How many scores.
    pub fn count(&self) -> i64 {
        self.distribution.iter().sum()
    }

    /// The sum of all scores.
    pub fn sum(&self) -> i64 {
        (1..).zip(self.distribution).map(|(score, times)| score * times).sum()
    }

    /// The mean score as a decimal with two digits, rounded half up; none without a score.
    pub fn average(&self) -> Option<String> {
        ratio(i128::from(self.sum()), i128::from(self.count()), 2)
    }

    /// The mean score in thousandths, rounded down; zero without a score. What searches sort and filter by.
    pub fn thousandths(&self) -> i64 {
        (self.sum() * 1_000).checked_div(self.count()).unwrap_or(0)
    }

    /// Counts one score more.
    pub fn add(&mut self, score: i64) {
        let index = usize::try_from(score - 1).unwrap_or(usize::MAX);
        if let Some(times) = self.distribution.get_mut(index) {
            *times += 1;
        }
    }
}

/// `part / whole` as a decimal with that many digits behind the point, rounded half up; none if `whole` is zero.
pub(super) fn ratio(part: i128, whole: i128, digits: u32) -> Option<String> {
    if whole == 0 {
        return None;
    }
    let scale = 10_i128.pow(digits);
    let scaled = (part * scale * 2 + whole).div_euclid(whole * 2);
    let fraction = scaled.rem_euclid(scale);
    Some(format!("{}.{fraction:0width$}", scaled.div_euclid(scale), width = digits as usize))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratings_add_up() {
        let mut rating = Rating::default();
        assert_eq!((rating.average(), rating.thousandths()), (None, 0));
        for score in [5, 5, 4, 1] {
            rating.add(score);
        }
        rating.add(6);
        assert_eq!((rating.count(), rating.sum(), rating.thousandths()), (4, 15, 3_750));
        assert_eq!(rating.average().as_deref(), Some("3.75"));
    }

    #[test]
    fn ratios_are_rounded_half_up() {
        for (part, whole, text) in [(1, 3, "0.33"), (2, 3, "0.67"), (1, 200, "0.01"), (9_999, 2_000, "5.00")]
        {
            assert_eq!(ratio(part, whole, 2).as_deref(), Some(text));
        }
        assert_eq!(ratio(1, 0, 2), None);
    }
}
