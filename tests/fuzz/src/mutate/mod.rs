//! Mutations that keep JSON well-formed: members and elements are repeated, moved, removed and replaced.
//!
//! libFuzzer changes bytes. An object of thirty members of which two have one name, or a list in which the first and the
//! last key are alike, would take it hours.

mod spans;

use std::ops::Range;

use libfuzzer_sys::fuzzer_mutate;

use self::spans::{Spans, find_spans};

/// Words of a target's inputs, as JSON.
pub struct Words {
    /// The length of what precedes the first part of an input, such as its mode.
    pub prefix_bytes: usize,
    /// Names of members, without quotation marks, separated by white space.
    pub names: &'static str,
    /// Values, separated by white space.
    pub values: &'static str,
}

/// The largest number of copies of a member or an element, or of new members, that one mutation inserts.
const MAX_COPIES: usize = 40;

/// Mutates the first `size` bytes of `data` and returns their new number, at most `max_size`. Half of all mutations are those
/// of libFuzzer. The others change one of the parts of the input, which NUL separates, if it has JSON.
pub fn mutate(data: &mut [u8], size: usize, max_size: usize, seed: u32, words: &Words) -> usize {
    let mut random = Random(u64::from(seed) << 1 | 1);
    let mutated = if random.below(2) == 0 { None } else { mutate_json(data.get(..size), &mut random, words) };
    match mutated {
        Some(mutated) if mutated.len() <= max_size => {
            data[..mutated.len()].copy_from_slice(&mutated);
            mutated.len()
        }
        _ => fuzzer_mutate(data, size, max_size),
    }
}

/// A generator of numbers that need not be random, but are different for each seed (xorshift64*).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % end.max(1)
    }

    fn choose<'t, T>(&mut self, items: &'t [T]) -> Option<&'t T> {
        items.get(self.below(items.len()))
    }
}

fn mutate_json(data: Option<&[u8]>, random: &mut Random, words: &Words) -> Option<Vec<u8>> {
    let (prefix, rest) = data?.split_at_checked(words.prefix_bytes)?;
    let mut parts: Vec<Vec<u8>> = rest.split(|byte| *byte == 0).map(<[u8]>::to_vec).collect();
    let index = random.below(parts.len());
    let part = parts.get_mut(index)?;
    for _ in 0..=random.below(3) {
        *part = mutate_text(part, random, words)?;
    }
    Some([prefix, &parts.join(&0)].concat())
}

/// Returns `text` after one mutation; `None` if it has nothing to change.
fn mutate_text(text: &[u8], random: &mut Random, words: &Words) -> Option<Vec<u8>> {
    let choice = random.below(9);
    let mut json = JsonText { text, spans: find_spans(text), random, words };
    match choice {
        0 => json.replace_value(),
        1 => json.copy_value(),
        2 => json.repeat_item(),
        3 => json.copy_item(),
        4 => json.remove_item(),
        5 => json.add_member(),
        6 => json.add_many_members(),
        7 => json.change_number(),
        _ => json.swap_items(),
    }
}

/// A text, and what decides its mutation.
struct JsonText<'t> {
    text: &'t [u8],
    spans: Spans,
    random: &'t mut Random,
    words: &'t Words,
}

impl JsonText<'_> {
    fn replace_value(&mut self) -> Option<Vec<u8>> {
        let old = self.random.choose(&self.spans.values)?.clone();
        let new = self.random_value();
        Some(self.replace(old, &new))
    }

    fn copy_value(&mut self) -> Option<Vec<u8>> {
        let old = self.random.choose(&self.spans.values)?.clone();
        let new = self.random.choose(&self.spans.values)?.clone();
        Some(self.replace(old, &self.text[new]))
    }

    fn repeat_item(&mut self) -> Option<Vec<u8>> {
        let item = self.random.choose(&self.spans.items)?.clone();
        let count = if self.random.below(4) == 0 { self.random.below(MAX_COPIES) } else { 1 };
        Some(self.insert(item.end, &[b",", &self.text[item]].concat().repeat(count)))
    }

    /// Copies an item behind another one, so that equal items need not be neighbours.
    fn copy_item(&mut self) -> Option<Vec<u8>> {
        let place = self.random.choose(&self.spans.items)?.end;
        let item = self.random.choose(&self.spans.items)?.clone();
        Some(self.insert(place, &[b",", &self.text[item]].concat()))
    }

    fn remove_item(&mut self) -> Option<Vec<u8>> {
        let item = self.random.choose(&self.spans.items)?.clone();
        let has_comma = self.text.get(item.end) == Some(&b',');
        Some(self.replace(item.start..item.end + usize::from(has_comma), b""))
    }

    fn add_member(&mut self) -> Option<Vec<u8>> {
        let names: Vec<_> = self.words.names.split_ascii_whitespace().collect();
        let name = format!("\"{}\":", self.random.choose(&names)?);
        let member = [name.as_bytes(), &self.random_value()].concat();
        self.append(&member)
    }

    fn add_many_members(&mut self) -> Option<Vec<u8>> {
        let count = self.random.below(MAX_COPIES);
        let members: Vec<_> = (0..=count).map(|index| format!("\"{index}\":0")).collect();
        self.append(members.join(",").as_bytes())
    }

    fn change_number(&mut self) -> Option<Vec<u8>> {
        let old = self.random.choose(&self.spans.values)?.clone();
        let number: i64 = std::str::from_utf8(&self.text[old.clone()]).ok()?.parse().ok()?;
        let change = self.random.choose(&[1, -1, 30, -30, 1_000])?;
        Some(self.replace(old, number.wrapping_add(*change).to_string().as_bytes()))
    }

    fn swap_items(&mut self) -> Option<Vec<u8>> {
        let one = self.random.choose(&self.spans.items)?.clone();
        let other = self.random.choose(&self.spans.items)?.clone();
        let (first, last) = if one.start < other.start { (one, other) } else { (other, one) };
        let between = self.text.get(first.end..last.start)?;
        let swapped = [&self.text[last.clone()], between, &self.text[first.clone()]].concat();
        Some(self.replace(first.start..last.end, &swapped))
    }

    /// Inserts members at the end of an object.
    fn append(&mut self, members: &[u8]) -> Option<Vec<u8>> {
        let end = *self.random.choose(&self.spans.ends)?;
        let comma: &[u8] = if self.text[..end].ends_with(b"{") { b"" } else { b"," };
        Some(self.insert(end, &[comma, members].concat()))
    }

    fn insert(&self, place: usize, new: &[u8]) -> Vec<u8> {
        self.replace(place..place, new)
    }

    fn replace(&self, old: Range<usize>, new: &[u8]) -> Vec<u8> {
        [&self.text[..old.start], new, &self.text[old.end..]].concat()
    }

    fn random_value(&mut self) -> Vec<u8> {
        const VALUES: &str = r#"0 1 -1 true null "" [] {} 1.5 1e400 18446744073709551616 "\u0000""#;
        let words = if self.random.below(3) == 0 { VALUES } else { self.words.values };
        let values: Vec<_> = words.split_ascii_whitespace().collect();
        self.random.choose(&values).map(|value| value.as_bytes().to_vec()).unwrap_or_default()
    }
}
