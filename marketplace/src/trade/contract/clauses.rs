//! The clauses of the contract template `licence-2`, in Korean and English.
//!
//! Invariants: both languages have the same clauses in the same order, and every clause of the
//! mandatory list is there. A changed text is a new template: contracts keep the text they
//! were signed with. Deliberately absent: clauses that give the seller's intellectual property to
//! the buyer.

use schema::api::trade::{DeliveryMethod, DerivedPolicy, Exclusivity, Purpose, UpdatePolicy};
use schema::lang::{Lang, Text};

use super::terms::Parameters;

/// One clause.
pub(super) struct Clause {
    /// Stable key: the anchor of the heading, and how the mandatory list names it.
    pub(super) key: &'static str,
    /// Heading.
    pub(super) title: Text,
    /// Text.
    pub(super) body: Text,
}

/// The clauses that every contract must have.
#[cfg(test)]
pub(super) const MANDATORY: &[&str] = &[
    "parties",
    "data",
    "delivery",
    "licence",
    "derived-data",
    "re-identification",
    "resale",
    "price",
    "warranty",
    "rights",
    "personal-data",
    "confidentiality",
    "security",
    "liability",
    "usage-log",
    "termination",
    "force-majeure",
    "disputes",
    "subsidy",
];

/// The document in `lang`, as Markdown.
pub(super) fn render(parameters: &Parameters, lang: Lang) -> String {
    let title = match lang {
        Lang::Ko => "제조데이터 이용허락 계약서 (제공형)",
        Lang::En => "Manufacturing data licence agreement (provision)",
    };
    let number = match lang {
        Lang::Ko => format!("계약번호 {} · 주문일 {}", parameters.contract, parameters.ordered_on),
        Lang::En => {
            format!("Contract {} · ordered on {}", parameters.contract, parameters.ordered_on)
        }
    };
    let mut out = format!("# {title}\n\n{number}\n");
    for (at, clause) in (1..).zip(clauses(parameters)) {
        let heading = match lang {
            Lang::Ko => format!("제{at}조 ({}) {{#{}}}", clause.title.ko, clause.key),
            Lang::En => format!("Article {at} ({}) {{#{}}}", clause.title.en, clause.key),
        };
        out.push_str(&format!("\n## {heading}\n\n{}\n", clause.body.get(lang)));
    }
    out
}

/// Every clause, in order.
pub(super) fn clauses(p: &Parameters) -> Vec<Clause> {
    let mut all = subject(p);
    all.extend(licence(p));
    all.extend(money(p));
    all.extend(duties(p));
    all.extend(ending(p));
    all
}

fn clause(key: &'static str, title: (&str, &str), ko: String, en: String) -> Clause {
    Clause { key, title: Text::new(title.0, title.1), body: Text::new(ko, en) }
}

/// Who, what, how it arrives.
fn subject(p: &Parameters) -> Vec<Clause> {
    let (s, b, g) = (&p.seller, &p.buyer, &p.goods);
    vec![
        clause(
            "parties",
            ("당사자", "Parties"),
            format!(
                "공급자 {}(사업자등록번호 {}, 대표 {})와 수요자 {}(사업자등록번호 {}, 대표 {})는 \
                 다음과 같이 계약한다. 거래소는 판매자가 아니며, 계약의 증거를 보관한다.",
                s.name, s.business_no, s.representative, b.name, b.business_no, b.representative
            ),
            format!(
                "The seller {} (business number {}, represented by {}) and the buyer {} (business \
                 number {}, represented by {}) agree as follows. The exchange is not the seller; \
                 it keeps the evidence of this contract.",
                s.name, s.business_no, s.representative, b.name, b.business_no, b.representative
            ),
        ),
        clause(
            "data",
            ("데이터", "Data"),
            format!(
                "대상은 「{}」(상품 {}, 버전 {})이며 파일 `{}`, {}행 {}열, {}바이트, SHA-256 `{}`이다. \
                 이후의 버전은 이 계약의 대상이 아니다.{}",
                g.title.ko, g.listing, g.version, g.file_name, g.rows, g.columns, g.bytes, g.sha256,
                match p.licence.updates {
                    UpdatePolicy::None => "",
                    UpdatePolicy::Corrections => " 오류를 고친 버전은 대가 없이 제공한다.",
                }
            ),
            format!(
                "The subject is \"{}\" (listing {}, version {}): the file `{}` of {} rows, {} \
                 columns and {} bytes with the SHA-256 `{}`. Later versions are not part of this \
                 contract.{}",
                g.title.en, g.listing, g.version, g.file_name, g.rows, g.columns, g.bytes, g.sha256,
                match p.licence.updates {
                    UpdatePolicy::None => "",
                    UpdatePolicy::Corrections => " Corrected versions are provided free of charge.",
                }
            ),
        ),
        clause(
            "delivery",
            ("전달", "Delivery"),
            match p.licence.delivery {
                DeliveryMethod::File => {
                    "자부담금이 확인되면 거래소에서 파일을 내려받는 방법으로 전달한다. 첫 내려받기나 \
                     질의가 시작된 때에 전달이 시작된 것으로 본다. 전달 방법을 바꾸려면 3일 전에 알린다."
                }
                DeliveryMethod::Api => {
                    "자부담금이 확인되면 거래소에서 질의하는 방법으로만 전달하며 파일은 내주지 않는다. 첫 \
                     질의에 답한 때에 전달이 시작된 것으로 본다. 전달 방법을 바꾸려면 3일 전에 알린다."
                }
            }
            .to_owned(),
            match p.licence.delivery {
                DeliveryMethod::File => {
                    "The file is delivered by download from the exchange once the buyer's own payment \
                     is confirmed. Delivery begins with the first download or query. A change of the \
                     method is announced three days before."
                }
                DeliveryMethod::Api => {
                    "The data are delivered by queries on the exchange only, once the buyer's own \
                     payment is confirmed; the file is not handed out. Delivery begins with the first \
                     answer. A change of the method is announced three days before."
                }
            }
            .to_owned(),
        ),
    ]
}

/// What the buyer may do.
fn licence(p: &Parameters) -> Vec<Clause> {
    vec![
        scope(p),
        clause(
            "derived-data",
            ("파생데이터", "Derived data"),
            match p.licence.derived {
                DerivedPolicy::BuyerOwns => {
                    "원본을 복원할 수 없는 파생데이터는 수요자에게 귀속한다. 복원할 수 있는 것은 원본의 \
                     이용허락에 따른다."
                }
                DerivedPolicy::FollowsSource => "모든 파생데이터는 원본의 이용허락에 따른다.",
            }
            .to_owned(),
            match p.licence.derived {
                DerivedPolicy::BuyerOwns => {
                    "Derived data from which the source cannot be reconstructed belong to the \
                     buyer. Those from which it can follow the licence of the source."
                }
                DerivedPolicy::FollowsSource => {
                    "All derived data follow the licence of the source."
                }
            }
            .to_owned(),
        ),
        clause(
            "re-identification",
            ("재식별 금지", "No re-identification"),
            "수요자는 데이터로 개인이나 특정 기업의 영업비밀을 식별하려 하지 않으며, 식별된 것을 알게 되면 \
             즉시 이용을 멈추고 거래소에 알린다."
                .to_owned(),
            "The buyer does not try to identify people or a firm's trade secrets in the data. On \
             learning of an identification it stops using the data and tells the exchange at once."
                .to_owned(),
        ),
        clause(
            "resale",
            ("재판매·양도 금지", "No resale or transfer"),
            "수요자는 데이터를 재판매하거나 재허락하거나 양도하지 않는다.".to_owned(),
            "The buyer does not resell, sub-license or transfer the data.".to_owned(),
        ),
    ]
}

fn scope(p: &Parameters) -> Clause {
    let (l, purpose) = (&p.licence, purpose(p.purpose));
    let count = |limit: Option<u32>, ko: &str, en: &str| match limit {
        Some(limit) => Text::new(format!("{limit}{ko}까지"), format!("up to {limit} {en}")),
        None => Text::new("제한 없음", "no limit"),
    };
    let (users, sites) =
        (count(l.scope.users, "명", "people"), count(l.scope.sites, "곳", "sites"));
    let term = match l.term_months {
        Some(months) => {
            Text::new(format!("전달일부터 {months}개월"), format!("{months} months from delivery"))
        }
        None => Text::new("기간의 정함 없음", "without end"),
    };
    let exclusivity = match l.exclusivity {
        Exclusivity::NonExclusive => Text::new("비독점", "non-exclusive"),
        Exclusivity::Exclusive => Text::new("독점", "exclusive"),
    };
    let affiliates = match l.scope.affiliates {
        true => Text::new("포함", "included"),
        false => Text::new("제외", "excluded"),
    };
    clause(
        "licence",
        ("이용허락의 범위", "Scope of the licence"),
        format!(
            "데이터의 권리는 공급자에게 있고, 수요자는 이용을 허락받는다. 목적: {}({}). 이용자: {}. \
             사업장: {}. 계열사: {}. 지역: {}. 기간: {}. {} 이용허락이며, 적지 않은 이용은 허락하지 \
             않는다.",
            purpose.ko,
            p.purpose_text,
            users.ko,
            sites.ko,
            affiliates.ko,
            l.territory,
            term.ko,
            exclusivity.ko
        ),
        format!(
            "The data remain the seller's; the buyer is licensed to use them. Purpose: {} ({}). \
             Users: {}. Sites: {}. Affiliates: {}. Territory: {}. Term: {}. The licence is {}. \
             Uses that are not named are not licensed.",
            purpose.en,
            p.purpose_text,
            users.en,
            sites.en,
            affiliates.en,
            l.territory,
            term.en,
            exclusivity.en
        ),
    )
}

fn purpose(purpose: Purpose) -> Text {
    match purpose {
        Purpose::ProcessImprovement => Text::new("공정 개선", "process improvement"),
        Purpose::BusinessModel => Text::new("사업 모델", "business model"),
        Purpose::Research => Text::new("연구", "research"),
        Purpose::Internal => Text::new("사내 이용", "internal use"),
    }
}

/// What it costs and what it must be.
fn money(p: &Parameters) -> Vec<Clause> {
    let g = &p.goods;
    vec![
        clause(
            "price",
            ("대금", "Price"),
            format!(
                "일시불로 공급가액 {}원이며 부가가치세는 {}원이다. 수요자는 자부담 {}원과 부가가치세 전액, \
                 합계 {}원을 이체로 지급한다. 공공 부담분은 {}원이다.",
                p.supply, p.vat, p.company_share, p.own_payment, p.support
            ),
            format!(
                "A lump sum with a supply value of {} won and VAT of {} won. The buyer transfers \
                 its share of {} won and the whole VAT, together {} won. The public share is {} \
                 won.",
                p.supply, p.vat, p.company_share, p.own_payment, p.support
            ),
        ),
        clause(
            "warranty",
            ("품질 보증", "Quality warranty"),
            format!(
                "공급자는 데이터가 공개된 품질보고서(등급 {}, 인증서 SHA-256 `{}`)와 같음을 전달일부터 \
                 {}일간 보증한다. 수요자는 전달일부터 {}일 안에 보고서와 다름을 이유로 거절할 수 있고, \
                 재검사 결과에 따라 교환·환급한다. 환급은 부담한 자에게 부담한 비율로 한다.",
                g.grade, g.certificate_sha256, p.licence.warranty.days, p.acceptance_days
            ),
            format!(
                "For {2} days from delivery the seller warrants that the data agree with the \
                 published quality report (grade {0}, certificate SHA-256 `{1}`). Within {3} days \
                 from delivery the buyer may reject data that do not; a second test decides on \
                 replacement or refund. A refund goes back to those who paid, in proportion.",
                g.grade, g.certificate_sha256, p.licence.warranty.days, p.acceptance_days
            ),
        ),
        clause(
            "rights",
            ("판매권과 제3자 권리", "Right to sell and rights of others"),
            "공급자는 데이터를 판매할 권리가 있고 제3자의 권리를 침해하지 않음을 보증한다."
                .to_owned(),
            "The seller warrants that it has the right to sell the data and that they infringe \
             nobody's rights."
                .to_owned(),
        ),
        subsidy(p),
    ]
}

fn subsidy(p: &Parameters) -> Clause {
    let (ko, en) = match p.voucher {
        Some(voucher) => (
            format!(
                "바우처 {voucher}로 공공 부담분을 지급한다. 지급은 전자세금계산서, 검수, 자부담 이체 \
                 증빙이 확인된 뒤에 한다. 대금의 일부를 되돌려 주고받지 않으며, 이를 어기면 지원금을 \
                 환수한다."
            ),
            format!(
                "The voucher {voucher} pays the public share, after e-tax invoice, acceptance and \
                 proof of the buyer's transfer are confirmed. No part of the price is given back; \
                 otherwise the support is recovered."
            ),
        ),
        None => (
            "이 계약에는 공공 지원금이 쓰이지 않는다.".to_owned(),
            "No public money is used in this contract.".to_owned(),
        ),
    };
    clause("subsidy", ("지원금", "Public support"), ko, en)
}

/// What both owe besides.
fn duties(p: &Parameters) -> Vec<Clause> {
    let cap = p.licence.liability_cap.unwrap_or(p.supply);
    vec![
        clause(
            "personal-data",
            ("개인정보", "Personal data"),
            "데이터는 익명정보이며 개인정보와 가명정보를 담지 않는다. 발견되면 즉시 제공과 이용을 멈춘다."
                .to_owned(),
            "The data are anonymous and hold neither personal nor pseudonymised data. If any are \
             found, provision and use stop at once."
                .to_owned(),
        ),
        clause(
            "confidentiality",
            ("비밀유지", "Confidentiality"),
            "양 당사자는 계약으로 알게 된 상대방의 비밀을 계약이 끝난 뒤 3년까지 누설하지 않는다."
                .to_owned(),
            "Neither side discloses secrets of the other learnt through this contract, until three \
             years after its end."
                .to_owned(),
        ),
        clause(
            "security",
            ("보안", "Security"),
            "수요자는 이용 목적에 필요한 사람만 접근하도록 하고 유출을 알면 지체 없이 알린다.".to_owned(),
            "The buyer gives access only to those who need it for the purpose and reports a leak \
             without delay."
                .to_owned(),
        ),
        clause(
            "liability",
            ("책임의 한도", "Cap of liability"),
            format!(
                "각 당사자의 손해배상 책임은 {cap}원을 한도로 한다. 고의나 중대한 과실에는 한도가 없다."
            ),
            format!(
                "The liability of either side is capped at {cap} won, except for intent or gross \
                 negligence."
            ),
        ),
        clause(
            "usage-log",
            ("이용 기록", "Usage log"),
            "거래소는 전달한 시각, 사람, 범위와 해시를 기록하고, 당사자는 이를 열람할 수 있다.".to_owned(),
            "The exchange records time, person, range and digest of every delivery; both sides may \
             read the record."
                .to_owned(),
        ),
    ]
}

/// How it ends.
fn ending(_: &Parameters) -> Vec<Clause> {
    vec![
        clause(
            "termination",
            ("해지와 삭제", "Termination and deletion"),
            "전달 전에는 수요자가 주문을 취소할 수 있다. 중대한 위반이 14일 안에 고쳐지지 않으면 해지할 수 \
             있다. 계약이 끝나면 수요자는 데이터를 삭제하고 30일 안에 삭제확인서를 낸다."
                .to_owned(),
            "Before delivery the buyer may cancel the order. A serious breach that is not cured \
             within 14 days is a reason to terminate. When the contract ends the buyer deletes the \
             data and certifies the deletion within 30 days."
                .to_owned(),
        ),
        clause(
            "force-majeure",
            ("불가항력", "Force majeure"),
            "천재지변 등 책임질 수 없는 사유로 이행하지 못한 당사자는 그 기간 동안 책임을 지지 않는다."
                .to_owned(),
            "A side that cannot perform for reasons beyond its control is not liable while they \
             last."
                .to_owned(),
        ),
        clause(
            "disputes",
            ("분쟁", "Disputes"),
            "분쟁은 협의로 풀고, 풀리지 않으면 데이터분쟁조정위원회에 조정을 신청할 수 있다. 준거법은 \
             대한민국 법이며, 두 언어의 글이 다르면 한국어를 따른다."
                .to_owned(),
            "Disputes are settled by negotiation, failing that before the Data Dispute Mediation \
             Committee. The law of Korea applies; where the two languages differ the Korean text \
             prevails."
                .to_owned(),
        ),
    ]
}
