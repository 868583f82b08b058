//! Specifications as they are written.

use super::{OutlierAction, PipelineSpec, Step};

#[test]
fn every_step_is_written_under_its_name_and_read_back() {
    let json: serde_json::Value = serde_json::from_str(
        r##"{"steps": [
        {"select": {"columns": ["a"]}},
        {"drop_columns": {"columns": ["a"]}},
        {"rename": {"columns": {"a": "b"}}},
        {"cast": {"columns": {"a": "integer", "b": {"decimal": {"precision": 9, "scale": 2}}},
            "on_error": "to_null", "formats": ["%Y"]}},
        {"filter": {"where": "a > 1", "keep_unknown": false}},
        {"derive": {"columns": {"w": "a * v"}, "units": {"w": "W"}, "on_error": "fail"}},
        {"reorder": {"first": ["b"], "last": ["a"]}},
        {"parse_time": {"columns": ["a"], "formats": ["%d/%m/%Y"], "zone": "Asia/Seoul",
            "ambiguous": "earliest", "skipped": "forward", "on_error": "to_null"}},
        {"encode": {"columns": ["a"], "method": "one_hot", "order": ["x", "y"], "unknown": "other"}},
        {"pseudonymise": {"columns": ["a"], "key": "people", "length": 16}},
        {"generalise": {"columns": {"a": {"width": 10.0, "from": 0.0}, "b": {"to": "quarter"},
            "c": {"map": {"x": "y"}, "other": "z"}}}},
        {"mask": {"columns": {"a": {"keep_first": 0, "keep_last": 4, "with": "#"}}}},
        {"filter_range": {"column": "a", "min": 0.0, "keep_missing": true}},
        {"sort": {"by": [{"column": "a", "descending": true, "nulls_first": false}]}},
        {"drop_duplicates": {}},
        {"sentinel_to_null": {"columns": {"a": ["9999", "-1"]}}},
        {"fill_missing": {"columns": ["a"], "method": "linear", "time": "t", "max_gap_s": 3.5}},
        {"outliers": {"columns": ["a"], "method": "mad", "action": "to_null"}},
        {"drop_constant": {}},
        {"drop_sparse": {"above_percent": 30.0}},
        {"drop_missing_rows": {"columns": ["a"]}},
        {"unit_convert": {"columns": {"a": "K"}}},
        {"scale": {"columns": ["a"], "method": "min_max"}},
        {"number_rows": {"name": "row_no"}},
        {"resample": {"time": "t", "every": "10s", "group": ["m"], "origin": "2024-01-01",
            "aggregates": {"a": "mean", "b": ["min", "count_true"]}, "empty": "to_null"}},
        {"outliers": {"columns": ["a"], "method": "hampel", "window_rows": 7, "action": "flag"}},
        {"rolling": {"columns": ["a"], "window": "30s", "functions": ["mean", "range"],
            "group": ["m"], "time": "t", "min_values": 2, "centered": true}},
        {"lag": {"columns": ["a"], "rows": [1, 2], "difference": true, "group": ["m"]}},
        {"smooth": {"columns": ["a"], "method": "savitzky_golay", "window_rows": 5, "degree": 2}},
        {"smooth": {"columns": ["a"], "method": "ewma", "half_life_rows": 2.5}},
        {"join_asof": {"with": "lab", "on": "t", "by": ["lot"], "tolerance": "10min",
            "direction": "nearest", "columns": ["q"], "suffix": "_lab"}},
        {"scale": {"columns": ["a"], "method": "z", "fit_where": "part = 'train'"}},
        {"unscale": {"columns": {"a": {"mean": 1.0, "std": 2.0}, "b": {"min": 0.0, "max": 1.0}}}},
        {"features": {"time": "t", "columns": ["x"], "window": "10s", "step": "5s", "group": ["m"],
            "statistics": ["rms", "zero_crossings"], "spectrum": {"sampling_hz": 100.0,
            "bands_hz": [[0.0, 10.0], [10.0, 50.0]], "peak": true, "centroid": true}}},
        {"segment": {"name": "no", "by": {"gap": {"time": "t", "longer_than": "30s"}},
            "group": ["m"], "min_rows": 3}},
        {"segment": {"name": "no", "by": {"rising": "x > 1"}}},
        {"segment": {"name": "no", "by": {"change": ["lot"]}}},
        {"label_windows": {"name": "soon", "events": "x > 1", "time": "t", "before": "10min",
            "after": "0s", "group": ["m"]}},
        {"label_windows": {"name": "soon", "events": {"with": "stops", "time": "t"}, "time": "t",
            "before": "10min", "after": "0s"}},
        {"split": {"name": "part", "time": "t", "train": 70.0, "validation": 15.0, "test": 15.0,
            "group": ["lot"], "gap": "1h"}},
        {"drop_rows_with_bad_time": {"column": "t", "min": "2020-01-01", "keep_missing": false}}
    ]}"##,
    )
    .unwrap();
    let spec: PipelineSpec = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(serde_json::to_value(&spec).unwrap(), json);
    for (step, value) in spec.steps.iter().zip(json["steps"].as_array().unwrap()) {
        assert!(value.get(step.name()).is_some(), "{}", step.name());
    }
}

#[test]
fn unknown_steps_and_fields_are_refused() {
    for json in [
        r#"{"steps": [{"explode": {}}]}"#,
        r#"{"steps": [{"drop_duplicates": {"key": ["a"]}}]}"#,
        r#"{"steps": [], "version": 1}"#,
        r#"{"steps": [{"scale": {"columns": ["a"], "method": "log"}}]}"#,
        r#"{"steps": [{"sentinel_to_null": {"columns": {"a": [null]}}}]}"#,
    ] {
        assert!(serde_json::from_str::<PipelineSpec>(json).is_err(), "{json}");
    }
}

#[test]
fn numbers_and_booleans_are_taken_as_text() {
    let json =
        r#"{"steps": [{"sentinel_to_null": {"columns": {"a": [9999, -1, 0.5, true, "x"]}}}]}"#;
    let spec: PipelineSpec = serde_json::from_str(json).unwrap();
    let Step::SentinelToNull(step) = &spec.steps[0] else { panic!("{spec:?}") };
    let texts: Vec<&str> = step.columns["a"].iter().map(|s| s.0.as_str()).collect();
    assert_eq!(texts, ["9999", "-1", "0.5", "true", "x"]);
}

#[test]
fn the_quoted_word_null_is_an_action() {
    assert_eq!(serde_json::from_str::<OutlierAction>("\"null\"").unwrap(), OutlierAction::ToNull);
}
