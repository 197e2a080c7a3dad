//! Signed notes and checkpoints, against the examples that C2SP publishes.

use ledger::note::{fingerprint, parse_trust_file};
use ledger::{Checkpoint, NoteError, SignedNote, SigningKey, VerifierKey};
use proptest::prelude::*;

const VKEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
const NOTE: &str = "This is an example message.\n\n\u{2014} example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";
/// The example of c2sp.org/signed-note with an empty line in the text.
const POEM: &str = "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned \u{e8} subito sera.\n\n\u{2014} quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n";
/// The example of c2sp.org/tlog-checkpoint.
const CHECKPOINT: &str = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\u{2014} example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n";

fn key() -> SigningKey {
    SigningKey::from_bytes(&[5; 32])
}

#[test]
fn the_published_example_verifies_under_the_published_key() {
    let key: VerifierKey = VKEY.parse().unwrap();
    assert_eq!(key.to_string(), VKEY);
    let note = SignedNote::parse(NOTE).unwrap();
    assert_eq!(note.verify(std::slice::from_ref(&key)).unwrap(), [&key]);
    assert_eq!(note.text(), "This is an example message.\n");
    assert_eq!(note.to_string(), NOTE);
    let other = SignedNote::parse(&NOTE.replace("example message", "exemple message")).unwrap();
    assert_eq!(other.verify(&[key]).unwrap_err(), NoteError::Signature("example.com/foo".into()));
}

#[test]
fn the_text_ends_at_the_last_empty_line() {
    let note = SignedNote::parse(POEM).unwrap();
    assert!(note.text().ends_with("\n\ned \u{e8} subito sera.\n"));
    assert_eq!(note.to_string(), POEM);
}

#[test]
fn the_published_checkpoint_is_read() {
    let note = SignedNote::parse(CHECKPOINT).unwrap();
    let checkpoint = Checkpoint::parse(note.text()).unwrap();
    assert_eq!((checkpoint.origin.as_str(), checkpoint.size), ("example.com/behind-the-sofa", 20_852_163));
    assert_eq!(checkpoint.text(), note.text());
}

#[test]
fn what_is_not_a_note_is_refused() {
    let line = NOTE.split_once("\n\n").unwrap().1;
    for bad in [
        "",
        "text\n",
        "text\n\n",
        &format!("text\n{line}"),
        &NOTE.replace('\u{2014}', "-"),
        &NOTE.replace("This", "Th\tis"),
        &NOTE.replace("aQM=", "aQN="),
        &NOTE.replace("aQM=", "aQM"),
        &NOTE.replace("example.com/foo Uw2Q", "example.com/foo+ Uw2Q"),
        &format!("{NOTE} "),
        &format!("{NOTE}\n"),
        NOTE.trim_end(),
    ] {
        assert!(SignedNote::parse(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn what_is_not_a_checkpoint_is_refused() {
    for bad in [
        "",
        "o\n",
        "o\n1\n",
        "\n1\nAAAA\n",
        "o\n01\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "o\n+1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "o\n1\nAAAA\n",
        "o\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n",
        "o\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=",
    ] {
        assert!(Checkpoint::parse(bad).is_err(), "{bad:?}");
    }
    let mut checkpoint = Checkpoint::new("o", 1, [0; 32]);
    checkpoint.extensions = vec!["two\nlines".into()];
    assert!(checkpoint.sign(&key()).is_err());
}

#[test]
fn other_keys_signatures_are_passed_over_and_a_bad_known_one_is_not() {
    let ours = VerifierKey::new("reviews.example.com", key().verifying_key()).unwrap();
    let note = Checkpoint::new("reviews.example.com", 3, [1; 32]).sign(&key()).unwrap().to_string();
    let witness = SignedNote::sign(SignedNote::parse(&note).unwrap().text(), "witness.example", &SigningKey::from_bytes(&[6; 32])).unwrap();
    let both = format!("{note}{}\n", witness.signatures()[0]);
    let both = SignedNote::parse(&both).unwrap();
    assert_eq!(both.verify(std::slice::from_ref(&ours)).unwrap(), [&ours]);
    // The same name with another key is another signer.
    let namesake = VerifierKey::new("reviews.example.com", SigningKey::from_bytes(&[8; 32]).verifying_key()).unwrap();
    assert!(matches!(both.verify(&[namesake]), Err(NoteError::NoKnownKey(_))));
}

#[test]
fn verifier_keys_are_read_strictly() {
    for bad in [
        "",
        "a+b",
        "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+Aek=",
        "two words+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
    ] {
        assert!(bad.parse::<VerifierKey>().is_err(), "{bad}");
    }
    let file = format!("# keys of example.com\n\n  {VKEY}  \n");
    assert_eq!(parse_trust_file(&file).unwrap().len(), 1);
    assert!(parse_trust_file("not a key").is_err());
    assert_eq!(fingerprint(VKEY.parse::<VerifierKey>().unwrap().key()).len(), 64);
}

proptest! {
    #[test]
    fn any_flipped_bit_of_a_note_is_noticed(at in any::<prop::sample::Index>(), bit in 0u8..8) {
        let ours = VerifierKey::new("o.example", key().verifying_key()).unwrap();
        let mut bytes = Checkpoint::new("o.example", 300, [9; 32]).sign(&key()).unwrap().to_string().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        let read = String::from_utf8(bytes).ok().and_then(|t| SignedNote::parse(&t).ok());
        prop_assert!(read.is_none_or(|note| note.verify(&[ours]).is_err()));
    }

    #[test]
    fn notes_read_back(text in "[^\\x00-\\x1f]{1,40}(\n[^\\x00-\\x1f]{1,40}){0,3}\n") {
        let note = SignedNote::sign(text.clone(), "o.example", &key()).unwrap();
        let again = SignedNote::parse(&note.to_string()).unwrap();
        prop_assert_eq!(again.text(), text);
        prop_assert_eq!(again, note);
    }
}
