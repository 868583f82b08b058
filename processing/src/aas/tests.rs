//! Shells written and read back, and shells that must not be believed.

use proptest::prelude::*;
use schema::data::column::{Column, Role, ValueType};
use schema::data::shell::ShellTable;
use schema::lang::Text;
use serde_json::{Value, json};

use super::{Described, environment, package, read};
use crate::error::Fault;
use crate::limits::Limits;

fn column(name: &str, value_type: ValueType) -> Column {
    Column {
        name: name.to_owned(),
        source_name: None,
        value_type,
        role: Role::State,
        unit: None,
        title: None,
        semantic_id: None,
        nullable: true,
        formats: Vec::new(),
        sentinels: Vec::new(),
        confidence_bp: None,
    }
}

fn described<'a>(columns: &'a [Column], title: &'a Text) -> Described<'a> {
    Described {
        address: "https://exchange.example/catalog/1",
        article: "1",
        version: "2",
        provider: "공장",
        title,
        summary: title,
        facts: vec![("KSIC", "xs:string", "C29".to_owned())],
        rows: 10,
        endpoint: "https://exchange.example/delta-sharing/",
        query: "share.data.table",
        columns,
    }
}

fn code(result: Result<Vec<ShellTable>, Fault>) -> String {
    match result {
        Err(Fault::Input(fault)) => fault.code,
        other => format!("{other:?}"),
    }
}

fn arbitrary_column() -> impl Strategy<Value = Column> {
    let value_type = prop_oneof![
        Just(ValueType::Boolean),
        Just(ValueType::Integer),
        Just(ValueType::Number),
        Just(ValueType::Decimal { precision: 12, scale: 3 }),
        Just(ValueType::Text),
        Just(ValueType::Date),
        Just(ValueType::Timestamp),
    ];
    let unit = proptest::option::of(Just("Cel".to_owned()));
    let meaning = proptest::option::of("0173-1#02-[A-Z]{3}[0-9]{3}#001");
    ("[a-z가-힣 _%0-9]{1,12}[a-z가-힣]", value_type, unit, meaning).prop_map(
        |(name, value_type, unit, semantic_id)| {
            let name = name.trim().to_owned();
            let title = Some(Text::new(format!("이름 {name}"), format!("name of {name}")));
            // One meaning, one unit and one name: what two columns share is described once.
            let unit = unit.filter(|_| semantic_id.is_none());
            Column { unit, title, semantic_id, ..column(&name, value_type) }
        },
    )
}

proptest! {
    /// Every column comes back as it was written, by JSON and by AASX.
    #[test]
    fn what_is_written_is_read_back(columns in proptest::collection::vec(arbitrary_column(), 1..20)) {
        let mut seen = std::collections::BTreeSet::new();
        let columns: Vec<Column> = columns
            .into_iter()
            .filter(|c| seen.insert(c.name.clone()) && c.semantic_id.clone().is_none_or(|id| seen.insert(id)))
            .collect();
        let title = Text::new("사출", "Injection");
        let told = environment(&described(&columns, &title));
        let shorts: std::collections::BTreeSet<&str> = told["submodels"][0]["submodelElements"][0]["value"][2]
            ["value"].as_array().unwrap().iter().map(|p| p["idShort"].as_str().unwrap()).collect();
        prop_assert_eq!(shorts.len(), columns.len());
        for bytes in [told.to_string().into_bytes(), package(&told).unwrap()] {
            let found = read(&bytes, &Limits::default()).unwrap();
            prop_assert_eq!(&found[0].columns, &columns);
        }
    }
}

const XML: &str = r#"<?xml version="1.0"?>
<aas:environment xmlns:aas="https://admin-shell.io/aas/NS"><aas:submodels><aas:submodel>
<aas:id>urn:s</aas:id><aas:idShort>Press</aas:idShort><aas:submodelElements>
<aas:property><aas:idShort>Pressure</aas:idShort><aas:semanticId><aas:type>ExternalReference</aas:type><aas:keys>
<aas:key><aas:type>GlobalReference</aas:type><aas:value>0173-1#02-AAA111#001</aas:value></aas:key></aas:keys></aas:semanticId>
<aas:valueType>xs:float</aas:valueType></aas:property>
<aas:property><aas:idShort>Plain</aas:idShort><aas:valueType>xs:int</aas:valueType></aas:property>
</aas:submodelElements></aas:submodel></aas:submodels><aas:conceptDescriptions><aas:conceptDescription>
<aas:id>0173-1#02-AAA111#001</aas:id><aas:embeddedDataSpecifications><aas:embeddedDataSpecification>
<aas:dataSpecificationContent><aas:dataSpecificationIec61360><aas:preferredName>
<aas:langStringPreferredNameTypeIec61360><aas:language>en</aas:language><aas:text>Pressure &amp; more</aas:text>
</aas:langStringPreferredNameTypeIec61360></aas:preferredName><aas:unit>bar</aas:unit>
</aas:dataSpecificationIec61360></aas:dataSpecificationContent></aas:embeddedDataSpecification>
</aas:embeddedDataSpecifications></aas:conceptDescription></aas:conceptDescriptions></aas:environment>"#;

#[test]
fn both_namespaces_of_the_xml_form_are_read() {
    for version in ["3/0", "3/1"] {
        let found = read(XML.replace("NS", version).as_bytes(), &Limits::default()).unwrap();
        let [table] = found.as_slice() else { panic!("{found:?}") };
        let [pressure] = table.columns.as_slice() else { panic!("{table:?}") };
        assert_eq!((table.id_short.as_str(), pressure.name.as_str()), ("Press", "Pressure"));
        assert_eq!(pressure.unit.as_deref(), Some("bar"));
        assert_eq!(pressure.value_type, ValueType::Number);
        assert_eq!(pressure.title, Some(Text::new("", "Pressure & more")));
        assert_eq!(pressure.semantic_id.as_deref(), Some("0173-1#02-AAA111#001"));
    }
}

#[test]
fn what_is_no_shell_is_refused() {
    let limits = Limits::default();
    let deep = format!("{}{}", "<a>".repeat(200), "</a>".repeat(200));
    let laughs = "<!DOCTYPE x [<!ENTITY a \"b\">]><environment>&a;</environment>";
    let unknown = "<environment>&nothing;</environment>";
    for bad in [
        "",
        "{",
        "PK",
        "text",
        "<a>",
        "<a></b>",
        "</a>",
        &deep,
        laughs,
        unknown,
        "PK\u{3}\u{4}xxxx",
    ] {
        assert_eq!(code(read(bad.as_bytes(), &limits)), "aas-unreadable", "{bad:.40}");
    }
    for empty in [
        "{}",
        "<environment/>",
        "{\"submodels\": 5}",
        "{\"submodels\": [{\"submodelElements\": 1}]}",
    ] {
        assert_eq!(code(read(empty.as_bytes(), &limits)), "aas-no-table", "{empty}");
    }
    let few = Limits { columns_max: 1, ..Limits::default() };
    let two = [column("a1", ValueType::Text), column("b1", ValueType::Text)];
    let title = Text::new("가", "A");
    let told = environment(&described(&two, &title));
    assert_eq!(code(read(told.to_string().as_bytes(), &few)), "columns-too-many");
}

#[test]
fn a_package_that_unpacks_to_too_much_is_refused() {
    let blanks = Value::String(" ".repeat(40 << 20));
    let packed = package(&json!({"submodels": [], "x": blanks})).unwrap();
    assert!(packed.len() < 1 << 20);
    assert_eq!(code(read(&packed, &Limits::default())), "aas-bomb");
}
