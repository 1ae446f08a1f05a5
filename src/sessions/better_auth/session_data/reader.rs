//! The strategies of `session_data`, and the reader of one of them.

use super::payload::{SessionDataError, SessionPayload};
use super::{compact, jwe, jwt};
use crate::sessions::better_auth::mac_keys::MacKeys;
use crate::transport::cookies::MAX_COOKIE_BYTES;

/// The form of `session_data`: Better Auth's option `session.cookieCache.strategy`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strategy {
    /// Base64url of JSON with an HMAC. Better Auth's default.
    Compact,
    /// A JWS with HS256 under the secret.
    Jwt,
    /// A JWE whose key is derived from the secret.
    Jwe,
    /// A JWS with a key of Better Auth's JWK Set: `jwt` together with `jwt({sessionCookieCache: true})`.
    Jwks,
}

impl Strategy {
    /// Returns true if the secret is needed to read the cookie.
    #[must_use]
    pub fn needs_secret(self) -> bool {
        self != Self::Jwks
    }

    /// Returns true if a value with this number of segments has the form of the strategy.
    fn has_segments(self, segments: usize) -> bool {
        match self {
            Self::Compact => segments == 1,
            Self::Jwt | Self::Jwks => segments == 3,
            Self::Jwe => segments == 5,
        }
    }
}

/// Reads `session_data` of one strategy.
pub(in crate::sessions::better_auth) struct SessionDataReader {
    pub strategy: Strategy,
    pub encryption_keys: jwe::EncryptionKeys,
    pub version: Option<String>,
}

impl SessionDataReader {
    /// Checks that `value` has the form of the strategy.
    ///
    /// # Errors
    /// [`SessionDataError::OtherStrategy`], or [`SessionDataError::Malformed`] for a value that no strategy writes.
    pub fn check_form(&self, value: &[u8]) -> Result<(), SessionDataError> {
        let segments = memchr::memchr_iter(b'.', value).count() + 1;
        if value.len() <= MAX_COOKIE_BYTES && self.strategy.has_segments(segments) {
            return if self.strategy == Strategy::Jwks { jwt::check_is_asymmetric(value) } else { Ok(()) };
        }
        let is_of_another = matches!(segments, 1 | 3 | 5) && value.len() <= MAX_COOKIE_BYTES;
        Err(if is_of_another { SessionDataError::OtherStrategy } else { SessionDataError::Malformed })
    }

    /// Returns the session in `value` if it is valid at `now`, in seconds since the epoch, and belongs to `session_token`.
    ///
    /// # Errors
    /// [`SessionDataError`].
    pub fn read(
        &self,
        value: &[u8],
        mac_keys: &MacKeys,
        session_token: &str,
        now: f64,
    ) -> Result<SessionPayload, SessionDataError> {
        self.check_form(value)?;
        let payload = match self.strategy {
            Strategy::Compact => compact::read(value, mac_keys, now)?,
            Strategy::Jwt => jwt::read(value, mac_keys, now)?,
            Strategy::Jwe => jwe::read(value, &self.encryption_keys, now)?,
            Strategy::Jwks => return Err(SessionDataError::OtherStrategy),
        };
        payload.check_version(self.version.as_deref())?;
        payload.check_binding(session_token)?;
        Ok(payload)
    }
}

#[cfg(test)]
mod tests {
    use jiter::JsonValue;

    use super::{SessionDataError, SessionDataReader, SessionPayload, Strategy};
    use crate::algorithms::Algorithm;
    use crate::encoding::{base64url, json};
    use crate::jws::sign::sign_token;
    use crate::keys::mac_key;
    use crate::sessions::better_auth::mac_keys::MacKeys;
    use crate::sessions::better_auth::session_data::jwe::{self, EncryptionKeys};
    use crate::sessions::better_auth::session_data::recorded::{
        COMPACT, COMPACT_TOKEN, EMAIL_VERIFICATION, JWE, JWE_TOKEN, JWKS, JWT, JWT_TOKEN, RECORDED_AT, SECRET,
    };

    const OTHER_SECRET: &str = "another-secret-of-at-least-thirty-two-bytes";
    const RECORDED: [(Strategy, &str, &str); 3] =
        [(Strategy::Compact, COMPACT, COMPACT_TOKEN), (Strategy::Jwt, JWT, JWT_TOKEN), (Strategy::Jwe, JWE, JWE_TOKEN)];

    type Read = Result<SessionPayload, SessionDataError>;

    /// Returns a function that reads values under `secrets`, for tokens with or without their signature.
    fn reader(strategy: Strategy, secrets: &[&str], version: Option<&str>) -> impl Fn(&str, &str, f64) -> Read {
        let (mac_keys, encryption_keys) = (MacKeys::new(secrets).unwrap(), EncryptionKeys::new(secrets, &[]).unwrap());
        let reader = SessionDataReader { strategy, encryption_keys, version: version.map(str::to_owned) };
        move |value, token, now| reader.read(value.as_bytes(), &mac_keys, token.split('.').next().unwrap(), now)
    }

    fn read_with(strategy: Strategy, value: &str, token: &str, secrets: &[&str], now: f64) -> Read {
        reader(strategy, secrets, Some("1"))(value, token, now)
    }

    fn read(strategy: Strategy, value: &str, token: &str) -> Read {
        read_with(strategy, value, token, &[SECRET], RECORDED_AT)
    }

    fn member<'p>(object: &'p JsonValue<'_>, name: &str) -> &'p str {
        match object {
            JsonValue::Object(members) => match json::get(members, name) {
                Some(JsonValue::Str(text)) => text,
                other => panic!("{name}: {other:?}"),
            },
            other => panic!("{other:?}"),
        }
    }

    fn sign_compact(payload: &str, expires_at: &str) -> String {
        let signed = format!("{},\"expiresAt\":{expires_at}}}", payload.strip_suffix('}').unwrap());
        let mac = mac_key(Algorithm::HS256, SECRET.as_bytes()).unwrap().sign(signed.as_bytes());
        let signature = base64url::encode(&mac);
        let text = format!("{{\"session\":{payload},\"expiresAt\":{expires_at},\"signature\":\"{signature}\"}}");
        base64url::encode(text.as_bytes())
    }

    fn sign_jwt(header: &str, payload: &str) -> String {
        sign_token(header.as_bytes(), payload.as_bytes(), SECRET.as_bytes(), Algorithm::HS256).unwrap()
    }

    /// Returns the session `t` with further members in each strategy.
    fn mint(further: &str) -> [(Strategy, String); 3] {
        let payload = format!("{{\"session\":{{\"token\":\"t\"}},\"user\":{{\"id\":\"u\"}}{further}}}");
        let claims = format!("{},\"iat\":1795801000,\"exp\":1795802000}}", payload.strip_suffix('}').unwrap());
        [
            (Strategy::Compact, sign_compact(&payload, "1795802000000")),
            (Strategy::Jwt, sign_jwt("{\"alg\":\"HS256\"}", &claims)),
            (Strategy::Jwe, jwe::encrypt(claims.as_bytes(), SECRET).unwrap()),
        ]
    }

    #[test]
    fn reads_what_better_auth_has_written() {
        for (strategy, value, token) in RECORDED {
            let payload = read(strategy, value, token).unwrap();
            assert_eq!(member(&payload.user, "name"), "Ada Lovelace \u{e9}\u{2603}", "{strategy:?}");
            assert_eq!(member(&payload.session, "userId"), member(&payload.user, "id"));
            assert_eq!(member(&payload.session, "token"), token.split('.').next().unwrap());
        }
    }

    #[test]
    fn secret_must_be_known() {
        for (strategy, value, token) in RECORDED {
            let failure = read_with(strategy, value, token, &[OTHER_SECRET], RECORDED_AT).err();
            let expected =
                if strategy == Strategy::Jwe { "unknown_session_data_key" } else { "session_data_bad_signature" };
            assert_eq!(failure.map(SessionDataError::code), Some(expected));
            assert!(read_with(strategy, value, token, &[OTHER_SECRET, SECRET], RECORDED_AT).is_ok());
        }
    }

    #[test]
    fn session_must_be_that_of_the_session_token() {
        for (strategy, value, token) in RECORDED {
            for other in ["", "t", &token[1..], &token.to_lowercase()] {
                assert_eq!(read(strategy, value, other).err(), Some(SessionDataError::Unbound), "{strategy:?} {other}");
            }
        }
    }

    #[test]
    fn every_cut_and_every_changed_character_is_rejected() {
        for (strategy, value, token) in RECORDED {
            let read = reader(strategy, &[SECRET], Some("1"));
            for end in 0..value.len() {
                assert!(read(&value[..end], token, RECORDED_AT).is_err(), "{strategy:?} {end}");
            }
            for index in 0..value.len() {
                let mut changed = value.as_bytes().to_vec();
                changed[index] = if changed[index] == b'A' { b'B' } else { b'A' };
                let changed = String::from_utf8(changed).unwrap();
                assert!(read(&changed, token, RECORDED_AT).is_err(), "{strategy:?} {index}");
            }
        }
    }

    #[test]
    fn value_of_another_strategy_is_named_so() {
        for (own, ..) in RECORDED {
            for (other, value, token) in RECORDED {
                let expected = (own != other).then_some(SessionDataError::OtherStrategy);
                assert_eq!(read(own, value, token).err(), expected, "{own:?} {other:?}");
            }
            assert_eq!(read(own, JWKS, "t").err(), Some(SessionDataError::OtherStrategy), "{own:?}");
        }
        let form = |value: &str| {
            let encryption_keys = EncryptionKeys::new::<&str>(&[], &[]).unwrap();
            let reader = SessionDataReader { strategy: Strategy::Jwks, encryption_keys, version: None };
            reader.check_form(value.as_bytes()).err()
        };
        assert_eq!(form(JWKS), None);
        for value in [COMPACT, JWT, JWE] {
            assert_eq!(form(value), Some(SessionDataError::OtherStrategy));
        }
        assert_eq!(form("a.b.c"), Some(SessionDataError::Malformed));
    }

    #[test]
    fn email_verification_token_is_not_a_session() {
        assert_eq!(read(Strategy::Jwt, EMAIL_VERIFICATION, "t").err(), Some(SessionDataError::Malformed));
    }

    #[test]
    fn validity_ends() {
        // The cookies were written 5 seconds before, for 300 seconds.
        for (strategy, value, token) in RECORDED {
            let code = |seconds: f64| {
                let failure = read_with(strategy, value, token, &[SECRET], RECORDED_AT + seconds).err();
                failure.map(SessionDataError::code)
            };
            assert_eq!((code(0.0), code(294.0)), (None, None), "{strategy:?}");
            assert_eq!(code(297.0), Some("session_data_expired"), "{strategy:?}");
            assert_eq!(code(f64::INFINITY), Some("session_data_expired"));
        }
    }

    #[test]
    fn version_is_compared_unless_it_is_none() {
        for (further, version, is_accepted) in [
            ("", "1", true),
            (",\"version\":\"\"", "1", true),
            (",\"version\":null", "1", true),
            (",\"version\":\"1\"", "1", true),
            (",\"version\":\"v2\"", "v2", true),
            (",\"version\":\"v2\"", "1", false),
            (",\"version\":\"1 \"", "1", false),
            ("", "v2", false),
        ] {
            for (strategy, value) in mint(further) {
                let read = |version| reader(strategy, &[SECRET], version)(&value, "t", RECORDED_AT).err();
                let expected = (!is_accepted).then_some(SessionDataError::OtherVersion);
                assert_eq!((read(Some(version)), read(None)), (expected, None), "{strategy:?} {further}");
            }
        }
    }

    #[test]
    fn ambiguous_and_incomplete_payloads_are_malformed() {
        for further in [
            ",\"user\":{\"id\":\"v\"}",
            ",\"x\":{\"a\":1,\"a\":2}",
            ",\"x\":1e400",
            ",\"x\":NaN",
            ",\"x\":\"\\ud800\"",
            ",\"version\":1",
            ",",
        ] {
            for (strategy, value) in mint(further) {
                assert_eq!(
                    read(strategy, &value, "t").err(),
                    Some(SessionDataError::Malformed),
                    "{strategy:?} {further}"
                );
            }
        }
        for payload in [
            "{}",
            "[]",
            "{\"session\":{\"token\":\"t\"}}",
            "{\"user\":{\"id\":\"u\"}}",
            "{\"session\":[],\"user\":{}}",
            "{\"session\":{},\"user\":{}}",
            "{\"session\":{\"token\":1},\"user\":{}}",
            "{\"session\":{\"token\":\"t\"},\"user\":null}",
        ] {
            let compact = payload.strip_suffix('}').map(|_| sign_compact(payload, "1795802000000"));
            let claims = payload.replacen('{', "{\"iat\":1795801000,\"exp\":1795802000,", 1).replace(",}", "}");
            let jwe = jwe::encrypt(claims.as_bytes(), SECRET).unwrap();
            let jwt = sign_jwt("{\"alg\":\"HS256\"}", &claims);
            let values = [(Strategy::Jwt, Some(jwt)), (Strategy::Jwe, Some(jwe)), (Strategy::Compact, compact)];
            for (strategy, value) in values.into_iter().filter_map(|(strategy, value)| Some((strategy, value?))) {
                assert_eq!(
                    read(strategy, &value, "t").err(),
                    Some(SessionDataError::Malformed),
                    "{strategy:?} {payload}"
                );
            }
        }
    }

    #[test]
    fn claims_of_another_token_are_malformed() {
        let session = "\"session\":{\"token\":\"t\"},\"user\":{}";
        for claims in [
            "\"iat\":1",
            "\"exp\":1795802000",
            "\"iat\":1,\"exp\":\"1795802000\"",
            "\"iat\":\"1\",\"exp\":1795802000",
            "\"iat\":1,\"exp\":1795802000,\"aud\":\"better-auth:session-cache\"",
            "\"iat\":1,\"exp\":1795802000,\"nbf\":1795802000",
        ] {
            let payload = format!("{{{session},{claims}}}");
            let jwt = sign_jwt("{\"alg\":\"HS256\"}", &payload);
            assert_eq!(read(Strategy::Jwt, &jwt, "t").err(), Some(SessionDataError::Malformed), "{claims}");
            let jwe = jwe::encrypt(payload.as_bytes(), SECRET).unwrap();
            assert_eq!(read(Strategy::Jwe, &jwe, "t").err(), Some(SessionDataError::Malformed), "{claims}");
        }
    }

    #[test]
    fn jwt_must_have_the_header_of_better_auth() {
        let payload = "{\"session\":{\"token\":\"t\"},\"user\":{},\"iat\":1,\"exp\":1795802000}";
        assert!(read(Strategy::Jwt, &sign_jwt("{\"alg\":\"HS256\"}", payload), "t").is_ok());
        for header in [
            "{\"alg\":\"HS256\",\"typ\":\"JWT\"}",
            "{\"alg\":\"HS256\",\"kid\":\"k\"}",
            "{\"alg\":\"HS512\"}",
            "{\"alg\":\"none\"}",
            "{\"alg\": \"HS256\"}",
        ] {
            let jwt = sign_jwt(header, payload);
            assert_eq!(read(Strategy::Jwt, &jwt, "t").err(), Some(SessionDataError::Malformed), "{header}");
        }
    }

    #[test]
    fn compact_text_must_have_the_form_of_better_auth() {
        let payload = "{\"session\":{\"token\":\"t\"},\"user\":{}}";
        let text =
            String::from_utf8(base64url::decode(sign_compact(payload, "1795802000000").as_bytes()).unwrap()).unwrap();
        assert!(read(Strategy::Compact, &base64url::encode(text.as_bytes()), "t").is_ok());
        for (from, to) in [
            ("{\"session\":", "{ \"session\":"),
            ("{\"session\":", "{\"x\":1,\"session\":"),
            (",\"signature\":", ", \"signature\":"),
            ("\"}", "\",\"x\":1}"),
            (",\"expiresAt\":", ",\"expiresat\":"),
            ("1795802000000", "1795802000000.0"),
            ("1795802000000", "-1795802000000"),
            ("1795802000000", ""),
        ] {
            let changed = base64url::encode(text.replacen(from, to, 1).as_bytes());
            let failure = read(Strategy::Compact, &changed, "t").err();
            let is_rejected = matches!(failure, Some(SessionDataError::Malformed | SessionDataError::BadSignature));
            assert!(is_rejected, "{from} {to}");
        }
        for (from, to) in [("1795802000000", "1795802000001"), ("\"t\"", "\"u\""), ("{}}", "{}}}"), ("{}}", "{}")] {
            let changed = base64url::encode(text.replacen(from, to, 1).as_bytes());
            let failure = read(Strategy::Compact, &changed, "t").err();
            let is_rejected = matches!(failure, Some(SessionDataError::Malformed | SessionDataError::BadSignature));
            assert!(is_rejected, "{from} {to}");
        }
        for signature in ["A".repeat(42), "A".repeat(43), "A".repeat(44), "!".repeat(43), String::new()] {
            let changed =
                format!("{{\"session\":{payload},\"expiresAt\":1795802000000,\"signature\":\"{signature}\"}}");
            assert!(read(Strategy::Compact, &base64url::encode(changed.as_bytes()), "t").is_err());
        }
        // The signed text is the same, but the payload is not an object.
        let cut = text.replacen("{}},", "{},", 1);
        assert!(read(Strategy::Compact, &base64url::encode(cut.as_bytes()), "t").is_err());
    }

    #[test]
    fn jwe_key_is_chosen_by_its_thumbprint() {
        let encrypt = |header: &str| {
            use crate::jwe::{ContentEncryption, EncryptionInputs, encrypt_with};
            let key = jwe::derive_key(SECRET).unwrap();
            let inputs = EncryptionInputs { cek: &key.bytes, encrypted_key: b"", iv: &[7; 16] };
            let payload = b"{\"session\":{\"token\":\"t\"},\"user\":{},\"iat\":1,\"exp\":1795802000}";
            encrypt_with(payload, inputs, ContentEncryption::A256CbcHs512, None, header.as_bytes()).unwrap()
        };
        let code = |header: &str, secrets: &[&str]| {
            let failure = read_with(Strategy::Jwe, &encrypt(header), "t", secrets, RECORDED_AT).err();
            failure.map(SessionDataError::code)
        };
        let base = "\"alg\":\"dir\",\"enc\":\"A256CBC-HS512\"";
        assert_eq!(code(&format!("{{{base}}}"), &[OTHER_SECRET, SECRET]), None);
        assert_eq!(code(&format!("{{{base}}}"), &[OTHER_SECRET]), Some("session_data_bad_signature"));
        let other = jwe::derive_key(OTHER_SECRET).unwrap().kid;
        assert_eq!(code(&format!("{{{base},\"kid\":\"{other}\"}}"), &[SECRET]), Some("unknown_session_data_key"));
        let with_other = code(&format!("{{{base},\"kid\":\"{other}\"}}"), &[SECRET, OTHER_SECRET]);
        assert_eq!(with_other, Some("session_data_bad_signature"));
        for further in ["\"kid\":1", "\"kid\":null", "\"kid\":[]"] {
            assert_eq!(code(&format!("{{{base},{further}}}"), &[SECRET]), Some("session_data_malformed"), "{further}");
        }
        let long = format!("{{{base},\"x\":\"{}\"}}", "A".repeat(1_024));
        assert_eq!(code(&long, &[SECRET]), Some("session_data_malformed"));
        assert_eq!(read(Strategy::Jwe, "....", "t").err(), Some(SessionDataError::Malformed));
    }

    #[test]
    fn other_numbers_of_segments_are_malformed() {
        for value in [".", "a.b", "a.b.c.d", "a.b.c.d.e.f", &".".repeat(60_000), &"A".repeat(70_000)] {
            for (strategy, ..) in RECORDED {
                assert_eq!(read(strategy, value, "t").err(), Some(SessionDataError::Malformed));
            }
        }
    }

    #[test]
    fn compact_is_read_in_the_millisecond_in_which_it_expires() {
        let value = sign_compact("{\"session\":{\"token\":\"t\"},\"user\":{}}", "1795802000000");
        let read = |now| read_with(Strategy::Compact, &value, "t", &[SECRET], now);
        assert!(read(1_795_802_000.0).is_ok());
        assert_eq!(read(1_795_802_000.5).err(), Some(SessionDataError::Expired));
    }
}
