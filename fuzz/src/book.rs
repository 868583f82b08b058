//! Workbooks around the part that is made up, for a mutation of an archive hardly ever passes its
//! checksums.

/// A ZIP archive of parts that are not packed.
pub fn archive(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    let word = |length: usize| u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes();
    let half = |length: usize| u16::try_from(length).unwrap_or(u16::MAX).to_le_bytes();
    for (name, bytes) in parts {
        let mut crc = flate2::Crc::new();
        crc.update(bytes);
        let mut head = vec![20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0];
        head.extend(crc.sum().to_le_bytes());
        head.extend(word(bytes.len()));
        head.extend(word(bytes.len()));
        head.extend(half(name.len()));
        head.extend([0, 0]);
        let at = word(out.len());
        out.extend(b"PK\x03\x04");
        out.extend(&head);
        out.extend(name.as_bytes());
        out.extend(*bytes);
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&head);
        directory.extend([0; 10]);
        directory.extend(at);
        directory.extend(name.as_bytes());
    }
    let (at, size) = (word(out.len()), word(directory.len()));
    out.extend(directory);
    out.extend(b"PK\x05\x06\x00\x00\x00\x00");
    out.extend(half(parts.len()));
    out.extend(half(parts.len()));
    out.extend(size);
    out.extend(at);
    out.extend([0, 0]);
    out
}

const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

fn relations() -> String {
    format!(
        "<Relationships><Relationship Id=\"rId1\" Type=\"{RELATIONS}/worksheet\" \
         Target=\"worksheets/sheet1.xml\"/><Relationship Id=\"rId2\" Type=\"{RELATIONS}/styles\" \
         Target=\"styles.xml\"/><Relationship Id=\"rId3\" Type=\"{RELATIONS}/sharedStrings\" \
         Target=\"sharedStrings.xml\"/></Relationships>"
    )
}

const STYLES: &str = "<styleSheet><cellXfs count=\"3\"><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/>\
                      <xf numFmtId=\"22\"/></cellXfs></styleSheet>";

/// A workbook whose one sheet is this XML, behind the words shared by its cells.
pub fn xlsx(shared: &[u8], sheet: &[u8]) -> Vec<u8> {
    let book = format!(
        "<workbook xmlns:r=\"{RELATIONS}\"><sheets><sheet name=\"S\" sheetId=\"1\" r:id=\"rId1\"/>\
         </sheets></workbook>"
    );
    let office = format!(
        "<Relationships><Relationship Id=\"rId1\" Type=\"{RELATIONS}/officeDocument\" \
         Target=\"xl/workbook.xml\"/></Relationships>"
    );
    archive(&[
        ("[Content_Types].xml", b"<Types/>"),
        ("_rels/.rels", office.as_bytes()),
        ("xl/workbook.xml", book.as_bytes()),
        ("xl/_rels/workbook.xml.rels", relations().as_bytes()),
        ("xl/styles.xml", STYLES.as_bytes()),
        ("xl/sharedStrings.xml", shared),
        ("xl/worksheets/sheet1.xml", sheet),
    ])
}

/// An open document with this content.
pub fn ods(content: &[u8]) -> Vec<u8> {
    archive(&[
        ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"),
        ("content.xml", content),
        ("META-INF/manifest.xml", b"<manifest:manifest/>"),
    ])
}

/// A record of a binary workbook.
fn record(kind: u16, body: &[u8]) -> Vec<u8> {
    let kind = match u8::try_from(kind) {
        Ok(kind) if kind < 0x80 => vec![kind],
        _ => vec![(kind & 0x7F) as u8 | 0x80, (kind >> 7) as u8],
    };
    let length = u8::try_from(body.len()).unwrap_or(0) & 0x7F;
    [&kind[..], &[length], body].concat()
}

fn wide(text: &str) -> Vec<u8> {
    let units: Vec<u16> = text.encode_utf16().collect();
    let mut out = u32::try_from(units.len()).unwrap_or(0).to_le_bytes().to_vec();
    out.extend(units.into_iter().flat_map(u16::to_le_bytes));
    out
}

/// A binary workbook whose one sheet is these records.
pub fn xlsb(sheet: &[u8]) -> Vec<u8> {
    let named = [vec![0, 0, 0, 0, 1, 0, 0, 0], wide("rId1"), wide("S")].concat();
    let book = [record(0x9C, &named), record(0x90, &[]), record(0x9D, &[])].concat();
    archive(&[
        ("xl/workbook.bin", &book),
        ("xl/_rels/workbook.bin.rels", relations().replace(".xml", ".bin").as_bytes()),
        ("xl/worksheets/sheet1.bin", sheet),
    ])
}

/// Records of a binary sheet, for a seed: two headings and two rows of numbers.
pub fn binary_sheet() -> Vec<u8> {
    let mut out = record(0x94, &[0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0]);
    out.extend(record(0x91, &[]));
    for row in 0..3_u32 {
        out.extend(record(0, &row.to_le_bytes()));
        for column in 0..2_u32 {
            let place = [column.to_le_bytes(), [0; 4]].concat();
            out.extend(match row {
                0 => record(6, &[place, wide(["t", "x"][column as usize])].concat()),
                _ => record(5, &[place, f64::from(row + column).to_le_bytes().to_vec()].concat()),
            });
        }
    }
    out.extend(record(0x92, &[]));
    out
}

/// A compound file that holds this stream of records as its workbook.
pub fn xls(stream: &[u8]) -> Vec<u8> {
    const END: u32 = 0xFFFF_FFFE;
    let mut stream = stream.to_vec();
    stream.resize(stream.len().max(4_096).next_multiple_of(512), 0);
    let sectors = u32::try_from(stream.len() / 512).unwrap_or(0);
    // One sector of places holds a stream of 126 others, less the directory.
    let fat_sectors = (sectors + 2).div_ceil(127);
    let mut head = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec();
    head.extend([0; 16]);
    for half in [0x3E_u16, 3, 0xFFFE, 9, 6, 0, 0, 0] {
        head.extend(half.to_le_bytes());
    }
    for word in [0, fat_sectors, fat_sectors, 0, 4_096, END, 0, END, 0] {
        head.extend(word.to_le_bytes());
    }
    head.extend((0..109).flat_map(|at| if at < fat_sectors { at } else { u32::MAX }.to_le_bytes()));
    let first = fat_sectors + 1;
    let mut fat: Vec<u32> = vec![0xFFFF_FFFD; fat_sectors as usize];
    fat.push(END);
    fat.extend((first + 1..first + sectors).chain([END]));
    fat.resize(fat_sectors as usize * 128, u32::MAX);
    let entry = |name: &str, kind: u8, start: u32, length: usize| {
        let mut entry: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let named = u16::try_from(entry.len() + 2).unwrap_or(0);
        entry.resize(64, 0);
        entry.extend(named.to_le_bytes());
        entry.extend([kind, 1]);
        entry.extend([0xFF; 12]);
        entry.resize(116, 0);
        entry.extend(start.to_le_bytes());
        entry.extend((length as u64).to_le_bytes());
        entry
    };
    let mut directory = entry("Root Entry", 5, END, 0);
    directory.extend(entry("Workbook", 2, first, stream.len()));
    directory.resize(512, 0);
    let fat = fat.into_iter().flat_map(u32::to_le_bytes).collect();
    [head, fat, directory, stream].concat()
}

/// A stream of a workbook of one sheet, for a seed.
pub fn biff() -> Vec<u8> {
    let record = |kind: u16, body: &[u8]| {
        let length = u16::try_from(body.len()).unwrap_or(0);
        [&kind.to_le_bytes(), &length.to_le_bytes(), body].concat()
    };
    let start = |kind: u8| record(0x809, &[0, 6, kind, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    let shared = [&[2, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0][..], b"t", &[1, 0, 0], b"x"].concat();
    let mut out = start(5);
    let sheet_at = out.len() + 4 + 9 + 4 + shared.len() + 4;
    let sheet_at = u32::try_from(sheet_at).unwrap_or(0).to_le_bytes();
    out.extend(record(0x85, &[&sheet_at[..], &[0, 0, 1, 0], b"S"].concat()));
    out.extend(record(0xFC, &shared));
    out.extend(record(0x0A, &[]));
    out.extend(start(16));
    out.extend(record(0x200, &[0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 2, 0, 0, 0]));
    for row in 0..3_u8 {
        for column in 0..2_u8 {
            let place = [row, 0, column, 0, 0, 0];
            out.extend(match row {
                0 => record(0xFD, &[&place[..], &[column, 0, 0, 0]].concat()),
                _ => {
                    let value = f64::from(row + column).to_le_bytes();
                    record(0x203, &[&place[..], &value].concat())
                }
            });
        }
    }
    out.extend(record(0x0A, &[]));
    out
}
