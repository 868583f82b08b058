//! Certificates, key lists, private keys and lineages as somebody hands them in.

#![no_main]

use std::path::PathBuf;
use std::sync::LazyLock;

use fuzz::{Bench, judged, limits};
use libfuzzer_sys::fuzz_target;
use processing::certificate::{self, PublicKey, SigningKey};
use schema::data::certificate::Claims;
use schema::data::lineage::Lineage;

struct Fixture {
    _bench: Bench,
    file: PathBuf,
    key: SigningKey,
}

static FIXTURE: LazyLock<Fixture> = LazyLock::new(|| {
    let bench = Bench::new();
    let file = bench.file("table.parquet", b"PAR1 is not enough");
    Fixture { file, _bench: bench, key: SigningKey::from_seed(&[7; 32]) }
});

fuzz_target!(init: fuzz::forgive_guarded_panics(), |bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Fixture { file, key, .. } = &*FIXTURE;
    let keys = std::slice::from_ref(key.public());
    judged(certificate::verify(text.trim(), keys, file, &limits(1)));
    judged(SigningKey::from_pem(text));
    if let Some(keys) = judged(PublicKey::from_jwks(text)) {
        let written = serde_json::to_string(&PublicKey::to_jwks(&keys)).expect("keys are written");
        let again = judged(PublicKey::from_jwks(&written)).expect("written keys are read");
        assert_eq!(again, keys);
    }
    if let Ok(claims) = serde_json::from_str::<Claims>(text) {
        let jws = judged(certificate::issue(&claims, key)).expect("any claims can be signed");
        assert_eq!(judged(certificate::open(&jws, keys)), Some(claims), "what was signed opens");
        judged(certificate::verify(&jws, keys, file, &limits(1)));
    }
    if let Ok(lineage) = serde_json::from_str::<Lineage>(text) {
        let written = serde_json::to_string(&lineage).expect("a lineage is written");
        assert_eq!(serde_json::from_str::<Lineage>(&written).ok(), Some(lineage));
    }
});
