//! The bearer token in the Authorization header (RFC 6750 §2.1).

/// The name of the scheme, which is case-insensitive (RFC 9110 §11.1).
const SCHEME: &[u8] = b"bearer";

/// Returns the only one of `values`, those of a request's Authorization headers. Two count as none: an attacker and a proxy
/// could disagree about which of them is valid.
#[must_use]
pub fn single_value<V>(values: impl IntoIterator<Item = V>) -> Option<V> {
    let mut values = values.into_iter();
    values.next().filter(|_| values.next().is_none())
}

/// Returns the bearer token in the value of an Authorization header, or `None`.
#[must_use]
pub fn bearer_token(value: &[u8]) -> Option<&[u8]> {
    let (scheme, rest) = value.split_at_checked(SCHEME.len())?;
    let token = trim_spaces(rest.strip_prefix(b" ")?);
    (scheme.eq_ignore_ascii_case(SCHEME) && !token.is_empty()).then_some(token)
}

fn trim_spaces(mut text: &[u8]) -> &[u8] {
    while let [b' ', rest @ ..] | [rest @ .., b' '] = text {
        text = rest;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{bearer_token, single_value};

    #[test]
    fn finds_the_token() {
        for value in ["Bearer a.b.c", "bearer a.b.c", "BEARER a.b.c", "Bearer   a.b.c", "bEaReR a.b.c  "] {
            assert_eq!(bearer_token(value.as_bytes()), Some(&b"a.b.c"[..]), "{value}");
        }
        assert_eq!(bearer_token(b"Bearer a b"), Some(&b"a b"[..]));
    }

    #[test]
    fn rejects_other_credentials() {
        let values = [
            "",
            "Bearer",
            "Bearer ",
            "Bearer    ",
            "Bearera.b.c",
            "Bearer\ta.b.c",
            " Bearer a.b.c",
            "Basic a.b.c",
            "a.b.c",
        ];
        for value in values {
            assert_eq!(bearer_token(value.as_bytes()), None, "{value:?}");
        }
    }

    #[test]
    fn two_values_count_as_none() {
        assert_eq!(single_value([1]), Some(1));
        assert_eq!((single_value([1, 1]), single_value([1, 2, 3]), single_value::<u8>([])), (None, None, None));
    }
}
