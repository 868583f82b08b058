//! Finding products: parts of words in both languages, facets, order, and how soon.

use schema::api::trade::{Listing, SearchResults, Suggestions};
use serde_json::json;
use tests::files::{ingested, press_csv};
use tests::market::{Staff, cost_method, draft};
use tests::{Persona, TestApp};

/// A product on sale with a title and a process of its own.
async fn on_sale(
    app: &TestApp,
    staff: &Staff,
    seller: &Persona,
    (title, process, price): ([&str; 2], [&str; 2], i64),
    rows: usize,
) -> Listing {
    let version = ingested(app, seller, "press.csv", press_csv(rows, ',')).await;
    let path = format!("/v1/versions/{}", version.id);
    let basis = seller.post(&format!("{path}/price-bases"), cost_method(price)).await;
    let mut draft = draft(price, &basis.expect(201).id());
    draft["title"] = json!({"ko": title[0], "en": title[1]});
    draft["description"]["process"] = json!({"ko": process[0], "en": process[1]});
    let new = json!({"version": version.id, "draft": draft});
    let id = seller.post("/v1/listings", new).await.expect(201).id();
    let path = format!("/v1/listings/{id}");
    seller.command(&format!("{path}/submit")).await.expect(200);
    staff.operator.command(&format!("{path}/approve")).await.expect(200);
    seller.command(&format!("{path}/publish")).await.expect(200).read()
}

#[tokio::test]
async fn parts_of_words_facets_and_order() {
    let app = TestApp::start();
    let (staff, seller) = (Staff::hired(&app).await, app.provider().await);
    let nobody = app.nobody();
    let find = |query: &str| {
        let path = format!("/v1/search?{query}");
        async move { nobody.get(&path).await.expect(200).read::<SearchResults>() }
    };
    assert_eq!(find("").await.total, 0);
    let moulding = on_sale(
        &app,
        &staff,
        &seller,
        (
            ["사출성형기 3호 데이터", "Moulding machine 3"],
            ["사출 성형", "Injection moulding"],
            3_000_000,
        ),
        60,
    )
    .await;
    app.advance(1);
    let press = on_sale(
        &app,
        &staff,
        &seller,
        (["프레스 라인 데이터", "Press line"], ["프레스 성형", "Press forming"], 1_000_000),
        80,
    )
    .await;
    let ids =
        |results: &SearchResults| -> Vec<_> { results.items.iter().map(|card| card.id).collect() };
    // The second was published after the first search, and is there.
    assert_eq!(ids(&find("").await), [press.id, moulding.id]);
    for (query, found) in [
        ("q=출성", vec![moulding.id]),
        ("q=성형기", vec![moulding.id]),
        ("q=INJECT", vec![moulding.id]),
        ("q=ormin", vec![press.id]),
        ("q=데이터+line", vec![press.id]),
        ("q=기데", vec![]),
        ("sort=price", vec![press.id, moulding.id]),
        ("sort=price_down", vec![moulding.id, press.id]),
        ("sort=rows", vec![press.id, moulding.id]),
        ("price_min=1000001", vec![moulding.id]),
        ("price_max=1000000", vec![press.id]),
        ("rows_min=61&rows_max=80", vec![press.id]),
        ("ksic=259&sort=price", vec![press.id, moulding.id]),
        ("ksic=10", vec![]),
        ("process=Press%20forming", vec![press.id]),
        ("signal=stroke&sort=price", vec![press.id, moulding.id]),
        ("signal=strok", vec![]),
        ("delivery=file&model=LUMP_SUM&from=1&sort=price", vec![moulding.id]),
    ] {
        assert_eq!(ids(&find(query).await), found, "{query}");
    }
    let all = find("").await;
    let counts: Vec<_> =
        all.facets.process.iter().map(|facet| (facet.value.as_str(), facet.count)).collect();
    assert_eq!(counts.len(), 4);
    assert!(counts.contains(&("사출 성형", 1)) && counts.contains(&("Press forming", 1)));
    assert_eq!((all.facets.ksic[0].value.as_str(), all.facets.ksic[0].count), ("25", 2));
    assert_eq!(all.facets.signal.len(), 6);

    let told: Suggestions =
        app.nobody().get("/v1/search/suggestions?q=사출").await.expect(200).read();
    assert_eq!(told.items, ["사출 성형", "사출성형기 3호 데이터"]);

    // What goes off sale is not found.
    let off = json!({"cause": "operator", "reason": "점검"});
    staff.operator.post(&format!("/v1/listings/{}/suspend", press.id), off).await.expect(200);
    assert_eq!(ids(&find("").await), [moulding.id]);
    assert_eq!(find("q=라인").await.total, 0);

    for bad in ["q=가", "limit=0", "limit=201", "from=10001"] {
        app.nobody().get(&format!("/v1/search?{bad}")).await.refused(422, "invalid-field");
    }
    app.nobody().get("/v1/search?sort=best").await.refused(400, "malformed-request");
}
