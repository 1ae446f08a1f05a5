//! A slow verifier of compact tokens (RFC 7515 §5.2), whose only shortcut is aws-lc-rs for signatures.

use fastjose::VerifierOptions;
use fastjose::jws::compact::Padding;

use super::json::{self, Failure, Json};
use super::{base64url, claims};
use crate::keys::REFERENCE_KEYS;

const ALGORITHMS: [&str; 14] = [
    "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512",
    "EdDSA", "ES256K",
];

/// The limit of keys that a signature is tried with.
const MAX_CANDIDATES: usize = 8;

/// The verdict about a token.
pub enum Verdict {
    Accepted { claims: Json },
    Rejected,
    Undecided,
}

/// A header that was accepted.
pub struct Header {
    pub json: Json,
    pub algorithm: &'static str,
    pub kid: Option<String>,
    pub typ: Option<String>,
}

/// Verifies `token` with the keys of the targets.
#[must_use]
pub fn verify(token: &[u8], options: &VerifierOptions, now: f64) -> Verdict {
    match try_verify(token, options, now) {
        Ok(claims) => Verdict::Accepted { claims },
        Err(Failure::Invalid) => Verdict::Rejected,
        Err(Failure::Undecided) => Verdict::Undecided,
    }
}

fn try_verify(token: &[u8], options: &VerifierOptions, now: f64) -> Result<Json, Failure> {
    let parts: Vec<_> = token.split(|byte| *byte == b'.').collect();
    let [header, payload, signature] = parts.as_slice() else { return Err(Failure::Invalid) };
    if token.len() > options.max_token_bytes || header.len() > options.max_header_bytes {
        return Err(Failure::Invalid);
    }
    let decode = |text: &[u8]| match options.padding {
        Padding::Rejected => base64url::decode(text).ok_or(Failure::Invalid),
        Padding::Allowed => base64url::decode_padded(text).ok_or(Failure::Invalid),
    };
    let message = &token[..header.len() + 1 + payload.len()];
    let (header, payload, signature) = (decode(header)?, decode(payload)?, decode(signature)?);
    let header = read_header(&header)?;
    if !is_signed(&header, message, &signature) || !is_expected_header(&header, options) {
        return Err(Failure::Invalid);
    }
    let payload = json::parse(&payload)?;
    if claims::is_valid(&payload, &options.policy, now) { Ok(payload) } else { Err(Failure::Invalid) }
}

/// Reads a decoded header.
///
/// # Errors
/// [`Failure`].
pub fn read_header(text: &[u8]) -> Result<Header, Failure> {
    if !is_bounded(text) {
        return Err(Failure::Invalid);
    }
    let json = json::parse(text)?;
    let Json::Object(_) = json else { return Err(Failure::Invalid) };
    if json.get("crit").is_some() || !matches!(json.get("b64"), None | Some(Json::Bool(true))) {
        return Err(Failure::Invalid);
    }
    let string = |name| match json.get(name) {
        None => Ok(None),
        Some(Json::Str(text)) => Ok(Some(text.clone())),
        Some(_) => Err(Failure::Invalid),
    };
    let (alg, kid, typ) = (string("alg")?.ok_or(Failure::Invalid)?, string("kid")?, string("typ")?);
    let alg = if alg == "Ed25519" { "EdDSA" } else { &alg };
    let algorithm = ALGORITHMS.into_iter().find(|name| *name == alg).ok_or(Failure::Invalid)?;
    Ok(Header { json, algorithm, kid, typ })
}

/// The bounds of `src/jws/header_structure.rs`.
fn is_bounded(text: &[u8]) -> bool {
    let count = |bytes: &[u8]| text.iter().filter(|byte| bytes.contains(byte)).count();
    let has_many_digits = text.chunks_exact(256).any(|block| block.iter().all(u8::is_ascii_digit));
    count(b"[{") <= 8 && count(b",") <= 20 && count(b"\\") <= 200 && !has_many_digits
}

fn is_signed(header: &Header, message: &[u8], signature: &[u8]) -> bool {
    let all = || REFERENCE_KEYS.iter().filter(|key| key.algorithms.contains(&header.algorithm));
    let named = || all().filter(|key| key.kid == header.kid);
    let is_known = header.kid.is_some() && REFERENCE_KEYS.iter().any(|key| key.kid == header.kid);
    let candidates: Vec<_> = match &header.kid {
        None => all().collect(),
        Some(_) if is_known => named().collect(),
        Some(_) => all().filter(|key| key.kid.is_none()).collect(),
    };
    candidates.iter().take(MAX_CANDIDATES).any(|key| key.verify(header.algorithm, message, signature))
}

fn is_expected_header(header: &Header, options: &VerifierOptions) -> bool {
    let short = |typ: &str| {
        let lower = typ.to_ascii_lowercase();
        lower.strip_prefix("application/").map_or(lower.clone(), str::to_owned)
    };
    let typ = header.typ.as_deref().map_or("jwt".to_owned(), short);
    let has_type = options.types.is_empty() || options.types.iter().any(|expected| short(expected) == typ);
    has_type && options.header.iter().all(|member| claims::is_expected(&header.json, member))
}
