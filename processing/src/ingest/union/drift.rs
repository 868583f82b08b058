//! What differs between the files of one table.
//!
//! Findings stay few however many files there are: each names how many files it concerns and some
//! of them, because a provider mends the export that made them, not the files one by one.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use schema::data::column::{Column, Finding, Reading, ValueType};

use super::scheme::PartColumn;
use crate::ingest::notes::{about, about_file, first_few};
use crate::ingest::units;

/// What a file is called, and what it is.
pub(super) struct FileFacts {
    pub(super) label: String,
    pub(super) sha256: String,
}

/// Differences while the files are read.
#[derive(Default)]
pub(super) struct Drift {
    files: Vec<FileFacts>,
    /// Places of the columns of every file, in file order.
    layouts: Vec<Vec<usize>>,
    /// Per column: files in which it has values of each type.
    types: BTreeMap<usize, Vec<(ValueType, Vec<usize>)>>,
    /// Per column: other spellings of its name, with a count of files.
    spellings: BTreeMap<usize, BTreeMap<String, u64>>,
    readings: Vec<(Reading, Vec<usize>)>,
}

impl Drift {
    /// Takes in the name of a column as a file has it.
    pub(super) fn spelling(
        &mut self,
        place: usize,
        known: &Option<String>,
        found: Option<&String>,
    ) {
        if let (Some(known), Some(found)) = (known, found)
            && known != found
        {
            *self.spellings.entry(place).or_default().entry(found.clone()).or_default() += 1;
        }
    }

    /// Takes in a file.
    pub(super) fn file(&mut self, facts: FileFacts, reading: &Reading, columns: &[PartColumn]) {
        let file = self.files.len();
        self.files.push(facts);
        self.layouts.push(columns.iter().map(|column| column.place).collect());
        for column in columns.iter().filter(|column| column.filled) {
            let types = self.types.entry(column.place).or_default();
            match types.iter_mut().find(|(known, _)| *known == column.value_type) {
                Some((_, files)) => files.push(file),
                None => types.push((column.value_type, vec![file])),
            }
        }
        let reading = Reading { sheet: None, ..reading.clone() };
        match self.readings.iter_mut().find(|(known, _)| *known == reading) {
            Some((_, files)) => files.push(file),
            None => self.readings.push((reading, vec![file])),
        }
    }

    fn names(&self, files: &[usize]) -> String {
        let names: Vec<String> = files.iter().map(|file| self.files[*file].label.clone()).collect();
        first_few(&names)
    }

    /// All differences.
    pub(super) fn findings(&self, columns: &[Column]) -> Vec<Finding> {
        let mut findings = Vec::new();
        self.same_files(&mut findings);
        self.reading_findings(&mut findings);
        self.layout_findings(columns, &mut findings);
        self.type_findings(columns, &mut findings);
        self.spelling_findings(columns, &mut findings);
        self.unit_findings(columns, &mut findings);
        findings
    }

    fn same_files(&self, findings: &mut Vec<Finding>) {
        let mut by_digest: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (at, file) in self.files.iter().enumerate() {
            by_digest.entry(&file.sha256).or_default().push(at);
        }
        let mut groups: Vec<Vec<usize>> =
            by_digest.into_values().filter(|group| group.len() > 1).collect();
        groups.sort();
        for group in groups {
            let names = self.names(&group);
            findings.push(Finding {
                count: Some(group.len() as u64),
                ..about_file(
                    "files-identical",
                    format!(
                        "내용이 똑같은 파일이 {}개 있습니다: {names}. 모두 읽었습니다.",
                        group.len()
                    ),
                    format!(
                        "{} files are the same, byte by byte: {names}. All were read.",
                        group.len()
                    ),
                )
            });
        }
    }

    fn reading_findings(&self, findings: &mut Vec<Finding>) {
        if self.readings.len() < 2 {
            return;
        }
        let list: Vec<String> = self
            .readings
            .iter()
            .map(|(reading, files)| {
                let delimiter = reading.delimiter.as_deref().unwrap_or("-");
                format!(
                    "{:?}/{:?}/{delimiter:?} × {} ({})",
                    reading.format,
                    reading.encoding,
                    files.len(),
                    self.names(files)
                )
            })
            .collect();
        let list = list.join("; ");
        findings.push(Finding {
            count: Some(self.readings.len() as u64),
            ..about_file(
                "files-read-differently",
                format!("파일마다 형식·인코딩·구분자가 달라 각각에 맞게 읽었습니다: {list}."),
                format!("Files differ in format, encoding or separator; each was read its own way: {list}."),
            )
        });
    }

    /// Columns that files lack or have beside those of most files, and their order.
    fn layout_findings(&self, columns: &[Column], findings: &mut Vec<Finding>) {
        let mut counts = vec![0_usize; columns.len()];
        for layout in &self.layouts {
            layout.iter().for_each(|place| counts[*place] += 1);
        }
        let usual: BTreeSet<usize> =
            (0..columns.len()).filter(|place| counts[*place] * 2 >= self.files.len()).collect();
        let (mut missing, mut extra) = (Groups::new(), Groups::new());
        let mut reordered = Vec::new();
        let first: HashMap<usize, usize> =
            self.layouts.iter().take(1).flatten().enumerate().map(|(at, p)| (*p, at)).collect();
        for (file, layout) in self.layouts.iter().enumerate() {
            let own: BTreeSet<usize> = layout.iter().copied().collect();
            missing.entry(usual.difference(&own).copied().collect()).or_default().push(file);
            extra.entry(own.difference(&usual).copied().collect()).or_default().push(file);
            let order: Vec<usize> = layout.iter().filter_map(|p| first.get(p).copied()).collect();
            if order.windows(2).any(|pair| pair[0] > pair[1]) {
                reordered.push(file);
            }
        }
        let named = |places: &[usize]| {
            let names: Vec<String> = places.iter().map(|p| columns[*p].name.clone()).collect();
            first_few(&names)
        };
        for (places, files) in missing.iter().filter(|(places, _)| !places.is_empty()) {
            let (n, list, names) = (places.len(), named(places), self.names(files));
            findings.push(Finding {
                count: Some(files.len() as u64),
                ..about_file(
                    "files-columns-missing",
                    format!(
                        "파일 {}개({names})에 열 {n}개({list})가 없어 빈 값으로 두었습니다.",
                        files.len()
                    ),
                    format!(
                        "{} files ({names}) lack {n} columns ({list}); null there.",
                        files.len()
                    ),
                )
            });
        }
        for (places, files) in extra.iter().filter(|(places, _)| !places.is_empty()) {
            let (n, list, names) = (places.len(), named(places), self.names(files));
            findings.push(Finding {
                count: Some(files.len() as u64),
                ..about_file(
                    "files-columns-extra",
                    format!(
                        "파일 {}개({names})에만 열 {n}개({list})가 더 있습니다. 다른 파일에서는 빈 값입니다.",
                        files.len()
                    ),
                    format!(
                        "Only {} files ({names}) have {n} more columns ({list}); null elsewhere.",
                        files.len()
                    ),
                )
            });
        }
        if !reordered.is_empty() {
            let names = self.names(&reordered);
            findings.push(Finding {
                count: Some(reordered.len() as u64),
                ..about_file(
                    "files-columns-reordered",
                    format!("열 순서가 첫 파일과 다른 파일이 있습니다: {names}. 이름으로 맞추었습니다."),
                    format!("The columns of {names} stand in another order than in the first file; they were matched by name."),
                )
            });
        }
    }

    fn type_findings(&self, columns: &[Column], findings: &mut Vec<Finding>) {
        let mut whole = Vec::new();
        for (place, types) in self.types.iter().filter(|(_, types)| types.len() > 1) {
            let column = &columns[*place];
            let numbers = types
                .iter()
                .all(|(kind, _)| matches!(kind, ValueType::Integer | ValueType::Number));
            if numbers && column.value_type == ValueType::Number {
                whole.push(column.name.clone());
                continue;
            }
            let list: Vec<String> = types
                .iter()
                .map(|(kind, files)| {
                    format!("{} × {} ({})", kind.xs(), files.len(), self.names(files))
                })
                .collect();
            let (list, kind) = (list.join("; "), column.value_type.xs());
            findings.push(Finding {
                count: Some(types.len() as u64),
                ..about(
                    "files-type-differs",
                    &column.name,
                    format!("파일마다 형식이 달라 {kind}(으)로 넓혔습니다: {list}."),
                    format!(
                        "The type differs from file to file and was widened to {kind}: {list}."
                    ),
                )
            });
        }
        if !whole.is_empty() {
            let list = first_few(&whole);
            findings.push(Finding {
                count: Some(whole.len() as u64),
                ..about_file(
                    "files-numbers-widened",
                    format!("일부 파일에서 정수뿐인 열 {}개({list})를 실수로 통일했습니다.", whole.len()),
                    format!(
                        "{} columns ({list}) hold whole numbers only in some files; they are numbers \
                         throughout.",
                        whole.len()
                    ),
                )
            });
        }
    }

    fn spelling_findings(&self, columns: &[Column], findings: &mut Vec<Finding>) {
        for (place, spellings) in &self.spellings {
            let names: Vec<String> =
                spellings.iter().map(|(name, files)| format!("{name:?} × {files}")).collect();
            let (list, files) = (first_few(&names), spellings.values().sum());
            findings.push(Finding {
                count: Some(files),
                ..about(
                    "files-header-spelling",
                    &columns[*place].name,
                    format!("파일마다 열 이름의 표기가 다릅니다(빈칸·대소문자·자모): {list}. 같은 열로 보았습니다."),
                    format!(
                        "The name is spelt differently in other files (blanks, case, composition): \
                         {list}. It was taken for the same column."
                    ),
                )
            });
        }
    }

    /// Columns of one quantity that change their unit from file to file.
    fn unit_findings(&self, columns: &[Column], findings: &mut Vec<Finding>) {
        let mut by_quantity: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (place, column) in columns.iter().enumerate() {
            if let Some(quantity) = units::quantity(&column.name) {
                by_quantity.entry(quantity.to_lowercase()).or_default().push(place);
            }
        }
        let sets: Vec<BTreeSet<usize>> =
            self.layouts.iter().map(|layout| layout.iter().copied().collect()).collect();
        for places in by_quantity.into_values().filter(|places| places.len() > 1) {
            let together =
                sets.iter().any(|set| places.iter().filter(|p| set.contains(p)).count() > 1);
            let units: BTreeSet<&Option<String>> =
                places.iter().map(|place| &columns[*place].unit).collect();
            if together || units.len() < 2 {
                continue;
            }
            let names: Vec<String> = places.iter().map(|p| columns[*p].name.clone()).collect();
            let list = first_few(&names);
            findings.push(Finding {
                count: Some(places.len() as u64),
                ..about(
                    "files-unit-differs",
                    &columns[places[0]].name,
                    format!(
                        "파일마다 단위가 다른 같은 항목으로 보입니다: {list}. 따로 두었습니다. 파이프라인에서 \
                         단위를 맞추십시오."
                    ),
                    format!(
                        "This looks like one quantity in different units: {list}. The columns were \
                         kept apart; convert the unit in a pipeline."
                    ),
                )
            });
        }
    }
}

/// Files by the columns they lack or have.
type Groups = BTreeMap<Vec<usize>, Vec<usize>>;
