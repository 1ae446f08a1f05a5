//! White space as Python defines it.

/// Returns true for every character of Python's `str.isspace`: Unicode white space and the separators U+001C to U+001F.
pub(crate) fn is_python_whitespace(character: char) -> bool {
    character.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&character)
}

#[cfg(test)]
mod tests {
    use super::is_python_whitespace;

    #[test]
    fn includes_the_ascii_separators() {
        for character in [' ', '\t', '\n', '\r', '\u{b}', '\u{c}', '\u{85}', '\u{a0}', '\u{2003}', '\u{1c}', '\u{1f}'] {
            assert!(is_python_whitespace(character), "{character:?}");
        }
        for character in ['a', '0', '_', '\0', '\u{1b}', '\u{200b}', '\u{feff}'] {
            assert!(!is_python_whitespace(character), "{character:?}");
        }
    }
}
