//! Imports of plain files: what is kept, what is refused and why, and that nothing is half done.

use std::fmt::Write;
use std::path::PathBuf;

use sea_orm::{ConnectionTrait, Value as SqlValue};
use surety::domain::history::Outcome;
use surety::domain::import::{FileKind, Problem, Severity};
use surety::domain::money::{Currency, Money};
use surety::domain::product::Product;
use surety::domain::time::Span;
use surety::service::Error;
use surety::service::import::{self, Progress, Report};
use surety::service::{metrics, verification};
use surety::store::{Reader, catalogue, history, imports};

use super::world::{World, on_both};

const SUPPLIERS: &str =
    "supplier,name,country,specialisation\ns1,Atelier Brun,FR,CUSTOM_MANUFACTURER\ns2,Kiln & Co,GB,\n";
const CATEGORIES: &str = "category,parent,name\nhome,,Home\ncups,home,Cups\n";
const PRODUCTS: &str = "supplier,product,title,currency,category,minimum_order_quantity\n\
                        s1,p1,Steel cup,USD,cups,10\ns1,p2,Glass,KWD,,1\n";
const PRICES: &str =
    "supplier,product,min_quantity,unit_price\ns1,p1,10,1.2\ns1,p1,500,0.9955\ns1,p2,1,0.125\n";
const ORDERS: &str = "order,status,currency,outcome,dispatched_at,promised_at,delivered_at,buyer\n\
                      o1,done,USD,COMPLETED,2026-01-03T10:00:00,2026-01-05,2026-01-06T09:00:00Z,b1\n\
                      o2,lost,USD,CANCELLED,,,,b1\n";
const LINES: &str = "order,line,supplier,product,quantity,unit_price,dispatch_by\n\
                     o1,1,s1,p1,500,0.9955,2026-01-03T09:59:59\no1,2,s2,,1,3,\no2,1,s1,p1,10,1.2,\n";
const REVIEWS: &str = "review,order,supplier,product,score,text\nr1,o1,s1,,5,\"good, \"\"very\"\"\nindeed\"\n\
                       r1,o2,s1,,3,\nr2,,s1,p1,4,\n";

/// Writes a folder of files.
fn folder(w: &World, name: &str, files: &[(&str, &[u8])]) -> PathBuf {
    let folder = w.folder().join(name);
    std::fs::create_dir_all(&folder).unwrap();
    for (name, text) in files {
        std::fs::write(folder.join(name), text).unwrap();
    }
    folder
}

fn shop() -> Vec<(&'static str, &'static [u8])> {
    [
        ("suppliers.csv", SUPPLIERS),
        ("categories.csv", CATEGORIES),
        ("products.csv", PRODUCTS),
        ("prices.csv", PRICES),
        ("orders.csv", ORDERS),
        ("order_lines.csv", LINES),
        ("reviews.csv", REVIEWS),
    ]
    .map(|(name, text)| (name, text.as_bytes()))
    .to_vec()
}

async fn import(w: &World, name: &str, files: &[(&str, &[u8])]) -> Report {
    import::run(&w.app, &folder(w, name, files), &mut |_| ()).await.unwrap()
}

/// What was rejected: line and field.
fn rejected(report: &Report) -> Vec<(u64, &str)> {
    let of = |problem: &Problem| problem.severity == Severity::Rejected;
    report.problems.iter().filter(|problem| of(problem)).map(|p| (p.line, p.field.as_str())).collect()
}

async fn supplier(w: &World, reference: &str) -> surety::domain::supplier::SupplierCard {
    let found = imports::suppliers(&w.app.db, &[reference]).await.unwrap();
    catalogue::suppliers::load(&w.app.db, &[found[reference].id]).await.unwrap().remove(0)
}

async fn product(w: &World, supplier: &str, product: &str) -> Product {
    let pair = (supplier.to_owned(), product.to_owned());
    let found = imports::products(&w.app.db, std::slice::from_ref(&pair)).await.unwrap();
    catalogue::products::load(&w.app.db, &[found[&pair].id]).await.unwrap().remove(0)
}

on_both! {
    async fn a_shop_is_imported_and_counted(w) {
        let report = import(&w, "shop", &shop()).await;
        assert_eq!(rejected(&report), []);
        assert!(report.is_clean());
        let cup = product(&w, "s1", "p1").await;
        assert!(cup.imported && cup.category.is_some());
        assert_eq!(cup.quote(500).unwrap().total, Money::new(49_775, Currency::USD));
        assert_eq!(product(&w, "s1", "p2").await.quote(3).unwrap().total.decimal(), "0.375");
        let card = supplier(&w, "s1").await;
        assert_eq!((card.supplier.name.as_str(), card.supplier.country.as_str()), ("Atelier Brun", "FR"));
        let metrics = card.metrics;
        assert_eq!((metrics.orders_placed, metrics.orders_completed, metrics.orders_cancelled), (2, 1, 1));
        assert_eq!((metrics.dispatched, metrics.dispatched_late), (1, 1));
        assert_eq!((metrics.delivered, metrics.delivered_late), (1, 1));
        assert_eq!((metrics.buyers, metrics.returning_buyers), (1, 1));
        // One review id on two orders gives two reviews of the store; the third is of a product.
        assert_eq!((card.rating.count(), card.rating.sum()), (2, 8));
        assert_eq!(catalogue::ratings::load(&w.app.db, &[cup.id]).await.unwrap()[&cup.id.to_string()].sum(), 4);
        assert_eq!(supplier(&w, "s2").await.metrics.dispatched_late, 0);
        let values = history::values(&w.app.db, Some(card.supplier.id)).await.unwrap();
        assert_eq!((values[0].lines, values[0].total, values[0].total_minor), (2, 509_750_000, 50_975));
    }

    async fn products_are_found_by_the_new_name_of_their_supplier(w) {
        import(&w, "shop", &shop()).await;
        let renamed = SUPPLIERS.replace("Atelier Brun", "Manufacture Verte");
        import(&w, "renamed", &[("suppliers.csv", renamed.as_bytes())]).await;
        let found = async |words: &str| {
            let query = "query($words: String) { products(query: $words) { totalCount } }";
            w.execute(&w.anonymous(), query, serde_json::json!({ "words": words })).await.good()["products"]["totalCount"].clone()
        };
        assert_eq!((found("manufacture verte").await, found("brun").await), (2.into(), 0.into()));
    }

    async fn a_row_survives_whoever_writes_the_product_at_the_same_time(w) {
        import(&w, "shop", &shop()).await;
        if !w.app.db.is_postgres() {
            return;
        }
        let cup = product(&w, "s1", "p1").await;
        let tx = w.app.db.begin().await.unwrap();
        catalogue::suppliers::begin_writing(&tx, cup.supplier).await.unwrap();
        catalogue::products::lock(&tx, &[cup.id]).await.unwrap();
        let other = Product { unit: "dozen".to_owned(), version: cup.version + 1, ..cup.clone() };
        assert!(catalogue::products::replace_product(&tx, &other).await.unwrap());
        let rows = PRODUCTS.replace("Steel cup", "Steel beaker");
        let files = [("products.csv", rows.as_bytes())];
        let commits = async {
            w.somebody_waits_unless(|| false).await;
            tx.commit().await.unwrap();
        };
        let (report, ()) = tokio::join!(import(&w, "again", &files), commits);
        assert_eq!((report.files[0].updated, rejected(&report)), (1, vec![]));
        let after = product(&w, "s1", "p1").await;
        assert_eq!((after.title.as_str(), after.version), ("Steel beaker", cup.version + 2));
    }

    async fn another_import_writes_only_what_says_something_else(w) {
        import(&w, "shop", &shop()).await;
        let (before, cup) = (supplier(&w, "s1").await, product(&w, "s1", "p1").await);
        let again = import(&w, "shop", &shop()).await;
        assert!(again.files.iter().all(|file| file.unchanged == file.rows));
        assert_eq!(supplier(&w, "s1").await, before);
        let orders = ORDERS.replace("2026-01-03T10:00:00", "2026-01-03T09:00:00");
        let files: Vec<(&str, &[u8])> = vec![
            ("suppliers.csv", b"supplier,name,country\ns1,Atelier Noir,FR\n"),
            ("categories.csv", b"category,parent,name\nhome,,Home\ncups,home,Mugs\n"),
            ("prices.csv", b"supplier,product,min_quantity,unit_price\ns1,p1,10,1.1\n"),
            ("orders.csv", orders.as_bytes()),
            ("reviews.csv", b"review,order,supplier,score\nr1,o1,s1,1\n"),
        ];
        let report = import(&w, "changes", &files).await;
        let updated = |kind| report.of(kind).unwrap().updated;
        assert_eq!(FileKind::ALL.iter().filter_map(|kind| report.of(*kind)).map(|file| file.created).sum::<u64>(), 0);
        assert_eq!([updated(FileKind::Suppliers), updated(FileKind::Categories), updated(FileKind::Prices)], [1; 3]);
        assert_eq!([updated(FileKind::Orders), updated(FileKind::Reviews)], [1; 2]);
        let card = supplier(&w, "s1").await;
        assert_eq!((card.supplier.name.as_str(), card.supplier.id), ("Atelier Noir", before.supplier.id));
        assert_eq!((card.metrics.dispatched, card.metrics.dispatched_late), (1, 0));
        assert_eq!((card.rating.count(), card.rating.sum()), (2, 4));
        let now = product(&w, "s1", "p1").await;
        assert_eq!((now.id, now.ladder.breaks().len(), now.version), (cup.id, 1, cup.version + 1));
    }

    async fn broken_rows_are_named_and_good_ones_kept(w) {
        let text = b"supplier,name,country,established_on\n\
            a,Good,DE,1999-01-31\n\
            b,,DE,\n\
            c,Bad country,Germany,31.1.1999\n\
            a,Again,DE,\n\
            d,Few\n\
            e,\"Never closed,DE,\n\
            f,Bad \xff text,DE,\n\
            g,Good \"too,DE,\n\
            h,Last,DE,";
        let report = import(&w, "broken", &[("suppliers.csv", text)]).await;
        let wanted =
            [(3, "name"), (4, "country"), (4, "established_on"), (5, "supplier"), (6, ""), (7, ""), (8, "name"), (9, "")];
        assert_eq!(rejected(&report), wanted, "{:#?}", report.problems);
        let file = report.of(FileKind::Suppliers).unwrap();
        assert_eq!((file.rows, file.created, file.rejected), (9, 2, 7));
        assert!(!report.is_clean());
        assert_eq!(supplier(&w, "a").await.supplier.name, "Good");
        assert_eq!(supplier(&w, "h").await.supplier.name, "Last");
        assert!(report.problems.iter().all(|problem| problem.reason.ends_with('.')));
    }

    async fn numbers_currencies_and_references_are_checked(w) {
        let mut files = shop();
        let products = b"supplier,product,title,currency,minimum_order_quantity,easy_return\n\
            s1,p1,Cup,USD,10,maybe\ns1,p2,Cup,DOLLAR,1,\ns1,p3,Cup,USD,0,\nnobody,p4,Cup,USD,1,\ns1,p5,Cup,USD,1,\n";
        let prices = b"supplier,product,min_quantity,unit_price,currency\ns1,p5,1,1.2345678,\ns1,p5,1,abc,\n\
            s1,p5,1,-2,\ns1,p5,0,2,\ns1,p5,1,2,EUR\ns1,p9,1,2,\n";
        let lines = b"order,line,supplier,quantity,unit_price,total_minor,total\n\
            o1,1,s1,x,1,,\no9,1,s1,1,1,,\no1,2,s9,1,1,,\no1,3,s1,1,,,\no1,4,s1,1,,5,5\n\
            o1,5,s1,1000000,9999999999,,\no1,6,s1,2,,500,\n";
        let reviews = b"review,order,supplier,score\nr1,o1,s1,6\nr2,o9,s1,5\nr3,o1,s1,5\n";
        for (name, text) in [
            ("products.csv", &products[..]),
            ("prices.csv", prices),
            ("order_lines.csv", lines),
            ("reviews.csv", reviews),
        ] {
            files.iter_mut().find(|(file, _)| *file == name).unwrap().1 = text;
        }
        let report = import(&w, "checked", &files).await;
        let of = |name: &str| -> Vec<(u64, &str)> {
            let found = report.problems.iter().filter(|problem| problem.file == name);
            found.map(|problem| (problem.line, problem.field.as_str())).collect()
        };
        let wanted = [(2, "easy_return"), (3, "currency"), (4, "minimum_order_quantity"), (5, "supplier"), (6, "")];
        assert_eq!(of("products.csv"), wanted, "the last one has no price");
        let wanted = [
            (2, "unit_price"), (3, "unit_price"), (4, "unit_price"), (5, "min_quantity"), (6, "currency"), (7, "product"),
        ];
        assert_eq!(of("prices.csv"), wanted);
        let wanted = [
            (2, "quantity"), (5, "unit_price"), (6, "total_minor"), (3, "order"), (4, "supplier"), (7, "quantity"),
        ];
        assert_eq!(of("order_lines.csv"), wanted);
        assert_eq!(of("reviews.csv"), [(2, "score"), (3, "order")]);
        assert_eq!(report.of(FileKind::OrderLines).unwrap().created, 1);
        assert_eq!(report.of(FileKind::Reviews).unwrap().created, 1);
        assert_eq!(product(&w, "s1", "p5").await.ladder.breaks(), []);
    }

    async fn a_file_that_cannot_be_read_costs_no_other(w) {
        let files: Vec<(&str, &[u8])> = vec![
            ("suppliers.csv", SUPPLIERS.as_bytes()),
            ("categories.csv", b""),
            ("products.csv", b"supplier,title,currency\ns1,Cup,USD\n"),
            ("orders.csv", b"order,status,currency,colour\no1,done,EUR,red\n"),
            ("order_line.csv", b"order\n"),
        ];
        let report = import(&w, "files", &files).await;
        assert_eq!(rejected(&report), [(1, "product")]);
        let warned: Vec<_> = report
            .problems
            .iter()
            .filter(|problem| problem.severity == Severity::Warning)
            .map(|problem| (problem.file.as_str(), problem.line, problem.field.as_str()))
            .collect();
        assert_eq!(warned, [("order_line.csv", 0, ""), ("categories.csv", 0, ""), ("orders.csv", 1, "colour")]);
        assert_eq!(report.of(FileKind::Orders).unwrap().created, 1);
        let products = report.of(FileKind::Products).unwrap();
        assert_eq!((products.rows, products.unreadable), (0, true));
        assert!(!report.is_clean());
        for (name, files) in [("none", vec![]), ("twice", vec![("orders.csv", &b""[..]), ("orders.jsonl", b"")])] {
            let refused = import::run(&w.app, &folder(&w, name, &files), &mut |_| ()).await;
            assert!(matches!(refused, Err(Error::Refused(_))), "{name}: {refused:?}");
        }
        let nowhere = import::run(&w.app, &w.folder().join("nowhere"), &mut |_| ()).await;
        assert!(matches!(nowhere, Err(Error::Refused(_))), "{nowhere:?}");
    }

    async fn what_did_not_happen_yet_is_no_history(w) {
        let now = w.now();
        let (ahead, today, tomorrow) = (now.plus(Span::seconds(1)), now.day(), now.plus(Span::days(1)).day());
        let suppliers = format!(
            "supplier,name,country,established_on,created_at\ns1,Atelier Brun,FR,{today},{now}\n\
             s2,Kiln,GB,{tomorrow},\ns3,Loom,PT,,{ahead}\n"
        );
        let products = format!(
            "supplier,product,title,currency,created_at\ns1,p1,Cup,USD,{now}\ns1,p2,Glass,USD,{tomorrow}\n"
        );
        // What is promised lies ahead, what happened does not.
        let orders = format!(
            "order,status,currency,placed_at,promised_at,dispatched_at,delivered_at\no1,open,USD,{now},{tomorrow},,\n\
             o2,open,USD,2027-06-01,,,\no3,sent,USD,{today},,{ahead},{tomorrow}\n"
        );
        let lines = format!(
            "order,line,supplier,product,unit_price,dispatch_by,promised_at,dispatched_at,delivered_at\n\
             o1,1,s1,p1,1,{tomorrow},{tomorrow},{now},\no1,2,s1,p1,1,,,,{ahead}\n"
        );
        let reviews = format!(
            "review,supplier,score,reply,replied_at,created_at\nr1,s1,5,Thanks.,{now},{now}\nr2,s1,1,,,2028-06-01\n\
             r3,s1,1,Thanks.,{ahead},\nr4,s1,1,Thanks.,,\n"
        );
        let files: Vec<(&str, &[u8])> = vec![
            ("suppliers.csv", suppliers.as_bytes()),
            ("products.csv", products.as_bytes()),
            ("orders.csv", orders.as_bytes()),
            ("order_lines.csv", lines.as_bytes()),
            ("reviews.csv", reviews.as_bytes()),
        ];
        let report = import(&w, "ahead", &files).await;
        let wanted = [
            (3, "established_on"), (4, "created_at"), (3, "created_at"), (3, "placed_at"), (4, "dispatched_at"),
            (4, "delivered_at"), (3, "delivered_at"), (3, "created_at"), (4, "replied_at"), (5, "replied_at"),
        ];
        assert_eq!(rejected(&report), wanted, "{:#?}", report.problems);
        let reason = &report.problems.iter().find(|problem| problem.field == "placed_at").unwrap().reason;
        assert_eq!(reason, "2027-06-01T00:00:00Z lies in the future; what did not happen yet is no history.");
        let card = supplier(&w, "s1").await;
        assert_eq!((card.rating.count(), card.rating.sum()), (1, 5), "what nobody can have written counts nowhere");
        assert_eq!(card.metrics.orders_placed, 1);
        // Once the day has come, the same rows are history.
        w.passes(Span::days(2));
        let later = import(&w, "ahead", &files).await;
        let wanted = [(3, "placed_at"), (3, "created_at"), (5, "replied_at")];
        assert_eq!(rejected(&later), wanted, "{:#?}", later.problems);
    }

    async fn a_line_without_end_is_one_rejected_row(w) {
        let endless = "x".repeat(3 << 20);
        let csv = format!("supplier,name,country\ns1,{endless},DE\ns2,Kiln,GB\n\"s3,{endless}\ns4,Loom,PT\n");
        let report = import(&w, "endless", &[("suppliers.csv", csv.as_bytes())]).await;
        assert_eq!(rejected(&report), [(2, ""), (4, "")]);
        assert_eq!(report.of(FileKind::Suppliers).unwrap().created, 2);
        let lines = format!("{{\"supplier\":\"{endless}\"}}\n{{\"supplier\":\"s5\",\"name\":\"Mill\"}}\n");
        let report = import(&w, "endless lines", &[("suppliers.jsonl", lines.as_bytes())]).await;
        assert_eq!(rejected(&report), [(1, "")]);
        assert_eq!(report.of(FileKind::Suppliers).unwrap().created, 1);
    }

    async fn json_lines_say_the_same_as_csv(w) {
        let suppliers = b"{\"supplier\":\"s1\",\"name\":\"Atelier Brun\",\"country\":\"FR\"}\n\n\
            {\"supplier\":\"s2\",\"name\":7,\"country\":null}\n{\"supplier\":[]}\nnonsense\n";
        let products = b"{\"supplier\":\"s1\",\"product\":\"p1\",\"title\":\"Cup\",\"currency\":\"USD\",\"easy_return\":true}";
        let prices = b"{\"supplier\":\"s1\",\"product\":\"p1\",\"min_quantity\":1,\"unit_price\":0.513300}\n";
        let files: Vec<(&str, &[u8])> =
            vec![("suppliers.jsonl", suppliers), ("products.jsonl", products), ("prices.jsonl", prices)];
        let report = import(&w, "jsonl", &files).await;
        assert_eq!(rejected(&report), [(4, "supplier"), (5, "")]);
        assert_eq!(supplier(&w, "s2").await.supplier.country, "ZZ");
        let cup = product(&w, "s1", "p1").await;
        assert!(cup.easy_return);
        assert_eq!(cup.ladder.breaks()[0].unit_price.millionths(), 513_300);
    }

    async fn ladders_are_kept_with_a_warning_and_stand_together(w) {
        let mut files = shop();
        let prices = b"supplier,product,min_quantity,unit_price\ns1,p1,100,1\ns1,p1,10,0.5\ns1,p2,1,3\ns1,p1,500,0.4\n";
        files.iter_mut().find(|(file, _)| *file == "prices.csv").unwrap().1 = prices;
        let report = import(&w, "ladders", &files).await;
        assert_eq!(rejected(&report), [(5, "supplier")]);
        let warned = report.problems.iter().filter(|problem| problem.severity == Severity::Warning);
        let warned: Vec<_> = warned.filter(|p| p.file == "prices.csv").map(|p| (p.line, p.field.as_str())).collect();
        assert_eq!(warned, [(2, "unit_price")]);
        let steps: Vec<_> =
            product(&w, "s1", "p1").await.ladder.breaks().iter().map(|step| step.min_quantity).collect();
        assert_eq!(steps, [10, 100]);
    }

    async fn warnings_point_at_their_rows_and_come_again(w) {
        let products = b"supplier,product,title,currency,minimum_order_quantity\n\
            s1,p1,Cup,USD,1\ns1,p2,Mug,USD,5\ns1,p3,Jug,USD,5\ns1,p4,Pot,USD,1\n";
        let prices = b"supplier,product,min_quantity,unit_price\n\
            s1,p1,1,2.00\ns1,p1,10,3.00\ns1,p1,10,2.50\ns1,p2,5,1\ns1,p2,50,0.5\ns1,p3,50,1\ns1,p3,6,2\n";
        let files: Vec<(&str, &[u8])> = vec![
            ("suppliers.csv", b"supplier,name,country\ns1,Kiln,GB\ns2,Loom,\n"),
            ("products.csv", products),
            ("prices.csv", prices),
        ];
        let warned = |report: &Report| -> Vec<(String, u64, String)> {
            let found = report.problems.iter().filter(|problem| problem.severity == Severity::Warning);
            found.map(|it| (it.file.clone(), it.line, it.field.clone())).collect()
        };
        let wanted = [
            ("suppliers.csv", 3, "country"), ("prices.csv", 3, "min_quantity"), ("prices.csv", 4, "unit_price"),
            ("prices.csv", 8, "min_quantity"), ("products.csv", 5, ""),
        ]
        .map(|(file, line, field)| (file.to_owned(), line, field.to_owned()));
        let first = import(&w, "odd", &files).await;
        assert_eq!(warned(&first), wanted, "{:#?}", first.problems);
        let again = import(&w, "odd", &files).await;
        assert!(again.files.iter().all(|file| file.unchanged == file.rows));
        assert_eq!(again.problems, first.problems);
        let counts = [FileKind::Suppliers, FileKind::Products, FileKind::Prices].map(|kind| again.of(kind).unwrap().warnings);
        assert_eq!(counts, [1, 1, 3]);
        // Prices of an earlier import are prices.
        let pot = b"supplier,product,min_quantity,unit_price\ns1,p4,1,9\n";
        import(&w, "pot", &[("prices.csv", pot)]).await;
        assert_eq!(warned(&import(&w, "goods", &[("products.csv", products)]).await), []);
    }

    async fn what_a_facet_offers_is_accepted_also_of_suppliers_without_a_country(w) {
        let suppliers = b"supplier,name,country\ns1,Atelier Brun,\ns2,Kiln,GB\ns3,Loom,QQ\ns4,Mill,ZZ\n";
        let report = import(&w, "nowhere", &[
            ("suppliers.csv", suppliers), ("products.csv", b"supplier,product,title,currency\ns1,p1,Cup,USD\ns2,p2,Mug,USD\n"),
            ("prices.csv", b"supplier,product,min_quantity,unit_price\ns1,p1,1,2\ns2,p2,1,2\n"),
        ])
        .await;
        assert_eq!(rejected(&report), [(4, "country")]);
        for (list, of_what) in [("products", "ProductFilterInput"), ("suppliers", "SupplierFilterInput")] {
            let query = format!("query($filter: {of_what}) {{ {list}(filter: $filter, first: 0) {{ totalCount \
                facets(kinds: [COUNTRY]) {{ values {{ value count filter }} }} }} }}");
            let all = w.execute(&w.anonymous(), &query, serde_json::json!({})).await.good()[list].clone();
            let values = all["facets"][0]["values"].as_array().unwrap().clone();
            assert!(values.iter().any(|value| value["value"] == "ZZ"), "{all}");
            for value in values {
                let filter = serde_json::json!({ "filter": value["filter"] });
                let narrowed = w.execute(&w.anonymous(), &query, filter).await.good()[list].clone();
                assert_eq!(narrowed["totalCount"], value["count"], "{list} {value}");
            }
        }
    }

    async fn large_files_arrive_in_batches(w) {
        let mut suppliers = String::from("supplier,name,country\n");
        for number in 0..1_203 {
            writeln!(suppliers, "s{number},Supplier {number},DE").unwrap();
        }
        let folder = folder(&w, "large", &[("suppliers.csv", suppliers.as_bytes())]);
        let (mut rows, mut steps, mut total) = (0, 0, 0);
        w.forget_statements();
        let report = import::run(&w.app, &folder, &mut |progress| match progress {
            Progress::Begun { bytes, .. } => total = bytes,
            Progress::Advanced { bytes, rows: done, .. } => {
                assert!(done >= rows && bytes <= total);
                rows = done;
                steps += 1;
            }
            Progress::Found(problem) => panic!("{problem:?}"),
            Progress::Counting => {}
        })
        .await
        .unwrap();
        assert_eq!((rows, report.of(FileKind::Suppliers).unwrap().created), (1_203, 1_203));
        assert!(steps > 2);
        // Statements do not grow with rows.
        assert!(w.statements().len() < 120, "{}", w.statements().len());
    }


    async fn orders_of_the_past_are_never_live(w) {
        import(&w, "shop", &shop()).await;
        let operator = w.operator().await;
        let data = operator.asks("{ orders(first: 5) { nodes { id } } }", serde_json::json!({})).await;
        assert_eq!(data.0["data"]["orders"]["nodes"].as_array().map(Vec::len), Some(0), "{:#}", data.0);
        let statuses = history::statuses(&w.app.db).await.unwrap();
        assert_eq!(statuses, [("done".to_owned(), 1), ("lost".to_owned(), 1)]);
        assert_eq!(Outcome::ALL.len(), 3);
    }

    async fn two_imports_at_once_count_each_order_once(w) {
        import(&w, "shop", &shop()).await;
        for round in 0..4 {
            let parts = [0, 1].map(|side| {
                let (order, line) = (format!("x{round}{side}"), format!("y{round}{side}"));
                (
                    format!("order,status,currency,outcome,placed_at,dispatched_at\n{order},done,USD,COMPLETED,2026-01-0{}T00:00:00,2026-01-03T10:00:00\n", side + 1),
                    format!("order,line,supplier,product,quantity,unit_price\n{order},{line},s1,p1,5,1\n"),
                )
            });
            let [one, two] = parts.each_ref().map(|(orders, lines)| [("orders.csv", orders.as_bytes()), ("order_lines.csv", lines.as_bytes())]);
            let names = [format!("{round}-0"), format!("{round}-1")];
            let (one, two) = tokio::join!(import(&w, &names[0], &one), import(&w, &names[1], &two));
            assert_eq!((rejected(&one), rejected(&two)), (vec![], vec![]));
            w.adds_up().await;
        }
        assert_eq!(supplier(&w, "s1").await.metrics.orders_placed, 10);
    }

    async fn a_history_that_drifted_is_found(w) {
        import(&w, "shop", &shop()).await;
        w.adds_up().await;
        for table in ["supplier_history", "supplier_metrics_day"] {
            let figure = if table == "supplier_history" { "lines" } else { "dispatched" };
            for (sign, found) in [("+", true), ("-", false)] {
                let text = format!("UPDATE {table} SET {figure} = {figure} {sign} 1 WHERE supplier_id IN \
                    (SELECT id FROM supplier WHERE external_reference = 's1')");
                w.app.db.connection().execute_raw(w.app.db.sql(&text, [] as [SqlValue; 0])).await.unwrap();
                assert_eq!(!metrics::check(&w.app).await.unwrap().is_empty(), found, "{text}");
                if found {
                    // The daily check of the books looks, too, and stops no payout for it.
                    w.passes(Span::days(2));
                    assert!(!verification::verify_daily(&w.app).await.unwrap().is_empty());
                    assert_eq!(w.number("SELECT max(problem_count) FROM verification").await, 0);
                }
            }
        }
    }
}
