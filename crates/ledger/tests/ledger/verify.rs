//! What a report says, and what it does not claim.

use crate::common::world;
use ledger::verify::{CheckState, Signer};
use ledger::{SigningKey, Trust, VerifierKey, verify_pack};
use proptest::prelude::*;

#[test]
fn rule_45_without_a_key_from_outside_the_signer_is_not_established() {
    let report = verify_pack(&world().pack(), &Trust::Nothing);
    assert_eq!((report.whole, report.signer, report.is_good()), (true, Signer::Unknown, true));
    assert!(report.sentence().contains("whole, signer not established"), "{}", report.sentence());
    assert!(report.sentence().contains("evident against database access, not against the operator"));
}

#[test]
fn rule_45_integrity_and_signer_are_reported_apart() {
    let w = world();
    let pack = w.pack();
    let fingerprint = w.verifier_key().fingerprint();
    let spoken: String =
        fingerprint.to_uppercase().as_bytes().chunks(2).map(|c| String::from_utf8_lossy(c).into_owned()).collect::<Vec<_>>().join(":");
    for trust in [
        Trust::fingerprint(&fingerprint).unwrap(),
        Trust::fingerprint(&spoken).unwrap(),
        Trust::file(&format!("# ours\n{}\n", w.verifier_key())).unwrap(),
    ] {
        let report = verify_pack(&pack, &trust);
        assert_eq!((report.whole, report.signer, report.is_good()), (true, Signer::Established, true));
        assert!(report.sentence().contains(&format!("signed by {} with the fingerprint {fingerprint}", "reviews.example.com")));
    }
    let other = VerifierKey::new("reviews.example.com", SigningKey::from_bytes(&[1; 32]).verifying_key()).unwrap();
    for trust in [Trust::fingerprint(&other.fingerprint()).unwrap(), Trust::Keys(vec![other])] {
        let report = verify_pack(&pack, &trust);
        assert_eq!((report.whole, report.signer, report.is_good()), (true, Signer::Mismatch, false));
        assert!(report.sentence().contains("not the key that you named"), "{}", report.sentence());
    }
    assert!(Trust::fingerprint("12").is_err());
    assert!(Trust::file("# none\n").is_err());
}

#[test]
fn rule_45_no_witness_is_said_in_every_report() {
    let report = verify_pack(&world().pack(), &Trust::Nothing);
    let witness = report.checks.iter().find(|c| c.name == "witness").unwrap();
    assert_eq!(witness.state, CheckState::NotChecked);
    assert_eq!(report.statement, "evident against database access, not against the operator");
}

/// Somebody without the key makes a pack of his own and signs it with a key of the same name.
#[test]
fn a_pack_signed_by_another_key_is_whole_and_another_signers() {
    let mut w = world();
    let trust = Trust::fingerprint(&w.verifier_key().fingerprint()).unwrap();
    w.key = SigningKey::from_bytes(&[66; 32]);
    w.earlier = None;
    let report = verify_pack(&w.pack(), &trust);
    assert_eq!((report.whole, report.signer), (true, Signer::Mismatch));
}

/// An earlier checkpoint that the ledger does not continue: history was rewritten.
#[test]
fn a_rewritten_history_is_not_a_continuation() {
    let mut w = world();
    w.earlier = Some(ledger::Checkpoint::new("reviews.example.com", 2, [1; 32]).sign(&w.key).unwrap().to_string());
    let report = verify_pack(&w.pack(), &Trust::Nothing);
    let failure = report.failures().next().unwrap();
    assert_eq!(failure.name, "consistency");
    assert!(failure.sentence.contains("not a continuation"), "{failure:?}");
}

proptest! {
    #[test]
    fn no_bytes_make_the_verifier_fail_otherwise_than_by_a_finding(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        prop_assert!(!verify_pack(&bytes, &Trust::Nothing).whole);
    }

    /// Pieces of good packs in any order: the verifier answers, and only the good pack is whole.
    #[test]
    fn no_patchwork_of_a_pack_is_whole(cuts in prop::collection::vec(any::<prop::sample::Index>(), 2..6)) {
        let pack = world().pack();
        let mut bytes = Vec::new();
        for pair in cuts.windows(2) {
            let (a, b) = (pair[0].index(pack.len()), pair[1].index(pack.len()));
            bytes.extend_from_slice(&pack[a.min(b)..a.max(b)]);
        }
        prop_assert!(!verify_pack(&bytes, &Trust::Nothing).whole);
    }
}
