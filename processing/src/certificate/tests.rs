//! Certificates hold for what was certified, and for nothing else.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Int64Array, RecordBatch, StringArray};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use schema::data::certificate::Claims;

use super::{Match, PublicKey, SigningKey, Trust, issue, open, open_signed, verify, verify_match};
use crate::digest::{logical_hash, sha256_file, unordered_hash};
use crate::error::Fault;
use crate::limits::Limits;

fn table(dir: &Path, name: &str, values: Vec<i64>, compression: Compression) -> PathBuf {
    let lots = StringArray::from_iter_values(values.iter().map(|value| format!("로트{value}")));
    let batch = RecordBatch::try_from_iter([
        ("압력", Arc::new(Int64Array::from(values)) as _),
        ("lot", Arc::new(lots) as _),
    ])
    .unwrap();
    let path = dir.join(name);
    let properties = WriterProperties::builder().set_compression(compression).build();
    let file = std::fs::File::create(&path).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    path
}

fn claims(path: &Path) -> Claims {
    Claims {
        issuer: "https://exchange.example".to_owned(),
        issued_at: "2024-10-11T09:00:00+09:00".to_owned(),
        file_sha256: sha256_file(path).unwrap(),
        size_bytes: std::fs::metadata(path).unwrap().len(),
        logical_sha256: logical_hash(path, &Limits::default()).unwrap(),
        unordered_sha256: None,
        rows: 3,
        columns: 2,
        rule_set_sha256: "ab".repeat(32),
        report_sha256: "cd".repeat(32),
        lineage_sha256: None,
        tool: "jangteo-processing 0.1.0".to_owned(),
        grade: "A".to_owned(),
    }
}

fn key() -> SigningKey {
    SigningKey::from_seed(&[7; 32])
}

fn code<T: std::fmt::Debug>(result: Result<T, Fault>) -> String {
    match result.unwrap_err() {
        Fault::Input(fault) => fault.code,
        other => panic!("{other}"),
    }
}

#[test]
fn a_certificate_holds_for_its_file_and_for_the_file_written_anew() {
    let dir = tempfile::tempdir().unwrap();
    let path = table(dir.path(), "a", vec![1, 2, 3], Compression::UNCOMPRESSED);
    let claims = claims(&path);
    let jws = issue(&claims, &key()).unwrap();
    let keys = [SigningKey::from_seed(&[1; 32]).public().clone(), key().public().clone()];
    let limits = Limits::default();
    assert_eq!(verify(&jws, &keys, &path, &limits).unwrap(), claims);
    assert_eq!(
        verify_match(&jws, Trust::Listed(&keys), &path, &limits).unwrap().matched,
        Match::Bytes
    );
    let again = table(dir.path(), "b", vec![1, 2, 3], Compression::SNAPPY);
    assert_eq!(
        verify_match(&jws, Trust::Listed(&keys), &again, &limits).unwrap().matched,
        Match::Content
    );
    let other = table(dir.path(), "c", vec![1, 2, 4], Compression::UNCOMPRESSED);
    assert_eq!(code(verify(&jws, &keys, &other, &limits)), "certificate-data");
}

#[test]
fn one_flipped_bit_of_the_file_is_found_in_any_part() {
    let dir = tempfile::tempdir().unwrap();
    let path = table(dir.path(), "a", vec![1, 2, 3], Compression::UNCOMPRESSED);
    let jws = issue(&claims(&path), &key()).unwrap();
    let keys = [key().public().clone()];
    let bytes = std::fs::read(&path).unwrap();
    let broken = dir.path().join("broken");
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1 << (at % 8);
        std::fs::write(&broken, changed).unwrap();
        let found = verify_match(&jws, Trust::Listed(&keys), &broken, &Limits::default());
        assert_eq!(code(found), "certificate-data", "byte {at}");
    }
    std::fs::write(&broken, &bytes[..bytes.len() - 1]).unwrap();
    assert_eq!(code(verify(&jws, &keys, &broken, &Limits::default())), "certificate-data");
}

#[test]
fn one_flipped_bit_of_the_certificate_is_found_in_any_part() {
    let dir = tempfile::tempdir().unwrap();
    let path = table(dir.path(), "a", vec![1, 2, 3], Compression::UNCOMPRESSED);
    let jws = issue(&claims(&path), &key()).unwrap() + "\n";
    let keys = [key().public().clone()];
    for at in 0..jws.len() {
        for bit in 0..8 {
            let mut changed = jws.clone().into_bytes();
            changed[at] ^= 1 << bit;
            // What is no text never gets here.
            let Ok(changed) = String::from_utf8(changed) else { continue };
            for trust in [Trust::Listed(&keys), Trust::Carried] {
                assert!(open_signed(&changed, trust).is_err(), "byte {at}, bit {bit}");
            }
        }
    }
    assert!(open(&jws, &keys).is_ok());
}

#[test]
fn a_certificate_carries_its_key_and_only_its_own() {
    let dir = tempfile::tempdir().unwrap();
    let claims = claims(&table(dir.path(), "a", vec![1], Compression::UNCOMPRESSED));
    let jws = issue(&claims, &key()).unwrap();
    let opened = open_signed(&jws, Trust::Carried).unwrap();
    assert_eq!((&opened.claims, &opened.signer), (&claims, key().public()));
    let parts: Vec<&str> = jws.split('.').collect();
    let header = String::from_utf8(URL_SAFE_NO_PAD.decode(parts[0]).unwrap()).unwrap();
    let with = |header: &str| {
        let header = URL_SAFE_NO_PAD.encode(header);
        format!("{header}.{}.{}", parts[1], parts[2])
    };
    let stranger = SigningKey::from_seed(&[9; 32]);
    let (mine, theirs) = (key().public().to_jwk().x, stranger.public().to_jwk().x);
    // Another key than the id says, in either place; a key of another kind; a neutral key.
    let neutral = "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    for changed in [
        header.replace(&mine, &theirs),
        header.replace(key().public().kid(), stranger.public().kid()),
        header.replace("Ed25519", "X25519"),
        header.replace("OKP", "oct"),
        header.replace(&mine, neutral),
        header.replace(r#""crv""#, r#""d":"AA","crv""#),
    ] {
        assert_ne!(changed, header);
        for trust in [Trust::Carried, Trust::Listed(&[key().public().clone()])] {
            assert_eq!(code(open_signed(&with(&changed), trust)), "certificate-malformed");
        }
    }
    // A forger's key with its own id is a good signature only over what the forger signed.
    let forged =
        header.replace(&mine, &theirs).replace(key().public().kid(), stranger.public().kid());
    assert_eq!(code(open_signed(&with(&forged), Trust::Carried)), "certificate-signature");
    // Certificates of before carried no key: a list is needed.
    let start = header.find(r#""jwk""#).unwrap();
    let end = header.find(r#""kid""#).unwrap();
    let without = with(&format!("{}{}", &header[..start], &header[end..]));
    assert_eq!(code(open_signed(&without, Trust::Carried)), "certificate-key-unknown");
}

#[test]
fn names_that_stand_twice_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let claims = claims(&table(dir.path(), "a", vec![1], Compression::UNCOMPRESSED));
    let signed = |header: &str, payload: &str| {
        let message =
            format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
        let signature = URL_SAFE_NO_PAD.encode(key().sign(message.as_bytes()));
        format!("{message}.{signature}")
    };
    let keys = [key().public().clone()];
    let jws = issue(&claims, &key()).unwrap();
    let part = |at: usize| {
        let part = jws.split('.').nth(at).unwrap();
        String::from_utf8(URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
    };
    let (header, payload) = (part(0), part(1));
    assert!(open(&signed(&header, &payload), &keys).is_ok());
    let twice = payload.replacen('{', r#"{"grade":"A","#, 1);
    assert_eq!(code(open(&signed(&header, &twice), &keys)), "certificate-malformed");
    let twice = header.replacen('{', r#"{"alg":"EdDSA","#, 1);
    assert_eq!(code(open(&signed(&twice, &payload), &keys)), "certificate-malformed");
    let more = payload.replacen('{', r#"{"note":"x","#, 1);
    assert_eq!(code(open(&signed(&header, &more), &keys)), "certificate-malformed");
}

#[test]
fn rows_in_another_order_hold_only_where_the_certificate_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let path = table(dir.path(), "a", vec![1, 2, 3], Compression::UNCOMPRESSED);
    let moved = table(dir.path(), "b", vec![3, 1, 2], Compression::SNAPPY);
    let other = table(dir.path(), "c", vec![3, 1, 1], Compression::SNAPPY);
    let mut claims = claims(&path);
    let limits = Limits::default();
    let keys = [key().public().clone()];
    let check = |claims: &Claims, file: &Path| {
        let jws = issue(claims, &key()).unwrap();
        verify_match(&jws, Trust::Listed(&keys), file, &limits).map(|verified| verified.matched)
    };
    assert_eq!(code(check(&claims, &moved)), "certificate-data");
    claims.unordered_sha256 = Some(unordered_hash(&path, &limits).unwrap());
    assert_eq!(check(&claims, &moved).unwrap(), Match::Rows);
    assert_eq!(check(&claims, &path).unwrap(), Match::Bytes);
    assert_eq!(code(check(&claims, &other)), "certificate-data");
}

#[test]
fn only_certificates_signed_by_a_given_key_are_read() {
    let dir = tempfile::tempdir().unwrap();
    let claims = claims(&table(dir.path(), "a", vec![1], Compression::UNCOMPRESSED));
    let jws = issue(&claims, &key()).unwrap();
    assert_eq!(code(open(&jws, &[])), "certificate-key-unknown");
    let stranger = SigningKey::from_seed(&[9; 32]);
    assert_eq!(code(open(&jws, &[stranger.public().clone()])), "certificate-key-unknown");
    let parts: Vec<&str> = jws.split('.').collect();
    let kid = key().public().kid().to_owned();
    let own = [key().public().clone()];
    let with_header = |header: &str| {
        let header = URL_SAFE_NO_PAD.encode(header);
        open(&format!("{header}.{}.{}", parts[1], parts[2]), &own)
    };
    let typ = "jangteo-certificate+jws";
    for header in [
        format!(r#"{{"alg":"none","kid":"{kid}","typ":"{typ}"}}"#),
        format!(r#"{{"alg":"HS256","kid":"{kid}","typ":"{typ}"}}"#),
        format!(r#"{{"alg":"EdDSA","kid":"{kid}","typ":"JWT"}}"#),
        format!(r#"{{"alg":"EdDSA","kid":"{kid}","typ":"{typ}","crit":["b64"],"b64":false}}"#),
    ] {
        assert_eq!(code(with_header(&header)), "certificate-malformed", "{header}");
    }
    for text in ["", ".", "..", "a.b.c", &"x".repeat(1 << 20)] {
        assert_eq!(code(open(text, &own)), "certificate-malformed");
    }
}

#[test]
fn another_library_accepts_the_certificate() {
    let dir = tempfile::tempdir().unwrap();
    let claims = claims(&table(dir.path(), "a", vec![1], Compression::UNCOMPRESSED));
    let jws = issue(&claims, &key()).unwrap();
    let decoding =
        jsonwebtoken::DecodingKey::from_ed_components(&key().public().to_jwk().x).unwrap();
    let mut validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::EdDSA);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    let token = jsonwebtoken::decode::<Claims>(&jws, &decoding, &validation).unwrap();
    assert_eq!(token.claims, claims);
    assert_eq!(token.header.kid.as_deref(), Some(key().public().kid()));
}

#[test]
fn keys_go_through_pem_and_jwk_unchanged() {
    let fresh = SigningKey::generate().unwrap();
    let again = SigningKey::from_pem(&fresh.to_pem().unwrap()).unwrap();
    assert_eq!(again.public(), fresh.public());
    assert_ne!(SigningKey::generate().unwrap().public(), fresh.public());
    // RFC 8410, section 10.3: a key as OpenSSL writes it.
    let pem = "-----BEGIN PRIVATE KEY-----\n\
        MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
        -----END PRIVATE KEY-----\n";
    let key = SigningKey::from_pem(pem).unwrap();
    assert_eq!(key.public().to_jwk().x, "Gb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE");
    // RFC 8037, appendix A.3: the thumbprint of the key of appendix A.1.
    let jwk = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
    let keys = PublicKey::from_jwks(jwk).unwrap();
    assert_eq!(keys[0].kid(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    let set = serde_json::to_string(&PublicKey::to_jwks(&keys)).unwrap();
    assert_eq!(PublicKey::from_jwks(&set).unwrap(), keys);
}

#[test]
fn key_sets_pass_over_other_kinds_and_refuse_broken_keys() {
    let rsa = r#"{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]}"#;
    assert_eq!(PublicKey::from_jwks(rsa).unwrap(), []);
    for text in [
        "",
        "[]",
        "{}",
        r#"{"keys":{}}"#,
        r#"{"kty":"OKP","crv":"Ed25519","x":"AAAA"}"#,
        // The neutral element: every signature would do.
        r#"{"kty":"OKP","crv":"Ed25519","x":"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}"#,
    ] {
        assert_eq!(code(PublicKey::from_jwks(text)), "key-invalid", "{text}");
    }
    assert_eq!(code(SigningKey::from_pem("-----BEGIN PRIVATE KEY-----")), "key-invalid");
}

#[test]
fn a_private_key_is_not_printed() {
    let text = format!("{:?}", key());
    assert!(!text.contains("07070707") && !text.contains("7, 7, 7"), "{text}");
}
