//! Papers for the tests of other features.

use schema::id::OrgId;
use schema::notice::SizeClass;
use schema::papers::{PaperKind, PaperState};

use super::store::{self, Row};
use crate::app::App;
use crate::auth::Principal;

/// Files everything that an agreement needs for the caller's firm, as if a reviewer had seen it.
pub(crate) async fn file(app: &App, who: &Principal, class: SizeClass) {
    let certificate = match class {
        SizeClass::Nonprofit => PaperKind::NonprofitCert,
        _ => PaperKind::SizeCert,
    };
    for kind in
        [certificate, PaperKind::TaxNational, PaperKind::TaxLocal, PaperKind::DataHoldingStatement]
    {
        let row = row(app, who, who.org, kind, class);
        app.store.write(move |db| store::insert(db, &row)).await.unwrap();
    }
}

fn row(app: &App, who: &Principal, org: OrgId, kind: PaperKind, class: SizeClass) -> Row {
    Row {
        id: app.clock.fresh(),
        kind,
        org_id: org,
        uploaded_by: who.user,
        file_name: "paper.pdf".to_owned(),
        media_type: "application/pdf".to_owned(),
        object_key: "none".to_owned(),
        sha256: "0".repeat(64),
        byte_count: 1,
        issuer: None,
        issued_on: None,
        expires_on: Some("2199-12-31".parse().unwrap()),
        size_class: kind.certifies_class().then_some(class),
        subject: None,
        state: PaperState::Verified,
        reason: None,
        verified_by: None,
        verified_at: None,
        created_at: app.clock.now().as_micros(),
    }
}
