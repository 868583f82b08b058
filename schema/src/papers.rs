//! Evidence papers (rulebook §4.17) and the stages at which an organisation's standing is looked at.

crate::words! {
    /// What a paper is.
    PaperKind {
        /// 사업계획서
        BusinessPlan = "BUSINESS_PLAN",
        /// 사업자등록증
        BizReg = "BIZ_REG",
        /// 법인등기부등본
        CorpReg = "CORP_REG",
        /// 중소기업·중견기업 확인서
        SizeCert = "SIZE_CERT",
        /// 비영리 등록증
        NonprofitCert = "NONPROFIT_CERT",
        /// 국세 납세증명서
        TaxNational = "TAX_NATIONAL",
        /// 지방세 납세증명서
        TaxLocal = "TAX_LOCAL",
        /// 개인정보 수집·이용 동의서
        ConsentPii = "CONSENT_PII",
        /// 중복지원 없음 확약서
        NoDuplicatePledge = "NO_DUPLICATE_PLEDGE",
        /// 공급–수요 사전협의서
        PreConsult = "PRE_CONSULT",
        /// 데이터 보유 확인서 (P14)
        DataHoldingStatement = "DATA_HOLDING_STATEMENT",
        /// 예외 증빙, 동명이인 소명
        ExceptionDoc = "EXCEPTION_DOC",
        /// 인력 명단 (P13)
        StaffList = "STAFF_LIST",
        /// 수행 실적 (P13)
        TrackRecord = "TRACK_RECORD",
        /// 시설 현황 (P13)
        Facility = "FACILITY",
        /// 보안 서약서
        SecurityPledge = "SECURITY_PLEDGE",
        /// 협약서
        Agreement = "AGREEMENT",
        /// 사업비 계획
        CostPlan = "COST_PLAN",
        /// 전용계좌 통장 사본
        BankAccount = "BANK_ACCOUNT",
        /// 등록 의무 확약서 (P14)
        ListingPledge = "LISTING_PLEDGE",
        /// 주문서·계약서
        Order = "ORDER",
        /// 참여 시간표
        Timesheet = "TIMESHEET",
        /// 접근 기록
        AccessLog = "ACCESS_LOG",
        /// 품질 보고서
        QualityReport = "QUALITY_REPORT",
        /// 개인정보 검사 보고서
        PiiReport = "PII_REPORT",
        /// 가격산정서
        PriceBasis = "PRICE_BASIS",
        /// 전자세금계산서
        ETaxInvoice = "E_TAX_INVOICE",
        /// 이체확인증
        TransferProof = "TRANSFER_PROOF",
        /// 검수 확인서
        Acceptance = "ACCEPTANCE",
        /// 완료 보고서
        CompletionReport = "COMPLETION_REPORT",
        /// 등록 확인
        ListingProof = "LISTING_PROOF",
        /// 활용 보고서
        UtilisationReport = "UTILISATION_REPORT",
        /// 정산 보고서
        SettlementReport = "SETTLEMENT_REPORT",
        /// 사업비 장부
        Ledger = "LEDGER",
        /// 반환 증빙
        RefundProof = "REFUND_PROOF",
        /// 이자 명세
        InterestStatement = "INTEREST_STATEMENT",
    }
}

impl PaperKind {
    /// Whether the paper shows an organisation's bank data. An evaluator never sees those.
    pub const fn shows_bank_data(self) -> bool {
        matches!(
            self,
            Self::BankAccount
                | Self::TransferProof
                | Self::Ledger
                | Self::RefundProof
                | Self::InterestStatement
        )
    }

    /// Whether the paper certifies a size class.
    pub const fn certifies_class(self) -> bool {
        matches!(self, Self::SizeCert | Self::NonprofitCert)
    }

    /// Whether the paper is good for a term only, so that it must say when it ends.
    pub const fn has_a_term(self) -> bool {
        // A registration of a nonprofit has no last day.
        matches!(self, Self::SizeCert | Self::TaxNational | Self::TaxLocal)
    }

    /// What it is called.
    pub fn name(self) -> crate::lang::Text {
        let (ko, en) = match self {
            Self::BusinessPlan => ("사업계획서", "business plan"),
            Self::BizReg => ("사업자등록증", "business registration"),
            Self::CorpReg => ("법인등기부등본", "corporate register extract"),
            Self::SizeCert => ("중소·중견기업 확인서", "size certificate"),
            Self::NonprofitCert => ("비영리 등록증", "nonprofit registration"),
            Self::TaxNational => ("국세 납세증명서", "national tax certificate"),
            Self::TaxLocal => ("지방세 납세증명서", "local tax certificate"),
            Self::ConsentPii => ("개인정보 동의서", "consent to personal data"),
            Self::NoDuplicatePledge => ("중복지원 없음 확약서", "pledge of no duplicate support"),
            Self::PreConsult => ("공급–수요 사전협의서", "pre-consultation paper"),
            Self::DataHoldingStatement => ("데이터 보유 확인서", "statement of data held"),
            Self::ExceptionDoc => ("예외 증빙", "exception document"),
            Self::StaffList => ("인력 명단", "staff list"),
            Self::TrackRecord => ("수행 실적", "track record"),
            Self::Facility => ("시설 현황", "facilities"),
            Self::SecurityPledge => ("보안 서약서", "security pledge"),
            Self::Agreement => ("협약서", "agreement"),
            Self::CostPlan => ("사업비 계획", "cost plan"),
            Self::BankAccount => ("전용계좌 사본", "dedicated bank account"),
            Self::ListingPledge => ("등록 의무 확약서", "listing pledge"),
            Self::Order => ("주문서", "order"),
            Self::Timesheet => ("참여 시간표", "time sheet"),
            Self::AccessLog => ("접근 기록", "access log"),
            Self::QualityReport => ("품질 보고서", "quality report"),
            Self::PiiReport => ("개인정보 검사 보고서", "personal-data report"),
            Self::PriceBasis => ("가격산정서", "price basis"),
            Self::ETaxInvoice => ("전자세금계산서", "electronic tax invoice"),
            Self::TransferProof => ("이체확인증", "proof of transfer"),
            Self::Acceptance => ("검수 확인서", "acceptance"),
            Self::CompletionReport => ("완료 보고서", "completion report"),
            Self::ListingProof => ("등록 확인", "proof of listing"),
            Self::UtilisationReport => ("활용 보고서", "utilisation report"),
            Self::SettlementReport => ("정산 보고서", "settlement report"),
            Self::Ledger => ("사업비 장부", "project ledger"),
            Self::RefundProof => ("반환 증빙", "proof of refund"),
            Self::InterestStatement => ("이자 명세", "interest statement"),
        };
        crate::lang::Text::new(ko, en)
    }
}

crate::words! {
    /// What has become of a paper.
    PaperState {
        /// It is there; nobody has looked at it.
        Received = "received",
        /// A reviewer found it to be in order.
        Verified = "verified",
        /// A reviewer refused it; it counts as absent.
        Rejected = "rejected",
    }
}

crate::words! {
    /// When the standing of an organisation is looked at.
    Stage {
        /// 신청
        Application = "application",
        /// 선정
        Selection = "selection",
        /// 협약
        Agreement = "agreement",
        /// 지급
        Payment = "payment",
    }
}

crate::words! {
    /// Whether a business is running.
    BusinessStatus {
        /// 영업
        Operating = "operating",
        /// 휴업
        Suspended = "suspended",
        /// 폐업
        Closed = "closed",
        /// 부도
        Default = "default",
    }
}

#[cfg(test)]
mod tests {
    use super::PaperKind;

    #[test]
    fn every_paper_has_a_name_in_both_languages() {
        let mut names = std::collections::BTreeSet::new();
        for kind in PaperKind::ALL {
            let name = kind.name();
            assert!(name.ko.chars().any(|c| ('가'..='힣').contains(&c)), "{kind}");
            assert!(name.en.is_ascii() && names.insert(name.en.clone()), "{kind}");
        }
    }

    #[test]
    fn r_013_bank_papers_are_known() {
        let hidden: Vec<&str> = PaperKind::ALL
            .iter()
            .filter(|kind| kind.shows_bank_data())
            .map(|kind| kind.as_str())
            .collect();
        assert_eq!(
            hidden,
            ["BANK_ACCOUNT", "TRANSFER_PROOF", "LEDGER", "REFUND_PROOF", "INTEREST_STATEMENT"]
        );
    }
}
