//! From an application to a selection, for both programmes: what becomes of each case is said
//! beforehand, and the exchange has to agree.

use futures::future::join_all;
use schema::api::applications::{Application, ApplicationState as S, EvaluationBatch, Selection};
use schema::api::parties::{Role, SignUp};
use schema::papers::PaperKind;
use serde_json::{Value, json};
use tests::Persona;
use tests::applicants::{drafted, kinds, paper, seen, step, submitted, told};

use super::stage::Year;

/// Firms that send papers at a time, and applications that are scored at a time.
const AT_ONCE: usize = 6;
/// Until when papers are good that are good.
const GOOD: &str = "2024-12-31";

/// What becomes of a case.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fate {
    /// It is scored with these points on each of four axes.
    Scored(u8),
    /// A rule refuses to take it, with this code.
    Barred(&'static str),
    /// A tax certificate ran out on this day: the reviewer finds it not eligible.
    Expired(&'static str),
    /// The same, but a supplement is asked for and never comes.
    Silent(&'static str),
    /// The applicant takes it back before the review.
    Withdrawn,
}

/// An applicant and what they asked for.
pub(super) struct Case {
    pub(super) who: Persona,
    pub(super) application: Application,
    pub(super) fate: Fate,
}

/// A firm that is going to apply.
pub(super) struct Plan {
    pub(super) form: SignUp,
    pub(super) body: Value,
    pub(super) fate: Fate,
}

impl Year {
    /// Everybody signs up and files papers, some at a time; then they apply, one after the other.
    pub(super) async fn apply(&self, programme: &str, plans: &[Plan]) -> Vec<Case> {
        let mut ready = Vec::new();
        for some in plans.chunks(AT_ONCE) {
            ready.extend(join_all(some.iter().map(|plan| self.files(programme, plan))).await);
        }
        let mut cases = Vec::new();
        for (who, Plan { body, fate, .. }) in ready.into_iter().zip(plans) {
            let application = match fate {
                Fate::Barred(code) => {
                    let application = drafted(&who, programme, body).await;
                    step(&who, &application, "submit").await.refused(409, code);
                    application
                }
                _ => submitted(&who, programme, body).await,
            };
            // Ties go to the earlier submission, so no two are at the same time.
            self.app.advance(1);
            cases.push(Case { who, application, fate: *fate });
        }
        cases
    }

    /// A firm signs up and sends its papers. The operator verifies those that the selection and the
    /// agreement look at again; that the others are there is looked at in the review.
    async fn files(&self, programme: &str, plan: &Plan) -> Persona {
        let who = self.app.join(&plan.form).await;
        if matches!(plan.fate, Fate::Barred(_)) {
            return who;
        }
        let class = plan.form.organisation.size_class;
        for kind in kinds(programme, class) {
            let until = match plan.fate {
                Fate::Expired(day) | Fate::Silent(day) if kind == PaperKind::TaxLocal => day,
                _ => GOOD,
            };
            let sent = paper(&who, kind, class, until).await;
            if kind.has_a_term() || kind.certifies_class() {
                self.staff.verify(&sent).await;
            }
        }
        who
    }

    /// The operator reviews every case in view of a batch; those that pass go into it.
    pub(super) async fn reviewed(&self, cases: &[Case], batch: &EvaluationBatch) {
        let mut passed = Vec::new();
        for case in cases {
            match case.fate {
                Fate::Barred(_) => {}
                Fate::Withdrawn => {
                    case.who.sign_in().await;
                    self.tell(case, "withdraw", json!({"reason": "설비 투자로 변경"})).await;
                }
                Fate::Scored(_) => {
                    self.staff.passed(&case.application, batch).await;
                    passed.push(&case.application);
                }
                Fate::Expired(_) | Fate::Silent(_) => self.faulted(case, batch).await,
            }
        }
        self.staff.assigned(batch, &passed).await;
    }

    async fn tell(&self, case: &Case, what: &str, body: Value) {
        told(&case.who, &case.application, what, body).await.expect(200);
    }

    /// A certificate that has run out cannot pass; it is supplemented, or the case ends here.
    async fn faulted(&self, case: &Case, batch: &EvaluationBatch) {
        let (operator, of) = (&self.staff.operator, &case.application);
        told(operator, of, "review", json!({"batch": batch.id})).await.expect(200);
        let pass = told(operator, of, "pass", json!({})).await;
        let problem = pass.refused(409, "application-incomplete");
        assert!(problem.reasons.iter().any(|one| one.code == "tax-cert-expired"), "{problem:?}");
        let why = json!({"reason": "지방세 납세증명서의 유효기간이 지났다."});
        let what = if matches!(case.fate, Fate::Silent(_)) { "supplement" } else { "fail" };
        told(operator, of, what, why).await.expect(200);
    }

    /// Five evaluators score every case that passed; the agency closes and selects.
    pub(super) async fn selected(
        &self,
        cases: &[Case],
        batch: &EvaluationBatch,
        waitlist_until: &str,
    ) -> Selection {
        self.panel.sign_in().await;
        let scores = |case: &Case| match case.fate {
            Fate::Scored(points) => Some((case.application.clone(), points)),
            _ => None,
        };
        let scored: Vec<_> = cases.iter().filter_map(scores).collect();
        for some in scored.chunks(AT_ONCE) {
            join_all(some.iter().map(|(of, points)| self.panel.score(of, *points))).await;
        }
        self.staff.closed(batch).await;
        let new = json!({"batch": batch.id, "waitlist_until": waitlist_until});
        self.staff.approver.post("/v1/selections", new).await.expect(201).read()
    }

    /// The states of cases, counted.
    pub(super) async fn states(&self, cases: &[Case]) -> Vec<(S, usize)> {
        let mut counted = std::collections::BTreeMap::new();
        for case in cases {
            // Nobody but the applicant sees a draft.
            let who =
                if matches!(case.fate, Fate::Barred(_)) { continue } else { &self.staff.auditor };
            *counted.entry(seen(who, &case.application).await.state).or_insert(0) += 1;
        }
        counted.into_iter().collect()
    }

    /// The form of a small manufacturer with data, or of a software house.
    pub(super) fn owner_form(&self, ksic: &str) -> SignUp {
        let mut form = self.app.sign_up_form(&[Role::Provider], schema::notice::SizeClass::Sme);
        form.organisation.ksic = Some(ksic.to_owned());
        form
    }
}
