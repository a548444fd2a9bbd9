//! What reviews add up to: by star, by part of the score, by day. Written in the transaction of the reviews.

use std::collections::{BTreeMap, HashMap};

use entity::rating;
use sea_orm::ConnectionTrait;

use super::{differing, execute, is_one_of, list_of, parse, rows_of};
use crate::domain::review::{PartRating, Rating, Review, ReviewSubject, ScorePart};
use crate::domain::time::Day;
use crate::store::{Reader, Result, Tx};

/// Microseconds in a day.
const DAY: &str = "86400000000";

/// Which product or supplier a review counts for.
fn subject_of(review: &Review) -> String {
    match review.subject {
        ReviewSubject::Product(product) => product.to_string(),
        ReviewSubject::Store => review.supplier.to_string(),
    }
}

/// Counts reviews into the ratings of their subjects, or out of them where `sign` is -1. Subjects are taken in the
/// order of their ids, so that two writers never wait for each other.
pub(super) async fn count(tx: &Tx, reviews: &[&Review], sign: i64) -> Result<()> {
    let mut whole: BTreeMap<String, Rating> = BTreeMap::new();
    let mut parts: BTreeMap<(String, &str), PartRating> = BTreeMap::new();
    let mut days: BTreeMap<(String, i64), Rating> = BTreeMap::new();
    for review in reviews {
        let subject = subject_of(review);
        for part in ScorePart::ALL {
            if let Some(score) = review.sub_scores.of(*part) {
                let sum = parts.entry((subject.clone(), part.as_str())).or_default();
                (sum.count, sum.sum) = (sum.count + 1, sum.sum + score);
            }
        }
        days.entry((subject.clone(), review.created_at.day().number())).or_default().add(review.score);
        whole.entry(subject).or_default().add(review.score);
    }
    for (subject, change) in whole {
        count_whole(tx, &subject, change, sign).await?;
    }
    for ((subject, part), change) in parts {
        count_part(tx, (&subject, part), change, sign).await?;
    }
    for ((subject, day), change) in days {
        count_day(tx, (&subject, day), change, sign).await?;
    }
    Ok(())
}

// A CHECK of each table refuses the values of a row that would be negative, so a subject's first change is made on a
// row of zeros.

async fn count_whole(tx: &Tx, subject: &str, change: Rating, sign: i64) -> Result<()> {
    let zeros = "INSERT INTO rating (subject_id, count, sum, stars1, stars2, stars3, stars4, stars5) \
                 VALUES (?, 0, 0, 0, 0, 0, 0, 0) ON CONFLICT (subject_id) DO NOTHING";
    execute(tx, zeros, [subject]).await?;
    let text = "UPDATE rating SET count = count + ?, sum = sum + ?, stars1 = stars1 + ?, stars2 = stars2 + ?, \
                stars3 = stars3 + ?, stars4 = stars4 + ?, stars5 = stars5 + ? WHERE subject_id = ?";
    let mut values: Vec<sea_orm::Value> = vec![(change.count() * sign).into(), (change.sum() * sign).into()];
    values.extend(change.distribution.map(|times| (times * sign).into()));
    values.push(subject.into());
    execute(tx, text, values).await?;
    Ok(())
}

async fn count_part(tx: &Tx, (subject, part): (&str, &str), change: PartRating, sign: i64) -> Result<()> {
    let zeros = "INSERT INTO rating_part (subject_id, part, count, sum) VALUES (?, ?, 0, 0) \
                 ON CONFLICT (subject_id, part) DO NOTHING";
    execute(tx, zeros, [subject, part]).await?;
    let text = "UPDATE rating_part SET count = count + ?, sum = sum + ? WHERE subject_id = ? AND part = ?";
    let values: [sea_orm::Value; 4] =
        [(change.count * sign).into(), (change.sum * sign).into(), subject.into(), part.into()];
    execute(tx, text, values).await?;
    Ok(())
}

async fn count_day(tx: &Tx, (subject, day): (&str, i64), change: Rating, sign: i64) -> Result<()> {
    let zeros = "INSERT INTO rating_day (subject_id, day, stars1, stars2, stars3, stars4, stars5) \
                 VALUES (?, ?, 0, 0, 0, 0, 0) ON CONFLICT (subject_id, day) DO NOTHING";
    let values: [sea_orm::Value; 2] = [subject.into(), day.into()];
    execute(tx, zeros, values).await?;
    let text = "UPDATE rating_day SET stars1 = stars1 + ?, stars2 = stars2 + ?, stars3 = stars3 + ?, \
                stars4 = stars4 + ?, stars5 = stars5 + ? WHERE subject_id = ? AND day = ?";
    let mut values: Vec<sea_orm::Value> =
        change.distribution.map(|times| sea_orm::Value::from(times * sign)).to_vec();
    values.extend([subject.into(), day.into()]);
    execute(tx, text, values).await?;
    Ok(())
}

/// The ratings of products or suppliers by their ids; those without a score are left out.
pub async fn load(
    reader: &impl Reader,
    subjects: &[impl std::fmt::Display],
) -> Result<HashMap<String, Rating>> {
    let rows = rows_of::<rating::Entity>(reader, "subject_id", subjects, "subject_id").await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let distribution = [row.stars1, row.stars2, row.stars3, row.stars4, row.stars5];
            (row.subject_id, Rating { distribution })
        })
        .collect())
}

/// The ratings of the parts of the scores; those without a score are left out.
pub async fn parts(
    reader: &impl Reader,
    subjects: &[impl std::fmt::Display],
) -> Result<HashMap<String, Vec<(ScorePart, PartRating)>>> {
    let condition = is_one_of(reader.backend(), "subject_id");
    let text =
        format!("SELECT subject_id, part, count, sum FROM rating_part WHERE {condition} AND count > 0");
    let rows = reader.connection().query_all_raw(reader.sql(&text, [list_of(subjects)])).await?;
    let mut found: HashMap<String, Vec<(ScorePart, PartRating)>> = HashMap::new();
    for row in &rows {
        let part = parse("rating_part.part", &row.try_get::<String>("", "part")?)?;
        let rating = PartRating { count: row.try_get("", "count")?, sum: row.try_get("", "sum")? };
        found.entry(row.try_get("", "subject_id")?).or_default().push((part, rating));
    }
    Ok(found)
}

/// The ratings by the reviews that were written on a day or later; those without a score are left out.
pub async fn since(
    reader: &impl Reader,
    subjects: &[impl std::fmt::Display],
    day: Day,
) -> Result<HashMap<String, Rating>> {
    let condition = is_one_of(reader.backend(), "subject_id");
    let stars: Vec<String> =
        (1..=5).map(|star| format!("CAST(sum(stars{star}) AS BIGINT) AS stars{star}")).collect();
    let text = format!(
        "SELECT subject_id, {} FROM rating_day WHERE {condition} AND day >= ? GROUP BY subject_id",
        stars.join(", ")
    );
    let values: [sea_orm::Value; 2] = [list_of(subjects), day.number().into()];
    let rows = reader.connection().query_all_raw(reader.sql(&text, values)).await?;
    rows.iter()
        .map(|row| {
            let mut distribution = [0; 5];
            for (star, times) in (1..).zip(&mut distribution) {
                *times = row.try_get("", &format!("stars{star}"))?;
            }
            Ok((row.try_get("", "subject_id")?, Rating { distribution }))
        })
        .collect()
}

/// Where ratings differ from the reviews that they count, in words; at most a hundred. One statement, so that it sees one
/// moment.
pub async fn differences(reader: &impl Reader) -> Result<Vec<String>> {
    let named = |parts: Vec<String>| {
        let all = parts.join(" UNION ALL ");
        format!("SELECT key || ': ' || what AS key, figures FROM ({all}) named")
    };
    let unlike = differing(reader, &named(rows_say()), &named(ratings_say())).await?;
    let told = |(key, counted, kept)| format!("{key}: the rows say {counted}, the rating {kept}");
    Ok(unlike.into_iter().map(told).collect())
}

/// What is counted: a key, what is counted of it, and the figures as one text.
fn rows_say() -> Vec<String> {
    let subject = "COALESCE(product_id, supplier_id)";
    let visible = "FROM review WHERE status = 'PUBLISHED'";
    let day = format!("created_at / {DAY}");
    let stars = |score: i64| format!("CAST(sum(CASE WHEN score = {score} THEN 1 ELSE 0 END) AS TEXT)");
    let figures = (1..=5).map(stars).collect::<Vec<_>>().join(" || ' ' || ");
    let mut parts = vec![
        format!(
            "SELECT {subject} AS key, 'stars' AS what, {figures} AS figures {visible} GROUP BY {subject}"
        ),
        format!(
            "SELECT {subject} || ' ' || CAST({day} AS TEXT) AS key, 'day' AS what, {figures} AS figures {visible} \
             GROUP BY {subject}, {day}"
        ),
        "SELECT review_id AS key, 'helpful' AS what, CAST(count(*) AS TEXT) AS figures FROM review_helpful \
         GROUP BY review_id"
            .to_owned(),
    ];
    parts.extend(ScorePart::ALL.iter().map(|part| {
        let column = part.as_str().to_lowercase();
        format!(
            "SELECT {subject} AS key, '{part}' AS what, CAST(count({column}) AS TEXT) || ' ' \
             || CAST(sum({column}) AS TEXT) AS figures {visible} AND {column} IS NOT NULL GROUP BY {subject}"
        )
    }));
    parts
}

/// The same as the ratings have it.
fn ratings_say() -> Vec<String> {
    let stars: Vec<String> = (1..=5).map(|star| format!("CAST(stars{star} AS TEXT)")).collect();
    let figures = stars.join(" || ' ' || ");
    vec![
        format!(
            "SELECT subject_id AS key, 'stars' AS what, {figures} AS figures FROM rating WHERE count > 0"
        ),
        format!(
            "SELECT subject_id || ' ' || CAST(day AS TEXT) AS key, 'day' AS what, {figures} AS figures FROM rating_day \
             WHERE stars1 + stars2 + stars3 + stars4 + stars5 > 0"
        ),
        "SELECT id AS key, 'helpful' AS what, CAST(helpful AS TEXT) AS figures FROM review WHERE helpful > 0"
            .to_owned(),
        "SELECT subject_id AS key, part AS what, CAST(count AS TEXT) || ' ' || CAST(sum AS TEXT) AS figures \
         FROM rating_part WHERE count > 0"
            .to_owned(),
    ]
}
