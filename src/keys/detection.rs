//! Detection of asymmetric keys in any encoding, so that such a key is never used as a secret (RFC 8725 §2.1).

use pkcs1::RsaPrivateKeyRef;
use pkcs8::PrivateKeyInfoRef;
use sec1::EcPrivateKey;
use spki::SubjectPublicKeyInfo;
use spki::der::asn1::{AnyRef, BitString};
use spki::der::{Any, Decode, Reader, SliceReader, Tag, Tagged};
use x509_cert::Certificate;

use super::text_encodings::{decode_base32, decode_base64, decode_decimals, decode_hex, decode_hex_numbers, unescape};

/// A public key with its algorithm identifier (RFC 5280 §4.1.2.7).
pub(super) type Spki = SubjectPublicKeyInfo<Any, BitString>;

/// Returns true if `text` contains the beginning of a PEM block. Text before the block does not make it a secret
/// (CVE-2023-48223, CVE-2026-34950).
pub(crate) fn is_pem(text: &[u8]) -> bool {
    contains(text, b"-----BEGIN")
}

/// Returns true if `bytes` as a whole are the DER of a public key or a certificate.
pub(super) fn is_public_der(bytes: &[u8]) -> bool {
    Spki::from_der(bytes).is_ok() || Certificate::from_der(bytes).is_ok() || is_rsa_public_der(bytes)
}

/// Returns true if `bytes` are the DER of an RSA public key, in PKCS #1 or SPKI.
pub(super) fn is_rsa_public_der(bytes: &[u8]) -> bool {
    aws_lc_rs::rsa::PublicKey::from_der(bytes).is_ok()
}

/// Returns true if `bytes` have the form of a private key in DER: a sequence that begins with its version. This holds
/// for PKCS #8 (RFC 5958 §2), PKCS #1 (RFC 8017 A.1.2) and SEC 1 (RFC 5915 §3).
pub(super) fn is_private_der(bytes: &[u8]) -> bool {
    let parts = Vec::<Any>::from_der(bytes).unwrap_or_default();
    let version = parts.first().filter(|first| first.tag() == Tag::Integer).map(Any::value);
    parts.len() > 2 && matches!(version, Some([0 | 1]))
}

/// Returns the label with which PEM contains `der`, or `None` if it is not a key or a certificate.
pub(super) fn fitting_label(der: &[u8]) -> Option<&'static str> {
    match der {
        _ if PrivateKeyInfoRef::from_der(der).is_ok() => Some("PRIVATE KEY"),
        _ if RsaPrivateKeyRef::from_der(der).is_ok() => Some("RSA PRIVATE KEY"),
        _ if EcPrivateKey::from_der(der).is_ok() => Some("EC PRIVATE KEY"),
        _ if Spki::from_der(der).is_ok() => Some("PUBLIC KEY"),
        _ if is_rsa_public_der(der) => Some("RSA PUBLIC KEY"),
        _ if Certificate::from_der(der).is_ok() => Some("CERTIFICATE"),
        _ => None,
    }
}

/// The number of text encodings around a key that are removed, such as base64 of base64.
const MAX_ENCODINGS: usize = 3;

/// The number of bytes in which a key is searched. The largest RSA key in base64 has a tenth of it.
const MAX_SEARCHED_BYTES: usize = 32_768;

/// The smallest DER value that is searched within other bytes. An Ed25519 key has 44 bytes.
const MIN_EMBEDDED_DER_BYTES: usize = 40;

/// Returns true if `secret` is an asymmetric key in any encoding in which keys are exchanged or configured. An attacker
/// knows the public key, and could sign with it (RFC 8725 §2.1; CVE-2024-33663, CVE-2026-48526). A bare modulus or point
/// cannot be distinguished from a secret.
pub(super) fn is_asymmetric_key(secret: &[u8]) -> bool {
    contains_key(secret.get(..MAX_SEARCHED_BYTES).unwrap_or(secret), MAX_ENCODINGS)
}

/// Returns true if `bytes` contain a key, after at most `encodings` text encodings are removed.
fn contains_key(bytes: &[u8], encodings: usize) -> bool {
    let text = unescape(&strip_text_encoding(bytes));
    if looks_like_key(bytes) || looks_like_key(&text) || has_armour(&text) {
        return true;
    }
    let numbers = [decode_decimals(&text), decode_hex_numbers(&text), decode_base32(&text)];
    let mut decodings = decode_base64(&text).chain(decode_hex(&text)).chain(numbers.into_iter().flatten());
    encodings.checked_sub(1).is_some_and(|encodings| {
        decodings.any(|decoded| looks_like_key(&decoded) || contains_key(printable_part(&decoded), encodings))
    })
}

/// Returns the longest run of printable ASCII characters, if it is most of `bytes`. Other bytes do not encode a key. They
/// surround a value that was decoded together with its prefix.
fn printable_part(bytes: &[u8]) -> &[u8] {
    let is_unprintable = |byte: &u8| *byte != 0 && !byte.is_ascii_graphic() && !byte.is_ascii_whitespace();
    let longest = bytes.split(is_unprintable).max_by_key(|run| run.len()).unwrap_or_default();
    if longest.len() * 2 > bytes.len() { longest } else { &[] }
}

fn looks_like_key(bytes: &[u8]) -> bool {
    // The binary form of an SSH key contains its name, too; in base64 the name follows its length. A JWK contains its
    // only required member (RFC 7517 §4.1), in JSON or in the repr of a Python dict.
    const KEY_MARKERS: [&[u8]; 15] = [
        b"ssh-rsa",
        b"ssh-dss",
        b"ssh-ed25519",
        b"ecdsa-sha2-",
        b"AAAAB3NzaC1yc2E",
        b"AAAAB3NzaC1kc3M",
        b"AAAAC3NzaC1lZDI1NTE5",
        b"AAAAE2VjZHNhLXNoYTIt",
        b"---- BEGIN SSH2",
        b"PuTTY-User-Key-File",
        b"openssh-key-v1",
        b"\"kty\"",
        b"'kty'",
        b"RSAKeyValue>",
        b"RSAKeyValue&gt;",
    ];
    let is_der = |der| is_public_der(der) || is_private_der(der);
    is_pem(bytes)
        || first_der_value(bytes).is_some_and(is_der)
        || embedded_der_values(bytes).any(is_der)
        || KEY_MARKERS.iter().any(|marker| contains(bytes, marker))
        || has_unquoted_kty(bytes)
}

/// Returns true if `text` contains the member `kty` of an asymmetric JWK in another notation than JSON: YAML, TOML, XML, a
/// literal of JavaScript, the arguments of a function, or a form.
fn has_unquoted_kty(text: &[u8]) -> bool {
    const NAME: &[u8] = b"kty";
    const KEY_TYPES: [&[u8]; 3] = [b"RSA", b"EC", b"OKP"];
    memchr::memmem::find_iter(text, NAME).any(|start| {
        let separator = text.get(start + NAME.len()..).unwrap_or_default().trim_ascii_start();
        let [b':' | b'=' | b'>', value @ ..] = separator else { return false };
        let value = value.trim_ascii_start();
        let value = value.strip_prefix(b"\"").or_else(|| value.strip_prefix(b"'")).unwrap_or(value);
        KEY_TYPES.iter().any(|key_type| value.starts_with(key_type))
    })
}

/// Returns true if `text` contains the words of a PEM boundary, with any characters or none between them.
fn has_armour(text: &[u8]) -> bool {
    const BEGIN: &[u8] = b"BEGIN";
    const KINDS: [&[u8]; 7] = [b"RSA", b"EC", b"DSA", b"OPENSSH", b"ENCRYPTED", b"X", b"TRUSTED"];
    const LABELS: [&[u8]; 3] = [b"PUBLICKEY", b"PRIVATEKEY", b"CERTIFICATE"];
    let letters: Vec<u8> = text.iter().filter(|byte| byte.is_ascii_alphabetic()).map(u8::to_ascii_uppercase).collect();
    letters.windows(BEGIN.len()).zip(BEGIN.len()..).any(|(window, end)| {
        let label = letters.get(end..).filter(|_| window == BEGIN).unwrap_or_default();
        let label = KINDS.iter().find_map(|kind| label.strip_prefix(*kind)).unwrap_or(label);
        LABELS.iter().any(|name| label.starts_with(name))
    })
}

/// Returns the values in `bytes`, at any position, that may be a key in DER: a sequence of a sequence or an integer.
fn embedded_der_values(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    const SEQUENCE: u8 = 0x30;
    const INTEGER: u8 = 0x02;
    let starts = bytes.iter().enumerate().filter(|(_, byte)| **byte == SEQUENCE);
    let values = starts.filter_map(|(start, _)| first_der_value(bytes.get(start..)?));
    values.filter(|value| {
        let content = AnyRef::from_der(value).ok().and_then(|sequence| sequence.value().first().copied());
        value.len() >= MIN_EMBEDDED_DER_BYTES && matches!(content, Some(SEQUENCE | INTEGER))
    })
}

/// Returns the DER value at the beginning of `bytes`. An editor may have appended a line feed, which cannot be
/// distinguished from the last byte of a key.
fn first_der_value(bytes: &[u8]) -> Option<&[u8]> {
    SliceReader::new(bytes).ok()?.tlv_bytes().ok()
}

fn contains(bytes: &[u8], marker: &[u8]) -> bool {
    bytes.windows(marker.len()).any(|window| window == marker)
}

/// Returns the text of `secret` as an editor shows it: without byte order mark, the zero bytes of UTF-16, and
/// surrounding white space.
fn strip_text_encoding(secret: &[u8]) -> Vec<u8> {
    const BYTE_ORDER_MARKS: [&[u8]; 3] = [b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"];
    let unmarked = BYTE_ORDER_MARKS.iter().find_map(|mark| secret.strip_prefix(*mark)).unwrap_or(secret);
    let text: Vec<u8> = unmarked.iter().copied().filter(|byte| *byte != 0).collect();
    text.trim_ascii().to_vec()
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
    use aws_lc_rs::rsa::{KeyPair, KeySize};

    use super::{
        MIN_EMBEDDED_DER_BYTES, contains_key, embedded_der_values, fitting_label, has_armour, is_asymmetric_key,
        is_private_der, looks_like_key, printable_part, strip_text_encoding,
    };
    use crate::encoding::base64url;
    use crate::keys::asymmetric_key::{AsymmetricKey, KeyFormat};

    /// The public key of Ed25519 in SPKI.
    const PUBLIC_KEY: &str = "MCowBQYDK2VwAyEAA6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg";
    /// A certificate with this key.
    const CERTIFICATE: &str = "MIHDMHegAwIBAgIBATAFBgMrZXAwDDEKMAgGA1UEAwwBYTAeFw0yNjAxMDEwMDAwMDBaFw0zNjAxMDEwMDAwMDBa\
                               MAwxCjAIBgNVBAMMAWEwKjAFBgMrZXADIQADoQe_884Qvh1w3RjnS8CZZ-TWMJulDV8d3IZkElUxuDAFBgMrZXAD\
                               QQAQMx0iHRxehmLe2GkeEWthVKpLAKvmH2YcZIumcLmad2y21X2QljpfSnTkueqhDIGxL63CWfypJ89411pgLYAM";

    fn decode(text: &str) -> Vec<u8> {
        base64url::decode(text.as_bytes()).unwrap()
    }

    /// Returns the DER of a sequence of `content`.
    fn sequence(content: &[u8]) -> Vec<u8> {
        [&[0x30, u8::try_from(content.len()).unwrap()], content].concat()
    }

    #[test]
    fn private_key_in_der_is_a_version_and_two_parts_or_more() {
        for (content, expected) in [
            (&b"\x02\x01\x00\x02\x01\x05\x02\x01\x05"[..], true),
            (b"\x02\x01\x01\x04\x01\x05\xa0\x00", true),
            (b"\x02\x01\x00\x02\x01\x05", false),
            (b"\x02\x01\x02\x02\x01\x05\x02\x01\x05", false),
            (b"\x04\x01\x00\x02\x01\x05\x02\x01\x05", false),
        ] {
            assert_eq!(is_private_der(&sequence(content)), expected, "{content:?}");
        }
    }

    #[test]
    fn label_is_that_of_the_format() {
        let pkcs8: Pkcs8V1Der<'_> = KeyPair::generate(KeySize::Rsa2048).unwrap().as_der().unwrap();
        let rsa = AsymmetricKey::from_der(pkcs8.as_ref()).unwrap();
        let ec = br#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}"#;
        let ec = AsymmetricKey::from_jwk(ec).unwrap();
        let export = |key: &AsymmetricKey, format| key.to_der(format).unwrap().to_vec();
        for (der, label) in [
            (export(&rsa, KeyFormat::Pkcs8), Some("PRIVATE KEY")),
            (export(&ec, KeyFormat::Pkcs8), Some("PRIVATE KEY")),
            (export(&rsa, KeyFormat::Traditional), Some("RSA PRIVATE KEY")),
            (export(&ec, KeyFormat::Traditional), Some("EC PRIVATE KEY")),
            (export(&rsa.public_key(), KeyFormat::Pkcs8), Some("PUBLIC KEY")),
            (decode(PUBLIC_KEY), Some("PUBLIC KEY")),
            (export(&rsa.public_key(), KeyFormat::Traditional), Some("RSA PUBLIC KEY")),
            (decode(CERTIFICATE), Some("CERTIFICATE")),
            (b"\x30\x00".to_vec(), None),
        ] {
            assert_eq!(fitting_label(&der), label, "{der:x?}");
        }
    }

    #[test]
    fn key_is_found_below_three_encodings() {
        let encode = |text: &[u8]| base64url::encode(text).into_bytes();
        let once = encode(br#"{"kty":"OKP","crv":"Ed25519"}"#);
        let thrice = encode(&encode(&once));
        assert!([&once, &thrice].iter().all(|text| is_asymmetric_key(text)));
        assert!(contains_key(&thrice, 3) && !contains_key(&thrice, 2) && !contains_key(&once, 0));
        let wide: Vec<u8> = br#"{"kty":"OKP"}"#.iter().flat_map(|byte| [*byte, 0]).collect();
        assert!(!looks_like_key(&wide) && contains_key(&wide, 0), "UTF-16");
        assert!(!is_asymmetric_key(b"correct horse battery staple, thirty-two bytes or more"));
    }

    #[test]
    fn printable_part_is_most_of_the_bytes_or_nothing() {
        for (bytes, expected) in [
            (&b"text alone"[..], &b"text alone"[..]),
            (b"\x01ab\0c d\n\x01\xff", b"ab\0c d\n"),
            (b"a\x01longest\x02b", b"longest"),
            (b"abc\x01\x01", b"abc"),
            (b"ab\x01\x01", b""),
            (b"a\x01\x01", b""),
            (b"", b""),
        ] {
            assert_eq!(printable_part(bytes), expected, "{bytes:?}");
        }
    }

    #[test]
    fn each_sign_of_a_key_is_enough() {
        let small = sequence(b"\x02\x01\x00\x02\x01\x05\x02\x01\x05");
        for bytes in [b"-----BEGIN", &small[..], &[b"\0", &decode(PUBLIC_KEY)[..]].concat(), b"ssh-dss", b"'kty'"] {
            assert!(looks_like_key(bytes), "{bytes:?}");
        }
        for bytes in [b"----BEGIN", &[b"\0", &small[..]].concat()[..], b"ssh-dsa", b"kty"] {
            assert!(!looks_like_key(bytes), "{bytes:?}");
        }
    }

    #[test]
    fn member_kty_is_found_in_each_notation() {
        for text in
            ["{kty: RSA, n: a}", "kty:EC\n", "kty = \"OKP\"", "dict(kty='EC')", "e=AQAB&kty=RSA", "<kty>EC</kty>"]
        {
            assert!(looks_like_key(text.as_bytes()), "{text}");
        }
        for text in ["kty", "kty:", "kty: oct", "kty RSA", "kt: RSA", "kty=\"\"RSA", "kty-RSA", "RSA=kty", "kTy=EC"] {
            assert!(!looks_like_key(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn armour_is_found_without_its_dashes_and_spaces() {
        for text in ["BEGIN PUBLIC KEY", "begin_rsa_private_key", "aBEGINCERTIFICATE", "BEGIN OPENSSH PRIVATE KEY"] {
            assert!(has_armour(text.as_bytes()), "{text}");
        }
        for text in ["PUBLIC KEY", "BEGIN", "BEGIN A PUBLIC KEY", "BEGIN PUBLIC", "END PUBLIC KEY", ""] {
            assert!(!has_armour(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn embedded_value_is_a_long_sequence_of_a_sequence_or_an_integer() {
        let value = |first: u8, bytes: usize| {
            let content = bytes - 4;
            sequence(&[&[first, u8::try_from(content).unwrap()], &vec![0x30; content][..]].concat())
        };
        let count = |value: &[u8]| embedded_der_values(&[b"\x01\x02", value, b"\x30"].concat()).count();
        for first in [0x30, 0x02] {
            assert_eq!(count(&value(first, MIN_EMBEDDED_DER_BYTES)), 1);
            assert_eq!(count(&value(first, MIN_EMBEDDED_DER_BYTES - 1)), 0);
        }
        assert_eq!(count(&value(0x04, MIN_EMBEDDED_DER_BYTES)), 0);
        let key = decode(PUBLIC_KEY);
        let text = [b"key: ", &key[..], b"\n"].concat();
        assert_eq!(embedded_der_values(&text).collect::<Vec<_>>(), [key]);
    }

    #[test]
    fn text_is_without_mark_zero_bytes_and_surrounding_white_space() {
        for (secret, expected) in [
            (&b"\xef\xbb\xbf a b\n"[..], &b"a b"[..]),
            (b"\xff\xfea\0b\0", b"ab"),
            (b"\xfe\xff\0a\0b", b"ab"),
            (b"ab", b"ab"),
        ] {
            assert_eq!(strip_text_encoding(secret), expected, "{secret:?}");
        }
    }
}
