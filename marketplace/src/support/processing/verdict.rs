//! Whether a version that was handed in passes.

use schema::data::certificate::Claims;
use schema::data::privacy::Outcome;
use schema::problem::Reason;

/// What is known about the version.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// What its certificate says, if the signature is ours.
    pub certificate: Result<&'a Claims, &'a str>,
    /// SHA-256 of the bytes in the store, read back now.
    pub stored_sha256: &'a str,
    /// SHA-256 that the version is known by.
    pub table_sha256: &'a str,
    /// Quality grade; `None` when the table is too small to be graded.
    pub grade: Option<&'a str>,
    /// Outcome of the personal-data scan.
    pub privacy: Option<Outcome>,
    /// Whether the operator cleared a `REVIEW`, with a reason.
    pub privacy_cleared: bool,
}

/// Everything that is wrong with the version; nothing when it passes.
pub fn findings(facts: &Facts<'_>) -> Vec<Reason> {
    let mut found = Vec::new();
    let mut add = |code: &str, rule: &str, ko: &str, en: String| {
        found.push(Reason::new(code, Some(rule), ko, en));
    };
    if facts.stored_sha256 != facts.table_sha256 {
        add(
            "stored-bytes-differ",
            "R-164",
            "저장된 데이터의 해시가 기록과 다릅니다.",
            format!("The stored bytes have the digest {}.", facts.stored_sha256),
        );
    }
    match facts.certificate {
        Err(why) => add(
            "certificate-invalid",
            "R-164",
            "품질 인증서를 확인할 수 없습니다.",
            format!("The certificate does not verify: {why}"),
        ),
        Ok(claims) if claims.file_sha256 != facts.stored_sha256 => add(
            "certificate-of-other-bytes",
            "R-164",
            "인증서가 다른 데이터의 것입니다.",
            format!("The certificate is for {}.", claims.file_sha256),
        ),
        Ok(claims) if facts.grade.is_some_and(|grade| grade != claims.grade) => add(
            "certificate-of-other-grade",
            "R-164",
            "인증서의 등급이 기록과 다릅니다.",
            format!("The certificate says grade {}.", claims.grade),
        ),
        Ok(_) => {}
    }
    match facts.grade {
        None => add(
            "grade-missing",
            "R-163",
            "품질 등급이 없습니다. 행이나 열이 없을 수 있습니다.",
            "There is no quality grade; the table may be empty.".to_owned(),
        ),
        Some(grade) if grade.eq_ignore_ascii_case("reject") => add(
            "grade-reject",
            "R-163",
            "품질 등급이 기준에 못 미칩니다.",
            "The quality is below grade C.".to_owned(),
        ),
        Some(_) => {}
    }
    match facts.privacy {
        Some(Outcome::Pass) => {}
        Some(Outcome::Review) if facts.privacy_cleared => {}
        Some(Outcome::Review) => add(
            "privacy-review",
            "R-174",
            "개인정보로 보이는 값이 있어 검토가 필요합니다.",
            "The scan asks for a review and nobody has cleared it.".to_owned(),
        ),
        Some(Outcome::Block) => add(
            "privacy-block",
            "R-170",
            "고유식별정보가 있습니다.",
            "The data hold unique identifiers of people.".to_owned(),
        ),
        None => add(
            "privacy-unknown",
            "R-174",
            "개인정보 검사 결과가 없습니다.",
            "There is no result of the personal-data scan.".to_owned(),
        ),
    }
    found
}

#[cfg(test)]
mod tests {
    use schema::data::certificate::Claims;
    use schema::data::privacy::Outcome;

    use super::{Facts, findings};

    fn claims() -> Claims {
        serde_json::from_value(serde_json::json!({
            "issuer": "jangteo", "issued_at": "2024-06-10T00:00:00Z", "file_sha256": "aa",
            "size_bytes": 1, "logical_sha256": "", "rows": 1, "columns": 1,
            "rule_set_sha256": "", "report_sha256": "", "tool": "t", "grade": "A",
        }))
        .unwrap()
    }

    fn codes(edit: impl FnOnce(&mut Facts<'_>)) -> Vec<String> {
        let claims = claims();
        // The lifetime of the facts is that of the claims above.
        let mut facts = Facts {
            certificate: Ok(&claims),
            stored_sha256: "aa",
            table_sha256: "aa",
            grade: Some("A"),
            privacy: Some(Outcome::Pass),
            privacy_cleared: false,
        };
        edit(&mut facts);
        findings(&facts).into_iter().map(|reason| reason.code).collect()
    }

    #[test]
    fn r_164_the_certificate_must_be_ours_and_of_these_bytes() {
        assert!(codes(|_| {}).is_empty());
        assert_eq!(codes(|f| f.certificate = Err("signature")), ["certificate-invalid"]);
        let told = codes(|f| (f.stored_sha256, f.table_sha256) = ("bb", "bb"));
        assert_eq!(told, ["certificate-of-other-bytes"]);
        let told = codes(|f| f.stored_sha256 = "bb");
        assert_eq!(told, ["stored-bytes-differ", "certificate-of-other-bytes"]);
        assert_eq!(codes(|f| f.grade = Some("B")), ["certificate-of-other-grade"]);
    }

    #[test]
    fn r_163_a_rejected_or_missing_grade_does_not_pass() {
        assert_eq!(codes(|f| f.grade = None), ["grade-missing"]);
        let mut rejected = claims();
        rejected.grade = "reject".to_owned();
        let facts = Facts {
            certificate: Ok(&rejected),
            stored_sha256: "aa",
            table_sha256: "aa",
            grade: Some("reject"),
            privacy: Some(Outcome::Pass),
            privacy_cleared: false,
        };
        assert_eq!(findings(&facts)[0].code, "grade-reject");
    }

    #[test]
    fn r_174_a_review_may_be_cleared_and_a_block_may_not() {
        assert_eq!(codes(|f| f.privacy = Some(Outcome::Review)), ["privacy-review"]);
        let cleared = codes(|f| (f.privacy, f.privacy_cleared) = (Some(Outcome::Review), true));
        assert!(cleared.is_empty());
        let blocked = codes(|f| (f.privacy, f.privacy_cleared) = (Some(Outcome::Block), true));
        assert_eq!(blocked, ["privacy-block"]);
        assert_eq!(codes(|f| f.privacy = None), ["privacy-unknown"]);
    }
}
