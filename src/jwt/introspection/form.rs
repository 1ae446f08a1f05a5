//! The encoding of form fields: `application/x-www-form-urlencoded`.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// All but the characters that a form leaves as they are (WHATWG URL Standard, §1.3). The space becomes `+` below.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'*').remove(b'-').remove(b'.').remove(b'_').remove(b' ');

/// Returns `text` as the name or the value of a form field.
pub(super) fn encode(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string().replace(' ', "+")
}

/// Returns the body of a form.
pub(super) fn body(fields: &[(&str, &str)]) -> String {
    fields.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::body;

    #[test]
    fn a_form_is_encoded() {
        let fields = [("token", "a-b._*~+/=&%"), ("c d", "e é:")];
        assert_eq!(body(&fields), "token=a-b._*%7E%2B%2F%3D%26%25&c+d=e+%C3%A9%3A");
        assert_eq!(body(&[]), "");
    }
}
