//! Claims under python-jose's policy: what a program switches on and off, and how Python types what it compares.

use jiter::JsonValue;

use crate::encoding::json::{self, Member};
use crate::error::{Error, Result};
use crate::jwt::claims::type_errors as wrong_type;
use crate::jwt::numeric_date_seconds as seconds;

/// A claim that is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
#[expect(missing_docs, reason = "the names are the registry's own")]
pub enum Claim {
    Aud,
    Iat,
    Exp,
    Nbf,
    Iss,
    Sub,
    Jti,
    AtHash,
}

impl Claim {
    /// Each of them, in the order in which python-jose requires them.
    pub const ALL: [Self; 8] =
        [Self::Aud, Self::Iat, Self::Exp, Self::Nbf, Self::Iss, Self::Sub, Self::Jti, Self::AtHash];

    /// Its name in a claims set.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Aud => "aud",
            Self::Iat => "iat",
            Self::Exp => "exp",
            Self::Nbf => "nbf",
            Self::Iss => "iss",
            Self::Sub => "sub",
            Self::Jti => "jti",
            Self::AtHash => "at_hash",
        }
    }

    /// The claim of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "aud" => Some(Self::Aud),
            "iat" => Some(Self::Iat),
            "exp" => Some(Self::Exp),
            "nbf" => Some(Self::Nbf),
            "iss" => Some(Self::Iss),
            "sub" => Some(Self::Sub),
            "jti" => Some(Self::Jti),
            "at_hash" => Some(Self::AtHash),
            _ => None,
        }
    }
}

/// Which claims are checked, and which must be there.
#[derive(Debug, Clone)]
pub struct Checks {
    checked: u8,
    /// The names of claims that must be there, registered or not, in the order in which they are looked for.
    required: Vec<String>,
}

impl Default for Checks {
    fn default() -> Self {
        Self { checked: u8::MAX, required: Vec::new() }
    }
}

impl Checks {
    /// Checks `claim`, or leaves it alone.
    pub fn set(&mut self, claim: Claim, is_checked: bool) {
        let bit = 1 << claim as u8;
        self.checked = if is_checked { self.checked | bit } else { self.checked & !bit };
    }

    /// Requires the claim called `name`; one that is required is checked.
    pub fn require(&mut self, name: String) {
        if let Some(claim) = Claim::named(&name) {
            self.set(claim, true);
        }
        self.required.push(name);
    }

    fn has(&self, claim: Claim) -> bool {
        self.checked & (1 << claim as u8) != 0
    }
}

/// What the claims are held against. A program may expect anything that Python can compare, and its comparisons can fail.
pub trait Expected {
    /// How a comparison fails.
    type Failure: From<Error>;

    /// The audience that `aud` must name; asked for before any claim is judged.
    ///
    /// # Errors
    /// If what was given is no audience.
    fn audience(&self) -> Result<Option<&str>, Self::Failure>;

    /// How far the issuer's clock may be off, in seconds.
    ///
    /// # Errors
    /// If what was given is no duration.
    fn leeway_seconds(&self) -> Result<f64, Self::Failure>;

    /// Whether `iss`, if it is there, is an expected issuer.
    ///
    /// # Errors
    /// If they cannot be compared.
    fn is_issuer(&self, iss: Option<&JsonValue<'_>>) -> Result<bool, Self::Failure>;

    /// Whether `sub` is the expected subject.
    ///
    /// # Errors
    /// If they cannot be compared.
    fn is_subject(&self, sub: &str) -> Result<bool, Self::Failure>;

    /// What `at_hash` must be (`OpenID` Connect Core §3.1.3.6).
    ///
    /// # Errors
    /// [`NO_ACCESS_TOKEN`] or [`NO_AT_HASH`].
    fn at_hash(&self) -> Result<String, Self::Failure>;
}

/// There is an `at_hash`, and no access token to compare with it.
pub const NO_ACCESS_TOKEN: Error = at_hash("No access_token provided to compare against at_hash claim.");
/// There is no hash function for the token's algorithm.
pub const NO_AT_HASH: Error = at_hash("Unable to calculate at_hash to verify against token claims.");
const OTHER_ACCESS_TOKEN: Error = at_hash("at_hash claim does not match access_token.");

const fn at_hash(reason: &'static str) -> Error {
    Error::InvalidClaim { claim: "at_hash", reason }
}

/// Holds `claims` against what is `expected` at `now`, in whole seconds since the epoch.
///
/// # Errors
/// The first thing wrong, in this order: what is missing, then `iat`, `nbf`, `exp`, `aud`, `iss`, `sub`, `jti`, `at_hash`.
pub fn validate<E: Expected>(claims: &[Member<'_>], checks: &Checks, expected: &E, now: f64) -> Result<(), E::Failure> {
    require(claims, &checks.required)?;
    expected.audience()?;
    let found = found(claims);
    let mut in_order = ORDER.into_iter().filter(|claim| checks.has(*claim));
    in_order.try_for_each(|claim| check(claim, found.get(claim as usize).copied().flatten(), expected, now))
}

/// The claims that are checked, each at its place, from one pass over all. Of those of one name the last counts.
fn found<'c, 'p>(claims: &'c [Member<'p>]) -> [Option<&'c JsonValue<'p>>; Claim::ALL.len()] {
    let mut found = [None; Claim::ALL.len()];
    for (name, value) in claims {
        if let Some(place) = Claim::named(name).and_then(|claim| found.get_mut(claim as usize)) {
            *place = Some(value);
        }
    }
    found
}

const ORDER: [Claim; 8] =
    [Claim::Iat, Claim::Nbf, Claim::Exp, Claim::Aud, Claim::Iss, Claim::Sub, Claim::Jti, Claim::AtHash];

fn check<E: Expected>(claim: Claim, value: Option<&JsonValue<'_>>, expected: &E, now: f64) -> Result<(), E::Failure> {
    match (claim, value) {
        // The one that must be there if it is compared.
        (Claim::Iss, value) => issuer(value, expected),
        (_, None) => Ok(()),
        (Claim::Iat, Some(value)) => Ok(whole_seconds(value).map(drop).ok_or(wrong_type::IAT)?),
        (Claim::Nbf, Some(value)) => not_before(value, now, expected),
        (Claim::Exp, Some(value)) => expiration(value, now, expected),
        (Claim::Aud, Some(value)) => Ok(audience(value, expected.audience()?)?),
        (Claim::Sub, Some(value)) => subject(value, expected),
        (Claim::Jti, Some(value)) => Ok(string(value, wrong_type::JTI).map(drop)?),
        (Claim::AtHash, Some(value)) => access_token_hash(value, expected),
    }
}

fn require(claims: &[Member<'_>], required: &[String]) -> Result<()> {
    let missing = required.iter().find(|name| json::get_last(claims, name).is_none());
    missing.map_or(Ok(()), |name| Err(Error::MissingClaim(name.clone())))
}

fn not_before<E: Expected>(nbf: &JsonValue<'_>, now: f64, expected: &E) -> Result<(), E::Failure> {
    let start = whole_seconds(nbf).ok_or(wrong_type::NBF)?;
    if start > now + expected.leeway_seconds()? {
        return Err(Error::NotYetValid.into());
    }
    Ok(())
}

/// At `exp` itself the token is still good (RFC 7519 §4.1.4 says otherwise; programs rely on it).
fn expiration<E: Expected>(exp: &JsonValue<'_>, now: f64, expected: &E) -> Result<(), E::Failure> {
    let end = whole_seconds(exp).ok_or(wrong_type::EXP)?;
    if end < now - expected.leeway_seconds()? {
        return Err(Error::Expired.into());
    }
    Ok(())
}

fn audience(aud: &JsonValue<'_>, expected: Option<&str>) -> Result<()> {
    let names: &[JsonValue<'_>] = match aud {
        JsonValue::Array(names) => names,
        one => std::slice::from_ref(one),
    };
    let names = names.iter().map(|name| string(name, wrong_type::AUD)).collect::<Result<Vec<_>>>()?;
    if expected.is_some_and(|expected| names.contains(&expected)) { Ok(()) } else { Err(Error::WrongAudience) }
}

fn issuer<E: Expected>(iss: Option<&JsonValue<'_>>, expected: &E) -> Result<(), E::Failure> {
    if expected.is_issuer(iss)? { Ok(()) } else { Err(Error::WrongIssuer.into()) }
}

fn subject<E: Expected>(sub: &JsonValue<'_>, expected: &E) -> Result<(), E::Failure> {
    if expected.is_subject(string(sub, wrong_type::SUB)?)? { Ok(()) } else { Err(Error::WrongSubject.into()) }
}

fn access_token_hash<E: Expected>(hash: &JsonValue<'_>, expected: &E) -> Result<(), E::Failure> {
    let right = expected.at_hash()?;
    if *hash == JsonValue::Str(right.into()) { Ok(()) } else { Err(OTHER_ACCESS_TOKEN.into()) }
}

fn string<'v>(value: &'v JsonValue<'_>, wrong_type: Error) -> Result<&'v str> {
    match value {
        JsonValue::Str(text) => Ok(text),
        _ => Err(wrong_type),
    }
}

/// What Python's `int` makes of a JSON value: fractions are cut off, and text may spell a number.
fn whole_seconds(value: &JsonValue<'_>) -> Option<f64> {
    match value {
        JsonValue::Bool(is_one) => Some(f64::from(u8::from(*is_one))),
        JsonValue::Str(text) => spelled(text),
        number => seconds(number).filter(|seconds| seconds.is_finite()).map(f64::trunc),
    }
}

/// Digits, with a sign before them, white space around and single underscores within; of the digits of other scripts,
/// which `int` would take, none.
fn spelled(text: &str) -> Option<f64> {
    let trimmed = text.trim_matches(is_space_to_python);
    let digits = trimmed.strip_prefix(['+', '-']).unwrap_or(trimmed);
    let is_number = digits.split('_').all(|group| !group.is_empty() && group.bytes().all(|byte| byte.is_ascii_digit()));
    if is_number && digits.len() <= MAX_DIGITS { trimmed.replace('_', "").parse().ok() } else { None }
}

/// Python's own bound (`sys.get_int_max_str_digits`).
const MAX_DIGITS: usize = 4_300;

fn is_space_to_python(letter: char) -> bool {
    letter.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&letter)
}

#[cfg(test)]
mod tests {
    use jiter::JsonValue;

    use super::{Checks, Claim, Expected, NO_ACCESS_TOKEN, validate};
    use crate::encoding::json;
    use crate::encoding::json::expected_keys::ExpectedKeys;
    use crate::error::{Error, Result};

    /// Issuer, audience, subject, `at_hash`.
    #[derive(Default)]
    struct Wanted(Option<&'static str>, Option<&'static str>, Option<&'static str>, Option<&'static str>);

    impl Expected for Wanted {
        type Failure = Error;

        fn audience(&self) -> Result<Option<&str>> {
            Ok(self.1)
        }

        fn leeway_seconds(&self) -> Result<f64> {
            Ok(5.0)
        }

        fn is_issuer(&self, iss: Option<&JsonValue<'_>>) -> Result<bool> {
            Ok(self.0.is_none_or(|issuer| iss == Some(&JsonValue::Str(issuer.into()))))
        }

        fn is_subject(&self, sub: &str) -> Result<bool> {
            Ok(self.2.is_none_or(|subject| subject == sub))
        }

        fn at_hash(&self) -> Result<String> {
            self.3.map(str::to_owned).ok_or(NO_ACCESS_TOKEN)
        }
    }

    fn judged(payload: &str, checks: &Checks, wanted: &Wanted) -> Result<()> {
        match json::parse_object_lenient(&ExpectedKeys::new(), payload.as_bytes()) {
            Ok(claims) => validate(&claims, checks, wanted, 1_000.0),
            Err(_) => Err(Error::Malformed("no claims set")),
        }
    }

    fn text(payload: &str, wanted: &Wanted) -> String {
        judged(payload, &Checks::default(), wanted).err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn numbers_are_read_as_python_reads_them() {
        for exp in ["995", "995.9", "\"995\"", "\" +9_95\\u001f\"", "1e300", "123456789012345678901234567890"] {
            assert_eq!(text(&format!(r#"{{"exp":{exp}}}"#), &Wanted::default()), "", "{exp}");
        }
        for exp in ["994.9", "-5", "true", "\"994\"", "-123456789012345678901234567890"] {
            assert_eq!(text(&format!(r#"{{"exp":{exp}}}"#), &Wanted::default()), "Signature has expired.", "{exp}");
        }
        let long = format!("\"{}\"", "1".repeat(4_301));
        for exp in
            ["null", "[]", "{}", "NaN", "Infinity", "1e999", "\"1.5\"", "\"\"", "\"_1\"", "\"1__1\"", "\"- 1\"", &long]
        {
            let expected = "Expiration Time claim (exp) must be an integer.";
            assert_eq!(text(&format!(r#"{{"exp":{exp}}}"#), &Wanted::default()), expected, "{exp}");
        }
    }

    #[test]
    fn each_claim_has_its_text() {
        let wanted = Wanted(Some("me"), Some("you"), Some("she"), Some("h"));
        for (payload, expected) in [
            (r#"{"iss":"me"}"#, ""),
            (r#"{"iss":"me","aud":["x","you"],"sub":"she","jti":"j","at_hash":"h","nbf":1005,"iat":5000}"#, ""),
            (r#"{"iss":"other","iss":"me"}"#, ""),
            ("{}", "Invalid issuer"),
            (r#"{"iss":["me"]}"#, "Invalid issuer"),
            (r#"{"nbf":1006}"#, "The token is not yet valid (nbf)"),
            (r#"{"nbf":"x"}"#, "Not Before claim (nbf) must be an integer."),
            (r#"{"iat":"x"}"#, "Issued At claim (iat) must be an integer."),
            (r#"{"aud":"x"}"#, "Invalid audience"),
            (r#"{"aud":[]}"#, "Invalid audience"),
            (r#"{"aud":{}}"#, "Invalid claim format in token"),
            (r#"{"aud":["you",1]}"#, "Invalid claim format in token"),
            (r#"{"iss":"me","sub":5}"#, "Subject must be a string."),
            (r#"{"iss":"me","sub":"he"}"#, "Invalid subject"),
            (r#"{"iss":"me","jti":5}"#, "JWT ID must be a string."),
            (r#"{"iss":"me","at_hash":"x"}"#, "at_hash claim does not match access_token."),
        ] {
            assert_eq!(text(payload, &wanted), expected, "{payload}");
        }
        assert_eq!(text(r#"{"aud":"x"}"#, &Wanted::default()), "Invalid audience");
        assert_eq!(judged(r#"{"at_hash":"x"}"#, &Checks::default(), &Wanted::default()), Err(NO_ACCESS_TOKEN));
    }

    #[test]
    fn what_is_required_is_checked() {
        let mut checks = Checks::default();
        for claim in Claim::ALL {
            checks.set(claim, false);
        }
        assert_eq!(judged(r#"{"exp":1,"aud":5}"#, &checks, &Wanted::default()), Ok(()));
        checks.require("foo".to_owned());
        checks.require("exp".to_owned());
        assert_eq!(judged(r#"{"exp":1}"#, &checks, &Wanted::default()), Err(Error::MissingClaim("foo".to_owned())));
        assert_eq!(judged(r#"{"exp":1,"foo":null}"#, &checks, &Wanted::default()), Err(Error::Expired));
    }
}
