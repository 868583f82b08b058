//! One small file per shape of real factory data.

use encoding_rs::EUC_KR;
use schema::data::column::{Encoding, Role, ValueType};

use super::converted;

#[test]
fn byte_order_mark_units_and_crlf() {
    let file = converted(
        "\u{FEFF}UDI,Product ID,Air temperature [K],Torque [Nm],Machine failure\r\n\
         1,M14860,298.1,42.8,0\r\n2,L47181,298.2,46.3,0\r\n3,L47182,298.1,49.4,1",
    );
    assert_eq!(file.rows, 3);
    assert_eq!(file.names()[..3], ["UDI", "Product ID", "Air temperature [K]"]);
    assert_eq!(file.of("Air temperature [K]").unit.as_deref(), Some("K"));
    assert_eq!(file.of("Torque [Nm]").unit.as_deref(), Some("N.m"));
    assert_eq!(file.of("Machine failure").role, Role::Label);
    assert_eq!(file.column("UDI"), ["1", "2", "3"]);
    assert_eq!(file.column("Torque [Nm]"), ["42.8", "46.3", "49.4"]);
    assert!(file.codes().is_empty(), "{:?}", file.codes());
}

#[test]
fn korean_code_page_with_a_padded_header() {
    let mut text = "거래일자,지역,연료원, 발전량(MWh) \n".to_owned();
    for row in 0..40 {
        text.push_str(&format!("2018-01-{:02},강원도,석탄,{}\n", row % 28 + 1, row * 7));
    }
    let file = converted(EUC_KR.encode(&text).0);
    assert_eq!(file.dictionary.reading.encoding, Encoding::Cp949);
    assert_eq!(file.names(), ["거래일자", "지역", "연료원", "발전량(MWh)"]);
    let output = file.of("발전량(MWh)");
    assert_eq!((output.value_type, output.unit.as_deref()), (ValueType::Integer, Some("MW.h")));
    assert_eq!(output.source_name.as_deref(), Some(" 발전량(MWh) "));
    assert_eq!(file.of("거래일자").value_type, ValueType::Date);
    assert_eq!(
        (file.column("거래일자")[0].as_str(), file.column("지역")[39].as_str()),
        ("2018-01-01", "강원도")
    );
    assert_eq!(file.codes(), ["column-constant", "column-constant", "header-padded"]);
}

#[test]
fn korean_text_behind_a_head_of_ascii_is_found() {
    let mut text = "id,note\n".to_owned();
    for row in 0..400 {
        text.push_str(&format!("{row},plain\n"));
    }
    text.push_str("400,불량\n");
    let case = super::Case::new(EUC_KR.encode(&text).0);
    let limits = crate::limits::Limits { sample_bytes: 4096, ..super::small() };
    let done = case.convert(&limits).unwrap();
    assert_eq!((done.rows, done.dictionary.reading.encoding), (401, Encoding::Cp949));
}

#[test]
fn two_digit_years_with_damage() {
    let mut text = "id,working_time,press_time\r\n".to_owned();
    for row in 0..300 {
        let day = row % 30 + 1;
        let year = if row % 60 == 7 { 60 + row % 9 } else { 20 };
        text.push_str(&format!("{row},5/{day}/{year} 0:00,550\r\n"));
    }
    let file = converted(text.trim_end());
    let column = file.of("working_time");
    assert_eq!((column.value_type, column.role), (ValueType::Timestamp, Role::Time));
    assert_eq!(column.formats, ["%-m/%-d/%y %-H:%M"]);
    assert_eq!(file.column("working_time")[0], "2020-04-30T15:00:00Z");
    let strays = file.finding("years-implausible");
    assert_eq!((strays.count, strays.rows[..2].to_vec()), (Some(5), vec![8, 68]));
    assert_eq!(
        file.codes(),
        [
            "column-constant",
            "date-order",
            "time-all-midnight",
            "time-zone-assumed",
            "year-two-digits",
            "years-implausible"
        ]
    );
}

#[test]
fn several_date_shapes_in_one_column() {
    let file = converted(
        "DateTime,수주량\n2022-03-13 7:04,1\n2022-02-25 11:34,2\n2022-02-10 06:30:00,3\n\
         2022-02-11 23:59:59,4\n2022-02-10 6:30,5\n",
    );
    assert_eq!(file.of("DateTime").formats, ["%Y-%m-%d %-H:%M", "%Y-%m-%d %H:%M:%S"]);
    assert_eq!(file.finding("date-shapes-mixed").count, Some(2));
    assert!(file.finding("date-shapes-mixed").text.en.contains("× 3 (H: 2)"));
    let times = file.column("DateTime");
    assert_eq!(times[0], "2022-03-12T22:04:00Z");
    assert_eq!(times[3], "2022-02-11T14:59:59Z");
}

#[test]
fn day_and_month_are_told_by_the_whole_column() {
    let mut text = "date,v\n".to_owned();
    for day in 1..=31 {
        for _ in 0..20 {
            text.push_str(&format!("{day:02}/01/2018 00:15,1\n"));
        }
    }
    let file = converted(&text);
    assert_eq!(file.of("date").formats, ["%d/%m/%Y %H:%M"]);
    assert_eq!(file.column("date").last().unwrap(), "2018-01-30T15:15:00Z");
    assert_eq!(file.finding("date-order").count, Some(620));
}

#[test]
fn sas_dates_korean_meridiem_and_stamps_of_17_digits() {
    let file = converted(
        "rolling_date,PLAN,stamp,lot\n\
         03JAN2023:07:07:53,2020-10-16 오전 12:00:00,20230103070753123,20230103070753\n\
         03JAN2023:07:21:22,2020-10-16 오후 1:30:00,20230103072122000,20230103072122\n\
         04JAN2023:07:31:15,2020-10-17 오후 12:00:00,20230104073115999,20230104073115\n",
    );
    assert_eq!(file.of("rolling_date").formats, ["%d%b%Y:%H:%M:%S"]);
    assert_eq!(file.column("rolling_date")[0], "2023-01-02T22:07:53Z");
    assert_eq!(
        file.column("PLAN"),
        ["2020-10-15T15:00:00Z", "2020-10-16T04:30:00Z", "2020-10-17T03:00:00Z"]
    );
    assert_eq!(file.column("stamp")[0], "2023-01-02T22:07:53.123Z");
    assert_eq!(file.finding("digits-read-as-time").column.as_deref(), Some("stamp"));
    // A lot number stays a number even if it looks like a time.
    assert_eq!(file.of("lot").value_type, ValueType::Integer);
    assert_eq!(file.finding("digits-may-be-time").column.as_deref(), Some("lot"));
}

#[test]
fn blank_header_and_columns_without_values() {
    let file = converted(
        ",Sensor-1,Sensor-2,Good/Bad\r\nWafer-801,3030.93,,-1\r\nWafer-802,,,1\r\nWafer-803,2932.61,,-1\r\n",
    );
    assert_eq!(file.names(), ["column_1", "Sensor-1", "Sensor-2", "Good/Bad"]);
    assert_eq!(file.codes(), ["column-empty", "header-blank"]);
    assert_eq!(file.of("Sensor-2").value_type, ValueType::Text);
    assert!(file.of("Sensor-1").nullable && !file.of("Good/Bad").nullable);
    assert_eq!(file.column("Sensor-1"), ["3030.93", "∅", "2932.61"]);
    assert_eq!(file.of("Good/Bad").role, Role::Label);
}

#[test]
fn headerless_columns_of_blanks() {
    let file = converted("1 1 -0.0007 100.0  \n1 2 0.0019 100.0  \n2 1 -0.0043 100.0  \n");
    assert_eq!(file.names(), ["c1", "c2", "c3", "c4"]);
    assert_eq!(file.dictionary.reading.delimiter.as_deref(), Some(" "));
    assert_eq!(file.column("c3"), ["-0.0007", "0.0019", "-0.0043"]);
    assert_eq!(file.codes(), ["column-constant", "header-absent"]);
    let file = converted("112 \n98 \n69 \n");
    assert_eq!(
        (file.names(), file.column("c1")),
        (vec!["c1"], vec!["112".into(), "98".into(), "69".into()])
    );
}

#[test]
fn semicolons_with_quoted_names_and_with_decimal_commas() {
    let file =
        converted("\"Melt temperature\";\"ZUx - Cycle time\"\n106.476;74.83\n105.505;74.8\n");
    assert_eq!(file.names(), ["Melt temperature", "ZUx - Cycle time"]);
    let file =
        converted("Zeit;Druck;Menge\n01.02.2023 10:00;1.234,5;1.234\n13.02.2023 10:00;0,25;17\n");
    assert_eq!(file.column("Druck"), ["1234.5", "0.25"]);
    assert_eq!(file.of("Druck").formats, ["#.##0,#"]);
    assert_eq!(file.column("Zeit")[0], "2023-02-01T01:00:00Z");
    assert_eq!(file.finding("decimal-comma").column.as_deref(), Some("Druck"));
}

#[test]
fn thousands_in_quotes() {
    let file = converted("a,b\n\"1,234\",\"1,234.5\"\n\"12\",\"2,000,000.25\"\n");
    assert_eq!(file.column("a"), ["1234", "12"]);
    assert_eq!(file.of("a").value_type, ValueType::Integer);
    assert_eq!(file.column("b"), ["1234.5", "2000000.25"]);
    assert_eq!(file.codes(), ["thousands-comma", "thousands-comma-assumed"]);
}

#[test]
fn sentinels_are_reported_and_kept() {
    let mut text = "temp3,temp1,flow\n".to_owned();
    for row in 0..200 {
        let temp3 = if row % 2 == 0 { 1449 } else { 100 + row };
        let temp1 = if row == 150 { 1449 } else { 150 + row % 40 };
        let flow = if row % 50 == 0 { -1 } else { row % 30 };
        text.push_str(&format!("{temp3},{temp1},{flow}\n"));
    }
    let file = converted(&text);
    assert_eq!(file.of("temp3").sentinels, ["1449"]);
    assert_eq!(file.of("temp1").sentinels, ["1449"]);
    assert_eq!(file.of("flow").sentinels, ["-1"]);
    assert_eq!(file.finding("sentinel-suspected").count, Some(100));
    assert_eq!(file.column("temp3")[0], "1449");
}
