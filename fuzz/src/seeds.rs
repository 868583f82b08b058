//! Seeds made of made-up lines and of workbooks written by hand.

use processing::generate::{Kind, write_csv};
use processing::ingest::convert;
use processing::progress::Silent;

use super::{Bench, book, limits};

/// The seeds of a target by name; none for targets whose seeds are all written by hand.
///
/// # Panics
/// If the disk is full.
pub fn made(target: &str) -> Vec<(String, Vec<u8>)> {
    match target {
        "text" | "parquet" | "packed" => lines(target),
        "workbook" => workbooks(),
        _ => Vec::new(),
    }
}

fn lines(target: &str) -> Vec<(String, Vec<u8>)> {
    let bench = Bench::new();
    let mut seeds = Vec::new();
    for (name, kind) in [("press", Kind::Press), ("cnc", Kind::Cnc), ("injection", Kind::Injection)]
    {
        for (rows, seed) in [(3, 1), (25, 2), (150, 3)] {
            let (csv, table) = (bench.path("seed.csv"), bench.path("seed.parquet"));
            write_csv(kind, rows, seed, &csv).expect("a sample is written");
            let text = std::fs::read(&csv).expect("the sample is there");
            let how = if rows == 3 { 1 } else { 2 };
            let bytes = match target {
                "parquet" => {
                    convert(&csv, &table, None, &limits(1), &Silent).expect("a sample converts");
                    std::fs::read(&table).expect("the table is there")
                }
                "packed" => [&[how, 0, 0][..], &text].concat(),
                _ => text,
            };
            seeds.push((format!("{name}-{rows}"), bytes));
        }
    }
    seeds
}

const SHEET: &str = r#"<worksheet><dimension ref="A1:C3"/><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="inlineStr"><is><t>x(mm)</t></is></c><c r="C1" t="str"><v>when</v></c></row><row r="2"><c r="A2"><v>1.5</v></c><c r="B2" t="b"><v>1</v></c><c r="C2" s="2"><v>45943.541</v></c></row><row r="4"><c r="A4"><f>A2*2</f><v>3</v></c><c r="B4" t="e"><v>#N/A</v></c><c r="C4" s="1"><v>45944</v></c></row></sheetData><mergeCells count="1"><mergeCell ref="A2:A3"/></mergeCells></worksheet>"#;

const CONTENT: &str = r#"<office:document-content><office:body><office:spreadsheet><table:table table:name="S"><table:table-row><table:table-cell office:value-type="string"><text:p>lot</text:p></table:table-cell><table:table-cell office:value-type="string"><text:p>v</text:p></table:table-cell></table:table-row><table:table-row table:number-rows-repeated="2"><table:table-cell office:value-type="string"><text:p>A</text:p></table:table-cell><table:table-cell office:value-type="float" office:value="1.25" table:number-columns-repeated="2"/></table:table-row><table:table-row><table:table-cell office:value-type="date" office:date-value="2023-01-03T07:07:53"/><table:table-cell office:value-type="boolean" office:boolean-value="true"/></table:table-row></table:table></office:spreadsheet></office:body></office:document-content>"#;

fn workbooks() -> Vec<(String, Vec<u8>)> {
    let words = "<sst count=\"2\"><si><t>t</t></si><si><r><t>a</t></r></si></sst>";
    let seeds: [(&str, Vec<u8>); 8] = [
        ("xlsx-sheet", [&[1], SHEET.as_bytes()].concat()),
        ("xlsx-words", [&[2], words.as_bytes(), &[0], SHEET.as_bytes()].concat()),
        ("ods-content", [&[3], CONTENT.as_bytes()].concat()),
        ("xlsb-sheet", [vec![4], book::binary_sheet()].concat()),
        ("xls-stream", [vec![5], book::biff()].concat()),
        ("xlsx", book::xlsx(words.as_bytes(), SHEET.as_bytes())),
        ("xlsb", book::xlsb(&book::binary_sheet())),
        ("xls", book::xls(&book::biff())),
    ];
    seeds.into_iter().map(|(name, bytes)| (name.to_owned(), bytes)).collect()
}
