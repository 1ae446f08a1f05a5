//! Checks that an error text repeats nothing of the input.

use std::collections::HashSet;
use std::sync::LazyLock;

/// The length from which on equal bytes are not chance.
const WINDOW_BYTES: usize = 10;

/// All windows of the product's own source. What an error text shares with these, it has from there.
static OWN_TEXTS: LazyLock<HashSet<Vec<u8>>> = LazyLock::new(|| {
    let source = include_str!(concat!(env!("OUT_DIR"), "/source.txt"));
    source.as_bytes().windows(WINDOW_BYTES).map(<[u8]>::to_vec).collect()
});

/// Panics if `error` contains a part of `input` that is neither in the product's source nor in `configured`, the names that
/// the target has configured.
pub fn check_error(error: &str, input: &[u8], configured: &[&str]) {
    let mut names = configured.to_vec();
    names.sort_unstable_by_key(|name| std::cmp::Reverse(name.len())); // a name may be the start of another
    let text = names.iter().fold(error.to_owned(), |text, name| text.replace(name, "\0"));
    let parts: HashSet<&[u8]> = input.windows(WINDOW_BYTES).collect();
    let mut windows = text.as_bytes().windows(WINDOW_BYTES);
    let echoed = windows.find(|window| parts.contains(window) && !OWN_TEXTS.contains(*window));
    assert!(echoed.is_none(), "the error text repeats its input: {error:?}");
}
