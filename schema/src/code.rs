//! The error-code table: slug, HTTP status and title in both languages, one line each.
//!
//! A slug never changes its meaning and is never reused. `docs/ERRORS.md` lists every code.

use crate::lang::{Lang, Text};
use crate::problem::Refusal;

macro_rules! codes {
    ($($code:ident, $slug:literal, $status:literal, $ko:literal, $en:literal;)*) => {
        /// A reason for refusing a request.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code {
            $(#[doc = concat!("`", $slug, "`, ", stringify!($status), ": ", $en, ".")] $code,)*
        }

        impl Code {
            /// Every code, in table order.
            pub const ALL: &[Code] = &[$(Code::$code),*];

            /// Stable name.
            pub fn slug(self) -> &'static str {
                match self { $(Code::$code => $slug,)* }
            }

            /// HTTP status.
            pub fn status(self) -> u16 {
                match self { $(Code::$code => $status,)* }
            }

            /// Title in `lang`.
            pub fn title(self, lang: Lang) -> &'static str {
                match (self, lang) {
                    $((Code::$code, Lang::Ko) => $ko, (Code::$code, Lang::En) => $en,)*
                }
            }
        }
    };
}

codes! {
    // The request itself.
    MalformedRequest, "malformed-request", 400, "요청 형식이 올바르지 않습니다", "The request is malformed";
    InvalidField, "invalid-field", 422, "입력값이 올바르지 않습니다", "A field is not valid";
    RouteUnknown, "route-unknown", 404, "없는 주소입니다", "There is no such address";
    MethodNotAllowed, "method-not-allowed", 405, "이 주소에서 쓸 수 없는 메서드입니다", "The method is not allowed here";
    MediaTypeUnsupported, "media-type-unsupported", 415, "지원하지 않는 콘텐츠 형식입니다", "The content type is not supported";
    PayloadTooLarge, "payload-too-large", 413, "본문이 너무 큽니다", "The body is too large";
    RangeNotSatisfiable, "range-not-satisfiable", 416, "요청한 범위를 제공할 수 없습니다", "The range cannot be satisfied";
    NotFound, "not-found", 404, "찾을 수 없습니다", "Not found";
    IdempotencyKeyMissing, "idempotency-key-missing", 400, "Idempotency-Key 헤더가 필요합니다", "The Idempotency-Key header is required";
    IdempotencyKeyReused, "idempotency-key-reused", 422, "같은 Idempotency-Key로 다른 요청을 보냈습니다", "The Idempotency-Key was used for another request";
    Busy, "busy", 503, "잠시 후 다시 시도해 주세요", "Busy; please try again shortly";
    RateLimited, "rate-limited", 429, "요청이 너무 많습니다", "Too many requests";
    Internal, "internal", 500, "서버 오류가 발생했습니다", "Something went wrong on our side";

    // Who is asking.
    Unauthenticated, "unauthenticated", 401, "로그인이 필요합니다", "Sign in first";
    TokenExpired, "token-expired", 401, "토큰이 만료되었습니다", "The token has expired";
    LoginFailed, "login-failed", 401, "이메일 또는 비밀번호가 맞지 않습니다", "The e-mail or the password is wrong";
    LoginThrottled, "login-throttled", 429, "로그인 시도가 너무 많습니다", "Too many attempts to sign in";
    RefreshInvalid, "refresh-invalid", 401, "갱신 토큰이 유효하지 않습니다", "The refresh token is not valid";
    RefreshReused, "refresh-reused", 401, "이미 쓴 갱신 토큰이어서 모든 세션을 종료했습니다", "The refresh token was used before; its session has ended";
    Forbidden, "forbidden", 403, "권한이 없습니다", "Not permitted";
    EmailTaken, "email-taken", 409, "이미 가입된 이메일입니다", "The e-mail is already registered";
    BusinessNoTaken, "business-no-taken", 409, "이미 가입된 사업자등록번호입니다", "The business number is already registered";

    // States.
    StateForbids, "state-forbids", 409, "현재 상태에서는 할 수 없습니다", "The state does not allow this";
    DutiesSeparated, "duties-separated", 409, "같은 사람이나 기관이 함께 맡을 수 없는 일입니다", "One person or organisation may not do both";

    // Data.
    DigestMismatch, "digest-mismatch", 422, "보낸 데이터의 해시가 다릅니다", "The digest does not match the bytes received";
    UploadIncomplete, "upload-incomplete", 400, "업로드가 중간에 끊겼습니다", "The upload ended early";
    UploadEmpty, "upload-empty", 422, "빈 파일입니다", "The file is empty";
    FileUnreadable, "file-unreadable", 422, "파일을 읽을 수 없습니다", "The file cannot be read";
    FileNameInvalid, "file-name-invalid", 422, "파일 이름을 쓸 수 없습니다", "The file name cannot be used";
    VersionImmutable, "version-immutable", 409, "확정된 버전은 바꿀 수 없습니다", "A finalised version cannot change";
    VersionNotReady, "version-not-ready", 409, "데이터 처리가 끝나지 않았습니다", "The version is not ready";
    QueryRefused, "query-refused", 422, "실행할 수 없는 질의입니다", "The query cannot be run";
    QuestionsSpent, "questions-spent", 429, "오늘 물을 수 있는 횟수를 다 썼습니다", "No more questions may be asked today";
    ProbeNotOffered, "probe-not-offered", 409, "판매자가 사전 질의를 열지 않은 데이터입니다", "The seller does not offer probes of this product";
    SpecInvalid, "spec-invalid", 422, "처리 명세가 올바르지 않습니다", "The pipeline specification is not valid";

    // Programmes and money.
    ClassNotEligible, "class-not-eligible", 409, "지원 대상 기업 유형이 아닙니다", "The class of organisation is not eligible";
    IndustryNotEligible, "industry-not-eligible", 409, "지원 대상 업종이 아닙니다", "The industry is not eligible";
    AgreementExists, "agreement-exists", 409, "같은 사업의 협약이 이미 있습니다", "There is an agreement of this programme already";
    BudgetShort, "budget-short", 409, "사업 예산이 부족합니다", "The programme budget is too small";
    SupportZero, "support-zero", 409, "지원금이 0원입니다", "The support would be zero";
    CostPlanInvalid, "cost-plan-invalid", 422, "사업비 구성이 기준에 맞지 않습니다", "The cost plan breaks a rule";
    PeriodOver, "period-over", 409, "기간이 끝났습니다", "The period is over";
    VoucherShort, "voucher-short", 409, "바우처 잔액이 부족합니다", "The voucher balance is too small";
    VoucherInactive, "voucher-inactive", 409, "사용할 수 없는 바우처입니다", "The voucher is not active";
    SameGroup, "same-group", 409, "같은 기업 또는 계열과의 거래입니다", "The parties belong to the same group";
    EvidenceMissing, "evidence-missing", 409, "증빙이 부족합니다", "Evidence is missing";
    InvoiceDuplicate, "invoice-duplicate", 409, "이미 쓰인 세금계산서입니다", "The invoice was used before";
    DuplicateSupport, "duplicate-support", 409, "같은 대상을 이미 지원받았습니다", "The same thing was already supported";
    ProcessorNotActive, "processor-not-active", 409, "활동 중인 가공기업이 아닙니다", "The processor is not an active pool member";
    ProcessorCapacity, "processor-capacity", 409, "가공기업의 수행 가능 건수를 넘습니다", "The processor has no free capacity";
    PoolMemberExists, "pool-member-exists", 409, "이미 가공기업 Pool에 신청했습니다", "The organisation has already applied to the pool";

    // Applications.
    WindowClosed, "window-closed", 409, "신청 기간이 아닙니다", "Applications are not taken now";
    ApplicationIncomplete, "application-incomplete", 409, "신청서에 빠진 내용이 있습니다", "The application is not complete";
    EvaluationIncomplete, "evaluation-incomplete", 409, "평가가 끝나지 않았습니다", "The evaluation is not complete";
    ConflictOfInterest, "conflict-of-interest", 409, "이해관계가 있어 평가할 수 없습니다", "A conflict of interest bars the evaluator";
    PaymentFrozen, "payment-frozen", 409, "지급이 보류되어 있습니다", "Payments are frozen";
    YearClosed, "year-closed", 409, "회계연도가 끝났습니다", "The fiscal year is over";
    SanctionBounds, "sanction-bounds", 409, "제재 기준을 넘습니다", "The measures go beyond what the rules allow";

    // Papers and standing.
    DocumentMissing, "document-missing", 409, "필요한 서류가 없습니다", "A paper is missing";
    DocumentExpired, "document-expired", 409, "서류의 유효기간이 지났습니다", "A paper has expired";
    TaxCertExpired, "tax-cert-expired", 409, "납세증명서의 유효기간이 지났습니다", "The tax certificate has expired";
    BusinessNotOperating, "business-not-operating", 409, "휴업·폐업·부도 상태입니다", "The business is suspended, closed or in default";
    InsolvencyBars, "insolvency-bars", 409, "파산·회생 절차가 진행 중입니다", "Insolvency proceedings are under way";
    ParticipationBanned, "participation-banned", 409, "참여제한 중입니다", "Barred from participation";
    NotEligible, "not-eligible", 409, "지원 자격이 없습니다", "Not eligible";
    DutyOverdue, "duty-overdue", 409, "기한이 지난 의무가 있습니다", "A duty is overdue";

    // Trade.
    ListingBlocked, "listing-blocked", 409, "등록 요건을 채우지 못했습니다", "The listing does not meet every requirement";
    NotListed, "not-listed", 409, "판매 중인 상품이 아닙니다", "The product is not on sale";
    ObligationRunning, "obligation-running", 409, "의무 등록 기간이 끝나지 않았습니다", "The listing duty has not ended";
    TermsChanged, "terms-changed", 409, "계약 조건이 바뀌었습니다", "The terms are not those you were shown";
    PriceInvalid, "price-invalid", 422, "가격이 올바르지 않습니다", "The price is not valid";
    NotEntitled, "not-entitled", 403, "이 데이터를 받을 권리가 없습니다", "There is no right to receive this data";
}

impl Code {
    /// A refusal with this code, explained in both languages.
    pub fn because(self, ko: impl Into<String>, en: impl Into<String>) -> Refusal {
        Refusal::new(self, Text::new(ko, en))
    }

    /// The code with this slug.
    pub fn from_slug(slug: &str) -> Option<Code> {
        Code::ALL.iter().copied().find(|code| code.slug() == slug)
    }
}

#[cfg(test)]
mod tests {
    use super::Code;

    #[test]
    fn slugs_are_unique_kebab_case_and_statuses_are_errors() {
        let mut seen = std::collections::BTreeSet::new();
        for code in Code::ALL {
            let slug = code.slug();
            assert!(slug.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{slug}");
            assert!(seen.insert(slug), "{slug} twice");
            assert!((400..600).contains(&code.status()), "{slug}");
            assert_eq!(Code::from_slug(slug), Some(*code));
        }
    }
}
