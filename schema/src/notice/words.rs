//! The closed sets of words in a notice.

crate::words! {
    /// Size class of an organisation, by certificate and never computed.
    SizeClass {
        /// 중소기업
        Sme = "sme",
        /// 중견기업
        Midsized = "midsized",
        /// 대기업
        Large = "large",
        /// 비영리법인·기관
        Nonprofit = "nonprofit",
    }
}

crate::words! {
    /// Whether a notice is the final one.
    NoticeStatus {
        /// (안): amounts and dates may change.
        Draft = "DRAFT",
        /// Published.
        Final = "FINAL",
    }
}

crate::words! {
    /// Group of programmes in the overview of a notice.
    Group {
        /// 제조혁신 구축
        Build = "BUILD",
        /// 제조혁신 자동화
        Automation = "AUTOMATION",
        /// 수준확인
        Level = "LEVEL",
        /// 제조혁신 인프라 조성
        Infra = "INFRA",
        /// 데이터 인프라 구축
        Data = "DATA",
    }
}

crate::words! {
    /// When a data owner and a processor are matched.
    MatchingMode {
        /// After selection; the 2024 default.
        PostSelection = "POST_SELECTION",
        /// The consortium applies together.
        AtApplication = "AT_APPLICATION",
        /// The owner processes alone.
        Solo = "SOLO",
    }
}

crate::words! {
    /// The law behind the money; deadlines and appeals follow from it.
    LegalBasis {
        /// 출연금
        Contribution = "CONTRIBUTION",
        /// 보조금
        Subsidy = "SUBSIDY",
    }
}

crate::words! {
    /// How applicants are evaluated.
    EvaluationMode {
        /// By score, best first, while the budget lasts.
        Ranked = "RANKED",
        /// Every applicant that meets the requirements.
        Absolute = "ABSOLUTE",
    }
}

crate::words! {
    /// What counts as one supported project.
    ProjectUnit {
        /// One project of one firm.
        Project = "PROJECT",
        /// A consortium of firms.
        Consortium = "CONSORTIUM",
    }
}

crate::words! {
    /// What an industry on the list of R-008 leads to.
    IndustryOutcome {
        /// Not eligible.
        Reject = "REJECT",
        /// A reviewer decides.
        Review = "REVIEW",
    }
}
