//! Checks that an error text repeats nothing of the input.

use std::collections::{HashMap, HashSet};
use std::sync::{LazyLock, Mutex};

use memchr::memmem;

/// The length from which on equal bytes are not chance.
const WINDOW_BYTES: usize = 10;

/// The product's own source. What an error text shares with it, it has from there.
const SOURCE: &str = include_str!(concat!(env!("OUT_DIR"), "/source.txt"));

/// The windows of error texts that inputs had too, and whether they are in the source.
static ECHOED: LazyLock<Mutex<HashMap<Vec<u8>, bool>>> = LazyLock::new(Mutex::default);

/// Panics if `error` contains a part of `input` that is neither in the product's source nor in `configured`, the names that
/// the target has configured.
pub fn check_error(error: &str, input: &[u8], configured: &[&str]) {
    let mut names: Vec<_> = configured.iter().filter(|name| !name.is_empty()).collect();
    names.sort_unstable_by_key(|name| std::cmp::Reverse(name.len())); // a name may be the start of another
    let text = names.iter().fold(error.to_owned(), |text, name| text.replace(**name, "\0"));
    let parts: HashSet<&[u8]> = input.windows(WINDOW_BYTES).collect();
    let mut windows = text.as_bytes().windows(WINDOW_BYTES);
    let echoed = windows.find(|window| parts.contains(window) && !is_own_text(window));
    assert!(echoed.is_none(), "the error text repeats its input: {error:?}");
}

fn is_own_text(window: &[u8]) -> bool {
    let mut echoed = ECHOED.lock().expect("no thread panics with the lock");
    *echoed.entry(window.to_vec()).or_insert_with(|| memmem::find(SOURCE.as_bytes(), window).is_some())
}
