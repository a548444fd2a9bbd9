//! What is asked of the catalogue, how long each answer takes, and by which plan.

use std::sync::Arc;
use std::time::Instant;

use surety::app::App;
use surety::domain::actor::Actor;
use surety::domain::badge::BadgeKind;
use surety::domain::cursor::{self, Key};
use surety::domain::money::{Currency, UnitPrice};
use surety::domain::page::PageArguments;
use surety::domain::search::{
    FacetKind, OfferFilter, PriceFilter, ProductFilter, ProductSearch, ProductSort, VettingFilter,
};
use surety::domain::time::Span;
use surety::service::search;
use surety::store::catalogue::{pages, plans};

use super::goods::{self, BRANCHES, COUNTRIES, Dice, MATERIALS, NOUNS};

/// One way of asking.
struct Question {
    name: &'static str,
    /// Whether an index serves it, so that reading the whole listing would be wrong.
    is_indexed: bool,
    asks: What,
    make: fn(&mut Dice, u64) -> (String, ProductFilter, ProductSort),
}

/// Which part of the answer is wanted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Page,
    /// A page far behind a cursor.
    Deep,
    /// A page behind the largest offset.
    Offset,
    Facets,
    Count,
}

fn pick(dice: &mut Dice, list: &[&'static str]) -> &'static str {
    list[goods::index(dice.zipf(list.len() as u64))]
}

fn within(number: u64) -> ProductFilter {
    let category = Some(goods::category_id(number));
    ProductFilter { offer: OfferFilter { category, ..OfferFilter::default() }, ..ProductFilter::default() }
}

fn from_country(dice: &mut Dice, badges: Vec<BadgeKind>) -> ProductFilter {
    let countries = vec![pick(dice, &COUNTRIES).to_owned()];
    let vetting = VettingFilter { countries, badges, ..VettingFilter::default() };
    ProductFilter { vetting, ..ProductFilter::default() }
}

fn plain() -> ProductFilter {
    ProductFilter::default()
}

const RANK: ProductSort = ProductSort::Relevance;

const QUESTIONS: &[Question] = &[
    Question {
        name: "best rank, all",
        is_indexed: true,
        asks: What::Page,
        make: |_, _| (String::new(), plain(), RANK),
    },
    Question {
        name: "newest, all",
        is_indexed: true,
        asks: What::Page,
        make: |_, _| (String::new(), plain(), ProductSort::Newest),
    },
    Question {
        name: "one word, common to rare",
        // The first of them is in a fifth of the catalogue, where reading all rows can be right.
        is_indexed: false,
        asks: What::Page,
        make: |dice, _| (pick(dice, &NOUNS).to_owned(), plain(), RANK),
    },
    Question {
        name: "the most common word",
        is_indexed: false,
        asks: What::Page,
        make: |_, _| (NOUNS[0].to_owned(), plain(), RANK),
    },
    Question {
        name: "two words",
        is_indexed: true,
        asks: What::Page,
        make: |dice, _| (format!("{} {}", pick(dice, &MATERIALS), pick(dice, &NOUNS)), plain(), RANK),
    },
    Question {
        name: "phrase",
        is_indexed: true,
        asks: What::Page,
        make: |dice, _| (format!("\"{} {}\"", pick(dice, &MATERIALS), pick(dice, &NOUNS)), plain(), RANK),
    },
    Question {
        name: "part number",
        is_indexed: true,
        asks: What::Page,
        make: |dice, products| (goods::word(dice.roll(products / 20 + 1)), plain(), RANK),
    },
    Question {
        name: "word of nothing",
        is_indexed: true,
        asks: What::Page,
        make: |_, _| ("xylophone8".to_owned(), plain(), RANK),
    },
    Question {
        name: "country and badge",
        is_indexed: true,
        asks: What::Page,
        make: |dice, _| (String::new(), from_country(dice, vec![BadgeKind::Verified]), RANK),
    },
    Question {
        name: "Verified Pro",
        is_indexed: true,
        asks: What::Page,
        make: |dice, _| (String::new(), from_country(dice, vec![BadgeKind::VerifiedPro]), RANK),
    },
    Question {
        name: "Guaranteed",
        is_indexed: true,
        asks: What::Page,
        make: |_, _| {
            (
                String::new(),
                ProductFilter {
                    offer: OfferFilter { guaranteed: Some(true), ..OfferFilter::default() },
                    ..plain()
                },
                RANK,
            )
        },
    },
    Question {
        name: "category, leaf",
        is_indexed: true,
        asks: What::Page,
        make: |dice, _| (String::new(), within(goods::leaf(dice.zipf(1_000))), RANK),
    },
    Question {
        name: "category, top",
        is_indexed: true,
        asks: What::Page,
        make: |dice, _| (String::new(), within(dice.roll(BRANCHES)), RANK),
    },
    Question {
        name: "word in a category",
        is_indexed: true,
        asks: What::Page,
        make: |dice, _| (pick(dice, &NOUNS).to_owned(), within(dice.roll(BRANCHES)), RANK),
    },
    Question {
        name: "lowest price",
        is_indexed: true,
        asks: What::Page,
        make: |_, _| (String::new(), plain(), ProductSort::PriceLowFirst),
    },
    Question {
        name: "highest price",
        is_indexed: true,
        asks: What::Page,
        make: |_, _| (String::new(), plain(), ProductSort::PriceHighFirst),
    },
    Question {
        name: "price of any currency, lowest first",
        is_indexed: true,
        asks: What::Page,
        make: |dice, _| (String::new(), priced(dice, None), ProductSort::PriceLowFirst),
    },
    Question {
        name: "price at a quantity, lowest first",
        is_indexed: true,
        asks: What::Page,
        make: |dice, _| (String::new(), priced(dice, Some(1_000)), ProductSort::PriceLowFirst),
    },
    Question {
        name: "price at a quantity, highest first",
        is_indexed: true,
        asks: What::Page,
        make: |dice, _| (String::new(), priced(dice, Some(1_000)), ProductSort::PriceHighFirst),
    },
    Question {
        name: "price at a quantity, best rank",
        is_indexed: true,
        asks: What::Page,
        make: |dice, _| (String::new(), priced(dice, Some(1_000)), RANK),
    },
    Question {
        name: "newest, deep cursor",
        is_indexed: true,
        asks: What::Deep,
        make: |_, _| (String::new(), plain(), ProductSort::Newest),
    },
    Question {
        name: "newest, offset 10000",
        is_indexed: true,
        asks: What::Offset,
        make: |_, _| (String::new(), plain(), ProductSort::Newest),
    },
    Question {
        name: "count of a word",
        is_indexed: false,
        asks: What::Count,
        make: |dice, _| (pick(dice, &NOUNS).to_owned(), plain(), RANK),
    },
    Question {
        name: "facets, all",
        is_indexed: false,
        asks: What::Facets,
        make: |_, _| (String::new(), plain(), RANK),
    },
    Question {
        name: "facets of a word",
        is_indexed: false,
        asks: What::Facets,
        make: |dice, _| (pick(dice, &NOUNS).to_owned(), plain(), RANK),
    },
    Question {
        name: "facets of a leaf category",
        // The word is in most products, and the arm that counts other categories stops after its bound of rows.
        is_indexed: false,
        asks: What::Facets,
        make: |dice, _| ("type".to_owned(), within(goods::leaf(dice.zipf(1_000))), RANK),
    },
    Question {
        name: "facets, country and badge chosen",
        is_indexed: false,
        asks: What::Facets,
        make: |dice, _| (String::new(), from_country(dice, vec![BadgeKind::Verified]), RANK),
    },
];

fn priced(dice: &mut Dice, quantity: Option<i64>) -> ProductFilter {
    let least = i64::try_from(1 + dice.zipf(100)).unwrap() * 1_000_000;
    let bound = |millionths| UnitPrice::from_millionths(millionths).ok();
    let (minimum, maximum) = (bound(least), bound(least + 2_000_000));
    let currency = Currency::USD;
    ProductFilter {
        price: Some(PriceFilter { currency, quantity, minimum, maximum, convert: true }),
        ..plain()
    }
}

/// Asks everything; prints a line for each question; answers the plans that are wrong.
pub async fn ask(
    app: &Arc<App>,
    database: &str,
    products: u64,
    rounds: u64,
    print_plans: bool,
) -> Vec<String> {
    let mut wrong = Vec::new();
    let baseline = by_key(app, products, rounds).await;
    println!(
        "\n| {database}, {products} products | p50 ms | p99 ms | p50 to a look-up by key |\n|---|---|---|---|"
    );
    println!("| look-up by key | {} | {} | 1 |", millis(baseline[0]), millis(baseline[1]));
    for question in QUESTIONS {
        let mut times = Vec::new();
        // One more round than counts: the first warms.
        for round in 0..=rounds {
            let mut dice = Dice(round * 7_919);
            let (text, filter, sort) = (question.make)(&mut dice, products);
            let actor = Actor::anonymous(true);
            let mut asked = search::of_products(app, &actor, Some(&text), filter, sort).await.unwrap();
            let began = Instant::now();
            answer(app, question, &mut asked, &mut dice, products).await;
            if round > 0 {
                times.push(u64::try_from(began.elapsed().as_micros()).unwrap());
            }
            if round < 5 {
                let plan = plan(app, question, &asked, &mut dice, products).await;
                if print_plans && round == 0 {
                    println!("{}:\n  {}", question.name, plan.join("\n  "));
                }
                if question.is_indexed && reads_everything(&plan) {
                    wrong.push(format!("{database}: {}, {text:?}:\n  {}", question.name, plan.join("\n  ")));
                }
            }
        }
        let [middle, high] = quantiles(times);
        let ratio = middle * 10 / baseline[0].max(1);
        let line = format!(
            "| {} | {} | {} | {}.{} |",
            question.name,
            millis(middle),
            millis(high),
            ratio / 10,
            ratio % 10
        );
        println!("{line}");
    }
    wrong
}

async fn answer(app: &App, question: &Question, asked: &mut ProductSearch, dice: &mut Dice, products: u64) {
    match question.asks {
        What::Page | What::Deep | What::Offset => {
            let page = page_of(question.asks, asked, dice, products).check().unwrap();
            search::find_products(app, asked, &page, true).await.unwrap();
        }
        What::Count => {
            search::count_products(app, asked).await.unwrap();
        }
        What::Facets => {
            search::product_facets(app, asked, None).await.unwrap();
        }
    }
}

/// The page that is asked for; a deep one begins at an instant drawn from all.
fn page_of(what: What, asked: &ProductSearch, dice: &mut Dice, products: u64) -> PageArguments {
    match what {
        What::Deep => {
            let seconds = i64::try_from(dice.roll(products.min(800_000)) * 37).unwrap();
            let keys = [
                Key::Int(asked.now.minus(Span::seconds(seconds)).micros()),
                Key::Text(goods::product_id(0).to_string()),
            ];
            PageArguments {
                after: Some(cursor::encode("products NEWEST ", &keys)),
                ..PageArguments::default()
            }
        }
        What::Offset => PageArguments { offset: Some(10_000), ..PageArguments::default() },
        What::Page | What::Facets | What::Count => PageArguments::default(),
    }
}

async fn plan(
    app: &App,
    question: &Question,
    asked: &ProductSearch,
    dice: &mut Dice,
    products: u64,
) -> Vec<String> {
    match question.asks {
        What::Page | What::Deep | What::Offset => {
            let page = page_of(question.asks, asked, dice, products).check().unwrap();
            plans::of_page(&app.db, asked, &page).await.unwrap().unwrap()
        }
        What::Facets => plans::of_facets(&app.db, asked, FacetKind::ALL).await.unwrap(),
        What::Count => Vec::new(),
    }
}

/// Whether a plan goes through every row of the listing by no index.
fn reads_everything(plan: &[String]) -> bool {
    plan.iter().any(|step| {
        let step = step.trim_start_matches([' ', '-', '>']);
        step.starts_with("Seq Scan on product_listing")
            || step.starts_with("Parallel Seq Scan on product_listing")
            || (step.starts_with("SCAN l") && !step.contains("USING"))
    })
}

/// The time of the cheapest question that there is, for comparison.
async fn by_key(app: &App, products: u64, rounds: u64) -> [u64; 2] {
    let mut times = Vec::new();
    for round in 0..rounds.max(20) {
        let product = goods::product_id(Dice(round).roll(products));
        let began = Instant::now();
        assert_eq!(pages::product_cards(&app.db, &[product]).await.unwrap().len(), 1);
        times.push(u64::try_from(began.elapsed().as_micros()).unwrap());
    }
    quantiles(times)
}

/// The median and the 99th hundredth.
fn quantiles(mut times: Vec<u64>) -> [u64; 2] {
    times.sort_unstable();
    let at = |hundredths: usize| times[(times.len() * hundredths / 100).min(times.len() - 1)];
    [at(50), at(99)]
}

fn millis(micros: u64) -> String {
    format!("{}.{:02}", micros / 1_000, micros % 1_000 / 10)
}
