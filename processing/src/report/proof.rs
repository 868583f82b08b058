//! What the page is about, to the bit: digests, certificate, and how anyone can check them.

use super::Sheet;
use super::html::count;

impl Sheet<'_> {
    pub(super) fn proof(&mut self) {
        let page = self.page;
        self.html.raw("<section id=\"proof\" class=\"proof\"><h2>").both("증빙", "Evidence");
        self.html.raw("</h2><dl class=\"facts\">");
        self.html.fact("도구", "Tool", crate::quality::TOOL);
        for (ko, en, value) in [
            ("파일 SHA-256", "SHA-256 of the file", page.file_sha256),
            ("내용 해시", "Content hash", page.logical_sha256),
            (
                "규칙 SHA-256",
                "SHA-256 of the rules",
                page.report.map(|r| r.rule_set_digest.as_str()),
            ),
            ("원본 SHA-256", "SHA-256 of the input", page.lineage.map(|l| l.input_sha256.as_str())),
            (
                "명세 SHA-256",
                "SHA-256 of the pipeline",
                page.lineage.map(|l| l.spec_sha256.as_str()),
            ),
        ] {
            if let Some(value) = value {
                self.html.fact(ko, en, value);
            }
        }
        if let Some(lineage) = page.lineage {
            self.html.fact("결과 SHA-256", "SHA-256 of the output", &lineage.output.sha256);
            let hash = &lineage.output.logical_sha256;
            self.html.fact("결과 내용 해시", "Content hash of the output", hash);
        }
        let privacy = page.privacy;
        self.html.raw("<div><dt>").both("개인정보 검색", "Search for personal data");
        self.html.raw("</dt><dd>");
        let (cells, findings) = (count(privacy.cells_searched), privacy.findings.len());
        self.html.both(
            &format!("칸 {cells}개를 검사해 {findings}건을 찾았습니다"),
            &format!("{cells} cells searched, {findings} findings"),
        );
        self.html.raw("</dd></div></dl>");
        self.certificate();
        self.html.raw("<h3>").both("확인하는 방법", "How to verify").raw("</h3><p>");
        self.html.both(
            "인증서와 파일만 있으면 인터넷 없이 누구나 확인할 수 있습니다. 한 비트라도 바뀌면 실패합니다.",
            "With the certificate and the file anyone can check them, offline. One changed bit fails.",
        );
        self.html.raw("</p><pre>jangteo-process verify CERT.jws FILE.parquet\n");
        self.html
            .raw("jangteo-process verify CERT.jws FILE.parquet --rules RULES.json --recheck</pre>");
        self.html.raw("</section>\n");
    }

    fn certificate(&mut self) {
        let Some((claims, signer)) = self.page.certificate else { return };
        self.html.raw("<h3>").both("인증서", "Certificate").raw("</h3><dl class=\"facts\">");
        self.html.fact("발급자", "Issuer", &claims.issuer);
        self.html.fact("발급 시각", "Issued at", &claims.issued_at);
        self.html.fact("등급", "Grade", &claims.grade);
        self.html.fact("서명 키", "Signing key", signer);
        self.html.fact("파일 SHA-256", "SHA-256 of the file", &claims.file_sha256);
        self.html.fact("내용 해시", "Content hash", &claims.logical_sha256);
        self.html.fact("보고서 SHA-256", "SHA-256 of the report", &claims.report_sha256);
        self.html.raw("</dl>");
    }
}
